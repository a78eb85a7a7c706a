"""The many-valued fields of rows: e-mails, phones, tags, addresses, products, as rows of their tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leadcli.domain.transfer.checks import Mailboxes, Numbers, digits_of
from leadcli.domain.transfer.terms import Terms
from leadcli.domain.transfer.values import is_clean, wrong
from leadcli.fields import RecordType
from leadcli.kinds import Context, clean
from leadcli.lists import NEW_PRODUCTS, ManyKind, label_of, split_cell
from leadcli.matching import email_key
from leadcli.phones import numbers, region_of
from leadcli.store.derived import phone_key

if TYPE_CHECKING:
    from leadcli.domain.transfer.conversion import Work
    from leadcli.domain.transfer.transposing import Columns

Item = dict[str, Any]
UNREAD = "cannot be read as a number with its country; kept as typed (--phone-region helps)"
REMEMBERED = 20_000
_MARK = re.compile(r"[;|\n\\:]")


class Lists:
    """The lists of a batch of rows.

    `rows` are those of the side tables (n, position, ...), by field; `items` the values by field and place; `keys` the
    match keys of e-mails and phones; `words` what a lead is found by; `warnings` (place, (field, text, reason)).
    """

    def __init__(self, count: int) -> None:
        nothing: list[Any] = []
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.items: dict[str, list[list[Any]]] = {}
        self.keys: dict[str, list[list[str]]] = {"emails": [nothing] * count, "phones": [nothing] * count}
        self.words: list[list[str]] = [[] for _ in range(count)]
        self.warnings: list[tuple[int, tuple[str, str, str]]] = []


class Contacts:
    """`contacts.read(work, texts)` -> Lists; what is wrong goes to the work."""

    def __init__(
        self, type_: RecordType, terms: Terms, context: Context, fed: Sequence[str], *, own: bool = False
    ) -> None:
        self.type, self.context, self.terms, self.own = type_, context, terms, own
        self.fed = [name for name in fed if type_.fields[name].kind.many]
        self.mailboxes, self.numbers = Mailboxes(), Numbers()
        self.tags: dict[str, list[tuple[str, str]]] = {}

    def read(self, work: Work, texts: Columns) -> Lists:
        lists = Lists(work.count)
        blank = [""] * work.count
        # In the order in which derived.words has them.
        for name in ("emails", "phones", "tags"):
            if name in self.fed:
                getattr(self, f"_{name}")(work, texts.get(name) or blank, lists)
        for name in self.fed:
            if name not in ("emails", "phones", "tags"):
                self._others(name, work, texts.get(name) or blank, lists)
        return lists

    def _emails(self, work: Work, texts: Sequence[str], lists: Lists) -> None:
        check, kind = self.mailboxes.check, _many(self.type, "emails")
        rows: list[tuple[Any, ...]] = []
        items: list[list[Item]] = [[]] * work.count
        keys, words = lists.keys["emails"], lists.words
        for place, text in enumerate(texts):
            if not text:
                continue
            value = text
            try:
                found: list[Item] = []
                for label, value in _labelled(text):
                    address = check(value.removeprefix("mailto:"))
                    if address:
                        found.append({"value": address, "label": label})
            except ValueError as error:
                work.wrong.setdefault(place, wrong(self.type.fields["emails"], value, error))
                continue
            found = kind.merge([], found) if len(found) > 1 else found
            items[place], keys[place] = found, []
            n = work.n[place]
            for at, item in enumerate(found):
                address = item["value"]
                key = email_key(address)
                keys[place].append(key)
                words[place].append(address)
                rows.append((n, at, address, item["label"] or "", key))
        lists.rows["emails"], lists.items["emails"] = rows, items

    def _phones(self, work: Work, texts: Sequence[str], lists: Lists) -> None:
        kind, countries = _many(self.type, "phones"), work.columns.get("country")
        usual = self.terms.phone_region or self.context.region
        rows: list[tuple[Any, ...]] = []
        items: list[list[Item]] = [[]] * work.count
        keys, words = lists.keys["phones"], lists.words
        for place, text in enumerate(texts):
            if not text:
                continue
            country = countries[place] if countries else None
            region = self.terms.phone_region or (type(country) is str and region_of(country)) or usual
            found = self._numbers(place, text, region, lists)
            found = kind.merge([], found) if len(found) > 1 else found
            items[place], keys[place] = found, []
            n = work.n[place]
            for at, item in enumerate(found):
                value, known = item["value"], item["e164"]
                typed = digits_of(value)
                key = known[1:] if known and known[1:].isdigit() else phone_key(item)
                keys[place].append(key)
                words[place] += [typed, key] if typed != key else [key]
                rows.append((n, at, value, known or "", item["label"] or "", key))
        lists.rows["phones"], lists.items["phones"] = rows, items

    def _numbers(self, place: int, text: str, region: str, lists: Lists) -> list[Item]:
        found: list[Item] = []
        for label, said in _labelled(text):
            value = said if self.own else said.removeprefix("tel:").strip()
            for part in numbers(value, region) if ("/" in value or "," in value) and not self.own else (value,):
                known = self.numbers.read(part, region)
                found.append({"value": part, "e164": known, "label": label})
                if not known:
                    lists.warnings.append((place, ("phone", part, UNREAD)))
        return found

    def _tags(self, work: Work, texts: Sequence[str], lists: Lists) -> None:
        known, rows, items = self.tags, [], []
        for place, text in enumerate(texts):
            tags = known.get(text)
            if tags is None:
                tags = self._parsed_tags(text)
            if tags:
                n = work.n[place]
                lists.words[place] += [tag for tag, _ in tags]
                rows += [(n, at, tag, key) for at, (tag, key) in enumerate(tags)]
            items.append([tag for tag, _ in tags])
        lists.rows["tags"], lists.items["tags"] = rows, items

    def _parsed_tags(self, text: str) -> list[tuple[str, str]]:
        kind = _many(self.type, "tags")
        tags = kind.merge(kind.parse(text, self.context), [clean(tag) for tag in self.terms.tags])
        if len(self.tags) > REMEMBERED:
            self.tags.clear()
        self.tags[text] = found = [(tag, tag.casefold()) for tag in tags]
        return found

    def _others(self, name: str, work: Work, texts: Sequence[str], lists: Lists) -> None:
        """Addresses and products, whose prices are in the row's currency."""
        kind = NEW_PRODUCTS if name == "products" and self.terms.create_options else _many(self.type, name)
        codes = work.columns.get("currency")
        rows: list[tuple[Any, ...]] = []
        items: list[list[Any]] = [[]] * work.count
        for place, text in enumerate(texts):
            if not text.strip():
                continue
            code = codes[place] if codes else None
            local = self.context._replace(currency=code) if type(code) is str else self.context
            try:
                items[place] = kind.parse(text, local)
            except ValueError as error:
                work.wrong.setdefault(place, wrong(self.type.fields[name], text, error))
                continue
            n = work.n[place]
            for at, item in enumerate(items[place]):
                rows.append((n, at, *(_filled(item.get(part)) for part in kind.columns)))
        lists.rows[name], lists.items[name] = rows, items


def _filled(value: Any) -> Any:
    return "" if value is None else value


def _labelled(text: str) -> list[tuple[str | None, str]]:
    """The values of a cell, each with its label."""
    if not _MARK.search(text):
        value = text if is_clean(text) else clean(text)
        return [(None, value)] if value else []
    pairs = map(label_of, split_cell(text))
    return [(clean(label) or None, clean(value)) for label, value in pairs]


def _many(type_: RecordType, name: str) -> ManyKind:
    kind = type_.fields[name].kind
    assert isinstance(kind, ManyKind)
    return kind
