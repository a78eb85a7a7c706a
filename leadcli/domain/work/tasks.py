"""Tasks, activities with a due date: adds, lists, changes, finishes and removes them.

A task that repeats hands its repeat to the next one when it is done, in the same operation. So of each series one task
has it, and one that is opened again does not bring about a second series.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli import query
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.leads.record_values import learn_options
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import activities
from leadcli.domain.work.activities import TaskValues
from leadcli.errors import Usage
from leadcli.model.fields import ACTIVITY
from leadcli.model.kinds import DUE, MOMENT, REPEAT, TEXT, Id, Record
from leadcli.model.results import Column, PlainText, ResultNote, Table
from leadcli.query import Query
from leadcli.query.grammar import All, Either, Node, Not, Term
from leadcli.query.scope import find_field
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import timeline as activity_reads
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.text.dates.recurrence import NextDue

_COLUMNS = (
    Column("id", "task", Id("T"), 0),
    Column("lead", "lead", TEXT, 1),
    Column("text", "text", TEXT, 0),
    Column("due", "due", DUE, 0),
    Column("owner", "owner", TEXT, 4),
    Column("done_at", "done", MOMENT, 3),
    Column("repeat", "repeat", REPEAT, 5),
)
_DRAWN = ("id", "due", "lead", "text", "owner")
_PIPED = 6


def add_task(store: Store, target: Target | None, typed: TaskValues) -> ResultNote:
    """Add one task to each record, without a target one of no record. Raises Usage for what cannot be read."""
    owners = [(target.record, id) for id in target.ids] if target else [("", 0)]
    with begin_operation(store) as operation:
        ids = [activities.add_task(operation, owner, typed) for owner in owners]
        rows = store.fetch("activity", ids)
        records = _owner_table(store, rows)
    if not rows:
        return ResultNote("Nothing matches; no task was added.", [], records)
    verb = store.desk.choose_verb("Added", "add")
    what = f"task T{ids[0]}" if len(ids) == 1 else f"{len(ids)} tasks"
    repeat = f", {rows[0]['repeat']}" if rows[0]["repeat"] else ""
    due = activities.due_text(store, rows[0]["due_at"])
    sentence = f"{verb} {what}: {rows[0]['text']}, due {due}{repeat}{'' if target else ', of no lead'}."
    return ResultNote(sentence, [f"T{id}" for id in ids], records)


class TaskRequest(NamedTuple):
    """The options of a task list: filter words, order, limit. `every` lists finished tasks too."""

    words: Sequence[str] = ()
    sort: str = ""
    limit: int = 0
    every: bool = False


def task_table(store: Store, request: TaskRequest, *, drawn: bool = False, piped: bool = False) -> Table:
    """Open tasks, the next due first. A filter with is:, done or a task number decides itself about finished tasks.

    `piped` is what a pipe gets unasked: scripts cut its columns by number, so that none is added to them.
    """
    rows = find_tasks(store, request)
    if drawn:
        activities.name_owners(store, rows)
    by_name = {column.name: column for column in _COLUMNS}
    shown = (*_DRAWN, "repeat") if any(row["repeat"] for row in rows) else _DRAWN
    columns = [by_name[name] for name in shown] if drawn else _COLUMNS[:_PIPED] if piped else _COLUMNS
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
    return _read_filter(store, request.words, state="" if request.every else "is:open")


def _read_filter(store: Store, typed: Sequence[str], *, state: str, strict: bool = False) -> tuple[Query, Query | None]:
    """The filter over tasks, and that over their leads. `state` counts unless the filter has one; '' is every task.

    `strict` refuses words without a field, as commands that write do.
    """
    of_tasks, of_leads = query.split_query(
        query.join_words(typed), (ACTIVITY, store.type("lead")), store.context,
        views=lambda: saved_views.view_texts(store), words=not strict,
    )  # fmt: skip
    if state and not _mentions_done(of_tasks.tree):
        of_tasks = query.combine(_parse_task_filter(state, store), of_tasks)
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


class TaskTarget(NamedTuple):
    """The tasks a command is about. `explicit`: named one by one, so that no confirmation is needed."""

    rows: Sequence[Record]
    explicit: bool


def resolve_tasks(store: Store, typed: Sequence[str], *, state: str = "is:open") -> TaskTarget:
    """TASK words -> tasks: numbers (T8, 8, T1-T3), or a filter over those in this state. A filter may match nothing.

    Raises Usage for a word that is neither, NotFound with the numbers that do not exist.
    """
    is_word = len(typed) < 2 and re.fullmatch(r"[\w-]*", "".join(typed))
    if activities.split_numbers(typed) or is_word:
        return TaskTarget(activities.find_by_number(store, typed, tasks=True), True)
    of_tasks, of_leads = _read_filter(store, typed, state=state, strict=True)
    return TaskTarget(activity_reads.read_activities(store, of_tasks, of_leads, sort="due,id"), False)


def preview_tasks(store: Store, rows: Sequence[Record]) -> str:
    """The first five tasks a change would touch, and how many remain."""
    lines = [f"  {_named_task(store, row)}, due {activities.due_text(store, row['due_at'])}" for row in rows[:5]]
    remaining = len(rows) - len(lines)
    return "\n".join([*lines, *([f"  … {remaining} more (see all: add --dry-run)"] if remaining else [])])


_MOST_WORDS = 4  # of a date: `4 dec at noon`


def split_due(store: Store, words: Sequence[str]) -> tuple[list[str], str]:
    """A target and the date behind it: the longest end of the words that is a due date, else the last word.

    So `T5 next week` and `12 in 2 weeks` need no quotes.
    """
    for count in range(min(_MOST_WORDS, len(words) - 1), 1, -1):
        text = " ".join(words[-count:])
        with suppress(ValueError):
            DUE.parse(text, store.context)
            return list(words[:-count]), text
    return list(words[:-1]), words[-1]


def edit_tasks(store: Store, rows: Sequence[Record], typed: TaskValues) -> ResultNote:
    """Give tasks another text, due date, owner or repeat; 'none' takes owner or repeat away, '' leaves what is there.

    A series goes on from the new date. Raises Usage for what cannot be read, and when nothing is to change.
    """
    if not any(typed):
        raise Usage("what should change?", hint="for example: leadcli task edit T8 --due +3d --owner bob")
    values = _parse_changes(store, typed)
    with begin_operation(store) as operation:
        present = store.fetch("activity", [row["id"] for row in rows])
        learn_options(operation, ACTIVITY, values)
        edits = {row["id"]: values | _series_values(store, row, values, typed.repeat) for row in present}
        changed = {change.id for change in operation.update_many("activity", edits)}
        fresh = store.fetch("activity", [row["id"] for row in present if row["id"] in changed])
        records = _owner_table(store, fresh)
    if not fresh:
        return ResultNote("Nothing changed: everything is as asked already.", [], records)
    verb = store.desk.choose_verb("Changed", "change")
    before = next(row for row in present if row["id"] == fresh[0]["id"])
    return ResultNote(_edit_note(store, before, fresh, verb), activities.owner_references(fresh), records)


def _parse_changes(store: Store, typed: TaskValues) -> Record:
    """The stored values of what was typed; a repeat is read for each task, as it depends on the date."""
    fields, context = ACTIVITY.fields, store.context
    values: Record = {}
    if typed.text:
        values["text"] = fields["text"].parse(typed.text, context)
        if not values["text"]:
            raise Usage("a task needs a text.", hint='for example: leadcli task edit T8 --text "send quote"')
    if typed.due:
        values["due_at"] = fields["due_at"].parse(typed.due, context)
    if typed.owner:
        values["owner"] = None if typed.owner == _NONE else fields["owner"].parse(typed.owner, context)
    return values


def _series_values(store: Store, row: Record, values: Record, typed: str) -> Record:
    """What a change of date or repeat does to the series of one task."""
    if typed == _NONE:
        return {"repeat": None, "repeat_from": None}
    text: str = row["repeat"] or ""
    if not (typed or (text and "due_at" in values)):
        return {}
    due: str = values.get("due_at") or row["due_at"]
    return {"repeat": activities.parse_repeat(store, typed or text, due), "repeat_from": None}


_NONE = "none"
_TITLES = {"text": "text", "due_at": "due", "owner": "owner", "repeat": "repeat"}


def _edit_note(store: Store, before: Record, rows: Sequence[Record], verb: str) -> str:
    """ "Changed T5 send quote (Ada Lovelace): due today -> tomorrow." or "Changed 3 tasks: due -> tomorrow."."""
    many, row = len(rows) > 1, rows[0]

    def show(record: Record, name: str) -> str:
        return (activities.due_text(store, record[name]) if name == "due_at" else record[name]) or "-"

    parts = [
        f"{title} {'' if many else show(before, name) + ' '}-> {show(row, name)}"
        for name, title in _TITLES.items()
        if before[name] != row[name]
    ]
    what = f"{len(rows)} tasks" if many else _named_task(store, before)
    undo = store.desk.undo_hint if many else ""
    return f"{verb} {what}: {', '.join(parts)}.{undo}"


def finish_tasks(store: Store, rows: Sequence[Record]) -> ResultNote:
    """Mark tasks as done; of those that repeat the next one is made. Finished tasks stay as they are."""
    with begin_operation(store) as operation:
        # Read again under the lock: two who finish a task at once must not make two next ones.
        doing = [row for row in store.fetch("activity", [row["id"] for row in rows]) if not row["done_at"]]
        upcoming = {row["id"]: following for row in doing if (following := _following_task(store, row))}
        series = {"repeat": None, "repeat_from": None}
        done = {row["id"]: {"done_at": operation.at} | (series if row["id"] in upcoming else {}) for row in doing}
        operation.update_many("activity", done)
        ids = operation.insert_many(
            "activity", [_next_record(operation, row, upcoming[row["id"]]) for row in doing if row["id"] in upcoming]
        )
        records = _owner_table(store, doing)
    if not doing:
        return ResultNote("Nothing to do: done already.", [], records)
    note = _task_note(store, doing, store.desk.choose_verb("Done", "be done"))
    if len(doing) > 1:
        note += f" {len(ids)} of them repeat{'s' if len(ids) == 1 else ''}." if ids else ""
    elif doing[0]["repeat"]:
        note += _next_note(store, ids[0], upcoming[doing[0]["id"]]) if ids else " It was the last of its series."
    return ResultNote(note, activities.owner_references(doing), records)


def _following_task(store: Store, row: Record) -> NextDue | None:
    """When a task comes again. Raises Usage for a repeat no leadcli wrote."""
    if not row["repeat"]:
        return None
    from leadcli.text.dates import recurrence  # only what repeats needs it

    try:
        repeat = recurrence.parse_repeat(row["repeat"])
    except ValueError as error:
        raise Usage(
            f"task T{row['id']}: its repeat '{row['repeat']}' {error}.",
            hint=f"leadcli task edit T{row['id']} --repeat none",
        ) from error
    return recurrence.next_due(repeat, row["due_at"], start=row["repeat_from"] or "", now=store.context.now)


def _next_record(operation: Operation, row: Record, following: NextDue) -> Record:
    """The task that follows one that is done."""
    values: dict[str, Any] = {name: row[name] for name in ("kind", "text", "owner")}
    values |= {"due_at": following.due, "repeat": following.repeat, "repeat_from": following.start or None}
    return activities.activity_record(operation, (row["record"], row["record_id"]), values)


def _next_note(store: Store, id: int, following: NextDue) -> str:
    """ " Next: T9, due fri 4 Dec (2 dates have passed)." """
    passed = f" ({following.skipped} date{'s have' if following.skipped > 1 else ' has'} passed)"
    return f" Next: T{id}, due {activities.due_text(store, following.due)}{passed if following.skipped else ''}."


def reopen_tasks(store: Store, rows: Sequence[Record]) -> ResultNote:
    """Open tasks again that were done. The next one of a series stays."""
    with begin_operation(store) as operation:
        opened = [row for row in store.fetch("activity", [row["id"] for row in rows]) if row["done_at"]]
        operation.update_many("activity", {row["id"]: {"done_at": None} for row in opened})
        records = _owner_table(store, opened)
    if not opened:
        return ResultNote("Nothing to do: open already.", [], records)
    note = _task_note(store, opened, store.desk.choose_verb("Open again", "be open again"))
    return ResultNote(note, activities.owner_references(opened), records)


def remove_tasks(store: Store, rows: Sequence[Record]) -> ResultNote:
    """Delete tasks. Undo restores them."""
    with begin_operation(store) as operation:
        operation.delete_many("activity", [row["id"] for row in rows])
    verb, undo = store.desk.choose_verb("Deleted", "delete"), store.desk.undo_hint
    return ResultNote(
        _task_note(store, rows, verb) + undo, activities.owner_references(rows), _owner_table(store, rows)
    )


def _task_note(store: Store, rows: Sequence[Record], verb: str) -> str:
    """ "Done: T5 send quote (Ada Lovelace)." """
    return f"{verb}: {len(rows)} tasks." if len(rows) > 1 else f"{verb}: {_named_task(store, rows[0])}."


def _named_task(store: Store, row: Record) -> str:
    """`T5 send quote (Ada Lovelace)`"""
    owner = store.fetch(row["record"], [row["record_id"]], fields=("name",)) if row["record"] else []
    return f"T{row['id']} {row['text']}" + (f" ({owner[0]['name']})" if owner else "")


def _owner_table(store: Store, rows: Sequence[Record]) -> Table:
    """The whole records of the tasks, as a table; the tasks themselves when none has a record."""
    owned = [row for row in rows if row["record"]]
    if rows and not owned:
        return Table(_COLUMNS, [{**row, "lead": None, "due": row["due_at"]} for row in rows])
    record = owned[0]["record"] if owned else "lead"
    ids = list(dict.fromkeys(row["record_id"] for row in owned if row["record"] == record))
    return lists.record_table(store, store.fetch(record, ids), record=record)
