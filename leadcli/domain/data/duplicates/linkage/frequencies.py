"""How many leads hold each value: counted in what was read, or, for a few leads, among all there are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import BlockingKeys, KeyForms, address_keys
from leadcli.domain.data.duplicates.linkage.value_codes import (
    Codes,
    LeadColumns,
    Longs,
    ManyCodes,
    hashes_of,
    spread_values,
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
    full: Longs
    home: Longs
    mail_holders: Longs
    phone_holders: Longs


def count_frequencies(columns: LeadColumns, features: KeyForms) -> Frequencies:
    """Of a whole file."""
    mail, email, phone = features.mail, columns.email, columns.phone
    _, tails = np.unique(features.tail, return_inverse=True)
    return Frequencies(
        people=len(columns.ids),
        words=_count_values(np.concatenate([columns.given, columns.family]), len(columns.words)),
        boxes=_count_values(spread_values(mail.box, email.codes), len(mail.box)),
        tails=_count_values(spread_values(tails, phone.codes), len(tails)),
        texts={kind: _count_values(getattr(columns, kind).codes, len(getattr(columns, kind).values)) for kind in TEXTS},
        full=_count_alike(_restore_order(columns.given, columns.family)),
        home=_count_alike(_sort_values(columns.given, columns.city.codes)),
        mail_holders=_count_holders(email, features.root, columns),
        phone_holders=_count_holders(phone, features.root, columns),
    )


class WholeDesk:
    """What is counted in a whole file by its marks, for a few leads at a time."""

    def __init__(self, every: BlockingKeys) -> None:
        self.every = every
        self.full, self.home = _restore_order(every.given, every.family), _sort_values(every.given, every.city)
        self.mail_given = spread_values(every.root_given, every.email_owner)
        self.phone_given = spread_values(every.root_given, every.phone_owner)
        self.texts = {kind: int((getattr(every, kind) >= 0).sum()) for kind in TEXTS}
        self.words = int((every.given >= 0).sum() + (every.family >= 0).sum())

    def census(self, columns: LeadColumns, features: KeyForms, own: BlockingKeys) -> Frequencies:
        """Of a few leads, whose marks are `own`, as part of the file."""
        every, words = self.every, hashes_of(columns.words)
        boxes, tails = np.zeros(len(features.mail.box), np.int64), np.unique(features.tail)
        boxes[features.mail.box] = count_occurrences(every.box, features.mail_boxes)
        return Frequencies(
            people=len(every.ids),
            words=ValueCounts(
                count_occurrences(every.given, words) + count_occurrences(every.family, words), self.words
            ),
            boxes=ValueCounts(boxes, len(every.box)),
            tails=ValueCounts(count_occurrences(every.tail, tails), len(every.tail)),
            texts={
                kind: ValueCounts(
                    count_occurrences(getattr(every, kind), hashes_of(getattr(columns, kind).values)), total
                )
                for kind, total in self.texts.items()
            },
            full=count_occurrences(self.full, _restore_order(own.given, own.family)),
            home=count_occurrences(self.home, _sort_values(own.given, own.city)),
            mail_holders=_holders_among(every.address, self.mail_given, address_keys(columns)),
            phone_holders=_holders_among(every.number, self.phone_given, columns.numbers),
        )


def count_occurrences(values: NDArray[Any], wanted: NDArray[Any]) -> Longs:
    """How often each wanted value stands among the values."""
    distinct, place = np.unique(wanted, return_inverse=True)
    return np.bincount(_positions(values, distinct)[1], minlength=len(distinct))[place] if len(distinct) else place


def is_member(values: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values may be wanted ones: all that are, and one in some dozens that only looks like it."""
    last = (1 << max(14, 6 + len(wanted).bit_length())) - 1
    slots = np.zeros(last + 1, bool)
    slots[wanted & last] = True
    found: NDArray[np.bool_] = slots[values & last]
    return found


def _positions(values: NDArray[Any], distinct: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(row, place) of the values that are among the distinct ones, which are in ascending order."""
    rows = np.flatnonzero(is_member(values, distinct))
    place = np.minimum(np.searchsorted(distinct, values[rows]), len(distinct) - 1)
    right = distinct[place] == values[rows]
    return rows[right], place[right]


def _count_values(codes: Codes, size: int) -> ValueCounts:
    known = codes[codes >= 0]
    return ValueCounts(np.bincount(known, minlength=size), len(known))


def _restore_order(one: Codes, other: Codes) -> Longs:
    return _sort_values(np.minimum(one, other), np.maximum(one, other))


def _sort_values(one: Codes, other: Codes) -> Longs:
    """A key whose low bits tell values apart too."""
    return one.astype(np.int64) * 0x9E3779B1 ^ other


def _count_alike(keys: Longs) -> Longs:
    """Per lead how many have its key."""
    _, code, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[code]


def _count_holders(many: ManyCodes, root: Codes, columns: LeadColumns) -> Longs:
    given = spread_values(root, columns.given)[many.owner].astype(np.int64)
    held = np.unique(many.codes.astype(np.int64) << 32 | (given & 0xFFFFFFFF)) >> 32
    return np.bincount(held, minlength=int(many.codes.max(initial=-1)) + 1)


def _holders_among(values: NDArray[Any], given: Codes, wanted: NDArray[Any]) -> Longs:
    distinct, place = np.unique(wanted, return_inverse=True)
    if not len(distinct):
        return place
    rows, at = _positions(values, distinct)
    held = np.unique(at.astype(np.int64) << 32 | (given[rows].astype(np.int64) & 0xFFFFFFFF)) >> 32
    return np.bincount(held, minlength=len(distinct))[place]
