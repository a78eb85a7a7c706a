"""Plain mode: the same values as sentences, for screen readers and braille lines. No boxes, bars or colour.

    12, Ada Lovelace, new, 12500 euro, due 2026-11-24

Columns that are never dropped and money speak for themselves, every other value says what it is; days are written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from leadcli.model.kinds import TEXT, Day, Flag, Kind, Look, Moment, Money, Record
from leadcli.model.results import Board, Card, Column, Page, Table
from leadcli.screen.formats.plain import totals_row
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe
from leadcli.text import money as money_text

CURRENCIES = {"EUR": "euro", "USD": "US dollars", "GBP": "pounds", "JPY": "yen", "CHF": "Swiss francs"}


def table_sentences(table: Table, output: Output) -> Iterator[str]:
    """One sentence a row, the totals last."""
    if table.title:
        yield make_safe(table.title) + "\n"
    group: Any = None
    for row in table.rows:
        if table.group and row.get(table.group) != group:
            group = row.get(table.group)
            yield make_safe(str(group)) + ":\n"
        yield sentence(table.columns, row, output.look) + "\n"
    if table.totals:
        yield sentence(table.columns, totals_row(table), output.look) + "\n"


def page_sentences(page: Page, output: Output) -> Iterator[str]:
    """The figures, a sentence each, then every report."""
    yield f"{make_safe(page.title)}, {make_safe(page.subtitle)}\n"
    for figure in page.figures:
        yield ", ".join(make_safe(text) for text in (figure.label, figure.text, figure.note) if text) + "\n"
    for part in page.parts:
        yield "\n"
        yield from table_sentences(part, output)


def sentence(columns: Sequence[Column], row: Record, look: Look) -> str:
    """The filled cells of a row, separated by commas."""
    parts = []
    for column in columns:
        text = spoken_value(column.kind, row.get(column.name), row, look)
        if text:
            bare = column.priority == 0 or isinstance(column.kind, Money)
            parts.append(text if bare else f"{make_safe(column.label)} {text}")
    return ", ".join(parts)


def card_sentences(card: Card, output: Output) -> Iterator[str]:
    """One field per line, then each section's rows."""
    yield make_safe(card.heading) + (f", {make_safe(card.badges)}" if card.badges else "") + "\n"
    for _, columns in card.groups:
        for column in columns:
            text = spoken_value(column.kind, card.record.get(column.name), card.record, output.look)
            if text:
                yield f"{make_safe(column.label)}: {text}\n"
    for section in card.sections:
        rows = [f"{sentence(section.columns, row, output.look)}\n" for row in section.rows]
        if rows:
            yield make_safe(section.title) + ":\n"
            yield from rows


def board_sentences(board: Board, output: Output) -> Iterator[str]:
    """Each lane with its count and money, then its cards."""
    shown = [column for column in board.columns if column.name in ("id", "name", "company", "value", "due")]
    shown.append(Column("snoozed", "snoozed", TEXT))
    for lane in board.lanes:
        money = [money_words(units, currency) for currency, units in lane.value]
        yield ", ".join([f"{make_safe(lane.name)}: {lane.count}", *money]) + "\n"
        yield from (f"{sentence(shown, card, output.look)}\n" for card in lane.cards)
        hidden = lane.count - len(lane.cards)
        if hidden > 0:
            yield f"{hidden} more: leadcli list {make_safe(lane.query)}\n"


def money_words(units: int, currency: str | None) -> str:
    """`12500 euro`, `12.50 US dollars`, `1000 KWD`."""
    digits = money_text.plain_amount(units, currency)
    whole, _, cents = digits.partition(".")
    return f"{digits if cents.strip('0') else whole} {CURRENCIES.get(currency or '', currency or '')}".rstrip()


def spoken_value(kind: Kind, value: Any, row: Record, look: Look) -> str:
    if value is None or value == []:
        return ""
    if isinstance(kind, Money):
        return money_words(value, row.get("currency") or look.currency)
    if isinstance(kind, Moment):
        return kind.spoken(value)
    if isinstance(kind, Day | Flag):
        return make_safe(kind.plain(value, row))
    return make_safe(kind.show(value, row, look))
