"""Candidate pairs by blocking: only leads that share a rare key are compared. Memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import BlockingKeys, combine_keys
from leadcli.domain.data.duplicates.linkage.frequencies import is_member
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, Longs

_MAX_BLOCK = 120  # a value that more leads share says too little to pair them by it alone
_MIN_PAIRS = 200_000  # pairs any block may bring however small the file


class BlockingRule(NamedTuple):
    """One blocking rule: leads equal in all `parts` become candidates.

    `owner` is the lead of each row. `share` is how many pairs the rule may bring, in pairs per lead. Pairs of a
    `strong` rule are compared even if their names differ.
    """

    name: str
    parts: tuple[NDArray[Any], ...]
    owner: Codes
    share: float = 1.0
    strong: bool = False

    def max_pairs(self, size: int) -> int:
        """How many pairs it may bring among `size` leads."""
        return max(_MIN_PAIRS, int(self.share * size))


class CandidatePairs(NamedTuple):
    """Pairs as left << 32 | right (left < right), each once.

    `strong` pairs are compared in any case, `weak` ones if their names agree. `block_limits` says by rule how many
    leads at most may share a key.
    """

    strong: Longs
    weak: Longs
    block_limits: dict[str, int]


def blocking_rules(keys: BlockingKeys) -> Iterator[BlockingRule]:
    """All blocking rules, the most reliable first."""
    every = np.arange(len(keys.ids), dtype=np.int32)
    yield BlockingRule("email", (keys.box,), keys.email_owner, 2, strong=True)
    yield BlockingRule("phone", (keys.tail,), keys.phone_owner, 2, strong=True)
    yield BlockingRule("mailbox", (keys.mailbox,), keys.email_owner, 0.5, strong=True)
    first_root, last_root = keys.first_name_root, keys.last_name_root
    first_sound, last_sound = keys.first_name_sound, keys.last_name_sound
    firm, head, city = keys.firm, keys.head, keys.city
    street, postcode, birthday, corner = keys.street, keys.postcode, keys.birthday, keys.corner
    nobody = np.where((first_root < 0) & (last_root < 0), 0, -1).astype(np.int32)
    someone = np.where(last_root >= 0, last_root, first_root)
    yield BlockingRule("name", (np.minimum(first_root, last_root), np.maximum(first_root, last_root)), every)
    yield BlockingRule("sound", (np.minimum(first_sound, last_sound), np.maximum(first_sound, last_sound)), every, 0.5)
    yield BlockingRule("company", (nobody, firm), every, strong=True)
    yield BlockingRule("company head, city", (nobody, head, city), every, strong=True)
    yield BlockingRule("company head, street", (nobody, head, street), every, strong=True)
    yield BlockingRule("given, company", (first_root, firm), every)
    yield BlockingRule("family, company", (someone, firm), every)
    yield BlockingRule("sounds, company head", (first_sound, last_sound, head), every)
    yield BlockingRule("sounds, city", (first_sound, last_sound, city), every)
    yield BlockingRule("birthday", (birthday,), every, strong=True)
    yield BlockingRule("birthday, family", (birthday, last_sound), every, strong=True)
    yield BlockingRule("birthday, given", (birthday, first_sound), every, strong=True)
    yield BlockingRule("street, city", (street, city), every, strong=True)
    yield BlockingRule("corner, postcode", (corner, postcode), every, strong=True)
    yield BlockingRule("corner, city", (corner, city), every, strong=True)
    yield BlockingRule("street, family", (street, last_sound), every, strong=True)
    yield BlockingRule("given, postcode", (first_root, postcode), every)
    yield BlockingRule("family, postcode", (last_root, postcode), every)
    yield BlockingRule("given, city", (first_sound, city), every, 0.5)
    yield BlockingRule("family, city", (last_sound, city), every, 0.5)
    yield BlockingRule("street", (street,), every, 0.2, strong=True)
    yield BlockingRule("family", (last_root,), every, 0.1)


def find_candidate_pairs(blocking_keys: BlockingKeys) -> CandidatePairs:
    """All candidate pairs of a file."""
    strong: list[Longs] = []
    weak: list[Longs] = []
    limits = {}
    for rule in blocking_rules(blocking_keys):
        keys, owner = _sort_blocks(rule.parts, rule.owner)
        sizes = _block_sizes(keys)
        limits[rule.name] = _block_limit(sizes, rule.max_pairs(len(blocking_keys.ids)))
        (strong if rule.strong else weak).append(_pairs(keys, owner, sizes, limits[rule.name]))
    return _split_by_strength(strong, weak, limits)


def find_new_pairs(blocking_keys: BlockingKeys, is_new: NDArray[np.bool_], limits: dict[str, int]) -> CandidatePairs:
    """The candidate pairs with a new lead (marked by place in `is_new`), equal to those of a search of all leads."""
    strong: list[Longs] = []
    weak: list[Longs] = []
    # By the identity of an array, which stays its own as long as the array is kept here.
    probable: dict[int, tuple[NDArray[Any], NDArray[np.bool_]]] = {}
    new_rows: dict[int, tuple[Codes, NDArray[np.intp]]] = {}
    for rule in blocking_rules(blocking_keys):
        if id(rule.owner) not in new_rows:
            new_rows[id(rule.owner)] = rule.owner, np.flatnonzero(is_new[rule.owner])
        for part in rule.parts:
            if id(part) not in probable:
                new_values = part[new_rows[id(rule.owner)][1]]
                probable[id(part)] = part, is_member(part, new_values[new_values >= 0])
        rows = np.flatnonzero(reduce(np.logical_and, (probable[id(part)][1] for part in rule.parts)))
        keys, owner = _sort_blocks(tuple(part[rows] for part in rule.parts), rule.owner[rows])
        sizes = _block_sizes(keys)
        has_new = (
            np.repeat(np.logical_or.reduceat(is_new[owner], _block_starts(keys)), sizes) if len(keys) else keys > 0
        )
        keys, owner = keys[has_new], owner[has_new]
        pairs = _pairs(keys, owner, _block_sizes(keys), limits[rule.name])
        pairs = pairs[is_new[pairs >> 32] | is_new[pairs & 0xFFFFFFFF]]
        (strong if rule.strong else weak).append(pairs)
    return _split_by_strength(strong, weak, limits)


def _sort_blocks(parts: tuple[NDArray[Any], ...], owner: Codes) -> tuple[Longs, Codes]:
    """The keys of all rows that have one, ascending, and their owners."""
    keys = combine_keys(*parts) if len(parts) > 1 else parts[0].astype(np.int64)
    known = keys >= 0
    keys, owner = keys[known], owner[known]
    order = np.argsort(keys)
    return keys[order], owner[order]


def _block_starts(keys: Longs) -> NDArray[np.intp]:
    """Where each run of equal keys begins."""
    return np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, np.intp)


def _block_sizes(keys: Longs) -> NDArray[np.intp]:
    return np.diff(np.append(_block_starts(keys), len(keys)))


def _block_limit(sizes: NDArray[np.intp], max_pairs: int) -> int:
    """How many leads may share a value for the rarest values to bring about `most` pairs."""
    counts = np.bincount(np.minimum(sizes, _MAX_BLOCK + 1), minlength=_MAX_BLOCK + 2)
    numbers = np.arange(_MAX_BLOCK + 2, dtype=np.int64)
    reached = np.cumsum(counts * numbers * (numbers - 1) // 2)[: _MAX_BLOCK + 1]
    return max(2, int(np.searchsorted(reached, max_pairs, side="right")) - 1)


def _pairs(keys: Longs, owner: Codes, sizes: NDArray[np.intp], limit: int) -> Longs:
    """Pairs of rows with equal keys that at most `largest` rows share."""
    size_of = np.repeat(sizes, sizes)
    inside = (size_of >= 2) & (size_of <= limit)
    keys, owners = keys[inside], owner[inside].astype(np.int64)
    batches = []
    for step in range(1, limit):
        same = keys[step:] == keys[:-step]
        if not same.any():
            break
        one, other = owners[:-step][same], owners[step:][same]
        batches.append(np.minimum(one, other) << 32 | np.maximum(one, other))
    pairs: Longs = np.concatenate(batches) if batches else np.zeros(0, np.int64)
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


def _split_by_strength(strong: list[Longs], weak: list[Longs], limits: dict[str, int]) -> CandidatePairs:
    strong_pairs, weak_pairs = merge_pairs(strong), merge_pairs(weak)
    place = np.searchsorted(strong_pairs, weak_pairs)
    known = np.append(strong_pairs, -1)[place] == weak_pairs
    return CandidatePairs(strong_pairs, weak_pairs[~known], limits)
