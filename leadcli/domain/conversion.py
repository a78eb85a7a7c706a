"""What a lead gives to its account, contact and opportunity: the registry's map (Field.to), read off one lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadcli.fields import RecordType
from leadcli.kinds import Record
from leadcli.lists import ADDRESS_PARTS, ManyKind
from leadcli.store.store import Store

NAMES = ("first_name", "middle_name", "last_name")


def carried(store: Store, lead: Record, record: str) -> Record:
    """The filled fields of a lead that go to a record, by that record's names.

    A custom amount goes only where its currency is known: to an opportunity, or in the desk's own currency.
    """
    type_ = store.type(record)
    found: Record = {}
    for field in store.type("lead").fields.values():
        for place in field.to.split():
            to, _, name = place.partition(".")
            if to == record and lead.get(field.name) not in (None, []) and _fits(store, type_, field.kind.filter, lead):
                found[name or field.name] = lead[field.name]
    return found


def _fits(store: Store, type_: RecordType, family: str, lead: Record) -> bool:
    """Minor units mean nothing without their currency."""
    if family != "money" or "currency" in type_.fields:
        return True
    return bool((lead.get("currency") or store.context.currency) == store.context.currency)


def account_of(store: Store, lead: Record, name: str = "") -> Record:
    """A new account: the company, else the lead's name, with all that belongs to a company."""
    values = carried(store, lead, "account")
    return {**values, "name": name or values.get("name") or lead["name"]}


def contact_of(store: Store, lead: Record, name: str = "") -> Record:
    """A new contact: the person, else the lead's name; a name that is given replaces the parts there were."""
    values = carried(store, lead, "contact")
    if name:
        return {**{key: value for key, value in values.items() if key not in NAMES}, "name": name}
    parts = [str(lead[part]) for part in NAMES if lead.get(part)]
    if len(parts) == 1 and lead.get("salutation"):
        parts.insert(0, str(lead["salutation"]))
    return {**values, "name": " ".join(parts) or lead["name"]}


def has_person(lead: Record) -> bool:
    """The lead names a person."""
    return any(lead.get(part) for part in NAMES)


def completed(type_: RecordType, there: Record, given: Mapping[str, Any]) -> Record:
    """What an existing customer gains: empty fields filled, lists united, an address only as one block."""
    gained: Record = {}
    own_address = any(there.get(part) for part in ADDRESS_PARTS)
    for name, value in given.items():
        kind = type_.fields[name].kind
        if isinstance(kind, ManyKind):
            gained[name] = kind.merge(there[name], value)
        elif there.get(name) is None and not (own_address and name in (*ADDRESS_PARTS, "address_label")):
            gained[name] = value
    return {name: value for name, value in gained.items() if value != there[name]}
