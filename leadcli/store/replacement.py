"""Puts an empty desk in the place of one that is there, after a checked copy of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from leadcli.store import engine, schema, store
from leadcli.store.failures import translate
from leadcli.store.safety_copy import copy_beside
from leadcli.store.store import Session, Store

_OPERATIONS = "SELECT id, at, actor, command FROM operations"
_RECORDS = {"leads": "lead", "accounts": "account", "contacts": "contact", "opportunities": "opportunity"}


class Contents(NamedTuple):
    """What would be lost with a desk: records of people and deals by table, and operations of any kind."""

    records: dict[str, int]
    operations: int

    @property
    def has_work(self) -> bool:
        """Somebody has worked with the desk: the preset alone is no operation."""
        return bool(self.records or self.operations)

    def __str__(self) -> str:
        """ "3 leads and 1 account"; '' without records."""
        parts = [f"{number:,} {table if number > 1 else _RECORDS[table]}" for table, number in self.records.items()]
        return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def read_contents(path: Path, *, lock_timeout: float | None) -> Contents:
    """What the desk at `path` holds. Raises BadDatabase for a file that is no desk of ours, or a damaged one."""
    engine.identify(path, schema.VERSION)
    try:
        connection = engine.connect(path, write=False, lock_timeout=lock_timeout)
        try:
            return _contents(connection)
        finally:
            engine.close(connection, path, wrote=False)
    except engine.Error as error:
        raise translate(error) from error


def _contents(connection: engine.Connection) -> Contents:
    counts = {table: engine.select(connection, f"SELECT count(*) FROM {table}")[0][0] for table in _RECORDS}
    operations = engine.select(connection, "SELECT count(*) FROM operations")[0][0]
    return Contents({table: number for table, number in counts.items() if number}, operations)


def is_in_use(path: Path) -> bool:
    """Beside the file lies what a program that has it open, or was killed, wrote and did not put into it yet."""
    beside = (Path(f"{path}{end}") for end in ("-wal", "-journal"))
    return any(file.exists() and file.stat().st_size for file in beside)


def is_backup_of(desk: Store, path: Path) -> bool:
    """The desk at `path` is an earlier state of this one: its last operation stands in this journal, too.

    Raises BadDatabase for a file that is no desk of ours.
    """
    engine.identify(path, schema.VERSION)
    try:
        connection = engine.connect(path, write=False, lock_timeout=0)
        try:
            rows = engine.select(connection, f"{_OPERATIONS} ORDER BY id DESC LIMIT 1")
            people = _contents(connection).records
        finally:
            connection.close()
    except engine.Error as error:
        raise translate(error) from error
    return desk.select(f"{_OPERATIONS} WHERE id = ?", rows[0][:1]) == rows if rows else not people


def replace_store(path: Path, desk: Session, fill: Callable[[Store], None]) -> Path | None:
    """Put the desk that `fill` makes in the place of the one at `path`. The copy made first; None if nobody had worked.

    While it goes on nobody else writes. Raises Busy when somebody has the desk open, Failed when the copy is not sound.
    """
    engine.identify(path, schema.VERSION)
    try:
        lock = engine.connect(path, write=True, lock_timeout=desk.lock_timeout)
        try:
            # Out of the write-ahead log, which would else be read into the new file; only who is alone can do that.
            lock.execute("PRAGMA journal_mode = DELETE")
            lock.execute("BEGIN IMMEDIATE")
            copied = _copy_work(path, desk)
            store.create_store(path, desk, fill, replace=True)
            return copied
        finally:
            lock.close()
    except engine.Error as error:
        raise translate(error) from error


def _copy_work(path: Path, desk: Session) -> Path | None:
    """The copy, by a connection of its own: SQLite does not copy from one that holds the lock."""
    connection = engine.connect(path, write=False, lock_timeout=desk.lock_timeout)
    try:
        if not _contents(connection).has_work:
            return None
        ending = f"before-init-{store.utc_text(desk.now).replace(':', '')}"
        return copy_beside(connection, path, ending, checked=True)
    finally:
        connection.close()
