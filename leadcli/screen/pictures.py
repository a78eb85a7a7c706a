"""The geometry of a report's picture: marks with shares, labels and tips, which the templates turn into SVG.

Widths are percentages and text is never scaled, so that a picture reads the same on a telephone and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from leadcli import amounts
from leadcli.kinds import Look, Money, Record
from leadcli.screen.charts import shares
from leadcli.screen.safe import safe
from leadcli.table import Chart, Column, Table

ROW, PLOT, SMALL = 46, 150, 20  # pixels: a bar with its words; the height of upright columns; room for their words
MOST_COLUMNS, MOST_LABELS, MOST_BARS = 40, 6, 30
LABEL = 26
NONE = "(none)"


class Mark(NamedTuple):
    """One row: `share` and `other` are 0-1 of the longest, `text` stands beside, `tip` is told on hovering.

    `label` is short enough for its place; `wide` says that it is only shown where there is room.
    """

    label: str
    text: str
    note: str
    tip: str
    share: float
    other: float = 0.0
    wide: bool = False
    at: float = 0.0  # where it begins: pixels from the top (bars), percent from the left (columns)


class Picture(NamedTuple):
    """`shape` is bars, funnel, months or trend; `height` in pixels, `step` the width of a column in percent."""

    shape: str
    title: str
    height: int
    marks: Sequence[Mark]
    step: float = 0.0
    top: str = ""  # what the highest column means
    legend: Sequence[str] = ()
    hidden: int = 0
    points: str = ""
    apart: str = ""  # what has no date and so no place among the periods


def pictures(table: Table, look: Look, *, most: int = MOST_BARS) -> list[Picture]:
    """The picture of a report; one a currency where amounts of several would stand side by side."""
    rows, chart = list(table.rows), table.chart
    if not chart or not chart.shape or not rows:
        return []
    kinds = {column.name: column for column in table.columns}
    currencies = list(dict.fromkeys(row.get("currency") for row in rows))
    if len(currencies) == 1 or chart.shape in ("bars", "funnel"):
        return [_picture(rows, chart, kinds, look, most)]
    found = [
        _picture([row for row in rows if row.get("currency") == each], chart, kinds, look, most) for each in currencies
    ]
    return [picture._replace(title=each or "") for picture, each in zip(found, currencies, strict=True)]


def _picture(rows: Sequence[Record], chart: Chart, kinds: dict[str, Column], look: Look, most: int) -> Picture:
    shape = chart.shape
    dated = len(rows) - (rows[-1].get(chart.label) == NONE)
    if shape == "months":
        shape = "bars" if dated < 3 else "trend" if dated > MOST_COLUMNS else "months"
    apart = ""
    if shape in ("months", "trend") and rows[-1].get(chart.label) == NONE:
        rows, last = rows[:-1], rows[-1]
        apart = "no date: " + ", ".join(
            f"{_said(kinds[name], last, look)} {kinds[name].label}" for name in kinds if name != chart.label
        )
    marks = _marks(rows, chart, kinds, look, upright=shape in ("months", "trend"))
    legend = [kinds[name].label for name in (chart.measure, chart.other) if name] if chart.other else []
    if shape in ("bars", "funnel"):
        shown = [mark._replace(at=at * ROW) for at, mark in enumerate(marks[:most])]
        return Picture(shape, "", ROW * len(shown), shown, legend=legend, hidden=len(marks) - len(shown))
    step = 100 / len(marks)
    every = -(-len(marks) // MOST_LABELS)
    spaced = [mark._replace(at=at * step, wide=(len(marks) - 1 - at) % every > 0) for at, mark in enumerate(marks)]
    if len(marks) > 14:
        spaced = [mark if not mark.wide else mark._replace(label="", text="") for mark in spaced]
    highest = max(marks, key=lambda mark: mark.share)
    points = " ".join(f"{at},{100 - 100 * mark.share:.2f}" for at, mark in enumerate(marks)) if shape == "trend" else ""
    return Picture(shape, "", PLOT + 2 * SMALL, spaced, step, highest.text, legend, 0, points, apart)


def _marks(rows: Sequence[Record], chart: Chart, kinds: dict[str, Column], look: Look, *, upright: bool) -> list[Mark]:
    sizes = shares(rows, chart)
    several = len({row.get("currency") for row in rows}) > 1
    found = []
    for row, share in zip(rows, sizes, strict=True):
        name = safe(str(row.get(chart.label)))
        name = f"{name} {row.get('currency')}" if several and chart.shape != "months" else name
        text = _short(kinds[chart.measure], row, look)
        note = (
            ""
            if upright
            else " · ".join(
                filter(None, (_short(kinds[each], row, look) for each in kinds if _beside(each, chart, kinds)))
            )
        )
        tip = f"{name}: " + ", ".join(
            f"{kinds[each].label} {_said(kinds[each], row, look)}"
            for each in kinds
            if each != chart.label and row.get(each) is not None
        )
        most = row.get(chart.measure)
        other = share * max(float(row.get(chart.other) or 0), 0.0) / float(most) if chart.other and most else 0.0
        found.append(Mark(period_label(name) if upright else _cut(name), text, note, tip, share, min(other, 1.0)))
    return found


def _beside(name: str, chart: Chart, kinds: dict[str, Column]) -> bool:
    """What is said next to a bar beside its measure: money, and the rates of a funnel."""
    kind = kinds[name].kind
    return (
        name not in (chart.label, chart.measure)
        and (isinstance(kind, Money) or kind.name == "percent")
        and name not in ("step", chart.other)
    )


def _said(column: Column, row: Record, look: Look) -> str:
    return safe(column.kind.show(row.get(column.name), row, look))


def _short(column: Column, row: Record, look: Look) -> str:
    value = row.get(column.name)
    if isinstance(column.kind, Money) and value is not None:
        return amounts.short(value, row.get("currency") or look.currency)
    return _said(column, row, look)


def _cut(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1].rstrip() + "…"


def period_label(name: str) -> str:
    """2026-11-22 -> 22 Nov, 2026-W47 -> W47, 2026-11 -> Nov (Jan 26 at the turn), 2026-Q4 -> Q4 26."""
    try:
        if len(name) == 10:
            day = date.fromisoformat(name)
            return f"{day.day} {day:%b}"
        if len(name) == 8:
            return name[5:]
        if name[5:6] == "Q":
            return f"{name[5:]} {name[2:4]}"
        if len(name) == 7:
            first = date.fromisoformat(f"{name}-01")
            return f"{first:%b} {name[2:4]}" if first.month == 1 else f"{first:%b}"
    except ValueError:
        pass
    return name if len(name) <= 8 else name[:7] + "…"
