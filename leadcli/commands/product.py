"""The command product: the products leads can want."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, ListOptions
from leadcli.commands.shared import writing_store
from leadcli.commands.typer_commands import Subcommands
from leadcli.domain.customers import products
from leadcli.run import Run

Name = Annotated[str, typer.Argument(help="The product.", show_default=False)]
Price = Annotated[
    str | None, typer.Option("--price", help="A piece: 120, '120 USD'.", metavar="MONEY", show_default=False)
]
Currency = Annotated[str, typer.Option("--currency", help="ISO code.", metavar="CODE", show_default=False)]


def add_product(run: Run, name: Name, writing: ChangeOptions, price: Price = None, currency: Currency = "") -> None:
    """Add a product to the list.

    Examples:
    leadcli product add Pump --price 120
    leadcli product add "Service contract" --price '900 USD'
    """
    run.show(products.add_product(writing_store(run), name, price=price or "", currency=currency))


def list_products(run: Run, reading: ListOptions) -> None:
    """List products with their prices and how many leads want them.

    Examples:
    leadcli product
    leadcli product list --json
    """
    run.show(products.product_table(run.store()))


def edit_product(
    run: Run,
    name: Name,
    writing: ChangeOptions,
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
    run.show(products.edit_product(run.store(write=True), name, products.ProductChange(new, price, currency, active)))


def rm_product(run: Run, name: Name, writing: ChangeOptions) -> None:
    """Take a product off the list; refused while a lead wants it.

    Examples:
    leadcli product rm Pump
    leadcli product edit Pump --inactive
    """
    run.show(products.remove_product(run.store(write=True), name))


PRODUCT = Subcommands({"add": add_product, "list": list_products, "edit": edit_product, "rm": rm_product}, alone="list")
