"""Groups of leads that are one: found in a whole file, scored 0-100, with the reasons."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from leadcli.domain.linkage.clusters import Cluster
    from leadcli.domain.linkage.columns import Row
    from leadcli.domain.linkage.linker import Scan

LEAST = 85  # the score a listed group has at least


class Group(NamedTuple):
    """Leads that are one: score 0-100, reasons strongest first, ids ascending; certain: may be merged unasked."""

    score: int
    reasons: list[str]
    leads: list[int]
    certain: bool


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of small values and no cycles: the garbage collector would only walk them over and over."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def scan(
    rows: Iterable[Row],
    emails: Iterable[tuple[int, str]],
    phones: Iterable[tuple[int, str]],
    told: Callable[[float], None] = lambda share: None,
) -> Scan:
    """Every likely pair of the leads; rows are (id, person_key, company_key, address_key, birthday) by ascending id."""
    from leadcli.domain.linkage import columns, linker

    with _no_collection():
        return linker.scan(columns.columns(rows, emails, phones), told)


def with_twins(scanned: Scan, pairs: Iterable[tuple[int, int]]) -> Scan:
    """The scan with pairs of leads that have one external id."""
    import numpy as np

    from leadcli.domain.linkage import linker

    known = sorted(_places(scanned, pairs))
    if not known:
        return scanned
    return linker.with_twins(scanned, *np.array(known, np.int32).T)


def groups(scanned: Scan, *, least: float = LEAST, apart: Iterable[tuple[int, int]] = ()) -> list[Group]:
    """Groups that score `least` or more, best first; `apart` are pairs of lead ids that are known to be two."""
    from leadcli.domain.linkage import linker, reasons

    with _no_collection():
        places = _places(scanned, apart)
        sure = {tuple(cluster.members) for cluster in linker.certain_groups(scanned, places)}
        found = linker.groups(scanned, reasons.odds_of(least - 0.5), places)
        best = _best_pairs(scanned, found)
        ids = scanned.judge.columns.ids
        listed = []
        for cluster, pair in zip(found, best, strict=True):
            certain = tuple(cluster.members) in sure
            points = 100 if certain else min(99, reasons.score(cluster.odds))
            listed.append(Group(points, _why(scanned, pair), ids[cluster.members].tolist(), certain))
        listed.sort(key=lambda group: (-group.score, group.leads))
        return listed


def weighing(scanned: Scan) -> Callable[[int, int], list[tuple[str, str, float]]]:
    """(lead, lead) -> [(field, what was found, bits)]: what each field says for or against their being one."""
    from leadcli.domain.linkage import reasons

    def weighed(one: int, other: int) -> list[tuple[str, str, float]]:
        pair = next(iter(_places(scanned, [(one, other)])), None)
        return [tuple(part) for part in reasons.contributions(scanned, *pair)] if pair else []  # type: ignore[misc]

    return weighed


def certain(scanned: Scan, *, apart: Iterable[tuple[int, int]] = ()) -> list[Group]:
    """What may be merged without asking: groups of leads with equal e-mail or phone whose names agree."""
    from leadcli.domain.linkage import linker

    with _no_collection():
        found = linker.certain_groups(scanned, _places(scanned, apart))
        ids = scanned.judge.columns.ids
        best = _best_pairs(scanned, found)
        return [
            Group(100, _why(scanned, pair), ids[cluster.members].tolist(), True)
            for cluster, pair in zip(found, best, strict=True)
        ]


def _places(scanned: Scan, apart: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Pairs of ids as pairs of places; those of leads that are gone are left out."""
    import numpy as np

    ids, pairs = scanned.judge.columns.ids, list(apart)
    if not pairs or not len(ids):
        return frozenset()
    asked = np.array(pairs, np.int64)
    found = np.minimum(np.searchsorted(ids, asked), len(ids) - 1)
    there = (ids[found] == asked).all(axis=1)
    known = (tuple(pair) for pair in found[there].tolist())
    return frozenset((min(pair), max(pair)) for pair in known)


def _best_pairs(scanned: Scan, found: list[Cluster]) -> list[int]:
    """For each cluster the number of its strongest pair among the scanned ones."""
    import numpy as np

    home = np.full(len(scanned.judge.columns.ids), -1, np.int64)
    for number, cluster in enumerate(found):
        home[cluster.members] = number
    inside = np.flatnonzero((home[scanned.left] >= 0) & (home[scanned.left] == home[scanned.right]))
    best = np.zeros(len(found), np.int64)
    order = inside[np.argsort(scanned.odds[inside], kind="stable")]
    best[home[scanned.left[order]]] = order
    return best.tolist()


def _why(scanned: Scan, pair: int) -> list[str]:
    from leadcli.domain.linkage import reasons

    levels = {field: int(found[pair]) for field, found in scanned.likeness.levels.items()}
    email = reasons.shared_email(scanned.judge.columns, int(scanned.left[pair]), int(scanned.right[pair]))
    found = reasons.reasons(levels, email=email)
    return ["same external id", *found] if pair >= len(scanned.left) - scanned.twins else found
