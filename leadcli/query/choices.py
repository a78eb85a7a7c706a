"""Conditions on choice fields, checked against the desk's vocabulary, and on what is no field.

The latter are is:open, is:stale, has:phone, no:task, kind:call, note:word. Also renames a choice in a filter text:
everything else stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from leadcli.errors import LeadError, Usage, nearest_name, unknown_name
from leadcli.model.fields import CUSTOMERS, Field, RecordType
from leadcli.model.kinds import Choice, ChoiceOption, option_key
from leadcli.query import grammar
from leadcli.query.grammar import Term, Value
from leadcli.query.scope import (
    CompiledTerm,
    Scope,
    any_condition,
    field_title,
    filled_condition,
    find_field,
    list_words,
    membership_test,
    sql_expression,
)
from leadcli.text.dates.words import utc_text

_POSITION = {">": int.__gt__, ">=": int.__ge__, "<": int.__lt__, "<=": int.__le__}


def choice_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """One of the values named; ~ contains; with an order (closed vocabularies) also > >= < <=."""
    assert isinstance(field.kind, Choice)
    if term.operator == "~":
        from leadcli.query import texts  # most filters contain nothing

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


KINDS = ("note", "call", "email", "meeting", "visit", "task", "event", "other")
CLOSED = ("won", "lost", "recycled")

LAST_SIGN = "max(coalesce(r.status_at, ''), coalesce(r.activity_at, ''), coalesce(r.updated_at, ''))"
# What hangs on a record and is no field of it: table and condition.
_HANGING: Mapping[str, tuple[str, str]] = {
    "task": ("activities", "due_at IS NOT NULL AND done_at IS NULL"),
    "activity": ("activities", ""),
    "note": ("activities", "kind = 'note'"),
    "notes": ("activities", "kind = 'note'"),
    "attachment": ("attachments", ""),
    "file": ("attachments", ""),
    "document": ("documents", ""),
}


def state_condition(scope: Scope, term: Term) -> CompiledTerm:
    """`is:open`, or one of several: `is:won,lost`. Raises Usage for a state these records do not have."""
    states = _states(scope)
    conditions = []
    for word in term.value.parts:
        if word.casefold() not in states:
            raise unknown_name("state", word, states, title="States")
        conditions.append(states[word.casefold()](scope))
    if not conditions:
        raise Usage(
            f"'{term.text}' names no state.", hint=f"write one of: {', '.join(f'is:{name}' for name in states)}"
        )
    return CompiledTerm(any_condition(conditions), f"is {' or '.join(word.lower() for word in term.value.parts)}")


def has_condition(scope: Scope, term: Term) -> CompiledTerm:
    """`has:phone`, or one of several: `has:phone,email`. Raises Usage for an unknown field."""
    if not term.value.parts:
        raise Usage(f"'{term.text}' names no field.", hint="write has:phone or no:email.")
    conditions = [_has_one(scope, word, term) for word in term.value.parts]
    return CompiledTerm(
        any_condition(each.sql for each in conditions), f"has {' or '.join(each.english for each in conditions)}"
    )


def lacks_condition(scope: Scope, term: Term) -> CompiledTerm:
    """`no:email`; `no:email,phone` has neither."""
    has = has_condition(scope, term)
    return CompiledTerm(f"({has.sql}) IS NOT TRUE", f"has no {has.english.removeprefix('has ')}")


def kind_condition(scope: Scope, term: Term) -> CompiledTerm:
    """Has an activity of one of these kinds (an activity: is one)."""
    for word in term.value.parts:
        if word.casefold() not in KINDS:
            raise unknown_name("kind of activity", word, KINDS, title="Kinds")
    kinds = [word.casefold() for word in term.value.parts]
    if not kinds:
        raise Usage(f"'{term.text}' names no kind of activity.", hint=f"write kind:call; kinds: {', '.join(KINDS)}")
    if scope.record.name == "activity":
        return CompiledTerm(membership_test(scope, "r.kind", kinds), f"kind is {' or '.join(kinds)}")
    return CompiledTerm(
        scope.side("activities", membership_test(scope, "kind", kinds)), f"has an activity of kind {' or '.join(kinds)}"
    )


def note_condition(scope: Scope, term: Term) -> CompiledTerm:
    """Has an activity whose text contains this (an activity: its own text does)."""
    from leadcli.query import texts

    test = texts.text_test(term.operator)
    if not term.value.text.strip():
        raise Usage(f"'{term.text}' has no text to look for.", hint="write note:word, or has:note.")
    if scope.record.name == "activity":
        return CompiledTerm(test(scope, "r.text", term.value.text), f"text contains {term.value.text}")
    return CompiledTerm(
        scope.side("activities", test(scope, "text", term.value.text)), f"has an activity that says {term.value.text}"
    )


Meaning = Callable[[Scope, Term], CompiledTerm]
_EVERYWHERE: Mapping[str, Meaning] = {"is": state_condition, "has": has_condition, "no": lacks_condition}
_ACTIVITIES: Mapping[str, Meaning] = {"kind": kind_condition, "note": note_condition, "text": note_condition}


def state_meanings(record: str) -> Mapping[str, Meaning]:
    """The words before an operator that are no field of these records."""
    return {**_EVERYWHERE, **_ACTIVITIES} if record in ("lead", "activity", *CUSTOMERS) else _EVERYWHERE


def compile_state_term(meaning: Meaning, scope: Scope, term: Term) -> CompiledTerm:
    """The condition of a term whose word is one of `state_meanings`; != is its opposite."""
    if term.operator == "!=":
        equal = meaning(scope, term._replace(operator="="))
        return CompiledTerm(f"({equal.sql}) IS NOT TRUE", f"not ({equal.english})")
    if term.operator not in (":", "=", "~"):
        raise Usage(
            f"'{term.text}': {term.field} cannot be compared with {term.operator}.", hint=f"write {term.field}:VALUE."
        )
    return meaning(scope, term)


def _has_one(scope: Scope, word: str, term: Term) -> CompiledTerm:
    field = find_field(scope.record, word)
    if field is not None:
        return CompiledTerm(filled_condition(scope, field).sql, field_title(field))
    if word.casefold() not in _HANGING:
        close = nearest_name(word, [*scope.record.fields, *_HANGING])
        raise Usage(
            f"unknown field '{word}' in '{term.text}'.",
            hint=f"did you mean '{term.field}:{close}'?" if close else "All fields: leadcli field list.",
        )
    table, condition = _HANGING[word.casefold()]
    return CompiledTerm(scope.side(table, condition), word.casefold())


def _states(scope: Scope) -> Mapping[str, Callable[[Scope], str]]:
    if scope.record.name == "lead":
        of_status = {name: _of("status", (name,)) for name in ("open", *CLOSED)}
        return {**of_status, "closed": _of("status", CLOSED), "overdue": _overdue_lead, "stale": _stale, **_WAITING,
                "any": _any}  # fmt: skip
    if scope.record.name == "opportunity":
        return {
            **{name: _of("stage", (name,)) for name in ("open", "won", "lost")},
            "closed": _of("stage", CLOSED),
            "any": _any,
        }
    if scope.record.name == "activity":
        return {"open": _open_task, "closed": _done, "done": _done, "overdue": _overdue_task, "any": _any}
    if scope.record.name in ("account", "contact"):
        return {"overdue": _overdue_customer, **_WAITING, "any": _any}
    return {"any": _any}


def _any(scope: Scope) -> str:
    return "1"


def _of(field: str, states: Sequence[str]) -> Callable[[Scope], str]:
    """The field holds a value of one of these states."""

    def condition(scope: Scope) -> str:
        return membership_test(scope, f"r.{field}", labels(scope, field, states))

    return condition


def labels(scope: Scope, field: str, states: Iterable[str]) -> list[str]:
    """The values of a vocabulary that have one of these states."""
    matching_states = set(states)
    return [option.label for option in scope.context.options(field) if option.state in matching_states]


def _open_task(scope: Scope) -> str:
    return "r.due_at IS NOT NULL AND r.done_at IS NULL"


def _done(scope: Scope) -> str:
    return "r.done_at IS NOT NULL"


def _overdue_task(scope: Scope) -> str:
    from leadcli.query.numbers import overdue  # most filters are about no dates

    return f"{overdue(scope, ('r.due_at',))} AND r.done_at IS NULL"


def _overdue_lead(scope: Scope) -> str:
    from leadcli.query.numbers import overdue

    # The + keeps SQLite from the index on status: few leads are late, most are open.
    late = overdue(scope, ("r.due_at", "r.other_due_at"))
    return f"{late} AND {membership_test(scope, '+r.status', labels(scope, 'status', ('open',)))}"


def _overdue_customer(scope: Scope) -> str:
    from leadcli.query.numbers import overdue

    due = scope.record.fields["due"].sql
    return overdue(scope, (due,), first=due)


def _snoozed(scope: Scope) -> str:
    today, now = scope.bind(scope.context.today.isoformat()), scope.bind(utc_text(scope.context.now))
    return f"r.snoozed_until > CASE WHEN length(r.snoozed_until) = 10 THEN {today} ELSE {now} END"


def _neglected(scope: Scope) -> str:
    """The day has come to be in touch again; of leads the open ones."""
    from leadcli.query.numbers import moment_edges

    value, today = scope.record.fields["touch_due"].sql, scope.context.today
    due = " AND ".join(
        f"{value} {operator} {scope.bind(at)}" for operator, at in moment_edges(scope, "<=", today, today)
    )
    return f"{due} AND {_of('status', ('open',))(scope)}" if scope.record.name == "lead" else due


def _filled(field: str) -> Callable[[Scope], str]:
    return lambda scope: f"{scope.record.fields[field].sql} IS NOT NULL"


# States of whom we are in touch with: who wrote last, who is left alone for now, whom we did not contact in time.
_WAITING: Mapping[str, Callable[[Scope], str]] = {
    "unanswered": _filled("unanswered_at"),
    "awaiting": _filled("awaiting_at"),
    "snoozed": _snoozed,
    "neglected": _neglected,
}


def _stale(scope: Scope) -> str:
    """Open, and longer in its status than this allows without activity or change; 0 days: it never rots."""
    by_days: dict[int, list[str]] = {}
    for option in scope.context.options("status"):
        days = scope.context.stale_days if option.rot_days is None else option.rot_days
        if option.state == "open" and days > 0:
            by_days.setdefault(days, []).append(option.label)
    groups = []
    for days, names in by_days.items():
        before = scope.bind(utc_text(scope.context.now - timedelta(days=days)))
        groups.append(f"({membership_test(scope, 'r.status', names)} AND {LAST_SIGN} < {before})")
    return any_condition(groups) if groups else "0"
