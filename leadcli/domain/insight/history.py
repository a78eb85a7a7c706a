"""History: operations with their changes, and the changes of one record field by field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from leadcli.errors import NotFound
from leadcli.model.kinds import INTEGER, JSON, MOMENT, TEXT, Record
from leadcli.model.results import Column, Table, format_count
from leadcli.store.journal import removed_fields
from leadcli.store.journal.batch import DELETE, INSERT, STAMP, restored_values
from leadcli.store.reads import timeline
from leadcli.store.store import Store
from leadcli.text.dates import words

_OPERATIONS = (
    Column("operation", "no", INTEGER, 0),
    Column("at", "when", MOMENT, 1),
    Column("actor", "who", TEXT, 2),
    Column("command", "what", TEXT, 0),
    Column("effect", "effect", TEXT, 3),
    Column("changes", "changes", JSON, 9),
)
_CHANGES = (
    Column("at", "when", MOMENT, 1),
    Column("actor", "who", TEXT, 2),
    Column("field", "field", TEXT, 0),
    Column("old", "was", TEXT, 1),
    Column("new", "is", TEXT, 0),
    Column("reason", "why", TEXT, 4),
)
_NAME_FIELDS = ("name", "text", "label")  # the first that is filled is the name of a record


class HistoryRequest(NamedTuple):
    """Which operations: of which user, from which day to which, at most how many (0 is all)."""

    actor: str = ""
    since: str = ""
    until: str = ""
    limit: int = 0


def list_operations(store: Store, request: HistoryRequest, *, complete: bool = False) -> Table:
    """Operations, newest first. `complete` adds the changes of each (JSON)."""
    day = (
        words.parse_window(
            request.since or None, request.until or None, store.context.today, order=store.context.date_order
        )
        if request.since or request.until
        else None
    )
    start, end = words.utc_bounds(day.first, day.last, None) if day else (None, None)
    selection = timeline.OperationFilter(None, request.actor, start, end, request.limit)
    rows = [_operation_row(row) for row in timeline.read_operations(store, selection)]
    if complete:
        for row in rows:
            row["changes"] = _change_rows(store, timeline.read_changes(store, row["operation"]))
    columns = _OPERATIONS if complete else _OPERATIONS[:-1]
    return Table(columns, rows, key="operation", empty="Nothing was done yet.")


def list_operation_changes(store: Store, number: int, *, complete: bool = False) -> Table:
    """The changes of one operation, one a row. NotFound for an unknown number.

    `complete` (JSON) names every record that a rule touched; else there is one row for what a rule did to a range.
    """
    rows = timeline.read_operations(store, timeline.OperationFilter(number))
    if not rows:
        raise NotFound(f"no operation {number}.", hint="list them: leadcli history")
    head = _operation_row(rows[0])
    changes = [
        {**head, **change} for change in _change_rows(store, timeline.read_changes(store, number, complete=complete))
    ]
    columns = (Column("record", "record", TEXT, 0), Column("id", "id", TEXT, 0), *_CHANGES[2:])
    return Table(
        columns,
        changes,
        title=f"Operation {number}: {head['command']}",
        extra={**head, "changes": _plain_changes(changes)},
        key="id",
    )


def list_record_changes(store: Store, record: str, id: int) -> Table:
    """The changes of one record, one a row."""
    rows: list[Record] = []
    for operation, changes in timeline.changes_of_record(store, record, id):
        head = _operation_row(operation)
        rows += [{**head, **change} for change in _change_rows(store, changes)]
    return Table(_CHANGES, rows, key="operation", empty="No history.")


def list_record_operations(store: Store, record: str, id: int) -> Table:
    """The changes of one record by operation: [{"operation", "at", "actor", "command", "effect", "changes": [...]}]."""
    return Table(_OPERATIONS, describe_changes(store, timeline.changes_of_record(store, record, id)), key="operation")


def describe_changes(store: Store, operations: Iterable[tuple[Record, Sequence[Record]]]) -> list[Record]:
    """Rows of `list_record_operations` from pairs (operation, its journal rows)."""
    operations = list(operations)
    changes = iter(_change_rows(store, [row for _, rows in operations for row in rows]))
    counts = [sum(map(_is_worth_showing, rows)) for _, rows in operations]
    return [
        {**_operation_row(operation), "changes": list(islice(changes, count))}
        for (operation, _), count in zip(operations, counts, strict=True)
    ]


def _is_worth_showing(row: Record) -> bool:
    """Not the stamp of the last change, and not a field that was removed since."""
    return row["field"] != STAMP and not removed_fields.is_removed_field_key(row["field"])


def _plain_changes(changes: Sequence[Record]) -> list[Record]:
    return [{name: change[name] for name in ("record", "id", "field", "old", "new")} for change in changes]


def undoable_operations(store: Store, limit: int) -> list[tuple[int, str]]:
    """(number, command) of operations that can be undone, newest first."""
    rows = timeline.read_operations(store, timeline.OperationFilter(None, "", None, None, limit))
    return [(row["id"], row["command"] or "") for row in rows if not row["undone_by"] and not row["undoes"]]


def _operation_row(row: Record) -> Record:
    leads = row["leads"]
    effect = format_count(leads, "lead") if leads else ""
    state = f"undone by {row['undone_by']}" if row["undone_by"] else f"undoes {row['undoes']}" if row["undoes"] else ""
    summary = ", ".join(part for part in (effect, row["note"] if not row["undoes"] else "", state) if part)
    return {
        "operation": row["id"],
        "at": row["at"],
        "actor": row["actor"],
        "command": row["command"],
        "effect": summary,
    }


def _change_rows(store: Store, changes: Sequence[Record]) -> list[Record]:
    """Journal rows for output: {"record", "id", "field", "old", "new", "reason"}, without those not worth showing."""
    visible = [row for row in changes if _is_worth_showing(row)]
    known = _read_changed_records(store, visible)
    return [_change_row(store, row, known.get((row["record"], row["record_id"]), {})) for row in visible]


def _read_changed_records(store: Store, changes: Sequence[Record]) -> dict[tuple[str, int], Record]:
    """{(record, id): its name and currency} for the changed records that still exist."""
    ids: dict[str, dict[int, None]] = {}
    for row in changes:
        ids.setdefault(row["record"], {})[row["record_id"]] = None
    records = {}
    for record, record_ids in ids.items():
        fields = [name for name in (*_NAME_FIELDS, "currency") if name in store.type(record).fields]
        records.update({(record, row["id"]): row for row in store.fetch(record, list(record_ids), fields=fields)})
    return records


def _change_row(store: Store, row: Record, now: Record) -> Record:
    """One change for output. `now` is its record as it is today, {} when it was deleted."""
    type_ = store.type(row["record"])
    change: Record = {
        "record": row["record"],
        "id": f"{type_.letter}{row['record_id']}" if type_.letter else row["record_id"],
        "reason": row["reason"],
    }
    if row["field"] == INSERT:
        many = (row["last_id"] or row["record_id"]) - row["record_id"]
        called = next((now[name] for name in _NAME_FIELDS if now.get(name)), None)
        return {
            **change,
            "field": "added",
            "old": None,
            "new": f"to {type_.letter}{row['last_id']}" if many else called,
        }
    if row["field"] == DELETE:
        return {**change, "field": "deleted", "old": json.loads(row["old"]).get("name"), "new": None}
    field = type_.fields.get(row["field"])
    if field is None:
        return {**change, "field": row["field"], "old": row["old"], "new": row["new"]}
    currency = now.get("currency")
    return {
        **change,
        "field": field.name,
        **{side: _shown_value(field, row[side], currency) for side in ("old", "new")},
    }


def _shown_value(field: Any, value: Any, currency: str | None) -> str | None:
    value = restored_values(field, value)
    return None if value is None else field.kind.plain(value, {"currency": currency})
