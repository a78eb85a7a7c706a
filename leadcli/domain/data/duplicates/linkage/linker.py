"""One scan: blocking keys -> candidate pairs -> comparison -> trained weights -> odds of every likely pair.

What a score is made of, in the words of a salesperson.

Clusters of leads from scored pairs: average-link agglomeration with cannot-link pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import BlockingKeys, build_blocking_keys, build_key_forms
from leadcli.domain.data.duplicates.linkage.candidate_pairs import CandidatePairs, find_candidate_pairs
from leadcli.domain.data.duplicates.linkage.comparison import (
    FIELDS,
    Comparator,
    ComparisonLevels,
    LazyComparator,
    join_levels,
)
from leadcli.domain.data.duplicates.linkage.em import EMTrainer, WeightModel, build_default_model, weigh_rarity
from leadcli.domain.data.duplicates.linkage.frequencies import count_frequencies
from leadcli.domain.data.duplicates.linkage.text_similarity import (
    ALIAS,
    CLOSE,
    DIFFERENT,
    MISSING,
    PART,
    SAME,
    SIMILAR,
    Levels,
    Reals,
)
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, LeadColumns, Longs

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


# Bits: one chance in three scores 85, so that the list begins where one more group still helps more than it misleads.
_SHIFT = 3.4
_PERCENT = {DIFFERENT: 0, SIMILAR: 70, PART: 80, CLOSE: 90, ALIAS: 95, SAME: 100}
_WORDS = {
    "email": {SAME: "same e-mail", CLOSE: "e-mail a slip apart", ALIAS: "same mailbox name", PART: "same mailbox name"},
    "phone": {SAME: "same phone", CLOSE: "phone one digit apart", PART: "phone ends alike"},
    "birthday": {SAME: "same birthday", CLOSE: "birthday a slip apart"},
    "postcode": {SAME: "same postcode", CLOSE: "postcode a slip apart"},
}
_REASON_NAMES = {"company": "company", "city": "city", "street": "street"}


class FieldContribution(NamedTuple):
    """One field's part of a pair's score: what was found and its bits (positive: for, negative: against)."""

    field: str
    observation: str
    bits: float


def score_of_odds(odds: float) -> int:
    """Log-odds in bits -> 0-100: 85 where one pair in three is one; 100 only above 99.5."""
    return round(100 / (1 + math.exp2(-min(60.0, max(-60.0, odds + _SHIFT)))))


def odds_of_score(points: float) -> float:
    """The log-odds in bits at which a score begins; the inverse of score_of_odds()."""
    share = min(0.999999, max(0.000001, points / 100))
    return float(np.log2(share / (1 - share))) - _SHIFT


def name_percent(first_level: int, last_level: int) -> int | None:
    """How alike two names are in percent; None when neither part could be compared."""
    known = [_PERCENT[level] for level in (first_level, last_level) if level != MISSING]
    return round(sum(known) / len(known)) if known else None


def pair_reasons(levels: Mapping[str, int]) -> list[str]:
    """What speaks for a pair, strongest first: ['same e-mail', 'name 95, company equal']."""
    reasons = [
        _WORDS[field][levels[field]] for field in ("email", "phone", "birthday") if levels[field] in _WORDS[field]
    ]
    alike = name_percent(levels["given"], levels["family"])
    parts = [] if alike is None or alike < 40 else ["name equal" if alike == 100 else f"name {alike}"]
    for field, word in _REASON_NAMES.items():
        if field == "company" and levels[field] == PART:
            parts.append("same e-mail domain")
        elif levels[field] >= CLOSE or (field == "company" and levels[field] >= SIMILAR):
            parts.append(f"{word} equal" if levels[field] == SAME else f"{word} {_PERCENT[levels[field]]}")
    return [*reasons, ", ".join(parts)] if parts else reasons


def reasons_of_pairs(scan: ScanResult, numbers: list[int]) -> list[list[str]]:
    """The reasons of some of the scanned pairs, the shared address named: ['same e-mail ada@acme.com', 'name 95']."""
    pairs, email = scan.pairs, FIELDS.index("email")
    shared = [at for at in numbers if pairs.levels[at, email] == SAME]
    emails = dict(
        zip(shared, scan.comparator.find_shared_emails(pairs.left[shared], pairs.right[shared]), strict=True)
        if shared
        else ()
    )
    by_levels: dict[bytes, list[str]] = {}
    listed = []
    for at in numbers:
        row = pairs.levels[at].tobytes()
        if row not in by_levels:
            by_levels[row] = pair_reasons(dict(zip(FIELDS, row, strict=True)))
        reasons = by_levels[row]
        if at in emails:
            reasons = [f"{reasons[0]} {emails[at]}".rstrip(), *reasons[1:]]
        listed.append(["same external id", *reasons] if pairs.same_external_id[at] else reasons)
    return listed


def contributions(scan: ScanResult, left: int, right: int) -> list[FieldContribution]:
    """Each field's part of the odds of one pair of places, largest first, then what starts every pair (rarity of
    duplicates, and what colleagues or a household would share anyway); their sum is the pair's log-odds in bits."""
    one, other = np.array([min(left, right)], np.int32), np.array([max(left, right)], np.int32)
    comparison, model = scan.comparator.compare_pairs(one, other), scan.trained.weights
    trainer = EMTrainer(comparison, scan.trained.lead_count, scan.trained.colleague_pairs)
    parts_ = []
    for field in FIELDS:
        level = int(comparison.levels[field][0])
        if level == MISSING:
            continue
        bits = float(model.level_weights[field][level] + weigh_rarity(field, comparison)[0])
        word = _WORDS.get(field, {}).get(level) or ("equal" if level == SAME else f"{_PERCENT[level]}")
        parts_.append(FieldContribution(field, word, round(bits, 1)))
    parts_.sort(key=lambda part: -abs(part.bits))
    parts_.append(FieldContribution("shared anyway", "colleagues, household", round(-float(trainer.other_odds[0]), 1)))
    parts_.append(FieldContribution("start", "any two leads", round(model.prior_odds, 1)))
    return parts_
