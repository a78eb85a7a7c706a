"""The one writer of single records: a batch of inserts, updates and deletes, journaled change by change.

A single change is a batch of one. Whatever the size of a batch, a kind of change takes the same few statements for each
part of it: rows go into a statement as one list of VALUES, so that nothing is asked or written per record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.errors import NotFound
from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Record
from leadcli.store import schema
from leadcli.store.engine import insert_rows, update_rows
from leadcli.store.journal.derived import Derived, without_empty_fields
from leadcli.store.journal.removed_fields import RemovedFields
from leadcli.store.match_key_columns import KEYED_BY, match_key_columns, other_key
from leadcli.store.schema import quote_name
from leadcli.store.search.index_text import SEARCHED

if TYPE_CHECKING:
    from leadcli.store.store import Store

INSERT, DELETE, STAMP = "+", "-", "updated_at"
RENAMED = "renamed"  # reason of a change that gives a value another name: no move through the pipeline
_PART = 20_000  # records written at a time


class Change(NamedTuple):
    """One record's change: {field: (old, new)}; for an insert or a delete `kind` says so and one side is None."""

    record: str
    id: int
    kind: str  # insert | update | delete
    fields: Mapping[str, tuple[Any, Any]]
    reason: str = ""


class Edit(NamedTuple):
    """New values for a record. `row` is the record as it is: its id and updated_at, and what it has of these fields."""

    row: Record
    values: Mapping[str, Any]
    reason: str = ""


class RecordWriter:
    """Writes records and their journal inside operation `id`. `touched` are the ids written so far by record."""

    def __init__(self, store: Store, id: int, *, undoes: int | None = None) -> None:
        self.store, self.id, self.undoes = store, id, undoes
        self.at = store.now
        self.derived = Derived(store)
        self.removed_fields = RemovedFields(store)
        self.touched: dict[str, dict[int, None]] = {}
        self.changes = 0

    def insert(self, record: str, values: Mapping[str, Any], *, id: int | None = None, reason: str = "") -> int:
        """Add a record (with its old `id` when it comes back from the dead). Returns its id."""
        return self.insert_many(record, [{**values, "id": id}], reason=reason)[0]

    def insert_many(self, record: str, rows: Iterable[Mapping[str, Any]], *, reason: str = "") -> list[int]:
        """Add records, those that bring an `id` with that one. Returns their ids."""
        type_ = self.store.type(record)
        columns = {field.name: field.sql_column for field in type_.stored()}
        filled = [without_empty_fields(row) for row in rows]
        if not filled:
            return []
        if record == "activity":
            of_leads = [row for row in filled if row.get("record") == "lead"]
            self.derived.add_texts((row["record_id"], row.get("text")) for row in of_leads)
            self.derived.task_dates_dirty.update(row["record_id"] for row in of_leads)
        flats = [
            {columns[name]: value for name, value in row.items() if name in columns}
            | match_key_columns(record, row)
            | self.removed_fields.flat(record, row)
            for row in filled
        ]
        ids: list[int] = []
        for names, group in groupby(flats, key=tuple):
            ids += self._insert_rows(type_.table, names, [tuple(flat.values()) for flat in group])
        for field in type_.many():
            self._add_items(record, field, ((id, row.get(field.name)) for id, row in zip(ids, filled, strict=True)))
        if record == "lead":
            self.derived.inserted.update(ids)
        self._journal((record, id, INSERT, None, None, id, reason or None) for id in ids)
        self._written(record, ids)
        if record == "custom_field":
            for name in ("lead", "account", "contact", "opportunity"):
                for row in filled:
                    schema.add_column(self.store.connection, self.store.type(name), self._field(name, row["name"]))
        return ids

    def _field(self, record: str, name: str) -> Field:
        return self.store.type(record).fields[name]

    def _insert_rows(self, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Iterable[int]:
        if not names:
            return [int(self._run(f"INSERT INTO {table} DEFAULT VALUES").lastrowid or 0) for _ in rows]
        last = insert_rows(self.store.connection, f"{table} ({', '.join(map(quote_name, names))})", rows)
        place = names.index("id") if "id" in names else -1
        return [row[place] for row in rows] if place >= 0 else range(last - len(rows) + 1, last + 1)

    def update(self, record: str, id: int, values: Mapping[str, Any], *, reason: str = "") -> Change:
        """Set fields of a record; those that stay the same are left out of the change. NotFound when it is gone."""
        changes = self.update_many(record, {id: values}, reason=reason)
        return changes[0] if changes else Change(record, id, "update", {}, reason)

    def update_many(self, record: str, values: Mapping[int, Mapping[str, Any]], *, reason: str = "") -> list[Change]:
        """Set fields of records: id -> new values. NotFound when one of them is gone. Returns what changed."""
        names = dict.fromkeys(name for each in values.values() for name in each)
        stamp = (STAMP,) if STAMP in self.store.type(record).fields else ()
        rows = self.store.fetch(record, list(values), fields=(*names, *stamp))
        if len(rows) < len(values):
            gone = (values.keys() - {row["id"] for row in rows}).pop()
            raise NotFound(f"no {record} {self.store.type(record).letter}{gone}.")
        return self.write_edits(record, [Edit(row, values[row["id"]], reason) for row in rows])

    def write_edits(self, record: str, edits: Iterable[Edit]) -> list[Change]:
        """Update records that were read already; each of them is among the edits once. Returns what changed."""
        changes: list[Change] = []
        stamps: dict[int, str | None] = {}
        for row, values, reason in edits:
            fields = {
                name: (row[name], value)
                for name, value in values.items()
                if row[name] != value and values_differ(row[name], value)
            }
            if fields:
                changes.append(Change(record, row["id"], "update", fields, reason))
                stamps[row["id"]] = row.get(STAMP)
        for start in range(0, len(changes), _PART):
            self._update_part(record, changes[start : start + _PART], stamps)
        if changes:
            self._written(record, [change.id for change in changes])
        return changes

    def _update_part(self, record: str, changes: Sequence[Change], stamps: Mapping[int, str | None]) -> None:
        type_ = self.store.type(record)
        self._remember_updated(record, changes)
        columns = {field.name: field.sql_column for field in type_.stored()}
        keys = self._changed_keys(record, changes)
        is_stamped = STAMP in type_.fields and self.undoes is None
        flats: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for change in changes:
            flat = {columns[name]: new for name, (_, new) in change.fields.items() if name in columns}
            if is_stamped:
                flat.setdefault(STAMP, self.at)
            flat |= keys.get(change.id, {})
            if record == "lead" and "status" in change.fields and change.reason != RENAMED:
                flat["moved_at"] = self.at
            if flat:
                flats.setdefault(tuple(flat), []).append((change.id, *flat.values()))
        for names, rows in flats.items():
            update_rows(self.store.connection, type_.table, names, rows)
        for field in type_.many():
            self._update_lists(record, field, [change for change in changes if field.name in change.fields])
        self._journal(_journal_rows(type_, changes, stamps if is_stamped else {}, self.at))

    def _changed_keys(self, record: str, changes: Sequence[Change]) -> Mapping[int, Mapping[str, str | None]]:
        """id -> the match keys of the records whose keys depend on what changes."""
        sources = frozenset(KEYED_BY.get(record, ()))
        values = {
            change.id: {name: new for name, (_, new) in change.fields.items()}
            for change in changes
            if not sources.isdisjoint(change.fields)
        }
        rows = self.store.fetch(record, list(values), fields=KEYED_BY[record]) if values else []
        return {row["id"]: match_key_columns(record, {**row, **values[row["id"]]}) for row in rows}

    def _remember_updated(self, record: str, changes: Sequence[Change]) -> None:
        """Tell the search index and the dates what is about to move under them."""
        if record == "lead":
            searched = {change.id: change.fields for change in changes if not change.fields.keys().isdisjoint(SEARCHED)}
            added = {id: tags for id, fields in searched.items() if (tags := _added_tags(fields))}
            self.derived.remember(id for id in searched if id not in added)
            self.derived.add_texts((id, tag) for id, tags in added.items() for tag in tags)
        if record == "activity":  # a merge moves activities to the survivor
            rows = self.store.fetch("activity", [change.id for change in changes], fields=("record", "record_id"))
            present = {row["id"]: row["record_id"] for row in rows if row["record"] == "lead"}
            moves = (change.fields["record_id"] for change in changes if "record_id" in change.fields)
            self.derived.remember_work({*present.values(), *(new for old, new in moves if old in present.values())})

    def update_removed(self, record: str, id: int, name: str, value: Any) -> None:
        """Set what a record has of a removed field, `name` in the journal (see removed_fields.py)."""
        self.store.get(record, id, fields=("id",))  # NotFound for one that went
        column = self.removed_fields.columns(record)[name]
        old = self.removed_fields.values(record, [id])[id].get(name)
        update_rows(self.store.connection, self.store.type(record).table, [column], [(id, value)])
        self._journal([(record, id, name, old, value, None, None)])
        self._written(record, [id])

    def delete(self, record: str, id: int, *, reason: str = "") -> Record:
        """Take a record away, kept whole in the journal. Returns it. NotFound when it is gone already."""
        names = [field.name for field in self.store.type(record).fields.values() if not field.sql]
        row = self.store.get(record, id, fields=names)
        self.delete_rows(record, [row], reason=reason)
        return without_empty_fields(row)

    def delete_many(self, record: str, ids: Sequence[int], *, reason: str = "") -> None:
        """Take those of these records that exist away, kept whole in the journal, in this order."""
        names = [field.name for field in self.store.type(record).fields.values() if not field.sql]
        for start in range(0, len(ids), _PART):
            rows = self.store.fetch(record, ids[start : start + _PART], fields=names)
            self.delete_rows(record, rows, reason=reason)

    def delete_rows(self, record: str, rows: Sequence[Record], *, reason: str = "") -> None:
        """Take records away that were read whole already (every stored field)."""
        if not rows:
            return
        type_, ids = self.store.type(record), [row["id"] for row in rows]
        if record == "lead":
            self.derived.remember(ids)
        if record == "activity":
            self.derived.remember_work(row["record_id"] for row in rows if row["record"] == "lead")
        removed = self.removed_fields.values(record, ids)
        names = [field.name for field in type_.fields.values() if not field.sql and field.name != "id"]
        whole = (
            (row["id"], without_empty_fields({name: row[name] for name in names}) | removed.get(row["id"], {}))
            for row in rows
        )
        self._journal(
            (record, id, DELETE, json.dumps(values, ensure_ascii=False), None, None, reason or None)
            for id, values in whole
        )
        for field in type_.many():
            self._clear_items(record, field, ids)
        self._run(f"DELETE FROM {type_.table} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))
        if record == "lead":
            self.derived.inserted.difference_update(ids)
        self._written(record, ids)

    def _clear_items(self, record: str, field: Field, ids: Sequence[int]) -> None:
        if ids:
            sql = f"DELETE FROM {field.kind.many} WHERE record = ? AND record_id IN (SELECT value FROM json_each(?))"
            self._run(sql, (record, json.dumps(ids)))

    def _update_lists(self, record: str, field: Field, changes: Iterable[Change]) -> None:
        """Write lists anew; of those that only grew at their end what is new."""
        lists: list[tuple[int, Sequence[Any] | None]] = []
        lengths: dict[int, int] = {}
        for change in changes:
            old, new = change.fields[field.name]
            lists.append((change.id, new))
            if old and (new or [])[: len(old)] == old:
                lengths[change.id] = len(old)
        self._clear_items(record, field, [id for id, _ in lists if id not in lengths])
        self._add_items(record, field, lists, lengths)

    def _add_items(
        self, record: str, field: Field, lists: Iterable[tuple[int, Sequence[Any] | None]],
        lengths: Mapping[int, int] | None = None,
    ) -> None:  # fmt: skip
        insert_rows(self.store.connection, *list_rows(record, field, lists, lengths))

    def _journal(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """(record, id, field, old, new, last_id, reason) into the journal."""
        into = "changes (operation, record, record_id, field, old, new, last_id, reason)"
        insert_rows(self.store.connection, into, [(self.id, *row) for row in rows])

    def _written(self, record: str, ids: Iterable[int]) -> None:
        self.touched.setdefault(record, {}).update(dict.fromkeys(ids))
        self.changes += 1
        if record == "custom_field":
            from leadcli.store.people_views import refresh_views  # rare

            refresh_views(self.store.connection)
        if record in ("option", "custom_field"):
            self.store.forget()
            self.removed_fields.forget()

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return self.store.connection.execute(sql, parameters)


def _journal_rows(
    type_: RecordType, changes: Iterable[Change], stamps: Mapping[int, str | None], at: str
) -> Iterator[tuple[Any, ...]]:
    """What the journal says of updates; first of each record, where it changes, its updated_at."""
    for record, id, _, fields, reason in changes:
        if id in stamps and STAMP not in fields and stamps[id] != at:
            yield record, id, STAMP, stamps[id], at, None, None
        for name, (was, now) in fields.items():
            field = type_.fields[name]
            yield record, id, name, stored_values(field, was), stored_values(field, now), None, reason or None


def _added_tags(fields: Mapping[str, tuple[Any, Any]]) -> Sequence[str]:
    """The new tags of a lead whose others stay, where nothing else changes that it is found by; else none."""
    if "tags" not in fields or any(name in fields for name in SEARCHED if name != "tags"):
        return ()
    old, new = fields["tags"][0] or [], fields["tags"][1] or []
    return new[len(old) :] if new[: len(old)] == old else ()


def list_rows(
    record: str, field: Field, lists: Iterable[tuple[int, Sequence[Any] | None]],
    lengths: Mapping[int, int] | None = None,
) -> tuple[str, list[tuple[Any, ...]]]:  # fmt: skip
    """Table and columns of a many-valued field, and its rows for the lists (record's id, items) of several records.

    `lengths` says how many items of a list are stored already.
    """
    table, names = field.kind.many, field.kind.columns  # type: ignore[attr-defined]
    is_keyed = table in schema.KEYED
    rows = []
    for id, items in lists:
        for position, item in islice(enumerate(items or ()), (lengths or {}).get(id, 0), None):
            values = [item] if len(names) == 1 else [item.get(name) for name in names]
            rows.append((record, id, position, *values, *([other_key(table, item)] if is_keyed else [])))
    return f"{table} (record, record_id, position, {', '.join(names)}{', other_key' if is_keyed else ''})", rows


def stored_values(field: Field, value: Any) -> Any:
    """How the journal keeps a value: lists as JSON, the rest as it is in its column."""
    return json.dumps(value, ensure_ascii=False) if field.kind.many and value is not None else value


def restored_values(field: Field, value: Any) -> Any:
    """The reverse of `stored_values`."""
    return json.loads(value) if field.kind.many and value is not None else value


def values_differ(old: Any, new: Any) -> bool:
    return (old or None) != (new or None) if isinstance(old or new, (list, str)) else old != new
