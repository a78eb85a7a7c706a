"""One scan: blocking keys -> candidate pairs -> comparison -> trained weights -> odds of every likely pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import BlockingKeys, build_blocking_keys, build_key_forms
from leadcli.domain.data.duplicates.linkage.candidate_pairs import CandidatePairs, find_candidate_pairs
from leadcli.domain.data.duplicates.linkage.clusters import Cluster, Edges, cluster_pairs
from leadcli.domain.data.duplicates.linkage.comparison import (
    FIELDS,
    Comparator,
    ComparisonLevels,
    LazyComparator,
    join_levels,
)
from leadcli.domain.data.duplicates.linkage.em import EMTrainer, WeightModel, build_default_model
from leadcli.domain.data.duplicates.linkage.frequencies import count_frequencies
from leadcli.domain.data.duplicates.linkage.text_similarity import CLOSE, DIFFERENT, MISSING, PART, Levels, Reals
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, LeadColumns, Longs

Progress = Callable[[float], object]
_BATCH = 500_000
_MIN_ODDS_UNTRAINED = -14.0  # bits; pairs below it are forgotten
_MIN_ODDS = -8.0  # bits; pairs below it take no part in any group
_SURE = 3.0  # bits that equal keys and names must have besides to be certain
_EXTERNAL_ID = 30.0  # bits of one external id
_MIN_ODDS_TRAINING = -9.0  # bits; pairs below it teach nothing


class TrainedModel(NamedTuple):
    """What a scan of a whole desk trains: the weights, the number of leads and of colleague pairs they are for, and by
    blocking rule how many leads at most may share a key."""

    weights: WeightModel
    lead_count: int
    colleague_pairs: float
    block_limits: dict[str, int]


class ScoredPairs(NamedTuple):
    """Pairs worth a look by ascending left, right (places, left < right): odds in bits, a row of levels (in the order
    of FIELDS), whether they are certain, and whether they are so by an external id."""

    left: Codes
    right: Codes
    odds: Reals
    levels: Levels
    certain: NDArray[np.bool_]
    same_external_id: NDArray[np.bool_]

    @property
    def keys(self) -> Longs:
        """left << 32 | right."""
        return self.left.astype(np.int64) << 32 | self.right

    def select(self, selected: NDArray[np.bool_]) -> ScoredPairs:
        """The pairs marked in `selected`."""
        return ScoredPairs._make(column[selected] for column in self)


class ScanResult(NamedTuple):
    """The likely pairs, and what is needed to score further ones."""

    blocking_keys: BlockingKeys
    pairs: ScoredPairs
    trained: TrainedModel
    comparator: Comparator | LazyComparator


def split_pairs(keys: Longs) -> tuple[Codes, Codes]:
    """left << 32 | right -> left, right."""
    return (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)


def count_colleague_pairs(firm: Codes) -> float:
    """How many pairs of leads belong to one firm."""
    counts = np.unique(firm[firm >= 0], return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def scan_leads(
    columns: LeadColumns, progress: Progress = lambda share: None, *, trained: TrainedModel | None = None
) -> ScanResult:
    """All likely pairs of the leads; `progress` is called with the share of the work done (0 to 1). The model is
    trained on these leads unless a `trained` one is passed."""
    forms = build_key_forms(columns)
    keys = build_blocking_keys(columns, forms)
    comparator = Comparator(columns, forms, count_frequencies(columns, forms))
    candidates = find_candidate_pairs(keys)
    size = max(2, len(columns.ids))
    model = trained or TrainedModel(
        build_default_model(size), size, count_colleague_pairs(keys.firm), candidates.block_limits
    )
    left, right, comparison = _compare_pairs(
        comparator, candidates, model, least=_MIN_ODDS if trained else _MIN_ODDS_UNTRAINED, progress=progress
    )
    if not trained:
        trainer = EMTrainer(comparison, size, model.colleague_pairs)
        close = trainer.compute_odds(model.weights) > _MIN_ODDS_TRAINING
        model = model._replace(weights=EMTrainer(comparison.select(close), size, model.colleague_pairs).train())
    return ScanResult(keys, score_pairs(comparator, (left, right), comparison, model), model, comparator)


def score_candidates(
    comparator: Comparator | LazyComparator, candidates: CandidatePairs, trained: TrainedModel
) -> ScoredPairs:
    """The likely ones of these candidates, scored by a trained model."""
    left, right, comparison = _compare_pairs(comparator, candidates, trained, least=_MIN_ODDS)
    return score_pairs(comparator, (left, right), comparison, trained)


def _compare_pairs(
    comparator: Comparator | LazyComparator,
    candidates: CandidatePairs,
    trained: TrainedModel,
    *,
    least: float,
    progress: Progress = lambda share: None,
) -> tuple[Codes, Codes, ComparisonLevels]:
    """The candidates above `least` bits."""
    total, done = len(candidates.strong) + len(candidates.weak), 0
    compared: list[tuple[Codes, Codes, ComparisonLevels]] = []
    for keys, strict in ((candidates.strong, False), (candidates.weak, True)):
        for begin in range(0, max(1, len(keys)), _BATCH):
            left, right = split_pairs(keys[begin : begin + _BATCH])
            done += len(left)
            names = comparator.compare_names(left, right)
            if strict:
                like = (names[0] != DIFFERENT) & (names[1] != DIFFERENT)
                left, right = left[like], right[like]
                names = names[0][like], names[1][like], names[2][like], names[3][like]
            comparison = comparator.compare_fields(left, right, names)
            near = (
                EMTrainer(comparison, trained.lead_count, trained.colleague_pairs).compute_odds(trained.weights) > least
            )
            compared.append((left[near], right[near], comparison.select(near)))
            progress(done / max(1, total))
    left, right = np.concatenate([part[0] for part in compared]), np.concatenate([part[1] for part in compared])
    return left, right, join_levels([part[2] for part in compared])


def score_pairs(
    comparator: Comparator | LazyComparator,
    sides: tuple[Codes, Codes],
    comparison: ComparisonLevels,
    trained: TrainedModel,
    *,
    twins: bool = False,
) -> ScoredPairs:
    """The pairs worth a look; of `twins` (of one external id) all whose names do not contradict it."""
    odds = EMTrainer(comparison, trained.lead_count, trained.colleague_pairs).compute_odds(trained.weights)
    likely = _names_agree(comparison) if twins else odds > _MIN_ODDS
    left, right, odds, comparison = sides[0][likely], sides[1][likely], odds[likely], comparison.select(likely)
    certain = np.full(len(left), twins)
    if twins:
        odds = np.full(len(left), _EXTERNAL_ID, np.float32)
    else:
        certain = comparator.has_equal_key(left, right) & _names_agree(comparison) & (odds > _SURE)
    levels = np.stack([comparison.levels[field] for field in FIELDS], axis=1)
    return order_pairs(ScoredPairs(left, right, odds, levels, certain, np.full(len(left), twins)))


def order_pairs(*parts: ScoredPairs) -> ScoredPairs:
    """All the pairs in order; of a pair that comes several times the one with the best odds."""
    pairs = ScoredPairs._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    keys = pairs.keys
    order = np.lexsort((-pairs.odds, keys)) if len(parts) > 1 else np.argsort(keys)
    first = np.ones(len(keys), bool)
    first[1:] = keys[order][1:] != keys[order][:-1]
    return ScoredPairs._make(column[order[first]] for column in pairs)


def add_external_id_pairs(scan: ScanResult, left: Codes, right: Codes) -> ScanResult:
    """The scan with further pairs (places left < right) of one external id: certain, unless the names contradict."""
    comparator = scan.comparator
    pairs = score_pairs(comparator, (left, right), comparator.compare_pairs(left, right), scan.trained, twins=True)
    return scan._replace(pairs=order_pairs(scan.pairs, pairs)) if len(pairs.left) else scan


def _names_agree(comparison: ComparisonLevels) -> NDArray[np.bool_]:
    """Neither name (of a firm without people: its own) contradicts: nicknames, initials, slips, or one left out."""
    first_level, last_level, company = (comparison.levels[field] for field in ("given", "family", "company"))
    nobody = (first_level == MISSING) & (last_level == MISSING)
    persons = ((first_level >= PART) | (first_level == MISSING)) & ((last_level >= CLOSE) | (last_level == MISSING))
    return np.asarray(np.where(nobody, (company >= CLOSE) | (company == MISSING), persons), bool)


def group_pairs(scan: ScanResult, least: float, cannot_link: frozenset[tuple[int, int]] = frozenset()) -> list[Cluster]:
    """Clusters above `least` bits; pairs inside a component that no blocking rule proposed are scored too.

    `cannot_link`: pairs of places (left < right) that never belong together.
    """
    left, right, odds = scan.pairs[:3]
    return cluster_pairs(Edges(left, right, odds, cannot_link), least=least, score=_scorer(scan))


def certain_groups(scan: ScanResult, cannot_link: frozenset[tuple[int, int]] = frozenset()) -> list[Cluster]:
    """Clusters of certain pairs alone: what may be merged without asking."""
    left, right, odds = scan.pairs.select(scan.pairs.certain)[:3]
    return cluster_pairs(Edges(left, right, odds, cannot_link), least=0.0, score=_scorer(scan))


def _scorer(scan: ScanResult) -> Callable[[Codes, Codes], Reals]:
    """A function that gives the odds of any pairs: known ones are looked up, others are compared."""
    keys, trained = scan.pairs.keys, scan.trained

    def score(left: Codes, right: Codes) -> Reals:
        candidates = left.astype(np.int64) << 32 | right
        place = np.searchsorted(keys, candidates)
        known = np.append(keys, -1)[place] == candidates
        odds = np.append(scan.pairs.odds, np.float32(0))[place]
        unknown = np.flatnonzero(~known)
        for begin in range(0, len(unknown), _BATCH):
            part = unknown[begin : begin + _BATCH]
            comparison = scan.comparator.compare_pairs(left[part], right[part])
            odds[part] = EMTrainer(comparison, trained.lead_count, trained.colleague_pairs).compute_odds(
                trained.weights
            )
        return odds

    return score
