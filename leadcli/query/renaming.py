"""Renames one value of a choice list in a filter text. Everything else stays as it was typed."""

from __future__ import annotations

import re

from leadcli.errors import LeadError
from leadcli.model.fields import RecordType
from leadcli.model.kinds import Choice, ChoiceOption, option_key
from leadcli.query import grammar
from leadcli.query.choices import spell_choice
from leadcli.query.grammar import Term
from leadcli.query.scope import find_field


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
