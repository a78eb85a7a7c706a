"""Parses typed texts into stored values and writes them to a record through the journal.

`parse_values` turns texts into values. `insert_record` and `update_record` write them inside a running operation and
add new values to the open choice lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.customers.references import resolve_reference
from leadcli.errors import Refused, Usage, nearest_name, unknown_name
from leadcli.model.fields import Field, RecordType, unreadable
from leadcli.model.kinds import Choice, Context, Record, Reference, option_key
from leadcli.model.kinds.many import ADDRESS_PARTS, ManyKind, Phones, phone_items
from leadcli.store.journal.batch import Change
from leadcli.store.journal.operation import Operation
from leadcli.store.store import Store
from leadcli.text import money as money_text

Typed = Mapping[str, str | Sequence[str]]


class ParsedValues(NamedTuple):
    """The values parsed from typed texts, and warnings about them."""

    values: Record
    warnings: list[str]


def find_field(type_: RecordType, word: str) -> Field:
    """The writable field called `word`. Usage with a suggestion otherwise."""
    field = type_.find(word)
    if field is None:
        if type_.name == "lead":
            raise unknown_name("field", word, type_.fields, hint="all fields: leadcli field list")
        names = [each.name for each in type_.writable()]
        raise unknown_name(f"{type_.name} field", word, names, hint=f"it has: {', '.join(names)}")
    return field


def parse_values(store: Store, record: str, typed: Typed, *, old: Mapping[str, Any] | None = None) -> ParsedValues:
    """{field name: text, or texts of a many-valued field} -> stored values, in the currency and region of the record.

    `old` is the record as it was (for its currency and country). Raises Usage naming option, text and reason.
    """
    type_ = store.type(record)
    context = _local_context(store, type_, typed, old or {})
    values: Record = {}
    warnings: list[str] = []
    for name, texts in typed.items():
        field = type_.fields[name]
        if isinstance(field.kind, Phones):
            values[name] = _read_phones(field.kind, texts, context, warnings)
        elif field.kind.many:
            values[name] = _parse_list(field, texts, context)
        elif isinstance(field.kind, Reference):
            values[name] = resolve_reference(store, field, _single_text(field, texts))
        else:
            values[name] = field.parse(_single_text(field, texts), context)
    _convert_amounts(type_, values, context, old or {})
    return ParsedValues(values, [*warnings, *_new_option_warnings(store, type_, values)])


def _single_text(field: Field, texts: str | Sequence[str]) -> str:
    if isinstance(texts, str):
        return texts
    if len(texts) > 1:
        raise Usage(f"{field.flag} was given {len(texts)} times.", hint="give it once")
    return texts[0] if texts else ""


def _parse_list(field: Field, texts: str | Sequence[str], context: Context) -> list[Any]:
    kind = field.kind
    assert isinstance(kind, ManyKind)
    items: list[Any] = []
    for text in [texts] if isinstance(texts, str) else texts:
        try:
            many = field.name in ("emails", "tags", "addresses") or not text.strip()
            items += kind.parse(text, context) if many else [kind.item(text, context)]
        except ValueError as error:
            raise unreadable(field.flag, text, error) from error
    return kind.merge([], items)


def _read_phones(kind: Phones, texts: str | Sequence[str], context: Context, warnings: list[str]) -> list[Any]:
    """The numbers of one text or several. Adds a warning for each that was not read exactly as typed."""
    from leadcli.text.phone_cells import UNREAD

    numbers: list[Any] = []
    for text in [texts] if isinstance(texts, str) else texts:
        readings = kind.read(text, context.region)
        numbers += phone_items(readings)
        for typed, reading in readings:
            if reading.warning == UNREAD:
                warnings.append(
                    f"phone '{typed}' could not be read as a number with its country; kept as typed "
                    "(write it as +44 20 ..., or set a region: leadcli config phone_region GB)"
                )
            elif reading.warning:
                warnings.append(f"phone '{typed}' {reading.warning}")
    return kind.merge([], numbers)


def _local_context(store: Store, type_: RecordType, typed: Typed, old: Mapping[str, Any]) -> Context:
    """The context with the currency of the record and the phone region of its country."""
    context = store.context
    if "country" in type_.fields and ("phones" in typed):
        country = typed.get("country") or old.get("country") or ""
        if country:
            from leadcli.text.phones import region_of

            context = context._replace(region=region_of(str(country)) or context.region)
    if "currency" not in type_.fields:
        return context
    named = str(typed.get("currency") or "")
    code = (
        type_.fields["currency"].parse(named, context)
        if named
        else money_text.settle_currency(_currency_in(str(typed.get("value") or "")), context.currency)
        or old.get("currency")
    )
    return context._replace(currency=code or context.currency)


def _currency_in(text: str) -> str:
    try:
        reading = money_text.read_amount(text) if text else None
    except ValueError:
        return ""  # parsing the field raises the error with its reason
    amount = reading and (reading.pointed or reading.commaed)
    return amount.currency if amount else ""


def _convert_amounts(type_: RecordType, values: Record, context: Context, old: Mapping[str, Any]) -> None:
    """Convert typed amounts to minor units in place. A new currency keeps the major units of the old amounts."""
    for name, value in values.items():
        if isinstance(value, money_text.Amount):
            try:
                values[name] = money_text.minor_units(value, context.currency)
            except ValueError as error:
                raise unreadable(type_.fields[name].flag, str(value.major), error) from error
    if "currency" not in type_.fields:
        return
    money = [field.name for field in type_.stored() if field.kind.filter == "money"]
    if any(values.get(name) is not None for name in money) and context.currency != old.get("currency"):
        values.setdefault("currency", context.currency)
    before, after = old.get("currency"), values.get("currency")
    if before and after and before != after:
        for name in money:
            if name not in values and old.get(name) is not None:
                values[name] = int(money_text.major_units(old[name], before) * money_text.minor_unit_scale(after))


def _new_option_warnings(store: Store, type_: RecordType, values: Record) -> list[str]:
    """A sentence for each value that its open choice list does not have yet."""
    sentences = []
    for field, label in _unknown_options(store, type_, values):
        close = nearest_name(label, [option.label for option in store.options(field.kind.vocabulary)])  # type: ignore[attr-defined]
        sentences.append(f"new {field.title} '{label}'" + (f" - did you mean '{close}'?" if close else "."))
    return sentences


def _unknown_options(store: Store, type_: RecordType, values: Mapping[str, Any]) -> list[tuple[Field, str]]:
    unknown = []
    for name, value in values.items():
        field = type_.fields.get(name)
        if field and isinstance(field.kind, Choice) and field.kind.open and value:
            known = {option.key for option in store.options(field.kind.vocabulary)}
            # The user may always be an owner: no warning, no entry in the list.
            if option_key(value) not in known and not (field.kind.vocabulary == "owner" and value == store.context.me):
                unknown.append((field, value))
    return unknown


def first_filled(values: Iterable[Any]) -> Any:
    """The first value that is not empty; None when all are."""
    return next((value for value in values if value not in (None, "", [])), None)


def fill_empty(type_: RecordType, existing: Mapping[str, Any], values: Mapping[str, Any]) -> Record:
    """What a record gains from another one's values: empty fields are filled, lists united.

    A currency belongs to its amount. The address gains parts of the same place only: none that the two have differs.
    """
    gained: Record = {}
    is_same_place = all(
        str(existing[part]).casefold() == str(values[part]).casefold()
        for part in ADDRESS_PARTS
        if existing.get(part) and values.get(part)
    )
    for name, value in values.items():
        kind = type_.fields[name].kind
        if isinstance(kind, ManyKind):
            gained[name] = kind.merge(existing[name] or [], value)
        elif name == "currency" and existing.get("value") is not None:
            continue
        elif is_same_place or name not in (*ADDRESS_PARTS, "address_label"):
            gained[name] = first_filled((existing.get(name), value))
    return {name: value for name, value in gained.items() if value != existing[name]}


def insert_record(operation: Operation, record: str, values: Mapping[str, Any], *, reason: str = "") -> int:
    """Add a record inside an operation; its stamps are set, new choices join the open lists. Returns its id."""
    type_ = operation.store.type(record)
    learn_options(operation, type_, values)
    stamps = {"created_at": operation.at, "created_by": operation.store.actor or None, "updated_at": operation.at}
    filled = {name: value for name, value in values.items() if value is not None and name in type_.fields}
    if record in ("lead",) and "uid" not in filled:
        filled["uid"] = new_uid(operation.store)
    return operation.insert(
        record, {**{name: value for name, value in stamps.items() if name in type_.fields}, **filled}, reason=reason
    )


def update_record(operation: Operation, record: str, id: int, values: Mapping[str, Any], *, reason: str = "") -> Change:
    """Change fields of a record inside an operation; new choices join the open lists."""
    learn_options(operation, operation.store.type(record), values)
    return operation.update(record, id, values, reason=reason)


def learn_options(operation: Operation, type_: RecordType, values: Mapping[str, Any]) -> None:
    """Add the values that an open choice list lacks, in the same operation."""
    for field, label in _unknown_options(operation.store, type_, values):
        vocabulary = field.kind.vocabulary  # type: ignore[attr-defined]
        add_option(operation, vocabulary, label)


def add_option(operation: Operation, vocabulary: str, label: str, *, state: str = "", **columns: Any) -> int:
    """Add a value at the end of a choice list (an open status: before the won and lost ones). Returns its id.

    `columns` are further columns of its row. Refused when the list has the value already.
    """
    options = operation.store.options(vocabulary)
    if any(option.key == option_key(label) for option in options):
        raise Refused(f"{vocabulary.replace('_', ' ')} '{label}' exists already.")
    ends = [option.position for option in options if state == "open" and option.state in ("won", "lost", "recycled")]
    position = min(ends) if ends else max((option.position for option in options), default=-1) + 1
    for option in options if ends else ():
        if option.position >= position:
            operation.update("option", option.id, {"position": option.position + 1})
    row = {
        "field": vocabulary,
        "key": option_key(label),
        "label": label,
        "position": position,
        "state": state or None,
        "active": 1,
        **columns,
    }
    return operation.insert("option", row)


def new_uid(store: Store) -> str:
    """A UUID of version 7 (RFC 9562): time-ordered, so that its index stays cheap."""
    import os

    milliseconds = int(store.desk.now.timestamp() * 1000)
    return uid_at(milliseconds, os.urandom(10))


def uid_at(milliseconds: int, noise: bytes) -> str:
    """48 bits of time, version 7, 74 bits of noise."""
    number = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(noise, "big")
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
