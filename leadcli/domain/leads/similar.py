"""Warns of possible duplicates of a new lead: the same name, and one further value that agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadcli.model.kinds import Record
from leadcli.store.match_key_columns import match_key_columns
from leadcli.store.reads import duplicate_keys
from leadcli.store.store import Store
from leadcli.text import match_keys
from leadcli.text.word_lists import FREE_MAIL, forms

_MAX_NAMESAKES = 50  # leads of the same name that are compared


def possible_duplicates(store: Store, values: Mapping[str, Any]) -> list[str]:
    """A sentence for each of the first three leads whose person is this one by name (order, nicknames, accents aside)
    and whose company, e-mail domain (free-mail providers do not count), city or street agrees. A name alone says
    nothing.
    """
    keys = match_key_columns("lead", values)
    named = name_forms(keys["person_key"] or "")
    if not named:
        return []
    domains = {
        match_keys.email_key(item["value"]).rpartition("@")[2] for item in values.get("emails") or ()
    } - FREE_MAIL
    sentences = []
    for lead in duplicate_keys.namesakes_of(store, named, limit=_MAX_NAMESAKES):
        agreeing = _find_agreement(keys, domains, lead)
        if agreeing:
            sentences.append(
                f"lead {lead['id']} ({lead['name']}, {lead['status']}) may be the same: same name, {agreeing}"
            )
    return sentences[:3]


def name_forms(person_key: str) -> Sequence[str]:
    """The person key, with other forms of its first name, and with first and family name swapped."""
    first_name, _, rest = person_key.partition("|")
    family, _, generation = rest.partition("|")
    if not first_name or not family:
        return ()
    every = [f"{form}|{family}|{generation}" for form in (first_name, *forms(first_name))]
    return [*every, f"{family}|{first_name}|{generation}"]


def _find_agreement(keys: Record, domains: set[str], lead: Mapping[str, Any]) -> str:
    """What agrees besides the name, such as "same company", or ''."""
    if keys["company_key"] and keys["company_key"] == lead["company_key"]:
        return "same company"
    if domains & lead["domains"]:
        return "same e-mail domain"
    mine, theirs = (str(key or "||").split("|") for key in (keys["address_key"], lead["address_key"]))
    for place, word in ((0, "same street"), (1, "same city")):
        if mine[place] and mine[place] == theirs[place]:
            return word
    return ""
