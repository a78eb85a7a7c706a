"""Counting matches by the cheapest way, estimating shares, reading in portions of ids, counting on two threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from leadcli.errors import LeadError
from leadcli.query import Condition
from leadcli.store import engine
from leadcli.store.engine import few_pages

if TYPE_CHECKING:
    from leadcli.store.engine import Connection


class Source(Protocol):
    """What rows are counted in: an open desk, as far as counting knows it."""

    connection: Connection
    write: bool

    @property
    def path(self) -> Path | None: ...

    def select(self, sql: str, parameters: Any = ()) -> list[Any]: ...

    def bound(self, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]: ...


_LOOK_AT = 30  # rows that say which side is the larger one; near the middle it does not matter
# Every other status is found by a look-up each. SQLite counts a whole table ten times faster than a part of an index.
_LESS_THE_OTHERS = """
    WITH RECURSIVE each(status) AS (
        SELECT min(status) FROM {table}
        UNION ALL SELECT (SELECT min(status) FROM {table} WHERE status > each.status) FROM each WHERE status IS NOT NULL
    )
    SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table} WHERE status IS NULL)
           - (SELECT count(*) FROM {table} WHERE status IN (SELECT r.status FROM each r WHERE NOT {condition}))
"""


def count_rows(store: Source, table: str, condition: Condition) -> int:
    """How many rows match. Statuses that most rows have, as those of is:open may be, are all rows less the others."""
    names = ", ".join(f":{name}" for name in condition.params)
    by_status = condition.sql in (f"r.status IN ({names})", f"r.status = {names}")
    sql = f"SELECT count(*) FROM {table} r WHERE {condition.sql}"
    if by_status and estimate_share(store, condition, table=table, look_at=_LOOK_AT) > 0.5:
        sql = _LESS_THE_OTHERS.format(table=table, condition=condition.sql)
    return int(store.select(sql, store.bound(condition.params))[0][0])


PORTION_IDS = 200_000  # ids


def estimate_share(store: Source, condition: Condition, *, table: str = "leads", look_at: int = 500) -> float:
    """The part of the rows `r` of a table for which a condition holds (0 to 1), as far as a few from all over it tell.

    Counting until so many are reached would cost a whole query where they never are. Steps of the golden section go
    round with nothing, as rules do that give every fourth lead to the same owner.
    """
    sql = f"""WITH RECURSIVE turn(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM turn WHERE k < {look_at})
              SELECT coalesce(avg(coalesce({condition.sql}, 0)), 0) FROM turn CROSS JOIN {table} r
              ON r.id = 1 + (k * 6180339887 % 10000000000) * (SELECT max(id) FROM {table}) / 10000000000"""
    return float(store.select(sql, store.bound(condition.params))[0][0])


def id_portions(store: Source, sql: str, params: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The rows of a statement for one portion of ids (:low to :high) after another, all as of one moment.

    A million rows are grouped a third faster so: what SQLite sorts for it stays in the processor's cache.
    """
    connection = store.connection
    with nullcontext() if connection.in_transaction else engine.snapshot(connection):
        last = store.select("SELECT coalesce(max(id), 0) FROM leads")[0][0]
        for low in range(0, last + 1, PORTION_IDS):
            yield store.select(sql, {**params, "low": low, "high": low + PORTION_IDS - 1})


LARGE = 100 * 1024 * 1024  # bytes; in a smaller file a second connection costs more than it saves
_PAGES = 50  # each page is read once: keeping few keeps them in the processor's own memory
Statement = tuple[str, dict[str, Any]]


def count_in_parallel(
    store: Source, list_statements: Callable[[], Sequence[Statement]]
) -> list[tuple[Statement, list[Any]]]:
    """The rows of each statement. `list_statements` returns them; what it reads and all rows are of one snapshot.

    In a large file two threads share them: SQLite needs no GIL.
    """
    if store.connection.in_transaction:
        return _count_alone(store, list_statements())
    if store.path and not store.write and store.path.stat().st_size >= LARGE:
        with engine.snapshot(store.connection):
            before = _data_version(store)
            results = _share_out(store, list_statements())
        if _data_version(store) == before:
            return results
        # Somebody wrote meanwhile, and the other connection may have seen that.
    with engine.snapshot(store.connection):
        return _count_alone(store, list_statements())


def _count_alone(store: Source, statements: Sequence[Statement]) -> list[tuple[Statement, list[Any]]]:
    return [(each, store.select(*each)) for each in statements]


def _data_version(store: Source) -> int:
    """Changes when another connection has written."""
    return int(store.select("PRAGMA data_version")[0][0])


def _share_out(store: Source, statements: Sequence[Statement]) -> list[tuple[Statement, list[Any]]]:
    from threading import Thread

    todo, results = list(range(len(statements))), {}

    def work(connection: engine.Connection) -> None:
        with few_pages(connection, _PAGES), suppress(IndexError):  # nothing is left
            while True:
                number = todo.pop()  # atomic: each is taken once
                results[number] = engine.select(connection, *statements[number])

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
    return [(each, results[at] if at in results else store.select(*each)) for at, each in enumerate(statements)]
