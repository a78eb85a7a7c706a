"""Opens the database file: which SQLite, pragmas, permissions, locking, versions; the seam for another engine.

Modes (each measured, see README "Decisions"): WAL + synchronous=FULL on a library without the WAL-reset bug, else a
rollback journal + synchronous=EXTRA. The mode is chosen when a file is made; later only a writing command on an
affected library changes it, from WAL to DELETE. Reading commands open `mode=rw` with `query_only`, so that a killed
writer's journal can be rolled back, and fall back to `mode=ro` and `immutable=1` where file or directory is not
writable. A follower of Litestream's is read the same way and never written to (see `follower_mark`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadcli.errors import BadDatabase, Damaged, Failed, NotFound
from leadcli.store.failures import damaged, file_of, is_busy, is_disk_full, translate
from leadcli.system.file_writer import make_folder, sync_file, sync_folder, temporary_database
from leadcli.text.dates.words import start_function

# sqlite-utils makes the same choice, so that there is one family of exceptions in a run.
if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import pysqlite3 as sqlite3
    except ImportError:  # no wheel for this machine: the standard library's does everything too
        import sqlite3

Connection = sqlite3.Connection
Error = sqlite3.Error
# What using a file may raise: Python cannot read what SQLite says of a schema with broken bytes in it.
FAILURES = (sqlite3.Error, UnicodeDecodeError)
APPLICATION_ID, EXPORT_ID = 0x4C454144, 0x4C454158  # "LEAD" for a desk, "LEAX" for an export of leads
LOCK_TIMEOUT = 120.0
_HEADER = b"SQLite format 3\0"
_NOTICE_AFTER, _PASSING, _RETRY = 2.0, 0.15, 0.03  # seconds
_SHM_SIZE = 32 * 1024  # bytes
_FOR_EVER = 2**31 - 1  # milliseconds


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """False for 3.7.0-3.51.2 but the patched 3.44.6 and 3.50.7: concurrent checkpoints may corrupt a WAL file there.
    Source: SQLite's release notes on the "WAL-reset bug".
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def identify(path: Path, version: int) -> int:
    """The schema version of the file at `path`, read from its first 100 bytes, which changes nothing.

    Only before a connection is open: closing a file drops the locks SQLite holds on it in the same process (POSIX).
    Raises NotFound for a missing file; BadDatabase for one that is foreign, newer than `version`, or damaged.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        raise NotFound(f"there is no database at {path} yet.", hint="make one: leadcli init  (or add a lead)") from None
    except IsADirectoryError:
        raise BadDatabase(f"{path} is a directory, not a leadcli database.", hint="name a file: --db FILE") from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.", hint="check the permissions of the file") from error
    ours = int.from_bytes(head[68:72], "big") == APPLICATION_ID
    if len(head) < 100 or head[:16] != _HEADER or not ours:
        unmarked = head[:16] == _HEADER and not any(head[68:72])
        way_back = f"; a desk made from a dump is taken by: leadcli doctor --adopt {path}" if unmarked else ""
        raise BadDatabase(
            f"{path} is not a leadcli database.",
            hint=f"name another file: --db FILE; this one was not touched{way_back}",
        )
    file_version = int.from_bytes(head[60:64], "big")
    if file_version > version:
        raise BadDatabase(
            f"{path} was written by a newer leadcli (format {file_version}, this one knows {version}).",
            hint="update leadcli; the file was not touched",
        )
    return file_version


def read_application_id(path: Path) -> int:
    """The application id of a file that this process has not open; 0 for one that is no database. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(100)
    return int.from_bytes(head[68:72], "big") if head[:16] == _HEADER else 0


# A follower is what `litestream restore -f` keeps up to date from a desk elsewhere. It is known by a file FILE-txid
# beside it, whatever that says: to write to a follower damages it, to ask about a file that is none costs a sentence.


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


def connect(path: Path, *, write: bool, lock_timeout: float | None = LOCK_TIMEOUT) -> Connection:
    """A connection to an existing file of ours. `lock_timeout` seconds; None waits without limit."""
    if write:
        refuse_follower(path)
        return _connect_to_write(path, lock_timeout)
    wal = Path(f"{path}-wal")
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) and not follower_mark(path):
        return _connect_to_read(path, lock_timeout)
    try:
        return _configured(path, "ro", lock_timeout, write=False)
    except Error:
        if wal.exists() and wal.stat().st_size:
            raise
        return _configured(path, "ro&immutable=1", lock_timeout, write=False)


def _connect_to_read(path: Path, lock_timeout: float | None) -> Connection:
    """A connection for reading, also where the disk has no room for the -shm of a file in WAL mode.

    There the index of the log is kept in memory (locking_mode EXCLUSIVE), which needs the file to oneself. SQLite is
    not asked first: it tries for ten seconds, and leaves a -shm that nobody can use.
    """
    if is_disk_full(path.parent) and not _has_shared_memory(path):
        with suppress(Error):
            return _configured(path, "rw", lock_timeout, write=False, alone=True)
    return _configured(path, "rw", lock_timeout, write=False)


def _has_shared_memory(path: Path) -> bool:
    try:
        return os.stat(f"{path}-shm").st_size >= _SHM_SIZE
    except OSError:
        return False


def _connect_to_write(path: Path, lock_timeout: float | None) -> Connection:
    """Leaving the write-ahead log needs the file to oneself and SQLite does not wait for that, so it is tried again.

    Each try has a connection of its own: those of several processes would keep each other from it.
    """
    until = None if lock_timeout is None else time.monotonic() + lock_timeout
    while True:
        connection = _configured(path, "rw", lock_timeout, write=True)
        try:
            _durable(connection)
            return connection
        except BaseException as error:
            connection.close()
            late = until is not None and time.monotonic() > until
            if late or not isinstance(error, Error) or not is_busy(error):
                raise
        time.sleep(_RETRY * (0.5 + os.urandom(1)[0] / 256))  # so that they do not all come back at once


def _configured(path: Path, mode: str, lock_timeout: float | None, *, write: bool, alone: bool = False) -> Connection:
    connection = open_connection(f"{path.absolute().as_uri()}?mode={mode}")
    timeout = _FOR_EVER if lock_timeout is None else int(lock_timeout * 1000)
    connection.execute(f"PRAGMA busy_timeout = {timeout}")
    connection.execute("PRAGMA foreign_keys = ON")
    if alone:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    if not write:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    return connection


def open_connection(uri: str) -> Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, cached_statements=512, check_same_thread=False)
    # The file may be a stranger's: its SQL gets harmless functions only, and its pages are looked at before use.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.create_function("start_of", 1, start_function(), deterministic=True)  # nothing stored depends on it
    return connection


def _durable(connection: Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode == "wal" and not wal_is_safe():
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    connection.execute(f"PRAGMA synchronous = {'FULL' if mode == 'wal' else 'EXTRA'}")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = FILE")


def memory() -> Connection:
    """An empty database in memory: what a dry run works on where there is no file."""
    connection = open_connection(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def create(
    path: Path, fill: Callable[[Connection], None], *, replace: bool = False, application_id: int = APPLICATION_ID
) -> bool:
    """Make a new file at `path`, filled by `fill`, complete or not at all. False when another process was faster.

    Built beside its place and linked into it, so that nobody ever sees half a desk. Mode 0600, a new directory 0700.
    What is no desk has a rollback journal, so that other programs can open it without writing beside it.
    """
    refuse_follower(path)
    try:
        make_folder(path.parent)
        with temporary_database(path) as unfinished:
            _build(Path(unfinished), fill, application_id)
            return _place(Path(unfinished), path, replace=replace)
    except OSError as error:
        raise Failed(f"{path} cannot be made: {error.strerror}.", hint="choose another place: --db FILE") from error


def _build(unfinished: Path, fill: Callable[[Connection], None], application_id: int) -> None:
    connection = open_connection(f"{unfinished.absolute().as_uri()}?mode=rw")
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")  # nobody can see it yet; it is synced whole below
        connection.execute("PRAGMA foreign_keys = ON")
        fill(connection)
        connection.execute(f"PRAGMA application_id = {application_id}")
        log = wal_is_safe() and application_id == APPLICATION_ID
        connection.execute(f"PRAGMA journal_mode = {'WAL' if log else 'DELETE'}")
    finally:
        connection.close()
    sync_file(unfinished)


def _place(unfinished: Path, path: Path, *, replace: bool) -> bool:
    if replace:
        unfinished.replace(path)
    else:
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if path.exists():
                return False
            unfinished.rename(path)
    sync_folder(str(path.parent))
    return True


def close(connection: Connection, path: Path | None, *, wrote: bool) -> None:
    """Close; but a reader that would be the one to checkpoint a killed writer's WAL leaves that to the next writer."""
    wal = Path(f"{path}-wal")
    try:
        left = not wrote and path is not None and wal.exists() and wal.stat().st_size > 0
    except OSError:
        left = False
    if left:
        _LEFT_OPEN.append(connection)
        return
    connection.close()


_LEFT_OPEN: list[Connection] = []


@contextmanager
def transaction(
    connection: Connection,
    *,
    keep: bool = True,
    waiting: Callable[[], None] | None = None,
    lock_timeout: float | None = LOCK_TIMEOUT,
) -> Iterator[None]:
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK on any error and where `keep` is False (a dry run).

    `waiting` is called once when the lock was not to be had for two seconds. Raises Busy after `lock_timeout`.
    """
    _begin(connection, waiting, lock_timeout)
    try:
        yield
        if keep:
            commit(connection, lock_timeout)
    except Error as error:
        raise translate(error, file_of(connection)) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _begin(connection: Connection, waiting: Callable[[], None] | None, lock_timeout: float | None) -> None:
    patience = _NOTICE_AFTER if lock_timeout is None else min(_NOTICE_AFTER, lock_timeout)
    began = time.monotonic()
    try:
        connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except Error as error:
            if not is_busy(error):
                raise
            if waiting:
                waiting()
            rest = _FOR_EVER if lock_timeout is None else int((lock_timeout - patience) * 1000)
            connection.execute(f"PRAGMA busy_timeout = {rest}")
            connection.execute("BEGIN IMMEDIATE")
        if lock_timeout is None and time.monotonic() - began > _PASSING:
            _yield_lock(connection)
    except Error as error:
        raise translate(error, file_of(connection)) from error


def _yield_lock(connection: Connection) -> None:
    """Who would wait for ever lets the others go first, once, so that nobody waits for two long transactions."""
    connection.execute("ROLLBACK")
    time.sleep(_PASSING)  # the others look every 100 ms at the latest
    connection.execute(f"PRAGMA busy_timeout = {_FOR_EVER}")
    connection.execute("BEGIN IMMEDIATE")


def commit(connection: Connection, lock_timeout: float | None) -> None:
    """COMMIT can be refused while somebody reads (rollback journal): it may be tried again, nothing is lost."""
    until = None if lock_timeout is None else time.monotonic() + lock_timeout
    while True:
        try:
            connection.execute("COMMIT")
            return
        except Error as error:
            if not is_busy(error) or not connection.in_transaction or (until is not None and time.monotonic() > until):
                raise
            time.sleep(0.02)


def copy(
    connection: Connection, target: Path, *, check: Callable[[Connection], None] | None = None, replace: bool = True
) -> bool:
    """A consistent copy of an open database at `target` (SQLite's backup API), 0600, atomic.

    Without `replace` a file that is there stays, and the answer is False. `check` looks at the copy before it takes its
    place; what it raises leaves `target` as it was.
    """
    refuse_follower(target)
    try:
        with temporary_database(target) as unfinished:
            other = open_connection(f"{Path(unfinished).as_uri()}?mode=rw")
            try:
                connection.backup(other)
                other.execute("PRAGMA journal_mode = DELETE")
                if check:
                    check(other)
            finally:
                other.close()
            sync_file(unfinished)
            return _place(Path(unfinished), target, replace=replace)
    except OSError as error:
        raise Failed(f"{target} cannot be written: {error.strerror}.", hint="choose another place") from error
    except Error as error:
        raise translate(error, file_of(connection)) from error
    except Damaged as error:  # the copy is as damaged as what it was copied from, which is the file a user knows
        raise damaged(file_of(connection)) from error


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """Everything read inside is one moment's, whoever writes meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:  # a failing disk ends it by itself
            connection.execute("ROLLBACK")


def select(connection: Connection, sql: str, parameters: Any = ()) -> list[Any]:
    """All rows of one reading statement, with errors in our words."""
    try:
        return connection.execute(sql, parameters).fetchall()
    except FAILURES as error:
        raise translate(error, file_of(connection)) from error


@contextmanager
def few_pages(connection: Connection, size: int) -> Iterator[None]:
    """A smaller cache for the desk's pages: a number of them, or of KiB below zero."""
    usual = connection.execute("PRAGMA main.cache_size").fetchone()[0]
    connection.execute(f"PRAGMA main.cache_size = {size}")
    try:
        yield
    finally:
        with suppress(Error):
            connection.execute(f"PRAGMA main.cache_size = {usual}")


def give_back(connection: Connection) -> None:
    """Return cached pages, and what a great sort took, to the system: libraries built with SQLITE_TEMP_STORE=3
    (pysqlite3's) sort in memory, and glibc keeps it.
    """
    import ctypes

    connection.execute("PRAGMA shrink_memory")
    with suppress(OSError, AttributeError, TypeError):  # another C library, or none that can be named
        ctypes.CDLL(None).malloc_trim(0)


_VARIABLES = 32_000  # SQLite takes 32,766 parameters a statement
_TUPLES, _FEW = 128, 100


@lru_cache(64)
def _marks(width: int, count: int) -> str:
    return ", ".join([f"({', '.join('?' * width)})"] * count)


def _pages(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Rows as the text of VALUES with its parameters, as many at a time as a statement takes.

    Every length is a statement of its own, which the connection keeps: beyond a few rows there are only powers of two.
    """
    width = len(rows[0]) if rows else 1
    start = 0
    while rest := len(rows) - start:
        page = min(rest, _TUPLES, _VARIABLES // width)
        page = page if page <= _FEW else 1 << page.bit_length() - 1
        yield _marks(width, page), tuple(chain.from_iterable(rows[start : start + page]))
        start += page


def insert_rows(connection: Connection, into: str, rows: Sequence[Sequence[Any]]) -> int:
    """INSERT INTO `into` ("table (column, ...)") rows of equal length. Returns the number of the last row."""
    last = 0
    for values, parameters in _pages(rows):
        last = int(connection.execute(f"INSERT INTO {into} VALUES {values}", parameters).lastrowid or 0)
    return last


def update_rows(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set columns of rows of a table; each of `rows` is (id, a value for each column)."""
    sets = ", ".join(f'"{column}" = v.column{place}' for place, column in enumerate(columns, 2))
    for values, parameters in _pages(rows):
        sql = f"UPDATE {table} SET {sets} FROM (VALUES {values}) AS v WHERE {table}.id = v.column1"
        connection.execute(sql, parameters)
