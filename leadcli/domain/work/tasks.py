"""Tasks, activities with a due date: adds, lists, finishes and removes them, writes them as an iCalendar file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from leadcli import query
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import activities
from leadcli.errors import NotFound, Usage
from leadcli.model.fields import ACTIVITY
from leadcli.model.kinds import DUE, MOMENT, TEXT, Id, Record
from leadcli.model.results import Column, PlainText, ResultNote, Table
from leadcli.query import Query
from leadcli.query.grammar import All, Either, Node, Not, Term
from leadcli.query.scope import find_field
from leadcli.store.journal.operation import begin_operation
from leadcli.store.reads import timeline as activity_reads
from leadcli.store.store import Store
from leadcli.text.dates import words

_COLUMNS = (
    Column("id", "task", Id("T"), 0),
    Column("lead", "lead", TEXT, 1),
    Column("text", "text", TEXT, 0),
    Column("due", "due", DUE, 0),
    Column("owner", "owner", TEXT, 4),
    Column("done_at", "done", MOMENT, 3),
)
_DRAWN = ("id", "due", "lead", "text", "owner")
_NUMBER = re.compile(r"[Tt]?(\d{1,18})(?:-[Tt]?(\d{1,18}))?")


def add_task(store: Store, target: Target, text: str, *, due: str, owner: str = "") -> ResultNote:
    """Add one task to each record. Raises Usage for a due date that cannot be parsed."""
    person = store.type("activity").fields["owner"].parse(owner, store.context) if owner else None
    with begin_operation(store) as operation:
        ids = [activities.add_task(operation, (target.record, id), text, due=due, person=person) for id in target.ids]
        rows = store.fetch("activity", ids)
        fresh = store.fetch(target.record, target.ids)
    verb = store.desk.choose_verb("Added", "add")
    what = f"task T{ids[0]}" if len(ids) == 1 else f"{len(ids)} tasks"
    sentence = (
        f"{verb} {what}: {text}, due {activities.due_text(store, rows[0]['due_at'])}."
        if rows
        else "Nothing matches; no task was added."
    )
    return ResultNote(sentence, [f"T{id}" for id in ids], lists.record_table(store, fresh, record=target.record))


class TaskRequest(NamedTuple):
    """The options of a task list: filter words, order, limit. `every` lists finished tasks too."""

    words: Sequence[str] = ()
    sort: str = ""
    limit: int = 0
    every: bool = False


def task_table(store: Store, request: TaskRequest, *, drawn: bool = False) -> Table:
    """Open tasks, the next due first. A filter with is:, done or a task number decides itself about finished tasks."""
    rows = find_tasks(store, request)
    if drawn:
        activities.name_owners(store, rows)
    by_name = {column.name: column for column in _COLUMNS}
    columns = [by_name[name] for name in _DRAWN] if drawn else _COLUMNS
    return Table(columns, rows, empty='No open tasks. Plan one: leadcli task add 12 "send quote" --due fri')


def find_tasks(store: Store, request: TaskRequest) -> list[Record]:
    """The rows of a task list, each with `lead` (see owner_reference) and `due`."""
    of_tasks, of_leads = _task_query(store, request)
    rows = activity_reads.read_activities(store, of_tasks, of_leads, sort=request.sort or "due,id", limit=request.limit)
    for row in rows:
        row["lead"], row["due"] = activities.owner_reference(row), row["due_at"]
    return rows


def explain_tasks(store: Store, request: TaskRequest) -> PlainText:
    """Explain the filter: its part about tasks, then its part about their leads."""
    of_tasks, of_leads = _task_query(store, request)
    lines = query.explain_query(of_tasks, store.context, sort=request.sort or "due")
    if of_leads:
        lines[-1:-1] = [f"and of a lead: {' '.join(query.explain_query(of_leads, store.context)[:-1])}"]
    return PlainText("\n".join(lines) + "\n")


def _task_query(store: Store, request: TaskRequest) -> tuple[Query, Query | None]:
    """The filter over tasks and the filter over their leads, None without one."""
    text, lead = query.join_words(request.words), store.type("lead")
    of_tasks, of_leads = query.split_query(
        text, ACTIVITY, lead, store.context, views=lambda: saved_views.view_texts(store)
    )
    if not request.every and not _mentions_done(of_tasks.tree):
        of_tasks = query.combine(_parse_task_filter("is:open", store), of_tasks)
    return query.combine(_parse_task_filter("has:due", store), of_tasks), of_leads


def _mentions_done(node: Node) -> bool:
    """Whether a filter says itself which tasks it means: by is:, done or a number."""
    if isinstance(node, Term):
        field = find_field(ACTIVITY, node.field)
        return node.field.casefold() == "is" or (field is not None and field.name in ("done_at", "id"))
    if isinstance(node, All | Either):
        return any(_mentions_done(part) for part in node.parts)
    return _mentions_done(node.tree) if isinstance(node, Not) else isinstance(node, query.Ids)


def _parse_task_filter(text: str, store: Store) -> Query:
    return query.parse_query(text, ACTIVITY, store.context)


def find_tasks_by_number(store: Store, words: Sequence[str]) -> list[Record]:
    """T8, 8 or T1-T3 -> rows of tasks. Raises Usage for a word that is no number, NotFound with the missing numbers."""
    ids: dict[int, None] = {}
    for word in [part for each in words for part in re.split(r"[,\s]+", each) if part]:
        match = _NUMBER.fullmatch(word)
        if not match:
            raise Usage(f"'{word}' is not a task.", hint="write its number, such as T8; list them: leadcli task")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first > 10_000:
            raise Usage(f"the range {word} goes backwards or too far.")
        ids |= dict.fromkeys(range(first, last + 1))
    if not ids:
        raise Usage("which task?", hint="write its number, such as T8; list them: leadcli task")
    rows = [row for row in store.fetch("activity", list(ids)) if row["due_at"]]
    missing = [id for id in ids if id not in {row["id"] for row in rows}]
    if missing:
        raise NotFound(f"no task {', '.join(f'T{id}' for id in missing[:20])}.", hint="list them: leadcli task")
    return rows


def finish_tasks(store: Store, rows: Sequence[Record]) -> ResultNote:
    """Mark tasks as done. Finished tasks stay as they are."""
    doing = [row for row in rows if not row["done_at"]]
    with begin_operation(store) as operation:
        for row in doing:
            operation.update("activity", row["id"], {"done_at": operation.at})
    if not doing:
        return ResultNote("Nothing to do: done already.", [], _owner_table(store, []))
    return ResultNote(
        _task_note(store, doing, store.desk.choose_verb("Done", "be done")),
        _owner_references(doing),
        _owner_table(store, doing),
    )


def remove_tasks(store: Store, rows: Sequence[Record]) -> ResultNote:
    """Delete tasks. Undo restores them."""
    with begin_operation(store) as operation:
        for row in rows:
            operation.delete("activity", row["id"])
    verb, undo = store.desk.choose_verb("Deleted", "delete"), store.desk.undo_hint
    return ResultNote(_task_note(store, rows, verb) + undo, _owner_references(rows), _owner_table(store, rows))


def _task_note(store: Store, rows: Sequence[Record], verb: str) -> str:
    """ "Done: T5 send quote (Ada Lovelace)." """
    if len(rows) > 1:
        return f"{verb}: {len(rows)} tasks."
    owner = store.fetch(rows[0]["record"], [rows[0]["record_id"]], fields=("name",))
    whose = f" ({owner[0]['name']})" if owner else ""
    return f"{verb}: T{rows[0]['id']} {rows[0]['text']}{whose}."


def _owner_references(rows: Sequence[Record]) -> list[int | str]:
    return list(dict.fromkeys(activities.owner_reference(row) for row in rows))


def _owner_table(store: Store, rows: Sequence[Record]) -> Table:
    """The whole records of the tasks, as a table."""
    record = rows[0]["record"] if rows else "lead"
    ids = list(dict.fromkeys(row["record_id"] for row in rows if row["record"] == record))
    return lists.record_table(store, store.fetch(record, ids), record=record)


def tasks_to_ics(store: Store, rows: Sequence[Record]) -> str:
    """Tasks -> one VCALENDAR of VTODOs; a task due on a day has a date, one due at a time a UTC moment."""
    from vobject import iCalendar

    calendar = iCalendar()
    calendar.add("prodid").value = "-//leadcli//tasks//EN"
    named = [dict(row) for row in rows]
    activities.name_owners(store, named)
    for row in named:
        todo = calendar.add("vtodo")
        todo.add("uid").value = f"leadcli-task-{row['id']}-{row['created_at']}"
        todo.add("dtstamp").value = _utc_text(row["created_at"] or store.now)
        todo.add("summary").value = f"{row['text']} - {row['lead']}"
        due = row["due_at"]
        todo.add("due").value = date.fromisoformat(due) if words.is_day(due) else _utc_text(due)
        if row["done_at"]:
            todo.add("completed").value = _utc_text(row["done_at"])
        todo.add("status").value = "COMPLETED" if row["done_at"] else "NEEDS-ACTION"
    return str(calendar.serialize())


def _utc_text(moment: str) -> datetime:
    from vobject.icalendar import utc  # the zone that it writes as Z

    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=utc)
