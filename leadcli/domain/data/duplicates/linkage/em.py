"""How much each likeness weighs: log-odds in bits that two leads are one, learnt from the leads themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.comparison import FIELDS, ComparisonLevels
from leadcli.domain.data.duplicates.linkage.text_similarity import PART

Bits = NDArray[np.float32]


class LevelWeight(NamedTuple):
    """One field. `share`: how often true duplicates show each level from DIFFERENT to SAME (sums to 1); `bits`: what
    the level is worth before rarity; `cap`: the most that rarity adds at PART, CLOSE, ALIAS, SAME."""

    share: tuple[float, float, float, float, float, float]
    bits: tuple[float, float, float, float, float, float]
    cap: tuple[float, float, float, float]


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
_SOFT = 0.004  # no share is taken for nothing


class WeightModel(NamedTuple):
    """What was learnt: prior log-odds of any pair, bits of each field's levels (0 = missing first)."""

    prior: float
    tables: dict[str, NDArray[np.float32]]


def frequency_weight(field: str, likeness: ComparisonLevels) -> Bits:
    """The bits that the shared value's rarity adds, capped by level."""
    cap = np.zeros(7, np.float32)
    cap[PART:] = WEIGHTS[field].cap
    return np.minimum(likeness.bits[field], cap[likeness.levels[field]])


def weight_table(field: str, share: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bits a level is worth when duplicates show the levels as often as `share` says."""
    weight = WEIGHTS[field]
    usual = np.array(weight.share) + _SOFT
    return np.concatenate([[0.0], np.array(weight.bits) + np.log2((share + _SOFT) / usual)]).astype(np.float32)


def weight_side(likeness: ComparisonLevels, rare: dict[str, Bits], shares: Mapping[str, Sequence[float]]) -> Bits:
    """Bits for 'two, but sharing what `shares` says' against 'two that have nothing to do with each other'."""
    total = np.zeros(len(likeness.levels["given"]), np.float32)
    for field, share in shares.items():
        total += weight_table(field, np.array(share))[likeness.levels[field]] + rare[field]
    return total


def possible_levels(size: int) -> float:
    """Pairs a lead's duplicate is looked for among; a file of two is one of a small desk, not proof by being small."""
    return size * (size + 50) / 2


def usual_levels(size: int) -> WeightModel:
    """The model before anything is learnt: one lead in eight has a duplicate."""
    tables = {field: weight_table(field, np.array(WEIGHTS[field].share)) for field in FIELDS}
    return WeightModel(float(np.log2(0.12 * size / possible_levels(size))), tables)


class EMTrainer:
    """Expectation-maximisation over candidate pairs.

    After Fellegi & Sunter 1969, Winkler 1988 and (EM) Dempster, Laird & Rubin 1977. Two leads are one, or
    colleagues, or of one household, or strangers. The last three have fixed shapes; what is learnt is how often
    duplicates exist and how often they show each level, kept near the usual shares by `inertia` pairs of them, so
    that a small file gets the usual weights and a large one its own. `firms` is the number of pairs of leads at one
    firm.
    """

    def __init__(self, likeness: ComparisonLevels, size: int, firms: float) -> None:
        self.levels, self.size = likeness.levels, size
        rare = {field: frequency_weight(field, likeness) for field in FIELDS}
        self.rare = np.zeros(len(likeness.levels["given"]), np.float32)
        for bits in rare.values():
            self.rare += bits
        pairs = possible_levels(size)
        nobody = (likeness.levels["given"] == 0) & (likeness.levels["family"] == 0)
        office = np.log2(max(firms, 0.05 * size) / pairs) + weight_side(likeness, rare, COLLEAGUES)
        office[nobody] = -99
        household = np.log2(0.03 * size / pairs) + weight_side(likeness, rare, HOUSEHOLD)
        self.others = np.logaddexp2(np.logaddexp2(office, household), np.float32(0))

    def odds(self, model: WeightModel) -> Bits:
        """Log-odds in bits that each pair is one person or firm."""
        total = self.rare + np.float32(model.prior)
        for field in FIELDS:
            total += model.tables[field][self.levels[field]]
        return np.asarray(total - self.others, np.float32)

    def learn(self, rounds: int = 8, inertia: float = 60) -> WeightModel:
        """The model after some rounds; 'inertia' is the weight of the usual shares in pairs."""
        pairs = possible_levels(self.size)
        model = usual_levels(self.size)
        for _ in range(rounds):
            chance = 1 / (1 + np.exp2(-np.clip(self.odds(model), -60, 60)))
            found = float(chance.sum())
            model = WeightModel(float(np.log2((found + 0.02 * self.size) / pairs)), self._tables(chance, inertia))
        return model

    def _tables(self, chance: NDArray[np.floating[Any]], inertia: float) -> dict[str, NDArray[np.float32]]:
        tables = {}
        for field in FIELDS:
            seen = np.bincount(self.levels[field], weights=chance, minlength=7)[1:7]
            shares = np.array(WEIGHTS[field].share)
            tables[field] = weight_table(field, (seen + inertia * shares) / (seen.sum() + inertia * shares.sum()))
        return tables
