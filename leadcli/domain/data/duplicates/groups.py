"""Groups of leads that are one: found in a whole file, scored 0-100, with the reasons."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from leadcli.domain.data.duplicates.linkage.clusters import Cluster
    from leadcli.domain.data.duplicates.linkage.linker import ScanResult

LEAST = 85  # the score a listed group has at least


class DuplicateGroup(NamedTuple):
    """Leads that are one: score 0-100, reasons strongest first, ids ascending; certain: may be merged unasked."""

    score: int
    reasons: list[str]
    leads: list[int]
    certain: bool


@contextmanager
def is_no_collection() -> Iterator[None]:
    """Millions of small values and no cycles: the garbage collector would only walk them over and over."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def add_twins(scanned: ScanResult, pairs: Iterable[tuple[int, int]]) -> ScanResult:
    """The scan with pairs of leads that have one external id."""
    import numpy as np

    from leadcli.domain.data.duplicates.linkage import linker

    known = sorted(group_positions(scanned, pairs))
    if not known:
        return scanned
    return linker.add_twins(scanned, *np.array(known, np.int32).T)


def find_groups(
    scanned: ScanResult, *, least: float = LEAST, apart: Iterable[tuple[int, int]] = ()
) -> list[DuplicateGroup]:
    """Groups that score `least` or more, best first; `apart` are pairs of lead ids that are known to be two."""
    from leadcli.domain.data.duplicates.linkage import linker, reasons

    with is_no_collection():
        strangers = group_positions(scanned, apart)
        sure = {tuple(cluster.members) for cluster in linker.certain_groups(scanned, strangers)}
        found = linker.group_pairs(scanned, reasons.odds_of_score(least - 0.5), strangers)
        why = reasons.reasons_of_pairs(scanned, _best_pair_scores(scanned, found))
        ids = scanned.marks.ids
        listed = []
        for cluster, said in zip(found, why, strict=True):
            certain = tuple(cluster.members) in sure
            points = 100 if certain else min(99, reasons.score_of_odds(cluster.odds))
            listed.append(DuplicateGroup(points, said, [int(ids[place]) for place in cluster.members], certain))
        return sort_groups(listed)


def sort_groups(found: list[DuplicateGroup]) -> list[DuplicateGroup]:
    """Best first, then by the first lead."""
    found.sort(key=lambda group: (-group.score, group.leads))
    return found


def scan_weights(scanned: ScanResult) -> Callable[[int, int], list[tuple[str, str, float]]]:
    """(lead, lead) -> [(field, what was found, bits)]: what each field says for or against their being one."""
    from leadcli.domain.data.duplicates.linkage import reasons

    def weighed(one: int, other: int) -> list[tuple[str, str, float]]:
        pair = next(iter(group_positions(scanned, [(one, other)])), None)
        return [tuple(part) for part in reasons.contributions(scanned, *pair)] if pair else []  # type: ignore[misc]

    return weighed


def certain_groups(scanned: ScanResult, *, apart: Iterable[tuple[int, int]] = ()) -> list[DuplicateGroup]:
    """What may be merged without asking: groups of leads with equal e-mail or phone whose names agree."""
    from leadcli.domain.data.duplicates.linkage import linker, reasons

    with is_no_collection():
        found = linker.certain_groups(scanned, group_positions(scanned, apart))
        ids = scanned.marks.ids
        why = reasons.reasons_of_pairs(scanned, _best_pair_scores(scanned, found))
        return [
            DuplicateGroup(100, said, ids[cluster.members].tolist(), True)
            for cluster, said in zip(found, why, strict=True)
        ]


def group_positions(scanned: ScanResult, pairs: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Pairs of ids as pairs of places; those of leads that are gone are left out."""
    import numpy as np

    ids, named = scanned.marks.ids, list(pairs)
    if not named or not len(ids):
        return frozenset()
    asked = np.array(named, np.int64)
    found = np.minimum(np.searchsorted(ids, asked), len(ids) - 1)
    there = (ids[found] == asked).all(axis=1)
    known = (tuple(pair) for pair in found[there].tolist())
    return frozenset((min(pair), max(pair)) for pair in known)


def _best_pair_scores(scanned: ScanResult, found: Sequence[Cluster]) -> list[int]:
    """For each cluster the number of its strongest pair among the scanned ones."""
    import numpy as np

    left, right, odds = scanned.pairs[:3]
    home = np.full(len(scanned.marks.ids), -1, np.int64)
    sizes = np.fromiter((len(cluster.members) for cluster in found), np.int64, len(found))
    members = [place for cluster in found for place in cluster.members]
    home[members] = np.repeat(np.arange(len(found)), sizes)
    inside = np.flatnonzero((home[left] >= 0) & (home[left] == home[right]))
    best = np.zeros(len(found), np.int64)
    order = inside[np.argsort(odds[inside], kind="stable")]
    best[home[left[order]]] = order
    return best.tolist()
