"""How many leads hold each value: counted in what was read, or, for a few leads, among all there are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import Features, Marks, addresses_of
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, Columns, Longs, Many, hashes_of, spread

TEXTS = ("company", "city", "street", "postcode", "birthday")


class Tally(NamedTuple):
    """How often each code occurs, and how often any of them does, in the whole file."""

    counts: Longs
    total: int


class Census(NamedTuple):
    """Tallies by code; `full` and `home` are per lead: how many have both its names, its given name and city.

    Holders are the different given names that hold an e-mail or a phone (none counts as one).
    """

    people: int
    words: Tally
    boxes: Tally
    tails: Tally
    texts: dict[str, Tally]
    full: Longs
    home: Longs
    mail_holders: Longs
    phone_holders: Longs


def census(columns: Columns, features: Features) -> Census:
    """Of a whole file."""
    mail, email, phone = features.mail, columns.email, columns.phone
    _, tails = np.unique(features.tail, return_inverse=True)
    return Census(
        people=len(columns.ids),
        words=_tally(np.concatenate([columns.given, columns.family]), len(columns.words)),
        boxes=_tally(spread(mail.box, email.codes), len(mail.box)),
        tails=_tally(spread(tails, phone.codes), len(tails)),
        texts={kind: _tally(getattr(columns, kind).codes, len(getattr(columns, kind).values)) for kind in TEXTS},
        full=_alike(_unordered(columns.given, columns.family)),
        home=_alike(_ordered(columns.given, columns.city.codes)),
        mail_holders=_holders(email, features.root, columns),
        phone_holders=_holders(phone, features.root, columns),
    )


class Whole:
    """What is counted in a whole file by its marks, for a few leads at a time."""

    def __init__(self, every: Marks) -> None:
        self.every = every
        self.full, self.home = _unordered(every.given, every.family), _ordered(every.given, every.city)
        self.mail_given = spread(every.root_given, every.email_owner)
        self.phone_given = spread(every.root_given, every.phone_owner)
        self.texts = {kind: int((getattr(every, kind) >= 0).sum()) for kind in TEXTS}
        self.words = int((every.given >= 0).sum() + (every.family >= 0).sum())

    def census(self, columns: Columns, features: Features, own: Marks) -> Census:
        """Of a few leads, whose marks are `own`, as part of the file."""
        every, words = self.every, hashes_of(columns.words)
        boxes, tails = np.zeros(len(features.mail.box), np.int64), np.unique(features.tail)
        boxes[features.mail.box] = occurrences(every.box, features.mail_boxes)
        return Census(
            people=len(every.ids),
            words=Tally(occurrences(every.given, words) + occurrences(every.family, words), self.words),
            boxes=Tally(boxes, len(every.box)),
            tails=Tally(occurrences(every.tail, tails), len(every.tail)),
            texts={
                kind: Tally(occurrences(getattr(every, kind), hashes_of(getattr(columns, kind).values)), total)
                for kind, total in self.texts.items()
            },
            full=occurrences(self.full, _unordered(own.given, own.family)),
            home=occurrences(self.home, _ordered(own.given, own.city)),
            mail_holders=_holders_among(every.address, self.mail_given, addresses_of(columns)),
            phone_holders=_holders_among(every.number, self.phone_given, columns.numbers),
        )


def occurrences(values: NDArray[Any], wanted: NDArray[Any]) -> Longs:
    """How often each wanted value stands among the values."""
    distinct, place = np.unique(wanted, return_inverse=True)
    return np.bincount(_found(values, distinct)[1], minlength=len(distinct))[place] if len(distinct) else place


def member(values: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values may be wanted ones: all that are, and one in some dozens that only looks like it."""
    last = (1 << max(14, 6 + len(wanted).bit_length())) - 1
    slots = np.zeros(last + 1, bool)
    slots[wanted & last] = True
    found: NDArray[np.bool_] = slots[values & last]
    return found


def _found(values: NDArray[Any], distinct: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(row, place) of the values that are among the distinct ones, which are in ascending order."""
    rows = np.flatnonzero(member(values, distinct))
    place = np.minimum(np.searchsorted(distinct, values[rows]), len(distinct) - 1)
    right = distinct[place] == values[rows]
    return rows[right], place[right]


def _tally(codes: Codes, size: int) -> Tally:
    known = codes[codes >= 0]
    return Tally(np.bincount(known, minlength=size), len(known))


def _unordered(one: Codes, other: Codes) -> Longs:
    return _ordered(np.minimum(one, other), np.maximum(one, other))


def _ordered(one: Codes, other: Codes) -> Longs:
    """A key whose low bits tell values apart too."""
    return one.astype(np.int64) * 0x9E3779B1 ^ other


def _alike(keys: Longs) -> Longs:
    """Per lead how many have its key."""
    _, code, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[code]


def _holders(many: Many, root: Codes, columns: Columns) -> Longs:
    given = spread(root, columns.given)[many.owner].astype(np.int64)
    held = np.unique(many.codes.astype(np.int64) << 32 | (given & 0xFFFFFFFF)) >> 32
    return np.bincount(held, minlength=int(many.codes.max(initial=-1)) + 1)


def _holders_among(values: NDArray[Any], given: Codes, wanted: NDArray[Any]) -> Longs:
    distinct, place = np.unique(wanted, return_inverse=True)
    if not len(distinct):
        return place
    rows, at = _found(values, distinct)
    held = np.unique(at.astype(np.int64) << 32 | (given[rows].astype(np.int64) & 0xFFFFFFFF)) >> 32
    return np.bincount(held, minlength=len(distinct))[place]
