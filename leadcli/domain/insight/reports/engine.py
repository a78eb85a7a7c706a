"""The engine: leads that match, grouped and measured by one SELECT, folded into rows that reconcile with their list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from leadcli.store.store import Store
from leadcli.text import money as money_text
from leadcli.text.dates.words import Span

Key = tuple[Any, ...]
_BROAD_SHARE = 0.1  # of all leads: then a walk through the table beats an index


class GroupedSums(NamedTuple):
    """Sums by group: {(labels..., currency): parts}. `currency` is the only one there is, None where there are more."""

    groups: Sequence[Grouping]
    measures: Sequence[Measure]
    cells: dict[Key, list[Any]]
    currency: str | None
    overall: dict[str, list[Any]]  # by currency, each lead once
    known: frozenset[str]  # currencies that hold money

    @property
    def totals(self) -> Record:
        """Each measure over everything; money of several currencies is not added up but listed by currency."""
        summed = add_sums(self.overall.values(), sum(len(each.parts) for each in self.measures))
        result = self._values(summed)
        if self.currency is None:
            money = [each.name for each in self.measures if each.money]
            result |= dict.fromkeys(money)
            if money:
                result["by_currency"] = {
                    code: self._major(code, parts, money[0]) for code, parts in sorted(self.overall.items())
                }
        return result

    def _major(self, code: str, parts: Sequence[Any], name: str) -> float:
        return float(money_text.major_units(self._values(parts)[name] or 0, code))

    def rows(self) -> list[Record]:
        """One row a group, and a currency where there are several."""
        sizes = [self._sizes(at) for at in range(len(self.groups))]
        rank = report_groups.order_of_groups(self.groups, sizes)
        keys = sorted(self.cells, key=lambda key: (rank(key[:-1]), key[-1]))
        names = [group.name for group in self.groups]
        return [
            {**dict(zip(names, key[:-1], strict=True)), **self._values(self.cells[key]), "currency": key[-1]}
            for key in keys
        ]

    def _sizes(self, at: int) -> dict[Any, float]:
        sizes: dict[Any, float] = {}
        for key, parts in self.cells.items():
            sizes[key[at]] = sizes.get(key[at], 0) + (parts[0] or 0)
        return sizes

    def _values(self, parts: Sequence[Any]) -> Record:
        values, at = {}, 0
        for measure in self.measures:
            values[measure.name] = measure.value(parts[at : at + len(measure.parts)])
            at += len(measure.parts)
        return values

    def columns(self) -> list[Column]:
        """Groups, measures, and the currency last where there are several."""
        result = [Column(group.name, group.label, TEXT, 0) for group in self.groups]
        result += [measure.column() for measure in self.measures]
        return result if self.currency else [*result, Column("currency", "currency", CURRENCY, 1)]


class GroupingRequest(NamedTuple):
    """What leads are put into: groups and measures.

    Periods have rows from the first with a lead to the last, or over all of `window`. `also` are currencies that must
    be told apart though no lead here has them.
    """

    groups: Sequence[Grouping]
    measures: Sequence[Measure]
    window: Span | None = None
    also: frozenset[str] = frozenset()


def group_leads(store: Store, query: Query, frame: GroupingRequest) -> GroupedSums:
    """Count and measure the leads that match."""
    groups, measures, window, also = frame
    money = any(each.money for each in measures)
    raw = _select_sums(store, query, groups, measures, money=money)
    main = store.context.currency
    known = also | {
        row[len(groups)] for row in raw if row[len(groups)] and _has_money(measures, row[len(groups) + 1 :])
    }
    single = next(iter(known), main) if len(known) < 2 else None
    cells: dict[Key, list[Any]] = {}
    overall: dict[str, list[Any]] = {}
    for row in raw:
        labels = [_label(group, value) for group, value in zip(groups, row, strict=False)]
        currency = single or row[len(groups)] or main
        _add_to_sums(cells, (*labels, currency), row[len(groups) + 1 :])
        _add_to_sums(overall, currency, row[len(groups) + 1 :])
    if any(group.many for group in groups):
        overall = group_leads(store, query, GroupingRequest([], measures)).overall
    sums = GroupedSums(groups, measures, cells, single, overall, known)
    _add_empty_groups(sums, single or main, window)
    return sums


def _has_money(measures: Sequence[Measure], parts: Sequence[Any]) -> bool:
    at = 0
    for measure in measures:
        if measure.money and parts[at] is not None:
            return True
        at += len(measure.parts)
    return False


def _label(group: Grouping, value: Any) -> Any:
    label = None if value is None else group.fold(value)
    return NONE if label is None else label


def _add_to_sums(into: dict[Any, list[Any]], key: Any, parts: Sequence[Any]) -> None:
    before = into.get(key)
    into[key] = (
        list(parts) if before is None else [_add_values(one, other) for one, other in zip(before, parts, strict=True)]
    )


def _add_values(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def add_sums(rows: Any, width: int) -> list[Any]:
    """Sums of sums; as many Nones when there is no row."""
    sums: list[Any] = [None] * width
    for parts in rows:
        sums = [_add_values(one, other) for one, other in zip(sums, parts, strict=True)]
    return sums


def _select_sums(
    store: Store, query: Query, groups: Sequence[Grouping], measures: Sequence[Measure], *, money: bool
) -> list[Any]:
    """The one SELECT. A filter that takes most leads is a walk through the table, which SQLite must be told.

    Days and amounts stand in no index together: there are many groups, and all that is walked through must be sorted.
    """
    condition = filters.compile_where(query, store.context)
    aggregates, bound = measuring.sum_parts(store, measures)
    keys = [group.sql for group in groups] + (["r.currency"] if money else [])
    columns = [*(group.sql for group in groups), "r.currency" if money else "NULL", *aggregates]
    by = f"GROUP BY {', '.join(str(at + 1) for at in range(len(keys)))}" if keys else ""
    joins = " ".join(group.join for group in groups)
    is_broad = condition.sql == "1" or counts.estimate_share(store, condition) > _BROAD_SHARE
    # Without a filter an index may hold all that is asked.
    walk = "NOT INDEXED" if is_broad and condition.sql != "1" else ""
    sql = f"SELECT {', '.join(columns)} FROM leads r {walk} {joins} WHERE "
    parameters = store.bound({**condition.params, **bound})
    if is_broad and money and any(group.period for group in groups):
        sql += f"r.id BETWEEN :low AND :high AND ({condition.sql}) {by}"
        return _merge_portions(counts.id_portions(store, sql, parameters), len(keys))
    rows = store.select(f"{sql}{condition.sql} {by}", parameters)
    return [] if not keys and not any(rows[0]) else rows


def _merge_portions(portions: Iterable[Sequence[Any]], width: int) -> list[Any]:
    """Rows of portions, of which the first `width` columns are the key, as rows of the whole."""
    sums: dict[Key, list[Any]] = {}
    for rows in portions:
        for row in rows:
            _add_to_sums(sums, row[:width], row[width:])
    return [(*key, *parts) for key, parts in sums.items()]


def _add_empty_groups(sums: GroupedSums, currency: str, window: Span | None) -> None:
    """Rows of 0: statuses and age brackets that are empty, and the periods between the first and the last."""
    if len(sums.groups) != 1:
        return
    group = sums.groups[0]
    filled = {key[0] for key in sums.cells}
    labels = list(group.always)
    ends = [str(label) for label in filled if label != NONE]
    if window and window.first and window.last:
        ends += [report_groups.period_name(day, group.period) for day in (window.first, window.last)]
    if group.period and ends:
        labels = report_groups.periods_between(min(ends), max(ends), group.period)
    width = sum(len(each.parts) for each in sums.measures)
    for label in labels:
        if label not in filled:
            sums.cells[(label, currency)] = [None] * width
