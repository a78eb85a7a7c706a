"""One record in full on a terminal: heading, fields in two columns (one when narrow), tables below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from leadcli.model.kinds import LongText, Record
from leadcli.model.results import Card, Column, Table
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe
from leadcli.screen.terminal.console import choice_style, draw_page, make_console
from leadcli.screen.terminal.table import is_link, is_sayable, style_cell, unbroken_line

if TYPE_CHECKING:
    from rich.console import RenderableType

TWO_COLUMNS_FROM, WIDEST, GAP = 80, 110, 2
LONG = 40  # a text wider than this takes the whole width


class Entry(NamedTuple):
    """A filled field: its label and its text; `long` takes the whole width."""

    label: str
    text: Text
    long: bool
    link: bool = False


def show_cards(cards: Sequence[Card], output: Output) -> None:
    """Draw the cards, an empty line between two."""
    to = make_console(output)
    width = min(to.width, WIDEST)
    parts: list[RenderableType] = []
    for card in cards:
        parts += [*([Text()] if parts else []), *_card(card, width, output)]
    draw_page(output, to, *parts)


def balance_columns(groups: Sequence[list[Entry]]) -> tuple[list[Entry], list[Entry]]:
    """The groups in order, whole, as two columns of about the same height."""
    heights = [len(group) for group in groups]
    split = min(range(len(groups) + 1), key=lambda at: (max(sum(heights[:at]), sum(heights[at:])), -at))
    return list(chain(*groups[:split])), list(chain(*groups[split:]))


def _card(card: Card, width: int, output: Output) -> Iterator[RenderableType]:
    yield _heading(card, width, output)
    groups = [_entries(card, columns, _value_room(card, width), output) for _, columns in card.groups]
    short = [[entry for entry in group if not entry.long] for group in groups]
    left, right = (
        balance_columns(short) if width >= TWO_COLUMNS_FROM else ([entry for group in short for entry in group], [])
    )
    if left or right:
        yield _grid(left, right, width)
    for entry in (entry for group in groups for entry in group if entry.long):
        label = cell_len(entry.label)
        if entry.link and cell_len(entry.text.plain) > width - 2 * GAP - label:
            yield Text(f"  {entry.label}", style="faint")
            yield unbroken_line(entry.text, width)
        else:
            yield _grid([entry], [], width)
    for section in card.sections:
        yield from _section(section, width, output)


def _value_room(card: Card, width: int) -> int:
    """How wide a value may be in its column of the card."""
    label = max((cell_len(column.label) for _, columns in card.groups for column in columns
                 if card.record.get(column.name)), default=0)  # fmt: skip
    return (width - 2) // (2 if width >= TWO_COLUMNS_FROM else 1) - label - 2 * GAP


def _heading(card: Card, width: int, output: Output) -> Text:
    heading, badges = is_sayable(make_safe(card.heading), output), is_sayable(make_safe(card.badges), output)
    space = min(width, TWO_COLUMNS_FROM) - cell_len(heading) - cell_len(badges)
    text = Text(heading, style="heading")
    if badges:
        text.append(" " * space if space >= GAP else "\n  ").append(_badge_text(card, badges, output))
    return text


def _badge_text(card: Card, badges: str, output: Output) -> Text:
    """The badges, status and priority in the colours of the desk."""
    text = Text(badges, style="badge")
    for column in card.columns:
        value = card.record.get(column.name)
        style = choice_style(column.kind, value, output) if column.name in ("status", "stage", "priority") else ""
        at = badges.find(str(value))
        if style and at >= 0:
            text.stylize(style, at, at + len(str(value)))
    return text


def _entries(card: Card, columns: Iterable[Column], room: int, output: Output) -> list[Entry]:
    """The filled fields of a group; a link wider than `room` takes the whole width."""
    entries = []
    for column in columns:
        text = _text(column, card.record, output)
        if text.strip():
            link = is_link(column.kind)
            widest = max(map(cell_len, text.split("\n")))
            long = (isinstance(column.kind, LongText) and ("\n" in text or widest > LONG)) or (link and widest > room)
            name = make_safe(column.label)
            entries.append(
                Entry(name[:1].upper() + name[1:], style_cell(column, text, card.record, output), long, link)
            )
    return entries


def _text(column: Column, record: Record, output: Output) -> str:
    shown = column.kind.show(record.get(column.name), record, output.look)
    return is_sayable(make_safe(shown.strip("\n"), lines=True), output)


def _grid(left: Sequence[Entry], right: Sequence[Entry], width: int) -> RenderableType:
    label = max([cell_len(entry.label) for entry in (*left, *right)], default=0)
    grid = RichTable.grid(padding=(0, GAP, 0, 0))
    for _ in range(2 if right else 1):
        grid.add_column(width=label, style="faint", overflow="fold")
        grid.add_column(width=(width - 2) // (2 if right else 1) - label - 2 * GAP, overflow="fold")
    for at in range(max(len(left), len(right))):
        pair: list[Text] = []
        for entries in (left, right) if right else (left,):
            pair += [Text(entries[at].label), entries[at].text] if at < len(entries) else [Text(), Text()]
        grid.add_row(*pair)
    return Padding(grid, (0, 0, 0, 2))


def _section(section: Table, width: int, output: Output) -> Iterator[RenderableType]:
    """The title, then the rows without a header; texts wrap rather than lose their end."""
    rows = list(section.rows)
    if not rows:
        return
    yield Text(make_safe(section.title), style="heading")
    grid = RichTable.grid(padding=(0, GAP, 0, 0))
    for at, column in enumerate(section.columns):
        wraps = isinstance(column.kind, LongText) or at == len(section.columns) - 1
        grid.add_column(no_wrap=not wraps, overflow="fold", justify="right" if column.kind.right else "left")
    for row in rows:
        grid.add_row(*(style_cell(column, _text(column, row, output), row, output) for column in section.columns))
    yield Padding(grid, (0, 0, 0, 2), expand=False)
