"""Reads the work on leads: activities and tasks by their own filter and by that of their leads, document numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from leadcli.model.kinds import Record
from leadcli.query import Condition, Query, compile_where, order_by

if TYPE_CHECKING:
    from leadcli.store.store import Store


def read_activities(store: Store, activities: Query, leads: Query | None, *, sort: str, limit: int = 0) -> list[Record]:
    """Activities that match `own`, and whose lead matches `leads` when that is given."""
    condition = compile_where(activities, store.context)
    parts, parameters = [condition.sql], condition.params
    if leads is not None:
        sql, named = split_activity_query(compile_where(leads, store.context), "of")
        parts.append(f"r.record = 'lead' AND r.record_id IN (SELECT r.id FROM leads r WHERE {sql})")
        parameters = {**parameters, **named}
    by = order_by(sort, store.type("activity"), store.context)
    sql = f"SELECT r.id FROM activities r WHERE {' AND '.join(parts)} ORDER BY {by}" + (
        f" LIMIT {limit}" if limit else ""
    )
    return store.fetch("activity", [row[0] for row in store.select(sql, store.bound(parameters))])


def split_activity_query(condition: Condition, mark: str) -> tuple[str, dict[str, Any]]:
    """A condition's SQL and values under names of their own: every filter numbers its values from 0."""
    values = {f"{mark}{name[1:]}": value for name, value in condition.params.items()}
    return re.sub(r":p(\d+)\b", rf":{mark}\1", condition.sql), values


def number_taken(store: Store, kind: str, number: str) -> int | None:
    """The document of this kind that has the number, or None."""
    rows = store.select("SELECT id FROM documents WHERE kind = ? AND number = ? LIMIT 1", (kind, number))
    return int(rows[0][0]) if rows else None


def next_number(store: Store, kind: str) -> str:
    """One more than the highest whole number a document of this kind has."""
    whole = "number <> '' AND number NOT GLOB '*[^0-9]*' AND length(number) < 16"
    sql = f"SELECT max(CAST(number AS INTEGER)) FROM documents WHERE kind = ? AND {whole}"
    return str((store.select(sql, (kind,))[0][0] or 0) + 1)


def document_rows(store: Store, owners: Iterable[tuple[str, int]] | None) -> list[int]:
    """Ids of the documents of these records, or of all, the newest first."""
    if owners is None:
        return [row[0] for row in store.select("SELECT id FROM documents ORDER BY id DESC")]
    return sorted((id for owner in owners for id in store.children("document", *owner)), reverse=True)


def product_counts(store: Store) -> dict[str, int]:
    """How many leads want each product."""
    sql = "SELECT product, count(DISTINCT record_id) FROM lead_products WHERE record = 'lead' GROUP BY product"
    return dict(store.select(sql))


def product_holders(store: Store, product: str) -> list[tuple[str, int]]:
    """The records that want a product: ("lead", 12)."""
    return [
        (row[0], row[1])
        for row in store.select("SELECT DISTINCT record, record_id FROM lead_products WHERE product = ?", (product,))
    ]
