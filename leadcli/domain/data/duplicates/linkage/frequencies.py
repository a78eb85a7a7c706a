"""How many leads hold each value: counted in what was read, or, for a few leads, among all there are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import BlockingKeys, KeyForms, hash_addresses
from leadcli.domain.data.duplicates.linkage.value_codes import (
    Codes,
    LeadColumns,
    Longs,
    ManyCodes,
    hash_texts,
    values_of_codes,
)

TEXTS = ("company", "city", "street", "postcode", "birthday")


class ValueCounts(NamedTuple):
    """How often each code occurs, and how often any of them does, in the whole file."""

    counts: Longs
    total: int


class Frequencies(NamedTuple):
    """Tallies by code; `full` and `home` are per lead: how many have both its names, its given name and city.

    Holders are the different given names that hold an e-mail or a phone (none counts as one).
    """

    people: int
    words: ValueCounts
    boxes: ValueCounts
    tails: ValueCounts
    texts: dict[str, ValueCounts]
    same_names: Longs
    same_home: Longs
    mail_holders: Longs
    phone_holders: Longs


def count_frequencies(columns: LeadColumns, forms: KeyForms) -> Frequencies:
    """Of a whole file."""
    mail, email, phone = forms.mail, columns.email, columns.phone
    _, tails = np.unique(forms.tail, return_inverse=True)
    return Frequencies(
        people=len(columns.ids),
        words=_count_values(np.concatenate([columns.first_name, columns.family_name]), len(columns.words)),
        boxes=_count_values(values_of_codes(mail.box, email.codes), len(mail.box)),
        tails=_count_values(values_of_codes(tails, phone.codes), len(tails)),
        texts={kind: _count_values(getattr(columns, kind).codes, len(getattr(columns, kind).values)) for kind in TEXTS},
        same_names=_count_equal(_unordered_keys(columns.first_name, columns.family_name)),
        same_home=_count_equal(_pair_keys(columns.first_name, columns.city.codes)),
        mail_holders=_count_holders(email, forms.root, columns),
        phone_holders=_count_holders(phone, forms.root, columns),
    )


class DeskFrequencies:
    """Frequencies in the whole desk, counted by its blocking keys, for a few leads at a time."""

    def __init__(self, every: BlockingKeys) -> None:
        self.every = every
        self.same_names, self.same_home = (
            _unordered_keys(every.first_name, every.family_name),
            _pair_keys(every.first_name, every.city),
        )
        self.mail_first_names = values_of_codes(every.first_name_root, every.email_owner)
        self.phone_first_names = values_of_codes(every.first_name_root, every.phone_owner)
        self.texts = {kind: int((getattr(every, kind) >= 0).sum()) for kind in TEXTS}
        self.words = int((every.first_name >= 0).sum() + (every.family_name >= 0).sum())

    def frequencies_of(self, columns: LeadColumns, forms: KeyForms, keys: BlockingKeys) -> Frequencies:
        """The frequencies in the desk of the values of a few leads; `keys` are their blocking keys."""
        every, words = self.every, hash_texts(columns.words)
        boxes, tails = np.zeros(len(forms.mail.box), np.int64), np.unique(forms.tail)
        boxes[forms.mail.box] = count_occurrences(every.box, forms.mail_boxes)
        return Frequencies(
            people=len(every.ids),
            words=ValueCounts(
                count_occurrences(every.first_name, words) + count_occurrences(every.family_name, words), self.words
            ),
            boxes=ValueCounts(boxes, len(every.box)),
            tails=ValueCounts(count_occurrences(every.tail, tails), len(every.tail)),
            texts={
                kind: ValueCounts(
                    count_occurrences(getattr(every, kind), hash_texts(getattr(columns, kind).values)), total
                )
                for kind, total in self.texts.items()
            },
            same_names=count_occurrences(self.same_names, _unordered_keys(keys.first_name, keys.family_name)),
            same_home=count_occurrences(self.same_home, _pair_keys(keys.first_name, keys.city)),
            mail_holders=_count_holders_among(every.address, self.mail_first_names, hash_addresses(columns)),
            phone_holders=_count_holders_among(every.number, self.phone_first_names, columns.numbers),
        )


def count_occurrences(values: NDArray[Any], sought: NDArray[Any]) -> Longs:
    """How often each value of `sought` stands among `values`."""
    distinct, place = np.unique(sought, return_inverse=True)
    return np.bincount(_positions(values, distinct)[1], minlength=len(distinct))[place] if len(distinct) else place


def is_member(values: NDArray[Any], members: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values are probably members: all that are, and one in some dozens that is not (a one-hash Bloom filter)."""
    last = (1 << max(14, 6 + len(members).bit_length())) - 1
    slots = np.zeros(last + 1, bool)
    slots[members & last] = True
    is_probable: NDArray[np.bool_] = slots[values & last]
    return is_probable


def _positions(values: NDArray[Any], distinct: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(row, place) of the values that are among the distinct ones, which are in ascending order."""
    rows = np.flatnonzero(is_member(values, distinct))
    place = np.minimum(np.searchsorted(distinct, values[rows]), len(distinct) - 1)
    right = distinct[place] == values[rows]
    return rows[right], place[right]


def _count_values(codes: Codes, size: int) -> ValueCounts:
    known = codes[codes >= 0]
    return ValueCounts(np.bincount(known, minlength=size), len(known))


def _unordered_keys(one: Codes, other: Codes) -> Longs:
    return _pair_keys(np.minimum(one, other), np.maximum(one, other))


def _pair_keys(one: Codes, other: Codes) -> Longs:
    """A key whose low bits tell values apart too."""
    return one.astype(np.int64) * 0x9E3779B1 ^ other


def _count_equal(keys: Longs) -> Longs:
    """Per lead how many have its key."""
    _, code, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[code]


def _count_holders(many: ManyCodes, root: Codes, columns: LeadColumns) -> Longs:
    roots = values_of_codes(root, columns.first_name)[many.owner].astype(np.int64)
    holders = np.unique(many.codes.astype(np.int64) << 32 | (roots & 0xFFFFFFFF)) >> 32
    return np.bincount(holders, minlength=int(many.codes.max(initial=-1)) + 1)


def _count_holders_among(values: NDArray[Any], roots: Codes, sought: NDArray[Any]) -> Longs:
    distinct, place = np.unique(sought, return_inverse=True)
    if not len(distinct):
        return place
    rows, at = _positions(values, distinct)
    holders = np.unique(at.astype(np.int64) << 32 | (roots[rows].astype(np.int64) & 0xFFFFFFFF)) >> 32
    return np.bincount(holders, minlength=len(distinct))[place]
