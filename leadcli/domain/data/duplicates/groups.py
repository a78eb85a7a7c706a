"""Groups of leads that are one, scored 0-100, with the reasons."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from leadcli.domain.data.duplicates.linkage.linker import Cluster, ScanResult

MIN_SCORE = 85  # the score a listed group has at least


class DuplicateGroup(NamedTuple):
    """Leads that are one: score 0-100, reasons strongest first, ids ascending; certain: may be merged unasked."""

    score: int
    reasons: list[str]
    leads: list[int]
    certain: bool


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Millions of small values and no cycles: the garbage collector would only walk them over and over."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def add_external_id_pairs(scan: ScanResult, pairs: Iterable[tuple[int, int]]) -> ScanResult:
    """The scan with pairs of leads that have one external id."""
    import numpy as np

    from leadcli.domain.data.duplicates.linkage import linker

    positions = sorted(group_positions(scan, pairs))
    if not positions:
        return scan
    return linker.add_external_id_pairs(scan, *np.array(positions, np.int32).T)


def find_groups(
    scan: ScanResult, *, min_score: float = MIN_SCORE, cannot_link: Iterable[tuple[int, int]] = ()
) -> list[DuplicateGroup]:
    """Groups that score `min_score` or more, best first. `cannot_link` are pairs of lead ids known to differ."""
    from leadcli.domain.data.duplicates.linkage import linker

    with pause_garbage_collection():
        positions = group_positions(scan, cannot_link)
        sure = {tuple(cluster.members) for cluster in linker.certain_groups(scan, positions)}
        clusters = linker.group_pairs(scan, linker.odds_of_score(min_score - 0.5), positions)
        reason_lists = linker.reasons_of_pairs(scan, _best_pair_scores(scan, clusters))
        ids = scan.blocking_keys.ids
        listed = []
        for cluster, reasons_ in zip(clusters, reason_lists, strict=True):
            certain = tuple(cluster.members) in sure
            points = 100 if certain else min(99, linker.score_of_odds(cluster.odds))
            listed.append(DuplicateGroup(points, reasons_, [int(ids[place]) for place in cluster.members], certain))
        return sort_groups(listed)


def sort_groups(groups: list[DuplicateGroup]) -> list[DuplicateGroup]:
    """Best first, then by the first lead."""
    groups.sort(key=lambda group: (-group.score, group.leads))
    return groups


def scan_weights(scan: ScanResult) -> Callable[[int, int], list[tuple[str, str, float]]]:
    """(lead, lead) -> [(field, what was found, bits)]: what each field says for or against their being one."""
    from leadcli.domain.data.duplicates.linkage import linker

    def contributions(one: int, other: int) -> list[tuple[str, str, float]]:
        pair = next(iter(group_positions(scan, [(one, other)])), None)
        return [tuple(part) for part in linker.contributions(scan, *pair)] if pair else []  # type: ignore[misc]

    return contributions


def certain_groups(scan: ScanResult, *, cannot_link: Iterable[tuple[int, int]] = ()) -> list[DuplicateGroup]:
    """What may be merged without asking: groups of leads with equal e-mail or phone whose names agree."""
    from leadcli.domain.data.duplicates.linkage import linker

    with pause_garbage_collection():
        clusters = linker.certain_groups(scan, group_positions(scan, cannot_link))
        ids = scan.blocking_keys.ids
        reason_lists = linker.reasons_of_pairs(scan, _best_pair_scores(scan, clusters))
        return [
            DuplicateGroup(100, reasons_, ids[cluster.members].tolist(), True)
            for cluster, reasons_ in zip(clusters, reason_lists, strict=True)
        ]


def group_positions(scan: ScanResult, pairs: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Pairs of ids as pairs of places; those of leads that are gone are left out."""
    import numpy as np

    ids, pair_list = scan.blocking_keys.ids, list(pairs)
    if not pair_list or not len(ids):
        return frozenset()
    id_pairs = np.array(pair_list, np.int64)
    positions = np.minimum(np.searchsorted(ids, id_pairs), len(ids) - 1)
    there = (ids[positions] == id_pairs).all(axis=1)
    known = (tuple(pair) for pair in positions[there].tolist())
    return frozenset((min(pair), max(pair)) for pair in known)


def _best_pair_scores(scan: ScanResult, clusters: Sequence[Cluster]) -> list[int]:
    """For each cluster the number of its strongest pair among the scanned ones."""
    import numpy as np

    left, right, odds = scan.pairs[:3]
    home = np.full(len(scan.blocking_keys.ids), -1, np.int64)
    sizes = np.fromiter((len(cluster.members) for cluster in clusters), np.int64, len(clusters))
    members = [place for cluster in clusters for place in cluster.members]
    home[members] = np.repeat(np.arange(len(clusters)), sizes)
    inside = np.flatnonzero((home[left] >= 0) & (home[left] == home[right]))
    best = np.zeros(len(clusters), np.int64)
    order = inside[np.argsort(odds[inside], kind="stable")]
    best[home[left[order]]] = order
    return best.tolist()
