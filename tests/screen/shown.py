"""What show() writes for a value: streams that may be terminals, and a small desk's values."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from leadcli.model.fields import LEAD
from leadcli.model.kinds import INTEGER, LONG, MONEY, TEXT, Look, Record
from leadcli.model.results import Board, Card, Chart, Column, Lane, ResultNote, Shown, Table
from leadcli.screen import Output, show_value

LOOK = Look(date(2026, 11, 22))
HOSTILE = "[bold]x[/] :smile: \x1b[31m\x9b2J\u202eevil\u200b\x07"
HOSTILE_SHOWN = "[bold]x[/] :smile: ^[[31mM-^[2J<U+202E>evil<U+200B>^G"


class Stream(io.TextIOWrapper):
    """A standard stream held in memory; a terminal if told so."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        self.terminal, self.bytes = terminal, io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, newline="\n", write_through=True)

    def isatty(self) -> bool:
        return self.terminal

    @property
    def text(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


class Seen(NamedTuple):
    """What came out, and the exit code."""

    out: str
    err: str
    code: int


def seen(value: Shown | list[Card], *, terminal: bool = False, encoding: str = "utf-8", **options: Any) -> Seen:
    """Show the value to a terminal of 80 columns, or to a pipe."""
    out, err = Stream(terminal=terminal, encoding=encoding), Stream(terminal=terminal)
    settings = {"look": LOOK, "color": "never", "width": 80 if terminal else 0, **options}
    code = show_value(value, Output(out=out, err=err, **settings))
    return Seen(out.text, err.text, code)


def column(name: str) -> Column:
    field = LEAD.fields[name]
    return Column(name, field.title, field.kind, field.list)


def lead(number: int, name: str, **values: Any) -> Record:
    given: Mapping[str, Any] = {"company": None, "value": None, "currency": "EUR", "status": "New", "owner": None,
                                "due": None, "age": 3, "email": None}  # fmt: skip
    return {"id": number, "name": name, **given, **values}


COLUMNS = [column(name) for name in ["id", "name", "company", "value", "status", "owner", "due", "age", "email"]]
ADA = lead(12, "Ada Lovelace", company="Analytical Engines", value=1250000, owner="ann", due="2026-11-27T09:00:00Z",
           email="ada@acme.com")  # fmt: skip
LINUS = lead(3, "Linus T.", company="Transmeta", value=2200000, status="Qualified", due="2026-11-19T09:00:00Z", age=21)
JAPANESE = "株式会社日本製鋼所ホールディングス東京本社"
YEN = lead(15, "山田太郎と長い名前の会社の部長さんです", company=JAPANESE, value=100000, currency="JPY")
EVIL = lead(14, HOSTILE, company="tab\there\nand newline")
ROWS = [ADA, LINUS, YEN, EVIL]
LEADS = Table(COLUMNS, ROWS, footer="4 of 9 open leads", empty="No leads yet. Add one: leadcli add NAME")

CARD = Card(
    heading="Lead 12  Ada Lovelace",
    badges="new · high",
    groups=[
        ("Person", [column("company"), column("emails")]),
        ("Deal", [column("value")]),
        ("Notes", [column("description")]),
    ],
    record={**ADA, "emails": [{"value": "ada@acme.com", "label": "work"}], "description": f"first line\n{HOSTILE}"},
    columns=[column(name) for name in ["id", "name", "company", "emails", "value", "currency", "description"]],
    sections=[
        Table(
            [Column("at", "at", TEXT), Column("text", "text", LONG)],
            [{"at": "2026-11-20", "text": "left voicemail"}],
            title="Activity",
        )
    ],
    extra={"history": []},
)

BOARD = Board("Pipeline", "status", [
    Lane("New", 40, [("EUR", 1530000)], [ADA, EVIL], "status:new"),
    Lane("Contacted", 1, [("JPY", 100000)], [YEN]),
    Lane("Qualified", 1, [("EUR", 2200000), ("USD", 100)], [LINUS]),
    Lane("Lost", 0, [], []),
], COLUMNS)  # fmt: skip


def report(shape: str = "bars") -> Table:
    columns = [Column("status", "status", TEXT, 0), Column("count", "count", INTEGER), Column("value", "value", MONEY)]
    rows = [{"status": name, "count": count, "value": value, "currency": "EUR"}
            for name, count, value in (("new", 42, 8630000), ("contacted", 21, 9010000), ("lost", 0, 0))]  # fmt: skip
    return Table(columns, rows, title="Pipeline by status", footer="63 leads", totals={"count": 63, "value": 17640000},
                 extra={"report": "pipeline", "currency": "EUR"}, chart=Chart(shape, "status", "count"))  # fmt: skip


NOTE = ResultNote("Added lead 12: Ada.", [12], Table(COLUMNS, [ADA]), warnings=["no region for the phone"])
