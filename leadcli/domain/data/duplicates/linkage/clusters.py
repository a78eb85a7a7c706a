"""Clusters of leads from scored pairs: average-link agglomeration with cannot-link pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.value_codes import Codes

Bits = NDArray[np.float32]
Scorer = Callable[[Codes, Codes], Bits]

_SURE, _STRANGE = 9.0, -12.0  # no single pair decides for or against a whole group
_UNKNOWN = -4.0  # two leads nobody compared
_WHOLE = 60  # components up to this size are compared all with all


class Cluster(NamedTuple):
    """Places of leads that are one, ascending, and the log-odds in bits of its weakest union."""

    members: list[int]
    odds: float


def components(left: list[int], right: list[int]) -> Iterator[list[int]]:
    """Sets of two or more places joined by the edges, in the order of their first member."""
    parent: dict[int, int] = {}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in zip(left, right, strict=True):
        a, b = root(parent.setdefault(one, one)), root(parent.setdefault(other, other))
        if a != b:
            parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for place in sorted(parent):
        groups.setdefault(root(place), []).append(place)
    yield from groups.values()


class Edges(NamedTuple):
    """Scored pairs: places left < right and odds in bits; `cannot_link` are pairs that never come into one group."""

    left: Codes
    right: Codes
    odds: Bits
    apart: frozenset[tuple[int, int]] = frozenset()


def cluster_pairs(edges: Edges, *, least: float, score: Scorer) -> list[Cluster]:
    """Groups whose unions all have average odds above `least` bits between the joined parts.

    Greedy average-link agglomeration of each connected component (Sokal & Michener 1958), log-odds clipped so that one
    shared number cannot chain strangers; `score` gives the odds of pairs inside a component that no block proposed.
    """
    left, right, odds, apart = edges
    is_near = odds > least
    ones, others, bits = left[is_near].tolist(), right[is_near].tolist(), odds[is_near].tolist()
    groups = list(components(ones, others))
    weights = _score_components([group for group in groups if len(group) > 2], left, right, odds, score)
    weights.update((one << 32 | other, -math.inf) for one, other in apart)
    pairs = {one << 32 | other: value for one, other, value in zip(ones, others, bits, strict=True)}
    grown = []
    for group in groups:
        if len(group) > 2:
            grown.extend(_agglomerate(group, weights, least))
        elif (group[0], group[1]) not in apart:
            grown.append(Cluster(group, pairs[group[0] << 32 | group[1]]))
    return grown


def _score_components(
    groups: list[list[int]], left: Codes, right: Codes, odds: Bits, score: Scorer
) -> dict[int, float]:
    """Odds of all pairs within the groups, keyed by left << 32 | right."""
    ones: list[int] = []
    others: list[int] = []
    for group in groups:
        if len(group) > _WHOLE:
            continue
        for at, one in enumerate(group):
            for other in group[at + 1 :]:
                ones.append(one)
                others.append(other)
    lefts, rights = np.array(ones, np.int32), np.array(others, np.int32)
    scores = dict(zip((lefts.astype(np.int64) << 32 | rights).tolist(), score(lefts, rights).tolist(), strict=True))
    giants = {place for group in groups if len(group) > _WHOLE for place in group}
    if giants:
        inside = np.isin(left, np.fromiter(giants, np.int32, len(giants)))
        keys = left[inside].astype(np.int64) << 32 | right[inside]
        scores.update(zip(keys.tolist(), odds[inside].tolist(), strict=True))
    return scores


def _agglomerate(group: list[int], weights: dict[int, float], least: float) -> list[Cluster]:
    """Average-link agglomeration of one component: the best union first, until none is above `least`."""
    size = len(group)
    link = [[-math.inf] * size for _ in group]
    for i, one in enumerate(group):
        for j in range(i + 1, size):
            bits = weights.get(one << 32 | group[j], _UNKNOWN)
            bits = _SURE if bits > _SURE else _STRANGE if -math.inf < bits < _STRANGE else bits
            link[i][j] = link[j][i] = bits
    members = {at: [place] for at, place in enumerate(group)}
    weakest = [math.inf] * size
    best = [max(row) for row in link]
    while len(members) > 1:
        i = max(members, key=best.__getitem__)
        top = best[i]
        if top <= least:
            break
        j = link[i].index(top)
        a, b = len(members[i]), len(members[j])
        weakest[i] = min(weakest[i], weakest[j], top)
        members[i] += members.pop(j)
        for k in members:
            if k != i:
                link[i][k] = link[k][i] = (link[i][k] * a + link[j][k] * b) / (a + b)
            link[k][j] = -math.inf
        for k in members:
            best[k] = max(link[k])
    return [Cluster(sorted(part), weakest[at]) for at, part in members.items() if len(part) > 1]
