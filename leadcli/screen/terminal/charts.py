"""Reports as pictures of text: bars, a funnel, months side by side, a trend in one line. Numbers beside every mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.model.kinds import Kind, Money, Record
from leadcli.model.results import Chart, Page, Table
from leadcli.screen.formats.plain import totals_row
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"
ASCII_LEVELS = "_.-~=+*#"
WIDEST, LEAST, HEIGHT, FEW = 40, 8, 8, 12
UNNAMED = 3  # a name, a count and an amount speak for themselves; more columns have a heading
NONE = "(none)"  # a row without a date has no place among the periods


def text_bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """A bar of `share` (0-1) of the width, exact to an eighth of a cell; something above nothing is never invisible."""
    share = min(max(share, 0.0), 1.0)
    if ascii_only:
        return "#" * (max(round(share * width), 1) if share else 0)
    eighths = max(round(share * width * 8), 1) if share else 0
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def text_sparkline(values: Sequence[float], *, ascii_only: bool = False) -> str:
    """One character a value, eight levels, scaled from 0."""
    levels, most = ASCII_LEVELS if ascii_only else LEVELS, max([*values, 0])
    return "".join(levels[min(int(max(value, 0) / most * 8), 7)] if most else levels[0] for value in values)


def show_chart(table: Table, output: Output) -> int:
    """Draw the table of a report with its chart; how many rows it had."""
    from leadcli.screen.terminal.console import draw_page, make_console

    rows = list(table.rows)
    if not rows:
        return 0
    to = make_console(output)
    width = to.width if output.on_terminal or output.width else 80
    draw_page(output, to, *_draw_chart(table, rows, width, output))
    return len(rows)


def show_page(page: Page, output: Output) -> None:
    """The figures in lines, then every report with its chart."""
    from rich.text import Text

    from leadcli.screen.terminal.console import cut_text, draw_page, make_console
    from leadcli.screen.terminal.table import is_sayable

    to = make_console(output)
    width = to.width if output.on_terminal or output.width else 80
    title = is_sayable(make_safe(f"{page.title}  {page.subtitle}"), output)
    parts: list[RenderableType] = [Text(cut_text(title, width, ascii_only=output.ascii), style="heading")]
    room = max((len(figure.label) for figure in page.figures), default=0)
    for figure in page.figures:
        note = f"  ({make_safe(figure.note)})" if figure.note else ""
        line = f" {make_safe(figure.label):<{room}}  {make_safe(figure.text)}{note}"
        parts.append(Text(cut_text(is_sayable(line, output), width, ascii_only=output.ascii)))
    for part in page.parts:
        rows = list(part.rows)
        if rows:
            parts += [Text(""), *_draw_chart(part, rows, width, output)]
    draw_page(output, to, *parts)


def _draw_chart(table: Table, rows: Sequence[Record], width: int, output: Output) -> Iterator[RenderableType]:
    from rich.text import Text

    from leadcli.screen.terminal.console import cut_text
    from leadcli.screen.terminal.table import is_sayable

    chart = table.chart
    assert chart
    if table.title:
        yield Text(
            cut_text(is_sayable(make_safe(table.title), output), width, ascii_only=output.ascii), style="heading"
        )
    shape = chart_shape(chart, rows, width)
    dated = [row for row in rows if row.get(chart.label) != NONE]
    if shape == "trend":
        line = text_sparkline(bar_shares(dated, table), ascii_only=output.ascii)
        yield Text(" " + cut_text(line, width - 1, ascii_only=output.ascii), style="bar")
    if shape == "months":
        yield from (Text(line, style="bar") for line in month_rows(dated, table, output))
    yield from _draw_bars(rows, table, width, output, shape=shape)


def chart_shape(chart: Chart, rows: Sequence[Record], width: int) -> str:
    """Few periods are bars, more stand upright side by side, very many are a trend in one line."""
    if chart.shape != "months" or len(rows) <= FEW or len({row.get("currency") for row in rows}) > 1:
        return "bars" if chart.shape == "months" else chart.shape
    return "months" if len(rows) * 4 <= width else "trend"


def bar_shares(rows: Sequence[Record], table: Table) -> list[float]:
    """Each row's measure as a share of the largest; amounts of different currencies are never compared."""
    assert table.chart
    measure = table.chart.measure
    apart = is_money_chart(table)
    largest: dict[Any, float] = {}
    for row in rows:
        currency = row.get("currency") if apart else None
        largest[currency] = max(largest.get(currency, 0.0), read_measure(row.get(measure)))
    return [read_measure(row.get(measure)) / (largest[row.get("currency") if apart else None] or 1.0) for row in rows]


def is_money_chart(table: Table) -> bool:
    """The chart draws amounts, not numbers of leads."""
    measure = table.chart.measure if table.chart else ""
    return any(column.name == measure and isinstance(column.kind, Money) for column in table.columns)


def month_rows(rows: Sequence[Record], table: Table, output: Output) -> list[str]:
    """Upright columns, one a period, the last letters of its name below."""
    assert table.chart
    heights = [share * HEIGHT * 8 for share in bar_shares(rows, table)]
    lines = []
    for level in reversed(range(HEIGHT)):
        parts = [min(max(round(height) - level * 8, 0), 8) for height in heights]
        marks = [" #"[part >= 4] if output.ascii else (" " + LEVELS)[part] for part in parts]
        lines.append(" " + "".join(f"{mark * 2}  " for mark in marks).rstrip())
    names = [make_safe(str(row.get(table.chart.label) or ""))[-3:].lstrip("-") for row in rows]
    return [*lines, " " + "".join(f"{name:<4}" for name in names).rstrip()]


def _draw_bars(rows: Sequence[Record], table: Table, width: int, output: Output, *, shape: str) -> Iterator[Text]:
    """A line a row: its name, its numbers, its bar; the totals last."""
    from rich.cells import cell_len
    from rich.text import Text

    from leadcli.screen.terminal.table import cell_text, column_label, narrow_cells

    assert table.chart
    marked = [*rows, totals_row(table)] if table.totals else rows
    texts = [[cell_text(column.kind, row.get(column.name), row, output) for column in table.columns] for row in marked]
    head = [column_label(column) for column in table.columns] if len(table.columns) > UNNAMED else []
    lines = [head, *texts] if head else texts
    natural = [max(cell_len(line[at]) for line in lines) for at in range(len(table.columns))]
    widths = narrow_cells(natural, max(width - 2 * len(natural) - 1, len(natural)))
    room = min(width - sum(widths) - 2 * len(widths) - 1, WIDEST)
    drawn = bar_shares(rows, table) if room >= LEAST and shape in ("bars", "funnel") else []
    if head:
        named = zip(head, widths, table.columns, strict=True)
        yield Text(
            (" " + "  ".join(_align_rows(text, each, column.kind, output) for text, each, column in named)).rstrip()
        )
    for at, line in enumerate(texts):
        mark = text_bar(drawn[at], room, ascii_only=output.ascii) if at < len(drawn) else ""
        if shape == "funnel":
            mark = " " * ((room - len(mark)) // 2) + mark
        cells = (_align_rows(text, each, column.kind, output)
                 for text, each, column in zip(line, widths, table.columns, strict=True))  # fmt: skip
        drawn_line = Text(" " + "  ".join([*cells, ""])).append(mark, style="bar")
        drawn_line.rstrip()  # in place
        yield drawn_line


def _align_rows(text: str, width: int, kind: Kind, output: Output) -> str:
    from rich.cells import cell_len

    from leadcli.screen.terminal.console import cut_text

    shown = cut_text(text, width, ascii_only=output.ascii)
    space = " " * (width - cell_len(shown))
    return space + shown if kind.right else shown + space


def read_measure(value: Any) -> float:
    """A number as a length: nothing, and less than nothing, is 0."""
    try:
        return max(float(value or 0), 0.0)
    except (TypeError, ValueError):
        return 0.0
