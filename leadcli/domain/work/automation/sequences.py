"""Sequences: letters and tasks that follow one another with days between them, until the lead answers.

A sequence is a list of steps. A lead that is started on one is enrolled in it: its enrollment says which step comes
next and on which day. sequence_steps.py takes the steps that are due. What ends an enrollment: a bounce, the wish not
to be contacted, a closed lead, and what its sequence names in `stop_on`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from leadcli.domain.work.automation import consent
from leadcli.domain.work.mail import templates
from leadcli.errors import LeadError, Refused, Usage, unknown_name
from leadcli.model.kinds import FLAG, INTEGER, TEXT, Record
from leadcli.model.kinds.many import TAGS
from leadcli.model.results import Card, Column, ResultNote, Table
from leadcli.store.journal.operation import begin_operation
from leadcli.store.reads import enrollments as reads
from leadcli.store.store import Store
from leadcli.text.dates import words as date_words

MAIL, TASK = "mail", "task"
REPLY, STATUS, LOST = "reply", "status", "lost"
STOPS = (REPLY, STATUS, LOST)
_STEP = re.compile(
    r"(?:\+(\d{1,3})\s*(d|days?|w|weeks?|m|months?)?\s+)?(mail|task)\s+(\S.*)", re.IGNORECASE | re.DOTALL
)
SATURDAY = 5


class Step(NamedTuple):
    """One step: `after` is the time since the step before ('' is at once), `does` is mail or task, `what` a template's
    name or the text of a task.
    """

    after: str
    does: str
    what: str

    def words(self) -> str:
        """As it is typed: "+3d task call"."""
        return f"{self.after} {self.does} {self.what}".strip()


class LeadSequence(NamedTuple):
    """A sequence as it is stored."""

    name: str
    steps: Sequence[Step]
    stop_on: Sequence[str]
    weekdays: bool = False
    id: int = 0

    @property
    def subject(self) -> consent.Subject:
        """What its user has to allow."""
        verbs = ("send its mail",) if any(step.does == MAIL for step in self.steps) else ()
        return consent.Subject("sequence", self.name, verbs, ("sequence", json.dumps(self.steps)))

    def due_day(self, step: int, since: date) -> str:
        """The day on which a step is due, counted from the day of the step before."""
        after = self.steps[step].after
        day = date_words.parse_day(after, since) if after else since
        if self.weekdays and day.weekday() >= SATURDAY:
            day += timedelta(days=7 - day.weekday())
        return day.isoformat()


def all_sequences(store: Store) -> list[LeadSequence]:
    """All sequences by name."""
    return sorted((_of_row(row) for row in store.every("sequence")), key=lambda each: each.name.casefold())


def find_sequence(store: Store, name: str) -> LeadSequence:
    """The sequence called `name`, in any case. Raises Usage with a suggestion when there is none."""
    row = store.find_named("sequence", name)
    if row is None:
        raise unknown_name("sequence", name, [each.name for each in all_sequences(store)], title="Sequences")
    return _of_row(row)


def _of_row(row: Record) -> LeadSequence:
    """The sequence of a stored row. Damaged steps become none."""
    try:
        steps = [Step(*map(str, step)) for step in json.loads(row["steps"])]
        stop_on = [str(word) for word in json.loads(row["stop_on"])]
    except (TypeError, ValueError, RecursionError):
        steps, stop_on = [], []
    return LeadSequence(row["name"], steps, stop_on, bool(row["weekdays"]), row["id"])


def parse_step(text: str) -> Step:
    """`mail intro`, `+3d task call them` -> Step. Raises Usage."""
    match = _STEP.fullmatch(text.strip())
    if not match:
        raise Usage(
            f"--step '{text}' is no step.", hint='write "mail TEMPLATE", "task TEXT", or with days: "+3d mail TEMPLATE"'
        )
    count, unit, does, what = match.groups()
    return Step(f"+{int(count)}{(unit or 'd')[0].lower()}" if count else "", does.lower(), " ".join(what.split()))


def parse_stops(words: str) -> list[str]:
    """`reply,lost` -> what ends it, in the order of STOPS. Raises Usage with a suggestion."""
    names = [word.strip().casefold() for word in words.split(",") if word.strip()]
    for name in names:
        if name not in STOPS:
            raise unknown_name("--stop-on", name, STOPS, title="Words")
    return [name for name in STOPS if name in names]


class SequenceText(NamedTuple):
    """The parts of a sequence as typed; `weekdays` None and empty ones say nothing."""

    steps: Sequence[str] = ()
    stop_on: str = ""
    weekdays: bool | None = None


def add_sequence(store: Store, name: str, typed: SequenceText, *, force: bool = False) -> ResultNote:
    """Add a sequence. Raises Refused when its name is in use, unless `force` replaces its steps."""
    if not re.fullmatch(r"[^\W\d][\w-]{0,39}", name):
        raise Usage(
            f"'{name}' cannot be the name of a sequence.", hint="use letters, digits and hyphens, such as intro"
        )
    old = store.find_named("sequence", name)
    if old and not force:
        raise Refused(f"sequence {name} exists already.", hint=f"leadcli sequence edit {name} --step ..., or --force")
    sequence = _checked(
        store,
        LeadSequence(
            name, list(map(parse_step, typed.steps)), parse_stops(typed.stop_on or REPLY), bool(typed.weekdays)
        ),
    )
    with begin_operation(store) as operation:
        if old:
            operation.update("sequence", old["id"], _values(sequence))
        else:
            operation.insert("sequence", {**_values(sequence), "created_at": operation.at})
    verb = "Replaced" if old else store.desk.choose_verb("Added", "add")
    return ResultNote(
        f"{verb} sequence {name}: {_steps_text(sequence)}. Start it: leadcli sequence start {name} ID",
        json=_row(store, sequence, {}), warnings=consent.allow_new(store, sequence.subject),
    )  # fmt: skip


def edit_sequence(store: Store, name: str, typed: SequenceText) -> ResultNote:
    """Give a sequence other steps or ends. Leads on their way go on with the step of the same number."""
    old = find_sequence(store, name)
    if not any(typed[:2]) and typed.weekdays is None:
        raise Usage("what should change?", hint=f'for example: leadcli sequence edit {old.name} --step "mail intro"')
    sequence = _checked(store, old._replace(
        steps=list(map(parse_step, typed.steps)) or old.steps,
        stop_on=parse_stops(typed.stop_on) if typed.stop_on else old.stop_on,
        weekdays=old.weekdays if typed.weekdays is None else typed.weekdays,
    ))  # fmt: skip
    with begin_operation(store) as operation:
        operation.update("sequence", old.id, _values(sequence))
    verb = store.desk.choose_verb("Changed", "change")
    return ResultNote(f"{verb} sequence {old.name}: {_steps_text(sequence)}.{store.desk.undo_hint}",
                      json=_row(store, sequence, reads.count_states(store).get(old.id, {})),
                      warnings=consent.allow_new(store, sequence.subject))  # fmt: skip


def _checked(store: Store, sequence: LeadSequence) -> LeadSequence:
    """The sequence, if it can be carried out and may be allowed here. Raises Usage, Distrusted."""
    if not sequence.steps:
        raise Usage("a sequence needs a step.", hint='for example: --step "mail intro" --step "+3d task call"')
    if problem := sequence_problem(store, sequence):
        raise Usage(f"sequence {sequence.name}: {problem}", hint="the templates there are: leadcli template")
    if sequence.subject.verbs:
        consent.require_trusted_desk(store, sequence.subject)
    return sequence


def sequence_problem(store: Store, sequence: LeadSequence) -> str:
    """Why a sequence cannot act, '' when it can."""
    if not sequence.steps:
        return "its steps are damaged."
    try:
        for step in sequence.steps:
            if step.does == MAIL:
                templates.template_filler(store, templates.find_template(store, step.what))
            if step.after:
                date_words.parse_day(step.after, date(2000, 1, 1))
    except LeadError as error:
        return error.message
    return ""


def _values(sequence: LeadSequence) -> Record:
    return {
        "name": sequence.name, "steps": json.dumps(sequence.steps, ensure_ascii=False),
        "stop_on": json.dumps(sequence.stop_on), "weekdays": int(sequence.weekdays),
    }  # fmt: skip


def _steps_text(sequence: LeadSequence) -> str:
    return ", ".join(step.words() for step in sequence.steps)


def remove_sequences(store: Store, names: Sequence[str]) -> ResultNote:
    """Delete sequences and the enrollments of their leads. Undo restores them."""
    matches = [find_sequence(store, name) for name in names]
    with begin_operation(store) as operation:
        for each in matches:
            operation.delete_many("enrollment", reads.enrollment_ids(store, each.id))
            operation.delete("sequence", each.id)
    verb = store.desk.choose_verb("Deleted", "delete")
    return ResultNote(f"{verb} sequence {', '.join(each.name for each in matches)}.{store.desk.undo_hint}",
                      json=[{"name": each.name} for each in matches])  # fmt: skip


def allow_sequences(store: Store, names: Sequence[str]) -> ResultNote:
    """Show what sequences send, then let them send it from this machine.

    Raises Distrusted when others can write the desk, Failed when the consent cannot be stored.
    """
    matches = [find_sequence(store, name) for name in names]
    for each in matches:
        store.desk.say(_description(store, each))
        if each.subject.verbs and store.desk.keep:
            consent.allow(store, each.subject)
    verb = store.desk.choose_verb("Allowed", "allow")
    counts = reads.count_states(store)
    return ResultNote(f"{verb} sequence {', '.join(each.name for each in matches)} here.",
                      json=[_row(store, each, counts.get(each.id, {})) for each in matches])  # fmt: skip


def _description(store: Store, sequence: LeadSequence) -> str:
    """A sequence and its letters in full. Lines after the first are indented: none can pass for one of leadcli."""
    lines = [f"Sequence {sequence.name}: {_steps_text(sequence)}"]
    for name in dict.fromkeys(step.what for step in sequence.steps if step.does == MAIL):
        row = store.find_named("template", name)
        lines.append(f"Template {name}: {row['subject']}\n{row['body']}" if row else f"Template {name} is gone.")
    return "\n  ".join("\n".join(lines).rstrip().splitlines())


def disallowed_sequences(store: Store) -> list[str]:
    """A sentence for each sequence whose mail is not allowed here though leads are on their way, for the doctor."""
    counts = reads.count_states(store)
    return [
        consent.refusal(each.subject)
        for each in all_sequences(store)
        if counts.get(each.id, {}).get(reads.RUNNING) and each.subject.verbs
        and not consent.is_allowed(store, each.subject)
    ]  # fmt: skip


def broken_sequences(store: Store) -> list[str]:
    """A sentence for each sequence that cannot act, with the reason, for the doctor."""
    return [f"sequence {each.name}: {problem}" for each in all_sequences(store)
            if (problem := sequence_problem(store, each))]  # fmt: skip


STATES = (reads.RUNNING, reads.PAUSED, reads.STOPPED, reads.DONE)
COLUMNS = (
    Column("name", "sequence", TEXT, 0), Column("steps", "steps", TAGS, 1), Column("stop_on", "stops on", TAGS, 4),
    Column("weekdays", "weekdays", FLAG, 5), *(Column(state, state, INTEGER, 2) for state in STATES),
)  # fmt: skip
ALLOWED = Column("allowed", "allowed", FLAG, 3)  # where a sequence sends mail


def _row(store: Store, sequence: LeadSequence, counts: dict[str, int]) -> Record:
    allowed = consent.is_allowed(store, sequence.subject) if sequence.subject.verbs else None
    return {
        "name": sequence.name, "steps": [step.words() for step in sequence.steps], "stop_on": list(sequence.stop_on),
        "weekdays": sequence.weekdays, **{state: counts.get(state, 0) for state in STATES}, "allowed": allowed,
    }  # fmt: skip


def sequence_table(store: Store) -> Table:
    """All sequences with the number of leads in each state."""
    counts = reads.count_states(store)
    rows = [_row(store, each, counts.get(each.id, {})) for each in all_sequences(store)]
    columns = (*COLUMNS, ALLOWED) if any(row["allowed"] is not None for row in rows) else COLUMNS
    empty = 'No sequences yet. Add one: leadcli sequence add intro --step "mail intro" --step "+3d task call"'
    return Table(columns, rows, title="Sequences", key="name", empty=empty)


def sequence_card(store: Store, name: str) -> Card:
    """One sequence in full."""
    sequence = find_sequence(store, name)
    problem = sequence_problem(store, sequence)
    record = {**_row(store, sequence, reads.count_states(store).get(sequence.id, {})), "broken": problem or None}
    columns = (*COLUMNS, ALLOWED, Column("broken", "broken", TEXT, 3))
    return Card(f"Sequence {sequence.name}", "broken" if problem else "", [("", columns[1:])], record, columns)
