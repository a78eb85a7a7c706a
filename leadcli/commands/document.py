"""The command document: orders and invoices."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import OneTarget, Reading, TargetText, Writing
from leadcli.commands.shared import CARDS, careful, tell, words_of
from leadcli.commands.typer_commands import Family
from leadcli.domain.customers import documents
from leadcli.domain.customers.documents import Wish
from leadcli.domain.leads import edit as editing
from leadcli.domain.leads import targets
from leadcli.run import Run

Kind = Annotated[str | None, typer.Option("--kind", help="order or invoice.", metavar="KIND", show_default=False)]
Number = Annotated[
    str | None, typer.Option("--number", help="Its number; the next free one without.", show_default=False)
]
Date = Annotated[str | None, typer.Option("--date", help="Its day; today without.", metavar="DATE", show_default=False)]
Status = Annotated[str | None, typer.Option("--status", help="Such as sent or paid.", show_default=False)]
Money = Annotated[str | None, typer.Option("--currency", help="ISO code.", metavar="CODE", show_default=False)]
Lines = Annotated[
    list[str],
    typer.Option(
        "--line", help="'TEXT;QTY;PRICE', repeatable.", metavar="LINE", default_factory=list, show_default=False
    ),
]


def add_document(
    run: Run, target: OneTarget, line: Lines, writing: Writing,
    kind: Kind = None, number: Number = None, date: Date = None, status: Status = None, currency: Money = None,
) -> None:  # fmt: skip
    """Make an order or invoice of a lead or a customer.

    Without --line one line is made of the lead's item and value.

    Examples:
    leadcli document add 12 --kind order
    leadcli document add 12 --kind invoice --line "Pump;2;120" --line "Delivery;1;35"
    """
    store = run.store(write=True)
    found = targets.resolve(store, words_of(run, [target]), records=CARDS)
    tell(run, found)
    wish = Wish(kind, number, date, status, currency, line)
    if not found.ids:
        run.show(editing.nothing(store, found))
    elif careful(run, found, documents.add, wish, force=writing.force):
        run.show(documents.add(store, found, wish, force=writing.force))


def list_documents(run: Run, target: TargetText, reading: Reading) -> None:
    """List orders and invoices: all of them, or those of a lead or a customer.

    Examples:
    leadcli document
    leadcli document list 12 --json
    """
    store = run.store()
    found = targets.resolve(store, words_of(run, target), records=CARDS) if target else None
    run.show(documents.table(store, found))


def show_document(run: Run, target: TargetText, reading: Reading) -> None:
    """Show an order or invoice with its lines.

    Examples:
    leadcli document show D3
    leadcli document show D3 --json
    """
    store = run.store()
    found = targets.one(store, words_of(run, target), records=("document",))
    run.show(documents.card(store, found.ids[0]))


def edit_document(
    run: Run, target: TargetText, line: Lines, writing: Writing,
    kind: Kind = None, number: Number = None, date: Date = None, status: Status = None, currency: Money = None,
) -> None:  # fmt: skip
    """Change orders and invoices; --line replaces all lines.

    Examples:
    leadcli document edit D3 --status paid
    leadcli document edit D3 --line "Pump;3;120"
    """
    store = run.store(write=True)
    found = targets.resolve(store, words_of(run, target), records=("document",))
    run.show(documents.edit(store, found, Wish(kind, number, date, status, currency, line or ()), force=writing.force))


def rm_document(run: Run, target: TargetText, writing: Writing) -> None:
    """Delete orders and invoices; undo brings them back.

    Examples:
    leadcli document rm D3
    leadcli document rm D3 D4 --dry-run
    """
    store = run.store(write=True)
    run.show(documents.remove(store, targets.resolve(store, words_of(run, target), records=("document",))))
DOCUMENT = Family(
    {
        "add": add_document,
        "list": list_documents,
        "show": show_document,
        "edit": edit_document,
        "rm": rm_document,
    },
    alone="list",
)
