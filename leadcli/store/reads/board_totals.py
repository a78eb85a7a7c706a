"""Counts and sums of leads by one field: the heads of a board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from leadcli.model.fields import Field
from leadcli.query import Query, compile_where
from leadcli.query.scope import sql_expression
from leadcli.store.reads.counts import Statement, count_in_parallel
from leadcli.store.reads.currency_totals import CurrencyConverter

if TYPE_CHECKING:
    from leadcli.store.store import Store

# Value of the field, currency, key of the rate (see CurrencyConverter.key_sql), leads, minor units.
Row = tuple[str | None, str | None, int | None, int, int | None]
AmountRow = tuple[str, int | None, int]  # currency, key of the rate, minor units


def board_totals(
    store: Store, query: Query, field: Field, conversion: CurrencyConverter
) -> dict[str | None, tuple[int, list[AmountRow]]]:
    """value of the field -> (leads, what is to be added up), over the leads that match."""
    counted: dict[str | None, tuple[int, list[AmountRow]]] = {}
    by_index = query.text == "" and field.name == "status" and conversion.key_sql == "NULL"
    rows = _totals_by_index(store) if by_index else _group_totals(store, query, field, conversion.key_sql)
    for value, currency, key, count, units in rows:
        before, amounts = counted.get(value, (0, []))
        amount = [(currency or store.context.currency, key, units)] if units is not None else []
        counted[value] = (before + count, amounts + amount)
    return counted


def _group_totals(store: Store, query: Query, field: Field, key: str) -> Iterable[Row]:
    condition = compile_where(query, store.context)
    # In the order of the index that has all three columns, so that nothing is sorted and no row is read.
    sql = f"""SELECT {sql_expression(field)}, r.currency, {key}, count(*), sum(r.value)
              FROM leads r WHERE {condition.sql} GROUP BY r.currency, 1, 3"""
    return store.select(sql, store.bound(condition.params))


def _totals_by_index(store: Store) -> Iterator[Row]:
    """The usual board, all leads by status: a walk through each part of that index takes 3/4 of what GROUP BY does."""
    sql = "SELECT count(*), sum(value) FROM leads WHERE currency IS :currency AND status IS :status"

    def parts() -> list[Statement]:
        return [
            (sql, {"currency": currency, "status": status})
            for currency in _lane_values(store, "currency", {})
            for status in _lane_values(store, "status", {"currency": currency})
        ]

    for (_, part), rows in count_in_parallel(store, parts):
        yield part["status"], part["currency"], None, *rows[0]


def _lane_values(store: Store, column: str, fixed: dict[str, Any]) -> Iterator[str | None]:
    """The different values of an indexed column among the leads with the given ones before it, by a look-up each."""
    among = " AND ".join(["1", *(f"{name} IS :{name}" for name in fixed)])
    if store.select(f"SELECT 1 FROM leads WHERE {among} AND {column} IS NULL LIMIT 1", fixed):
        yield None
    last = ""
    following = f"SELECT min({column}) FROM leads WHERE {among} AND {column} > :last"
    while last := store.select(following, {**fixed, "last": last})[0][0]:
        yield last
