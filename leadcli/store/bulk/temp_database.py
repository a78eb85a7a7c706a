"""A scratch database beside the desk's, for work that does not fit in memory; part of the engine (see engine.py)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leadcli.store.engine import Connection, Error, memory
from leadcli.store.failures import file_of, translate

_SPARING = -4096  # KiB of cache for the desk meanwhile: sorting needs the memory
_SETTINGS = ("locking_mode = EXCLUSIVE", "journal_mode = MEMORY", "synchronous = OFF", "cache_size = -4096")


@contextmanager
def scratch(connection: Connection) -> Iterator[None]:
    """A second database, `scratch`, that belongs to this connection alone and is gone with it; never part of a commit.

    Temporary tables would do, were they not kept in memory by libraries built with SQLITE_TEMP_STORE=3 (pysqlite3's).
    The file has no name once it is open, so that a killed process leaves nobody's data behind.
    """
    handle, name = tempfile.mkstemp(prefix="leadcli-", suffix=".scratch")
    os.close(handle)
    try:
        connection.execute("ATTACH ? AS scratch", (name,))
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA scratch.{setting}")
        connection.execute("CREATE TABLE scratch.opened (at)")  # opens the file while it still has its name
        with suppress(OSError):
            os.unlink(name)
        with few_pages(connection, _SPARING):
            yield
    except Error as error:
        raise translate(error, file_of(connection)) from error
    finally:
        with suppress(Error):  # an interrupted statement may still hold it; it goes with the connection
            connection.execute("DETACH scratch")
        Path(name).unlink(missing_ok=True)


@contextmanager
def beside() -> Iterator[Connection]:
    """A connection that has nothing but a `scratch` database of its own, for a thread of its own."""
    connection = memory()
    try:
        with scratch(connection):
            yield connection
    finally:
        connection.close()


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
