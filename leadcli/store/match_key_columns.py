"""The match keys of whole records and list items as they are stored in columns; see text/match_keys.py for the keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.text import match_keys

if TYPE_CHECKING:
    pass

# The fields behind the match keys: when one of them changes, all keys of the record are computed again.
_PLACE = ("street", "city", "postcode")
KEYED_BY: Mapping[str, tuple[str, ...]] = {
    "lead": ("name", "company", "first_name", "last_name", *_PLACE),
    "account": ("name", *_PLACE),
    "contact": ("name", "first_name", "last_name", *_PLACE),
}


def match_key_columns(record: str, values: Mapping[str, Any]) -> dict[str, str | None]:
    """The match keys of a whole record, by column (see text/match_keys.py); None for an empty one."""
    if record not in KEYED_BY:
        return {}
    get = values.get
    name, first, last = get("name") or "", get("first_name") or "", get("last_name") or ""
    if record == "lead":
        keys = lead_keys(
            [name], [get("company") or ""], [(first, last)], [match_keys.address_key(*_address_parts(values))]
        )
        key_columns = {column: key or None for column, (key,) in zip(LEAD_KEYS, keys, strict=True)}
        return {"other_name_key": _unusual_key(key_columns.pop("name_key"), values.get("name")), **key_columns}
    key_columns = {
        "name_key": match_keys.name_key(name),
        "address_key": match_keys.address_key(*_address_parts(values)),
    }
    if record == "account":
        key_columns["company_key"] = match_keys.company_key(name)
    else:
        key_columns["person_key"] = match_keys.person_key(name, first=first, last=last)
    return {column: key or None for column, key in key_columns.items()}


def _unusual_key(key: str | None, name: str | None) -> str | None:
    """The key of a name as it is stored: None where it is the name in small letters (of ASCII: SQLite's lower())."""
    return None if (key or "") == (name or "").encode().lower().decode() else key or ""


LEAD_KEYS = ("name_key", "address_key", "person_key", "company_key")


def lead_keys(
    names: Sequence[str], companies: Iterable[str], people: Iterable[tuple[str, str]], addresses: Sequence[str],
    folded: Sequence[str] | None = None,
) -> list[Sequence[str]]:  # fmt: skip
    """The match keys of leads, a column each in the order of LEAD_KEYS, '' for none.

    `people` are first and last names, `addresses` address_keys; the names may come `folded` already.
    """
    keys = match_keys.name_keys(names, companies, people, match_keys.fold_texts(names) if folded is None else folded)
    named, persons, firms = zip(*keys, strict=True) if keys else ((), (), ())
    return [named, addresses, persons, firms]


def _address_parts(values: Mapping[str, Any]) -> tuple[str, str, str]:
    return values.get("street") or "", values.get("city") or "", values.get("postcode") or ""


def other_key(table: str, item: Any) -> str | None:
    """The match key as it is stored: None where it is the usual one of its table (see schema.KEYED)."""
    key = side_key(table, item)
    if table == "phones":
        return None if item["e164"] and key == item["e164"][1:] else key
    return None if key == (item if isinstance(item, str) else item["value"]) else key


def side_key(table: str, item: Any) -> str:
    """The indexed match key of one e-mail, phone or tag."""
    if table == "emails":
        return match_keys.email_key(item["value"])
    if table == "phones":
        return phone_key(item)
    return str(item).casefold()


def phone_key(item: Mapping[str, Any]) -> str:
    """Digits of the E.164 form without extension, else the digits as typed."""
    number = item["e164"].partition(";")[0] if item["e164"] else item["value"]
    return "".join(filter(str.isdigit, number))
