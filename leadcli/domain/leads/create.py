"""Creates or copies leads: fills in what a lead needs and refuses certain duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.leads import lists, record_values
from leadcli.domain.pipeline import rules
from leadcli.errors import Refused, Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import records as record_reads
from leadcli.store.store import Store

PERSON = ("salutation", "first_name", "middle_name", "last_name")


class CreateOptions(NamedTuple):
    """What else `add` does: a first note, a first task, a lead to copy; `force` overrides the rules."""

    note: str = ""
    task: str = ""
    due: str = ""
    copy: int | None = None
    force: bool = False


class LeadDefaults(NamedTuple):
    """What this desk gives a new lead that brings none: owner, type, currency; '' for nothing.

    `channels` are the active ones of which a lead needs one; None where it needs none (OroCRM's rule).
    """

    owner: str
    type: str
    currency: str
    channels: Sequence[str] | None


def read_lead_defaults(store: Store) -> LeadDefaults:
    """The defaults as this desk has them; the only type, and the only channel, are taken without asking."""
    types, channels = ([each.label for each in store.options(name) if each.active] for name in ("type", "channel"))
    return LeadDefaults(
        owner=owner_spelling(store, store.context.me) if store.context.me else "",
        type=types[0] if len(types) == 1 else "",
        currency=store.context.currency,
        channels=channels if store.setting("needs_channel") else None,
    )


def create_lead(store: Store, typed: record_values.Typed, *, extra: CreateOptions = CreateOptions()) -> ResultNote:  # noqa: B008 - an immutable constant
    """Add one lead.

    Refused (exit 5) when another has the e-mail or phone, unless forced; Usage when nothing names it.
    """
    base = copied_values(store, extra.copy) if extra.copy else {}
    parsed = record_values.parse_values(store, "lead", resolve_field_names(store, typed), old=base)
    values = {**base, **parsed.values}
    warnings = [*parsed.warnings, *complete_lead(store, values, force=extra.force)]
    with begin_operation(store) as operation:
        if not extra.force:
            refuse_duplicate(store, parsed.values)  # not the copied values: they may be the same customer's
            warnings += [] if base else _warn_similar(store, values)
        id = record_values.insert_record(operation, "lead", values)
        _add_first_activities(operation, id, extra)
        operation.react()
        lead = store.get("lead", id)
    return ResultNote(
        f"{store.desk.choose_verb('Added', 'add')} lead {id}: {lead_summary(store, lead)}.",
        [id],
        lists.record_table(store, [lead]),
        warnings=warnings,
    )


def _warn_similar(store: Store, values: Mapping[str, Any]) -> list[str]:
    from leadcli.domain.leads.similar import possible_duplicates

    return possible_duplicates(store, values)


def _add_first_activities(operation: Operation, lead: int, extra: CreateOptions) -> None:
    if not (extra.note or extra.task or extra.due):
        return
    from leadcli.domain.work import activities

    if extra.note:
        activities.add_activity(operation, ("lead", lead), {"kind": "note", "text": extra.note})
    if extra.task:
        activities.add_task(operation, ("lead", lead), activities.TaskValues(extra.task, extra.due))
    elif extra.due:
        raise Usage("--due needs a task: --task TEXT.")


def resolve_field_names(store: Store, typed: record_values.Typed) -> dict[str, str | Sequence[str]]:
    """The typed texts by field name; `--set KEY=VALUE` may use aliases. Usage for an unknown or read-only field."""
    type_ = store.type("lead")
    texts: dict[str, str | Sequence[str]] = {}
    for word, text in typed.items():
        field = type_.fields.get(word) or record_values.find_field(type_, word)
        if not field.writable:
            raise Usage(f"'{field.name}' cannot be set by hand.", hint=explain_read_only(field))
        texts[field.name] = text
    return texts


def explain_read_only(field: Field) -> str:
    """How a field that cannot be set by hand gets its value: the hint of an error."""
    ways = {
        "lost_reason": "close the lead as lost: leadcli lost ID --reason R",
        "email": "use --email",
        "phone": "use --phone",
    }
    return ways.get(field.name, "leadcli keeps it by itself")


def complete_lead(store: Store, values: Record, *, force: bool = False) -> list[str]:
    """Fill in what a new lead needs: name, status, owner, type, currency. Returns warnings. Raises Usage, Refused."""
    required = [
        field for field in store.type("lead").fields.values() if field.required and values.get(field.name) in (None, [])
    ]
    if required:
        raise Usage(
            f"{required[0].flag if not required[0].custom else '--set ' + required[0].name + '=...'} is required.",
            hint="see: leadcli field list",
        )
    if not values.get("name"):
        values["name"] = build_name(values)
    if not values["name"]:
        raise Usage(
            "a lead needs a name, a person, a company, an e-mail or a phone.",
            hint='for example: leadcli add "Ada Lovelace"',
        )
    defaults = read_lead_defaults(store)
    if not values.get("type") and defaults.type:
        values["type"] = defaults.type
    if "owner" not in values and defaults.owner:
        values["owner"] = defaults.owner
    if values.get("value") is not None and not values.get("currency"):
        values["currency"] = defaults.currency
    if not values.get("channel") and defaults.channels is not None:
        values["channel"] = _only_channel(defaults.channels)
    return _set_starting_status(store, values, force=force)


def _set_starting_status(store: Store, values: Record, *, force: bool) -> list[str]:
    """Set the status a new lead starts in and the fields that follow from it. Returns warnings."""
    if not values.get("status"):
        values["status"] = rules.first_open_status(store, values.get("type"))
        return []
    blocked = rules.explain_type_refusal(store, values, values["status"])
    if blocked and not force:
        rules.refuse_move([blocked])
    if rules.status_state(store, values["status"]) == "lost":
        raise Usage(
            f"a lead cannot be added as {values['status']}: it needs a reason.",
            hint="add it, then: leadcli lost ID --reason R",
        )
    values |= {
        name: value
        for name, value in rules.status_consequences(store, {}, values["status"], at=store.now).items()
        if value is not None
    }
    return [f"forced: {blocked}"] if blocked else []


def _only_channel(channels: Sequence[str]) -> str:
    if len(channels) != 1:
        raise Usage(
            "this desk's leads need a channel: --channel NAME.",
            hint=f"channels: {', '.join(channels) or 'none yet; a new name becomes one'}",
        )
    return channels[0]


def owner_spelling(store: Store, name: str) -> str:
    """The name of an owner in the spelling the desk has already."""
    return str(store.type("lead").fields["owner"].parse(name, store.context))


def build_name(values: Mapping[str, Any]) -> str | None:
    """What a lead without a name is called: its item, else the person, the company, the e-mail's local part,
    the phone.
    """
    person = " ".join(str(values[name]) for name in PERSON if values.get(name))
    if values.get("item"):
        return str(values["item"])
    if person or values.get("company"):
        return person or str(values["company"])
    if values.get("emails"):
        return str(values["emails"][0]["value"]).partition("@")[0]
    return str(values["phones"][0]["value"]) if values.get("phones") else None


def copied_values(store: Store, id: int) -> Record:
    """What `add --copy` takes from another lead: the fields the registry marks as copied."""
    lead = store.get("lead", store.merged_into("lead", id))
    names = [
        field.name
        for field in store.type("lead").fields.values()
        if field.copied and lead.get(field.name) not in (None, [])
    ]
    if rules.status_state(store, lead["status"]) == "lost":
        names = [name for name in names if name != "probability"]  # it is 0 because the lead was lost
    return {name: lead[name] for name in names}


def refuse_duplicate(store: Store, values: Mapping[str, Any]) -> None:
    """Refused when a lead has one of these e-mails, phones, or this external id (equal keys: a certain duplicate)."""
    for table, what in (("emails", "e-mail"), ("phones", "phone")):
        for item in values.get(table) or ():
            if table == "emails" or item["e164"]:
                _refuse_existing(store, store.holders(table, item), f"{what} {item['value']}")
    if values.get("external_id"):
        _refuse_existing(store, record_reads.leads_with(store, "external_id", values["external_id"]),
                     f"external id {values['external_id']}")  # fmt: skip


def _refuse_existing(store: Store, ids: Sequence[int], what: str) -> None:
    if not ids:
        return
    lead = store.get("lead", ids[0], fields=("name", "status"))
    raise Refused(
        f"lead {ids[0]} ({lead['name']}, {lead['status']}) already has the {what}.",
        hint=f"use --force to add it anyway, or change that lead: leadcli edit {ids[0]}",
    )


def lead_summary(store: Store, lead: Record) -> str:
    """ "Ada Lovelace, Analytical Engines, €12,500.00, status New, owner ann"."""
    parts = [lead.get("name"), lead.get("company") if lead.get("company") != lead.get("name") else None]
    parts += lists.money(store, [(lead.get("currency") or "", lead["value"])]) if lead.get("value") is not None else []
    parts += [f"status {lead['status']}", f"owner {lead['owner']}" if lead.get("owner") else None]
    return ", ".join(part for part in parts if part)
