"""How most of a table is read: found out by a look at a few rows, and portion by portion where rows must be sorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from leadcli.store import engine

if TYPE_CHECKING:
    from leadcli.store.store import Store

PORTION = 200_000  # ids
_LOOKED_AT = 500


def takes_most(store: Store, condition: str, params: Mapping[str, Any]) -> bool:
    """A condition over the leads `r` holds for more than a tenth of them, as far as a few from all over the table tell.

    Counting until a tenth is reached would cost a whole query where it never is. Steps of the golden section go round
    with nothing, as rules do that give every fourth lead to the same owner.
    """
    if condition == "1":
        return True
    sql = f"""WITH RECURSIVE turn(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM turn WHERE k < {_LOOKED_AT})
              SELECT count(*), total({condition}) FROM turn CROSS JOIN leads r
              ON r.id = 1 + (k * 6180339887 % 10000000000) * (SELECT max(id) FROM leads) / 10000000000"""
    seen, taken = store.select(sql, store.bound(params))[0]
    return bool(taken * 10 > seen)


def portions(store: Store, sql: str, params: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The rows of a statement for one portion of ids (:low to :high) after another, all as of one moment.

    A million rows are grouped a third faster so: what SQLite sorts for it stays in the processor's cache.
    """
    connection = store.connection
    with nullcontext() if connection.in_transaction else engine.snapshot(connection):
        last = store.select("SELECT coalesce(max(id), 0) FROM leads")[0][0]
        for low in range(0, last + 1, PORTION):
            yield store.select(sql, {**params, "low": low, "high": low + PORTION - 1})
