"""Activities: logs calls, e-mails, meetings and notes, and lists the timeline of all leads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli import query
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.leads.record_values import learn_options
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import attachments
from leadcli.errors import NotFound, Usage, unknown_name
from leadcli.model.fields import ACTIVITY, BY_LETTER, unreadable
from leadcli.model.kinds import DUE, MOMENT, TEXT, Id, Record
from leadcli.model.results import Column, PlainText, ResultNote, Table
from leadcli.query import Query
from leadcli.query.grammar import All, Term, Value
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import timeline as activity_reads
from leadcli.store.store import Store
from leadcli.text.dates import words as date_words

KINDS = ("note", "call", "email", "meeting", "visit", "event", "other")
DIRECTED = ("call", "email")
DIRECTIONS = ("in", "out")
Owner = tuple[str, int]  # the record an activity belongs to; ("", 0) is none
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)\s*h(?:ours?|rs?)?)?\s*(?:(\d+)\s*(?:m(?:in(?:utes)?)?)?)?", re.IGNORECASE)
_LONGEST = 7 * 24 * 60


class LogEntry(NamedTuple):
    """The options of `log` as typed. `next`, `due` and `repeat` add a task, `files` are attached to the record."""

    text: str = ""
    kind: str = "note"
    direction: str = ""
    outcome: str = ""
    at: str = ""
    duration: str = ""
    next: str = ""
    due: str = ""
    files: Sequence[str] = ()
    repeat: str = ""


class TimelineRequest(NamedTuple):
    """The options of the timeline: kinds (separated by commas), first and last day, person, number of rows (0: all)."""

    kinds: str = ""
    since: str = ""
    until: str = ""
    actor: str = ""
    limit: int = 0


def log_activity(store: Store, target: Target, entry: LogEntry) -> ResultNote:
    """Put an entry on the timeline of each record, with its files and its next task, in one operation.

    Raises Usage for an invalid kind, direction, duration or date, and for an empty entry.
    """
    values = parse_entry(store, entry)
    stored_files = [attachments.read_file(store, path) for path in entry.files]
    tasks: list[int] = []
    with begin_operation(store) as operation:
        for id in target.ids:
            owner = (target.record, id)
            add_activity(operation, owner, values)
            for file in stored_files:
                attachments.attach_file(operation, owner, file)
            if entry.next:
                tasks.append(add_task(operation, owner, TaskValues(entry.next, entry.due, repeat=entry.repeat)))
        fresh = store.fetch(target.record, target.ids)
        sentence = _log_note(store, target, entry, values, tasks)
    letter = store.type(target.record).letter
    return ResultNote(
        sentence,
        [f"{letter}{id}" if letter else id for id in target.ids],
        lists.record_table(store, fresh, record=target.record),
    )


def parse_entry(store: Store, entry: LogEntry) -> Record:
    """The stored values of an entry. Raises Usage for an invalid one."""
    kind = _parse_kind(entry.kind)
    direction = _parse_direction(entry.direction) if entry.direction else None
    if direction and kind not in DIRECTED:
        raise Usage(f"a {kind} has no direction.", hint="--direction goes with --kind call or --kind email")
    if (entry.due or entry.repeat) and not entry.next:
        raise Usage(f"{'--due' if entry.due else '--repeat'} needs a task: --next TEXT.")
    type_, context = store.type("activity"), store.context
    text = type_.fields["text"].parse(entry.text, context)
    if not any((text, entry.outcome.strip(), entry.files, entry.next)):
        raise Usage("there is nothing to log.", hint='say what happened: leadcli log 12 "left voicemail" --kind call')
    at = type_.fields["at"].parse(entry.at, context) if entry.at else None
    return {
        "kind": kind, "text": text, "direction": direction,
        "outcome": type_.fields["outcome"].parse(entry.outcome, context), "at": at or store.now,
        "duration": parse_minutes(entry.duration) if entry.duration else None,
    }  # fmt: skip


def _parse_kind(text: str) -> str:
    kind = text.strip().casefold()
    if kind not in KINDS:
        hint = 'plan a task: leadcli task add ID "..." --due DATE' if kind == "task" else ""
        raise unknown_name("kind of activity", text, KINDS, title="Kinds", hint=hint)
    return kind


def _parse_direction(text: str) -> str:
    direction = text.strip().casefold()
    if direction not in DIRECTIONS:
        raise unknown_name("direction", text, DIRECTIONS, title="Directions")
    return direction


_DIGITS = 20  # the longest duration text that is parsed


def parse_minutes(text: str) -> int:
    """`15m` `1h` `1h30m` `1.5h` `90` -> minutes. Raises Usage for anything else and for more than a week."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not text.strip() or len(text) > _DIGITS:
        raise Usage(f"--duration '{text}' is not a duration.", hint="write 15m, 1h or 1h30m")
    total = round(float(match[1] or 0) * 60) + int(match[2] or 0)
    if not 0 < total <= _LONGEST:
        raise Usage(
            f"--duration '{text}' is {'nothing' if total < 1 else 'more than a week'}.", hint="write 15m, 1h or 1h30m"
        )
    return total


def add_activity(operation: Operation, owner: Owner, values: Mapping[str, Any]) -> int:
    """Add an activity to a record inside an operation. Its time is now unless `values` has `at`. Returns its id.

    A letter that came in ends the snooze of its record, and of the customer a lead became.
    """
    if values.get("kind") == "email" and values.get("direction") == "in":
        _end_snooze(operation, owner)
    return operation.insert("activity", activity_record(operation, owner, values))


def _end_snooze(operation: Operation, owner: Owner) -> None:
    store, owners = operation.store, [owner]
    if owner[0] == "lead":
        lead = store.get("lead", owner[1], fields=("account", "contact"))
        owners += [(name, lead[name]) for name in ("account", "contact") if lead[name]]
    for record, id in owners:
        if "snoozed_until" in store.type(record).fields:
            operation.update(record, id, {"snoozed_until": None}, reason="they wrote")


def activity_record(operation: Operation, owner: Owner, values: Mapping[str, Any]) -> Record:
    """The row of an activity: `values` with the owner and the stamps filled in."""
    stamps = {"at": operation.at, "created_at": operation.at, "created_by": operation.store.actor or None}
    return {**stamps, "record": owner[0] or None, "record_id": owner[1] or None, **values}


class TaskValues(NamedTuple):
    """A new task as typed. It is due today and the user's, unless `due` and `owner` say otherwise."""

    text: str
    due: str = ""
    owner: str = ""
    repeat: str = ""


def add_task(operation: Operation, owner: Owner, typed: TaskValues) -> int:
    """Add a task: an activity with a due date and no done_at. Returns its id.

    Raises Usage for an empty text, for a due date or repeat that cannot be read, and for a repeat without a due date.
    """
    store = operation.store
    fields = store.type("activity").fields
    text = fields["text"].parse(typed.text, store.context)
    if not text:
        raise Usage("a task needs a text.", hint='for example: leadcli task add 12 "send quote" --due fri')
    if typed.repeat and not typed.due:
        raise Usage("a task that repeats needs a date to count from.", hint="say when it is first due: --due fri")
    due_at = fields["due_at"].parse(typed.due or "today", store.context)
    person = fields["owner"].parse(typed.owner, store.context) if typed.owner else store.actor or None
    repeat = parse_repeat(store, typed.repeat, due_at) if typed.repeat else None
    learn_options(operation, store.type("activity"), {"owner": person})
    values = {"kind": "task", "text": text, "due_at": due_at, "owner": person, "repeat": repeat}
    return add_activity(operation, owner, values)


def parse_repeat(store: Store, text: str, due_at: str) -> str | None:
    """The stored repeat of a task with this due date. Raises Usage for one that cannot be read or never comes."""
    field = store.type("activity").fields["repeat"]
    repeat: str | None = field.parse(text, store.context)
    if repeat:
        from leadcli.text.dates import recurrence  # only what repeats needs it

        try:
            recurrence.check_start(recurrence.parse_repeat(repeat), due_at)
        except ValueError as error:
            raise unreadable(field.flag, text, error) from error
    return repeat


def due_text(store: Store, due_at: str) -> str:
    """`today`, `tomorrow 14:00`, `tue 24 Nov`, `tue 24 Nov 2027 09:30`: a due date in a sentence."""
    day, today = date_words.local_day(due_at), store.context.today
    days = (day - today).days
    words = {0: "today", 1: "tomorrow"}.get(days) or f"{day:%a} {day.day} {day:%b}".replace(
        f"{day:%a}", f"{day:%a}".lower(), 1
    )
    year = f" {day.year}" if days not in (0, 1) and day.year != today.year else ""
    clock = "" if date_words.is_day(due_at) else f" {date_words.local_time(due_at):%H:%M}"
    return f"{words}{year}{clock}"


def _log_note(store: Store, target: Target, entry: LogEntry, values: Record, tasks: Sequence[int]) -> str:
    """ "Logged call on lead 12. Task T8: call back, due tue 24 Nov." """
    type_, count = store.type(target.record), len(target.ids)
    whom = f"{type_.name} {type_.letter}{target.ids[0]}" if count == 1 else f"{count} {type_.table}"
    verb = store.desk.choose_verb(*(("Planned", "plan") if values["at"] > store.now else ("Logged", "log")))
    sentence = f"{verb} {values['kind']} on {whom}."
    if tasks:
        task = store.get("activity", tasks[0], fields=("due_at", "repeat"))
        repeat = f", {task['repeat']}" if task["repeat"] else ""
        named = f"Task T{tasks[0]}" if count == 1 else f"{count} tasks"
        sentence += f" {named}: {entry.next}, due {due_text(store, task['due_at'])}{repeat}."
    return sentence


def edit_activities(store: Store, rows: Sequence[Record], entry: LogEntry) -> ResultNote:
    """Correct what was logged; 'none' empties direction, outcome and duration, '' leaves what is there.

    Raises Usage for what cannot be read, for a direction of what has none, and when nothing is to change.
    """
    values = _parse_corrections(store, entry)
    edits: dict[int, Record] = {}
    for row in rows:
        kind = values.get("kind", row["kind"])
        if kind not in DIRECTED and values.get("direction"):
            raise Usage(f"a {kind} has no direction.", hint="--direction goes with --kind call or --kind email")
        edits[row["id"]] = values if kind in DIRECTED else {**values, "direction": None}
    with begin_operation(store) as operation:
        changes = operation.update_many("activity", edits)
        changed = {change.id for change in changes}
        owned = [row for row in rows if row["id"] in changed]
        ids = list(dict.fromkeys(row["record_id"] for row in owned if row["record"] == owned[0]["record"]))
        record = owned[0]["record"] if owned else "lead"
        records = lists.record_table(store, store.fetch(record, ids), record=record)
    if not changes:
        return ResultNote("Nothing changed: everything is as asked already.", [], records)
    verb = store.desk.choose_verb("Corrected", "correct")
    return ResultNote(f"{verb} {_named_activities(owned)}.{store.desk.undo_hint}", owner_references(owned), records)


def _parse_corrections(store: Store, entry: LogEntry) -> Record:
    """The stored values of what was typed to correct an entry."""
    fields, context = ACTIVITY.fields, store.context
    values: Record = {}
    if entry.kind:
        values["kind"] = _parse_kind(entry.kind)
    if entry.direction:
        values["direction"] = _emptied(entry.direction) and _parse_direction(entry.direction)
    if entry.outcome:
        values["outcome"] = _emptied(entry.outcome) and fields["outcome"].parse(entry.outcome, context)
    if entry.duration:
        values["duration"] = parse_minutes(entry.duration) if _emptied(entry.duration) else None
    if entry.at:
        values["at"] = fields["at"].parse(entry.at, context)
    if entry.text:
        values["text"] = fields["text"].parse(entry.text, context)
    if not values:
        raise Usage(
            "what should change?", hint='for example: leadcli activities edit T8 --kind call --outcome "no answer"'
        )
    return values


def _emptied(text: str) -> str | None:
    """None for the word that empties a field."""
    return None if text.strip().casefold() == "none" else text


def delete_activities(store: Store, rows: Sequence[Record]) -> ResultNote:
    """Delete what was logged. Undo restores it."""
    with begin_operation(store) as operation:
        operation.delete_many("activity", [row["id"] for row in rows])
    verb, undo = store.desk.choose_verb("Deleted", "delete"), store.desk.undo_hint
    return ResultNote(f"{verb} {_named_activities(rows)}.{undo}", owner_references(rows))


def _named_activities(rows: Sequence[Record]) -> str:
    return f"{rows[0]['kind']} T{rows[0]['id']}" if len(rows) == 1 else f"{len(rows)} activities"


def owner_references(rows: Sequence[Record]) -> list[int | str]:
    """The records of activities, each once; a task of no record is named itself."""
    return list(dict.fromkeys(owner_reference(row) or f"T{row['id']}" for row in rows))


_NUMBER = re.compile(r"[Tt]?(\d{1,18})(?:-[Tt]?(\d{1,18}))?")


def split_numbers(typed: Sequence[str]) -> list[str]:
    """The words of a list of numbers, when each is one (T8, 8, T1-T3); else []."""
    parts = [part for each in typed for part in re.split(r"[,\s]+", each) if part]
    return parts if all(map(_NUMBER.fullmatch, parts)) else []


def find_by_number(store: Store, typed: Sequence[str], *, tasks: bool) -> list[Record]:
    """T8, 8 or T1-T3 -> tasks, or what was logged. Usage for another word, NotFound with the missing numbers."""
    name, listed = ("task", "task") if tasks else ("activity", "activities")
    if not split_numbers(typed):
        word = query.join_words(typed)
        raise Usage(
            f"'{word}' is not {'a task' if tasks else 'an activity'}." if word else f"which {name}?",
            hint=f"write its number, such as T8; list them: leadcli {listed}",
        )
    ids: dict[int, None] = {}
    for word in split_numbers(typed):
        match = _NUMBER.fullmatch(word)
        assert match
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first > 10_000:
            raise Usage(f"the range {word} goes backwards or too far.")
        ids |= dict.fromkeys(range(first, last + 1))
    rows = [row for row in store.fetch("activity", list(ids)) if bool(row["due_at"]) is tasks]
    missing = [id for id in ids if id not in {row["id"] for row in rows}]
    if missing:
        raise NotFound(f"no {name} {', '.join(f'T{id}' for id in missing[:20])}.", hint=f"list them: leadcli {listed}")
    return rows


# The timeline of all leads

_COLUMNS = (
    Column("id", "id", Id("T"), 0),
    Column("lead", "lead", TEXT, 1),
    Column("kind", "kind", TEXT, 1),
    Column("at", "when", MOMENT, 0),
    Column("text", "text", TEXT, 0),
    Column("actor", "who", TEXT, 3),
    Column("direction", "direction", TEXT, 9),
    Column("due", "due", DUE, 9),
)
_PIPED = 6


def timeline_table(
    store: Store, words: Sequence[str], request: TimelineRequest, *, drawn: bool = False, piped: bool = False
) -> Table:
    """Activities of all leads, or of the leads that match `words`, newest first, tasks by their due date.

    `drawn` names leads, says who called or wrote to whom, and shows a task when it is due. `piped` is what a pipe gets
    unasked: scripts cut its columns by number, so that none is added to them.
    """
    of_leads = saved_views.parse_with_views(store, words) if words else None
    rows = activity_reads.read_timeline(store, _timeline_query(store, request), of_leads, limit=request.limit)
    for row in rows:
        row["actor"], row["lead"], row["due"] = row["created_by"], owner_reference(row), row["due_at"]
    if drawn:
        name_owners(store, rows)
        for row in rows:
            row["at"], row["actor"] = row["due_at"] or row["at"], _who_to_whom(row)
    columns = _COLUMNS[:_PIPED] if drawn or piped else _COLUMNS
    return Table(columns, rows, empty='No activities. Log one: leadcli log 12 "left voicemail" --kind call')


def _who_to_whom(row: Record) -> str | None:
    """`ann to Ada Lovelace`, `Ada Lovelace to ann` where a call or an e-mail has a direction; else who logged it."""
    if not row["direction"]:
        return row["actor"] or None
    sides = [row["actor"] or "we", str(row["lead"] or "").rpartition(" (")[0] or str(row["lead"])]
    return " to ".join(sides if row["direction"] == "out" else reversed(sides))


def explain_timeline(store: Store, words: Sequence[str], request: TimelineRequest) -> PlainText:
    """Explain the options and the filter."""
    lines = query.explain_query(_timeline_query(store, request), store.context)
    lines[-1] += ", tasks by due date"
    if words:
        leads = query.explain_query(saved_views.parse_with_views(store, words), store.context)
        lines[-1:-1] = [f"and of a lead: {' '.join(leads[:-1])}"]
    return PlainText("\n".join(lines) + "\n")


def owner_reference(row: Record) -> int | str | None:
    """The record of an activity as scripts name it: 12 for a lead, "C9" for a contact, None for a task of no record."""
    if not row["record"]:
        return None
    letter = next((letter for letter, type_ in BY_LETTER.items() if type_.name == row["record"]), "")
    return f"{letter}{row['record_id']}" if letter else int(row["record_id"])


def name_owners(store: Store, rows: Sequence[Record]) -> None:
    """Replace the number in `lead` by name and number: "Ada Lovelace (12)"."""
    for record in {row["record"] for row in rows if row["record"]}:
        ids = list({row["record_id"] for row in rows if row["record"] == record})
        names = {each["id"]: each["name"] for each in store.fetch(record, ids, fields=("name",))}
        for row in rows:
            if row["record"] == record and row["record_id"] in names:
                row["lead"] = f"{names[row['record_id']]} ({row['lead']})"


def _timeline_query(store: Store, request: TimelineRequest) -> Query:
    """The options of the timeline as a filter over activities."""
    terms: list[Term] = []
    if request.kinds:
        kinds = tuple(word.strip() for word in request.kinds.split(",") if word.strip())
        terms.append(Term("kind", ":", Value(request.kinds, kinds), f"kind:{request.kinds}"))
    if request.actor:
        actor = store.context.me if request.actor == "me" and store.context.me else request.actor
        terms.append(Term("actor", "=", Value(actor, (actor,), quoted=True), f"actor={actor}"))
    if request.since or request.until:
        days = date_words.parse_window(
            request.since or None, request.until or None, store.context.today, order=store.context.date_order
        )
        for operator, day in ((">=", days.first), ("<=", days.last)):
            if day:
                terms.append(Term("at", operator, Value(day.isoformat(), (day.isoformat(),)), f"at{operator}{day}"))
    return query.Query(" ".join(term.text for term in terms), All(tuple(terms)), ACTIVITY)
