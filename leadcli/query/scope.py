"""The state of compiling one filter to SQL (the record, the day, bound values, hints) and helpers for its terms.

`--sort field,-field` -> ORDER BY: empty values last, ties by the highest id first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from leadcli.errors import Usage, unknown_name
from leadcli.model.carriers import NamedTuple
from leadcli.model.fields import RECORDS, Field, RecordType
from leadcli.model.kinds import Choice, Context, Moment, Reference
from leadcli.model.kinds.many import ADDRESS_PARTS, ManyKind
from leadcli.query.grammar import Term
from leadcli.text.money import PRECISION

# More values than this go into SQL as one JSON array.
MOST_PARAMETERS = 50


class CompiledTerm(NamedTuple):
    """One condition twice: as SQL over the row alias `r`, true or not (NULL counts as not), and in English.

    The SQL can stand beside AND as it is.
    """

    sql: str
    english: str


class Scope:
    """The record asked about and its context; `bind` keeps every value out of the SQL text."""

    def __init__(self, record: RecordType, context: Context) -> None:
        self.record, self.context = record, context
        self.params: dict[str, Any] = {}
        self.hints: list[str] = []

    def bind(self, value: Any) -> str:
        """The placeholder of a value."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def side(self, table: str, condition: str = "", *, field: str = "record_id") -> str:
        """The record has a row in a side table for which `condition` holds."""
        suffix = f" AND {condition}" if condition else ""
        return f"r.id IN (SELECT {field} FROM {table} WHERE record = '{self.record.name}'{suffix})"


Family = Callable[[Scope, Field, Term], CompiledTerm]


def sql_expression(field: Field) -> str:
    """The SQL of a field's value."""
    if field.sql:
        return field.sql
    return "r." + quote_name(field.column) if field.column else f"r.{field.name}"


def due_column(field: Field) -> str:
    """What is NULL where nothing is due: the column of a due date, or the expression of one without a column."""
    return f"r.{field.sql_column}" if field.stored or field.column else field.sql


def quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def field_title(field: Field) -> str:
    """A field's name in a sentence: `created_at` is created."""
    return field.title.removesuffix(" at") if isinstance(field.kind, Moment) else field.title


def find_field(record: RecordType, word: str) -> Field | None:
    """The field called `word`: by name, alias, or the name of its option (`product` for products)."""
    option = word.casefold().replace("_", "-")
    return record.find(word) or next((field for field in record.fields.values() if field.option == option), None)


def is_address(text: str) -> bool:
    """A complete e-mail address."""
    import re

    return "@" in text and bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", text.strip()))


def any_condition(parts: Iterable[str]) -> str:
    """SQL alternatives as one condition."""
    alternatives = list(parts)
    return alternatives[0] if len(alternatives) == 1 else f"({' OR '.join(alternatives)})"


def membership_test(scope: Scope, value: str, values: Sequence[str | int]) -> str:
    """SQL: the value is one of these, by =, IN, or one JSON array for many."""
    if len(values) == 1:
        return f"{value} = {scope.bind(values[0])}"
    if len(values) > MOST_PARAMETERS:
        import json

        return f"{value} IN (SELECT value FROM json_each({scope.bind(json.dumps(values))}))"
    return f"{value} IN ({', '.join(scope.bind(each) for each in values)})"


def filled_condition(scope: Scope, field: Field) -> CompiledTerm:
    """The field has a value."""
    name = f"{field_title(field)} is filled"
    many = field.kind.many or {"email": "emails", "phone": "phones"}.get(field.name, "")
    if many == "addresses":
        return CompiledTerm(
            any_condition([scope.side(many), *(f"r.{part} <> ''" for part in address_columns(scope))]), name
        )
    if many:
        return CompiledTerm(scope.side(many), name)
    value = due_column(field) if field.kind.filter == "due" else sql_expression(field)
    if field.kind.filter == "flag":
        return CompiledTerm(f"{value} = 1", name)
    return CompiledTerm(f"{value} <> ''" if field.kind.sql == "TEXT" else f"{value} IS NOT NULL", name)


def address_columns(scope: Scope) -> list[str]:
    """Columns of the primary address."""
    return [part for part in ADDRESS_PARTS if part in scope.record.fields]


def list_words(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else "".join(words)


def limits(term: Term) -> tuple[tuple[str, str], ...]:
    """A range or a comparison -> its bounds: `1..5` is (">=", "1"), ("<=", "5"); a single value is ("=", value)."""
    text = term.value.text.strip()
    if ".." not in text:
        return (("=" if term.operator in ":=" else term.operator, text),)
    if term.operator not in ":=":
        raise Usage(f"'{term.text}' has both a range and {term.operator}.", hint=f"write {term.field}:{text}")
    low, _, high = (part.strip() for part in text.partition(".."))
    if not low and not high:
        raise Usage(f"the range in '{term.text}' has no end.", hint=f"write {term.field}:1000.. or {term.field}:..5000")
    return tuple((operator, side) for operator, side in ((">=", low), ("<=", high)) if side)


# A vocabulary longer than this (campaigns of years) is sorted by the alphabet: nobody knows its order.
_KNOWN_ORDER = 50


def order_by(sort: str, record: RecordType, context: Context) -> str:
    """The ORDER BY of `sort` over the row alias `r`; '' is newest first. Raises Usage for an unknown field.

    Choices sort by their place in the vocabulary, money by major units (currencies are not converted), links by name.
    """
    terms: list[str] = []
    for field, down in _keys(sort, record):
        if field.name == "id":
            return ", ".join([*terms, "r.id DESC" if down else "r.id"])
        terms.append(f"{_key(field, record, context)} {'DESC' if down else 'ASC NULLS LAST'}")
    return ", ".join([*terms, "r.id DESC"])


def describe_order(sort: str, record: RecordType) -> str:
    """`sort` in English: newest first; value (descending), name."""
    names = [
        f"{field_title(field)} (descending)" if down else field_title(field) for field, down in _keys(sort, record)
    ]
    return ", then ".join(names) or "newest first"


def _keys(sort: str, record: RecordType) -> list[tuple[Field, bool]]:
    keys = []
    for word in filter(None, (part.strip() for part in sort.split(","))):
        name = word.removeprefix("-").strip()
        field = find_field(record, name)
        if field is None:
            raise unknown_name(
                "field",
                name,
                list(record.fields),
                hint="write --sort FIELD or --sort -FIELD (see: leadcli field list).",
            )
        keys.append((field, word.startswith("-")))
    return keys


def _key(field: Field, record: RecordType, context: Context) -> str:
    value, family = sql_expression(field), field.kind.filter
    if isinstance(field.kind, ManyKind):
        return _first(field, record)
    if isinstance(field.kind, Reference):
        return f"(SELECT name COLLATE NOCASE FROM {RECORDS[field.kind.record].table} WHERE id = {value})"
    if isinstance(field.kind, Choice) and 0 < len(context.options(field.kind.vocabulary)) <= _KNOWN_ORDER:
        vocabulary = field.kind.vocabulary.replace("'", "''")
        return f"(SELECT position FROM options WHERE field = '{vocabulary}' AND label = {value})"
    if family == "money" and "currency" in record.fields:
        codes = {
            places: ", ".join(f"'{code}'" for code, each in PRECISION.items() if each == places) for places in (0, 3, 4)
        }
        cases = " ".join(f"WHEN r.currency IN ({codes[places]}) THEN {10 ** (4 - places)}" for places in codes)
        factor = f"CASE {cases} ELSE 100 END"
        return f"{value} * {factor}"
    if family == "due":
        return f"CASE WHEN {due_column(field)} IS NOT NULL THEN start_of({value}) END"
    if family == "decimal":
        return f"CAST({value} AS NUMERIC)"
    if field.name == "name" and "name_key" in record.indexes:
        return "r.name_key"
    return f"{value} COLLATE NOCASE" if family in ("text", "exact", "choice", "email", "phone") else value


def _first(field: Field, record: RecordType) -> str:
    """The primary value of a list."""
    assert isinstance(field.kind, ManyKind)
    column = field.kind.columns[0]
    if column == "label":
        raise Usage(f"cannot sort by {field_title(field)}: it is a list.", hint="sort by city, street or country.")
    inside = f"record = '{record.name}' AND record_id = r.id AND position = 0"
    return f"(SELECT {column} COLLATE NOCASE FROM {field.kind.many} WHERE {inside})"
