"""Exports leads: the columns an import takes back, in id order, so that a file read by another desk comes
out the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from leadcli import query
from leadcli.domain import listing, views
from leadcli.fields import RecordType
from leadcli.store.store import Store
from leadcli.table import Column, Table


def columns(type_: RecordType, names: Sequence[str] = ()) -> list[Column]:
    """The columns named, or the stored fields in registry order, custom ones last.

    Not by default: id (it belongs to one file), computed fields, score, converted_at and links to customers.
    """
    if names:
        return listing.chosen(type_, listing.Wanted(fields=names))
    return [listing.as_column(field) for field in type_.fields.values() if field.exported]


def table(store: Store, words: Sequence[str], *, fields: Sequence[str] = (), sort: str = "id", limit: int = 0) -> Table:
    """All leads, or those that match; read page by page, never all in memory."""
    found = views.parse(store, words) if words else query.EVERYTHING
    chosen = columns(store.type("lead"), fields)
    rows = store.rows("lead", found, fields=[column.name for column in chosen], sort=sort or "id", limit=limit)
    return Table(chosen, rows)
