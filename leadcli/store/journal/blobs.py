"""The contents of attached files, kept once each under their SHA-256.

A content is written in the operation that attaches it and stays when the attachment goes: undo brings the row back.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from leadcli.errors import BadDatabase
from leadcli.store.engine import Error
from leadcli.store.failures import file_of, translate

if TYPE_CHECKING:
    from leadcli.store.store import Store


def store_blob(store: Store, content: bytes) -> str:
    """Put a content into the file, inside a running operation; its SHA-256."""
    name = sha256(content).hexdigest()
    try:
        store.connection.execute(
            "INSERT OR IGNORE INTO attachment_contents (sha256, content) VALUES (?, ?)", (name, content)
        )
    except Error as error:
        raise translate(error, file_of(store.connection)) from error
    return name


def read_blob(store: Store, name: str) -> bytes:
    """The content of a SHA-256. BadDatabase when it is missing or is no longer what it was."""
    rows = store.select("SELECT content FROM attachment_contents WHERE sha256 = ?", (name,))
    if not rows or sha256(rows[0][0]).hexdigest() != name:
        raise BadDatabase(
            "the content of the file is missing or damaged.",
            hint="take it from a backup: leadcli --db BACKUP attach save; or see what else is lost: leadcli doctor",
        )
    return bytes(rows[0][0])
