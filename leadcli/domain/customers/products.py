"""Products: the closed list that leads are interested in, each with a price."""

from __future__ import annotations

from typing import Any, NamedTuple

from leadcli.domain.leads import record_values
from leadcli.errors import Refused, Usage, unknown_name
from leadcli.model.kinds import FLAG, INTEGER, MONEY, TEXT, ChoiceOption, Record, clean_text, option_key
from leadcli.model.results import Column, ResultNote, Table
from leadcli.store.journal.operation import begin_operation
from leadcli.store.reads import timeline
from leadcli.store.store import Store
from leadcli.text import money

_COLUMNS = (
    Column("name", "product", TEXT, 0),
    Column("price", "price", MONEY, 1),
    Column("currency", "currency", TEXT, 6),
    Column("active", "active", FLAG, 5),
    Column("leads", "leads", INTEGER, 2),
)


class ProductChange(NamedTuple):
    """The changes of `product edit`; '' and None leave a value as it is."""

    name: str = ""
    price: str | None = None
    currency: str = ""
    active: bool | None = None


def add_product(store: Store, name: str, *, price: str = "", currency: str = "") -> ResultNote:
    """Add a product. Refused when it exists."""
    name = _check_product(name)
    with begin_operation(store) as operation:
        record_values.add_option(operation, "product", name, **_parse_price(store, price, currency))
        row = _product_row(find_product(store, name), 0)
    price_text = f", {_format_price(store, row)}" if row["price"] is not None else ""
    return _product_note(f"{store.desk.choose_verb('Added', 'add')} product {name}{price_text}.", row)


def product_table(store: Store) -> Table:
    """All products with their prices and how many leads are interested in each."""
    counts = timeline.product_counts(store)
    rows = [_product_row(option, counts.get(option.label, 0)) for option in store.options("product")]
    return Table(_COLUMNS, rows, key="name", empty="No products yet. Add one: leadcli product add Pump --price 120")


def edit_product(store: Store, name: str, change: ProductChange) -> ResultNote:
    """Rename, reprice or retire a product. A new name is written to the leads that have it."""
    if change == ProductChange():
        raise Usage("nothing to change.", hint="say what: --name, --price, --currency, --inactive")
    old = find_product(store, name)
    values: Record = {}
    if change.price is not None or change.currency:
        price = (
            money.plain_amount(old.price, old.currency)
            if change.price is None and old.price is not None
            else change.price or ""
        )
        values |= {"price": None, "currency": None, **_parse_price(store, price, change.currency or old.currency)}
    if change.active is not None:
        values["active"] = int(change.active)
    label = _check_product(change.name) if change.name else old.label
    if option_key(label) != old.key and any(each.key == option_key(label) for each in store.options("product")):
        raise Refused(f"product '{label}' exists already.")
    with begin_operation(store) as operation:
        operation.update("option", old.id, {**values, "label": label, "key": option_key(label)})
        for record, id in timeline.product_holders(store, old.label) if label != old.label else ():
            items = store.get(record, id, fields=("products",))["products"]
            renamed = [{**item, "product": label} if item["product"] == old.label else item for item in items]
            operation.update(record, id, {"products": renamed})
        row = _product_row(find_product(store, label), timeline.product_counts(store).get(label, 0))
    return _product_note(f"{store.desk.choose_verb('Changed', 'change')} product {label}.", row)


def remove_product(store: Store, name: str) -> ResultNote:
    """Remove a product from the list. Refused while a record has it."""
    option = find_product(store, name)
    holders = timeline.product_holders(store, option.label)
    if holders:
        raise Refused(f"product {option.label} is wanted by {len(holders)} of the desk's records.",
                      hint=f'retire it instead: leadcli product edit "{option.label}" --inactive')  # fmt: skip
    with begin_operation(store) as operation:
        operation.delete("option", option.id)
    verb, undo = store.desk.choose_verb("Removed", "remove"), store.desk.undo_hint
    return _product_note(f"{verb} product {option.label}.{undo}", _product_row(option, 0))


def find_product(store: Store, name: str) -> ChoiceOption:
    """The product called `name`, however it is spelt. Usage with a suggestion otherwise."""
    options = store.options("product")
    product = next((option for option in options if option.key == option_key(name)), None)
    if product is None:
        raise unknown_name("product", name, [option.label for option in options], title="Products")
    return product


def _check_product(name: str) -> str:
    try:
        label = clean_text(name)
    except ValueError as error:
        raise Usage(f"the name of the product {error}.") from error
    if not label:
        raise Usage("a product needs a name.", hint="leadcli product add Pump --price 120")
    return label


def _parse_price(store: Store, price: str, currency: str) -> dict[str, Any]:
    """A price as typed -> minor units and currency."""
    if not price:
        return {}
    try:
        code = store.type("lead").fields["currency"].parse(currency, store.context) if currency else None
        amount = money.parse_amount(price, code or store.context.currency, store.context.locale)
        code = amount.currency or code or store.context.currency
        return {"price": money.minor_units(amount, code), "currency": code}
    except ValueError as error:
        raise Usage(f"--price '{price}' {error}") from error


def _product_row(option: ChoiceOption, leads: int) -> Record:
    return {
        "name": option.label,
        "price": option.price,
        "currency": option.currency or None,
        "active": option.active,
        "leads": leads,
    }


def _format_price(store: Store, row: Record) -> str:
    return money.format_amount(row["price"], row["currency"], str(store.config.get("locale") or ""))


def _product_note(sentence: str, row: Record) -> ResultNote:
    return ResultNote(sentence, [], Table(_COLUMNS, [row], key="name"))
