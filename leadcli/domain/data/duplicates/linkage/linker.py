"""One scan: marks -> candidate pairs -> likeness -> learnt weights -> odds of every pair worth a look."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import BlockingKeys, build_blocking_keys, build_key_forms
from leadcli.domain.data.duplicates.linkage.candidate_pairs import CandidatePairs, candidate_pairs
from leadcli.domain.data.duplicates.linkage.clusters import Cluster, Edges, clusters
from leadcli.domain.data.duplicates.linkage.comparison import (
    FIELDS,
    Comparator,
    ComparisonLevels,
    DistantComparator,
    join_levels,
)
from leadcli.domain.data.duplicates.linkage.em import EMTrainer, WeightModel, usual_levels
from leadcli.domain.data.duplicates.linkage.frequencies import count_frequencies
from leadcli.domain.data.duplicates.linkage.text_similarity import CLOSE, DIFFERENT, MISSING, PART, Levels, Reals
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, LeadColumns, Longs

Told = Callable[[float], object]
_BATCH = 500_000
_HOPELESS = -14.0  # bits; pairs below it are forgotten
_WORTH = -8.0  # bits; pairs below it take no part in any group
_SURE = 3.0  # bits that equal keys and names must have besides to be certain
_KNOWN = 30.0  # bits of one external id
_DOUBTFUL = -9.0  # bits; pairs below it teach nothing


class TrainedModel(NamedTuple):
    """What a scan of a whole file learns: weights, how many leads and pairs of colleagues they are for, and by block
    how many leads at most may share a value."""

    model: WeightModel
    size: int
    firms: float
    largest: dict[str, int]


class ScoredPairs(NamedTuple):
    """Pairs worth a look by ascending left, right (places, left < right): odds in bits, a row of levels (in the order
    of FIELDS), whether they are certain, and whether they are so by an external id."""

    left: Codes
    right: Codes
    odds: Reals
    levels: Levels
    certain: NDArray[np.bool_]
    twin: NDArray[np.bool_]

    @property
    def keys(self) -> Longs:
        """left << 32 | right."""
        return self.left.astype(np.int64) << 32 | self.right

    def only(self, wanted: NDArray[np.bool_]) -> ScoredPairs:
        """The pairs marked in `wanted`."""
        return ScoredPairs._make(column[wanted] for column in self)


class ScanResult(NamedTuple):
    """Pairs worth a look, and what is needed to judge further ones."""

    marks: BlockingKeys
    pairs: ScoredPairs
    learnt: TrainedModel
    comparing: Comparator | DistantComparator


def split_pairs(keys: Longs) -> tuple[Codes, Codes]:
    """left << 32 | right -> left, right."""
    return (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)


def are_colleagues(firm: Codes) -> float:
    """How many pairs of leads belong to one firm."""
    counts = np.unique(firm[firm >= 0], return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def scan_leads(
    columns: LeadColumns, told: Told = lambda share: None, *, learnt: TrainedModel | None = None
) -> ScanResult:
    """All likely pairs of the leads; `told` hears the share of the work done (0 to 1). What was `learnt` before is
    learnt anew unless given."""
    found = build_key_forms(columns)
    marked = build_blocking_keys(columns, found)
    judge = Comparator(columns, found, count_frequencies(columns, found))
    asked = candidate_pairs(marked)
    size = max(2, len(columns.ids))
    given = learnt or TrainedModel(usual_levels(size), size, are_colleagues(marked.firm), asked.largest)
    left, right, likeness = _compare_pairs(judge, asked, given, least=_WORTH if learnt else _HOPELESS, told=told)
    if not learnt:
        learner = EMTrainer(likeness, size, given.firms)
        close = learner.odds(given.model) > _DOUBTFUL
        given = given._replace(model=EMTrainer(likeness.only(close), size, given.firms).learn())
    return ScanResult(marked, weigh_pairs(judge, (left, right), likeness, given), given, judge)


def match_new_leads(judge: Comparator | DistantComparator, asked: CandidatePairs, learnt: TrainedModel) -> ScoredPairs:
    """The likely ones of these candidates by what was learnt before."""
    left, right, likeness = _compare_pairs(judge, asked, learnt, least=_WORTH)
    return weigh_pairs(judge, (left, right), likeness, learnt)


def _compare_pairs(
    judge: Comparator | DistantComparator,
    asked: CandidatePairs,
    learnt: TrainedModel,
    *,
    least: float,
    told: Told = lambda share: None,
) -> tuple[Codes, Codes, ComparisonLevels]:
    """The candidates above `least` bits."""
    total, done = len(asked.sure) + len(asked.rest), 0
    kept: list[tuple[Codes, Codes, ComparisonLevels]] = []
    for keys, strict in ((asked.sure, False), (asked.rest, True)):
        for begin in range(0, max(1, len(keys)), _BATCH):
            left, right = split_pairs(keys[begin : begin + _BATCH])
            done += len(left)
            names = judge.names(left, right)
            if strict:
                like = (names[0] != DIFFERENT) & (names[1] != DIFFERENT)
                left, right = left[like], right[like]
                names = names[0][like], names[1][like], names[2][like], names[3][like]
            likeness = judge.completed(left, right, names)
            near = EMTrainer(likeness, learnt.size, learnt.firms).odds(learnt.model) > least
            kept.append((left[near], right[near], likeness.only(near)))
            told(done / max(1, total))
    left, right = np.concatenate([part[0] for part in kept]), np.concatenate([part[1] for part in kept])
    return left, right, join_levels([part[2] for part in kept])


def weigh_pairs(
    judge: Comparator | DistantComparator,
    sides: tuple[Codes, Codes],
    likeness: ComparisonLevels,
    learnt: TrainedModel,
    *,
    twins: bool = False,
) -> ScoredPairs:
    """The pairs worth a look; of `twins` (of one external id) all whose names do not contradict it."""
    odds = EMTrainer(likeness, learnt.size, learnt.firms).odds(learnt.model)
    likely = _names_agree(likeness) if twins else odds > _WORTH
    left, right, odds, likeness = sides[0][likely], sides[1][likely], odds[likely], likeness.only(likely)
    certain = np.full(len(left), twins)
    if twins:
        odds = np.full(len(left), _KNOWN, np.float32)
    else:
        certain = judge.equal_keys(left, right) & _names_agree(likeness) & (odds > _SURE)
    levels = np.stack([likeness.levels[field] for field in FIELDS], axis=1)
    return order_pairs(ScoredPairs(left, right, odds, levels, certain, np.full(len(left), twins)))


def order_pairs(*parts: ScoredPairs) -> ScoredPairs:
    """All the pairs in order; of a pair that comes several times the one with the best odds."""
    pairs = ScoredPairs._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    keys = pairs.keys
    order = np.lexsort((-pairs.odds, keys)) if len(parts) > 1 else np.argsort(keys)
    first = np.ones(len(keys), bool)
    first[1:] = keys[order][1:] != keys[order][:-1]
    return ScoredPairs._make(column[order[first]] for column in pairs)


def add_twins(scanned: ScanResult, left: Codes, right: Codes) -> ScanResult:
    """The scan with further pairs (places left < right) of one external id: certain, unless the names contradict."""
    judge = scanned.comparing
    pairs = weigh_pairs(judge, (left, right), judge.likeness(left, right), scanned.learnt, twins=True)
    return scanned._replace(pairs=order_pairs(scanned.pairs, pairs)) if len(pairs.left) else scanned


def _names_agree(likeness: ComparisonLevels) -> NDArray[np.bool_]:
    """Neither name (of a firm without people: its own) contradicts: nicknames, initials, slips, or one left out."""
    given, family, company = (likeness.levels[field] for field in ("given", "family", "company"))
    nobody = (given == MISSING) & (family == MISSING)
    persons = ((given >= PART) | (given == MISSING)) & ((family >= CLOSE) | (family == MISSING))
    return np.asarray(np.where(nobody, (company >= CLOSE) | (company == MISSING), persons), bool)


def group_pairs(scanned: ScanResult, least: float, apart: frozenset[tuple[int, int]] = frozenset()) -> list[Cluster]:
    """Clusters above `least` bits; pairs inside a component that no block proposed are judged too.

    `apart`: pairs of places (left < right) that never belong together.
    """
    left, right, odds = scanned.pairs[:3]
    return clusters(Edges(left, right, odds, apart), least=least, score=_scorer(scanned))


def certain_groups(scanned: ScanResult, apart: frozenset[tuple[int, int]] = frozenset()) -> list[Cluster]:
    """Clusters of certain pairs alone: what may be merged without asking."""
    left, right, odds = scanned.pairs.only(scanned.pairs.certain)[:3]
    return clusters(Edges(left, right, odds, apart), least=0.0, score=_scorer(scanned))


def _scorer(scanned: ScanResult) -> Callable[[Codes, Codes], Reals]:
    """The odds of any pairs, judged where they are not known."""
    keys, learnt = scanned.pairs.keys, scanned.learnt

    def score(left: Codes, right: Codes) -> Reals:
        asked = left.astype(np.int64) << 32 | right
        place = np.searchsorted(keys, asked)
        known = np.append(keys, -1)[place] == asked
        found = np.append(scanned.pairs.odds, np.float32(0))[place]
        strange = np.flatnonzero(~known)
        for begin in range(0, len(strange), _BATCH):
            part = strange[begin : begin + _BATCH]
            likeness = scanned.comparing.likeness(left[part], right[part])
            found[part] = EMTrainer(likeness, learnt.size, learnt.firms).odds(learnt.model)
        return found

    return score
