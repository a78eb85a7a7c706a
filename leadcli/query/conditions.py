"""One function per family of field kinds: `field OP value` -> SQL and English. The table at the end names them all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from leadcli.errors import Usage
from leadcli.model.fields import RECORDS, Field
from leadcli.model.kinds import Flag, Reference
from leadcli.model.kinds.many import ADDRESS_PARTS, ManyKind
from leadcli.query import choices, dues, numbers, texts
from leadcli.query.grammar import Term, Value, ids
from leadcli.query.scope import (
    MOST_PARAMETERS,
    Family,
    Reading,
    Scope,
    among,
    either,
    expression,
    is_address,
    listed,
    title,
)
from leadcli.text.phones import digits


def read(scope: Scope, field: Field, term: Term) -> Reading:
    """The condition of one term. Raises Usage for an operator or a value that does not suit the field."""
    if term.operator == "!=":
        found = read(scope, field, term._replace(operator="="))
        return Reading(f"({found.sql}) IS NOT TRUE", f"not ({found.english})")
    family, operators, none = FAMILIES[field.kind.filter]
    if term.operator not in operators:
        raise Usage(
            f"'{term.text}': {title(field)} cannot be compared with {term.operator}.",
            hint=f"use one of: {' '.join(operators)} != (see: leadcli help filter).",
        )
    if not term.value.text.strip() or (none and not term.value.quoted and term.value.text.casefold() == "none"):
        if term.operator not in ":=":
            raise Usage(f"'{term.text}' has no value.", hint=f"write {term.field}:VALUE, or {term.field}: for empty.")
        return empty(scope, field)
    return family(scope, field, term)


def empty(scope: Scope, field: Field) -> Reading:
    """The field has no value."""
    found = filled(scope, field)
    return Reading(f"({found.sql}) IS NOT TRUE", f"{title(field)} is empty")


def filled(scope: Scope, field: Field) -> Reading:
    """The field has a value."""
    name = f"{title(field)} is filled"
    many = field.kind.many or {"email": "emails", "phone": "phones"}.get(field.name, "")
    if many == "addresses":
        return Reading(either([scope.side(many), *(f"r.{part} <> ''" for part in _own_address(scope))]), name)
    if many:
        return Reading(scope.side(many), name)
    value = f"r.{field.sql_column}" if field.kind.filter == "due" else expression(field)
    if field.kind.filter == "flag":
        return Reading(f"{value} = 1", name)
    return Reading(f"{value} <> ''" if field.kind.sql == "TEXT" else f"{value} IS NOT NULL", name)


def text(scope: Scope, field: Field, term: Term) -> Reading:
    """Contains (: ~) or equals (=), in any case; the name through its index."""
    wanted = term.value.text
    if term.operator == "=":
        return Reading(_equal(scope, field, wanted), f"{title(field)} is exactly {wanted}")
    found = texts.named(scope, wanted) if field.name == "name" else None
    return Reading(found or texts.contains(scope, expression(field), wanted), f"{title(field)} contains {wanted}")


def exact(scope: Scope, field: Field, term: Term) -> Reading:
    """A machine's text: equal as typed or in one case; ~ contains."""
    if term.operator == "~":
        return text(scope, field, term)
    spellings = dict.fromkeys(
        form for each in (term.value.text, *term.value.parts) for form in (each, each.upper(), each.lower())
    )
    return Reading(among(scope, expression(field), list(spellings)), f"{title(field)} is {listed(term.value.parts)}")


def flag(scope: Scope, field: Field, term: Term) -> Reading:
    """Yes or no; empty counts as no."""
    word = term.value.text.strip().casefold()
    if word not in Flag.YES | Flag.NO:
        raise Usage(f"'{term.text}': {word} is neither yes nor no.", hint=f"write {term.field}:yes or {term.field}:no.")
    yes = word in Flag.YES
    return Reading(
        f"{expression(field)} = 1" if yes else f"({expression(field)} = 1) IS NOT TRUE",
        f"{title(field)} is {'yes' if yes else 'no'}",
    )


def email(scope: Scope, field: Field, term: Term) -> Reading:
    """A complete address exactly, through its index; a part is contained."""
    from leadcli.text.match_keys import email_key

    wanted = term.value.text.strip()
    if not is_address(wanted):
        if term.operator == "=":
            return Reading(scope.side("emails", texts.equals(scope, "value", wanted)), f"e-mail is exactly {wanted}")
        return Reading(scope.side("emails", texts.contains(scope, "value", wanted)), f"e-mail contains {wanted}")
    # The key ignores what Gmail ignores; only the address itself is meant here.
    condition = f"key = {scope.bind(email_key(wanted))} AND {texts.equals(scope, 'value', wanted)}"
    return Reading(scope.side("emails", condition), f"e-mail is {wanted}")


def phone(scope: Scope, field: Field, term: Term) -> Reading:
    """A complete number in any spelling exactly, through its index; a part by its digits."""
    wanted = term.value.text.strip()
    number = digits(wanted)
    if not number:
        return Reading(scope.side("phones", texts.contains(scope, "value", wanted)), f"phone contains {wanted}")
    whole = _complete(wanted, number, scope.context.region)
    if whole:
        return Reading(scope.side("phones", f"key = {scope.bind(whole)}"), f"phone is +{whole}")
    if term.operator == "=":
        return Reading(scope.side("phones", f"key = {scope.bind(number)}"), f"phone is {number}")
    # The key has the country's code in place of the 0 that is dialled inside the country.
    part = number.lstrip("0") or number
    return Reading(scope.side("phones", f"instr(key, {scope.bind(part)}) > 0"), f"phone contains {part}")


def _complete(wanted: str, number: str, region: str) -> str:
    """Digits of E.164 when the text is a complete number, else ''."""
    if len(number) < 7 or not (region or wanted.startswith(("+", "00"))):
        return ""
    from leadcli.text.phone_cells import e164

    found = e164("+" + number.lstrip("0") if wanted.startswith("00") else wanted, region)
    return digits(found.partition(";")[0]) if found else ""


def reference(scope: Scope, field: Field, term: Term) -> Reading:
    """A linked record by its id (A4) or by its name."""
    assert isinstance(field.kind, Reference)
    kind, value = field.kind, expression(field)
    numbered = ids(term.value.text, kind.letter)
    if numbered and not term.value.quoted:
        return Reading(_within(scope, value, numbered), f"{title(field)} is {_listed_ids(numbered, kind.letter)}")
    names = [term.value.text] if term.value.quoted or term.operator == "=" else term.value.parts
    test = texts.test(term.operator)
    fits = either(test(scope, "name", name) for name in names)
    said = "is exactly" if term.operator == "=" else "contains"
    table = RECORDS[kind.record].table
    return Reading(f"{value} IN (SELECT id FROM {table} WHERE {fits})", f"{title(field)} {said} {listed(names)}")


def number_id(scope: Scope, field: Field, term: Term) -> Reading:
    """The record's own number."""
    letter, value = scope.record.letter, term.value.text
    numbered = ids(value, letter)
    if numbered and term.operator in ":=":
        return id_in(scope, numbered)
    if letter:
        value = re.sub(rf"(?i)\b{letter}(?=\d)", "", value)
    return numbers.number(scope, field, term._replace(value=Value(value)))


def id_in(scope: Scope, ranges: Sequence[range]) -> Reading:
    """The record is one of these."""
    return Reading(_within(scope, "r.id", ranges), f"id is {_listed_ids(ranges, scope.record.letter)}")


def _within(scope: Scope, value: str, ranges: Sequence[range]) -> str:
    single = [each.start for each in ranges if len(each) == 1]
    parts = [among(scope, value, single)] if single else []
    wide = [(each.start, each.stop - 1) for each in ranges if len(each) > 1]
    if len(wide) > MOST_PARAMETERS:
        inside = "json_extract(value, '$[0]') AND json_extract(value, '$[1]')"
        return either(
            [*parts, f"EXISTS (SELECT 1 FROM json_each({scope.bind(json.dumps(wide))}) WHERE {value} BETWEEN {inside})"]
        )
    return either([*parts, *(f"{value} BETWEEN {scope.bind(low)} AND {scope.bind(high)}" for low, high in wide)])


def many(scope: Scope, field: Field, term: Term) -> Reading:
    """A list has the value: tags by key, products and addresses by the text they contain."""
    assert isinstance(field.kind, ManyKind)
    if field.name in ("emails", "phones"):
        return email(scope, field, term) if field.name == "emails" else phone(scope, field, term)
    table, wanted = field.kind.many, term.value.text
    if table == "tags" and term.operator != "~":
        keys = (
            [wanted.casefold()]
            if term.operator == "="
            else [key.strip().casefold() for part in term.value.parts for key in part.split(",")]
        )
        return Reading(scope.side("tags", among(scope, "key", keys)), f"has tag {listed(keys)}")
    columns = ADDRESS_PARTS if table == "addresses" else field.kind.columns[:1]
    test = texts.test(term.operator)
    found = scope.side(table, either(test(scope, column, wanted) for column in columns))
    if table == "addresses":
        found = either([found, *(test(scope, f"r.{part}", wanted) for part in _own_address(scope))])
    return Reading(found, f"{title(field)} {'has' if term.operator == '=' else 'contains'} {wanted}")


def _own_address(scope: Scope) -> list[str]:
    """Columns of the primary address."""
    return [part for part in ADDRESS_PARTS if part in scope.record.fields]


def _equal(scope: Scope, field: Field, wanted: str) -> str:
    """Equality in any case, through the key column where the field has one."""
    from leadcli.text.match_keys import company_key, name_key

    found = texts.equals(scope, expression(field), wanted)
    column = f"{field.name}_key"
    if column not in scope.record.indexes or field.name not in ("name", "company"):
        return found
    key = name_key(wanted) if field.name == "name" else company_key(wanted)
    return f"r.{column} = {scope.bind(key)} AND {found}" if key else found


def _listed_ids(ranges: Sequence[range], letter: str) -> str:
    said = [
        f"{letter}{each.start}" if len(each) == 1 else f"{letter}{each.start}-{letter}{each.stop - 1}"
        for each in ranges
    ]
    return listed(said if len(said) <= 10 else [*said[:10], f"{len(said) - 10} more"])


_SAME, _TEXT, _ORDER = (":", "="), (":", "=", "~"), (":", "=", ">", ">=", "<", "<=")
# family: its function, the operators it takes (!= always), and whether the word none means empty.
FAMILIES: Mapping[str, tuple[Family, tuple[str, ...], bool]] = {
    "text": (text, _TEXT, False),
    "exact": (exact, _TEXT, False),
    "number": (numbers.number, _ORDER, True),
    "decimal": (numbers.decimal, _ORDER, True),
    "money": (numbers.money, _ORDER, True),
    "date": (numbers.day, _ORDER, True),
    "moment": (numbers.moment, _ORDER, True),
    "due": (dues.due, _ORDER, True),
    "flag": (flag, _SAME, True),
    "choice": (choices.choice, (*_ORDER, "~"), True),
    "email": (email, _TEXT, True),
    "phone": (phone, _TEXT, True),
    "reference": (reference, _TEXT, True),
    "id": (number_id, _ORDER, False),
    "many": (many, _TEXT, True),
}
