"""What leads meet by, as numbers that mean the same in every run: kept, so that new leads can be met later."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.columns import Codes, Columns, Longs, hashes_of, spread
from leadcli.domain.linkage.features import Features


class Marks(NamedTuple):
    """One number per lead in each column, by ascending id, -1 for none; the last seven have a row an e-mail or phone.

    The owner of an e-mail or phone is the place of its lead. `mailbox` is -1 for the names of offices, `address` is the
    whole address, `box` the one free of dots and slips, `tail` the last seven digits of `number`.
    """

    ids: Longs
    given: Codes
    family: Codes
    root_given: Codes
    root_family: Codes
    sound_given: Codes
    sound_last: Codes
    firm: Codes
    head: Codes
    company: Codes
    city: Codes
    street: Codes
    postcode: Codes
    birthday: Codes
    corner: Codes
    email_owner: Codes
    address: Codes
    box: Codes
    mailbox: Codes
    phone_owner: Codes
    number: Longs
    tail: Codes


_BY_LEAD = Marks._fields[: Marks._fields.index("email_owner")]
_BY_EMAIL = ("email_owner", "address", "box", "mailbox")
_BY_PHONE = ("phone_owner", "number", "tail")


def mixed(*parts: NDArray[Any]) -> Longs:
    """One 63-bit key of several codes; -1 (none) as soon as one part is missing (Fibonacci hashing, Knuth 1973)."""
    key = np.zeros(len(parts[0]), np.uint64)
    missing = np.zeros(len(parts[0]), bool)
    for part in parts:
        missing |= part < 0
        key = (key ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    found = (key >> np.uint64(1)).astype(np.int64)
    found[missing] = -1
    return found


def folded(keys: Longs) -> Codes:
    """63-bit keys in 31 bits; -1 stays."""
    return np.where(keys < 0, -1, keys & 0x7FFFFFFF).astype(np.int32)


def addresses_of(columns: Columns) -> Codes:
    """Per e-mail code the mark of the whole address."""
    local, domain = hashes_of(columns.locals), hashes_of(columns.domains)
    boxes = columns.mailboxes
    return folded(mixed(np.maximum(spread(local, boxes >> 32), 0), np.maximum(spread(domain, boxes & 0xFFFFFFFF), 0)))


def marks(columns: Columns, features: Features) -> Marks:
    """The marks of leads that were read."""
    words, mail = hashes_of(columns.words), features.mail
    email, phone = columns.email, columns.phone
    names = hashes_of(mail.locals)
    names = np.where(mail.role, -1, names).astype(np.int32)
    texts = {
        kind: spread(hashes_of(getattr(columns, kind).values), getattr(columns, kind).codes)
        for kind in ("company", "city", "street", "postcode", "birthday")
    }
    return Marks(
        ids=columns.ids,
        given=spread(words, columns.given), family=spread(words, columns.family),
        root_given=spread(features.root, columns.given), root_family=spread(features.root, columns.last),
        sound_given=spread(features.sound, columns.given), sound_last=spread(features.sound, columns.last),
        firm=features.firm, head=features.firm_head, **texts, corner=spread(features.corner, columns.street.codes),
        email_owner=email.owner, address=spread(addresses_of(columns), email.codes),
        box=spread(features.mail_boxes, email.codes), mailbox=spread(spread(names, mail.local), email.codes),
        phone_owner=phone.owner, number=spread(columns.numbers, phone.codes),
        tail=spread(features.tail, phone.codes),
    )  # fmt: skip


def without(known: Marks, gone: NDArray[np.bool_]) -> Marks:
    """The marks of the leads that are not gone."""
    if not gone.any():
        return known
    stays = ~gone
    place = (np.cumsum(stays) - 1).astype(np.int32)
    found = {name: getattr(known, name)[stays] for name in _BY_LEAD}
    for names in (_BY_EMAIL, _BY_PHONE):
        inside = stays[getattr(known, names[0])]
        found |= {name: getattr(known, name)[inside] for name in names}
        found[names[0]] = place[found[names[0]]]
    return Marks(**found)


def together(one: Marks, other: Marks) -> Marks:
    """The marks of both, by ascending id."""
    ids = np.concatenate([one.ids, other.ids])
    if not len(one.ids) or not len(other.ids) or one.ids[-1] < other.ids[0]:
        return _appended(one, other)
    order = np.argsort(ids, kind="stable")
    place = np.empty(len(ids), np.int32)
    place[order] = np.arange(len(ids), dtype=np.int32)
    joined = _appended(one, other)
    found = {name: getattr(joined, name)[order] for name in _BY_LEAD}
    for names in (_BY_EMAIL, _BY_PHONE):
        owner = place[getattr(joined, names[0])]
        rows = np.argsort(owner, kind="stable")
        found |= {name: getattr(joined, name)[rows] for name in names}
        found[names[0]] = owner[rows]
    return Marks(**found)


def _appended(one: Marks, other: Marks) -> Marks:
    after = np.int32(len(one.ids))
    moved = other._replace(email_owner=other.email_owner + after, phone_owner=other.phone_owner + after)
    return Marks._make(np.concatenate([getattr(one, name), getattr(moved, name)]) for name in Marks._fields)
