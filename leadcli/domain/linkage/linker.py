"""One scan: columns -> candidate pairs -> likeness -> learnt weights -> odds of every pair worth a look."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from leadcli.domain.linkage.blocks import candidates
from leadcli.domain.linkage.clusters import Cluster, clusters
from leadcli.domain.linkage.columns import Codes, Columns, Longs
from leadcli.domain.linkage.features import Features, features
from leadcli.domain.linkage.likeness import Judge, Likeness, joined
from leadcli.domain.linkage.texts import DIFFERENT, Reals
from leadcli.domain.linkage.weights import Learner, Model, usual

_BATCH = 500_000
_HOPELESS = -14.0  # bits; pairs below it are forgotten
_DOUBTFUL = -9.0  # bits; pairs below it teach nothing


class Scan(NamedTuple):
    """Pairs worth a look: places left < right, odds in bits; and what is needed to judge further ones."""

    left: Codes
    right: Codes
    odds: Reals
    model: Model
    judge: Judge
    pairs: int


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
    size, firms = len(columns.ids), colleagues(found)
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
        return Scan(none, none, np.zeros(0, np.float32), start, judge, 0)
    left, right = np.concatenate([part[0] for part in kept]), np.concatenate([part[1] for part in kept])
    likeness = joined([part[2] for part in kept])
    del kept
    learner = Learner(likeness, size, firms)
    close = learner.odds(start) > _DOUBTFUL
    model = Learner(likeness.only(close), size, firms).learn()
    return Scan(left, right, learner.odds(model), model, judge, total)


def groups(scanned: Scan, least: float) -> list[Cluster]:
    """Clusters above `least` bits; pairs inside a component that no block proposed are judged too."""
    size, firms = len(scanned.judge.columns.ids), colleagues(scanned.judge.features)

    def score(left: Codes, right: Codes) -> Reals:
        found = [np.zeros(0, np.float32)]
        for begin in range(0, len(left), _BATCH):
            likeness = scanned.judge.likeness(left[begin : begin + _BATCH], right[begin : begin + _BATCH])
            found.append(Learner(likeness, size, firms).odds(scanned.model))
        return np.concatenate(found)

    return clusters(scanned.left, scanned.right, scanned.odds, least=least, score=score)
