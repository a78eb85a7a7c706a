"""What a failure of SQLite means to the user: read from its result code, never from its English.

Codes are those of sqlite3.h. An extended code carries its primary one in the lowest byte; libraries that give primary
codes only are understood as well. A failure without a code is Python's own (a text that is not UTF-8, a closed
connection): whoever handles it looks into the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from leadcli.errors import BadDatabase, Busy, Damaged, Failed, Interrupted, LeadError, Unforeseen

ERROR, PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT = 1, 3, 5, 6, 7, 8, 9, 10, 11
FULL, CANTOPEN, PROTOCOL, SCHEMA, TOOBIG, CONSTRAINT, NOLFS, AUTH, FORMAT = 13, 14, 15, 17, 18, 19, 22, 23, 24
NOTADB, CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE = 26, 1555, 2067
# Steps of a commit after which other programs see it, though a power cut might still undo it.
_AFTER_COMMIT = ("SQLITE_IOERR_DIR_FSYNC", "SQLITE_IOERR_DELETE", "SQLITE_IOERR_CLOSE", "SQLITE_IOERR_UNLOCK")
_LITTLE = 64 * 1024  # bytes
_PERMISSIONS = "check the permissions of the file and its directory"


def full_code(error: BaseException) -> int:
    """The result code as SQLite gave it, extended where the library tells it; 0 where there is none."""
    number = getattr(error, "sqlite_errorcode", None)
    return number if isinstance(number, int) else 0


def primary_code(error: BaseException) -> int:
    """The result code without its extension; 0 where there is none."""
    return full_code(error) & 0xFF


def is_busy(error: BaseException) -> bool:
    """Somebody else has the file: the same statement may work a moment later."""
    return primary_code(error) in (BUSY, LOCKED, PROTOCOL)


def is_twin(error: BaseException) -> bool:
    """A row that a UNIQUE index forbids; a library that gives primary codes only says which constraint in words."""
    number = full_code(error)
    return number in (CONSTRAINT_UNIQUE, CONSTRAINT_PRIMARYKEY) or (number == CONSTRAINT and "UNIQUE" in str(error))


def is_disk_full(folder: str | os.PathLike[str]) -> bool:
    """There is less room than it takes to open a file in WAL mode."""
    try:
        disk = os.statvfs(folder)
    except (OSError, AttributeError):  # AttributeError: Windows
        return False
    return disk.f_bavail * disk.f_frsize < _LITTLE or 0 == disk.f_favail < disk.f_files


def translate(error: BaseException, file: str = "") -> LeadError:
    """A failure of SQLite, over the database `file`, as one of ours with the exit code it deserves."""
    number = primary_code(error)
    if number in (IOERR, CANTOPEN, PROTOCOL) and file and is_disk_full(os.path.dirname(os.path.abspath(file))):
        number = FULL  # what SQLite itself calls so are writes alone
    # A schema with broken bytes comes back in SQLite's own sentence, which Python cannot read then.
    if number in (CORRUPT, FORMAT, NOTADB) or isinstance(error, UnicodeDecodeError):
        return damaged(file)
    if number in _MEANINGS:
        return _MEANINGS[number](name_of(error))
    return Unforeseen(f"the database cannot be used so ({name_of(error)}).", hint="look closer: leadcli doctor")


def damaged(file: str, *, detail: str = "") -> Damaged:
    """The file is not what SQLite wrote; `detail` says where."""
    return Damaged(
        f"{file or 'the database file'} is damaged{f': {detail}' if detail else ''}.",
        hint="see what is left: leadcli doctor; then put the newest backup in its place",
    )


def search_damaged(file: str) -> BadDatabase:
    """Only the search indexes are broken; all that they are made of is there."""
    return BadDatabase(
        f"the search index of {file or 'the database file'} is damaged; the leads themselves are sound.",
        hint="build it again: leadcli doctor --fix",
    )


def file_of(connection: Any) -> str:
    """The path of the main database of a connection, without reading the file; '' where there is none."""
    with suppress(Exception):  # asked while something else has failed: the failure must not be lost
        return next((str(row[2]) for row in connection.execute("PRAGMA database_list") if row[1] == "main"), "")
    return ""


def name_of(error: BaseException) -> str:
    """SQLite's name of the failure, such as SQLITE_IOERR_WRITE."""
    return str(getattr(error, "sqlite_errorname", "") or type(error).__name__)


def _busy(_: str) -> LeadError:
    return Busy(
        "the database is in use by another leadcli and did not become free in time.",
        hint="try again, or wait longer: --lock-timeout SECONDS",
    )


def _disk(name: str) -> LeadError:
    if name in _AFTER_COMMIT:
        return Failed(
            f"the disk failed ({name}) while the change was being confirmed; it may be in the database or not.",
            hint="look: leadcli history; then check the disk",
        )
    return Failed(f"the disk failed ({name}); nothing was changed.", hint="check the disk, then: leadcli doctor")


_MEANINGS: Mapping[int, Callable[[str], LeadError]] = {
    BUSY: _busy,
    LOCKED: _busy,
    PROTOCOL: _busy,
    IOERR: _disk,
    FULL: lambda _: Failed("the disk is full; nothing was changed.", hint="make room and try again"),
    READONLY: lambda _: Failed("the database file cannot be written.", hint=_PERMISSIONS),
    PERM: lambda _: Failed("the database file may not be used.", hint=_PERMISSIONS),
    AUTH: lambda _: Failed("the database file may not be used.", hint=_PERMISSIONS),
    CANTOPEN: lambda _: Failed("the database file cannot be opened.", hint=_PERMISSIONS),
    NOMEM: lambda _: Failed("there is not enough memory; nothing was changed.", hint="close other programs, try again"),
    TOOBIG: lambda _: Failed("a value is larger than a database can hold; nothing was changed.", hint="shorten it"),
    NOLFS: lambda _: Failed("the file system cannot hold a file of this size.", hint="move the database elsewhere"),
    INTERRUPT: lambda _: Interrupted("interrupted; nothing was changed."),
    SCHEMA: lambda _: Busy("the database was changed by another leadcli meanwhile.", hint="try again"),
}
