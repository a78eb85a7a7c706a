"""vCard 2.1, 3.0 and 4.0 (lines parsed by vobject): one lead a card, under leadcli's own column names.

A comma is a part of the text it stands in, whatever the version says of lists: only tags are parted at it, and several
complete numbers or addresses in one property are several. vobject's own values end at a comma, so they are not used.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.columns.header_recognition import words_of
from leadcli.domain.data.import_.readers import decoding
from leadcli.domain.data.import_.readers.byte_source import ByteSource
from leadcli.domain.data.import_.readers.delimited import Row, Source, unkeepable
from leadcli.domain.data.import_.readers.vcard_lines import Cards, unfold
from leadcli.model.kinds.many import escape, join_cell

COLUMNS = (
    "name", "salutation", "first_name", "middle_name", "last_name", "job_title", "company", "emails", "phones",
    "street", "city", "region", "postcode", "country", "address_label", "addresses",
    "website", "birthday", "tags", "description", "do_not_contact", "external_id", "uid",
)  # fmt: skip
_NO_PHONES = {"fax", "pager"}
_NO_LABELS = {"pref", "internet", "voice", "text", "x400", "uri", "msg", "dom", "intl", "postal", "parcel"}
_LABELS = {"cell": "mobile", "iphone": "mobile", "main": "main"}
_SILENT = {"VERSION", "PRODID", "REV", "X-ABLABEL", "X-ABADR", "SORT-STRING", "KIND", "PROFILE", "LABEL"}
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?")
_NO_YEAR = re.compile(r"(?:--|1604-?)(\d{2})-?(\d{2})")
_OURS = "leadcli"
_ESCAPED = re.compile(r"\\([nN,;:\\\"])")
_SPLIT_AT = {mark: re.compile(rf"((?:[^\\{mark}]|\\.)*?)(?:{mark}|$)", re.DOTALL) for mark in ",;"}
_WHOLE_NUMBER = re.compile(r"\s*(?:tel:)?\+[\d ().-]{7,25}\s*", re.IGNORECASE)
_WHOLE_ADDRESS = re.compile(r"(?:mailto:)?[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+", re.IGNORECASE)


def read(feed: ByteSource, *, encoding: str | None = None) -> Source:
    """The cards of a .vcf file; one that cannot be read is a row with an error. Notes name the properties left out."""
    chosen = decoding.choose(feed, encoding)
    notes = ["vCard", chosen.label]
    return Source(feed.name, "vcard", COLUMNS, _rows(feed, chosen, notes), notes, feed)


def _rows(feed: ByteSource, encoding: decoding.Encoding, notes: list[str]) -> Iterator[Row]:
    left_out: Counter[str] = Counter()
    for number, (lines, error) in enumerate(Cards(feed, encoding), start=1):
        if error:
            yield Row(number, (), error)
            continue
        try:
            card = _Card(lines)
            fields = card.fields()
        except ValueError as reason:
            yield Row(number, (), str(reason))
            continue
        row = [fields.get(column, "") for column in COLUMNS]
        left_out.update(card.left_out)
        yield Row(number, row, unkeepable(row))
    if left_out:
        notes.append("left out " + ", ".join(f"{name} ({count})" for name, count in left_out.most_common()))


class _Card:
    """One card, its properties by name, the preferred one of each first."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.left_out: Counter[str] = Counter()
        properties = _properties(lines)
        self._labels = {each.group: _plain(each) for each in properties if each.group and each.name == "X-ABLABEL"}
        self._by_name: dict[str, list[Any]] = {}
        for each in sorted(properties, key=_preference):
            self._by_name.setdefault(each.name, []).append(each)
        # Commas part the names and address parts of 3.0 and 4.0; 2.1 knows no such lists.
        self._listed = not any(each.value.strip() == "2.1" for each in self._by_name.get("VERSION", ()))

    def fields(self) -> dict[str, str]:
        phones = [each for each in self._take("TEL") if not _types(each) & _NO_PHONES]
        emails, (address, others) = self._take("EMAIL"), self._addresses()
        uid = self._text("UID").removeprefix("urn:uuid:")
        ours = _OURS in self._text("PRODID").casefold()
        birthday, about = _birthday(self._text("BDAY"))
        notes = [_plain(each) for each in self._take("NOTE")]
        fields = {
            "name": self._text("FN"), **self._names(), "job_title": self._text("TITLE") or self._text("ROLE"),
            "company": self._company(), "emails": join_cell(self._contact_values(emails, _addresses_in)),
            "phones": join_cell(self._contact_values(phones, _numbers_in)), **address, "addresses": others,
            "website": self._text("URL"), "birthday": birthday, "tags": self._tags(),
            "description": "\n\n".join(part for part in [*notes, about] if part.strip()).replace("\r\n", "\n"),
            "do_not_contact": self._optout(), ("uid" if ours else "external_id"): uid,
        }  # fmt: skip
        self.left_out.update(name for name, rest in self._by_name.items() if rest and name not in _SILENT)
        return fields

    def _take(self, name: str) -> list[Any]:
        return self._by_name.pop(name, [])

    def _text(self, name: str) -> str:
        """The first property of a name; further ones stay, to be named as left out."""
        properties = self._by_name.get(name)
        return _plain(properties.pop(0)).strip() if properties else ""

    def _contact_values(self, properties: Sequence[Any], values: Any) -> Iterator[tuple[str, str]]:
        """(label, value) of every e-mail or phone."""
        return ((self._label(each), value) for each in properties for value in values(each.value))

    def _names(self) -> dict[str, str]:
        properties = self._take("N")
        parts = [self._part(part, " ") for part in _split(properties[0].value, ";")] if properties else []
        columns = ("last_name", "first_name", "middle_name", "salutation")
        return dict(zip(columns, [*parts, "", "", "", ""], strict=False))

    def _part(self, text: str, joint: str) -> str:
        """One part of a name or an address, its several values joined."""
        values = _split(text, ",") if self._listed else [text]
        return joint.join(value for value in (_unescape(value).strip() for value in values) if value)

    def _company(self) -> str:
        properties = self._take("ORG")
        return _unescape(_split(properties[0].value, ";")[0]).strip() if properties else ""

    def _tags(self) -> str:
        tags = [_unescape(tag).strip() for each in self._take("CATEGORIES") for tag in _split(each.value, ",")]
        return ";".join(escape(tag).replace(",", "\\,") for tag in tags if tag)

    def _optout(self) -> str:
        """What extended properties (`X-DO-NOT-CALL:1`, `X-OPT-IN:no`) say about contact."""
        kinds = {name: optouts.kind_of(words_of(name[2:])) for name in self._by_name if name.startswith("X-")}
        cells = [(kind, _plain(each)) for name, kind in kinds.items() if kind for each in self._take(name)]
        return optouts.strictest(cells)

    def _addresses(self) -> tuple[dict[str, str], str]:
        """The preferred address as columns, the others as a JSON array."""
        import json

        addresses = [self._address(each) for each in self._take("ADR")]
        if not addresses:
            return {}, ""
        first, *others = addresses
        first["address_label"] = first.pop("label")
        return first, json.dumps(others, ensure_ascii=False) if others else ""

    def _address(self, each: Any) -> dict[str, str]:
        parts = [self._part(part, ", ") for part in _split(each.value, ";")]
        box, extended, street, city, region, code, country = (*parts, *[""] * 7)[:7]
        return {
            "label": self._label(each), "street": " ".join(line for line in (box, extended, street) if line),
            "city": city, "region": region, "postcode": code, "country": country,
        }  # fmt: skip

    def _label(self, each: Any) -> str:
        """An own label of Apple (`_$!<Work>!$_` or free text), else the first type that says something."""
        if label := self._labels.get(each.group or ""):
            named = _APPLE_LABEL.fullmatch(label)
            return named[1].casefold() if named else label
        words = [word for word in _type_words(each) if word not in _NO_LABELS]
        return _LABELS.get(words[0], words[0]) if words else ""


def _properties(lines: Sequence[str]) -> list[Any]:
    """The content lines of a card as vobject parses them, their values as written; a card within it is left out."""
    properties = []
    components: list[str] = []
    for line in unfold(lines):
        each = _content_line(line)
        value = each.value.strip().upper()
        if each.name == "BEGIN":
            components.append(value)
        elif each.name == "END":
            if not components or components.pop() != value:
                raise ValueError(f"is not a vCard that can be read: END:{value[:40]} without its BEGIN")
        elif len(components) == 1:
            properties.append(each)
    return properties


def _content_line(line: str) -> Any:
    from vobject.base import ContentLine, parseLine

    try:
        name, params, value, group = parseLine(line)
        # vobject knows the encodings in capitals only.
        params = [[part.upper() for part in each] if "quoted-printable" in str(each).casefold() else each
                  for each in params]  # fmt: skip
        return ContentLine(name, params, value, group, encoded=True)
    except Exception as error:  # vobject lets KeyError, LookupError, binascii.Error and others out for broken lines
        reason = str(error) or type(error).__name__
        raise ValueError(f"is not a vCard that can be read: {reason[:200]}") from error


def _unescape(text: str) -> str:
    """`\\n` a newline, `\\,` `\\;` `\\:` the mark itself; any other backslash stays."""
    return _ESCAPED.sub(lambda mark: "\n" if mark[1] in "nN" else mark[1], text)


def _plain(each: Any) -> str:
    return _unescape(str(each.value))


def _split(text: str, mark: str) -> list[str]:
    """The parts of a value, still escaped, at the marks no backslash stands before."""
    if "\\" not in text:
        return text.split(mark)
    parts, begin = [], 0
    while begin <= len(text):
        part = _SPLIT_AT[mark].match(text, begin)
        assert part
        parts.append(part[1])
        begin = part.end() if part.end() > part.end(1) else len(text) + 1
    return parts


def _numbers_in(value: str) -> list[str]:
    """Several complete numbers are several values. Any other text with commas is left to the reader of phones."""
    parts = [_unescape(part) for part in _split(value, ";")]
    several = len(parts) > 1 and all(_WHOLE_NUMBER.fullmatch(part) for part in parts)
    return [_bare(part) for part in (parts if several else [_unescape(value)])]


def _addresses_in(value: str) -> list[str]:
    """Several complete addresses are several; anything else is one text."""
    text = _unescape(value)
    parts = [part for part in re.split(r"[\s,;]+", text) if part]
    several = len(parts) > 1 and all(_WHOLE_ADDRESS.fullmatch(part) for part in parts)
    return [_bare(part) for part in (parts if several else [text])]


def _bare(text: str) -> str:
    return re.sub(r"^(?:tel|mailto):", "", text.strip(), flags=re.IGNORECASE)


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


def _birthday(text: str) -> tuple[str, str]:
    """(ISO date, ""); what is no whole date (`--0626`, `1985`, `June 26`) becomes a line of the description."""
    if no_year := _NO_YEAR.fullmatch(text):
        return "", f"Birthday: {no_year[1]}-{no_year[2]}"
    day = _DAY.fullmatch(text)
    try:
        return (date(*map(int, day.groups())).isoformat(), "") if day else ("", f"Birthday: {text}" if text else "")
    except ValueError:
        return "", f"Birthday: {text}"
