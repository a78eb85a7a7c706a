"""Enrollments: starts leads on a sequence, pauses, resumes and stops them, and lists what comes next for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from leadcli.domain.leads import record_values
from leadcli.domain.leads.targets import Target
from leadcli.domain.pipeline import rules
from leadcli.domain.work import activities
from leadcli.domain.work.automation import consent, sequences
from leadcli.domain.work.automation.sequence_steps import stop_reason
from leadcli.domain.work.automation.sequences import LeadSequence
from leadcli.domain.work.mail import lead_mail
from leadcli.errors import Usage
from leadcli.model.kinds import PLAN_DAY, TEXT, Id, Record
from leadcli.model.results import Column, ResultNote, Table, format_count
from leadcli.store.journal.operation import begin_operation
from leadcli.store.reads import enrollments as reads
from leadcli.store.reads.enrollments import PAUSED, RUNNING, STOPPED, Enrollment
from leadcli.store.store import Store

_NAMED = 5  # leads that a sentence names


def start_preview(store: Store, name: str, target: Target) -> Table:
    """Who would get what, and when, if nothing stopped it."""
    sequence = sequences.find_sequence(store, name)
    rows = []
    for lead in _split_leads(store, sequence, target)[0]:
        day = date.fromisoformat(store.today)
        for number in range(len(sequence.steps)):
            due = sequence.due_day(number, day)
            day = date.fromisoformat(due)
            rows.append({**_step_row(sequence, number, due), "lead": lead["id"], "name": lead["name"]})
    return Table(_COLUMNS[:6], rows, title=f"Sequence {sequence.name}", key="lead", empty="Nobody would get anything.")


def start_sequence(store: Store, name: str, target: Target) -> ResultNote:
    """Start leads on a sequence. Those who must not or cannot get it, and those in it already, are left out and named.

    The exit code is 4 when a lead was left out that should not be written to.
    """
    sequence = sequences.find_sequence(store, name)
    if problem := sequences.sequence_problem(store, sequence):
        raise Usage(f"sequence {sequence.name}: {problem}", hint=f"leadcli sequence edit {sequence.name} --step ...")
    with begin_operation(store) as operation:
        leads, skipped = _split_leads(store, sequence, target)
        due = sequence.due_day(0, date.fromisoformat(store.today))
        rows = [
            {"record": "lead", "record_id": lead["id"], "sequence": sequence.id, "step": 0, "state": RUNNING,
             "due_at": due, "started_at": operation.at, "token": record_values.new_uid(store)}
            for lead in leads
        ]  # fmt: skip
        operation.insert_many("enrollment", rows)
    verb = store.desk.choose_verb("Started", "start")
    left_out = lead_mail.skipped_text(lead_mail.MailBatch("", [], skipped))
    step = sequence.steps[0]
    when = "today" if due <= store.today else activities.due_text(store, due)
    first = f"; first step {when}: {step.does} {step.what}" if leads else ""
    parts = [f"{verb} {sequence.name} on {format_count(len(leads), 'lead')}{first}", left_out]
    undo = store.desk.undo_hint if leads else ""
    return ResultNote(f"{'; '.join(filter(None, parts))}.{undo}", [lead["id"] for lead in leads],
                      json={"sequence": sequence.name, "leads": [lead["id"] for lead in leads],
                            "skipped": [{"lead": each.lead, "reason": each.reason} for each in skipped]},
                      warnings=_consent_warning(store, sequence),
                      code=4 if any(each.missed for each in skipped) else 0)  # fmt: skip


def _consent_warning(store: Store, sequence: LeadSequence) -> list[str]:
    subject = sequence.subject
    is_open = not subject.verbs or consent.is_allowed(store, subject)
    return [] if is_open else [consent.refusal(subject)]


def _split_leads(
    store: Store, sequence: LeadSequence, target: Target
) -> tuple[list[Record], list[lead_mail.SkippedLead]]:
    """The leads that can be started, and the others with the reason."""
    active = {each.lead for each in reads.enrollments_of(store, target.ids, sequence=sequence.id)}
    leads, skipped = [], []
    for lead in store.fetch("lead", target.ids):
        if lead["id"] in active:
            reason: tuple[str, bool] | None = (f"in {sequence.name} already", False)
        elif rules.status_state(store, lead["status"]) != "open":
            reason = ("closed", True)
        elif lead["do_not_contact"] or sequence.subject.verbs:
            reason = lead_mail.reason_to_skip(lead)
        else:
            reason = None
        if reason:
            skipped.append(lead_mail.SkippedLead(lead["id"], lead["name"], *reason))
        else:
            leads.append(lead)
    return leads, skipped


class _StateChange(NamedTuple):
    """What a person does to enrollments: those in one of `states` get `values`."""

    verbs: tuple[str, str]  # "Paused", "pause"
    states: Sequence[str]
    values: Record


_PAUSE = _StateChange(("Paused", "pause"), (RUNNING,), {"state": PAUSED, "reason": "by hand"})
_RESUME = _StateChange(("Resumed", "resume"), (PAUSED,), {"state": RUNNING, "reason": None})
_STOP = _StateChange(("Stopped", "stop"), (RUNNING, PAUSED), {"state": STOPPED, "reason": "by hand"})


def pause_sequence(store: Store, name: str, target: Target) -> ResultNote:
    """Pause leads: no step is taken until they are resumed."""
    return _change_states(store, name, target, _PAUSE)


def resume_sequence(store: Store, name: str, target: Target) -> ResultNote:
    """Let paused leads go on; a step that came due meanwhile is due now."""
    return _change_states(store, name, target, _RESUME)


def stop_sequence(store: Store, name: str, target: Target) -> ResultNote:
    """Stop leads for good."""
    return _change_states(store, name, target, _STOP)


def _change_states(store: Store, name: str, target: Target, change: _StateChange) -> ResultNote:
    sequence = sequences.find_sequence(store, name)
    with begin_operation(store) as operation:
        present = reads.enrollments_of(store, target.ids, sequence=sequence.id)
        changing = [each for each in present if each.state in change.states]
        ended = {"ended_at": operation.at} if change is _STOP else {}
        operation.update_many("enrollment", {each.id: {**change.values, **ended} for each in changing})
    if not changing:
        states = " or ".join(change.states)
        return ResultNote(f"None of these leads is {states} in sequence {sequence.name}; nothing was changed.")
    verb = store.desk.choose_verb(*change.verbs)
    leads = [each.lead for each in changing]
    return ResultNote(
        f"{verb} {sequence.name} on {_name_leads(changing)}.{store.desk.undo_hint}", leads,
        json={"sequence": sequence.name, "leads": leads, "state": change.values["state"]},
    )  # fmt: skip


def _name_leads(enrollments: Sequence[Enrollment]) -> str:
    names = [f"{each.lead} ({each.name})" for each in enrollments[:_NAMED]]
    others = f" and {len(enrollments) - _NAMED:,} more" if len(enrollments) > _NAMED else ""
    return f"lead{'' if len(enrollments) == 1 else 's'} {', '.join(names)}{others}"


_COLUMNS = (
    Column("due", "due", PLAN_DAY, 0), Column("lead", "lead", Id(), 0), Column("name", "name", TEXT, 1),
    Column("sequence", "sequence", TEXT, 1), Column("step", "step", TEXT, 2), Column("does", "does", TEXT, 0),
    Column("state", "state", TEXT, 2), Column("reason", "reason", TEXT, 3),
)  # fmt: skip


def _step_row(sequence: LeadSequence, step: int, due: str) -> Record:
    does = sequence.steps[step]
    number = f"{step + 1} of {len(sequence.steps)}"
    return {"due": due, "sequence": sequence.name, "step": number, "does": f"{does.does} {does.what}"}


def due_table(store: Store) -> Table:
    """The next step of every lead on its way, the earliest first; those paused are marked with the reason."""
    by_id = {each.id: each for each in sequences.all_sequences(store)}
    rows = []
    for each in reads.active_enrollments(store):
        sequence = by_id.get(each.sequence)
        if sequence is None or each.step >= len(sequence.steps):
            continue
        reason = each.reason or stop_reason(store, sequence, each)
        state = "stops" if each.state == RUNNING and reason else each.state
        who = {"lead": each.lead, "name": each.name, "state": state, "reason": reason or None}
        rows.append({**_step_row(sequence, each.step, each.due), **who})
    return Table(_COLUMNS, rows, title="Sequences", key="lead", empty="No lead is on its way through a sequence.")
