"""The command document: orders and invoices."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, ListOptions, OneTarget, TargetText
from leadcli.commands.shared import CARDS, confirm_bulk, show_note, target_words
from leadcli.commands.typer_commands import Subcommands
from leadcli.domain.customers import documents
from leadcli.domain.customers.documents import DocumentRequest
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
    run: Run, target: OneTarget, line: Lines, writing: ChangeOptions,
    kind: Kind = None, number: Number = None, date: Date = None, status: Status = None, currency: Money = None,
) -> None:  # fmt: skip
    """Make an order or invoice of a lead or a customer.

    Without --line one line is made of the lead's item and value.

    Examples:
    leadcli document add 12 --kind order
    leadcli document add 12 --kind invoice --line "Pump;2;120" --line "Delivery;1;35"
    """
    store = run.store(write=True)
    selection = targets.resolve_target(store, target_words(run, [target]), records=CARDS)
    show_note(run, selection)
    request = DocumentRequest(kind, number, date, status, currency, line)
    if not selection.ids:
        run.show(editing.no_match_note(store, selection))
    elif confirm_bulk(run, selection):
        run.show(documents.add_document(store, selection, request, force=writing.force))


def list_documents(run: Run, target: TargetText, reading: ListOptions) -> None:
    """List orders and invoices: all of them, or those of a lead or a customer.

    Examples:
    leadcli document
    leadcli document list 12 --json
    """
    store = run.store()
    selection = targets.resolve_target(store, target_words(run, target), records=CARDS) if target else None
    run.show(documents.document_table(store, selection))


def show_document(run: Run, target: TargetText, reading: ListOptions) -> None:
    """Show an order or invoice with its lines.

    Examples:
    leadcli document show D3
    leadcli document show D3 --json
    """
    store = run.store()
    selection = targets.resolve_one(store, target_words(run, target), records=("document",))
    run.show(documents.document_card(store, selection.ids[0]))


def edit_document(
    run: Run, target: TargetText, line: Lines, writing: ChangeOptions,
    kind: Kind = None, number: Number = None, date: Date = None, status: Status = None, currency: Money = None,
) -> None:  # fmt: skip
    """Change orders and invoices; --line replaces all lines.

    Examples:
    leadcli document edit D3 --status paid
    leadcli document edit D3 --line "Pump;3;120"
    """
    store = run.store(write=True)
    selection = targets.resolve_target(store, target_words(run, target), records=("document",))
    run.show(
        documents.edit_document(
            store, selection, DocumentRequest(kind, number, date, status, currency, line or ()), force=writing.force
        )
    )


def rm_document(run: Run, target: TargetText, writing: ChangeOptions) -> None:
    """Delete orders and invoices; undo brings them back.

    Examples:
    leadcli document rm D3
    leadcli document rm D3 D4 --dry-run
    """
    store = run.store(write=True)
    run.show(
        documents.remove_documents(
            store, targets.resolve_target(store, target_words(run, target), records=("document",))
        )
    )


DOCUMENT = Subcommands(
    {
        "add": add_document,
        "list": list_documents,
        "show": show_document,
        "edit": edit_document,
        "rm": rm_document,
    },
    alone="list",
)
