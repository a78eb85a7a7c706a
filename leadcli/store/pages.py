"""Reads records a page at a time and by column, lists as finished cells: what exports a million rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.fields import Field
from leadcli.query import Query
from leadcli.table import Cells

if TYPE_CHECKING:
    from leadcli.store.store import Store

_PAGE = 2000


def leads(store: Store, query: Query, *, fields: Iterable[str], sort: str = "", limit: int = 0) -> Iterator[Cells]:
    """The leads that match, in order: name -> values as stored, of a list the cell that its kind's `plain` writes.

    The id and the currency are always there.
    """
    every = store.type("lead").fields
    names = dict.fromkeys(["id", *fields, "currency"])
    flat = [every[name] for name in names if every[name].sql or not every[name].kind.many]
    lists = [every[name] for name in names if every[name].kind.many and not every[name].sql]
    cursor = store.cursor("lead", query, store.columns(flat), sort=sort, limit=limit)
    while rows := cursor.fetchmany(_PAGE):
        page: Cells = dict(zip([field.name for field in flat], zip(*rows, strict=True), strict=True))
        yield page | {field.name: _cells(store, field, page) for field in lists}


def _cells(store: Store, field: Field, page: Cells) -> Sequence[Any]:
    ids, kind = page["id"], field.kind
    low, high = min(ids), max(ids)
    item: str = kind.cell  # type: ignore[attr-defined]
    if item and high - low < 2 * len(ids):
        sql = f"""SELECT record_id, group_concat(item, ';') FROM (
                      SELECT record_id, {item} AS item FROM {kind.many}
                      WHERE record = 'lead' AND record_id BETWEEN ? AND ? ORDER BY record_id, position)
                  GROUP BY record_id"""
        return list(map(dict(store.select(sql, (low, high))).get, ids))
    found = store.lists("lead", field, ids)
    return [
        kind.plain(found[id], {"currency": code}) if id in found else None
        for id, code in zip(ids, page["currency"], strict=True)
    ]
