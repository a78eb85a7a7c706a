"""The command document: quotes, orders and invoices."""

from __future__ import annotations

from typing import Any

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import (
    CARDS,
    CHANGE,
    CURRENCY,
    DETAIL,
    FORCE,
    LIST,
    MAIL,
    RESEND_UNKNOWN,
    SHARE,
    OneTarget,
    OptionSpec,
    TargetText,
    confirm_bulk,
    require_receiver,
    show_note,
    target_words,
    with_options,
)
from leadcli.commands.typer_commands import Subcommands
from leadcli.model.results import with_article
from leadcli.run import Run

FIELDS = (
    OptionSpec("--line", "'TEXT;QTY;PRICE', repeatable.", "LINE", many=True),
    OptionSpec("--kind", "quote, order or invoice.", "KIND", default=None, offers="words:quote order invoice"),
    OptionSpec("--number", "Its number; the next free one without.", default=None),
    OptionSpec("--date", "Its day; today without.", "DATE", default=None),
    OptionSpec("--status", "Such as sent or paid.", default=None),
    CURRENCY.but(default=None),
)


@with_options(FIELDS, CHANGE)
def add_document(run: Run, target: OneTarget, **fields: Any) -> None:
    """Make a quote, order or invoice of a lead or a customer.

    Without --line its lines are the lead's products, else its item and value.

    Examples:
    leadcli document add 12 --kind quote
    leadcli document add 12 --kind invoice --line "Pump;2;120" --line "Delivery;1;35"
    """
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, [target]), records=CARDS)
    show_note(run, selection)
    request = _document_request(**fields)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection, lambda what: f"Add {with_article(request.kind or 'document')} to {what}"):
        run.show(domain.add_document(store, selection, request, force=run.force))


@with_options(LIST)
def list_documents(run: Run, target: TargetText) -> None:
    """List quotes, orders and invoices: all of them, or those of a lead or a customer.

    Examples:
    leadcli document
    leadcli document list 12 --json
    """
    store = run.store()
    selection = domain.resolve_target(store, target_words(run, target), records=CARDS) if target else None
    what = f"documents of {' '.join(target)}" if target else "all documents"
    show_rows(run, domain.document_table(store, selection), all_of=what)


@with_options(DETAIL, SHARE, FORCE.but("Again to those who had it today.", panel=MAIL), RESEND_UNKNOWN.but(panel=MAIL))
def show_document(run: Run, target: TargetText, email: list[str], resend_unknown: bool) -> None:
    """Show a quote, order or invoice with its lines.

    As HTML or PDF it is a page to print, with your head from the settings sender.*. By mail that page goes along,
    as HTML or with --format pdf as PDF.

    Examples:
    leadcli document show D3
    leadcli document show D3 -o quote.pdf
    leadcli document show D3 --json
    leadcli document show D3 --email ada@acme.com --format pdf
    """
    require_receiver(run, email)
    store = run.store()
    selection = domain.resolve_one(store, target_words(run, target), records=("document",))
    card = domain.document_card(store, selection.ids[0])
    if email:
        from leadcli.commands.mail import send_document

        send_document(run, card, email, resend_unknown=resend_unknown)
        return
    run.show(card)


@with_options(FIELDS, CHANGE)
def edit_document(run: Run, target: TargetText, **fields: Any) -> None:
    """Change quotes, orders and invoices; --line replaces all lines.

    Examples:
    leadcli document edit D3 --status paid
    leadcli document edit D3 --line "Pump;3;120"
    """
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, target), records=("document",))
    run.show(domain.edit_document(store, selection, _document_request(**fields), force=run.force))


def _document_request(
    *, line: list[str], kind: str | None, number: str | None, date: str | None, status: str | None, currency: str | None
) -> domain.DocumentRequest:
    return domain.DocumentRequest(kind, number, date, status, currency, line or ())


@with_options(CHANGE)
def rm_document(run: Run, target: TargetText) -> None:
    """Delete quotes, orders and invoices; undo brings them back.

    Examples:
    leadcli document rm D3
    leadcli document rm D3 D4 --dry-run
    """
    store = run.store(write=True)
    run.show(
        domain.remove_documents(store, domain.resolve_target(store, target_words(run, target), records=("document",)))
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
