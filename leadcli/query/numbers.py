"""Conditions on numbers, decimals, money, dates and moments: comparisons and ranges, bounds included.

Conditions on due dates, which are days or moments: by days of the local calendar, or by the clock with a time.

A stored day is compared as a day, a stored moment as a moment, whatever the zone. The index on the column serves both:
a range of its texts that holds all that can match comes first, what it holds too much is compared one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from leadcli.errors import LeadError, Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import INTERVAL, Day, Moment
from leadcli.query.grammar import Term
from leadcli.query.scope import CompiledTerm, Scope, due_column, field_title, limits, sql_expression
from leadcli.text import money as money_text
from leadcli.text.dates import words as date_words
from leadcli.text.dates.clock import has_clock
from leadcli.text.dates.iso import BadDate

_AMOUNTS = {"=": "is", ">=": "at least", "<=": "at most", ">": "over", "<": "under"}
DAY_WORDS = {"=": "on", ">=": "on or after", "<=": "on or before", ">": "after", "<": "before"}
_PLAIN = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)\s*([kKmM]?)\s*%?", re.ASCII)
_LARGEST = 2**63 - 1


def number_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """Whole numbers, percentages, scores."""
    return _numbers(
        scope, field, term, lambda operator, value: f"{sql_expression(field)} {operator} {scope.bind(_bound(value))}"
    )


def decimal_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """Exact decimals kept as text: equality is exact, order holds to 15 digits (18 for whole numbers)."""
    text = sql_expression(field)
    bare = f"CASE WHEN instr({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"

    def compare(operator: str, value: Decimal) -> str:
        if operator == "=":
            digits = f"{value:f}"
            return f"{bare} = {scope.bind(digits.rstrip('0').rstrip('.') if '.' in digits else digits)}"
        return f"CAST({text} AS NUMERIC) {operator} {scope.bind(_bound(value))}"

    return _numbers(scope, field, term, compare)


def money_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """Major units, whatever decimals the row's currency has; with a currency named, only that one."""
    value, sql, english, majors, currencies = sql_expression(field), [], [], [], set()
    for operator, text in limits(term):
        amount = _amount(scope, term, text)
        majors.append(amount.major)
        currencies.add(amount.currency)
        sql.append(f"{value} {operator} {_units(scope, amount, operator)}")
        english.append(f"{_AMOUNTS[operator]} {amount.major:f}{' ' if amount.currency else ''}{amount.currency}")
    _forwards(term, majors)
    if "currency" in scope.record.fields:
        sql += [f"r.currency = {scope.bind(code)}" for code in sorted(currencies) if code]
    return CompiledTerm(" AND ".join(sql), f"{field_title(field)} {' and '.join(english)}")


def day_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """Calendar days: one, a period, a range, or a comparison with the outer edge of a period."""
    bounds, english = day_bounds(scope, field, term)
    value = sql_expression(field)
    return CompiledTerm(
        " AND ".join(f"{value} {operator} {scope.bind(day.isoformat())}" for operator, day in bounds), english
    )


def moment_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """Instants, by the local days they fall on, or by the clock when a time is named."""
    if any(has_clock(text) for _, text in limits(term)):
        bounds, english = _clock(scope, field, term)
    else:
        days, english = day_bounds(scope, field, term)
        bounds = [edge for operator, day in days for edge in moment_edges(scope, operator, day, day)]
    value = sql_expression(field)
    return CompiledTerm(
        " AND ".join(f"{value} {operator} {scope.bind(at)}" for operator, at in bounds) or f"{value} IS NOT NULL",
        english,
    )


_DAYS_OF = {"d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}


def interval_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """How often: `touch_every:6w`, `touch_every:1m..`; months and years by their average length."""
    value, sql, english = sql_expression(field), [], []
    lengths = " ".join(f"WHEN '{unit}' THEN {days}" for unit, days in _DAYS_OF.items())
    for operator, text in limits(term):
        try:
            typed = INTERVAL.parse(text, scope.context)
        except ValueError as error:
            raise Usage(f"'{text}' in '{term.text}' {error}.") from error
        days = int(typed[:-1]) * _DAYS_OF[typed[-1]]
        sql.append(f"CAST({value} AS INTEGER) * CASE substr({value}, -1) {lengths} END {operator} {scope.bind(days)}")
        english.append(f"{_AMOUNTS[operator]} {typed}")
    return CompiledTerm(" AND ".join(sql), f"{field_title(field)} {' and '.join(english)}")


def _numbers(scope: Scope, field: Field, term: Term, compare: Callable[[str, Decimal], str]) -> CompiledTerm:
    sql, english, values = [], [], []
    for operator, text in limits(term):
        match = _PLAIN.fullmatch(text)
        if not match:
            raise Usage(
                f"'{text}' in '{term.text}' is not a number.",
                hint=f"write {term.field}:5, {term.field}:5.. or {term.field}:1..5",
            )
        value = Decimal(match[1] + match[2])
        if match[3]:  # a product is rounded to 28 digits, a number as it is typed is not
            value *= money_text.SUFFIXES[match[3].lower()]
        values.append(value)
        sql.append(compare(operator, value))
        english.append(f"{_AMOUNTS[operator]} {value:f}")
    _forwards(term, values)
    return CompiledTerm(" AND ".join(sql), f"{field_title(field)} {' and '.join(english)}")


def _bound(value: Decimal) -> Any:
    return int(value) if abs(value) <= _LARGEST and value == value.to_integral_value() else float(value)


def _forwards(term: Term, values: list[Decimal]) -> None:
    if len(values) == 2 and values[0] > values[1]:
        low, _, high = term.value.text.partition("..")
        raise Usage(f"the range '{term.value.text}' runs backwards.", hint=f"write {term.field}:{high}..{low}")


def _amount(scope: Scope, term: Term, text: str) -> money_text.Amount:
    try:
        return money_text.parse_amount(text, scope.context.currency, scope.context.locale)
    except ValueError as error:
        raise Usage(
            f"'{text}' in '{term.text}' {error}.", hint=f"write {term.field}:5000.. or {term.field}:1k..5k"
        ) from error


def _units(scope: Scope, amount: money_text.Amount, operator: str) -> str:
    """The amount in the minor units of the row's currency, rounded so that whole units compare like exact amounts."""

    def units(precision: int) -> str:
        exact = amount.major.scaleb(precision)
        whole = exact.to_integral_value(ROUND_CEILING if operator in (">=", "<") else ROUND_FLOOR)
        if operator == "=" and whole != exact:
            return "NULL"  # no row of this currency can hold it
        return scope.bind(max(-_LARGEST, min(_LARGEST, int(whole))))

    if amount.currency or "currency" not in scope.record.fields:
        return units(money_text.minor_unit_digits(amount.currency or scope.context.currency))
    cases = " ".join(f"WHEN r.currency IN ({_codes(precision)}) THEN {units(precision)}" for precision in (0, 3, 4))
    return f"CASE {cases} ELSE {units(2)} END"


def _codes(precision: int) -> str:
    return ", ".join(f"'{code}'" for code, places in money_text.PRECISION.items() if places == precision)


def day_bounds(scope: Scope, field: Field, term: Term) -> tuple[list[tuple[str, date]], str]:
    """(operator, day) bounds and the English of a date condition."""
    text, today, operator = term.value.text.strip(), scope.context.today, term.operator
    forward, order = isinstance(field.kind, Day | Moment) and field.kind.forward, scope.context.date_order
    (_, _), *_ = limits(term)  # refuses a comparison with a range
    try:
        if operator in (">=", "<"):
            span = date_words.parse_span(f"{text}..", today, forward=forward, order=order)
        elif operator in ("<=", ">"):
            span = date_words.parse_span(f"..{text}", today, forward=forward, order=order)
        else:
            span = date_words.parse_span(text, today, forward=forward, order=order)
    except LeadError as error:
        raise _bad_date(term, error) from error
    words = f" ({span.words})" if span.words else ""
    edge = span.last if operator in ("<=", ">") else span.first
    if operator not in ":=" and edge is not None:
        return [(operator, edge)], f"{field_title(field)} {DAY_WORDS[operator]} {edge}{words}"
    if span.first == span.last and span.first is not None:
        return [("=", span.first)], f"{field_title(field)} on {span.first}{words}"
    bounds = [(operator, edge) for operator, edge in ((">=", span.first), ("<=", span.last)) if edge is not None]
    if len(bounds) == 2:
        return bounds, f"{field_title(field)} from {span.first} to {span.last}{words}"
    return (
        bounds,
        f"{field_title(field)} {' '.join(f'{DAY_WORDS[operator]} {edge}' for operator, edge in bounds)}{words}",
    )


def _bad_date(term: Term, error: LeadError) -> Usage:
    """The error of a date in a term, the date said once where it is all that follows the field."""
    if isinstance(error, BadDate) and term.operator == ":" and ".." not in term.value.text:
        return Usage(f"'{term.text}' {error.reason}", hint=error.hint)
    return Usage(f"'{term.text}': {error.message}", hint=error.hint)


def moment_edges(scope: Scope, operator: str, first: date, last: date) -> list[tuple[str, str]]:
    """Moments that bound the local days from first to last, compared by `operator`."""
    start, end = date_words.utc_bounds(first, last, date_words.zone_of(scope.context.now))
    edges = {
        "=": ((">=", start), ("<", end)),
        ">=": ((">=", start),),
        "<": (("<", start),),
        "<=": (("<", end),),
        ">": ((">=", end),),
    }
    return [(comparison, at) for comparison, at in edges[operator] if at is not None]


def _moment(scope: Scope, text: str, *, forward: bool) -> str:
    return date_words.parse_moment(text, scope.context.now, forward=forward, order=scope.context.date_order)


def _day_edge(scope: Scope, operator: str, text: str, *, forward: bool) -> date:
    """The outer day of a period that bounds one side of a range."""
    today, order = scope.context.today, scope.context.date_order
    ranged = f"{text}.." if operator == ">=" else f"..{text}"
    span = date_words.parse_span(ranged, today, forward=forward, order=order)
    return span.first or span.last or today


def _clock(scope: Scope, field: Field, term: Term) -> tuple[list[tuple[str, str]], str]:
    """Bounds where a time of day is named; a side without one keeps the outer edge of its day."""
    bounds, english = [], []
    forward = isinstance(field.kind, Moment) and field.kind.forward
    for operator, text in limits(term):
        try:
            if has_clock(text):
                bounds.append((operator, _moment(scope, text, forward=forward)))
            else:
                edge = _day_edge(scope, operator, text, forward=forward)
                bounds += moment_edges(scope, operator, edge, edge)
        except LeadError as error:
            raise _bad_date(term, error) from error
        english.append(f"{DAY_WORDS[operator]} {bounds[-1][1]}")
    return bounds, f"{field_title(field)} {' and '.join(english)}"


_Bounds = Sequence[tuple[str, str]]  # (operator, text)
# A lead's first stored due date may be this much before the one that is first in some zone (UTC-12 to UTC+14).
_ZONES_APART = timedelta(days=2)


class Limits(NamedTuple):
    """What must hold of a stored day, and of a stored moment."""

    days: _Bounds
    moments: _Bounds


def due_condition(scope: Scope, field: Field, term: Term) -> CompiledTerm:
    """`due:..today`, `due>fri`, `due:..'today 14:00'`. A day compared with a time counts as its first moment."""
    if any(has_clock(text) for _, text in limits(term)):
        both, english = _by_clock(scope, field, term)
    else:
        days, english = day_bounds(scope, field, term)
        edges = [edge for operator, day in days for edge in moment_edges(scope, operator, day, day)]
        both = Limits([(operator, day.isoformat()) for operator, day in days], edges)
    return CompiledTerm(_within(scope, field, both), english)


def overdue(scope: Scope, columns: Sequence[str], *, first: str = "r.due_at") -> str:
    """One of these columns, `first` the smallest text, is late: a day that is over, a moment that has passed."""
    today = scope.context.today.isoformat()
    now = date_words.utc_text(scope.context.now)
    day, moment, latest = scope.bind(today), scope.bind(now), scope.bind(max(today, now))
    late = " OR ".join(f"{each} < CASE WHEN length({each}) = 10 THEN {day} ELSE {moment} END" for each in columns)
    return f"{first} < {latest} AND ({late})"


def _within(scope: Scope, field: Field, both: Limits) -> str:
    value = sql_expression(field)
    column = due_column(field)
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
            if has_clock(text):
                at = _moment(scope, text, forward=True)
                moments.append((operator, at))
                days.append(_day_limit(scope, operator, at))
            else:
                edge = _day_edge(scope, operator, text, forward=True)
                moments += moment_edges(scope, operator, edge, edge)
                days.append((operator, edge.isoformat()))
        except LeadError as error:
            raise _bad_date(term, error) from error
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
