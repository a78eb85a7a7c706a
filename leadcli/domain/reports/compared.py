"""--compare: the same report for the equal number of days just before, in columns beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from leadcli.domain.reports.grouped import Cube
from leadcli.errors import Usage
from leadcli.kinds import Record
from leadcli.table import Column
from leadcli.when import Span

BEFORE = "_before"


def earlier(window: Span, today: date) -> Span:
    """The days before: whole months before whole months, else as many days. Usage without --since."""
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


Beside = tuple[list[Column], list[Record], Record]


def beside(now: Cube, then: Cube) -> Beside:
    """Columns, rows and totals with each measure of the days before; periods are matched one by one, in order."""
    names = [measure.name for measure in now.measures]
    found = dict(_keyed(then))
    more = []
    for key, row in _keyed(now):
        was = found.pop(key, {})
        more.append({**row, **{name + BEFORE: was.get(name, _nothing(name)) for name in names}})
    for row in found.values():
        empty = {name: _nothing(name) for name in names}
        more.append({**row, **empty, **{name + BEFORE: row[name] for name in names}})
    columns = now.columns()
    after = [Column(measure.name + BEFORE, f"{measure.label} before", measure.kind, 2) for measure in now.measures]
    at = len(now.groups) + len(now.measures)
    totals = {**now.totals, **{name + BEFORE: then.totals[name] for name in names}}
    return [*columns[:at], *after, *columns[at:]], more, totals


def _keyed(cube: Cube) -> Iterator[tuple[Any, Record]]:
    """Rows by what they are matched by: the groups, or how many periods after the first."""
    dated = len(cube.groups) == 1 and bool(cube.groups[0].period)
    places: dict[Any, int] = {}
    for row in cube.rows():
        labels = tuple(row[group.name] for group in cube.groups)
        yield (places.setdefault(labels, len(places)) if dated else labels, row["currency"]), row


def _nothing(name: str) -> int | None:
    return 0 if name in ("count", "value", "weighted") else None
