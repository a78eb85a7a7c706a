"""Leads as columns of numbers: every distinct name, company, address and number becomes a code, compared once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.lexicon import FREE_MAIL, ROLE_NAMES
from leadcli.matching import person_key

Codes = NDArray[np.int32]
Longs = NDArray[np.int64]


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
    """What the scan reads of the leads; given and family share one list of words, so that swapped names compare."""

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


class Coder:
    """Hands out the numbers: the same text gets the same one; '' and None get -1."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"": -1}
        self.values: list[str] = []

    def code(self, text: str | None) -> int:
        """The number of text, a new one if it was never met."""
        if not text:
            return -1
        number = self.numbers.get(text)
        if number is None:
            number = self.numbers[text] = len(self.values)
            self.values.append(text)
        return number


# One lead: id, person_key, company_key, address_key, birthday.
Row = tuple[int, str | None, str | None, str | None, str | None]


def columns(rows: Iterable[Row], emails: Iterable[tuple[int, str]], phones: Iterable[tuple[int, str]]) -> Columns:
    """Columns of leads from their stored keys; emails and phones are (lead id, email_key) and (lead id, phone_digits).

    Rows come in ascending order of id; e-mails and phones of leads that are not among them are left out.
    """
    names, companies, cities, streets, postcodes, birthdays = (Coder() for _ in range(6))
    persons: dict[str, tuple[int, int, int]] = {"": (-1, -1, -1)}
    generations = Coder()
    lists: tuple[list[int], ...] = tuple([] for _ in range(9))
    ids, given, family, generation, company, city, street, postcode, birthday = lists
    for lead, person, firm, address, born in rows:
        ids.append(lead)
        parts = persons.get(person or "")
        if parts is None:
            first, _, rest = (person or "").partition("|")
            last, _, nth = rest.partition("|")
            parts = persons[person or ""] = names.code(first), names.code(last), generations.code(nth)
        given.append(parts[0])
        family.append(parts[1])
        generation.append(parts[2])
        company.append(companies.code(firm))
        place = (address or "||").split("|")
        street.append(streets.code(place[0]))
        city.append(cities.code(place[1]))
        postcode.append(postcodes.code(place[2]))
        birthday.append(birthdays.code(born))
    del persons
    keys = np.array(ids, np.int64)
    arrays = [np.array(numbers, np.int32) for numbers in lists[1:]]
    return Columns(
        keys, arrays[0], arrays[1], arrays[2], names.values,
        Words(arrays[3], companies.values), Words(arrays[4], cities.values), Words(arrays[5], streets.values),
        Words(arrays[6], postcodes.values), Words(arrays[7], birthdays.values),
        _many(keys, emails), _many(keys, phones),
    )  # fmt: skip


def _many(ids: Longs, rows: Iterable[tuple[int, str]]) -> Many:
    coder = Coder()
    leads: list[int] = []
    found: list[int] = []
    for lead, text in rows:
        if text:
            leads.append(lead)
            found.append(coder.code(text))
    asked, codes = np.array(leads, np.int64), np.array(found, np.int32)
    place = np.searchsorted(ids, asked).astype(np.int32)
    known = (place < len(ids)) & (ids[np.minimum(place, len(ids) - 1)] == asked) if len(ids) else place < 0
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
    return Many(owner, codes, first, second, coder.values)
