"""Exports leads: the columns an import takes back, in id order, so that a file read by another desk comes
out the same.
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
PAGE = 500  # leads whose parts are read at once
_DONE = ("id", "record", "kind", "direction", "outcome", "at", "duration", "text", "owner", "created_by")
_DUE = ("id", "record", "kind", "text", "due_at", "done_at", "owner", "created_by")


class ExportRequest(NamedTuple):
    """What an export was asked for; `parts` are those of PARTS that go into each lead."""

    query: Sequence[str] = ()
    fields: Sequence[str] = ()
    sort: str = ""
    limit: int = 0
    parts: Sequence[str] = ()


def export_parts(words: Sequence[str]) -> tuple[str, ...]:
    """The parts named, separated by commas, in their order. Usage with a suggestion for another."""
    said = [word.strip().casefold() for text in words for word in text.split(",") if word.strip()]
    for word in said:
        if word not in PARTS:
            raise unknown_name("--with", word, PARTS, title="Parts")
    return tuple(part for part in PARTS if part in said)


def export_columns(type_: RecordType, names: Sequence[str] = ()) -> list[Column]:
    """The columns named, or the stored fields in registry order, custom ones last.

    Not by default: id (it belongs to one file), computed fields, score, converted_at and links to customers.
    """
    if names:
        return lists.chosen_columns(type_, lists.ListRequest(fields=names))
    return [lists.as_column(field) for field in type_.fields.values() if field.exported]


def export_table(store: Store, wanted: ExportRequest) -> Table:
    """All leads, or those that match; read page by page, never all in memory."""
    found = saved_views.parse_with_views(store, wanted.query) if wanted.query else query.EVERYTHING
    chosen = export_columns(store.type("lead"), wanted.fields)
    names = [column.name for column in chosen]
    sort, limit = wanted.sort or "id", wanted.limit
    rows = store.rows("lead", found, fields=names, sort=sort, limit=limit)
    if not wanted.parts:
        return Table(chosen, Pages(rows, records.lead_pages(store, found, fields=names, sort=sort, limit=limit)))
    more = [Column(part, part, JSON) for part in wanted.parts]
    return Table([*chosen, *more], _add_parts(store, rows, wanted.parts))


def export_copy(store: Store, path: Path, wanted: ExportRequest) -> ResultNote:
    """The whole desk as a database of its own, as `backup` makes it. Usage for a filter, fields or an order."""
    for said, given in (("a filter", wanted.query), ("--fields", wanted.fields), ("--sort", wanted.sort),
                        ("--limit", wanted.limit)):  # fmt: skip
        if given:
            raise Usage(
                f"a database is exported whole, and {said} would leave something out.",
                hint="leave it away, or export CSV or JSON, which another desk imports",
            )
    note = backup.backup_desk(store, path)
    leads = note.json["leads"]
    return note._replace(sentence=f"Exported {leads:,} lead{'' if leads == 1 else 's'} and all that belongs to them "
                                  f"to {path}.")  # fmt: skip


def _add_parts(store: Store, rows: Iterator[Record], wanted: Sequence[str]) -> Iterator[Record]:
    while page := list(islice(rows, PAGE)):
        ids = [row["id"] for row in page]
        deeds = timeline.activities_of_many(store, ids) if "activities" in wanted or "tasks" in wanted else {}
        past = timeline.history_of_many(store, ids) if "history" in wanted else {}
        told = iter(desk_history.describe_changes(store, [deed for id in ids for deed in past.get(id, ())]))
        for row in page:
            own = deeds.get(row["id"], [])
            found = {
                "activities": [_export_object(each, _DONE) for each in own if each["due_at"] is None],
                "tasks": [_export_object(each, _DUE) for each in own if each["due_at"] is not None],
                "history": list(islice(told, len(past.get(row["id"], ())))),
            }
            yield {**row, **{part: found[part] for part in wanted}}


def _export_object(row: Record, names: Sequence[str]) -> dict[str, Any]:
    """An activity under the keys the lists of activities and tasks have: due, actor."""
    fields = [ACTIVITY.fields[name] for name in names]
    return {(field.label or field.name): field.kind.json(row[field.name], row) for field in fields}
