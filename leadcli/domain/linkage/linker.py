"""One scan: columns -> candidate pairs -> likeness -> learnt weights -> odds of every pair worth a look."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.blocks import candidates
from leadcli.domain.linkage.clusters import Cluster, Edges, clusters
from leadcli.domain.linkage.columns import Codes, Columns, Longs
from leadcli.domain.linkage.features import Features, features
from leadcli.domain.linkage.likeness import Judge, Likeness, joined
from leadcli.domain.linkage.texts import CLOSE, DIFFERENT, MISSING, PART, Reals
from leadcli.domain.linkage.weights import Learner, Model, usual

_BATCH = 500_000
_HOPELESS = -14.0  # bits; pairs below it are forgotten
_WORTH = -8.0  # bits; pairs below it take no part in any group
_SURE = 3.0  # bits that equal keys and names must have besides to be certain
_KNOWN = 30.0  # bits of one external id
_DOUBTFUL = -9.0  # bits; pairs below it teach nothing


class Scan(NamedTuple):
    """Pairs worth a look: places left < right, odds in bits, levels; and what is needed to judge further ones."""

    left: Codes
    right: Codes
    odds: Reals
    certain: NDArray[np.bool_]
    likeness: Likeness
    model: Model
    judge: Judge
    firms: float
    pairs: int
    twins: int = 0  # so many of the last pairs are known by an external id


def halves(keys: Longs) -> tuple[Codes, Codes]:
    """left << 32 | right -> left, right."""
    return (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)


def colleagues(found: Features) -> float:
    """How many pairs of leads belong to one firm."""
    counts = np.bincount(found.firm[found.firm >= 0]).astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def scan(columns: Columns, told: Callable[[float], None] = lambda share: None) -> Scan:
    """All likely pairs of the leads; `told` hears the share of the work done (0 to 1)."""
    found = features(columns)
    judge = Judge(columns, found)
    size, firms = max(2, len(columns.ids)), colleagues(found)
    sure, rest = candidates(columns, found)
    total = len(sure) + len(rest)
    start = usual(size)
    kept: list[tuple[Codes, Codes, Likeness]] = []
    done = 0
    for keys, strict in ((sure, False), (rest, True)):
        for begin in range(0, len(keys), _BATCH):
            left, right = halves(keys[begin : begin + _BATCH])
            done += len(left)
            names = judge.names(left, right)
            if strict:
                like = (names[0] != DIFFERENT) & (names[1] != DIFFERENT)
                left, right = left[like], right[like]
                names = names[0][like], names[1][like], names[2][like], names[3][like]
            likeness = judge.completed(left, right, names)
            near = Learner(likeness, size, firms).odds(start) > _HOPELESS
            kept.append((left[near], right[near], likeness.only(near)))
            told(done / max(1, total))
    if not kept:
        none = np.zeros(0, np.int32)
        kept.append((none, none, judge.likeness(none, none)))
    left, right = np.concatenate([part[0] for part in kept]), np.concatenate([part[1] for part in kept])
    likeness = joined([part[2] for part in kept])
    del kept
    learner = Learner(likeness, size, firms)
    close = learner.odds(start) > _DOUBTFUL
    model = Learner(likeness.only(close), size, firms).learn()
    odds = learner.odds(model)
    likely = odds > _WORTH
    left, right, odds, likeness = left[likely], right[likely], odds[likely], likeness.only(likely)
    sure_pairs = judge.equal_keys(left, right) & names_agree(likeness) & (odds > _SURE)
    return Scan(left, right, odds, sure_pairs, likeness, model, judge, firms, total)


def with_twins(scanned: Scan, left: Codes, right: Codes) -> Scan:
    """The scan with further pairs (places left < right) of one external id: certain, unless the names contradict."""
    likeness = scanned.judge.likeness(left, right)
    agree = names_agree(likeness)
    left, right, likeness = left[agree], right[agree], likeness.only(agree)
    if not len(left):
        return scanned
    return scanned._replace(
        left=np.concatenate([scanned.left, left]),
        right=np.concatenate([scanned.right, right]),
        odds=np.concatenate([scanned.odds, np.full(len(left), _KNOWN, scanned.odds.dtype)]),
        certain=np.concatenate([scanned.certain, np.ones(len(left), bool)]),
        likeness=joined([scanned.likeness, likeness]),
        twins=len(left),
    )


def names_agree(likeness: Likeness) -> NDArray[np.bool_]:
    """Neither name (of a firm without people: its own) contradicts: nicknames, initials, slips, or one left out."""
    given, family, company = (likeness.levels[field] for field in ("given", "family", "company"))
    nobody = (given == MISSING) & (family == MISSING)
    persons = ((given >= PART) | (given == MISSING)) & ((family >= CLOSE) | (family == MISSING))
    return np.asarray(np.where(nobody, (company >= CLOSE) | (company == MISSING), persons), bool)


def groups(scanned: Scan, least: float, apart: frozenset[tuple[int, int]] = frozenset()) -> list[Cluster]:
    """Clusters above `least` bits; pairs inside a component that no block proposed are judged too.

    `apart`: pairs of places (left < right) that never belong together.
    """
    edges = Edges(scanned.left, scanned.right, scanned.odds, apart)
    return clusters(edges, least=least, score=_scorer(scanned))


def certain_groups(scanned: Scan, apart: frozenset[tuple[int, int]] = frozenset()) -> list[Cluster]:
    """Clusters of certain pairs alone: what may be merged without asking."""
    sure = scanned.certain
    left, right, odds = scanned.left[sure], scanned.right[sure], scanned.odds[sure]
    return clusters(Edges(left, right, odds, apart), least=0.0, score=_scorer(scanned))


def _scorer(scanned: Scan) -> Callable[[Codes, Codes], Reals]:
    size, firms = len(scanned.judge.columns.ids), scanned.firms

    def score(left: Codes, right: Codes) -> Reals:
        found = [np.zeros(0, np.float32)]
        for begin in range(0, len(left), _BATCH):
            likeness = scanned.judge.likeness(left[begin : begin + _BATCH], right[begin : begin + _BATCH])
            found.append(Learner(likeness, size, firms).odds(scanned.model))
        return np.concatenate(found)

    return score
