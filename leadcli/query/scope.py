"""The state of compiling one filter to SQL (the record, the day, bound values, hints) and helpers for its terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from leadcli.errors import Usage
from leadcli.model.carriers import NamedTuple
from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Context, Moment
from leadcli.query.grammar import Term

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
