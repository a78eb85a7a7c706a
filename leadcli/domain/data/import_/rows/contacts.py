"""The many-valued fields of rows: e-mails, phones, tags, addresses, products, as rows of their tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.rows.address_checks import Mailboxes, Numbers, digits_of, plain_digits
from leadcli.domain.data.import_.rows.values import CachedReadings, Unread, fill_blanks, invalid_value
from leadcli.model.fields import RecordType
from leadcli.model.kinds import Context, clean_text
from leadcli.model.kinds.base import is_empty_word
from leadcli.model.kinds.many import NEW_PRODUCTS, PHONES, Emails, ManyKind, split_cell, split_label
from leadcli.text.dates.iso import shorten_text
from leadcli.text.match_keys import email_key, email_keys
from leadcli.text.phone_cells import UNREAD, PhoneReading
from leadcli.text.phones import region_of

if TYPE_CHECKING:
    from leadcli.domain.data.import_.columns.map_by_row import Columns
    from leadcli.domain.data.import_.rows.row_batch import RowBatch

Item = dict[str, Any]
_REGION_HELPS = f"{UNREAD} (--phone-region helps)"


class Lists:
    """The lists of a batch of rows.

    `rows` are the rows of the side tables (n, position, ...), by field. `first` holds the primary e-mail and phone of
    each place ('' for none), `keys` their match keys (None for none, '' for a number without digits). `words` are
    columns of texts for the full-text index. `warnings` are (place, (field, text, reason)).
    """

    def __init__(self, count: int) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.first: dict[str, list[str]] = {}
        self.keys: dict[str, list[str | None]] = {"emails": [None] * count, "phones": [None] * count}
        self.words: list[list[str]] = []
        self.warnings: list[tuple[int, tuple[str, str, str]]] = []


class Contacts:
    """`contacts.read(work, texts)` -> Lists; what is wrong goes to the work."""

    def __init__(
        self,
        type_: RecordType,
        terms: ImportOptions,
        context: Context,
        filled_fields: Sequence[str],
        *,
        is_leadcli_export: bool = False,
    ) -> None:
        self.type, self.context, self.terms, self.is_leadcli_export = type_, context, terms, is_leadcli_export
        self.filled_fields = [name for name in filled_fields if type_.fields[name].kind.many]
        self.mailboxes, self.numbers = Mailboxes(), Numbers()
        self.tags = Tags(_many_kind(type_, "tags"), context, terms.tags)

    def read(self, work: RowBatch, texts: Columns) -> Lists:
        lists = Lists(work.count)
        blank = [""] * work.count
        # In the order in which derived.words has them.
        for name in ("emails", "phones", "tags"):
            if name in self.filled_fields:
                getattr(self, f"_read_{name}")(work, texts.get(name) or blank, lists)
        for name in self.filled_fields:
            if name not in ("emails", "phones", "tags"):
                self._read_other_list(name, work, texts.get(name) or blank, lists)
        return lists

    def _read_emails(self, work: RowBatch, texts: Sequence[str], lists: Lists) -> None:
        """Cells of one plain address are read for the whole column at once, every other cell by itself."""
        first = self.mailboxes.plain(texts)
        keys, words = [key or None for key in email_keys(first)], list(first)
        rows = [(n, 0, value, "", key) for n, value, key in zip(work.n, first, keys, strict=True) if value]
        for place, (text, plain) in enumerate(zip(texts, first, strict=True)):
            if text and not plain and (addresses := self._check_mailboxes(work, place, text)):
                address_keys = [email_key(item["value"]) for item in addresses]
                first[place], keys[place] = addresses[0]["value"], address_keys[0]
                words[place] = " ".join([item["value"] for item in addresses])
                rows += [(work.n[place], at, item["value"], item["label"] or "", key)
                         for at, (item, key) in enumerate(zip(addresses, address_keys, strict=True))]  # fmt: skip
        lists.rows["emails"], lists.first["emails"], lists.keys["emails"] = sorted(rows), first, keys
        lists.words.append(words)

    def _check_mailboxes(self, work: RowBatch, place: int, text: str) -> list[Item]:
        """The addresses of one cell; none where one of them is wrong."""
        kind = _many_kind(self.type, "emails")
        assert isinstance(kind, Emails)
        try:
            addresses = kind.read(text, self.mailboxes.check)
        except ValueError as error:
            if "@" in text:
                work.wrong.setdefault(place, invalid_value(self.type.fields["emails"], text, error))
                return []
            addresses = []
        if not addresses and text.strip():
            reason, note = "is an empty word; left out", ""
            if not is_empty_word(text):
                reason, note = "is no e-mail address; it stands in the description", f"E-mail: {text.strip()}"
            work.warnings.append((place, Unread("emails", shorten_text(text), reason, note)))
        return addresses

    def _read_phones(self, work: RowBatch, texts: Sequence[str], lists: Lists) -> None:
        """The digits of plain numbers are read for the whole column at once, every other cell by itself."""
        read, keys = self.numbers.plain, lists.keys["phones"]
        first, words = [""] * work.count, [""] * work.count
        rows: list[tuple[Any, ...]] = []
        cells = zip(work.n, texts, plain_digits(texts), self._regions_of_rows(work), strict=True)
        for place, (n, text, digits, region) in enumerate(cells):
            if not text:
                continue
            known = read(text, digits, region) if digits else self.numbers.grouped(text, region)
            if known is None:
                items = self._read_numbers(text, region, place, lists, is_plain=bool(digits))
                cell_rows, words[place] = self._phone_rows(n, items, digits)
                rows += cell_rows
                for *_, value, _, _, key in cell_rows[:1]:
                    first[place], keys[place] = value, key
                continue
            if not known:
                lists.warnings.append((place, ("phone", text, _REGION_HELPS)))
            typed = digits or digits_of(text)
            key = known[1:] or typed
            rows.append((n, 0, text, known, "", key))
            first[place], keys[place], words[place] = text, key, key if key == typed else f"{typed} {key}"
        lists.rows["phones"], lists.first["phones"] = rows, first
        lists.words.append(words)

    def _phone_rows(self, n: int, items: list[Item], digits: str) -> tuple[list[tuple[Any, ...]], str]:
        """The rows of the numbers of one cell, and what they are searched by; `digits` are those of a plain cell."""
        rows: list[tuple[Any, ...]] = []
        search_words: list[str] = []
        for at, item in enumerate(_many_kind(self.type, "phones").merge([], items) if len(items) > 1 else items):
            value, e164 = item["value"], item["e164"] or ""
            typed = digits or digits_of(value)
            key = e164[1:].partition(";")[0] or typed
            search_words += [typed, key] if typed != key else [key]
            rows.append((n, at, value, e164, item["label"] or "", key))
        return rows, " ".join(filter(None, search_words))

    def _regions_of_rows(self, work: RowBatch) -> list[str]:
        """The region of each row, by which a number without its country code is read."""
        import_region, usual = self.terms.phone_region, self.terms.phone_region or self.context.region
        if import_region or "country" not in work.columns:
            return [usual] * work.count
        countries = work.columns["country"]
        regions = {each: (type(each) is str and region_of(each)) or usual for each in set(countries)}
        return [regions[each] for each in countries]

    def _read_numbers(self, text: str, region: str, place: int, lists: Lists, *, is_plain: bool) -> list[Item]:
        """The numbers of one cell. Those of an export of leadcli stay as they are written."""
        items: list[Item] = []
        for label, value, reading in self._readings(text, region, is_plain=is_plain):
            items.append({"value": reading.value, "e164": reading.e164, "label": label or reading.label or None})
            if reading.warning:
                warning = _REGION_HELPS if reading.warning == UNREAD else reading.warning
                lists.warnings.append((place, ("phone", value, warning)))
        return items

    def _readings(self, text: str, region: str, *, is_plain: bool) -> Iterator[tuple[str | None, str, PhoneReading]]:
        if is_plain:
            yield None, text, self.numbers[text, region]
        elif self.is_leadcli_export:
            for label, value in map(split_label, split_cell(text)):
                yield clean_text(label) or None, clean_text(value), self.numbers[clean_text(value), region]
        else:
            values = self.numbers.read_cell(text, region)
            for value, reading in PHONES.read(text, region) if values is None else values:
                yield reading.label, value, reading

    def _read_tags(self, work: RowBatch, texts: Sequence[str], lists: Lists) -> None:
        tags_of_rows = list(map(self.tags.__getitem__, texts))
        lists.rows["tags"] = [
            (n, at, tag, key)
            for n, tags in zip(work.n, tags_of_rows, strict=True)
            for at, (tag, key) in enumerate(tags.pairs)
        ]
        lists.words.append([tags.words for tags in tags_of_rows])

    def _read_other_list(self, name: str, work: RowBatch, texts: Sequence[str], lists: Lists) -> None:
        """Addresses and products, whose prices are in the row's currency."""
        kind = NEW_PRODUCTS if name == "products" and self.terms.create_options else _many_kind(self.type, name)
        codes = work.columns.get("currency")
        rows: list[tuple[Any, ...]] = []
        for place, text in enumerate(texts):
            if not text.strip():
                continue
            code = codes[place] if codes else None
            local = self.context._replace(currency=code) if type(code) is str else self.context
            try:
                items: list[Item] = kind.parse(text, local)
            except ValueError as error:
                work.wrong.setdefault(place, invalid_value(self.type.fields[name], text, error))
                continue
            for at, item in enumerate(items):
                rows.append((work.n[place], at, *fill_blanks([item.get(part) for part in kind.columns])))
        lists.rows[name] = rows


class Tagged(NamedTuple):
    """The tags of a cell, each with its key, and what a lead is found by."""

    pairs: list[tuple[str, str]]
    words: str


class Tags(CachedReadings[str, Tagged]):
    """Cell -> its tags and those every row gets."""

    def __init__(self, kind: ManyKind, context: Context, tags_of_all: Sequence[str]) -> None:
        self.kind, self.context, self.tags_of_all = kind, context, [clean_text(tag) for tag in tags_of_all]

    def __missing__(self, text: str) -> Tagged:
        tags = self.kind.merge(self.kind.parse(text, self.context), self.tags_of_all)
        return self.remember(text, Tagged([(tag, tag.casefold()) for tag in tags], " ".join(tags)))


def _many_kind(type_: RecordType, name: str) -> ManyKind:
    kind = type_.fields[name].kind
    assert isinstance(kind, ManyKind)
    return kind
