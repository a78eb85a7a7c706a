"""Exports leads: the columns that an import reads back, in id order.

Another desk that imports the file exports the same file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from leadcli import query
from leadcli.domain.insight import history as desk_history
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.upkeep import backup
from leadcli.errors import Usage, unknown_name
from leadcli.model.fields import ACTIVITY, RecordType
from leadcli.model.kinds import JSON, Record
from leadcli.model.results import Column, Pages, ResultNote, Table
from leadcli.store.reads import records, timeline
from leadcli.store.store import Store

PARTS = ("activities", "tasks", "history")
PAGE_LEADS = 500  # leads whose parts are read at once
_ACTIVITY_KEYS = ("id", "record", "kind", "direction", "outcome", "at", "duration", "text", "owner", "created_by")
_TASK_KEYS = ("id", "record", "kind", "text", "due_at", "done_at", "owner", "created_by")


class ExportRequest(NamedTuple):
    """Options of an export. `parts` are those of PARTS that are nested in each lead."""

    query: Sequence[str] = ()
    fields: Sequence[str] = ()
    sort: str = ""
    limit: int = 0
    parts: Sequence[str] = ()


def parse_parts(words: Sequence[str]) -> tuple[str, ...]:
    """The parts named, separated by commas, in the order of PARTS. Usage with a suggestion for an unknown one."""
    names = [word.strip().casefold() for text in words for word in text.split(",") if word.strip()]
    for word in names:
        if word not in PARTS:
            raise unknown_name("--with", word, PARTS, title="Parts")
    return tuple(part for part in PARTS if part in names)


def choose_columns(type_: RecordType, names: Sequence[str] = ()) -> list[Column]:
    """The columns named, or the stored fields in registry order, custom fields last.

    Not by default: id (it is valid in one file only), computed fields, score, converted_at and links to customers.
    """
    if names:
        return lists.chosen_columns(type_, lists.ListRequest(fields=names))
    return [lists.as_column(field) for field in type_.fields.values() if field.exported]


def export_table(store: Store, request: ExportRequest) -> Table:
    """All leads, or those that match. They are read page by page, never all into memory."""
    lead_query = saved_views.parse_with_views(store, request.query) if request.query else query.EVERYTHING
    chosen = choose_columns(store.type("lead"), request.fields)
    names = [column.name for column in chosen]
    sort, limit = request.sort or "id", request.limit
    rows = store.rows("lead", lead_query, fields=names, sort=sort, limit=limit)
    if not request.parts:
        return Table(chosen, Pages(rows, records.lead_pages(store, lead_query, fields=names, sort=sort, limit=limit)))
    part_columns = [Column(part, part, JSON) for part in request.parts]
    return Table([*chosen, *part_columns], _add_parts(store, rows, request.parts))


def export_copy(store: Store, path: Path, request: ExportRequest) -> ResultNote:
    """Copy the whole desk into a database file, as `backup` does. Usage for a filter, fields, an order or a limit."""
    for option, value in (("a filter", request.query), ("--fields", request.fields), ("--sort", request.sort),
                          ("--limit", request.limit)):  # fmt: skip
        if value:
            raise Usage(
                f"a database is exported whole, and {option} would leave something out.",
                hint="leave it away, or export CSV or JSON, which another desk imports",
            )
    note = backup.backup_desk(store, path)
    leads = note.json["leads"]
    return note._replace(sentence=f"Exported {leads:,} lead{'' if leads == 1 else 's'} and all that belongs to them "
                                  f"to {path}.")  # fmt: skip


def _add_parts(store: Store, rows: Iterator[Record], parts: Sequence[str]) -> Iterator[Record]:
    while page := list(islice(rows, PAGE_LEADS)):
        ids = [row["id"] for row in page]
        activities = timeline.activities_of_many(store, ids) if "activities" in parts or "tasks" in parts else {}
        operations = timeline.history_of_many(store, ids) if "history" in parts else {}
        changes = iter(
            desk_history.describe_changes(store, [operation for id in ids for operation in operations.get(id, ())])
        )
        for row in page:
            lead_activities = activities.get(row["id"], [])
            values = {
                "activities": [
                    _export_object(each, _ACTIVITY_KEYS) for each in lead_activities if each["due_at"] is None
                ],
                "tasks": [_export_object(each, _TASK_KEYS) for each in lead_activities if each["due_at"] is not None],
                "history": list(islice(changes, len(operations.get(row["id"], ())))),
            }
            yield {**row, **{part: values[part] for part in parts}}


def _export_object(row: Record, names: Sequence[str]) -> dict[str, Any]:
    """An activity as JSON, with the keys of the lists of activities and tasks (due, actor)."""
    fields = [ACTIVITY.fields[name] for name in names]
    return {(field.label or field.name): field.kind.json(row[field.name], row) for field in fields}
