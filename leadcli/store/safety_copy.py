"""Copies of a desk made beside it before something happens to it; they replace no other file."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path

from leadcli.errors import Failed
from leadcli.store import engine

_DESK = engine.APPLICATION_ID
DESK_UID = "desk_uid"  # the setting that tells desks apart, and a desk from its copies


def copy_beside(connection: engine.Connection, path: Path, ending: str, *, checked: bool = False) -> Path:
    """A copy of an open desk beside it, named `path` and `ending`, with a number where a file of that name is there.

    Raises Failed when it cannot be written or, `checked`, is not sound.
    """
    for number in count(1):
        target = path.with_name(f"{path.name}.{ending}{f'-{number}' if number > 1 else ''}")
        check = _refuse_damage if checked else None
        if not target.exists() and copy_desk(connection, target, check=check, replace=False):
            return target
    raise AssertionError("numbers do not end")


def copy_desk(
    connection: engine.Connection, target: Path, *, check: Callable[[engine.Connection], None] | None = None,
    replace: bool = True,
) -> bool:  # fmt: skip
    """A copy as `engine.copy` makes it, under an identity of its own.

    Once it is restored nothing that was allowed here is allowed there: it knows nothing of mail that left since.
    """

    def finish(copied: engine.Connection) -> None:
        copied.execute("UPDATE settings SET value = lower(hex(randomblob(16))) WHERE name = ?", (DESK_UID,))
        if check:
            check(copied)

    return engine.copy(connection, target, check=finish, replace=replace)


def find_damage(connection: engine.Connection) -> list[str]:
    """What SQLite's integrity check says; [] when all is well."""
    lines = [row[0] for row in engine.select(connection, "PRAGMA integrity_check(20)")]
    return [] if lines == ["ok"] else lines


def copies_of(path: Path) -> list[Path]:
    """Files beside a desk that are desks themselves: copies and backups of it, most likely."""
    here = path.resolve()
    files = (each for each in sorted(here.parent.iterdir()) if each.is_file() and each.resolve() != here)
    # A file that is open must not be opened and closed again (POSIX locks): the desk's own files are left out above.
    return [each for each in files if os.access(each, os.R_OK) and engine.read_application_id(each) == _DESK]


def _refuse_damage(copied: engine.Connection) -> None:
    if damage := find_damage(copied):
        raise Failed(f"the database is damaged, and so would its copy be: {damage[0]}.",
                     hint="nothing was changed; leadcli doctor looks closer")  # fmt: skip
