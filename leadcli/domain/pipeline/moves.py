"""Moves through the pipeline: `status` and `lost`, one lead or many, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadcli.domain.leads import lists
from leadcli.domain.leads.targets import Target
from leadcli.domain.pipeline import rules
from leadcli.domain.work import activities
from leadcli.errors import Usage
from leadcli.model.kinds import INTEGER, MONEY, TEXT, Record
from leadcli.model.results import Column, ResultNote, Table, format_count
from leadcli.query import EVERYTHING
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store

# What a move looks at and sets, and what its sentence names.
MOVED = (*rules.MOVE_FIELDS, "name", "value", "currency")


class MoveRequest(NamedTuple):
    """The new status, with a note and a reason; `force` overrides the rules."""

    status: str
    note: str = ""
    reason: str = ""
    force: bool = False


def move_leads(store: Store, target: Target, request: MoveRequest) -> ResultNote:
    """Move leads to a status. A lost one needs a reason; those already there are left alone."""
    if rules.status_state(store, request.status) == "lost":
        return lose_leads(store, target, request)
    with begin_operation(store) as operation:
        moved = rules.move_values(
            operation, store.fetch("lead", target.ids, fields=MOVED), {"status": request.status}, force=request.force
        )
        _add_note(operation, moved, request.note)
        operation.react()
        ids = [lead["id"] for lead in moved]
        records = lists.changed_records(store, ids)
    return ResultNote(_move_note(store, moved, request.status), ids, records)


def _move_note(store: Store, moved: Sequence[Record], status: str) -> str:
    if not moved:
        return f"Nothing moved: already {status}."
    counts: dict[str, int] = {}
    for lead in moved:
        counts[lead["status"]] = counts.get(lead["status"], 0) + 1
    was = ", ".join(f"{label} {count}" for label, count in counts.items())
    verb = store.desk.choose_verb("Moved", "move")
    sentence = f"{verb} {format_count(len(moved), 'lead', grouped=False)} to {status} (was: {was})."
    if rules.status_state(store, status) == "won":
        sentence += f" To make a customer: leadcli convert {moved[0]['id']}"
    return sentence


def lose_leads(store: Store, target: Target, request: MoveRequest) -> ResultNote:
    """Close leads as lost, with a reason from the list.

    A won or converted one is refused; a lost one changes its reason.
    """
    with begin_operation(store) as operation:
        leads = store.fetch("lead", target.ids, fields=MOVED)
        rules.refuse_won(store, leads)
        reason = rules.check_reason(store, request.reason, request.note, required=rules.is_reason_required(store))
        loss = {"lost_reason": reason, "lost_note": request.note or None}
        moving = _group_by_lost_status(store, leads, request.status, loss)
        if not request.force:
            rules.refuse_move(
                [rules.explain_type_refusal(store, lead, status) for status in moving for lead in moving[status]]
            )
        for status, group in moving.items():
            rules.move_values(operation, group, {"status": status, **loss}, force=request.force, next_rule=False)
        lost = [lead for group in moving.values() for lead in group]
        operation.react()
        ids = [lead["id"] for lead in lost]
        records = lists.changed_records(store, ids)
    return ResultNote(_lost_note(store, lost, reason), ids, records)


def _group_by_lost_status(store: Store, leads: Sequence[Record], named: str, loss: Record) -> dict[str, list[Record]]:
    """The leads that change, by the lost status each takes."""
    moving: dict[str, list[Record]] = {}
    for lead in leads:
        status = named or _lost_status_of(store, lead)
        if lead["status"] != status or any(lead[name] != value for name, value in loss.items()):
            moving.setdefault(status, []).append(lead)
    return moving


def _lost_status_of(store: Store, lead: Record) -> str:
    """The present status when it is a lost one, else the first lost status its type allows."""
    if rules.status_state(store, lead["status"]) == "lost":
        return str(lead["status"])
    lost = [option.label for option in rules.statuses_of(store) if option.state == "lost"]
    allowed = rules.allowed_for_type(store, lead["type"])
    return next((label for label in lost if label in allowed), lost[0])


def lost_status(store: Store, named: str) -> str:
    """The lost status called `named`. Usage when it is not a lost one."""
    choice = rules.find_status(store, named)
    if choice.state != "lost":
        lost = [option.label for option in rules.statuses_of(store) if option.state == "lost"]
        raise Usage(f"status {choice.label} is not a lost one. Lost statuses: {', '.join(lost)}.")
    return choice.label


def _lost_note(store: Store, moved: Sequence[Record], reason: str | None) -> str:
    if not moved:
        return "Nothing changed: lost already, for that reason."
    verb = "lost" if store.desk.keep else "would be lost"
    why = f": {reason}" if reason else ""
    if len(moved) > 1:
        return f"{store.desk.choose_verb('Lost', 'lose')} {len(moved)} leads{why}."
    lead = moved[0]
    counted = lead["value"] and rules.status_state(store, lead["status"]) == "open"
    amounts = lists.money(store, [(lead["currency"] or "", lead["value"])]) if counted else []
    return f"Lead {lead['id']} ({lead['name']}) {verb}{why}." + (
        f" {amounts[0]} removed from the pipeline." if amounts else ""
    )


def _add_note(operation: Operation, moved: Sequence[Record], note: str) -> None:
    values = {"kind": "note", "text": note}
    if note:
        rows = (activities.activity_record(operation, ("lead", lead["id"]), values) for lead in moved)
        operation.insert_many("activity", rows)


def pipeline_table(store: Store, *, drawn: bool = False) -> Table:
    """Every status with its state, how many leads are in it and what they are worth.

    `drawn` is for people: where amounts of several currencies cannot be added up the value is a text with the largest.
    """
    from leadcli.store.reads import currency_totals
    from leadcli.store.reads.board_totals import board_totals

    rates = currency_totals.load_converter(store)
    counts = board_totals(store, EVERYTHING, store.type("lead").fields["status"], rates)
    sums, total = currency_totals.convert_groups(rates, {label: amounts for label, (_, amounts) in counts.items()})
    several = len({currency for amounts in sums.values() for currency, _ in amounts}) > 1
    columns = [
        Column("status", "status", TEXT, 0),
        Column("state", "state", TEXT, 2),
        Column("count", "leads", INTEGER, 0),
        Column("value", "value", TEXT if drawn and several else MONEY, 1),
        *([Column("currency", "currency", TEXT, 9)] if total.is_converted and not drawn else []),
    ]
    rows = []
    for option in rules.statuses_of(store):
        amounts = sums.get(option.label) or [(rates.base if total.is_converted else store.context.currency, 0)]
        currency, value = amounts[0] if len(amounts) == 1 else (store.context.currency, None)
        count = counts[option.label][0] if option.label in counts else 0
        row: Record = {"status": option.label, "state": option.state, "count": count}
        shown = lists.short_sums(amounts, store.context.currency) if drawn and several else value
        rows.append({**row, "value": shown, "currency": currency})
    return Table(columns, rows, footer=total.remark, key="status")
