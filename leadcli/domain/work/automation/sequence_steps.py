"""Takes the steps of sequences that are due, and ends what has to end.

Each step is taken once, however many runs there are at once. A task and the move to the next step are one transaction.
A letter is claimed in the outbox under the key of its enrollment and step before it leaves; a later transaction logs it
and moves on. So a run that is killed between the two leaves a letter that the next run knows as sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from leadcli.domain.pipeline import rules
from leadcli.domain.work import activities
from leadcli.domain.work.automation import consent, sequences
from leadcli.domain.work.automation.sequences import MAIL, LeadSequence
from leadcli.domain.work.mail import lead_mail, templates, transport
from leadcli.domain.work.mail.lead_mail import PreparedMail
from leadcli.domain.work.mail.message import OutcomeUnknown, RecipientRejected
from leadcli.errors import LeadError
from leadcli.model.kinds import Record
from leadcli.model.results import format_count
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import enrollments as reads
from leadcli.store.reads.enrollments import DONE, PAUSED, RUNNING, STOPPED, Enrollment
from leadcli.store.store import Store


def stop_reason(store: Store, sequence: LeadSequence, enrollment: Enrollment) -> str:
    """Why no further step may be taken, '' where nothing speaks against it."""
    if enrollment.is_gone:
        return "the lead is gone"
    if enrollment.do_not_contact:
        return "do not contact"
    if rules.status_state(store, enrollment.status) != "open":
        return f"closed: {enrollment.status}"
    if enrollment.bounced:
        return "a letter came back"
    if enrollment.replied and sequences.REPLY in sequence.stop_on:
        return "they replied"
    if enrollment.moved and sequences.STATUS in sequence.stop_on:
        return f"moved to {enrollment.status}"
    return ""


def stop_ended(operation: Operation) -> None:
    """Stop the enrollments of the leads that this operation touched, where what it did ends them."""
    store = operation.store
    touched = [*operation.touched.get("lead", ()), *reads.leads_of_activities(
        store, list(operation.touched.get("activity", ())))]  # fmt: skip
    by_id = {each.id: each for each in sequences.all_sequences(store)}
    for each in reads.enrollments_of(store, list(dict.fromkeys(touched))):
        if (sequence := by_id.get(each.sequence)) and (reason := stop_reason(store, sequence, each)):
            _stop(operation, sequence, each, reason)


def _stop(operation: Operation, sequence: LeadSequence, enrollment: Enrollment, reason: str) -> None:
    """End an enrollment and say so on the timeline of its lead."""
    values = {"state": STOPPED, "reason": reason, "ended_at": operation.at}
    operation.update("enrollment", enrollment.id, values, reason=f"sequence {sequence.name}")
    if not enrollment.is_gone:
        text = f"Sequence {sequence.name} stopped at step {enrollment.step + 1} of {len(sequence.steps)}: {reason}."
        activities.add_activity(operation, ("lead", enrollment.lead), {"kind": "note", "text": text})


# The steps that are due


class SequenceRun(NamedTuple):
    """What one run did, counted by sequence; `code` is the exit code."""

    letters: Counter[str]
    tasks: Counter[str]
    stopped: Counter[str]
    code: int = 0

    def rows(self) -> list[Record]:
        """The same for --json."""
        names = dict.fromkeys([*self.letters, *self.tasks, *self.stopped])
        return [
            {"sequence": name, "letters": self.letters[name], "tasks": self.tasks[name], "stopped": self.stopped[name]}
            for name in names
        ]

    def sentences(self) -> list[str]:
        """ "intro: 2 letters, 1 task, 1 stopped" for each sequence that did something."""
        kinds = ((self.letters, "letter"), (self.tasks, "task"))
        parts = []
        for name in dict.fromkeys([*self.letters, *self.tasks, *self.stopped]):
            counts = [format_count(count[name], noun) for count, noun in kinds if count[name]]
            counts += [f"{self.stopped[name]} stopped"] if self.stopped[name] else []
            parts.append(f"{name}: {', '.join(counts)}")
        return parts


class _Letter(NamedTuple):
    """A step that is a letter, ready to leave."""

    enrollment: Enrollment
    sequence: LeadSequence
    mail: PreparedMail


class _Outcome(NamedTuple):
    """What became of a letter: it left (also in an earlier run), or the reason to pause its enrollment."""

    letter: _Letter
    reason: str = ""
    is_new: bool = False


def run_sequences(store: Store) -> SequenceRun:
    """Take every step that is due, until none is left. A dry run says who would get what, and sends nothing."""
    run = SequenceRun(Counter(), Counter(), Counter())
    outcomes: list[_Outcome] = []
    code = 0
    while True:
        with begin_operation(store) as operation:
            operation.ruled = True
            _settle_letters(operation, outcomes, run)
            letters = _StepTaker(operation, run).take()
        if not store.desk.keep:
            _say_letters(store, letters, run)
            return run
        if not letters:
            return run._replace(code=code)
        outcomes, code = _send_letters(store, letters)
        if not outcomes:
            return run._replace(code=code)


def _say_letters(store: Store, letters: Iterable[_Letter], run: SequenceRun) -> None:
    for each in letters:
        run.letters[each.sequence.name] += 1
        recipient = each.mail.message.recipient
        store.desk.say(f"lead {each.mail.lead} ({each.mail.name}): {each.mail.message.subject} to {recipient}")


class _StepTaker:
    """Takes the steps that are due inside an operation; tasks and moves to the next step are written at once."""

    def __init__(self, operation: Operation, run: SequenceRun) -> None:
        self.operation, self.store, self.run = operation, operation.store, run
        self.by_id = {each.id: each for each in sequences.all_sequences(self.store)}
        self.today = date.fromisoformat(self.store.today)
        self.letters: list[_Letter] = []
        self._tasks: list[tuple[int, str]] = []  # lead, text
        self._moves: dict[int, Record] = {}
        self._fillers: dict[str, Callable[[Record], templates.FilledTemplate] | None] = {}

    def take(self) -> list[_Letter]:
        """End what has to end, add the tasks that are due, and collect the letters that are."""
        for enrollment in reads.due_enrollments(self.store, self.store.today):
            sequence = self.by_id.get(enrollment.sequence)
            if sequence is None:
                continue
            if reason := stop_reason(self.store, sequence, enrollment):
                _stop(self.operation, sequence, enrollment, reason)
                self.run.stopped[sequence.name] += 1
            elif not (sequence.weekdays and self.today.weekday() >= sequences.SATURDAY):
                self._take_steps(sequence, enrollment)
        self._write()
        return self.letters

    def _take_steps(self, sequence: LeadSequence, enrollment: Enrollment) -> None:
        """The tasks of one lead that are due, up to a letter."""
        while enrollment.due <= self.store.today and enrollment.step < len(sequence.steps):
            step = sequence.steps[enrollment.step]
            if step.does == MAIL:
                self._prepare_letter(sequence, enrollment)
                return
            self._tasks.append((enrollment.lead, step.what))
            self.run.tasks[sequence.name] += 1
            enrollment = self.move_on(sequence, enrollment)
        if enrollment.step >= len(sequence.steps) and enrollment.state == RUNNING:
            self.move_on(sequence, enrollment)  # a sequence that became shorter

    def move_on(self, sequence: LeadSequence, enrollment: Enrollment) -> Enrollment:
        """Make the next step the one to come; after the last one the enrollment is done."""
        step = min(enrollment.step + 1, len(sequence.steps))
        if step == len(sequence.steps):
            self._moves[enrollment.id] = {"step": step, "state": DONE, "ended_at": self.operation.at}
            return enrollment._replace(step=step, state=DONE)
        due = sequence.due_day(step, self.today)
        self._moves[enrollment.id] = {"step": step, "due_at": due}
        return enrollment._replace(step=step, due=due)

    def _prepare_letter(self, sequence: LeadSequence, enrollment: Enrollment) -> None:
        """Collect a letter that may be sent from here. One that cannot be written pauses its enrollment."""
        if not consent.may_act(self.store, sequence.subject):
            return
        name = sequence.steps[enrollment.step].what
        lead = self.store.get("lead", enrollment.lead)
        reason = (lead_mail.reason_to_skip(lead) or ("", True))[0]
        fill = self._filler(name)
        if not reason and fill:
            with suppress(LeadError):
                key = f"sequence {enrollment.token} step {enrollment.step}"
                mail = lead_mail.compose_letter(self.store, lead, fill(lead), key=key)
                self.letters.append(_Letter(enrollment, sequence, mail))
                return
        _pause(self.operation, sequence, enrollment, reason or f"the template {name} is broken or gone")

    def _filler(self, name: str) -> Callable[[Record], templates.FilledTemplate] | None:
        if name not in self._fillers:
            self._fillers[name] = None
            with suppress(LeadError):
                template = templates.find_template(self.store, name)
                self._fillers[name] = templates.template_filler(self.store, template)
        return self._fillers[name]

    def _write(self) -> None:
        owners = {
            row["id"]: row["owner"]
            for row in self.store.fetch("lead", [lead for lead, _ in self._tasks], fields=("owner",))
        }
        self.operation.insert_many("activity", [
            activities.activity_record(self.operation, ("lead", lead), {
                "kind": "task", "text": text, "due_at": self.store.today,
                "owner": owners[lead] or self.store.actor or None})
            for lead, text in self._tasks
        ])  # fmt: skip
        self.write_moves()

    def write_moves(self) -> None:
        self.operation.update_many("enrollment", self._moves, reason="sequence")
        self._moves = {}


def _pause(operation: Operation, sequence: LeadSequence, enrollment: Enrollment, reason: str) -> None:
    values = {"state": PAUSED, "reason": reason}
    operation.update("enrollment", enrollment.id, values, reason=f"sequence {sequence.name}")
    operation.store.desk.warn(
        f"sequence {sequence.name} is paused for lead {enrollment.lead} ({enrollment.name}): {reason}; "
        f"go on: leadcli sequence resume {sequence.name} {enrollment.lead}"
    )


def _send_letters(store: Store, letters: Sequence[_Letter]) -> tuple[list[_Outcome], int]:
    """Send each letter once. An error that is not about one recipient ends it; the next run sends the rest."""
    outcomes: list[_Outcome] = []
    try:
        leaving = transport.choose_transport(store.config)
    except LeadError as error:
        store.desk.warn(f"no letter of a sequence was sent: {error.message}")
        return [], error.code
    try:
        for letter in letters:
            sent = transport.send_once(store, leaving, letter.mail.message, letter.mail.entry,
                                       over=transport.resendable_states())  # fmt: skip
            if sent.error is not None and not isinstance(sent.error, RecipientRejected | OutcomeUnknown):
                store.desk.warn(f"letters of sequences wait for the next run: {sent.error.message}")
                return outcomes, sent.error.code
            if sent.error is not None:
                outcomes.append(_Outcome(letter, f"the letter was refused: {sent.error.message}"))
            elif sent.state == transport.SENT:
                outcomes.append(_Outcome(letter, is_new=sent.now))
            elif sent.state == transport.UNKNOWN:
                outcomes.append(_Outcome(letter, "its letter may have left: a run was killed while it was sent"))
    finally:
        leaving.close()
    return outcomes, 0


def _settle_letters(operation: Operation, outcomes: Sequence[_Outcome], run: SequenceRun) -> None:
    """Log the letters that left and move their leads on; another run may have done it already."""
    store, taker = operation.store, _StepTaker(operation, run)
    present = {each.id: each for each in reads.enrollments_of(store, [each.letter.mail.lead for each in outcomes])}
    lead_mail.log_letters(operation, [each.letter.mail for each in outcomes if not each.reason])
    for outcome in outcomes:
        letter = outcome.letter
        now = present.get(letter.enrollment.id)
        run.letters[letter.sequence.name] += outcome.is_new
        if now is None or (now.step, now.token) != (letter.enrollment.step, letter.enrollment.token):
            continue
        if outcome.reason:
            _pause(operation, letter.sequence, now, outcome.reason)
        else:
            taker.move_on(letter.sequence, now)
    taker.write_moves()
