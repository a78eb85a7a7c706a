"""Conditions on due dates, which are days or moments: by days of the local calendar, or by the clock with a time.

A stored day is compared as a day, a stored moment as a moment, whatever the zone. The index on the column serves both:
a range of its texts that holds all that can match comes first, what it holds too much is compared one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from leadcli.errors import LeadError, Usage
from leadcli.model.fields import Field
from leadcli.query.grammar import Term
from leadcli.query.numbers import CLOCK, DAY_WORDS, day_bounds, moment_edges
from leadcli.query.scope import CompiledTerm, Scope, field_title, limits, sql_expression
from leadcli.text.dates import due_dates
from leadcli.text.dates import words as date_words

_Bounds = Sequence[tuple[str, str]]  # (operator, text)
# A lead's first stored due date may be this much before the one that is first in some zone (UTC-12 to UTC+14).
_ZONES_APART = timedelta(days=2)


class Limits(NamedTuple):
    """What must hold of a stored day, and of a stored moment."""

    days: _Bounds
    moments: _Bounds


def due_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """`due:..today`, `due>fri`, `due:..'today 14:00'`. A day compared with a time counts as its first moment."""
    if any(CLOCK.search(text) for _, text in limits(term)):
        both, english = _by_clock(scope, field, term)
    else:
        days, english = day_bounds(scope, field, term)
        edges = [edge for operator, day in days for edge in moment_edges(scope, operator, day, day)]
        both = Limits([(operator, day.isoformat()) for operator, day in days], edges)
    return CompiledTerm(_within(scope, field, both), english)


def overdue(scope: Scope, columns: Sequence[str]) -> str:
    """One of these columns, the smallest text first, is late: a day that is over, a moment that has passed."""
    today = scope.context.today.isoformat()
    now = due_dates.utc_text(scope.context.now)
    day, moment, latest = scope.bind(today), scope.bind(now), scope.bind(max(today, now))
    late = " OR ".join(f"{each} < CASE WHEN length({each}) = 10 THEN {day} ELSE {moment} END" for each in columns)
    return f"r.due_at < {latest} AND ({late})"


def _within(scope: Scope, field: Field, both: Limits) -> str:
    value, column = sql_expression(field), f"r.{field.sql_column}"
    forms = [
        " AND ".join(f"{value} {operator} {scope.bind(text)}" for operator, text in bounds) or "1"
        for bounds in (both.days, both.moments)
    ]
    exact = f"CASE WHEN length({value}) = 10 THEN {forms[0]} ELSE {forms[1]} END"
    return " AND ".join([f"{column} IS NOT NULL", *_range(scope, field, both, column), exact])


def _range(scope: Scope, field: Field, both: Limits, column: str) -> list[str]:
    """The texts in the column among which all that match are, as conditions for its index."""
    lows, highs = ([_edge(bounds, signs) for bounds in both] for signs in ((">=", ">", "="), ("<=", "<", "=")))
    conditions = []
    if all(lows):
        low = min(filter(None, lows))
        conditions.append(f"{column} >= {scope.bind(_earlier(low) if field.sql else low)}")
    if all(highs):
        conditions.append(f"{column} <= {scope.bind(max(filter(None, highs)))}")
    return conditions


def _edge(bounds: _Bounds, signs: Sequence[str]) -> str | None:
    return next((text for operator, text in bounds if operator in signs), None)


def _earlier(text: str) -> str:
    """A day safely before a stored day or moment; the first of the calendar where there is none."""
    day = date.fromisoformat(text[:10])
    return (day - _ZONES_APART if day - date.min > _ZONES_APART else date.min).isoformat()


def _by_clock(scope: Scope, field: Field, term: Term) -> tuple[Limits, str]:
    """Bounds where a time of day is named; a side without one keeps the outer edge of its day."""
    days: list[tuple[str, str]] = []
    moments: list[tuple[str, str]] = []
    words = []
    for operator, text in limits(term):
        try:
            if CLOCK.search(text):
                at = date_words.parse_moment(text, scope.context.now, forward=True)
                moments.append((operator, at))
                days.append(_day_limit(scope, operator, at))
            else:
                span = date_words.parse_span(
                    f"{text}.." if operator == ">=" else f"..{text}", scope.context.today, forward=True
                )
                edge = span.first or span.last or scope.context.today
                moments += moment_edges(scope, operator, edge, edge)
                days.append((operator, edge.isoformat()))
        except LeadError as error:
            raise Usage(f"'{term.text}': {error.message}", hint=error.hint) from error
        words.append(f"{DAY_WORDS[operator]} {moments[-1][1]}")
    return Limits(days, moments), f"{field_title(field)} {' and '.join(words)}"


def _day_limit(scope: Scope, operator: str, at: str) -> tuple[str, str]:
    """The same comparison with a moment for a day, which stands at its first moment."""
    zone = date_words.zone_of(scope.context.now)
    day = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(zone).date()
    start, _ = date_words.utc_bounds(day, None, zone)
    if start == at:
        return operator, day.isoformat()
    if operator == "=":
        return operator, ""  # no day begins there
    return {">=": ">", "<": "<="}.get(operator, operator), day.isoformat()
