"""What a report can measure. A measure is computed from a few sums, which may be added up over any rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.errors import unknown_name
from leadcli.model import kinds as k
from leadcli.model.fields import LEAD
from leadcli.model.kinds import Kind, Record
from leadcli.model.results import Column
from leadcli.query import compile_where, parse_query
from leadcli.store.store import Store

Sums = Sequence[Any]


class FigureKind(Kind):
    """A number with up to one decimal, such as days."""

    name = "number"
    right = True

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else f"{value:.1f}".removesuffix(".0")

    def json(self, value: Any, record: Record) -> Any:
        return int(value) if value is not None and value == int(value) else value

    def show(self, value: Any, record: Record, look: k.Look) -> str:
        return "" if value is None else f"{value:,.1f}".removesuffix(".0")


class CountKind(k.Integer):
    """A count, with separators between thousands on the screen."""

    def show(self, value: Any, record: Record, look: k.Look) -> str:
        return "" if value is None else f"{value:,}"


COUNT, FIGURE = CountKind(), FigureKind()


class Measure(NamedTuple):
    """One measure.

    `parts` are SQL aggregates over the alias `r` whose results may be added up. {won}, {closed} and {open} in them are
    conditions. `value` computes the measure from their sums, of which one is None where SQL had nothing to add.
    """

    name: str
    label: str
    kind: Kind
    parts: Sequence[str]
    value: Callable[[Sums], Any]

    @property
    def money(self) -> bool:
        return self.kind is k.MONEY

    def column(self) -> Column:
        return Column(self.name, self.label, self.kind, 1)


def percent(part: int | None, whole: int | None) -> float | None:
    """The share in percent, one decimal. None when the whole is 0 or None."""
    return round(100 * (part or 0) / whole, 1) if whole else None


def mean(sums: Sums) -> float | None:
    return round((sums[0] or 0) / sums[1], 1) if sums[1] else None


def average(sums: Sums) -> int | None:
    """The mean amount in whole minor units, halves rounded up. None when there is none."""
    total, count = sums[0] or 0, sums[1]
    return (2 * total + count) // (2 * count) if count else None


_AGE, _WEIGHTED = LEAD.fields["age"].sql, LEAD.fields["weighted"].sql
MEASURES: Mapping[str, Measure] = {
    each.name: each
    for each in (
        Measure("count", "leads", COUNT, ("count(*)",), lambda sums: sums[0] or 0),
        Measure("value", "value", k.MONEY, ("sum(r.value)",), lambda sums: sums[0] or 0),
        Measure("weighted", "weighted", k.MONEY, (f"sum({_WEIGHTED})",), lambda sums: sums[0] or 0),
        Measure("average", "average", k.MONEY, ("sum(r.value)", "count(r.value)"), average),
        Measure("rate", "won", k.PERCENT, ("sum({won})", "sum({closed})"), lambda sums: percent(sums[0], sums[1])),
        Measure("age", "age", FIGURE, (f"sum({_AGE})", f"count({_AGE})"), mean),
    )
}


def find_measures(names: Sequence[str]) -> list[Measure]:
    """The measures named, each once. Usage with a suggestion for an unknown one."""
    for name in names:
        if name not in MEASURES:
            raise unknown_name("measure", name, MEASURES, title="Measures")
    return [MEASURES[name] for name in dict.fromkeys(names)]


def make_aggregates(store: Store, measures: Sequence[Measure]) -> tuple[list[str], dict[str, Any]]:
    """(SQL aggregates of all measures in order, {placeholder: value})."""
    bound: dict[str, Any] = {}
    states = {}
    for state in ("won", "closed", "open"):
        condition = compile_where(parse_query(f"is:{state}", LEAD, store.context), store.context)
        # The query's own placeholders are called p0, p1 ... too.
        renamed = {name: f"{state}_{name}" for name in condition.params}
        sql = condition.sql
        for name in sorted(renamed, key=len, reverse=True):
            sql = sql.replace(f":{name}", f":{renamed[name]}")
        states[state] = f"({sql})"
        bound |= {renamed[name]: value for name, value in condition.params.items()}
    texts = [part.format(**states) for measure in measures for part in measure.parts]
    used = {name: value for name, value in bound.items() if any(f":{name}" in text for text in texts)}
    return texts, used
