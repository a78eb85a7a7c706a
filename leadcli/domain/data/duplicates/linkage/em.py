"""Match weights of Fellegi-Sunter, in bits, trained by expectation-maximisation (EM) on the leads themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.comparison import FIELDS, ComparisonLevels
from leadcli.domain.data.duplicates.linkage.text_similarity import PART

Bits = NDArray[np.float32]


class LevelWeight(NamedTuple):
    """The default weights of one field.

    `m_probabilities`: how often true duplicates show each level from DIFFERENT to SAME (sums to 1). `bits`: the match
    weight log2(m / u) of each level before rarity, which fixes the u-probability. `rarity_caps`: the most bits that
    rarity (term frequency) adds at PART, CLOSE, ALIAS, SAME.
    """

    m_probabilities: tuple[float, float, float, float, float, float]
    bits: tuple[float, float, float, float, float, float]
    rarity_caps: tuple[float, float, float, float]


# levels:            DIFFERENT SIMILAR PART  CLOSE ALIAS SAME
WEIGHTS: dict[str, LevelWeight] = {
    "given": LevelWeight((0.03, 0.01, 0.03, 0.08, 0.05, 0.80), (-6, -1, 3, -4, -3, -0.3), (0, 11, 12, 16)),
    "family": LevelWeight((0.03, 0.01, 0.01, 0.10, 0.03, 0.82), (-6, -1, 1, -4, -3, -0.3), (0, 13, 14, 18)),
    "email": LevelWeight((0.20, 0.01, 0.06, 0.03, 0.02, 0.68), (-2, -4, 0, 12, 8, 4), (0, 0, 0, 20)),
    "phone": LevelWeight((0.04, 0.00, 0.01, 0.03, 0.00, 0.92), (-4, 0, 4, 8, 0, 2), (0, 0, 0, 20)),
    "company": LevelWeight((0.10, 0.03, 0.10, 0.14, 0.00, 0.63), (-3.3, 2, 9.5, 6, 0, -0.5), (0, 4, 0, 18)),
    "city": LevelWeight((0.07, 0.01, 0.00, 0.12, 0.00, 0.80), (-3, -0.5, 0, 0, 0, -0.3), (0, 5, 0, 10)),
    "street": LevelWeight((0.12, 0.15, 0.00, 0.33, 0.00, 0.40), (-3, 3, 0, -2, 0, -1), (0, 12, 0, 16)),
    "postcode": LevelWeight((0.05, 0.00, 0.00, 0.15, 0.00, 0.80), (-3, 0, 0, 3, 0, -0.3), (0, 0, 0, 13)),
    "birthday": LevelWeight((0.10, 0.00, 0.00, 0.08, 0.00, 0.82), (-3.3, 0, 0, 2, 0, -0.3), (0, 0, 0, 15)),
    "generation": LevelWeight((0.02, 0.0, 0.0, 0.0, 0.0, 0.98), (-7, 0, 0, 0, 0, 0), (0, 0, 0, 4)),
}

# What leads of two people share when they are colleagues or one household: level shares like above.
COLLEAGUES = {
    "company": (0.03, 0.03, 0.10, 0.09, 0.00, 0.75),
    "email": (0.25, 0.70, 0.01, 0.01, 0.00, 0.03),
    "phone": (0.65, 0.00, 0.05, 0.00, 0.00, 0.30),
    "city": (0.25, 0.00, 0.00, 0.05, 0.00, 0.70),
    "street": (0.20, 0.10, 0.00, 0.20, 0.00, 0.50),
    "postcode": (0.20, 0.00, 0.00, 0.05, 0.00, 0.75),
}
HOUSEHOLD = {
    "family": (0.10, 0.01, 0.01, 0.05, 0.03, 0.80),
    "email": (0.85, 0.05, 0.03, 0.01, 0.00, 0.06),
    "phone": (0.45, 0.00, 0.02, 0.03, 0.00, 0.50),
    "city": (0.08, 0.01, 0.00, 0.11, 0.00, 0.80),
    "street": (0.10, 0.10, 0.00, 0.20, 0.00, 0.60),
    "postcode": (0.08, 0.00, 0.00, 0.10, 0.00, 0.82),
}
_SMOOTHING = 0.004  # no share is taken for nothing


class WeightModel(NamedTuple):
    """The model, in bits: prior log-odds of any pair, match weight of each field's levels (MISSING first, 0)."""

    prior_odds: float
    level_weights: dict[str, NDArray[np.float32]]


def weigh_rarity(field: str, comparison: ComparisonLevels) -> Bits:
    """The bits that the rarity (term frequency) of the shared value adds, capped by level."""
    cap = np.zeros(7, np.float32)
    cap[PART:] = WEIGHTS[field].rarity_caps
    return np.minimum(comparison.bits[field], cap[comparison.levels[field]])


def compute_level_weights(field: str, m_probabilities: NDArray[np.float64]) -> NDArray[np.float32]:
    """The match weight of each level in bits for these m-probabilities (DIFFERENT to SAME); MISSING weighs 0."""
    weight = WEIGHTS[field]
    default = np.array(weight.m_probabilities) + _SMOOTHING
    return np.concatenate([[0.0], np.array(weight.bits) + np.log2((m_probabilities + _SMOOTHING) / default)]).astype(
        np.float32
    )


def weigh_alternative(
    comparison: ComparisonLevels, rare: dict[str, Bits], m_probabilities: Mapping[str, Sequence[float]]
) -> Bits:
    """The match weight in bits of a pair of related people, with these m-probabilities, against unrelated people."""
    total = np.zeros(len(comparison.levels["given"]), np.float32)
    for field, probabilities in m_probabilities.items():
        total += compute_level_weights(field, np.array(probabilities))[comparison.levels[field]] + rare[field]
    return total


def count_possible_pairs(size: int) -> float:
    """The number of pairs the prior is spread over. Fifty more leads are assumed, so a tiny file proves nothing."""
    return size * (size + 50) / 2


def build_default_model(size: int) -> WeightModel:
    """The model before training: about one lead in eight has a duplicate."""
    tables = {field: compute_level_weights(field, np.array(WEIGHTS[field].m_probabilities)) for field in FIELDS}
    return WeightModel(float(np.log2(0.12 * size / count_possible_pairs(size))), tables)


class EMTrainer:
    """Expectation-maximisation over candidate pairs.

    After Fellegi & Sunter 1969, Winkler 1988 and (EM) Dempster, Laird & Rubin 1977. Two leads are one, or
    colleagues, or of one household, or strangers. The last three have fixed m-probabilities. Trained are the prior and
    the m-probabilities of duplicates. `inertia` pairs of the default shares are added to the counts, so that a small
    file gets the default weights and a large one its own. `colleague_pairs` is the number of pairs of leads at one
    firm.
    """

    def __init__(self, comparison: ComparisonLevels, size: int, colleague_pairs: float) -> None:
        self.levels, self.size = comparison.levels, size
        rare = {field: weigh_rarity(field, comparison) for field in FIELDS}
        self.rare = np.zeros(len(comparison.levels["given"]), np.float32)
        for bits in rare.values():
            self.rare += bits
        pairs = count_possible_pairs(size)
        is_nameless = (comparison.levels["given"] == 0) & (comparison.levels["family"] == 0)
        colleagues = np.log2(max(colleague_pairs, 0.05 * size) / pairs) + weigh_alternative(
            comparison, rare, COLLEAGUES
        )
        colleagues[is_nameless] = -99
        household = np.log2(0.03 * size / pairs) + weigh_alternative(comparison, rare, HOUSEHOLD)
        self.other_odds = np.logaddexp2(np.logaddexp2(colleagues, household), np.float32(0))

    def compute_odds(self, model: WeightModel) -> Bits:
        """Posterior log-odds in bits that each pair is one person or firm: prior plus match weights."""
        total = self.rare + np.float32(model.prior_odds)
        for field in FIELDS:
            total += model.level_weights[field][self.levels[field]]
        return np.asarray(total - self.other_odds, np.float32)

    def train(self, rounds: int = 8, inertia: float = 60) -> WeightModel:
        """The model after some rounds; 'inertia' is the weight of the usual shares in pairs."""
        pairs = count_possible_pairs(self.size)
        model = build_default_model(self.size)
        for _ in range(rounds):
            probability = 1 / (1 + np.exp2(-np.clip(self.compute_odds(model), -60, 60)))
            matches = float(probability.sum())
            model = WeightModel(
                float(np.log2((matches + 0.02 * self.size) / pairs)), self._tables(probability, inertia)
            )
        return model

    def _tables(self, probability: NDArray[np.floating[Any]], inertia: float) -> dict[str, NDArray[np.float32]]:
        tables = {}
        for field in FIELDS:
            observed = np.bincount(self.levels[field], weights=probability, minlength=7)[1:7]
            defaults = np.array(WEIGHTS[field].m_probabilities)
            tables[field] = compute_level_weights(
                field, (observed + inertia * defaults) / (observed.sum() + inertia * defaults.sum())
            )
        return tables
