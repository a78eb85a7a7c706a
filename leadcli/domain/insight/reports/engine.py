"""The engine of grouped reports: one SELECT groups and measures the leads that match.

The raw keys that SQL returns are merged under the labels a row shows. The sums equal those of a list of the same leads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from leadcli import query as filters
from leadcli.domain.insight.reports import groups as report_groups
from leadcli.domain.insight.reports import measures as measuring
from leadcli.domain.insight.reports.groups import NONE, Grouping
from leadcli.domain.insight.reports.measures import Measure
from leadcli.model.kinds import CURRENCY, TEXT, Record
from leadcli.model.results import Column
from leadcli.query import Query
from leadcli.store.reads import counts
from leadcli.store.reads.currency_totals import CurrencyConverter, MoneyTotal, load_converter, round_half_up
from leadcli.store.store import Store
from leadcli.text import money as money_text
from leadcli.text.dates.words import Span

Key = tuple[Any, ...]
_BROAD_SHARE = 0.1  # of all leads: then a walk through the table beats an index


class GroupedSums(NamedTuple):
    """Sums by group.

    `cells` is {(label, ..., currency): parts}, where `parts` are the sums of all measures in a row (see Measure).
    `currency` is the currency of all leads, None where there are several.
    """

    groups: Sequence[Grouping]
    measures: Sequence[Measure]
    cells: dict[Key, list[Any]]
    currency: str | None
    overall: dict[str, list[Any]]  # by currency, each lead once
    currencies: frozenset[str]  # currencies that hold money
    total: MoneyTotal = MoneyTotal([])  # how the money was converted, if it was

    @property
    def totals(self) -> Record:
        """Each measure over all leads. Money in several currencies is not added up: it stands under `by_currency`."""
        summed = add_sums(self.overall.values(), sum(len(each.parts) for each in self.measures))
        result = self._compute_measures(summed)
        if self.currency is None:
            money = [each.name for each in self.measures if each.money]
            result |= dict.fromkeys(money)
            if money:
                result["by_currency"] = {
                    code: self._to_major_units(code, parts, money[0]) for code, parts in sorted(self.overall.items())
                }
        return result

    def _to_major_units(self, code: str, parts: Sequence[Any], name: str) -> float:
        return float(money_text.major_units(self._compute_measures(parts)[name] or 0, code))

    def folded(self, spell: Callable[[Sequence[tuple[str, int]]], str]) -> GroupedSums:
        """For people: one row a group though there are several currencies; `spell` writes their amounts as one text."""
        cells: dict[Key, list[tuple[str, list[Any]]]] = {}
        for key, parts in self.cells.items():
            cells.setdefault(key[:-1], []).append((key[-1], parts))
        width = sum(len(each.parts) for each in self.measures)
        result: dict[Key, list[Any]] = {}
        for labels, of_currency in cells.items():
            summed = add_sums((parts for _, parts in of_currency), width)
            at = 0
            for measure in self.measures:
                if measure.money:
                    values = [(code, measure.value(parts[at : at + len(measure.parts)])) for code, parts in of_currency]
                    summed[at] = spell([each for each in values if each[1]])
                at += len(measure.parts)
            result[(*labels, "")] = summed
        texts = [each._replace(kind=TEXT, value=_first_part) if each.money else each for each in self.measures]
        return self._replace(cells=result, measures=texts, currency="")

    def rows(self) -> list[Record]:
        """One row for each group, and for each currency where there are several."""
        sizes = [self._sum_by_label(at) for at in range(len(self.groups))]
        rank = report_groups.make_sort_key(self.groups, sizes)
        keys = sorted(self.cells, key=lambda key: (rank(key[:-1]), key[-1]))
        names = [group.name for group in self.groups]
        return [
            {**dict(zip(names, key[:-1], strict=True)), **self._compute_measures(self.cells[key]), "currency": key[-1]}
            for key in keys
        ]

    def _sum_by_label(self, at: int) -> dict[Any, float]:
        sizes: dict[Any, float] = {}
        for key, parts in self.cells.items():
            sizes[key[at]] = sizes.get(key[at], 0) + (parts[0] or 0)
        return sizes

    def _compute_measures(self, parts: Sequence[Any]) -> Record:
        values, at = {}, 0
        for measure in self.measures:
            value = measure.value(parts[at : at + len(measure.parts)])
            values[measure.name] = round_half_up(value) if isinstance(value, Fraction) else value
            at += len(measure.parts)
        return values

    def columns(self) -> list[Column]:
        """Columns of the groups, then of the measures. The currency comes last where there are several."""
        result = [Column(group.name, group.label, TEXT, 0) for group in self.groups]
        result += [measure.column() for measure in self.measures]
        return result if self.currency is not None else [*result, Column("currency", "currency", CURRENCY, 1)]


def _first_part(parts: Sequence[Any]) -> Any:
    return parts[0]


class GroupingRequest(NamedTuple):
    """By what leads are grouped and what is measured.

    A report by period has a row for each period from the first with a lead to the last, or for all of `window`.
    `other_currencies` get rows of their own though no lead here has them. A report by currency converts nothing.
    """

    groups: Sequence[Grouping]
    measures: Sequence[Measure]
    window: Span | None = None
    other_currencies: frozenset[str] = frozenset()
    apart: bool = False  # each currency by itself, nothing converted


def group_leads(store: Store, query: Query, request: GroupingRequest) -> GroupedSums:
    """Group and measure the leads that match."""
    groups, measures, window, other_currencies, apart = request
    by_currency = any(group.name == "currency" for group in groups)
    rates = load_converter(store, apart=apart or by_currency)
    money = any(each.money for each in measures)
    raw = _select_sums(store, query, groups, measures, rates.key_sql if money else "NULL")
    rows, total = _convert_rows(raw, len(groups), measures, rates)
    main = rates.base if total.is_converted else store.context.currency
    known = {row[len(groups)] for row in rows if row[len(groups)] and _has_money(measures, row[len(groups) + 1 :])}
    known |= set() if total.is_converted else other_currencies
    single = next(iter(known), main) if len(known) < 2 else None
    cells: dict[Key, list[Any]] = {}
    overall: dict[str, list[Any]] = {}
    for row in rows:
        labels = [_make_label(group, value) for group, value in zip(groups, row, strict=False)]
        currency = single or row[len(groups)] or main
        _add_to_sums(cells, (*labels, currency), row[len(groups) + 1 :])
        _add_to_sums(overall, currency, row[len(groups) + 1 :])
    if any(group.many for group in groups):
        overall = group_leads(store, query, GroupingRequest([], measures)).overall
    sums = GroupedSums(groups, measures, cells, single, overall, frozenset(known), total)
    _add_empty_groups(sums, single or main, window)
    return sums


def _convert_rows(
    raw: Sequence[Any], width: int, measures: Sequence[Measure], rates: CurrencyConverter
) -> tuple[list[Key], MoneyTotal]:
    """Rows of (labels, currency, key of the rate, parts) without that key, their money converted if all of it can be.

    The first part of a measure of money is an amount, the others are counts.
    """
    amounts, at = [], width + 2
    for measure in measures:
        amounts += [at] if measure.money else []
        at += len(measure.parts)
    of_currency = [
        (row[width], row[width + 1], sum(row[at] or 0 for at in amounts))
        for row in raw
        if row[width] and any(row[at] is not None for at in amounts)
    ]
    total = rates.total(of_currency)
    rows: list[Key] = []
    for row in raw:
        currency, key, parts = row[width], row[width + 1], list(row[width + 2 :])
        rate = rates.rate_at(currency, key) if total.is_converted and currency else None
        if rate is not None:
            for at in amounts:
                units = parts[at - width - 2]
                parts[at - width - 2] = None if units is None else rates.convert(units, currency, rate)
            currency = rates.base
        rows.append((*row[:width], currency, *parts))
    return rows, total


def _has_money(measures: Sequence[Measure], parts: Sequence[Any]) -> bool:
    at = 0
    for measure in measures:
        if measure.money and parts[at] is not None:
            return True
        at += len(measure.parts)
    return False


def _make_label(group: Grouping, value: Any) -> Any:
    label = None if value is None else group.make_label(value)
    return NONE if label is None else label


def _add_to_sums(sums: dict[Any, list[Any]], key: Any, parts: Sequence[Any]) -> None:
    before = sums.get(key)
    sums[key] = (
        list(parts) if before is None else [_add_values(one, other) for one, other in zip(before, parts, strict=True)]
    )


def _add_values(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def add_sums(rows: Any, width: int) -> list[Any]:
    """Add rows up, column by column. `width` times None when there is no row."""
    sums: list[Any] = [None] * width
    for parts in rows:
        sums = [_add_values(one, other) for one, other in zip(sums, parts, strict=True)]
    return sums


def _select_sums(
    store: Store, query: Query, groups: Sequence[Grouping], measures: Sequence[Measure], rate_key: str
) -> list[Any]:
    """Rows of the one SELECT: the keys of the groups, the currency, the key of its rate, the aggregates.

    For a filter that takes most leads, a scan of the table is faster than an index, and NOT INDEXED makes SQLite scan.
    No index holds days and amounts together. With a period there are many groups, and SQLite would sort every row it
    scans. The table is then read in portions of ids, each small enough to be sorted in memory.
    """
    condition = filters.compile_where(query, store.context)
    aggregates, bound = measuring.make_aggregates(store, measures)
    money = any(each.money for each in measures)
    columns = [*(group.sql for group in groups), "r.currency" if money else "NULL", rate_key, *aggregates]
    keys = [str(at + 1) for at, sql in enumerate(columns[: len(groups) + 2]) if sql != "NULL"]
    by = f"GROUP BY {', '.join(keys)}" if keys else ""
    joins = " ".join(group.join for group in groups)
    is_broad = condition.sql == "1" or counts.estimate_share(store, condition) > _BROAD_SHARE
    # Without a filter an index may hold every column that is read.
    walk = "NOT INDEXED" if is_broad and condition.sql != "1" else ""
    sql = f"SELECT {', '.join(columns)} FROM leads r {walk} {joins} WHERE "
    parameters = store.bound({**condition.params, **bound})
    if is_broad and money and any(group.period for group in groups):
        sql += f"r.id BETWEEN :low AND :high AND ({condition.sql}) {by}"
        return _merge_portions(counts.id_portions(store, sql, parameters), len(groups) + 2)
    rows = store.select(f"{sql}{condition.sql} {by}", parameters)
    return [] if not keys and not any(rows[0]) else rows


def _merge_portions(portions: Iterable[Sequence[Any]], width: int) -> list[Any]:
    """Merge the rows of portions. The first `width` columns of a row are its key, the rest are added up."""
    sums: dict[Key, list[Any]] = {}
    for rows in portions:
        for row in rows:
            _add_to_sums(sums, row[:width], row[width:])
    return [(*key, *parts) for key, parts in sums.items()]


def _add_empty_groups(sums: GroupedSums, currency: str, window: Span | None) -> None:
    """Add the groups without leads: statuses, age brackets, and periods between the first and the last."""
    if len(sums.groups) != 1:
        return
    group = sums.groups[0]
    filled = {key[0] for key in sums.cells}
    labels = list(group.always)
    ends = [str(label) for label in filled if label != NONE]
    if window and window.first and window.last:
        ends += [report_groups.name_period(day, group.period) for day in (window.first, window.last)]
    if group.period and ends:
        labels = report_groups.list_periods(min(ends), max(ends), group.period)
    width = sum(len(each.parts) for each in sums.measures)
    for label in labels:
        if label not in filled:
            sums.cells[(label, currency)] = [None] * width
