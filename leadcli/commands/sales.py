"""Commands about what is sold: product, document."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.adding import writing_store
from leadcli.commands.building import Family
from leadcli.commands.leads import CARDS, careful, tell, words_of
from leadcli.commands.options import OneTarget, Reading, TargetText, Writing
from leadcli.domain import edits, orders, products, targets
from leadcli.domain.orders import Wish
from leadcli.run import Run

Name = Annotated[str, typer.Argument(help="The product.", show_default=False)]
Price = Annotated[
    str | None, typer.Option("--price", help="A piece: 120, '120 USD'.", metavar="MONEY", show_default=False)
]
Currency = Annotated[str, typer.Option("--currency", help="ISO code.", metavar="CODE", show_default=False)]
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


def add_product(run: Run, name: Name, writing: Writing, price: Price = None, currency: Currency = "") -> None:
    """Add a product to the list.

    Examples:
    leadcli product add Pump --price 120
    leadcli product add "Service contract" --price '900 USD'
    """
    run.show(products.add(writing_store(run), name, price=price or "", currency=currency))


def list_products(run: Run, reading: Reading) -> None:
    """List products with their prices and how many leads want them.

    Examples:
    leadcli product
    leadcli product list --json
    """
    run.show(products.table(run.store()))


def edit_product(
    run: Run,
    name: Name,
    writing: Writing,
    new: Annotated[str, typer.Option("--name", help="A new name.", show_default=False)] = "",
    price: Price = None,
    currency: Currency = "",
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Offered, or no longer.", show_default=False)
    ] = None,
) -> None:
    """Rename, price or retire a product.

    Examples:
    leadcli product edit Pump --price 135
    leadcli product edit Pump --inactive
    """
    run.show(products.edit(run.store(write=True), name, products.Change(new, price, currency, active)))


def rm_product(run: Run, name: Name, writing: Writing) -> None:
    """Take a product off the list; refused while a lead wants it.

    Examples:
    leadcli product rm Pump
    leadcli product edit Pump --inactive
    """
    run.show(products.remove(run.store(write=True), name))


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
        run.show(edits.nothing(store, found))
    elif careful(run, found, orders.add, wish, force=writing.force):
        run.show(orders.add(store, found, wish, force=writing.force))


def list_documents(run: Run, target: TargetText, reading: Reading) -> None:
    """List orders and invoices: all of them, or those of a lead or a customer.

    Examples:
    leadcli document
    leadcli document list 12 --json
    """
    store = run.store()
    found = targets.resolve(store, words_of(run, target), records=CARDS) if target else None
    run.show(orders.table(store, found))


def show_document(run: Run, target: TargetText, reading: Reading) -> None:
    """Show an order or invoice with its lines.

    Examples:
    leadcli document show D3
    leadcli document show D3 --json
    """
    store = run.store()
    found = targets.one(store, words_of(run, target), records=("document",))
    run.show(orders.card(store, found.ids[0]))


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
    run.show(orders.edit(store, found, Wish(kind, number, date, status, currency, line or ()), force=writing.force))


def rm_document(run: Run, target: TargetText, writing: Writing) -> None:
    """Delete orders and invoices; undo brings them back.

    Examples:
    leadcli document rm D3
    leadcli document rm D3 D4 --dry-run
    """
    store = run.store(write=True)
    run.show(orders.remove(store, targets.resolve(store, words_of(run, target), records=("document",))))


PRODUCT = Family({"add": add_product, "list": list_products, "edit": edit_product, "rm": rm_product}, alone="list")
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
