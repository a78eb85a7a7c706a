"""Conditions on numbers, decimals, money, dates and moments: comparisons and ranges, bounds included."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from leadcli.errors import LeadError, Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import Day, Moment
from leadcli.query.grammar import Term
from leadcli.query.scope import CompiledTerm, Scope, field_title, limits, sql_expression
from leadcli.text import money as money_text
from leadcli.text.dates import words as date_words

_AMOUNTS = {"=": "is", ">=": "at least", "<=": "at most", ">": "over", "<": "under"}
DAY_WORDS = {"=": "on", ">=": "on or after", "<=": "on or before", ">": "after", "<": "before"}
_PLAIN = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)\s*([kKmM]?)\s*%?", re.ASCII)
CLOCK = re.compile(r"\d:\d\d|\dT\d|^now$|^[+-]?\d+ ?(h|hours?|min|mins|minutes?)$", re.IGNORECASE)
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
        amount = _amount(term, text)
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
    if any(CLOCK.search(text) for _, text in limits(term)):
        bounds, english = _clock(scope, field, term)
    else:
        days, english = day_bounds(scope, field, term)
        bounds = [edge for operator, day in days for edge in moment_edges(scope, operator, day, day)]
    value = sql_expression(field)
    return CompiledTerm(
        " AND ".join(f"{value} {operator} {scope.bind(at)}" for operator, at in bounds) or f"{value} IS NOT NULL",
        english,
    )


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


def _amount(term: Term, text: str) -> money_text.Amount:
    try:
        return money_text.parse_amount(text)
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
    cases = " ".join(f"WHEN r.currency IN ({_codes(precision)}) THEN {units(precision)}" for precision in (0, 3))
    return f"CASE {cases} ELSE {units(2)} END"


def _codes(precision: int) -> str:
    return ", ".join(f"'{code}'" for code, places in money_text.PRECISION.items() if places == precision)


def day_bounds(scope: Scope, field: Field, term: Term) -> tuple[list[tuple[str, date]], str]:
    """(operator, day) bounds and the English of a date condition."""
    text, today, operator = term.value.text.strip(), scope.context.today, term.operator
    forward = isinstance(field.kind, Day | Moment) and field.kind.forward
    (_, _), *_ = limits(term)  # refuses a comparison with a range
    try:
        if operator in (">=", "<"):
            span = date_words.parse_span(f"{text}..", today, forward=forward)
        elif operator in ("<=", ">"):
            span = date_words.parse_span(f"..{text}", today, forward=forward)
        else:
            span = date_words.parse_span(text, today, forward=forward)
    except LeadError as error:
        raise Usage(f"'{term.text}': {error.message}", hint=error.hint) from error
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


def _clock(scope: Scope, field: Field, term: Term) -> tuple[list[tuple[str, str]], str]:
    """Bounds where a time of day is named; a side without one keeps the outer edge of its day."""
    bounds, english = [], []
    forward = isinstance(field.kind, Moment) and field.kind.forward
    for operator, text in limits(term):
        try:
            if CLOCK.search(text):
                bounds.append((operator, date_words.parse_moment(text, scope.context.now, forward=forward)))
            else:
                days = date_words.parse_span(
                    f"{text}.." if operator == ">=" else f"..{text}", scope.context.today, forward=forward
                )
                edge = days.first or days.last or scope.context.today
                bounds += moment_edges(scope, operator, edge, edge)
        except LeadError as error:
            raise Usage(f"'{term.text}': {error.message}", hint=error.hint) from error
        english.append(f"{DAY_WORDS[operator]} {bounds[-1][1]}")
    return bounds, f"{field_title(field)} {' and '.join(english)}"
