"""Levels of likeness of two texts: companies, cities, streets, postcodes and birthdays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.frequencies import ValueCounts
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, Longs, WordCodes

Levels = NDArray[np.uint8]
Reals = NDArray[np.float32]
Texts = NDArray[np.object_]

MISSING, DIFFERENT, SIMILAR, PART, CLOSE, ALIAS, SAME = range(7)
_UNSEEN_PEOPLE = 300  # people beyond those in the file
# how many people share any one value
_TYPICAL = {"company": 0.0005, "city": 0.01, "street": 0.0002, "postcode": 0.001, "birthday": 0.00004}
_NOT_COUNTED = 99  # edits of a pair that was not worth counting


def pad_texts(values: list[str]) -> Texts:
    """An array of the texts with '' behind them, so that code -1 reads ''."""
    padded = np.empty(len(values) + 1, object)
    padded[:-1] = values
    padded[-1] = ""
    return padded


def rarity(counts: ValueCounts, typical: float) -> Reals:
    """-log2 of each value's share among people (term frequency); 0 for code -1, the last place.

    The file counts as a sample of more people, of whom any value is shared by `typical`: what two leads of a file of
    ten have in common is not common.
    """
    bits = np.log2(counts.total + _UNSEEN_PEOPLE) - np.log2(
        np.maximum(counts.counts - 1, 0.5) + _UNSEEN_PEOPLE * typical
    )
    return np.append(np.maximum(bits, 0), 0).astype(np.float32)


def compare_spellings(
    values: Texts, one: Any, other: Any, *, lengths: NDArray[np.int32], at_least: float = 0.0
) -> tuple[Reals, NDArray[np.int32], NDArray[np.int32]]:
    """Jaro-Winkler similarity (Winkler 1990), optimal string alignment distance and the shorter length of each pair.

    Distances are counted only where the similarity reaches `at_least`; elsewhere they are large.
    """
    from rapidfuzz.distance import OSA, JaroWinkler
    from rapidfuzz.process import cpdist

    a, b = values[one], values[other]
    jaro = np.asarray(cpdist(a, b, scorer=JaroWinkler.similarity, workers=2, dtype=np.float32))
    edits = np.full(len(a), _NOT_COUNTED, np.int32)
    near = np.flatnonzero(jaro >= at_least)
    edits[near] = cpdist(a[near], b[near], scorer=OSA.distance, workers=2, dtype=np.int32)
    return jaro, edits, np.minimum(lengths[one], lengths[other])


class TextField:
    """One text field of all leads: kind (company, city, street, postcode or birthday), codes, texts, rarity."""

    def __init__(self, kind: str, words: WordCodes, counts: ValueCounts) -> None:
        self.kind, self.codes, self.values = kind, words.codes, pad_texts(words.values)
        self.lengths = np.fromiter(map(len, self.values), np.int32, len(self.values))
        self.share = rarity(counts, _TYPICAL[kind])


def distinct_pairs(left: NDArray[Any], right: NDArray[Any]) -> tuple[Longs, Longs, NDArray[np.intp]]:
    """The distinct unordered pairs of codes and, for each pair asked, its place among them."""
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    keys, place = np.unique(low << 32 | high, return_inverse=True)
    return keys >> 32, keys & 0xFFFFFFFF, place


def grade_text(field: TextField, left: Codes, right: Codes) -> tuple[Levels, Reals]:
    """Levels of a text field for pairs of leads and the bits of the commoner of the two values."""
    a, b = field.codes[left], field.codes[right]
    levels = np.zeros(len(a), np.uint8)
    both = (a >= 0) & (b >= 0)
    levels[both & (a == b)] = SAME
    unequal = np.flatnonzero(both & (a != b))
    if len(unequal):
        one, other, place = distinct_pairs(a[unequal], b[unequal])
        levels[unequal] = _GRADERS[field.kind](field, one, other)[place]
    return levels, np.minimum(field.share[a], field.share[b])


def _birthday(field: TextField, one: Longs, other: Longs) -> Levels:
    """CLOSE: one part of three differs, two digits at most, or day and month swapped."""
    grade = np.full(len(one), DIFFERENT, np.uint8)
    for place, (a, b) in enumerate(zip(field.values[one], field.values[other], strict=True)):
        p, q = a.split("-"), b.split("-")
        if len(p) != 3 or len(q) != 3:
            continue
        parts = sum(x != y for x, y in zip(p, q, strict=True))
        digits = sum(x != y for x, y in zip(a, b, strict=False))
        if parts == 1 or digits <= 2 or (p[0] == q[0] and p[1] == q[2] and p[2] == q[1]):
            grade[place] = CLOSE
    return grade


def _postcode(field: TextField, one: Longs, other: Longs) -> Levels:
    _, edits, short = compare_spellings(field.values, one, other, lengths=field.lengths, at_least=0.5)
    return np.where((edits <= 1) & (short >= 3), CLOSE, DIFFERENT).astype(np.uint8)


def _city(field: TextField, one: Longs, other: Longs) -> Levels:
    jaro, edits, short = compare_spellings(field.values, one, other, lengths=field.lengths, at_least=0.6)
    grade = np.where(jaro >= 0.85, SIMILAR, DIFFERENT).astype(np.uint8)
    grade[((edits <= 1) & (short >= 4)) | ((edits <= 2) & (short >= 6)) | (jaro >= 0.93)] = CLOSE
    return grade


def _ratios(field: TextField, one: Longs, other: Longs) -> tuple[Reals, Reals]:
    """Likeness 0-100 of the sets of words and of the sorted words; 0 where it is below 60."""
    from rapidfuzz import fuzz
    from rapidfuzz.process import cpdist

    a, b = field.values[one], field.values[other]
    sets = np.asarray(cpdist(a, b, scorer=fuzz.token_set_ratio, workers=2, dtype=np.float32, score_cutoff=75))
    sorts = np.zeros(len(a), np.float32)
    near = np.flatnonzero(sets)  # sorted words are never more alike than the sets of them
    sorts[near] = cpdist(a[near], b[near], scorer=fuzz.token_sort_ratio, workers=2, dtype=np.float32, score_cutoff=60)
    return sets, sorts


def _company(field: TextField, one: Longs, other: Longs) -> Levels:
    jaro, edits, short = compare_spellings(field.values, one, other, lengths=field.lengths, at_least=0.6)
    sets, sorts = _ratios(field, one, other)
    grade = np.where((sets >= 80) | (jaro >= 0.86), SIMILAR, DIFFERENT).astype(np.uint8)
    for place in np.flatnonzero((grade == DIFFERENT) & (short >= 2) & (short <= 6)).tolist():
        if _is_short_form(field.values[one[place]], field.values[other[place]]):
            grade[place] = SIMILAR
    grade[((edits <= 1) & (short >= 4)) | ((edits <= 2) & (short >= 8)) | (sorts >= 92)] = CLOSE
    grade[(sets >= 99.5) & (short >= 4) & (sorts >= 60)] = CLOSE
    return grade


def _is_short_form(a: str, b: str) -> bool:
    """Is one the initials of the other (ibm, international business machines)?"""
    if len(a) > len(b):
        a, b = b, a
    return " " in b and a[0] == b[0] and a == "".join(word[0] for word in b.split())


def _street(field: TextField, one: Longs, other: Longs) -> Levels:
    """House numbers that differ take a level off."""
    sets, sorts = _ratios(field, one, other)
    grade = np.where((sets >= 80) | (sorts >= 75), SIMILAR, DIFFERENT).astype(np.uint8)
    grade[(sorts >= 82) | (sets >= 95)] = CLOSE
    alike = np.flatnonzero(grade != DIFFERENT)
    pairs = zip(field.values[one[alike]], field.values[other[alike]], strict=True)
    clash = alike[np.fromiter((_has_conflict(_house(a), _house(b)) for a, b in pairs), bool, len(alike))]
    close, doubtful = clash[grade[clash] == CLOSE], clash[(grade[clash] == SIMILAR) & (sorts[clash] < 80)]
    grade[close], grade[doubtful] = SIMILAR, DIFFERENT
    return grade


def _house(street: str) -> str:
    """The house number: the first word that begins with a digit."""
    first = street.partition(" ")[0]
    return first if first[:1].isdigit() else next((word for word in street.split() if word[0].isdigit()), "")


def _has_conflict(one: str, other: str) -> bool:
    return bool(one and other and one != other)


_GRADERS = {"company": _company, "city": _city, "street": _street, "postcode": _postcode, "birthday": _birthday}
