"""The geometry of a report's picture: marks with shares, labels and tips, which the templates turn into SVG.

Widths are percentages and text is never scaled, so that a picture reads the same on a telephone and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from leadcli.model.kinds import Look, Money, Record
from leadcli.model.results import Chart, Column, Table
from leadcli.screen.safe import make_safe
from leadcli.screen.terminal.charts import NONE, bar_shares, is_money_chart, read_measure
from leadcli.text import money

ROW, PLOT, SMALL = 46, 150, 20  # pixels: a bar with its words; the height of upright columns; room for their words
MOST_COLUMNS, MOST_LABELS, MOST_BARS = 40, 6, 30
WIDE_LABELS = 14  # up to so many columns each has its words where there is room
LABEL = 26
UPRIGHT = ("months", "trend")


class ChartMark(NamedTuple):
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


class ChartPicture(NamedTuple):
    """`shape` is bars, funnel, months or trend; `height` in pixels, `step` the width of a column in percent."""

    shape: str
    title: str
    height: int
    marks: Sequence[ChartMark]
    step: float = 0.0
    top: str = ""  # what the highest column means
    legend: Sequence[str] = ()
    hidden: int = 0
    points: str = ""
    apart: str = ""  # what has no date and so no place among the periods


def chart_pictures(table: Table, look: Look, *, most: int = MOST_BARS) -> list[ChartPicture]:
    """The picture of a report; one a currency where amounts of several would stand side by side.

    Numbers of leads may be added up over currencies, so they make one picture.
    """
    rows, chart = list(table.rows), table.chart
    if not chart or not chart.shape or not rows:
        return []
    table = table._replace(rows=rows)
    currencies = list(dict.fromkeys(row.get("currency") for row in rows))
    if len(currencies) > 1 and not is_money_chart(table):
        return [_picture(_sum_currencies(table, rows, chart), chart, look, most)]
    if len(currencies) == 1:
        picture = _picture(table, chart, look, most)
        coded = picture.shape in UPRIGHT and is_money_chart(table) and currencies[0] not in money.SYMBOLS
        return [picture._replace(title=currencies[0] or "") if coded else picture]
    axis = [row[chart.label] for row in rows] if chart.shape == "months" else []
    pictures = []
    for each in sorted(currencies, key=lambda code: (code != look.currency, -_currency_weight(rows, code), code or "")):
        currency_rows = [row for row in rows if row.get("currency") == each]
        picture = _picture(table._replace(rows=_on_axis(table, currency_rows, axis)), chart, look, most)
        pictures.append(picture._replace(title=each or ""))
    return pictures


def _currency_weight(rows: Sequence[Record], currency: str | None) -> int:
    """How much a currency matters: its leads, or the rows it has where leads are not counted."""
    return sum(row.get("count") or 1 for row in rows if row.get("currency") == currency)


def _on_axis(table: Table, rows: Sequence[Record], axis: Sequence[str]) -> list[Record]:
    """The rows of one currency with an empty one for every period in which only others have something.

    So pictures beside each other have the same months above each other.
    """
    assert table.chart
    if len([column for column in table.columns if _names_row(column)]) > 1:
        return list(rows)
    label = table.chart.label
    blank = {column.name: None for column in table.columns} | {"currency": rows[0].get("currency")}
    by_label = {row[label]: row for row in rows}
    empty = [each for each in dict.fromkeys(axis) if each not in by_label and each != NONE]
    dated = sorted([*(each for each in by_label if each != NONE), *empty])
    return [by_label.get(each) or {**blank, label: each} for each in dated] + [
        by_label[each] for each in by_label if each == NONE
    ]


def _sum_currencies(table: Table, rows: Sequence[Record], chart: Chart) -> Table:
    """One row a group: its numbers over all currencies, without amounts."""
    columns = [column for column in table.columns if column.name == chart.measure or _names_row(column)]
    sums: dict[tuple[object, ...], Record] = {}
    for row in rows:
        key = tuple(row.get(column.name) for column in columns if column.name != chart.measure)
        before = sums.get(key, {}).get(chart.measure, 0)
        sums[key] = {**row, "currency": None, chart.measure: before + (row.get(chart.measure) or 0)}
    return table._replace(columns=columns, rows=list(sums.values()))


def _names_row(column: Column) -> bool:
    """A group: it says what a row is about."""
    return column.priority == 0 and not column.kind.right


def _picture(table: Table, chart: Chart, look: Look, most: int) -> ChartPicture:
    rows, kinds = list(table.rows), {column.name: column for column in table.columns}
    undated = rows[-1].get(chart.label) == NONE
    shape, dated = chart.shape, len(rows) - undated
    if shape == "months" and sum(map(_names_row, table.columns)) > 1:
        shape, undated = "bars", False  # a month stands there once for each other group: its name needs the room
    elif shape == "months":
        shape = "bars" if dated < 3 else "trend" if dated > MOST_COLUMNS else "months"
    apart, upright = "", shape in UPRIGHT
    if upright and undated:
        apart = "no date: " + _mark_tip(rows.pop(), kinds, look)
    marks = _marks(table._replace(rows=rows), chart, look, upright=upright)
    legend = [kinds[name].label for name in (chart.measure, chart.other)] if chart.other in kinds else []
    if not upright:
        shown = [mark._replace(at=at * ROW) for at, mark in enumerate(marks[:most])]
        return ChartPicture(shape, "", ROW * len(shown), shown, legend=legend, hidden=len(marks) - len(shown))
    step, every = 100 / len(marks), -(-len(marks) // MOST_LABELS)
    spaced = [mark._replace(at=at * step, wide=(len(marks) - 1 - at) % every > 0) for at, mark in enumerate(marks)]
    if len(marks) > WIDE_LABELS:
        spaced = [mark._replace(label="", text="") if mark.wide else mark for mark in spaced]
    highest = max(marks, key=lambda mark: mark.share)
    points = " ".join(f"{at},{100 - 100 * mark.share:.2f}" for at, mark in enumerate(marks)) if shape == "trend" else ""
    return ChartPicture(shape, "", PLOT + 2 * SMALL, spaced, step, highest.text, legend, 0, points, apart)


def _marks(table: Table, chart: Chart, look: Look, *, upright: bool) -> list[ChartMark]:
    kinds = {column.name: column for column in table.columns}
    rows, marks = list(table.rows), []
    for row, share in zip(rows, bar_shares(rows, table), strict=True):
        name = " · ".join(make_safe(str(row.get(column.name))) for column in table.columns if _names_row(column))
        text = _short(kinds[chart.measure], row, look)
        if upright:
            text = text.removesuffix(f" {row.get('currency')}")  # it stands in the title: columns are narrow
        beside = [_short(kinds[each], row, look) for each in kinds if _side_labels(each, chart, kinds)]
        note = "" if upright else " · ".join(filter(None, beside))
        size = row.get(chart.measure)
        other = share * read_measure(row.get(chart.other)) / float(size) if chart.other and size else 0.0
        label = period_label(name) if upright else _cut_label(name)
        marks.append(ChartMark(label, text, note, f"{name}: {_mark_tip(row, kinds, look)}", share, min(other, 1.0)))
    return marks


def _mark_tip(row: Record, kinds: dict[str, Column], look: Look) -> str:
    """Every number of a row with its name: `leads 42, value €86,300.00`."""
    columns = [column for column in kinds.values()
            if not _names_row(column) and column.name != "currency" and row.get(column.name) is not None]  # fmt: skip
    return ", ".join(f"{make_safe(column.label)} {_mark_label(column, row, look)}" for column in columns)


def _side_labels(name: str, chart: Chart, kinds: dict[str, Column]) -> bool:
    """What is said next to a bar beside its measure: money, and the rates of a funnel."""
    kind = kinds[name].kind
    return (
        name not in (chart.label, chart.measure)
        and (isinstance(kind, Money) or kind.name == "percent")
        and name not in ("step", chart.other)
    )


def _mark_label(column: Column, row: Record, look: Look) -> str:
    return make_safe(column.kind.show(row.get(column.name), row, look))


def _short(column: Column, row: Record, look: Look) -> str:
    value = row.get(column.name)
    if isinstance(column.kind, Money) and value is not None:
        return money.short_amount(value, row.get("currency") or look.currency)
    return _mark_label(column, row, look)


def _cut_label(text: str) -> str:
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
