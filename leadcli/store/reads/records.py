"""Reads records a page at a time and by column, lists as finished cells: what exports a million rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Choice
from leadcli.model.results import Cells
from leadcli.query import Query
from leadcli.store.schema import quote_name, uid_end
from leadcli.text import match_keys

if TYPE_CHECKING:
    from leadcli.store.store import Store

_PAGE = 2000


def lead_pages(store: Store, query: Query, *, fields: Iterable[str], sort: str = "", limit: int = 0) -> Iterator[Cells]:
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
        yield page | {field.name: _list_cells(store, field, page) for field in lists}


def _list_cells(store: Store, field: Field, page: Cells) -> Sequence[Any]:
    ids, kind = page["id"], field.kind
    low, high = min(ids), max(ids)
    item: str = kind.cell  # type: ignore[attr-defined]
    if item and high - low < 2 * len(ids):
        sql = f"""SELECT record_id, group_concat(item, ';') FROM (
                      SELECT record_id, {item} AS item FROM {kind.many}
                      WHERE record = 'lead' AND record_id BETWEEN ? AND ? ORDER BY record_id, position)
                  GROUP BY record_id"""
        return list(map(dict(store.select(sql, (low, high))).get, ids))
    items = store.lists("lead", field, ids)
    return [
        kind.plain(items[id], {"currency": code}) if id in items else None
        for id, code in zip(ids, page["currency"], strict=True)
    ]


def records_named(store: Store, record: str, name: str) -> list[int]:
    """Ids of the accounts or contacts of this name, legal form and spelling aside, the oldest first."""
    column, key = (
        ("company_key", match_keys.company_key(name))
        if record == "account"
        else ("name_key", match_keys.name_key(name))
    )
    return [
        row[0]
        for row in store.select(f"SELECT id FROM {store.type(record).table} WHERE {column} = ? ORDER BY id", (key,))
    ]


def leads_with(store: Store, field: str, value: str) -> list[int]:
    """Ids of the leads of which an indexed field is exactly this, the newest first."""
    sql = f"SELECT id FROM leads WHERE {field} = ? ORDER BY id DESC LIMIT 20"
    return [row[0] for row in store.select(sql, (value,))]


def operation_that_set(store: Store, record: str, id: int, field: str) -> int | None:
    """The number of the last operation, not undone, that changed this field of a record."""
    sql = """SELECT max(o.id) FROM changes c JOIN operations o ON o.id = c.operation
             WHERE c.record = ? AND c.record_id = ? AND c.field = ? AND o.undone_by IS NULL AND o.undoes IS NULL"""
    number = store.select(sql, (record, id, field))[0][0]
    return None if number is None else int(number)


def fields_of_vocabulary(store: Store, vocabulary: str) -> list[tuple[RecordType, Field]]:
    """The stored fields whose values come from a vocabulary."""
    return [
        (type_, field)
        for type_ in store.records.values()
        for field in type_.stored()
        if isinstance(field.kind, Choice) and field.kind.vocabulary == vocabulary
    ]


def users_of_value(store: Store, vocabulary: str, label: str) -> list[tuple[RecordType, Field, list[int]]]:
    """The records that have this value of a vocabulary: (record, field, ids), those without any left out."""
    users = []
    for type_, field in fields_of_vocabulary(store, vocabulary):
        rows = store.select(
            f"SELECT id FROM {type_.table} WHERE {quote_name(field.sql_column)} = ? ORDER BY id", (label,)
        )
        if rows:
            users.append((type_, field, [row[0] for row in rows]))
    return users


def count_filled(store: Store, field: Field) -> list[tuple[RecordType, int]]:
    """How many records of each kind have a value in this custom field; kinds without any are left out."""
    counts = []
    for type_ in store.records.values():
        if type_.fields.get(field.name) == field:
            count = store.select(f"SELECT count({quote_name(field.sql_column)}) FROM {type_.table}")[0][0]
            counts += [(type_, int(count))] if count else []
    return counts


def ids_with_uid(table: str, uid: str) -> str:
    """SQL for the leads of an identity: its end is indexed, all of it is compared (the plus keeps
    SQLite from putting the value into the first half, where it would no longer meet the index).
    """
    return f"{uid_end(f'{table}.uid')} = {uid_end(uid)} AND +{table}.uid = {uid}"


def free_column(store: Store, name: str) -> str:
    """A column for a new custom field: x_NAME, or with a number where a field that was removed left its data."""
    there = {row[1].casefold() for row in store.select("PRAGMA table_info(leads)")}
    number, column = 1, f"x_{name}"
    while column.casefold() in there:
        number += 1
        column = f"x_{name}_{number}"
    return column


def has_message_id(store: Store, message_id: str) -> bool:
    """A mail with this Message-ID stands on some timeline."""
    return bool(store.select("SELECT 1 FROM activities WHERE message_id = ? LIMIT 1", (message_id,)))
