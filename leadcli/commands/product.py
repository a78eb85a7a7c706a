"""The command product: the products leads can want."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import ACTIVE, CHANGE, CURRENCY, LIST, OptionSpec, with_options, writing_store
from leadcli.commands.typer_commands import Subcommands
from leadcli.run import Run

Name = Annotated[str, typer.Argument(help="The product.", show_default=False)]
PRICE = OptionSpec("--price", "A piece: 120, '120 USD'.", "MONEY", default=None)


@with_options(PRICE, CURRENCY, CHANGE)
def add_product(run: Run, name: Name, price: str | None, currency: str) -> None:
    """Add a product to the list.

    Examples:
    leadcli product add Pump --price 120
    leadcli product add "Service contract" --price '900 USD'
    """
    run.show(domain.add_product(writing_store(run), name, price=price or "", currency=currency))


@with_options(LIST)
def list_products(run: Run) -> None:
    """List products with their prices and how many leads want them.

    Examples:
    leadcli product
    leadcli product list --json
    """
    show_rows(run, domain.product_table(run.store()), all_of="all products")


@with_options(OptionSpec("--name", "A new name.", name="new_name"), PRICE, CURRENCY, ACTIVE, CHANGE)
def edit_product(
    run: Run, name: Name, new_name: str, price: str | None, currency: str, active: bool | None
) -> None:  # fmt: skip
    """Rename, price or retire a product.

    Examples:
    leadcli product edit Pump --price 135
    leadcli product edit Pump --inactive
    """
    run.show(domain.edit_product(run.store(write=True), name, domain.ProductChange(new_name, price, currency, active)))


@with_options(CHANGE)
def rm_product(run: Run, name: Name) -> None:
    """Take a product off the list; refused while a lead wants it.

    Examples:
    leadcli product rm Pump
    leadcli product edit Pump --inactive
    """
    run.show(domain.remove_product(run.store(write=True), name))


PRODUCT = Subcommands({"add": add_product, "list": list_products, "edit": edit_product, "rm": rm_product}, alone="list")
