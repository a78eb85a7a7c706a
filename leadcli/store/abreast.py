"""Long counts on two cores: statements are shared out between two connections that see the same state of the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from leadcli.errors import LeadError
from leadcli.store import engine
from leadcli.store.memory import few_pages

if TYPE_CHECKING:
    from leadcli.store.store import Store

LARGE = 100 * 1024 * 1024  # bytes; in a smaller file a second connection costs more than it saves
_PAGES = 50  # each page is read once: keeping few keeps them in the processor's own memory
Statement = tuple[str, dict[str, Any]]


def abreast(store: Store, asked: Callable[[], Sequence[Statement]]) -> list[tuple[Statement, list[Any]]]:
    """The rows of each statement. `asked` names the statements; what it reads to do so and all rows are of one moment.

    In a large file two threads share them: SQLite needs no GIL.
    """
    if store.connection.in_transaction:
        return _alone(store, asked())
    if store.path and not store.write and store.path.stat().st_size >= LARGE:
        with engine.snapshot(store.connection):
            before = _version(store)
            found = _shared_out(store, asked())
        if _version(store) == before:
            return found
        # Somebody wrote meanwhile, and the other connection may have seen that.
    with engine.snapshot(store.connection):
        return _alone(store, asked())


def _alone(store: Store, statements: Sequence[Statement]) -> list[tuple[Statement, list[Any]]]:
    return [(each, store.select(*each)) for each in statements]


def _version(store: Store) -> int:
    """Changes when another connection has written."""
    return int(store.select("PRAGMA data_version")[0][0])


def _shared_out(store: Store, statements: Sequence[Statement]) -> list[tuple[Statement, list[Any]]]:
    from threading import Thread

    todo, found = list(range(len(statements))), {}

    def work(connection: engine.Connection) -> None:
        with few_pages(connection, _PAGES), suppress(IndexError):  # nothing is left
            while True:
                number = todo.pop()  # atomic: each is taken once
                found[number] = engine.select(connection, *statements[number])

    def help_along() -> None:
        assert store.path
        with suppress(LeadError, *engine.FAILURES):  # what it leaves undone is done below
            other = engine.connect(store.path, write=False, lock_timeout=0)
            try:
                with engine.snapshot(other):
                    work(other)
            finally:
                other.close()

    helper = Thread(target=help_along, daemon=True)
    helper.start()
    try:
        work(store.connection)
    finally:
        todo.clear()
        helper.join()
    return [(each, found[at] if at in found else store.select(*each)) for at, each in enumerate(statements)]
