"""vCard 2.1, 3.0 and 4.0 (through vobject): one lead a card, under leadcli's own column names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from leadcli.domain.transfer import decoding
from leadcli.domain.transfer.feed import Feed
from leadcli.domain.transfer.rows import Row, Source, unkeepable
from leadcli.errors import Usage
from leadcli.lists import escape, join_cell

COLUMNS = (
    "name", "salutation", "first_name", "middle_name", "last_name", "job_title", "company", "emails", "phones",
    "street", "city", "region", "postcode", "country", "address_label", "addresses",
    "website", "birthday", "tags", "description", "external_id", "uid",
)  # fmt: skip
_NO_PHONES = {"fax", "pager"}
_NO_LABELS = {"pref", "internet", "voice", "text", "x400", "uri", "msg", "dom", "intl", "postal", "parcel"}
_LABELS = {"cell": "mobile", "iphone": "mobile", "main": "main"}
_SILENT = {"VERSION", "PRODID", "REV", "X-ABLABEL", "X-ABADR", "SORT-STRING", "KIND", "PROFILE", "LABEL"}
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?")
_NO_YEAR = re.compile(r"(?:--|1604-?)(\d{2})-?(\d{2})")
_OURS = "leadcli"


def read(feed: Feed, *, encoding: str | None = None) -> Source:
    """The cards of a .vcf file; one that cannot be read is a row with an error. Notes name the properties left out."""
    chosen = decoding.choose(feed, encoding)
    notes = ["vCard", chosen.label]
    return Source(feed.name, "vcard", COLUMNS, _rows(feed, chosen, notes), notes, feed)


def _rows(feed: Feed, encoding: decoding.Encoding, notes: list[str]) -> Iterator[Row]:
    left_out: Counter[str] = Counter()
    for number, text in enumerate(_cards(feed, encoding), start=1):
        try:
            card = _Card(text)
        except ValueError as error:
            yield Row(number, (), str(error))
            continue
        found = card.fields()
        row = [found.get(column, "") for column in COLUMNS]
        left_out.update(card.left_out)
        yield Row(number, row, unkeepable(row))
    if left_out:
        notes.append("left out " + ", ".join(f"{name} ({count})" for name, count in left_out.most_common()))


def _cards(feed: Feed, encoding: decoding.Encoding) -> Iterator[str]:
    """The text of each card, BEGIN to END; Usage (2) for text outside cards and for one that never ends."""
    lines: list[str] = []
    size = depth = begun = 0
    for number, line in enumerate(decoding.Lines(feed, encoding), start=1):
        word = line.strip().upper()
        if not depth and word and word != "BEGIN:VCARD":
            raise Usage(f"{feed.name} is not a vCard file: line {number:,} is outside any card.")
        if word == "BEGIN:VCARD":
            depth += 1
            begun = begun if depth > 1 else number
        if depth:
            lines.append(line.rstrip("\r\n"))
            size += len(line)
        if word == "END:VCARD":
            depth -= 1
        if size > decoding.LINE_LIMIT:
            raise Usage(f"{feed.name}: the card on line {begun:,} is longer than {decoding.LINE_LIMIT >> 20} MiB.")
        if lines and not depth:
            yield "\r\n".join(lines) + "\r\n"
            lines, size = [], 0
    if depth:
        raise Usage(f"{feed.name}: the card that begins on line {begun:,} has no END:VCARD.", hint="is the file whole?")


class _Card:
    """One card, its properties by name, the preferred one of each first."""

    def __init__(self, text: str) -> None:
        self.left_out: Counter[str] = Counter()
        properties = _parsed(text)
        self._labels = {each.group: str(each.value) for each in properties if each.group and each.name == "X-ABLABEL"}
        self._by_name: dict[str, list[Any]] = {}
        for each in sorted(properties, key=_preference):
            self._by_name.setdefault(each.name, []).append(each)

    def fields(self) -> dict[str, str]:
        phones = [each for each in self._take("TEL") if not _types(each) & _NO_PHONES]
        emails, (address, others) = self._take("EMAIL"), self._addresses()
        uid = self._text("UID").removeprefix("urn:uuid:")
        ours = _OURS in self._text("PRODID").casefold()
        birthday, about = _birthday(self._text("BDAY"))
        notes = [str(each.value) for each in self._take("NOTE")]
        found = {
            "name": self._text("FN"), **self._names(), "job_title": self._text("TITLE") or self._text("ROLE"),
            "company": self._company(), "emails": join_cell((self._label(each), _bare(each)) for each in emails),
            "phones": join_cell((self._label(each), _bare(each)) for each in phones), **address, "addresses": others,
            "website": self._text("URL"), "birthday": birthday, "tags": self._tags(),
            "description": "\n\n".join(part for part in [*notes, about] if part.strip()).replace("\r\n", "\n"),
            ("uid" if ours else "external_id"): uid,
        }  # fmt: skip
        self.left_out.update(name for name, rest in self._by_name.items() if rest and name not in _SILENT)
        return found

    def _take(self, name: str) -> list[Any]:
        return self._by_name.pop(name, [])

    def _text(self, name: str) -> str:
        """The first property of a name; further ones stay, to be named as left out."""
        found = self._by_name.get(name) or []
        text = str(found.pop(0).value).strip() if found else ""
        return text.replace("\\:", ":")

    def _names(self) -> dict[str, str]:
        found = self._take("N")
        name = found[0].value if found else None
        parts = {"salutation": "prefix", "first_name": "given", "middle_name": "additional", "last_name": "family"}
        return {column: _joined(getattr(name, part, "")) for column, part in parts.items()}

    def _company(self) -> str:
        found = self._take("ORG")
        value = found[0].value if found else ""
        return (value[0] if isinstance(value, list) and value else str(value or "")).strip()

    def _tags(self) -> str:
        values = [each.value for each in self._take("CATEGORIES")]
        tags = [tag for value in values for tag in (value if isinstance(value, list) else [value])]
        return ";".join(escape(tag.strip()).replace(",", "\\,") for tag in map(str, tags) if tag.strip())

    def _addresses(self) -> tuple[dict[str, str], str]:
        """The preferred address as columns, the others as a JSON array."""
        import json

        found = [
            {
                "label": self._label(each), "street": _joined([each.value.box, each.value.extended, each.value.street]),
                "city": _joined(each.value.city), "region": _joined(each.value.region),
                "postcode": _joined(each.value.code), "country": _joined(each.value.country),
            }
            for each in self._take("ADR")
        ]  # fmt: skip
        if not found:
            return {}, ""
        first, *others = found
        first["address_label"] = first.pop("label")
        return first, json.dumps(others, ensure_ascii=False) if others else ""

    def _label(self, each: Any) -> str:
        """An own label of Apple (`_$!<Work>!$_` or free text), else the first type that says something."""
        if own := self._labels.get(each.group or ""):
            named = _APPLE_LABEL.fullmatch(own)
            return named[1].casefold() if named else own
        words = [word for word in _type_words(each) if word not in _NO_LABELS]
        return _LABELS.get(words[0], words[0]) if words else ""


def _parsed(text: str) -> list[Any]:
    import vobject
    from vobject.base import ContentLine

    try:
        card = vobject.readOne(text, allowQP=True)
    except Exception as error:  # vobject lets KeyError, IndexError, binascii.Error and others out for broken cards
        raise ValueError(f"is not a vCard that can be read: {str(error) or type(error).__name__}") from error
    if card is None or card.name != "VCARD":
        raise ValueError("is not a vCard")
    return [each for each in card.getChildren() if isinstance(each, ContentLine)]


def _type_words(each: Any) -> list[str]:
    words = [*each.params.get("TYPE", []), *each.singletonparams]
    return [word.strip().casefold() for listed in words for word in listed.split(",")]


def _types(each: Any) -> set[str]:
    return set(_type_words(each))


def _preference(each: Any) -> int:
    """4.0 says PREF=1 (best) to 100, 3.0 and 2.1 say type pref; the rest keep their order after them."""
    number = each.params.get("PREF", [""])[0]
    if number.isdecimal():
        return min(int(number[:3]), 100)
    return 1 if "pref" in _types(each) or "PREF" in each.params else 101


def _bare(each: Any) -> str:
    return re.sub(r"^(?:tel|mailto):", "", str(each.value).strip(), flags=re.IGNORECASE)


def _joined(value: Any) -> str:
    parts = value if isinstance(value, list) else [value]
    flat = [str(part).strip() for each in parts for part in (each if isinstance(each, list) else [each])]
    return " ".join(part for part in flat if part)


def _birthday(text: str) -> tuple[str, str]:
    """(ISO date, ""); a day without its year cannot be a date and becomes a line of the description."""
    if found := _NO_YEAR.fullmatch(text):
        return "", f"Birthday: {found[1]}-{found[2]}"
    found = _DAY.fullmatch(text)
    return ("-".join(found.groups()) if found else text), ""
