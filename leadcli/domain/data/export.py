"""Exports leads: the columns that an import reads back, in id order, or a database for other programs.

Another desk that imports the file exports the same file. A database of some leads is no desk: plain tables, made by
sqlite-utils, with money in major units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli import query
from leadcli.domain.insight import history as desk_history
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.upkeep import recovery
from leadcli.errors import Refused, unknown_name
from leadcli.model.fields import ACTIVITY, RecordType
from leadcli.model.kinds import JSON, Kind, Money, Number, Record
from leadcli.model.results import Column, Pages, ResultNote, Table, format_count
from leadcli.store import engine
from leadcli.store.reads import records, timeline
from leadcli.store.store import Store

if TYPE_CHECKING:
    from sqlite_utils import Database

PARTS = ("activities", "tasks", "history")
_INDEXED = ("status", "owner", "source")  # of the leads in a database, for facets
_SEARCHED = ("name", "company", "job_title", "city", "description")
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


def export_database(store: Store, path: Path, request: ExportRequest) -> ResultNote:
    """A copy of the whole desk, as `backup` makes it; a plain database where the request names leads or fields."""
    if any(request):
        return _export_leads(store, path, request)
    note = recovery.backup_desk(store, path)
    leads = note.json["leads"]
    return note._replace(sentence=f"Exported {format_count(leads, 'lead')} and all that belongs to them "
                                  f"to {path}.")  # fmt: skip


def _export_leads(store: Store, path: Path, request: ExportRequest) -> ResultNote:
    """A new database of the tables of `LeadTables`. Refused for a file there that is no such export."""
    recovery.check_place(store, path)
    if path.exists() and path.stat().st_size and engine.read_application_id(path) != engine.EXPORT_ID:
        raise Refused(f"{path} exists and is no export of leads.", hint="choose another name")
    if not request.fields and not request.parts:
        request = request._replace(parts=PARTS[:2])
    count = 0

    def fill(connection: engine.Connection) -> None:
        nonlocal count
        from leadcli.store.migrations import open_database  # it loads sqlite-utils

        table = export_table(store, request)
        database = open_database(connection)
        with database.atomic():
            count = LeadTables(database, table.columns).fill(iter(table.rows))

    with engine.snapshot(store.connection):
        engine.create(path, fill, replace=True, application_id=engine.EXPORT_ID)
    return ResultNote(f"Exported {format_count(count, 'lead')} to {path}.", json={
        "file": str(path), "leads": count, "bytes": path.stat().st_size})  # fmt: skip


class LeadTables:
    """The tables of a database of leads: `leads`, and one for each list or part, whose rows name their lead.

    Values are as in JSON: days and moments as text, money as a number in major units.
    """

    def __init__(self, database: Database, columns: Sequence[Column]) -> None:
        self._database = database
        self._lists = [column for column in columns if column.kind.many or _is_part(column)]
        self._plain = [column for column in columns if column not in self._lists and column.name != "id"]
        types = {column.name: _column_type(column.kind) for column in self._plain}
        database.table("leads").create({"id": int, **types}, pk="id")
        for column in self._lists:
            database.table(column.name).create(
                {"lead": int, "position": int, **_item_columns(column)}, pk=("lead", "position"),
                foreign_keys=[("lead", "leads", "id")],
            )  # fmt: skip

    def fill(self, rows: Iterator[Record]) -> int:
        """Write all leads, a page at a time; their number."""
        count = 0
        while page := list(islice(rows, PAGE_LEADS)):
            count += len(page)
            self._database.table("leads").insert_all(self._lead(row) for row in page)
            for column in self._lists:
                self._database.table(column.name).insert_all(
                    (item for row in page for item in _items(column, row)), alter=True
                )
        names = {column.name for column in self._plain}
        for name in (name for name in _INDEXED if name in names):
            self._database.table("leads").create_index([name])
        if searched := [name for name in _SEARCHED if name in names]:
            self._database.table("leads").enable_fts(searched, fts_version="FTS5")
        return count

    def _lead(self, row: Record) -> Record:
        return {"id": row["id"], **{each.name: each.kind.json(row[each.name], row) for each in self._plain}}


def _column_type(kind: Kind) -> type:
    if isinstance(kind, Money | Number):
        return float
    return {"INTEGER": int, "REAL": float}.get(kind.sql, str)


def _is_part(column: Column) -> bool:
    return column.name in PARTS and column.kind is JSON


def _item_columns(column: Column) -> dict[str, type]:
    """Those that every table of this list has, also an empty one."""
    names: Sequence[str] = getattr(column.kind, "columns", ())
    if _is_part(column):
        keys = {"activities": _ACTIVITY_KEYS, "tasks": _TASK_KEYS, "history": ()}[column.name]
        names = [ACTIVITY.fields[key].label or key for key in keys]
    return {name: {"duration": int, "price": float, "quantity": float}.get(name, str) for name in names}


def _items(column: Column, row: Record) -> Iterator[dict[str, Any]]:
    items = row[column.name] if _is_part(column) else column.kind.json(row[column.name], row)
    for position, item in enumerate(items or (), start=1):
        values = item if isinstance(item, dict) else {"value": item}
        yield {"lead": row["id"], "position": position, **values}


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
