"""A converted customer as a file for another system: JSON with all its records, or vCards of its contacts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from leadcli.domain.pipeline.convert import Conversion
from leadcli.errors import Usage
from leadcli.model.kinds import Record
from leadcli.store.store import Store
from leadcli.text.vcards import write_vcard

SUFFIXES = (".json", ".vcf")


def check_suffix(path: str) -> str:
    """.json or .vcf. Usage for any other."""
    for suffix in SUFFIXES:
        if path.lower().endswith(suffix):
            return suffix
    raise Usage(f"cannot tell the format from the name '{path}'.", hint="end it in .json or .vcf")


def customer_file(store: Store, conversions: Sequence[Conversion], suffix: str) -> str:
    """The file's text: an object (an array for several leads) of complete records, or one vCard a contact."""
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
    row = store.get("contact", contact)
    company = store.get("account", row["account"], fields=("name",))["name"] if row["account"] else None
    return write_vcard({**row, "company": company})
