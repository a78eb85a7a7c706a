"""A table on a terminal: columns that fit, numbers to the right, two lines a record where it is very narrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.cells import cell_len
from rich.padding import Padding
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text

from leadcli.model.kinds import Due, Email, Kind, Money, Phone, Record, Url
from leadcli.model.kinds.many import Emails, Phones
from leadcli.model.results import Column, Table
from leadcli.screen.formats.plain import totals_row
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe
from leadcli.screen.terminal.console import choice_style, cut_text, draw_page, make_console
from leadcli.text.links import mail_link, phone_link, web_link

if TYPE_CHECKING:
    from rich.console import RenderableType

BLOCKS_BELOW = 50
GAP = 2
LEAST = 12  # a text column is not made narrower than this while another can be dropped
_SHORT = 20  # a text with a number in it, such as a date, is shown whole up to this width
LATE = "late "
SIGNS = {"–": "-", "…": "...", "·": "-", "×": "x"}
ASCII_HEAD = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


class Sheet(NamedTuple):
    """What will be seen: the columns that fit, how wide each is, and the cells."""

    columns: Sequence[Column]
    widths: Sequence[int]
    rows: Sequence[Record]
    cells: Sequence[Sequence[str]]


def show_table(table: Table, output: Output) -> int:
    """Draw the table; how many rows it had."""
    rows = list(table.rows)
    if not rows:
        return 0
    to = make_console(output)
    heading = [Text(make_safe(table.title), style="heading")] if table.title else []
    columns = _seen_columns(table, output)
    if to.width < BLOCKS_BELOW:
        draw_page(output, to, *heading, *_blocks(columns, rows, to.width, output))
        return len(rows)
    marked = [*rows, totals_row(table)] if table.totals else rows
    sheet = fit_columns(columns, marked, to.width, output)
    draw_page(output, to, *heading, *_parts(table, sheet, len(rows), output))
    return len(rows)


def _seen_columns(table: Table, output: Output) -> list[Column]:
    """The columns without the one that groups, and without the currency, which stands with every amount."""
    has_money = any(isinstance(column.kind, Money) for column in table.columns)
    hidden = {table.group} | ({"currency"} if has_money and not output.fields else set())
    return [column for column in table.columns if column.name not in hidden]


def fit_columns(
    columns: Sequence[Column], rows: Sequence[Record], width: int, output: Output, *, header: bool = True
) -> Sheet:
    """Drop columns by priority (0 never), the highest first, until each has room; then narrow the widest texts."""
    cells = {
        column.name: [cell_text(column.kind, row.get(column.name), row, output) for row in rows] for column in columns
    }
    natural = {
        column.name: max(
            [cell_len(text) for text in cells[column.name]] + [cell_len(column_label(column)) if header else 0]
        )
        for column in columns
    }

    least = {column.name: _least_width(column, natural[column.name], width, header=header) for column in columns}
    shown = _columns_that_fit(columns, least, width, output)
    firm = sum(least[column.name] for column in shown) <= width - GAP * len(shown)
    widths = _column_widths(
        [(natural[each.name], firm and _is_firm(each, natural[each.name], width)) for each in shown],
        width - GAP * len(shown),
    )
    lines = [
        [
            text if column.whole else cut_text(text, room, ascii_only=output.ascii)
            for column, room in zip(shown, widths, strict=True)
            for text in (cells[column.name][at],)
        ]
        for at in range(len(rows))
    ]
    return Sheet(shown, widths, rows, lines)


def _least_width(column: Column, natural: int, width: int, *, header: bool) -> int:
    """A column's width while another one can be dropped."""
    if column.kind.right or _is_firm(column, natural, width):
        return natural
    return min(natural, max(LEAST, cell_len(column_label(column)) if header else 0))


def _is_firm(column: Column, natural: int, width: int) -> bool:
    """It is shown as wide as it is: what must be read whole, and an address that the screen has room for."""
    return column.whole or (is_link(column.kind) and natural <= width * 2 // 3)


def _columns_that_fit(columns: Sequence[Column], least: Mapping[str, int], width: int, output: Output) -> list[Column]:
    """The columns without those that go by priority; an address that was named by --fields goes after all others."""
    shown = list(columns)
    while sum(least[column.name] + GAP for column in shown) > width and any(map(_may_go, shown)):
        others = [column for column in shown if _may_go(column) and not (output.fields and is_link(column.kind))]
        droppable = others or [column for column in shown if _may_go(column)]
        last = max(column.priority for column in droppable)
        shown.remove([column for column in droppable if column.priority == last][-1])
    return shown


def _column_widths(columns: Sequence[tuple[int, bool]], room: int) -> list[int]:
    """(width, is firm) of columns -> widths that fit in `room`; the firm ones stay as they are."""
    narrowed = iter(narrow_cells([width for width, is_firm in columns if not is_firm],
                                 room - sum(width for width, is_firm in columns if is_firm)))  # fmt: skip
    return [width if is_firm else next(narrowed) for width, is_firm in columns]


def _may_go(column: Column) -> bool:
    return bool(column.priority) and not column.whole


def narrow_cells(widths: Sequence[int], room: int) -> list[int]:
    """The widths, the widest made equal and narrower until they all fit in `room`."""
    narrowed = list(widths)
    while sum(narrowed) > room and max(narrowed, default=0) > 1:
        widest = max(narrowed)
        next_lower = max([each for each in narrowed if each < widest], default=1)
        tops = [at for at, each in enumerate(narrowed) if each == widest]
        spare = sum(narrowed) - room
        if spare >= len(tops) * (widest - next_lower):
            for at in tops:
                narrowed[at] = next_lower
            continue
        share, remainder = divmod(spare, len(tops))
        for order, at in enumerate(tops):
            narrowed[at] -= share + (order < remainder)
    return narrowed


def cell_text(kind: Kind, value: object, row: Record, output: Output) -> str:
    return is_sayable(make_safe(kind.show(value, row, output.look)), output)


def is_sayable(text: str, output: Output) -> str:
    """Text as this stream can say it, so that its width is known: our own signs in ASCII, else \\uXXXX."""
    if not output.ascii or text.isascii():
        return text
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    return text.encode(output.encoding, "backslashreplace").decode(output.encoding) if output.narrow else text


def column_label(column: Column) -> str:
    return make_safe(column.label).upper()


def rich_table(sheet: Sheet, output: Output, *, header: bool = True, rows: slice = slice(None)) -> RichTable:
    """The sheet's rows as a Rich table without an outer box, two spaces between columns."""
    frame = (ASCII_HEAD if output.ascii else box.SIMPLE_HEAD) if header else None
    drawn = RichTable(box=frame, show_header=header, show_edge=False,
                      pad_edge=False, padding=(0, GAP if not header else 1, 0, 0), header_style="heading")  # fmt: skip
    for column, width in zip(sheet.columns, sheet.widths, strict=True):
        label = Text(cut_text(column_label(column), width, ascii_only=output.ascii))
        drawn.add_column(label, width=width, no_wrap=not column.whole, overflow="fold" if column.whole else "crop",
                         justify="right" if column.kind.right else "left")  # fmt: skip
    for row, texts in zip(sheet.rows[rows], sheet.cells[rows], strict=True):
        drawn.add_row(
            *(style_cell(column, text, row, output) for column, text in zip(sheet.columns, texts, strict=True))
        )
    return drawn


def is_link(kind: Kind) -> bool:
    """E-mails, phones and web addresses, which are of use only whole."""
    return isinstance(kind, Email | Emails | Phone | Phones | Url)


def unbroken_line(text: Text, width: int) -> Text:
    """A line with an address in it: no line break of ours stands inside, so that it is copied whole."""
    line = Text("  " if cell_len(text.plain) + 2 <= width else "", no_wrap=True, overflow="ignore")
    return line.append_text(text)


def style_cell(column: Column, text: str, row: Record, output: Output) -> Text:
    """A cell: e-mail, phone and website are links; late is also red, and a choice has the colour the desk gives it."""
    styled = Text(text, style=choice_style(column.kind, row.get(column.name), output))
    target = cell_link(column.kind, row.get(column.name))
    if target:
        styled.stylize(Style(link=target))
    if text.startswith(LATE) and isinstance(column.kind, Due):
        styled.stylize("late")
    return styled


def cell_link(kind: Kind, value: object) -> str:
    """Where a click on this value leads; '' for anything but a well-formed e-mail, phone or web address."""
    if isinstance(kind, Emails | Phones) and isinstance(value, list) and value:
        value = value[0].get("e164") or value[0]["value"]
    if not isinstance(value, str):
        return ""
    if isinstance(kind, Phone | Phones):
        return phone_link(value)
    if isinstance(kind, Email | Emails):
        return mail_link(value)
    return web_link(value) if isinstance(kind, Url) else ""


def _parts(table: Table, sheet: Sheet, count: int, output: Output) -> Iterator[RenderableType]:
    if table.group:
        yield from _groups(table, sheet, count, output)
        return
    drawn = rich_table(sheet, output)
    if len(sheet.rows) > count:
        drawn.rows[count - 1].end_section = True
        drawn.rows[count].style = "heading"
    yield drawn


def _groups(table: Table, sheet: Sheet, count: int, output: Output) -> Iterator[RenderableType]:
    start = 0
    for value, members in groupby(sheet.rows[:count], key=lambda row: row.get(table.group)):
        end = start + len(list(members))
        yield Text(make_safe("–" if value is None else str(value)), style="heading")
        yield rich_table(sheet, output, header=False, rows=slice(start, end))
        start = end
    if len(sheet.rows) > count:
        yield rich_table(sheet, output, header=False, rows=slice(count, None))


def _blocks(columns: Sequence[Column], rows: Iterable[Record], width: int, output: Output) -> Iterator[RenderableType]:
    """Two lines a record: what is never dropped, then the rest; what must be read whole has lines of its own."""
    between = " - " if output.ascii else " · "
    for row in rows:
        texts = [(column, cell_text(column.kind, row.get(column.name), row, output)) for column in columns]
        first = "  ".join(text for column, text in texts if column.priority == 0 and text and not column.whole)
        yield Text(cut_text(first, width, ascii_only=output.ascii), style="heading")
        wholes = [text for column, text in texts if column.whole and text]
        fits = cell_len(between.join(wholes)) <= width - 2
        for whole in [between.join(wholes)] if fits and wholes else wholes:
            yield Padding(Text(whole, overflow="fold"), (0, 0, 0, 2))
        further = [(column, text) for column, text in texts if _may_go(column) and text]
        alone = [column for column, text in further if is_link(column.kind) and cell_len(text) > width // 2]
        for column, text in further:
            if column in alone:
                yield unbroken_line(style_cell(column, text, row, output), width)
        if rest := _rest_line([each for each in further if each[0] not in alone], width, output):
            yield Text(rest)


def _rest_line(texts: Sequence[tuple[Column, str]], width: int, output: Output) -> str:
    """The rest of a record in one line: texts are made shorter, numbers and addresses stand whole or not at all."""
    between = " - " if output.ascii else " · "
    left, room = list(texts), width - 2

    def needed(column: Column, text: str) -> int:
        whole = column.kind.right or is_link(column.kind) or isinstance(column.kind, Due)
        whole = whole or (cell_len(text) <= _SHORT and any(letter.isdigit() for letter in text))
        return cell_len(text) if whole else min(cell_len(text), LEAST)

    while left and sum(needed(*each) for each in left) + len(between) * (len(left) - 1) > room:
        left.pop()
    spare = room - sum(needed(*each) for each in left) - len(between) * (len(left) - 1)
    parts = []
    for column, text in left:
        extra = min(cell_len(text) - needed(column, text), spare)
        spare -= extra
        parts.append(cut_text(text, needed(column, text) + extra, ascii_only=output.ascii))
    return "  " + between.join(parts) if parts else ""
