"""Counts and sums of leads by one field: the heads of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadcli.fields import Field
from leadcli.query import Query, where
from leadcli.query.scope import expression

if TYPE_CHECKING:
    from leadcli.store.store import Store

Sums = dict[str, int]


def lanes(store: Store, found: Query, field: Field) -> dict[str | None, tuple[int, Sums]]:
    """value of the field -> (leads, {currency: minor units}), over the leads that match."""
    condition = where(found, store.context)
    # In the order of the index that has all three columns, so that nothing is sorted and no row is read.
    sql = f"""SELECT {expression(field)}, r.currency, count(*), sum(r.value)
              FROM leads r WHERE {condition.sql} GROUP BY r.currency, 1"""
    counted: dict[str | None, tuple[int, Sums]] = {}
    for value, currency, count, units in store.select(sql, store.bound(condition.params)):
        before, sums = counted.get(value, (0, {}))
        code = currency or ""
        counted[value] = (before + count, {**sums, code: sums.get(code, 0) + units} if units is not None else sums)
    return counted
