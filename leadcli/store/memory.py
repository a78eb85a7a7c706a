"""How much memory the engine keeps: fewer cached pages for a while, and what it no longer needs given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from leadcli.store.engine import Connection, Error


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
