"""One record in full: its fields by group, open tasks, timeline, files and orders."""

from __future__ import annotations

from collections.abc import Sequence

from leadcli.domain.leads import lists
from leadcli.domain.leads.targets import Target
from leadcli.domain.pipeline import rules
from leadcli.model.fields import ACTIVITY, ATTACHMENT, BANT, DOCUMENT, Field, RecordType
from leadcli.model.kinds import TEXT, Record
from leadcli.model.results import Card, Column, Table, format_count
from leadcli.store.reads import timeline
from leadcli.store.store import Store

# Shown in the heading, in the badges or as a part of another field.
_HIDDEN = {
    "id",
    "name",
    "status",
    "priority",
    "age",
    "currency",
    "next_task",
    "due",
    "bant",
    "email",
    "phone",
    "touched",
    "days_in_status",
    "snoozed_until",
    "unanswered_at",
    "awaiting_at",
    *BANT,
}
_MAX_ACTIVITIES = 15
# The groups in order: what a seller looks for first, bookkeeping last.
_ORDER = (
    "Person",
    "Contact",
    "Address",
    "Pipeline",
    "Deal",
    "Origin",
    "BANT",
    "Work",
    "Customer",
    "Notes",
    "Custom",
    "Record",
)


def record_cards(store: Store, target: Target, *, history: bool = False) -> list[Card]:
    """The cards of a target's records."""
    return [
        record_card(store, target.record, record, history=history) for record in store.fetch(target.record, target.ids)
    ]


def record_card(store: Store, record: str, row: Record, *, history: bool = False) -> Card:
    """The card of one record. A terminal leaves out empty fields. JSON has every field."""
    type_ = store.type(record)
    sections = [
        part
        for part in (
            *_linked_tables(store, record, row),
            _task_table(store, record, row),
            _activity_table(store, record, row),
            _file_table(store, record, row),
            _order_table(store, record, row),
        )
        if part
    ]
    if history:
        from leadcli.domain.insight import history as desk_history

        sections.append(desk_history.list_record_changes(store, record, row["id"])._replace(title="History"))
    heading = f"{record.capitalize()} {type_.letter}{row['id']}  {row.get('name') or ''}"
    return Card(
        heading, _badge_text(store, record, row), _field_groups(type_, row), row, lists.all_columns(type_), sections
    )


def _badge_text(store: Store, record: str, row: Record) -> str:
    if record == "opportunity":
        return str(row.get("stage") or "")
    snoozed = f"snoozed {until}" if (until := lists.snooze_text(store, row)) else ""
    if record != "lead":
        return snoozed
    state = rules.status_state(store, row["status"])
    since = f"{'open' if state == 'open' else 'closed after'} {format_count(row['age'], 'day', grouped=False)}"
    return " · ".join(part for part in (row["status"], row.get("priority"), since, snoozed) if part)


def _field_groups(type_: RecordType, row: Record) -> list[tuple[str, Sequence[Column]]]:
    """Filled fields by group, in the order of `_ORDER`."""
    groups: dict[str, list[Column]] = {}
    for field in type_.fields.values():
        if field.name not in _HIDDEN and row.get(field.name) not in (None, [], ""):
            groups.setdefault(field.group, []).append(lists.as_column(field))
    if type_.name == "lead" and any(row.get(name) for name in BANT):
        groups["BANT"] = [*_bant_columns(type_, row), *groups.get("BANT", [])]
    return [(name, groups[name]) for name in sorted(groups, key=_group_rank)]


def _group_rank(group: str) -> int:
    return _ORDER.index(group) if group in _ORDER else len(_ORDER)


def _bant_columns(type_: RecordType, row: Record) -> list[Column]:
    """ "2 of 4", the answers given, and what is missing."""
    missing = [
        name
        for name in (*(["contact"] if not row.get("emails") and not row.get("phones") else []), *BANT)
        if not row.get(name) or str(row[name]).casefold().startswith("unknown")
    ]
    row["bant_summary"] = f"{row['bant']} of 4" + (f" (missing: {', '.join(missing)})" if missing else "")
    answered: list[Field] = [type_.fields[name] for name in BANT if row.get(name)]
    return [Column("bant_summary", "BANT", TEXT), *map(lists.as_column, answered)]


_LINKED_COLUMNS = {
    "lead": ("id", "name", "status", "owner"),
    "account": ("id", "name", "city"),
    "contact": ("id", "name", "email", "phone"),
    "opportunity": ("id", "name", "stage", "value"),
}


def _linked_tables(store: Store, record: str, row: Record) -> list[Table]:
    """A table for each kind of record that is linked to this one by conversion."""
    related = timeline.related_records(store, record, row["id"])[1:]
    tables = []
    for kind, names in _LINKED_COLUMNS.items():
        rows = store.fetch(kind, [id for each, id in related if each == kind])
        if rows:
            type_ = store.type(kind)
            tables.append(Table(_card_columns(type_, names), rows, title=type_.table.capitalize()))
    return tables


def _task_table(store: Store, record: str, row: Record) -> Table | None:
    rows = timeline.timeline_of(store, record, row["id"], tasks=True)
    names = ("id", "due_at", "text", "owner")
    return Table(_card_columns(ACTIVITY, names), rows, title="Next") if rows else None


def _activity_table(store: Store, record: str, row: Record) -> Table | None:
    rows = timeline.timeline_of(store, record, row["id"], tasks=False)[:_MAX_ACTIVITIES]
    names = ("at", "kind", "text", "outcome", "created_by")
    return Table(_card_columns(ACTIVITY, names), rows, title="Activity") if rows else None


def _file_table(store: Store, record: str, row: Record) -> Table | None:
    rows = store.fetch("attachment", timeline.children_of(store, "attachment", record, row["id"]))
    return Table(_card_columns(ATTACHMENT, ("id", "name", "type", "size")), rows, title="Files") if rows else None


def _order_table(store: Store, record: str, row: Record) -> Table | None:
    rows = store.fetch("document", timeline.children_of(store, "document", record, row["id"]))
    return (
        Table(
            _card_columns(DOCUMENT, ("id", "kind", "number", "date", "status", "lines")),
            rows,
            title="Quotes, orders and invoices",
        )
        if rows
        else None
    )


def _card_columns(type_: RecordType, names: Sequence[str]) -> list[Column]:
    return [lists.as_column(type_.fields[name]) for name in names]
