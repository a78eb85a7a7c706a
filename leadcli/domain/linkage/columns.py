"""Leads as columns of numbers: every distinct name, company, address and number becomes a code, compared once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Longs = NDArray[np.int64]

# One lead as the store gives it: id, person_key, company_key, address_key, birthday.
Row = tuple[int, str | None, str | None, str | None, str | None]
_BATCH = 20_000


class Words(NamedTuple):
    """One field of all leads: `codes[i]` is lead i's place in `values`, -1 where it has none."""

    codes: Codes
    values: list[str]


class Many(NamedTuple):
    """A field a lead has several of: `owner[k]` has value `codes[k]`; first and second are per lead, -1 for none."""

    owner: Codes
    codes: Codes
    first: Codes
    second: Codes


class Columns(NamedTuple):
    """What a scan reads of the leads; all names share one list of words, so that swapped ones compare.

    given is the first word, family all that follows ('garcia lopez'), last the family name proper ('lopez'). An e-mail
    code is a place in `mailboxes` (name << 32 | domain, codes of `locals` and `domains`), a phone code in `numbers`.
    """

    ids: Longs
    given: Codes
    family: Codes
    last: Codes
    generation: Codes
    words: list[str]
    company: Words
    city: Words
    street: Words
    postcode: Words
    birthday: Words
    email: Many
    mailboxes: Longs
    locals: list[str]
    domains: list[str]
    phone: Many
    numbers: Longs


class Coder(dict[str | None, int]):
    """Hands out the numbers: `coder[text]` is the same for the same text; '' and None get -1."""

    def __init__(self) -> None:
        super().__init__({"": -1, None: -1})
        self.values_: list[str] = []

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.values_)
        self.values_.append(text)
        return number


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """Rows turned into columns, some thousands at a time."""
    walker = iter(rows)
    while batch := list(islice(walker, _BATCH)):
        yield tuple(zip(*batch, strict=True))


def _array(parts: list[Any], kind: type[np.int32] | type[np.int64] = np.int32) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def columns(rows: Iterable[Row], emails: Iterable[tuple[int, str]], phones: Iterable[tuple[int, str]]) -> Columns:
    """Columns of leads from their stored keys; emails and phones are (lead id, email_key) and (lead id, phone_digits).

    Rows come in ascending order of id; e-mails and phones of leads that are not among them are left out.
    """
    coders = [Coder() for _ in range(4)]
    ids: list[Any] = []
    coded: list[list[Any]] = [[], [], [], []]
    for batch in _batches(rows):
        ids.append(np.array(batch[0], np.int64))
        for coder, parts, texts in zip(coders, coded, batch[1:], strict=True):
            parts.append(np.fromiter(map(coder.__getitem__, texts), np.int32, len(texts)))
    keys = _array(ids, np.int64)
    person, company, address, birthday = (_array(parts) for parts in coded)
    given, family, last, generation, words = _names(person, coders[0].values_)
    streets, cities, postcodes = Coder(), Coder(), Coder()
    street, city, postcode = _spread(address, coders[2].values_, (streets, cities, postcodes))
    boxes, domains = Coder(), Coder()
    email, mailboxes = _many(keys, emails, lambda texts: _mailbox_codes(texts, boxes, domains))
    phone, numbers = _many(keys, phones, _phone_numbers)
    return Columns(
        keys, given, family, last, generation, words,
        Words(company, coders[1].values_), Words(city, cities.values_), Words(street, streets.values_),
        Words(postcode, postcodes.values_), Words(birthday, coders[3].values_),
        email, mailboxes, boxes.values_, domains.values_, phone, numbers,
    )  # fmt: skip


def _split(texts: Iterable[str], bar: str, count: int) -> list[list[str]]:
    """'a|b|c' of every text as columns; all at once, which is many times faster than one by one."""
    pieces = "\n".join(texts).replace(bar, "\n").split("\n")
    return [pieces[at::count] for at in range(count)]


def _phone_numbers(texts: tuple[str, ...]) -> Longs:
    return np.fromiter((int(digits[-15:]) for digits in texts), np.int64, len(texts))


def _mailbox_codes(addresses: tuple[str, ...], boxes: Coder, domains: Coder) -> Longs:
    if any(address.count("@") != 1 or "\n" in address for address in addresses):
        addresses = tuple(address.replace("\n", "") for address in addresses)
        addresses = tuple(address.replace("@", " ", address.count("@") - 1) for address in addresses)
        addresses = tuple(address if "@" in address else f"{address}@" for address in addresses)
    names, hosts = _split(addresses, "@", 2)
    local, domain = (
        np.maximum(np.fromiter(map(coder.__getitem__, texts), np.int64, len(texts)), 0)
        for coder, texts in ((boxes, names), (domains, hosts))
    )
    return local << 32 | domain


def _spread(codes: Codes, keys: list[str], coders: tuple[Coder, ...]) -> list[Codes]:
    """Several columns of codes out of one whose values are as many texts joined by bars."""
    texts = _split(keys, "|", len(coders)) if keys else [[] for _ in coders]
    found = [np.fromiter(map(coder.__getitem__, column), np.int32) for coder, column in zip(coders, texts, strict=True)]
    return [np.append(column, np.int32(-1))[codes].astype(np.int32) for column in found]


def _names(codes: Codes, keys: list[str]) -> tuple[Codes, Codes, Codes, Codes, list[str]]:
    """Given, family (with what stands between), last, generation, and their words, out of the codes of person_keys."""
    words, generations = Coder(), Coder()
    firsts, lasts, nths = _split(keys, "|", 3) if keys else ([], [], [])
    families = list(lasts)
    for at in [at for at, first in enumerate(firsts) if " " in first]:
        firsts[at], _, middle = firsts[at].partition(" ")
        families[at] = f"{middle} {lasts[at]}".rstrip()
        lasts[at] = lasts[at] or middle
    columns = [
        np.append(np.fromiter(map(coder.__getitem__, texts), np.int32), np.int32(-1))[codes].astype(np.int32)
        for coder, texts in ((words, firsts), (words, families), (words, lasts), (generations, nths))
    ]
    return columns[0], columns[1], columns[2], columns[3], words.values_


def _many(
    ids: Longs, rows: Iterable[tuple[int, str]], number: Callable[[tuple[str, ...]], Longs]
) -> tuple[Many, Longs]:
    """Values of leads as codes of the distinct numbers that `number` makes of their texts."""
    leads: list[Any] = []
    found: list[Any] = []
    for batch in _batches(rows):
        leads.append(np.array(batch[0], np.int64))
        found.append(number(batch[1]))
    asked = _array(leads, np.int64)
    values, codes = np.unique(_array(found, np.int64), return_inverse=True)
    place = np.searchsorted(ids, asked).astype(np.int32)
    known = ids[np.minimum(place, len(ids) - 1)] == asked if len(ids) else np.zeros(len(asked), bool)
    owner, codes = place[known], codes[known].astype(np.int32)
    order = np.argsort(owner, kind="stable")
    owner, codes = owner[order], codes[order]
    first = np.full(len(ids), -1, np.int32)
    second = first.copy()
    begins = np.ones(len(owner), bool)
    begins[1:] = owner[1:] != owner[:-1]
    first[owner[begins]] = codes[begins]
    follows = np.zeros(len(owner), bool)
    follows[1:] = begins[:-1] & ~begins[1:]
    second[owner[follows]] = codes[follows]
    return Many(owner, codes, first, second), values
