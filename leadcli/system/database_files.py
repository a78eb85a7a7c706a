"""Database files that must not be written to: any, by output that is text; Litestream's followers, by anybody else.

A follower is what `litestream restore -f` keeps up to date from a desk elsewhere. It is known by a file FILE-txid
beside it, whatever that says: to write to a follower damages it, to ask about a file that is none costs a sentence.
"""

from __future__ import annotations

import os
from pathlib import Path

from leadcli.errors import BadDatabase, Refused

_HEADER = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal", "-txid")  # what belongs to a database, by the end of its name


def follower_mark(path: Path) -> Path | None:
    """The FILE-txid that makes `path` a follower, also where `path` is a link to one; None beside any other file."""
    marks = (Path(f"{place}-txid") for place in dict.fromkeys((str(path), os.path.realpath(path))))
    return next((mark for mark in marks if os.path.isfile(mark)), None)


def refuse_follower(path: Path) -> None:
    """BadDatabase when `path` is a follower, or would be one if it were made."""
    mark = follower_mark(path)
    if mark is None:
        return
    raise BadDatabase(
        f"{path} is a Litestream follower, a copy of a desk elsewhere that nobody else may write to ({mark} says so).",
        hint=f"write to the desk it follows; to go on with this file, end its Litestream and remove {mark}, "
        "or work in a copy: leadcli backup FILE",
    )


def refuse_database(path: str | os.PathLike[str]) -> None:
    """Refused when `path` is a database, or one of the files beside one: text written there would destroy it."""
    text = os.fspath(path)
    if _is_database(text):
        raise Refused(f"{text} is a database, and would be lost.", hint="choose another name for the file to write")
    for end in _BESIDE:
        if text.endswith(end) and os.path.exists(text) and _is_database(text.removesuffix(end)):
            database = text.removesuffix(end)
            raise Refused(f"{text} belongs to the database {database}, which would be lost.",
                          hint="choose another name for the file to write")  # fmt: skip


def _is_database(path: str) -> bool:
    """The file is one of SQLite's. It then stays open: to close it would drop the locks this process has on it."""
    if not os.path.isfile(path):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    if os.read(descriptor, len(_HEADER)) == _HEADER:
        return True
    os.close(descriptor)
    return False
