"""Writes vCards (.vcf, version 4.0, RFC 6350): leads and customers as an address book takes them.

A card says who somebody is and how to reach them: names, company, e-mails, phones, addresses, web site, birthday, tags,
description and uid. What no address book knows (status, value, owner) stays behind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from leadcli.text.links import has_web_scheme

LINE = 75  # octets, without the line's end
_TYPES = {"work": "work", "home": "home", "mobile": "cell"}
# A URI has its commas and semicolons as they are (RFC 6350, 5.3); a backslash, which no URI has, survives so.
_URI_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n"})
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", ",": "\\,", ";": "\\;"})


Record = Mapping[str, Any]


def write_vcard(row: Record) -> str:
    """One record as a card, lines folded, CRLF after each."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", "PRODID:-//leadcli//leadcli//EN"]
    lines += [f"UID:urn:uuid:{row['uid']}"] if row.get("uid") else []
    lines.append(f"FN:{_escaped(row['name'])}")
    person = [row.get(name) for name in ("last_name", "first_name", "middle_name", "salutation")]
    lines += ["N:" + ";".join(map(_escaped, [*person, None]))] if any(person) else []
    for name, field in (("ORG", "company"), ("TITLE", "job_title"), ("NOTE", "description")):
        lines += [f"{name}:{_escaped(row[field])}"] if row.get(field) else []
    lines += _reach(row)
    website = row.get("website") or ""
    lines += [f"URL:{website.translate(_URI_ESCAPES)}"] if has_web_scheme(website) else []
    lines += [f"BDAY:{row['birthday'].replace('-', '')}"] if row.get("birthday") else []
    lines += ["CATEGORIES:" + ",".join(map(_escaped, row["tags"]))] if row.get("tags") else []
    lines += [f"REV:{re.sub('[-:]', '', row['updated_at'])}"] if row.get("updated_at") else []
    return "".join(map(_folded, [*lines, "END:VCARD"]))


def _reach(row: Record) -> list[str]:
    """E-mails, phones and addresses in their order, the first of each preferred."""
    primary = {name: row.get(name) for name in ("street", "city", "region", "postcode", "country")}
    first = [{**primary, "label": row.get("address_label")}] if any(primary.values()) else []
    listed = {
        "EMAIL": [(item["label"], _escaped(item["value"])) for item in _list_items(row, "emails", "email")],
        "TEL": [(item["label"], _escaped(item["value"])) for item in _list_items(row, "phones", "phone")],
        "ADR": [(item["label"], _address(item)) for item in [*first, *(row.get("addresses") or ())]],
    }
    lines: list[str] = []
    group = 0
    for name, items in listed.items():
        for place, (label, value) in enumerate(items):
            prefer = ";PREF=1" if place == 0 and len(items) > 1 else ""
            if not label or label in _TYPES:
                lines.append(f"{name}{f';TYPE={_TYPES[label]}' if label else ''}{prefer}:{value}")
                continue
            group += 1
            lines += [f"item{group}.{name}{prefer}:{value}", f"item{group}.X-ABLABEL:{_escaped(label)}"]
    return lines


def _list_items(row: Record, many: str, one: str) -> Sequence[Record]:
    if row.get(many):
        return list(row[many])
    return [{"value": row[one], "label": None}] if row.get(one) else []


def _address(item: Record) -> str:
    parts = ("street", "city", "region", "postcode", "country")
    return ";;" + ";".join(_escaped(item.get(part)) for part in parts)


def _escaped(text: Any) -> str:
    return str(text or "").translate(_ESCAPES)


def _folded(line: str) -> str:
    """No line is longer than 75 octets; what goes on begins with a space, and no letter is cut."""
    if len(line) <= LINE and (line.isascii() or len(line.encode()) <= LINE):
        return line + "\r\n"
    parts, current, size = [], "", 0
    for letter in line:
        width = len(letter.encode("utf-8", "surrogatepass"))
        if size + width > LINE:
            parts.append(current)
            current, size = " ", 1
        current += letter
        size += width
    return "\r\n".join([*parts, current]) + "\r\n"
