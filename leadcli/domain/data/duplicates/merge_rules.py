"""What one record keeps of several that are the same: the merge rule of every field (Field.merge), read off rows.

The rows come in survivor order, the survivor first. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.leads import record_values
from leadcli.domain.pipeline import rules
from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Choice, Record
from leadcli.model.kinds.many import ADDRESS_PARTS, ManyKind
from leadcli.store.store import Store

Rows = Sequence[Record]


class LostValue(NamedTuple):
    """A value that is not kept, since another one is: the field, both as text, and whose it was."""

    field: str
    survivor: str
    lost: str
    id: int


class MergedValues(NamedTuple):
    """The fields of the one record, and the real conflicts: non-empty values that gave way to others."""

    values: Record
    losses: list[LostValue]


def merge_values(store: Store, record: str, rows: Rows, *, chosen: Mapping[str, Any] | None = None) -> MergedValues:
    """The values that stay; `chosen` are those somebody decided on, by field name."""
    type_ = store.type(record)
    values: Record = {}
    for field in type_.fields.values():
        if field.name != "id" and not field.sql and field.merge in _RULES:
            first = rows[0][field.name]
            same = all(row[field.name] == first for row in rows)  # most fields are empty in all of them
            values[field.name] = first if same else _RULES[field.merge](store, field, rows)
    if record == "lead":
        values |= _pipeline(store, rows)
    values |= _money(type_, rows)
    values |= _address(type_, rows, values)
    values |= {name: value for name, value in (chosen or {}).items() if name in values}
    return MergedValues(values, _losses(type_, rows, values))


def survivor_order(store: Store, record: str, rows: Rows) -> list[Record]:
    """Survivor order: converted, not lost, further in the pipeline, likelier to be won, added first (Odoo's rule)."""
    if record != "lead":
        return sorted(rows, key=lambda row: int(row["id"]))
    places = {option.label: place for place, option in enumerate(store.options("status"))}
    ranks = {"won": 3, "open": 2, "recycled": 1, "lost": 0}

    def rank(row: Record) -> tuple[Any, ...]:
        state = rules.status_state(store, row["status"])
        likely = -1.0 if row["probability"] is None else row["probability"]
        return not row["converted_at"], -ranks[state], -places.get(row["status"], 0), -likely, row["id"]

    return sorted(rows, key=rank)


def filled_count(type_: RecordType, row: Record) -> int:
    """How many fields of a record are filled."""
    return sum(not field.sql and row.get(field.name) not in (None, [], "") for field in type_.fields.values())


# One rule each: (store, field, rows) -> the value that stays


def _first_filled(store: Store, field: Field, rows: Rows) -> Any:
    return record_values.first_filled(row[field.name] for row in rows)


def _union(store: Store, field: Field, rows: Rows) -> Any:
    kind = field.kind
    assert isinstance(kind, ManyKind)
    values: list[Any] = list(rows[0][field.name])
    for row in rows[1:]:
        values = kind.merge(values, row[field.name])
    return values


def _join_texts(store: Store, field: Field, rows: Rows) -> Any:
    texts = dict.fromkeys(row[field.name].strip() for row in rows if row[field.name])
    return "\n\n".join(texts) or None


def _highest(store: Store, field: Field, rows: Rows) -> Any:
    values = [row[field.name] for row in rows if row[field.name] is not None]
    if isinstance(field.kind, Choice):
        places = {option.label: place for place, option in enumerate(store.options(field.kind.vocabulary))}
        return max(values, key=lambda label: places.get(label, -1), default=None)
    return max(values, default=None)


def _earliest(store: Store, field: Field, rows: Rows) -> Any:
    return min((row[field.name] for row in rows if row[field.name] is not None), default=None)


# "furthest" and "open" belong together (_pipeline), "address" is one block (_address), "never" stays as it is.
_RULES: Mapping[str, Callable[[Store, Field, Rows], Any]] = {
    "first": _first_filled, "union": _union, "join": _join_texts, "highest": _highest, "earliest": _earliest,
}  # fmt: skip


def _pipeline(store: Store, rows: Rows) -> Record:
    """The status, and what comes with it from the leads in the same state: an open lead has neither loss nor end."""
    status = _status(store, rows)
    state = rules.status_state(store, status)
    alike = [row for row in rows if rules.status_state(store, row["status"]) == state]
    values: Record = {"status": status}
    for name in ("lost_reason", "lost_note"):
        values[name] = next((row[name] for row in alike if row[name]), None) if state == "lost" else None
    ended = () if state == "open" else alike
    values["closed_at"] = next((row["closed_at"] for row in ended if row["closed_at"]), None)
    lively = [row for row in rows if state == "lost" or rules.status_state(store, row["status"]) != "lost"]
    values["probability"] = next((row["probability"] for row in lively if row["probability"] is not None), None)
    return values


def _status(store: Store, rows: Rows) -> str:
    """The converted lead's, else the furthest won one, else the furthest open one the type allows, else the first's."""
    converted = next((row["status"] for row in rows if row["converted_at"]), None)
    if converted:
        return str(converted)
    allowed = rules.allowed_for_type(store, next((row["type"] for row in rows if row["type"]), None))
    places = {option.label: place for place, option in enumerate(store.options("status"))}
    every = [str(row["status"]) for row in rows]
    for state in ("won", "open"):
        labels = [label for label in every if rules.status_state(store, label) == state]
        labels = [label for label in labels if not allowed or label in allowed]
        if labels:
            return max(labels, key=lambda label: places.get(label, -1))
    return every[0]


def _money(type_: RecordType, rows: Rows) -> Record:
    """The amount with its own currency; amounts in another currency mean nothing beside it and are left out."""
    if "currency" not in type_.fields:
        return {}
    bearers = [row for row in rows if row["value"] is not None] or [row for row in rows if row["currency"]]
    if not bearers:
        return {}
    currency = bearers[0]["currency"]
    values: Record = {"value": bearers[0]["value"], "currency": currency}
    same = [row for row in rows if row["currency"] in (None, currency)]
    for field in type_.fields.values():
        if field.custom and field.kind.filter == "money":
            values[field.name] = next((row[field.name] for row in same if row[field.name] is not None), None)
    products = type_.fields["products"].kind
    assert isinstance(products, ManyKind)
    values["products"] = products.merge([], [item for row in rows for item in _priced(row, row in same)])
    return values


def _priced(row: Record, same: bool) -> list[Record]:
    return [item if same else {**item, "price": None} for item in row["products"]]


def _address(type_: RecordType, rows: Rows, values: Record) -> Record:
    """One block from the record with most of its fields; other places become further addresses where there are any."""
    best = max(rows, key=lambda row: sum(bool(row[part]) for part in ADDRESS_PARTS))
    address: Record = {part: best[part] for part in (*ADDRESS_PARTS, "address_label")}
    if "addresses" not in type_.fields:
        return address
    kind = type_.fields["addresses"].kind
    assert isinstance(kind, ManyKind)
    others = [
        {"label": row["address_label"], **{part: row[part] for part in ADDRESS_PARTS}}
        for row in rows
        if not _is_covered(row, best)
    ]
    every = kind.merge(values["addresses"], others)
    return {**address, "addresses": [each for each in every if kind.identity(each) != kind.identity(best)]}


def _is_covered(row: Record, best: Record) -> bool:
    """The block says all that this one says."""
    return all(not row[part] or _plain_value(row[part]) == _plain_value(best[part]) for part in ADDRESS_PARTS)


def _losses(type_: RecordType, rows: Rows, values: Record) -> list[LostValue]:
    losses = []
    for field in type_.fields.values():
        if _is_losable(type_, field) and any(row[field.name] not in (None, values[field.name]) for row in rows):
            losses += _lost_values(field, rows, values)
    return losses


def _is_losable(type_: RecordType, field: Field) -> bool:
    """A field of which one value stays; what is not of the salesperson's making is not worth a word."""
    if field.sql or field.kind.many or field.name in ("currency", "closed_at", "address_label"):
        return False
    if field.merge == "address":
        return "addresses" not in type_.fields
    return field.merge == "open" or (field.merge == "first" and field.writable)


def _lost_values(field: Field, rows: Rows, values: Record) -> list[LostValue]:
    """Each other value of a field once, with the first record that had it."""
    stays = field.kind.plain(values.get(field.name), values) or ""
    met, losses = {_plain_value(stays), ""}, []
    for row in rows:
        text = field.kind.plain(row[field.name], row) or ""
        if field.kind.filter == "money" and text:
            text = f"{text} {row.get('currency') or ''}".strip()
            met.add(_plain_value(f"{stays} {values.get('currency') or ''}"))
        if _plain_value(text) not in met:
            met.add(_plain_value(text))
            losses.append(LostValue(field.name, stays, text, row["id"]))
    return losses


def _plain_value(value: Any) -> str:
    return " ".join(str(value or "").casefold().split())
