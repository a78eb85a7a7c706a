"""Candidate pairs: leads that share something rare, never all with all; memory bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from leadcli.domain.linkage.columns import Codes, Columns, Longs
from leadcli.domain.linkage.features import Features

_LARGEST = 120  # a value that more leads share says too little to pair them by it alone


class Block(NamedTuple):
    """One way to meet: leads with equal keys become candidates. `owner` is the lead of each key."""

    name: str
    owner: Codes
    keys: Longs


def mixed(*parts: Longs | Codes) -> Longs:
    """One 64-bit key of several codes; -1 (none) as soon as one part is missing."""
    key = np.zeros(len(parts[0]), np.uint64)
    missing = np.zeros(len(parts[0]), bool)
    for part in parts:
        missing |= part < 0
        key = (key ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    found = (key >> np.uint64(1)).astype(np.int64)
    found[missing] = -1
    return found


def at(values: Codes | Longs, codes: Codes) -> Longs:
    """values[codes], -1 where there is no code."""
    if not len(values):
        return np.full(len(codes), -1, np.int64)
    return np.where(codes >= 0, values[np.maximum(codes, 0)], -1).astype(np.int64)


def blocks(columns: Columns, features: Features) -> Iterator[Block]:
    """All the ways to meet, the surest first."""
    every = np.arange(len(columns.ids), dtype=np.int32)
    email, phone = columns.email, columns.phone
    role = features.role[features.local[email.codes]] if len(email.codes) else np.zeros(0, bool)
    local = at(features.local, email.codes)
    yield Block("email", email.owner, at(features.box, email.codes))
    yield Block("phone", phone.owner, at(features.tail, phone.codes))
    yield Block("mailbox", email.owner, np.where(role, -1, local))
    given, family = at(features.root, columns.given), at(features.root, columns.family)
    sound, heard = at(features.sound, columns.family), at(features.sound, columns.given)
    firm, head = columns_of(features.firm), columns_of(features.firm_head)
    city, postcode = columns_of(columns.city.codes), columns_of(columns.postcode.codes)
    street, birthday = columns_of(columns.street.codes), columns_of(columns.birthday.codes)
    low, high = np.minimum(given, family), np.maximum(given, family)
    yield Block("name", every, mixed(low, high))
    nobody = np.where((given < 0) & (family < 0), 0, -1)
    yield Block("firm", every, mixed(nobody, firm))
    yield Block("firm head, city", every, mixed(nobody, head, city))
    yield Block("firm head, street", every, mixed(nobody, head, street))
    yield Block("city, street", every, mixed(city, street))
    yield Block("given, firm", every, mixed(given, firm))
    yield Block("family, firm", every, mixed(np.where(family >= 0, family, given), firm))
    yield Block("sound, given, head", every, mixed(sound, heard, head))
    yield Block("sound, given", every, mixed(np.minimum(sound, heard), np.maximum(sound, heard)))
    yield Block("given, family, city", every, mixed(given, sound, city))
    yield Block("birthday", every, birthday)
    yield Block("birthday, family", every, mixed(birthday, sound))
    yield Block("birthday, given", every, mixed(birthday, heard))
    yield Block("street", every, street)
    yield Block("street, family", every, mixed(street, sound))
    yield Block("given, postcode", every, mixed(given, postcode))
    yield Block("family, postcode", every, mixed(family, postcode))
    yield Block("given, city", every, mixed(heard, city))
    yield Block("family, city", every, mixed(sound, city))
    yield Block("family", every, family)


def columns_of(codes: Codes) -> Longs:
    """Codes as keys."""
    return codes.astype(np.int64)


def pairs_of(block: Block, most: int) -> tuple[Codes, Codes]:
    """Pairs (left < right) of leads with equal keys: the rarest values first, at most about `most` pairs in all."""
    known = block.keys >= 0
    keys, owner = block.keys[known], block.owner[known]
    order = np.argsort(keys, kind="stable")
    keys, owner = keys[order], owner[order]
    begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(begins, len(keys)))
    counts = np.bincount(np.minimum(sizes, _LARGEST + 1), minlength=_LARGEST + 2)
    numbers = np.arange(_LARGEST + 2, dtype=np.int64)
    reached = np.cumsum(counts * numbers * (numbers - 1) // 2)[: _LARGEST + 1]
    largest = max(2, int(np.searchsorted(reached, most, side="right")) - 1)
    size_of = np.repeat(sizes, sizes)
    inside = (size_of >= 2) & (size_of <= largest)
    keys, owner = keys[inside], owner[inside]
    left, right = [], []
    for step in range(1, largest):
        same = keys[step:] == keys[:-step]
        if not same.any():
            break
        left.append(owner[:-step][same])
        right.append(owner[step:][same])
    if not left:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    one, other = np.concatenate(left), np.concatenate(right)
    differ = one != other
    return np.minimum(one, other)[differ], np.maximum(one, other)[differ]


def candidates(columns: Columns, features: Features) -> tuple[Codes, Codes]:
    """Every candidate pair once, as places of leads (left < right), in ascending order."""
    size = len(columns.ids)
    most = max(400_000, 2 * size)
    keys = np.zeros(0, np.int64)
    for block in blocks(columns, features):
        left, right = pairs_of(block, most)
        if len(left):
            keys = np.union1d(keys, left.astype(np.int64) * size + right)
    return (keys // max(size, 1)).astype(np.int32), (keys % max(size, 1)).astype(np.int32)
