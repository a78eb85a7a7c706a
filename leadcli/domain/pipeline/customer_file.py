"""A converted customer as a file for another system: JSON with all its records, or vCards of its contacts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from leadcli.domain.pipeline.convert import Conversion
from leadcli.errors import Usage
from leadcli.model.kinds import Record
from leadcli.store.store import Store

SUFFIXES = (".json", ".vcf")
_CELL = {"mobile": "cell", "cell": "cell", "work": "work", "home": "home", "fax": "fax"}


def check_suffix(path: str) -> str:
    """.json or .vcf. Usage for any other."""
    for suffix in SUFFIXES:
        if path.lower().endswith(suffix):
            return suffix
    raise Usage(f"cannot tell the format from the name '{path}'.", hint="end it in .json or .vcf")


def customer_file(store: Store, conversions: Sequence[Conversion], suffix: str) -> str:
    """The file's text: an object (an array for several leads) of complete records, or one vCard 3.0 a contact."""
    if suffix == ".json":
        objects = [_customer_objects(store, each) for each in conversions]
        return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=2) + "\n"
    return "".join(_vcard(store, each.contact) for each in conversions if each.contact)


def _customer_objects(store: Store, conversion: Conversion) -> Record:
    """{"lead": {...}, "account": {...}, "contact": {...}, "opportunity": {...} or null}, complete."""
    return {record: _record_object(store, record, id) for record, id in conversion.records().items()}


def _record_object(store: Store, record: str, id: int | None) -> Record | None:
    if id is None:
        return None
    row = store.get(record, id)
    return {field.name: field.kind.json(row[field.name], row) for field in store.type(record).fields.values()}


def _vcard(store: Store, contact: int) -> str:
    import vobject

    row = store.get("contact", contact)
    card = vobject.vCard()
    names = {
        "family": row["last_name"],
        "given": row["first_name"],
        "additional": row["middle_name"],
        "prefix": row["salutation"],
    }
    card.add("fn").value = row["name"]
    card.add("n").value = vobject.vcard.Name(**{part: name or "" for part, name in names.items()})
    company = store.get("account", row["account"], fields=("name",))["name"] if row["account"] else None
    for name, value in (
        ("org", [company] if company else None),
        ("title", row["job_title"]),
        ("note", row["description"]),
        ("bday", row["birthday"]),
        ("categories", row["tags"]),
    ):
        if value:
            card.add(name).value = value
    for name, field in (("email", "emails"), ("tel", "phones")):
        for item in row[field]:
            _set_label(card.add(name), item["label"]).value = item.get("e164") or item["value"]
    for item in ({**row, "label": row["address_label"]}, *row["addresses"]):
        if any(item[part] for part in ("street", "city", "region", "postcode", "country")):
            _set_label(card.add("adr"), item["label"]).value = _vcard_address(item)
    return str(card.serialize())


def _vcard_address(item: Record) -> Any:
    import vobject

    parts = {"street": "street", "city": "city", "region": "region", "code": "postcode", "country": "country"}
    return vobject.vcard.Address(**{part: item[name] or "" for part, name in parts.items()})


def _set_label(line: Any, label: str | None) -> Any:
    """Set the TYPE of a vCard line: a known word as it is, any other label as an x- extension."""
    if label:
        line.type_param = _CELL.get(label.casefold(), f"x-{'-'.join(label.split())}")
    return line
