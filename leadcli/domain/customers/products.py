"""Products: the closed list that leads are interested in, each with a price."""

from __future__ import annotations

from typing import Any, NamedTuple

from leadcli.domain.leads import record_values
from leadcli.errors import Refused, Usage, unknown
from leadcli.model.kinds import FLAG, INTEGER, MONEY, TEXT, Option, Record, clean, option_key
from leadcli.model.results import Column, Note, Table
from leadcli.store.journal.operation import begin_operation
from leadcli.store.reads import activities
from leadcli.store.store import Store
from leadcli.text import money

_COLUMNS = (
    Column("name", "product", TEXT, 0),
    Column("price", "price", MONEY, 1),
    Column("currency", "currency", TEXT, 6),
    Column("active", "active", FLAG, 5),
    Column("leads", "leads", INTEGER, 2),
)


class Change(NamedTuple):
    """What `product edit` was told: '' and None leave things as they are."""

    name: str = ""
    price: str | None = None
    currency: str = ""
    active: bool | None = None


def add(store: Store, name: str, *, price: str = "", currency: str = "") -> Note:
    """A new product. Refused when it exists."""
    name = _checked(name)
    with begin_operation(store) as operation:
        record_values.add_option(operation, "product", name, **_priced(store, price, currency))
        row = _row(named(store, name), 0)
    said = f", {_price(store, row)}" if row["price"] is not None else ""
    return _note(f"{'Added' if store.desk.keep else 'Would add'} product {name}{said}.", row)


def table(store: Store) -> Table:
    """All products with their prices and how many leads want them."""
    wanted = activities.product_counts(store)
    rows = [_row(option, wanted.get(option.label, 0)) for option in store.options("product")]
    return Table(_COLUMNS, rows, key="name", empty="No products yet. Add one: leadcli product add Pump --price 120")


def edit(store: Store, name: str, change: Change) -> Note:
    """Rename, price, or retire a product; leads that want it follow a new name."""
    if change == Change():
        raise Usage("nothing to change.", hint="say what: --name, --price, --currency, --inactive")
    old = named(store, name)
    values: Record = {}
    if change.price is not None or change.currency:
        price = (
            money.plain(old.price, old.currency)
            if change.price is None and old.price is not None
            else change.price or ""
        )
        values |= {"price": None, "currency": None, **_priced(store, price, change.currency or old.currency)}
    if change.active is not None:
        values["active"] = int(change.active)
    label = _checked(change.name) if change.name else old.label
    if option_key(label) != old.key and any(each.key == option_key(label) for each in store.options("product")):
        raise Refused(f"product '{label}' exists already.")
    with begin_operation(store) as operation:
        operation.update("option", old.id, {**values, "label": label, "key": option_key(label)})
        for record, id in activities.product_holders(store, old.label) if label != old.label else ():
            items = store.get(record, id, fields=("products",))["products"]
            renamed = [{**item, "product": label} if item["product"] == old.label else item for item in items]
            operation.update(record, id, {"products": renamed})
        row = _row(named(store, label), activities.product_counts(store).get(label, 0))
    return _note(f"{'Changed' if store.desk.keep else 'Would change'} product {label}.", row)


def remove(store: Store, name: str) -> Note:
    """Take a product off the list. Refused while a lead wants it."""
    option = named(store, name)
    holders = activities.product_holders(store, option.label)
    if holders:
        raise Refused(f"product {option.label} is wanted by {len(holders)} of the desk's records.",
                      hint=f'retire it instead: leadcli product edit "{option.label}" --inactive')  # fmt: skip
    with begin_operation(store) as operation:
        operation.delete("option", option.id)
    verb, undo = ("Removed", " Undo: leadcli undo") if store.desk.keep else ("Would remove", "")
    return _note(f"{verb} product {option.label}.{undo}", _row(option, 0))


def named(store: Store, name: str) -> Option:
    """The product called `name`, however it is spelt. Usage with a suggestion otherwise."""
    options = store.options("product")
    found = next((option for option in options if option.key == option_key(name)), None)
    if found is None:
        raise unknown("product", name, [option.label for option in options], title="Products")
    return found


def _checked(name: str) -> str:
    try:
        label = clean(name)
    except ValueError as error:
        raise Usage(f"the name of the product {error}.") from error
    if not label:
        raise Usage("a product needs a name.", hint="leadcli product add Pump --price 120")
    return label


def _priced(store: Store, price: str, currency: str) -> dict[str, Any]:
    """A price as typed -> minor units and currency."""
    if not price:
        return {}
    try:
        code = store.type("lead").fields["currency"].parse(currency, store.context) if currency else None
        amount = money.amount(price)
        code = amount.currency or code or store.context.currency
        return {"price": money.minor(amount, code), "currency": code}
    except ValueError as error:
        raise Usage(f"--price '{price}' {error}") from error


def _row(option: Option, leads: int) -> Record:
    return {
        "name": option.label,
        "price": option.price,
        "currency": option.currency or None,
        "active": option.active,
        "leads": leads,
    }


def _price(store: Store, row: Record) -> str:
    return money.pretty(row["price"], row["currency"], str(store.config.get("locale") or ""))


def _note(sentence: str, row: Record) -> Note:
    return Note(sentence, [], Table(_COLUMNS, [row], key="name"))
