"""One function per family of field kinds: `field OP value` -> SQL and English. The table at the end names them all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from leadcli.errors import Usage
from leadcli.model.fields import RECORDS, Field
from leadcli.model.kinds import Flag, Reference
from leadcli.model.kinds.many import ADDRESS_PARTS, ManyKind
from leadcli.query import choices, numbers, texts
from leadcli.query.grammar import Term, Value, parse_ids
from leadcli.query.scope import (
    MOST_PARAMETERS,
    CompiledTerm,
    Family,
    Scope,
    address_columns,
    any_condition,
    field_title,
    filled_condition,
    is_address,
    list_words,
    membership_test,
    sql_expression,
)
from leadcli.text.phones import digits


def compile_term(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """The condition of one term. Raises Usage for an operator or a value that does not suit the field."""
    if term.operator == "!=":
        equal = compile_term(scope, field, term._replace(operator="="))
        return CompiledTerm(f"({equal.sql}) IS NOT TRUE", f"not ({equal.english})")
    family, operators, none = FAMILIES[field.kind.filter]
    if term.operator not in operators:
        raise Usage(
            f"'{term.text}': {field_title(field)} cannot be compared with {term.operator}.",
            hint=f"use one of: {' '.join(operators)} != (see: leadcli help filter).",
        )
    if not term.value.text.strip() or (none and not term.value.quoted and term.value.text.casefold() == "none"):
        if term.operator not in ":=":
            raise Usage(f"'{term.text}' has no value.", hint=f"write {term.field}:VALUE, or {term.field}: for empty.")
        return empty_condition(scope, field)
    return family(scope, field, term)


def empty_condition(scope: Scope, field: Field) -> CompiledTerm:
    """The field has no value."""
    filled = filled_condition(scope, field)
    return CompiledTerm(f"({filled.sql}) IS NOT TRUE", f"{field_title(field)} is empty")


def text_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """Contains (: ~) or equals (=), in any case; the name through its index."""
    part = term.value.text
    if term.operator == "=":
        return CompiledTerm(_equal_condition(scope, field, part), f"{field_title(field)} is exactly {part}")
    name_test = texts.name_index_test(scope, part) if field.name == "name" else None
    return CompiledTerm(
        name_test or texts.contains_test(scope, sql_expression(field), part),
        f"{field_title(field)} contains {part}",
    )


def exact_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """A machine's text: equal as typed or in one case; ~ contains."""
    if term.operator == "~":
        return text_condition(scope, field, term)
    spellings = dict.fromkeys(
        form for each in (term.value.text, *term.value.parts) for form in (each, each.upper(), each.lower())
    )
    return CompiledTerm(
        membership_test(scope, sql_expression(field), list(spellings)),
        f"{field_title(field)} is {list_words(term.value.parts)}",
    )


def flag_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """Yes or no; empty counts as no."""
    word = term.value.text.strip().casefold()
    if word not in Flag.YES | Flag.NO:
        raise Usage(f"'{term.text}': {word} is neither yes nor no.", hint=f"write {term.field}:yes or {term.field}:no.")
    yes = word in Flag.YES
    return CompiledTerm(
        f"{sql_expression(field)} = 1" if yes else f"({sql_expression(field)} = 1) IS NOT TRUE",
        f"{field_title(field)} is {'yes' if yes else 'no'}",
    )


def email_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """A complete address exactly, through its index; a part is contained."""
    from leadcli.text.match_keys import domain_spellings, email_key

    address = term.value.text.strip()
    if not is_address(address):
        if term.operator == "=":
            return CompiledTerm(
                scope.side("emails", texts.equals_test(scope, "value", address)), f"e-mail is exactly {address}"
            )
        return CompiledTerm(
            scope.side("emails", texts.contains_test(scope, "value", address)), f"e-mail contains {address}"
        )
    # The key ignores what Gmail ignores; only the address itself is meant here. A domain has two spellings.
    condition = any_condition(
        f"key = {scope.bind(email_key(each))} AND {texts.equals_test(scope, 'value', each)}"
        for each in domain_spellings(address)
    )
    return CompiledTerm(scope.side("emails", condition), f"e-mail is {address}")


def phone_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """A complete number in any spelling exactly, through its index; a part by its digits."""
    typed = term.value.text.strip()
    number = digits(typed)
    if not number:
        return CompiledTerm(scope.side("phones", texts.contains_test(scope, "value", typed)), f"phone contains {typed}")
    whole = _complete_number(typed, number, scope.context.region)
    if whole:
        return CompiledTerm(scope.side("phones", f"key = {scope.bind(whole)}"), f"phone is +{whole}")
    if term.operator == "=":
        return CompiledTerm(scope.side("phones", f"key = {scope.bind(number)}"), f"phone is {number}")
    # The key has the country's code in place of the 0 that is dialled inside the country.
    part = number.lstrip("0") or number
    return CompiledTerm(scope.side("phones", f"instr(key, {scope.bind(part)}) > 0"), f"phone contains {part}")


def _complete_number(typed: str, number: str, region: str) -> str:
    """Digits of E.164 when the text is a complete number, else ''."""
    if len(number) < 7 or not (region or typed.startswith(("+", "00"))):
        return ""
    from leadcli.text.phone_cells import e164

    complete = e164("+" + number.lstrip("0") if typed.startswith("00") else typed, region)
    return digits(complete.partition(";")[0]) if complete else ""


def reference_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """A linked record by its id (A4) or by its name."""
    assert isinstance(field.kind, Reference)
    kind, value = field.kind, sql_expression(field)
    numbered = parse_ids(term.value.text, kind.letter)
    if numbered and not term.value.quoted:
        return CompiledTerm(
            _contained(scope, value, numbered), f"{field_title(field)} is {_describe_ids(numbered, kind.letter)}"
        )
    names = [term.value.text] if term.value.quoted or term.operator == "=" else term.value.parts
    test = texts.text_test(term.operator)
    fits = any_condition(test(scope, "name", name) for name in names)
    verb = "is exactly" if term.operator == "=" else "contains"
    table = RECORDS[kind.record].table
    return CompiledTerm(
        f"{value} IN (SELECT id FROM {table} WHERE {fits})", f"{field_title(field)} {verb} {list_words(names)}"
    )


def id_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """The record's own number."""
    letter, value = scope.record.letter, term.value.text
    numbered = parse_ids(value, letter)
    if numbered and term.operator in ":=":
        return id_in_condition(scope, numbered)
    if letter:
        value = re.sub(rf"(?i)\b{letter}(?=\d)", "", value)
    return numbers.number_condition(scope, field, term._replace(value=Value(value)))


def id_in_condition(scope: Scope, ranges: Sequence[range]) -> CompiledTerm:
    """The record is one of these."""
    return CompiledTerm(_contained(scope, "r.id", ranges), f"id is {_describe_ids(ranges, scope.record.letter)}")


def _contained(scope: Scope, value: str, ranges: Sequence[range]) -> str:
    single = [each.start for each in ranges if len(each) == 1]
    parts = [membership_test(scope, value, single)] if single else []
    wide = [(each.start, each.stop - 1) for each in ranges if len(each) > 1]
    if len(wide) > MOST_PARAMETERS:
        inside = "json_extract(value, '$[0]') AND json_extract(value, '$[1]')"
        return any_condition(
            [*parts, f"EXISTS (SELECT 1 FROM json_each({scope.bind(json.dumps(wide))}) WHERE {value} BETWEEN {inside})"]
        )
    return any_condition([*parts, *(f"{value} BETWEEN {scope.bind(low)} AND {scope.bind(high)}" for low, high in wide)])


def list_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """A list field has the value: tags by key, products and addresses by the text they contain."""
    assert isinstance(field.kind, ManyKind)
    if field.name in ("emails", "phones"):
        return email_condition(scope, field, term) if field.name == "emails" else phone_condition(scope, field, term)
    table, item = field.kind.many, term.value.text
    if table == "tags" and term.operator != "~":
        keys = (
            [item.casefold()]
            if term.operator == "="
            else [key.strip().casefold() for part in term.value.parts for key in part.split(",")]
        )
        return CompiledTerm(scope.side("tags", membership_test(scope, "key", keys)), f"has tag {list_words(keys)}")
    columns = ADDRESS_PARTS if table == "addresses" else field.kind.columns[:1]
    test = texts.text_test(term.operator)
    condition = scope.side(table, any_condition(test(scope, column, item) for column in columns))
    if table == "addresses":
        condition = any_condition([condition, *(test(scope, f"r.{part}", item) for part in address_columns(scope))])
    return CompiledTerm(condition, f"{field_title(field)} {'has' if term.operator == '=' else 'contains'} {item}")


def _equal_condition(scope: Scope, field: Field, value: str) -> str:
    """Equality in any case, through the key column where the field has one."""
    from leadcli.text.match_keys import company_key, name_key

    equality = texts.equals_test(scope, sql_expression(field), value)
    column = f"{field.name}_key"
    if column not in scope.record.indexes or field.name not in ("name", "company"):
        return equality
    key = name_key(value) if field.name == "name" else company_key(value)
    return f"r.{column} = {scope.bind(key)} AND {equality}" if key else equality


def _describe_ids(ranges: Sequence[range], letter: str) -> str:
    names = [
        f"{letter}{each.start}" if len(each) == 1 else f"{letter}{each.start}-{letter}{each.stop - 1}"
        for each in ranges
    ]
    return list_words(names if len(names) <= 10 else [*names[:10], f"{len(names) - 10} more"])


_SAME, _TEXT, _ORDER = (":", "="), (":", "=", "~"), (":", "=", ">", ">=", "<", "<=")
# family: its function, the operators it takes (!= always), and whether the word none means empty.
FAMILIES: Mapping[str, tuple[Family, tuple[str, ...], bool]] = {
    "text": (text_condition, _TEXT, False),
    "exact": (exact_condition, _TEXT, False),
    "number": (numbers.number_condition, _ORDER, True),
    "decimal": (numbers.decimal_condition, _ORDER, True),
    "money": (numbers.money_condition, _ORDER, True),
    "date": (numbers.day_condition, _ORDER, True),
    "moment": (numbers.moment_condition, _ORDER, True),
    "due": (numbers.due_condition, _ORDER, True),
    "interval": (numbers.interval_condition, _ORDER, True),
    "flag": (flag_condition, _SAME, True),
    "choice": (choices.choice_condition, (*_ORDER, "~"), True),
    "email": (email_condition, _TEXT, True),
    "phone": (phone_condition, _TEXT, True),
    "reference": (reference_condition, _TEXT, True),
    "id": (id_condition, _ORDER, False),
    "many": (list_condition, _TEXT, True),
}
