"""What a mail shows: a report, several, or a record's card as plain text, as HTML and as a CSV file to go along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadcli.kinds import LONG, TEXT
from leadcli.screen.html import mail_html, plain_text
from leadcli.screen.output import Output
from leadcli.screen.plain import csv_text
from leadcli.table import Card, Column, Figure, Page, Table

_FACTS = (Column("field", "field", TEXT, 0), Column("value", "value", LONG, 0))


class Body(NamedTuple):
    """The body of a mail in both forms, and its numbers as CSV without formulas."""

    text: str
    html: str
    csv: bytes


def body(value: Table | Page | list[Card], output: Output) -> Body:
    """What a command returned, as a mail shows it."""
    title, subtitle, figures, tables = _parts(value, output)
    text = plain_text(tables, output.look, title=title if isinstance(value, Page) else "", figures=figures)
    html = mail_html(tables, output.look, title=title, subtitle=subtitle, figures=figures)
    table = value if isinstance(value, Table) else value.table if isinstance(value, Page) else tables[0]
    written = csv_text(table, output._replace(format="csv", raw=False, excel=True, file="attached.csv"))
    return Body(text, html, "".join(written).encode("utf-8", "replace"))


def _parts(value: Table | Page | list[Card], output: Output) -> tuple[str, str, Sequence[Figure], Sequence[Table]]:
    """(title, subtitle, figures, tables)."""
    if isinstance(value, Table):
        title, _, rest = value.title.partition(",")
        return title or "Report", rest.strip(), (), [value]
    if isinstance(value, Page):
        return value.title, value.subtitle, value.figures, value.parts
    tables = [each for card in value for each in (_facts(card, output), *card.sections)]
    return (value[0].heading if len(value) == 1 else f"{len(value)} records"), "", (), tables


def _facts(card: Card, output: Output) -> Table:
    """The filled fields of a card as a table of two columns."""
    rows = []
    for _, columns in card.groups:
        for column in columns:
            if shown := column.kind.show(card.record.get(column.name), card.record, output.look):
                rows.append({"field": column.label, "value": shown})
    return Table(_FACTS, rows, title=card.heading.replace(",", " ") + (f", {card.badges}" if card.badges else ""))
