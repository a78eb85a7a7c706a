"""What is done with a computed report: comparing it with the days before, remarks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from leadcli import query as filters
from leadcli.domain.insight.reports.engine import GroupedSums
from leadcli.domain.insight.reports.funnel import median
from leadcli.domain.insight.reports.measures import percent
from leadcli.domain.leads import saved_views
from leadcli.errors import Usage
from leadcli.model.fields import LEAD
from leadcli.model.kinds import Record
from leadcli.model.results import Column
from leadcli.query import Query
from leadcli.store.store import Store
from leadcli.text.dates.words import Span

BEFORE_SUFFIX = "_before"


def find_previous_days(window: Span, today: date) -> Span:
    """As many days just before `window`, or as many whole months before whole months. Usage without --since."""
    if window.first is None:
        raise Usage("--compare needs to know which days.", hint="add --since, such as --since month")
    first, last = window.first, window.last or today
    if last < first:
        raise Usage(f"--compare: {first} has not come yet.", hint="choose an earlier --since")
    end = first - timedelta(days=1)
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
        return Span(date(year, month + 1, 1), end, "")
    return Span(first - (last - first) - timedelta(days=1), end, "")


ComparedTable = tuple[list[Column], list[Record], Record]


def compare_tables(current: GroupedSums, previous: GroupedSums) -> ComparedTable:
    """Columns, rows and totals with a further column for each measure of the days before.

    Rows are matched by their labels. Periods are matched in order, the first with the first.
    """
    names = [measure.name for measure in current.measures]
    previous_rows = dict(_rows_by_key(previous))
    rows = []
    for key, row in _rows_by_key(current):
        was = previous_rows.pop(key, {})
        rows.append({**row, **{name + BEFORE_SUFFIX: was.get(name, _zero_value(name)) for name in names}})
    for row in previous_rows.values():
        empty = {name: _zero_value(name) for name in names}
        rows.append({**row, **empty, **{name + BEFORE_SUFFIX: row[name] for name in names}})
    columns = current.columns()
    previous_columns = [
        Column(measure.name + BEFORE_SUFFIX, f"{measure.label} before", measure.kind, 2) for measure in current.measures
    ]
    at = len(current.groups) + len(current.measures)
    totals = {**current.totals, **{name + BEFORE_SUFFIX: previous.totals[name] for name in names}}
    return [*columns[:at], *previous_columns, *columns[at:]], rows, totals


def _rows_by_key(cube: GroupedSums) -> Iterator[tuple[Any, Record]]:
    """(key, row): the key is the labels, or for periods the position after the first, with the currency."""
    dated = len(cube.groups) == 1 and bool(cube.groups[0].period)
    places: dict[Any, int] = {}
    for row in cube.rows():
        labels = tuple(row[group.name] for group in cube.groups)
        yield (places.setdefault(labels, len(places)) if dated else labels, row["currency"]), row


def _zero_value(name: str) -> int | None:
    return 0 if name in ("count", "value", "weighted") else None


def count_matching(store: Store, query: Query, text: str) -> int:
    """How many of the leads also match the filter `text`."""
    return store.count("lead", filters.combine(query, saved_views.parse_with_views(store, [text])))


def describe_pipeline(store: Store, query: Query) -> str:
    """ "Conversion 58.6 % of closed (17 of 29) · median age of open leads 23 days"."""
    parts = []
    won, closed = count_matching(store, query, "is:won"), count_matching(store, query, "is:closed")
    if closed:
        parts.append(f"Conversion {percent(won, closed):g} % of closed ({won:,} of {closed:,})")
    age = median_open_age(store, query)
    if age is not None:
        parts.append(f"median age of open leads {age:g} day{'' if age == 1 else 's'}")
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def median_open_age(store: Store, query: Query) -> float | None:
    """The median age of open leads in days. None when none is open."""
    condition = filters.compile_where(
        filters.combine(query, saved_views.parse_with_views(store, ["is:open"])), store.context
    )
    sql = f"SELECT {LEAD.fields['age'].sql}, count(*) FROM leads r WHERE {condition.sql} GROUP BY 1 ORDER BY 1"
    histogram = [(age or 0, count) for age, count in store.select(sql, store.bound(condition.params))]
    return median(histogram) if histogram else None


def describe_unweighted(store: Store, query: Query) -> str:
    """How many leads the weighted sum leaves out. '' for none."""
    count = count_matching(store, query, "has:value no:probability")
    if not count:
        return ""
    subject = "1 lead has no probability and is" if count == 1 else f"{count:,} leads have no probability and are"
    return f"{subject} left out of weighted"
