"""Many-valued kinds: e-mails, phones, addresses, tags, products - ordered lists of small records, first the primary.

Each lives in a side table of the store and is one field of its record: read, filtered, journaled and undone as one
value. In one text cell the values are joined by `;`, a label stands before its value (`work:ann@x.com`), and a
backslash escapes `;` `|` `:` `\\` of the text, `\\n` a newline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.errors import nearest_name
from leadcli.model.kinds import EMAIL, ChoiceOption, Context, Kind, Look, Record, clean_text, option_key
from leadcli.model.kinds.base import split_addresses

if TYPE_CHECKING:
    from leadcli.text.phone_cells import PhoneReading

ADDRESS_PARTS = ("street", "city", "region", "postcode", "country")
_LABEL = r"^([^\W_][\w /()-]{0,39}):(?!//)\s*(.+)$"
_ESCAPED = {"n": "\n"}
_PHONE_PARAMETER = r"(?<!\\);(?=(?:ext|isub|phone-context)=)"
_LABEL_DIGITS = 4  # "line 2", "room 1204"; more are a number


def split_cell(text: str, separators: str = ";|\n") -> list[str]:
    """A cell of several values -> the values, unescaped but for `\\:`, which `label_of` needs.

    A JSON list of texts is a list too.
    """
    if text[:2] == '["' and text[-1:] == "]" and (values := _json_texts(text)) is not None:
        return values
    if "\\" not in text and not any(letter in text for letter in separators):
        return [text.strip()] if text.strip() else []
    parts, current, letters = [], "", iter(text)
    for letter in letters:
        if letter == "\\":
            after = next(letters, "\\")
            current += "\\:" if after == ":" else _ESCAPED.get(after, after)
        elif letter in separators:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [part.strip() for part in [*parts, current] if part.strip()]


def _json_texts(text: str) -> list[str] | None:
    import json

    try:
        values = json.loads(text)
    except ValueError:
        return None
    is_list = isinstance(values, list) and all(isinstance(value, str) for value in values)
    return [value.strip() for value in values if value.strip()] if is_list else None


def split_label(text: str) -> tuple[str, str]:
    """`work:ann@x.com` -> ("work", "ann@x.com"); no label gives ""."""
    parts = re.match(_LABEL, text, re.DOTALL) if ":" in text else None
    label, value = (parts[1].strip(), parts[2]) if parts else ("", text)
    return label, value.replace("\\:", ":")


def join_cell(values: Iterable[tuple[str, str]]) -> str:
    """(label, value) pairs -> one cell that `split_cell` and `label_of` read back exactly."""
    return ";".join(f"{escape(label)}:{escape(value)}" if label else escape(value) for label, value in values)


def escape(text: str) -> str:
    for letter in "\\;|:":
        if letter in text:
            text = text.replace(letter, "\\" + letter)
    return text.replace("\n", "\\n")


# A quantity times the largest amount still fits into what Decimal computes exactly.
QUANTITY = r"\d{1,12}(\.\d{1,6})?"


class ManyKind(Kind):
    """A list of {"value", "label"}; `columns` are those of the side table beside record, record_id and position."""

    filter = "many"
    columns: tuple[str, ...] = ("value", "label")
    cell = ""  # SQL of one item as `plain` writes it, over the side table's columns; "" where SQL cannot say it

    def __init__(self, table: str) -> None:
        self.many = self.name = table

    def parse(self, text: str, context: Context) -> Any:
        return self.merge([], [self.item(part, context) for part in split_cell(text)])

    def item(self, text: str, context: Context) -> Any:
        """One value, as an option or one part of a cell gives it."""
        label, value = split_label(text)
        return {"value": clean_text(value), "label": clean_text(label) or None}

    def merge(self, first: Sequence[Any], others: Sequence[Any]) -> list[Any]:
        """The union in order: a list without repeats, then what others add to it (by `identity`)."""
        union, known = [*first], set(map(self.identity, first))
        for item in others:
            if (key := self.identity(item)) not in known:
                known.add(key)
                union.append(item)
        return union

    def identity(self, item: Any) -> Any:
        """What makes two items the same."""
        return item["value"].casefold()

    def plain(self, value: Any, record: Record) -> str:
        return join_cell((item["label"] or "", item["value"]) for item in value or ())

    def json(self, value: Any, record: Record) -> Any:
        return list(value or ())

    def show(self, value: Any, record: Record, look: Look) -> str:
        return ", ".join(
            f"{item['value']} ({item['label']})" if item["label"] else item["value"] for item in value or ()
        )


def _escaped(column: str, letters: str) -> str:
    """`escape` in SQL, of these letters."""
    sql = column
    for letter in letters:
        sql = f"replace({sql}, '{letter}', '\\{letter}')"
    return f"replace({sql}, char(10), '\\n')"


_VALUE_SQL = _escaped("value", "\\;|:")
_LABEL_SQL = _escaped("label", "\\;|:")
_LABELLED_SQL = f"CASE WHEN coalesce(label, '') = '' THEN {_VALUE_SQL} ELSE {_LABEL_SQL} || ':' || {_VALUE_SQL} END"


class Emails(ManyKind):
    """Addresses. `read` is how every door reads a cell of them."""

    cell = _LABELLED_SQL

    def parse(self, text: str, context: Context) -> Any:
        return self.read(text, lambda value: EMAIL.parse(value, context) or "")

    def read(self, text: str, check: Callable[[str], str]) -> list[Record]:
        """The addresses of a cell; `check` normalises one or raises ValueError. None for a word such as `n/a`.

        Leadcli's own form comes first (`work:a@x.com;b@x.com`), then those of other programs.
        """
        try:
            pairs = [_email_label(part) for part in split_cell(text)]
            items = [_email_item(label, check(clean_text(value))) for label, value in pairs]
        except ValueError as error:
            try:
                readings = [(label, check(clean_text(value))) for label, value in _other_addresses(text)]
            except ValueError:
                raise error from None
            items = [_email_item(label, value) for label, value in readings]
        return self.merge([], [item for item in items if item["value"]])


def _email_item(label: str, address: str) -> Record:
    return {"value": address, "label": clean_text(label) or None}


def _email_label(text: str) -> tuple[str, str]:
    """`split_label` for an address, where `mailto:` and Outlook's `SMTP:` are no label."""
    if prefix := re.match(r"(?:mailto|smtp):", text, re.IGNORECASE):
        return "", text[prefix.end() :]
    return split_label(text)


def _other_addresses(text: str) -> list[tuple[str, str]]:
    """(label, address) of a cell that is not in leadcli's own form as a whole."""
    if "<" in text:  # a display name may have any mark in it
        return split_addresses(text)
    parts = [_email_label(part) for part in split_cell(text)]
    return [(label or remark, address) for label, part in parts for remark, address in split_addresses(part)]


class Phones(ManyKind):
    """Numbers as typed and in E.164; `phone_cells.read_phone` says how a value is read."""

    columns = ("value", "e164", "label")
    cell = _LABELLED_SQL

    def parse(self, text: str, context: Context) -> Any:
        return self.merge([], phone_items(self.read(text, context.region)))

    def read(self, text: str, region: str) -> list[tuple[str, PhoneReading]]:
        """A cell -> the text of each value and one of its numbers, in order."""
        from leadcli.text.phone_cells import read_phone

        readings = []
        for label, value in map(phone_label, split_phones(text)):
            value = clean_text(value)
            for reading in read_phone(value, region):
                # A label that stands there goes before a remark.
                warning = reading.warning
                if label and reading.label and reading.label != label.casefold():
                    warning = warning or f"has the remark '{reading.label}', which was left out"
                readings.append((value, reading._replace(label=label or reading.label, warning=warning)))
        return readings

    def identity(self, item: Any) -> Any:
        return item["e164"] or "".join(filter(str.isalnum, item["value"].casefold()))


def phone_items(readings: Iterable[tuple[str, PhoneReading]]) -> list[Record]:
    """Numbers of a cell as a record holds them."""
    return [{"value": each.value, "e164": each.e164, "label": each.label or None} for _, each in readings]


def split_phones(text: str) -> list[str]:
    """`split_cell` for numbers, where `;ext=12` (RFC 3966) belongs to the number before it."""
    return split_cell(re.sub(_PHONE_PARAMETER, r"\\;", text, flags=re.IGNORECASE))


def phone_label(text: str) -> tuple[str, str]:
    """`label_of` for a number: `tel:` is no label, and neither is what has a number in it (030 123456 ab 18:30)."""
    if ":" not in text or re.match(r"(?:tel|p):", text, re.IGNORECASE):
        return "", text.replace("\\:", ":")
    label, value = split_label(text)
    if sum(map(str.isdigit, label)) > _LABEL_DIGITS:
        return "", text.replace("\\:", ":")
    return clean_text(label), value


class Tags(ManyKind):
    columns = ("value",)
    cell = _escaped("value", "\\;|,")

    def parse(self, text: str, context: Context) -> Any:
        return self.merge([], [self.item(part, context) for part in split_cell(bare_tags(text), ";|\n,")])

    def item(self, text: str, context: Context) -> Any:
        return clean_text(text.replace("\\:", ":"))

    def identity(self, item: Any) -> Any:
        return item.casefold()

    def plain(self, value: Any, record: Record) -> str:
        return ";".join(map(_escape_tag, value or ()))

    def show(self, value: Any, record: Record, look: Look) -> str:
        return ", ".join(value or ())


def bare_tags(text: str) -> str:
    """Tags without other programs' quotes and brackets: `"One tag"`, `["x","y"]`, `[x, y]`, `'x', 'y'`."""
    cell = text.strip()
    if (texts := _json_texts(cell) if cell[:1] == "[" else None) is not None:
        return ";".join(map(_escape_tag, texts))
    if cell[:1] == "[" and cell[-1:] == "]":
        cell = cell[1:-1]
    if cell[:1] in ("'", '"') and cell[-1:] == cell[0] and len(cell) > 1 and "\\" not in cell:
        parts = re.split(rf"{cell[0]}\s*[,;]\s*{cell[0]}", cell[1:-1])
        return ";".join(map(_escape_tag, parts))
    return cell


def _escape_tag(tag: str) -> str:
    return escape(tag).replace("\\:", ":").replace(",", "\\,")


class Addresses(ManyKind):
    """Further addresses; the primary one is the record's own street, city, region, postcode and country."""

    columns = ("label", *ADDRESS_PARTS)

    def parse(self, text: str, context: Context) -> Any:
        """A JSON array of addresses, or one `[LABEL:]street;city;region;postcode;country`."""
        if not text.strip():
            return []
        if not text.lstrip().startswith("["):
            return [self.item(text, context)]
        import json

        try:
            items = json.loads(text)
            return [{part: clean_text(str(each.get(part) or "")) or None for part in self.columns} for each in items]
        except (ValueError, AttributeError, TypeError) as error:
            raise ValueError('is not a JSON array of addresses such as [{"street": "1 Main St"}]') from error

    def item(self, text: str, context: Context) -> Any:
        label, rest = split_label(text)
        parts = [clean_text(part.replace("\\n", "\n"), lines=True) or None for part in re.split(r"(?<!\\);", rest)]
        if len(parts) > len(ADDRESS_PARTS):
            raise ValueError("has more than five parts; write it as street;city;region;postcode;country")
        address = dict(zip(ADDRESS_PARTS, parts + [None] * len(ADDRESS_PARTS), strict=False))
        if not any(address.values()):
            raise ValueError("is empty; write it as street;city;region;postcode;country")
        return {"label": clean_text(label) or None, **address}

    def identity(self, item: Any) -> Any:
        return tuple((item.get(part) or "").casefold() for part in ADDRESS_PARTS)

    def plain(self, value: Any, record: Record) -> str:
        if not value:
            return ""
        import json

        return json.dumps([{k: v for k, v in item.items() if v} for item in value], ensure_ascii=False)

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "\n".join(self.line(item) for item in value or ())

    @staticmethod
    def line(item: Record) -> str:
        text = ", ".join(str(item[part]) for part in ADDRESS_PARTS if item.get(part))
        return f"{text} ({item['label']})" if item.get("label") else text


def _product(name: str, context: Context) -> ChoiceOption | None:
    key = option_key(name)
    return next((option for option in context.options("product") if option.key == key), None)


def _no_product(name: str, context: Context) -> str:
    labels = [option.label for option in context.options("product") if option.active]
    close = nearest_name(name, labels)
    suggestion = f" Did you mean '{close}'?" if close else ""
    return (
        f"is not a known product.{suggestion} Products: {', '.join(labels) or 'none yet (leadcli product add NAME)'}."
    )


class Products(ManyKind):
    """Products of interest: `Pump`, `Pump x3`, `Pump x3 @120.00`; price in the record's currency, minor units.

    The desk's products are a closed vocabulary unless `open`; an item without a price of its own has the product's.
    """

    columns = ("product", "quantity", "price")
    open = False
    _SHAPE = r"^(.*?)(?:\s+x(\d+(?:\.\d+)?))?(?:\s+@\s*(\S+))?$"

    def item(self, text: str, context: Context) -> Any:
        from leadcli.text import money

        text = clean_text(text.replace("\\:", ":"))
        parts = None if _product(text, context) else re.match(self._SHAPE, text, re.DOTALL)
        name, quantity, price = parts.groups() if parts else (text, None, None)
        product = _product(name, context) or (ChoiceOption("product", option_key(name), name) if self.open else None)
        if product is None:
            raise ValueError(_no_product(name, context))
        if quantity and not re.fullmatch(QUANTITY, quantity, re.ASCII):
            raise ValueError(f"has a quantity that is too large: '{quantity[:40]}'; write it like x3")
        units = product.price if product.currency == context.currency else None
        if price:
            units = money.minor_units(money.parse_amount(price, context.currency, context.locale), context.currency)
        return {"product": product.label, "quantity": quantity or "1", "price": units}

    def identity(self, item: Any) -> Any:
        return item["product"].casefold()

    def plain(self, value: Any, record: Record) -> str:
        return ";".join(self._line(item, record) for item in value or ())

    def _line(self, item: Record, record: Record) -> str:
        from leadcli.text import money

        price = f" @{money.plain_amount(item['price'], record.get('currency'))}" if item["price"] is not None else ""
        return escape(item["product"]).replace("\\:", ":") + f" x{item['quantity']}{price}"

    def json(self, value: Any, record: Record) -> Any:
        from leadcli.text import money

        return [
            {
                **item,
                "quantity": float(item["quantity"]) if "." in item["quantity"] else int(item["quantity"]),
                "price": None
                if item["price"] is None
                else float(money.major_units(item["price"], record.get("currency"))),
            }
            for item in value or ()
        ]

    def show(self, value: Any, record: Record, look: Look) -> str:
        return ", ".join(self._line(item, record).replace("\\", "") for item in value or ())


class NewProducts(Products):
    """The same where products the desk lacks become new ones."""

    open = True


class Lines(ManyKind):
    """Lines of a document: `TEXT;QTY;PRICE`, price a piece in minor units of the document's currency."""

    columns = ("text", "quantity", "price")

    def item(self, text: str, context: Context) -> Any:
        from leadcli.text import money

        parts = [part.strip() for part in text.split(";")]
        if len(parts) > 3 or not parts[0]:
            raise ValueError("is not a line; write it as TEXT;QTY;PRICE")
        name, quantity, price = (*parts, "", "")[:3]
        if quantity and not re.fullmatch(QUANTITY, quantity, re.ASCII):
            raise ValueError(
                f"has a quantity that is not a number, or is too large: '{quantity[:40]}'; write it like 3"
            )
        units = (
            money.minor_units(money.parse_amount(price, context.currency, context.locale), context.currency)
            if price
            else 0
        )
        return {"text": clean_text(name), "quantity": quantity or "1", "price": units}

    def identity(self, item: Any) -> Any:
        return id(item)  # two equal lines are two lines

    def plain(self, value: Any, record: Record) -> str:
        from leadcli.text import money

        code = record.get("currency")
        return " | ".join(f"{x['text']};{x['quantity']};{money.plain_amount(x['price'], code)}" for x in value or ())

    def json(self, value: Any, record: Record) -> Any:
        from leadcli.text import money

        code = record.get("currency")
        return [{**item, "price": float(money.major_units(item["price"], code))} for item in value or ()]

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "\n".join(f"{item['quantity']} x {item['text']}" for item in value or ())


EMAILS, PHONES, ADDRESSES = Emails("emails"), Phones("phones"), Addresses("addresses")
TAGS, PRODUCTS, LINES = Tags("tags"), Products("lead_products"), Lines("document_lines")
NEW_PRODUCTS = NewProducts("lead_products")
