"""Candidate pairs: leads that share something rare, never all with all; memory bounded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import BlockingKeys, mix_hashes
from leadcli.domain.data.duplicates.linkage.frequencies import is_member
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, Longs

_LARGEST = 120  # a value that more leads share says too little to pair them by it alone
_FEW = 200_000  # pairs any block may bring however small the file


class Blocking(NamedTuple):
    """One way to meet: leads equal in all `parts` become candidates. `owner` is the lead of each row; `share` how many
    pairs it may bring, in pairs a lead; `strong`: they are compared even if their names differ."""

    name: str
    parts: tuple[NDArray[Any], ...]
    owner: Codes
    share: float = 1.0
    strong: bool = False

    def most(self, size: int) -> int:
        """How many pairs it may bring among `size` leads."""
        return max(_FEW, int(self.share * size))


class CandidatePairs(NamedTuple):
    """Pairs as left << 32 | right (left < right), each once: those to compare in any case, and those to compare if
    their names agree; and by block how many leads at most may share a value."""

    sure: Longs
    rest: Longs
    largest: dict[str, int]


def build_blocks(marks: BlockingKeys) -> Iterator[Blocking]:
    """All the ways to meet, the surest first."""
    every = np.arange(len(marks.ids), dtype=np.int32)
    yield Blocking("email", (marks.box,), marks.email_owner, 2, strong=True)
    yield Blocking("phone", (marks.tail,), marks.phone_owner, 2, strong=True)
    yield Blocking("mailbox", (marks.mailbox,), marks.email_owner, 0.5, strong=True)
    given, family = marks.root_given, marks.root_family
    heard, sound = marks.sound_given, marks.sound_last
    firm, head, city = marks.firm, marks.head, marks.city
    street, postcode, birthday, corner = marks.street, marks.postcode, marks.birthday, marks.corner
    nobody = np.where((given < 0) & (family < 0), 0, -1).astype(np.int32)
    someone = np.where(family >= 0, family, given)
    yield Blocking("name", (np.minimum(given, family), np.maximum(given, family)), every)
    yield Blocking("sound", (np.minimum(heard, sound), np.maximum(heard, sound)), every, 0.5)
    yield Blocking("company", (nobody, firm), every, strong=True)
    yield Blocking("company head, city", (nobody, head, city), every, strong=True)
    yield Blocking("company head, street", (nobody, head, street), every, strong=True)
    yield Blocking("given, company", (given, firm), every)
    yield Blocking("family, company", (someone, firm), every)
    yield Blocking("sounds, company head", (heard, sound, head), every)
    yield Blocking("sounds, city", (heard, sound, city), every)
    yield Blocking("birthday", (birthday,), every, strong=True)
    yield Blocking("birthday, family", (birthday, sound), every, strong=True)
    yield Blocking("birthday, given", (birthday, heard), every, strong=True)
    yield Blocking("street, city", (street, city), every, strong=True)
    yield Blocking("corner, postcode", (corner, postcode), every, strong=True)
    yield Blocking("corner, city", (corner, city), every, strong=True)
    yield Blocking("street, family", (street, sound), every, strong=True)
    yield Blocking("given, postcode", (given, postcode), every)
    yield Blocking("family, postcode", (family, postcode), every)
    yield Blocking("given, city", (heard, city), every, 0.5)
    yield Blocking("family, city", (sound, city), every, 0.5)
    yield Blocking("street", (street,), every, 0.2, strong=True)
    yield Blocking("family", (family,), every, 0.1)


def candidate_pairs(marks: BlockingKeys) -> CandidatePairs:
    """All candidate pairs of a file."""
    strong: list[Longs] = []
    weak: list[Longs] = []
    largest = {}
    for block in build_blocks(marks):
        keys, owner = _sort_blocks(block.parts, block.owner)
        sizes = _sizes(keys)
        largest[block.name] = _reach(sizes, block.most(len(marks.ids)))
        (strong if block.strong else weak).append(_pairs(keys, owner, sizes, largest[block.name]))
    return _sides(strong, weak, largest)


def pairs_meeting(marks: BlockingKeys, fresh: NDArray[np.bool_], largest: dict[str, int]) -> CandidatePairs:
    """The candidate pairs that have a fresh lead (marked by place), found as if all were looked for."""
    strong: list[Longs] = []
    weak: list[Longs] = []
    # By the identity of an array, which stays its own as long as the array is kept here.
    near: dict[int, tuple[NDArray[Any], NDArray[np.bool_]]] = {}
    mine: dict[int, tuple[Codes, NDArray[np.intp]]] = {}
    for block in build_blocks(marks):
        if id(block.owner) not in mine:
            mine[id(block.owner)] = block.owner, np.flatnonzero(fresh[block.owner])
        for part in block.parts:
            if id(part) not in near:
                wanted = part[mine[id(block.owner)][1]]
                near[id(part)] = part, is_member(part, wanted[wanted >= 0])
        rows = np.flatnonzero(reduce(np.logical_and, (near[id(part)][1] for part in block.parts)))
        keys, owner = _sort_blocks(tuple(part[rows] for part in block.parts), block.owner[rows])
        sizes = _sizes(keys)
        touched = np.repeat(np.logical_or.reduceat(fresh[owner], _block_starts(keys)), sizes) if len(keys) else keys > 0
        keys, owner = keys[touched], owner[touched]
        found = _pairs(keys, owner, _sizes(keys), largest[block.name])
        found = found[fresh[found >> 32] | fresh[found & 0xFFFFFFFF]]
        (strong if block.strong else weak).append(found)
    return _sides(strong, weak, largest)


def _sort_blocks(parts: tuple[NDArray[Any], ...], owner: Codes) -> tuple[Longs, Codes]:
    """The keys of all rows that have one, ascending, and their owners."""
    keys = mix_hashes(*parts) if len(parts) > 1 else parts[0].astype(np.int64)
    known = keys >= 0
    keys, owner = keys[known], owner[known]
    order = np.argsort(keys)
    return keys[order], owner[order]


def _block_starts(keys: Longs) -> NDArray[np.intp]:
    """Where each run of equal keys begins."""
    return np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, np.intp)


def _sizes(keys: Longs) -> NDArray[np.intp]:
    return np.diff(np.append(_block_starts(keys), len(keys)))


def _reach(sizes: NDArray[np.intp], most: int) -> int:
    """How many leads may share a value for the rarest values to bring about `most` pairs."""
    counts = np.bincount(np.minimum(sizes, _LARGEST + 1), minlength=_LARGEST + 2)
    numbers = np.arange(_LARGEST + 2, dtype=np.int64)
    reached = np.cumsum(counts * numbers * (numbers - 1) // 2)[: _LARGEST + 1]
    return max(2, int(np.searchsorted(reached, most, side="right")) - 1)


def _pairs(keys: Longs, owner: Codes, sizes: NDArray[np.intp], largest: int) -> Longs:
    """Pairs of rows with equal keys that at most `largest` rows share."""
    size_of = np.repeat(sizes, sizes)
    inside = (size_of >= 2) & (size_of <= largest)
    keys, owners = keys[inside], owner[inside].astype(np.int64)
    found = []
    for step in range(1, largest):
        same = keys[step:] == keys[:-step]
        if not same.any():
            break
        one, other = owners[:-step][same], owners[step:][same]
        found.append(np.minimum(one, other) << 32 | np.maximum(one, other))
    pairs: Longs = np.concatenate(found) if found else np.zeros(0, np.int64)
    return np.asarray(pairs[pairs >> 32 != pairs & 0xFFFFFFFF], np.int64)


def merge_pairs(keys: list[Longs]) -> Longs:
    """All the keys once, ascending."""
    if not keys:
        return np.zeros(0, np.int64)
    joined = np.concatenate(keys)
    joined.sort()
    fresh = np.ones(len(joined), bool)
    fresh[1:] = joined[1:] != joined[:-1]
    return np.asarray(joined[fresh], np.int64)


def _sides(strong: list[Longs], weak: list[Longs], largest: dict[str, int]) -> CandidatePairs:
    sure, rest = merge_pairs(strong), merge_pairs(weak)
    place = np.searchsorted(sure, rest)
    known = np.append(sure, -1)[place] == rest
    return CandidatePairs(sure, rest[~known], largest)
