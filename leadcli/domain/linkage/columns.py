"""Leads as columns of numbers: every distinct name, company, address and number becomes a code, compared once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    """A field a lead has several of: `owner[k]` has `values[codes[k]]`; first and second are per lead, -1 for none."""

    owner: Codes
    codes: Codes
    first: Codes
    second: Codes
    values: list[str]


class Columns(NamedTuple):
    """What a scan reads of the leads; given and family share one list of words, so that swapped names compare."""

    ids: Longs
    given: Codes
    family: Codes
    generation: Codes
    words: list[str]
    company: Words
    city: Words
    street: Words
    postcode: Words
    birthday: Words
    email: Many
    phone: Many


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
    names, generations = Coder(), Coder()
    given, family, generation = _spread(person, _name_parts(coders[0].values_), (names, names, generations))
    streets, cities, postcodes = Coder(), Coder(), Coder()
    street, city, postcode = _spread(address, _place_parts(coders[2].values_), (streets, cities, postcodes))
    return Columns(
        keys, given, family, generation, names.values_,
        Words(company, coders[1].values_), Words(city, cities.values_), Words(street, streets.values_),
        Words(postcode, postcodes.values_), Words(birthday, coders[3].values_),
        _many(keys, emails), _many(keys, phones),
    )  # fmt: skip


def _name_parts(keys: list[str]) -> Iterator[tuple[str, str, str]]:
    for key in keys:
        given, _, rest = key.partition("|")
        family, _, generation = rest.partition("|")
        yield given, family, generation


def _place_parts(keys: list[str]) -> Iterator[tuple[str, str, str]]:
    for key in keys:
        street, _, rest = key.partition("|")
        city, _, postcode = rest.partition("|")
        yield street, city, postcode


def _spread(codes: Codes, parts: Iterator[tuple[str, str, str]], coders: tuple[Coder, Coder, Coder]) -> list[Codes]:
    """Three columns of codes out of one whose values are three texts joined."""
    split: list[list[Any]] = [[], [], []]
    for batch in _batches(parts):
        for coder, found, texts in zip(coders, split, batch, strict=True):
            found.append(np.fromiter(map(coder.__getitem__, texts), np.int32, len(texts)))
    return [np.append(_array(found), np.int32(-1))[codes].astype(np.int32) for found in split]


def _many(ids: Longs, rows: Iterable[tuple[int, str]]) -> Many:
    coder = Coder()
    leads: list[Any] = []
    found: list[Any] = []
    for batch in _batches(rows):
        leads.append(np.array(batch[0], np.int64))
        found.append(np.fromiter(map(coder.__getitem__, batch[1]), np.int32, len(batch[1])))
    asked, codes = _array(leads, np.int64), _array(found)
    place = np.searchsorted(ids, asked).astype(np.int32)
    known = codes >= 0
    if len(ids):
        known &= ids[np.minimum(place, len(ids) - 1)] == asked
    owner, codes = place[known], codes[known]
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
    return Many(owner, codes, first, second, coder.values_)
