"""The many-valued fields of a row: e-mails, phones, tags, addresses, products, as items and as rows of their tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from leadcli.domain.transfer.checks import Mailboxes, Numbers
from leadcli.domain.transfer.terms import Terms
from leadcli.domain.transfer.values import Wrong, wrong
from leadcli.fields import RecordType
from leadcli.kinds import Context, clean
from leadcli.lists import ManyKind, label_of, split_cell
from leadcli.matching import email_key
from leadcli.phones import numbers, region_of
from leadcli.store.derived import phone_key

Item = dict[str, Any]
UNREAD = "cannot be read as a number with its country; kept as typed (--phone-region helps)"
_PARTS = (";", "|", "\n", "\\", ":")
TAGS_REMEMBERED = 20_000


class Lists(NamedTuple):
    """The lists of one row: items by field; the match keys of its addresses and numbers; (field, text, reason)."""

    items: dict[str, list[Any]]
    email_keys: list[str]
    phone_keys: list[str]
    warnings: list[tuple[str, str, str]]

    def rows(self, n: int) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of the side tables, by field."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        for field, items in self.items.items():
            if field == "emails":
                pairs = zip(items, self.email_keys, strict=True)
                found[field] = [(n, at, x["value"], x["label"], key) for at, (x, key) in enumerate(pairs)]
            elif field == "phones":
                triples = zip(items, self.phone_keys, strict=True)
                found[field] = [(n, at, x["value"], x["e164"], x["label"], key) for at, (x, key) in enumerate(triples)]
            elif field == "tags":
                found[field] = [(n, at, tag, tag.casefold()) for at, tag in enumerate(items)]
            else:
                found[field] = [(n, at, *item.values()) for at, item in enumerate(items)]
        return found


class Contacts:
    """`contacts.read(texts, country, currency)` -> Lists or Wrong."""

    def __init__(self, type_: RecordType, terms: Terms, context: Context, fed: Sequence[str]) -> None:
        self.type, self.context, self.terms = type_, context, terms
        self.fed = [name for name in fed if type_.fields[name].kind.many]
        self.others = [name for name in self.fed if name not in ("emails", "phones", "tags")]
        self.mailboxes, self.numbers = Mailboxes(), Numbers()
        self.tags: dict[str | None, list[str]] = {None: self._parsed_tags("")}

    def read(self, texts: dict[str, str], country: str | None, currency: str | None) -> Lists | Wrong:
        found = Lists({}, [], [], [])
        name = "emails"
        try:
            if text := texts.get("emails"):
                self._emails(text, found)
            name = "phones"
            if text := texts.get("phones"):
                self._phones(text, country, found)
            name = "tags"
            if tags := self._tagged(texts.get("tags")):
                found.items["tags"] = tags
            for name in self.others:
                if (text := texts.get(name)) and text.strip():
                    local = self.context._replace(currency=currency or self.context.currency)
                    found.items[name] = self._ordered(name, self.type.fields[name].kind.parse(text, local))
        except ValueError as error:
            return wrong(self.type.fields[name], str(getattr(error, "text", texts.get(name, ""))), error)
        return found

    def _emails(self, text: str, found: Lists) -> None:
        items: list[Item] = []
        for label, value in _labelled(text):
            try:
                address = self.mailboxes.check(value.removeprefix("mailto:"))
            except ValueError as error:
                error.text = value  # type: ignore[attr-defined]
                raise
            if address:
                items.append({"value": address, "label": label})
        if len(items) > 1:
            items = _many(self.type, "emails").merge([], items)
        if items:
            found.items["emails"] = items
            found.email_keys.extend(email_key(item["value"]) for item in items)

    def _phones(self, text: str, country: str | None, found: Lists) -> None:
        region = self.terms.phone_region or (region_of(country) if country else "") or self.context.region
        items: list[Item] = []
        for label, said in _labelled(text):
            value = said.removeprefix("tel:").strip()
            for part in numbers(value, region) if "/" in value or "," in value else (value,):
                known = self.numbers.read(part, region)
                items.append({"value": part, "e164": known, "label": label})
                if not known:
                    found.warnings.append(("phone", part, UNREAD))
        if len(items) > 1:
            items = _many(self.type, "phones").merge([], items)
        if items:
            found.items["phones"] = items
            found.phone_keys.extend(map(phone_key, items))

    def _tagged(self, text: str | None) -> list[str]:
        tags = self.tags.get(text)
        if tags is None:
            if len(self.tags) > TAGS_REMEMBERED:
                self.tags = {None: self.tags[None]}
            self.tags[text] = tags = self._parsed_tags(text or "")
        return tags

    def _parsed_tags(self, text: str) -> list[str]:
        kind = _many(self.type, "tags")
        return kind.merge(kind.parse(text, self.context), [clean(tag) for tag in self.terms.tags])

    def _ordered(self, name: str, items: list[Item]) -> list[Item]:
        """Items with their keys in the order of the side table's columns."""
        columns = _many(self.type, name).columns
        return [{column: item.get(column) for column in columns} for item in items]


def _labelled(text: str) -> list[tuple[str | None, str]]:
    """The values of a cell, each with its label."""
    for mark in _PARTS:
        if mark in text:
            break
    else:
        value = clean(text)
        return [(None, value)] if value else []
    pairs = map(label_of, split_cell(text))
    return [(clean(label) or None, clean(value)) for label, value in pairs]


def _many(type_: RecordType, name: str) -> ManyKind:
    kind = type_.fields[name].kind
    assert isinstance(kind, ManyKind)
    return kind
