"""The rules of the pipeline: which moves are allowed, and which fields a move to won, lost or open sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.leads import record_values
from leadcli.errors import Refused, Usage, unknown_name
from leadcli.model.kinds import ChoiceOption, Record, option_key
from leadcli.store.journal.batch import Edit
from leadcli.store.journal.operation import Operation
from leadcli.store.store import Store

ENDED = ("won", "lost", "recycled")
# The fields of a lead that the rules look at and set.
MOVE_FIELDS = (
    "status", "type", "closed_at", "converted_at", "probability", "lost_reason", "lost_note", "updated_at",
)  # fmt: skip


REASON_REQUIRED = "lost_reason_required"  # the name of the personal setting and of the desk's
# The systems that close a lead without asking why: OroCRM disqualifies, Bitrix24 calls it junk, EspoCRM dead.
NO_REASON_PRESETS = ("orocrm", "bitrix24", "espocrm", "persisca")


def statuses_of(store: Store) -> Sequence[ChoiceOption]:
    """The active statuses in order."""
    return [option for option in store.options("status") if option.active]


def find_status(store: Store, text: str) -> ChoiceOption:
    """The status called `text`, however it is spelt. Usage lists them otherwise."""
    for option in store.options("status"):
        if option.key == option_key(text):
            return option
    raise unknown_name("status", text, [option.label for option in statuses_of(store)], title="Statuses")


def status_state(store: Store, status: str | None) -> str:
    """open | won | lost | recycled; a status that is gone from the list counts as open."""
    return next((option.state for option in store.options("status") if option.label == status), "open") or "open"


def first_open_status(store: Store, type_: str | None = None) -> str:
    """Where a new lead starts: the first open status, of those its type allows."""
    allowed = allowed_for_type(store, type_)
    for option in statuses_of(store):
        if option.state == "open" and (not allowed or option.label in allowed):
            return option.label
    raise Refused("no open status is left for a new lead.", hint="leadcli field edit status --choice NAME --state open")


def allowed_for_type(store: Store, type_: str | None) -> Sequence[str]:
    """The statuses a type allows, as labels; none listed allows all."""
    return next((option.allow for option in store.options("type") if option.label == type_), ())


def next_statuses(store: Store, status: str | None) -> Sequence[str]:
    """The statuses that may follow; none listed allows all."""
    return next((option.next for option in store.options("status") if option.label == status), ())


def explain_type_refusal(store: Store, lead: Mapping[str, Any], status: str) -> str:
    """Why the lead's type does not allow `status`, or ''."""
    allowed = allowed_for_type(store, lead.get("type"))
    if not allowed or status in allowed:
        return ""
    who = f"lead {lead['id']} has type '{lead['type']}'" if lead.get("id") else f"type is '{lead['type']}'"
    return f"{who}, which allows: {', '.join(allowed)}"


def explain_next_refusal(store: Store, lead: Mapping[str, Any], status: str) -> str:
    """Why the lead's present status may not be followed by `status`, or ''."""
    allowed = next_statuses(store, lead.get("status"))
    if not allowed or status in allowed or status == lead.get("status"):
        return ""
    return f"lead {lead['id']} is {lead['status']}, which may be followed by: {', '.join(allowed)}"


def refuse_move(reasons: Sequence[str]) -> None:
    """Refused (exit 5) with one error that lists every reason; nothing when all reasons are empty."""
    refusals = [reason for reason in reasons if reason]
    if refusals:
        raise Refused("; ".join(refusals) + ".", hint="--force overrides the rule, and the history says so")


def refuse_won(store: Store, leads: Sequence[Mapping[str, Any]]) -> None:
    """A customer cannot be lost: Refused (exit 5) names every lead that is won and was not reopened."""
    won = [lead for lead in leads if status_state(store, lead["status"]) == "won"]
    blocked = [f"lead {lead['id']} is {'converted' if lead['converted_at'] else lead['status']}" for lead in won]
    if blocked:
        first = won[0]["id"]
        raise Refused(f"{', '.join(blocked)}; a customer cannot be lost.",
                      hint=f"reopen it first (leadcli status {first} STATUS), or undo the conversion")  # fmt: skip


def status_consequences(store: Store, lead: Mapping[str, Any], status: str, *, at: str) -> Record:
    """The other fields a move sets: closed_at and probability when a lead closes. Reopening clears them."""
    new, old = status_state(store, status), status_state(store, lead.get("status"))
    if new == "open":
        back: Record = {"lost_reason": None, "lost_note": None, "closed_at": None} if old in ENDED else {}
        return {**back, "probability": None} if old == "lost" and lead.get("probability") == 0 else back
    # One that was closed on a day nobody knows stays so.
    values: Record = {"closed_at": at if new != old else lead.get("closed_at")}
    if new == "lost":
        values["probability"] = 0.0
    elif old == "lost":
        values |= {"lost_reason": None, "lost_note": None}
        if lead.get("probability") == 0:
            values["probability"] = None
    return values


def status_for_type(store: Store, lead: Mapping[str, Any], values: Mapping[str, Any]) -> str | None:
    """The status a lead must take because its new type does not allow the present one; None when it may stay."""
    allowed = allowed_for_type(store, values.get("type"))
    present = values.get("status") or lead.get("status")
    if not allowed or present in allowed:
        return None
    opens = [label for label in allowed if status_state(store, label) == "open"]
    return (opens or allowed)[0]


def is_reason_required(store: Store) -> bool:
    """Whether a lost lead needs a reason: as the person's setting says, else the desk's, else the preset's system."""
    personal = store.config.get(REASON_REQUIRED)
    if personal is not None:
        return bool(personal)
    of_desk = store.setting(REASON_REQUIRED)
    if of_desk:
        return of_desk == "1"
    return store.setting("preset") not in NO_REASON_PRESETS


def lost_reasons(store: Store) -> list[str]:
    """The active lost reasons."""
    return [option.label for option in store.options("lost_reason") if option.active]


def check_reason(store: Store, reason: str | None, note: str | None, *, required: bool) -> str | None:
    """A lost reason of the list. Usage lists them when it is missing or unknown; reason Other needs a note."""
    labels = [option.label for option in store.options("lost_reason") if option.active]
    if not reason:
        if required:
            raise Usage(
                f"a lost lead needs a reason: --reason. Reasons: {', '.join(labels)}.",
                hint='for example: --reason "No budget"',
            )
        return None
    choice = next((option for option in store.options("lost_reason") if option.key == option_key(reason)), None)
    if choice is None:
        raise unknown_name("lost reason", reason, labels, title="Reasons")
    if choice.key == "other" and not note:
        raise Usage("the reason Other needs a note that says more: --note TEXT.")
    return choice.label


class ChangePlan(NamedTuple):
    """What a lead gets with new values: they, and the fields that follow from its status and type.

    `refusal` is why a rule forbids it, '' when none does. `reset` is the status the lead takes because its new type
    does not allow the present one.
    """

    values: Record
    refusal: str = ""
    reset: str = ""


def plan_change(
    store: Store, lead: Mapping[str, Any], values: Mapping[str, Any], *, at: str, next_rule: bool = True
) -> ChangePlan:
    """What a change of status or type brings; without one the values as they are.

    `next_rule` also asks which statuses may follow the present one.
    """
    if "type" in values and "status" not in values:
        reset = status_for_type(store, lead, values)
        if not reset:
            return ChangePlan({**values})
        return ChangePlan({**values, "status": reset, **status_consequences(store, lead, reset, at=at)}, reset=reset)
    status = values.get("status")
    if status is None or (status == lead["status"] and "lost_reason" not in values):
        return ChangePlan({**values})
    refusal = explain_type_refusal(store, {**lead, **values}, status)
    if next_rule and not refusal:
        refusal = explain_next_refusal(store, lead, status)
    return ChangePlan({**values, **status_consequences(store, lead, status, at=at)}, refusal)


def move_values(
    operation: Operation,
    leads: Sequence[Record],
    new_values: Mapping[str, Any],
    *,
    force: bool = False,
    next_rule: bool = True,
) -> list[Record]:
    """Move leads to new_values["status"] inside an operation, and set the other new values and what follows from them.

    Leads that have all the new values already are left alone. Refused when a rule of type or next status forbids a
    move, unless `force`. Returns the leads that moved, as they were before.
    """
    moving = [lead for lead in leads if any(lead[name] != value for name, value in new_values.items())]
    plans = [plan_change(operation.store, lead, new_values, at=operation.at, next_rule=next_rule) for lead in moving]
    if not force:
        refuse_move([plan.refusal for plan in plans])
    record_values.learn_options(operation, operation.store.type("lead"), new_values)
    edits = []
    for lead, plan in zip(moving, plans, strict=True):  # in the history the move comes last, after what it brings
        follows = {name: value for name, value in plan.values.items() if name not in new_values}
        edits.append(as_edit(lead, plan._replace(values={**follows, **new_values})))
    operation.write_edits("lead", edits)
    return moving


def as_edit(lead: Record, plan: ChangePlan) -> Edit:
    """The planned change of a lead; a refusal in it was overridden, and the history says so."""
    return Edit(lead, plan.values, f"forced: {plan.refusal}" if plan.refusal else "")
