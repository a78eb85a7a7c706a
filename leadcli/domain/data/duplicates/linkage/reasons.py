"""What a score is made of, in the words of a salesperson."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from leadcli.domain.data.duplicates.linkage.comparison import FIELDS
from leadcli.domain.data.duplicates.linkage.em import EMTrainer, weigh_rarity
from leadcli.domain.data.duplicates.linkage.linker import ScanResult
from leadcli.domain.data.duplicates.linkage.text_similarity import ALIAS, CLOSE, DIFFERENT, MISSING, PART, SAME, SIMILAR

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
