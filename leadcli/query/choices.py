"""Conditions on choice fields: one of the values named, checked against the desk's vocabulary.

Renames one value of a choice list in a filter text. Everything else stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadcli.errors import LeadError, Usage, nearest_name, unknown_name
from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Choice, ChoiceOption, option_key
from leadcli.query import grammar, texts
from leadcli.query.grammar import Term, Value
from leadcli.query.scope import (
    CompiledTerm,
    Scope,
    field_title,
    find_field,
    list_words,
    membership_test,
    sql_expression,
)

_POSITION = {">": int.__gt__, ">=": int.__ge__, "<": int.__lt__, "<=": int.__le__}


def choice_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """One of the values named; ~ contains; with an order (closed vocabularies) also > >= < <=."""
    assert isinstance(field.kind, Choice)
    if term.operator == "~":
        part = term.value.text
        return CompiledTerm(
            texts.contains_test(scope, sql_expression(field), part), f"{field_title(field)} contains {part}"
        )
    options = scope.context.options(field.kind.vocabulary)
    if term.operator in _POSITION:
        return _from_position(scope, field, term, options)
    labels: dict[str, None] = {}
    for word in _words(term.value, options):
        labels.update(dict.fromkeys(_labels(scope, field, word, options)))
    spelt = [label if field.kind.open else spell_choice(label) for label in labels]
    return CompiledTerm(
        membership_test(scope, sql_expression(field), list(labels)), f"{field_title(field)} is {list_words(spelt)}"
    )


def spell_choice(label: str) -> str:
    """A label as it can be typed: `No budget` is no-budget."""
    plain = "-".join(label.lower().split())
    return plain if plain.replace("-", "").isalnum() else f'"{label.lower()}"'


def _words(value: Value, options: Sequence[ChoiceOption]) -> tuple[str, ...]:
    """The values between the commas; a label may have commas itself."""
    keys = {option.key for option in options}
    if not value.quoted or option_key(value.text) in keys:
        return (value.text,) if option_key(value.text) in keys else value.parts or (value.text,)
    return tuple(
        part.strip()
        for each in value.parts
        for part in ([each] if option_key(each) in keys else each.split(","))
        if part.strip()
    )


def _labels(scope: Scope, field: Field, word: str, options: Sequence[ChoiceOption]) -> list[str]:
    """The stored values a word of a choice field stands for. Raises Usage where the vocabulary is closed."""
    assert isinstance(field.kind, Choice)
    if field.kind.vocabulary == "owner" and word.casefold() == "me" and all(option.key != "me" for option in options):
        if not scope.context.me:
            raise Usage("leadcli does not know who 'me' is.", hint="say it once: leadcli config me NAME")
        word = scope.context.me
    labels = [option.label for option in options if option.answers(option_key(word))]
    if labels:
        return labels
    vocabulary = field.kind.vocabulary.replace("_", " ")
    if not field.kind.open:
        raise unknown_name(
            vocabulary,
            word,
            [spell_choice(option.label) for option in options if option.active],
            title=_plural(vocabulary),
        )
    close = nearest_name(word, [option.label for option in options])
    scope.hints.append(f"no {vocabulary} is called '{word}'" + (f"; did you mean '{close}'?" if close else "."))
    return [word]


def _plural(word: str) -> str:
    word = word.capitalize()
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}es" if word.endswith("s") else f"{word}s"


def _from_position(scope: Scope, field: Field, term: Term, options: Sequence[ChoiceOption]) -> CompiledTerm:
    assert isinstance(field.kind, Choice)
    if field.kind.open or len(term.value.parts) != 1:
        raise Usage(
            f"'{term.text}': {field_title(field)} has no order.",
            hint=f"write {term.field}:a,b for one of several values.",
        )
    (label,) = _labels(scope, field, term.value.text, options)
    ranked = {option.label: rank for rank, option in enumerate(options)}
    fits = [each for each, rank in ranked.items() if _POSITION[term.operator](rank, ranked[label])]
    return CompiledTerm(
        membership_test(scope, sql_expression(field), fits),
        f"{field_title(field)} is {list_words([spell_choice(each) for each in fits]) or 'none of its values'}",
    )


def rename_in_query(text: str, record: RecordType, old: ChoiceOption, label: str) -> str:
    """The filter with `label` where it names the choice `old`: status:new,won -> status:open,won. What is no filter
    comes back as it is.
    """
    try:
        placed_terms = grammar.locate_terms(text, record.letter)
    except LeadError:
        return text
    for column, node in reversed(placed_terms):
        if isinstance(node, Term) and node.operator != "~" and _names_choice(record, node, old):
            words = [
                spell_choice(label) if old.answers(option_key(word)) else _quote_as_typed(word)
                for word in _rename_words(node, old)
            ]
            term = f"{node.field}{node.operator}{','.join(words)}"
            if words != [_quote_as_typed(word) for word in _rename_words(node, old)]:
                text = f"{text[:column]}{term}{text[column + len(node.text) :]}"
    return text


def _names_choice(record: RecordType, node: Term, old: ChoiceOption) -> bool:
    field = find_field(record, node.field)
    return field is not None and isinstance(field.kind, Choice) and field.kind.vocabulary == old.field


def _rename_words(node: Term, old: ChoiceOption) -> list[str]:
    """The values between the commas; the choice itself may have been quoted whole."""
    if old.answers(option_key(node.value.text)):
        return [node.value.text]
    return [word.strip() for part in node.value.parts for word in part.split(",") if word.strip()]


def _quote_as_typed(word: str) -> str:
    """A value as it must be typed."""
    if not re.search(r'[\s"(),]', word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
