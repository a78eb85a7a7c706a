"""Candidate pairs: leads that share something rare, never all with all; memory bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.columns import Codes, Columns, Longs
from leadcli.domain.linkage.features import Features

_LARGEST = 120  # a value that more leads share says too little to pair them by it alone
_FEW = 200_000  # pairs any block may bring however small the file


class Block(NamedTuple):
    """One way to meet: leads with equal keys become candidates. `owner` is the lead of each key; `share` how many
    pairs it may bring, in pairs a lead; `strong`: they are compared even if their names differ."""

    name: str
    keys: Longs | Codes
    owner: Codes
    share: float = 1.0
    strong: bool = False

    def most(self, size: int) -> int:
        """How many pairs it may bring among `size` leads."""
        return max(_FEW, int(self.share * size))


def mixed(*parts: NDArray[Any]) -> Longs:
    """One 64-bit key of several codes; -1 (none) as soon as one part is missing (Fibonacci hashing, Knuth 1973)."""
    key = np.zeros(len(parts[0]), np.uint64)
    missing = np.zeros(len(parts[0]), bool)
    for part in parts:
        missing |= part < 0
        key = (key ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    found = (key >> np.uint64(1)).astype(np.int64)
    found[missing] = -1
    return found


def at(values: NDArray[Any], codes: NDArray[Any]) -> Longs:
    """values[codes], -1 where there is no code."""
    return np.asarray(np.append(values, values.dtype.type(-1))[codes], np.int64)


def blocks(columns: Columns, features: Features) -> Iterator[Block]:
    """All the ways to meet, the surest first."""
    every = np.arange(len(columns.ids), dtype=np.int32)
    email, phone, mail = columns.email, columns.phone, features.mail
    yield Block("email", at(mail.box, email.codes), email.owner, 2, strong=True)
    yield Block("phone", at(features.tail, phone.codes), phone.owner, 2, strong=True)
    local = np.where(mail.role, -1, np.arange(len(mail.role))) if len(mail.role) else np.zeros(0, np.int64)
    yield Block("mailbox", at(at(local, mail.local), email.codes), email.owner, 0.5, strong=True)
    given, family = at(features.root, columns.given), at(features.root, columns.last)
    heard, sound = at(features.sound, columns.given), at(features.sound, columns.last)
    firm, head, city = features.firm, features.firm_head, columns.city.codes
    street, postcode, birthday = columns.street.codes, columns.postcode.codes, columns.birthday.codes
    corner = at(features.corner, street)
    nobody = np.where((given < 0) & (family < 0), 0, -1)
    someone = np.where(family >= 0, family, given)
    yield Block("name", mixed(np.minimum(given, family), np.maximum(given, family)), every)
    yield Block("sound", mixed(np.minimum(heard, sound), np.maximum(heard, sound)), every, 0.5)
    yield Block("company", mixed(nobody, firm), every, strong=True)
    yield Block("company head, city", mixed(nobody, head, city), every, strong=True)
    yield Block("company head, street", mixed(nobody, head, street), every, strong=True)
    yield Block("given, company", mixed(given, firm), every)
    yield Block("family, company", mixed(someone, firm), every)
    yield Block("sounds, company head", mixed(heard, sound, head), every)
    yield Block("sounds, city", mixed(heard, sound, city), every)
    yield Block("birthday", birthday, every, strong=True)
    yield Block("birthday, family", mixed(birthday, sound), every, strong=True)
    yield Block("birthday, given", mixed(birthday, heard), every, strong=True)
    yield Block("street, city", mixed(street, city), every, strong=True)
    yield Block("corner, postcode", mixed(corner, postcode), every, strong=True)
    yield Block("corner, city", mixed(corner, city), every, strong=True)
    yield Block("street, family", mixed(street, sound), every, strong=True)
    yield Block("given, postcode", mixed(given, postcode), every)
    yield Block("family, postcode", mixed(family, postcode), every)
    yield Block("given, city", mixed(heard, city), every, 0.5)
    yield Block("family, city", mixed(sound, city), every, 0.5)
    yield Block("street", street, every, 0.2, strong=True)
    yield Block("family", family, every, 0.1)


def pairs_of(block: Block, most: int) -> Longs:
    """Pairs of leads with equal keys as left << 32 | right (left < right): the rarest values first, about `most`."""
    known = block.keys >= 0
    keys, owner = block.keys[known], block.owner[known]
    order = np.argsort(keys)
    keys, owner = keys[order], owner[order]
    if not len(keys):
        return np.zeros(0, np.int64)
    begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    sizes = np.diff(np.append(begins, len(keys)))
    counts = np.bincount(np.minimum(sizes, _LARGEST + 1), minlength=_LARGEST + 2)
    numbers = np.arange(_LARGEST + 2, dtype=np.int64)
    reached = np.cumsum(counts * numbers * (numbers - 1) // 2)[: _LARGEST + 1]
    largest = max(2, int(np.searchsorted(reached, most, side="right")) - 1)
    size_of = np.repeat(sizes, sizes)
    inside = (size_of >= 2) & (size_of <= largest)
    keys, owner = keys[inside], owner[inside].astype(np.int64)
    found = []
    for step in range(1, largest):
        same = keys[step:] == keys[:-step]
        if not same.any():
            break
        one, other = owner[:-step][same], owner[step:][same]
        found.append(np.minimum(one, other) << 32 | np.maximum(one, other))
    pairs: Longs = np.concatenate(found) if found else np.zeros(0, np.int64)
    return np.asarray(pairs[pairs >> 32 != pairs & 0xFFFFFFFF], np.int64)


def merged(keys: list[Longs]) -> Longs:
    """All the keys once, ascending."""
    if not keys:
        return np.zeros(0, np.int64)
    joined = np.concatenate(keys)
    joined.sort()
    fresh = np.ones(len(joined), bool)
    fresh[1:] = joined[1:] != joined[:-1]
    return np.asarray(joined[fresh], np.int64)


def candidates(columns: Columns, features: Features) -> tuple[Longs, Longs]:
    """Candidate pairs, each once: those to compare in any case, and those to compare if their names agree."""
    size = len(columns.ids)
    strong: list[Longs] = []
    weak: list[Longs] = []
    for block in blocks(columns, features):
        (strong if block.strong else weak).append(pairs_of(block, block.most(size)))
    sure, rest = merged(strong), merged(weak)
    place = np.searchsorted(sure, rest)
    known = np.append(sure, -1)[place] == rest
    return sure, rest[~known]
