"""How alike two leads are, field by field: each candidate pair becomes a row of small levels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.blocks import at
from leadcli.domain.linkage.columns import Codes, Columns, Longs, Words
from leadcli.domain.linkage.features import Features

Levels = NDArray[np.uint8]
Texts = NDArray[np.object_]

MISSING, DIFFERENT, SIMILAR, PART, CLOSE, ALIAS, SAME = range(7)
FIELDS = ("given", "family", "email", "phone", "company", "city", "street", "postcode", "birthday", "generation")


class Likeness(NamedTuple):
    """Levels of pairs, one array a field, and for each field the rarity of what they share in bits (0 if nothing)."""

    levels: dict[str, Levels]
    bits: dict[str, NDArray[np.float32]]


def distinct_pairs(left: NDArray[Any], right: NDArray[Any]) -> tuple[Longs, Longs, NDArray[np.intp]]:
    """The distinct unordered pairs of codes and, for each pair asked, its place among them."""
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    keys, place = np.unique(low << 32 | high, return_inverse=True)
    return keys >> 32, keys & 0xFFFFFFFF, place


def graded(values: Texts, left: Longs, right: Longs) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Jaro-Winkler similarity (Winkler 1990), optimal string alignment distance and the shorter length of each pair."""
    from rapidfuzz.distance import OSA, JaroWinkler
    from rapidfuzz.process import cpdist

    one, other = values[left], values[right]
    jaro = cpdist(one, other, scorer=JaroWinkler.similarity, workers=2, dtype=np.float32)
    edits = cpdist(one, other, scorer=OSA.distance, workers=2, dtype=np.int32)
    lengths = np.fromiter(map(len, values), np.int32, len(values))
    return jaro, edits, np.minimum(lengths[left], lengths[right])


class Compared:
    """Word pairs of given and family names, graded once each."""

    def __init__(self, columns: Columns, features: Features) -> None:
        self.words = np.array([*columns.words, ""], object)
        self.root, self.sound, self.formals = features.root, features.sound, features.formals
        self.initial = np.fromiter((ord(w[0]) if w else 0 for w in self.words), np.int32, len(self.words))
        self.length = np.fromiter(map(len, self.words), np.int32, len(self.words))
        self.several = np.fromiter((" " in w for w in self.words), bool, len(self.words))
        self.counts = np.bincount(np.concatenate([columns.given, columns.family, [0]]) + 1, minlength=len(self.words) + 1)[1:]
        self.nick = np.zeros(len(self.words), bool)
        self.nick[list(self.formals)] = True

    def levels(self, left: Codes, right: Codes) -> Levels:
        """Level of each pair of word codes; MISSING where either is -1."""
        found = np.zeros(len(left), np.uint8)
        both = (left >= 0) & (right >= 0)
        found[both & (left == right)] = SAME
        ask = np.flatnonzero(both & (left != right))
        if len(ask):
            one, other, place = distinct_pairs(left[ask], right[ask])
            found[ask] = self._grade(one, other)[place]
        return found

    def _grade(self, one: Longs, other: Longs) -> Levels:
        jaro, edits, short = graded(self.words, one, other)
        grade = np.full(len(one), DIFFERENT, np.uint8)
        grade[(jaro >= 0.84) | ((edits == 1) & (short >= 2)) | ((edits == 2) & (short >= 4))] = SIMILAR
        lone = (np.minimum(self.length[one], self.length[other]) == 1) & (self.initial[one] == self.initial[other])
        grade[lone] = PART
        heard = (self.sound[one] == self.sound[other]) & (short >= 4) & (jaro >= 0.75)
        near = ((edits == 1) & (short >= 3)) | ((edits == 2) & (short >= 6)) | ((edits == 3) & (short >= 10)) | heard
        grade[near] = CLOSE
        # two usual names a letter apart (Gunnel, Gunnar) are two names; a slip is rare beside what was meant
        often, seldom = np.maximum(self.counts[one], self.counts[other]), np.minimum(self.counts[one], self.counts[other])
        grade[near & ~heard & (seldom > 4 + 0.01 * often)] = SIMILAR
        grade[(self.root[one] == self.root[other])] = ALIAS
        for place in np.flatnonzero(self.nick[one] & self.nick[other] & (grade < ALIAS)):
            if self.formals[int(one[place])] & self.formals[int(other[place])]:
                grade[place] = ALIAS
        for place in np.flatnonzero((self.several[one] | self.several[other]) & (grade < ALIAS)):
            mine, yours = set(self.words[one[place]].split()), set(self.words[other[place]].split())
            if mine <= yours or yours <= mine:
                grade[place] = ALIAS
            elif mine & yours:
                grade[place] = max(grade[place], PART)
        return grade


def rarity(codes: Codes, values: int) -> NDArray[np.float32]:
    """-log2 of each value's share among the leads that have one (term frequency)."""
    counts = np.bincount(codes[codes >= 0], minlength=values + 1)[: values + 1]
    return (np.log2(max(1, counts.sum())) - np.log2(np.maximum(counts, 1))).astype(np.float32)


def names(compared: Compared, columns: Columns, left: Codes, right: Codes, share: NDArray[np.float32]) -> dict[str, Any]:
    """Given and family levels, straight or swapped, whichever agrees better; a lone word fits either place."""
    ga, fa, gb, fb = columns.given[left], columns.family[left], columns.given[right], columns.family[right]
    given, family = compared.levels(ga, gb), compared.levels(fa, fb)
    given_bits = np.minimum(at(share, ga), at(share, gb)).astype(np.float32) * 0
    given_bits = np.minimum(share[ga], share[gb])
    family_bits = np.minimum(share[fa], share[fb])
    weak = np.flatnonzero(((given < PART) | (family < PART)) & ((ga >= 0) | (fa >= 0)) & ((gb >= 0) | (fb >= 0)))
    if len(weak):
        g2, f2 = compared.levels(ga[weak], fb[weak]), compared.levels(fa[weak], gb[weak])
        better = _worth(g2) + _worth(f2) > _worth(given[weak]) + _worth(family[weak]) + 1
        swap = weak[better]
        given[swap], family[swap] = g2[better], f2[better]
        given_bits[swap] = np.minimum(share[ga[swap]], share[fb[swap]])
        family_bits[swap] = np.minimum(share[fa[swap]], share[gb[swap]])
    full = np.flatnonzero((given == SAME) & (family >= CLOSE))
    family_bits[full] = np.minimum(family_bits[full], _namesakes(columns, left[full], right[full], share))
    return {"given": (given, given_bits), "family": (family, family_bits)}


def _namesakes(columns: Columns, left: Codes, right: Codes, share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bits of a family name once the given name agrees: names go together (Hans with Nilsson), full names repeat."""
    low = np.minimum(columns.given, columns.family).astype(np.int64)
    high = np.maximum(columns.given, columns.family).astype(np.int64)
    _, code, counts = np.unique(low << 32 | (high & 0xFFFFFFFF), return_inverse=True, return_counts=True)
    full = np.minimum(counts[code[left]], counts[code[right]])
    given = np.exp2(-share[columns.given[left]]) * len(columns.ids)
    family = np.exp2(-np.minimum(share[columns.family[left]], share[columns.family[right]]))
    chance = (np.maximum(full - _ONE_PERSON, 0) + _PEOPLE * _TOGETHER * family) / (given + _PEOPLE)
    together = _TOGETHER * family
    return -np.log2(np.minimum(1, np.maximum(chance, together))).astype(np.float32)


_ONE_PERSON = 6  # so many leads of one full name may well be one person
_PEOPLE, _TOGETHER = 20.0, 6.0


_WORTH = np.array([0, -2, -1, 1, 2, 3, 4], np.int8)


def _worth(levels: Levels) -> NDArray[np.int8]:
    return _WORTH[levels]


def texts(words: Words, left: Codes, right: Codes, *, kind: str) -> tuple[Levels, NDArray[np.float32]]:
    """Levels and shared bits of one text field (kind: company, city, street, postcode or birthday)."""
    from rapidfuzz import fuzz
    from rapidfuzz.process import cpdist

    a, b = words.codes[left], words.codes[right]
    share = np.append(rarity(words.codes, len(words.values))[: len(words.values)], np.float32(0))
    found = np.zeros(len(a), np.uint8)
    both = (a >= 0) & (b >= 0)
    found[both & (a == b)] = SAME
    ask = np.flatnonzero(both & (a != b))
    if len(ask):
        one, other, place = distinct_pairs(a[ask], b[ask])
        values = np.array(words.values, object)
        jaro, edits, short = graded(values, one, other)
        grade = np.full(len(one), DIFFERENT, np.uint8)
        if kind == "birthday":
            grade[_near_dates(words.values, one, other)] = CLOSE
        elif kind == "postcode":
            grade[(edits <= 1) & (short >= 3)] = CLOSE
        elif kind == "city":
            grade[(edits <= 1) & (short >= 4) | (edits <= 2) & (short >= 6) | (jaro >= 0.93)] = CLOSE
            grade[(grade == DIFFERENT) & (jaro >= 0.85)] = SIMILAR
        else:
            tokens = cpdist(values[one], values[other], scorer=fuzz.token_set_ratio, workers=2, dtype=np.float32)
            sorts = cpdist(values[one], values[other], scorer=fuzz.token_sort_ratio, workers=2, dtype=np.float32)
            grade[(tokens >= 80) | (jaro >= 0.86)] = SIMILAR
            if kind == "company":
                grade[_short_form(values, one, other, grade)] = SIMILAR
                grade[((edits <= 1) & (short >= 4)) | ((edits <= 2) & (short >= 8)) | (sorts >= 92)] = CLOSE
                grade[(tokens >= 99.5) & (short >= 4) & (sorts >= 60)] = CLOSE
            else:
                clash = _numbers_clash(values, one, other)
                grade[(sorts >= 82) | (tokens >= 95)] = CLOSE
                grade[clash & (grade == CLOSE)] = SIMILAR
                grade[clash & (grade == SIMILAR) & (sorts < 80)] = DIFFERENT
        found[ask] = grade[place]
    return found, np.minimum(share[a], share[b])


def _near_dates(values: list[str], one: Longs, other: Longs) -> NDArray[np.bool_]:
    """Dates that differ in one digit or one part, or have two digits or day and month swapped."""
    parts = [value.split("-") for value in values]
    near = np.zeros(len(one), bool)
    for place, (x, y) in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
        a, b = parts[x], parts[y]
        if len(a) == 3 == len(b):
            wrong = sum(p != q for p, q in zip(a, b, strict=True))
            digits = sum(p != q for p, q in zip(values[x], values[y], strict=False))
            near[place] = wrong == 1 or digits <= 2 or (a[0] == b[0] and a[1] == b[2] and a[2] == b[1])
    return near


def _short_form(values: Texts, one: Longs, other: Longs, grade: Levels) -> NDArray[np.bool_]:
    """Where one name is the initials of the other (ibm, international business machines)."""
    found = np.zeros(len(one), bool)
    for place in np.flatnonzero(grade == DIFFERENT):
        a, b = values[one[place]], values[other[place]]
        if len(a) > len(b):
            a, b = b, a
        if 2 <= len(a) <= 6 and a[0] == b[0] and " " in b:
            found[place] = a == "".join(word[0] for word in b.split())
    return found


def _numbers_clash(values: Texts, one: Longs, other: Longs) -> NDArray[np.bool_]:
    """Where both streets have a first number and they differ."""
    first = np.array([next((w for w in v.split() if w[0].isdigit()), "") for v in values], object)
    a, b = first[one], first[other]
    return np.asarray((a != b) & (a != "") & (b != ""), bool)


def emails(columns: Columns, features: Features, left: Codes, right: Codes) -> tuple[Levels, NDArray[np.float32]]:
    """Best level over the first two addresses of each: same mailbox, a slip of it, same name elsewhere, same firm."""
    email = columns.email
    share = np.append(rarity(features.box[email.codes] if len(email.codes) else email.codes, int(features.box.max(initial=0)) + 1), np.float32(0))
    best = np.zeros(len(left), np.uint8)
    bits = np.zeros(len(left), np.float32)
    for mine in (email.first, email.second):
        for yours in (email.first, email.second):
            a, b = mine[left], yours[right]
            ask = np.flatnonzero((a >= 0) & (b >= 0))
            if not len(ask):
                continue
            a, b = a[ask], b[ask]
            box_a, box_b = features.box[a], features.box[b]
            local_a, local_b = features.local[a], features.local[b]
            domain_a, domain_b = features.domain[a], features.domain[b]
            level = np.full(len(ask), DIFFERENT, np.uint8)
            together = (domain_a == domain_b)
            level[together & ~features.free[domain_a]] = SIMILAR
            level[(local_a == local_b) & ~features.role[local_a]] = PART
            level[(local_a == local_b) & features.telling[a] & features.telling[b]] = ALIAS
            unlike = np.flatnonzero((local_a != local_b))
            if len(unlike):
                one, other, place = distinct_pairs(local_a[unlike], local_b[unlike])
                jaro, edits, short = graded(np.array(features.locals, object), one, other)
                spelt = np.array(features.locals, object)
                begin = np.fromiter((x[:1] for x in spelt), object, len(spelt))
                begins = np.asarray(begin[one] == begin[other], bool)
                near = (begins & (((edits == 1) & (short >= 5)) | ((edits == 2) & (short >= 9))))[place]
                level[unlike[near]] = np.where(together[unlike[near]], CLOSE, np.maximum(level[unlike[near]], PART))
            level[box_a == box_b] = SAME
            gain = level > best[ask]
            best[ask[gain]] = level[gain]
            bits[ask[gain]] = share[box_a[gain]]
    return best, bits


def phones(columns: Columns, features: Features, left: Codes, right: Codes) -> tuple[Levels, NDArray[np.float32]]:
    """Best level over the first two numbers of each: the shorter one ends the longer, or one slip apart."""
    phone = columns.phone
    tails = features.tail
    numbers, codes = np.unique(tails[phone.codes] if len(phone.codes) else tails[:0], return_inverse=True)
    share = np.append(rarity(codes.astype(np.int32), len(numbers)), np.float32(0))
    where = np.searchsorted(numbers, tails) if len(numbers) else tails
    best = np.zeros(len(left), np.uint8)
    bits = np.zeros(len(left), np.float32)
    values = np.array([digits[-9:] for digits in phone.values], object)
    for mine in (phone.first, phone.second):
        for yours in (phone.first, phone.second):
            a, b = mine[left], yours[right]
            ask = np.flatnonzero((a >= 0) & (b >= 0))
            if not len(ask):
                continue
            a, b = a[ask], b[ask]
            level = np.full(len(ask), DIFFERENT, np.uint8)
            one, other, place = distinct_pairs(a, b)
            _, edits, short = graded(values, one, other)
            level[((edits == 1) & (short >= 7))[place]] = CLOSE
            level[(tails[a] == tails[b]) & (tails[a] >= 0)] = PART
            ends = np.fromiter((phone.values[x].endswith(phone.values[y]) or phone.values[y].endswith(phone.values[x]) or phone.values[x][-8:] == phone.values[y][-8:] for x, y in zip(one.tolist(), other.tolist())), bool, len(one))
            level[(tails[a] == tails[b]) & (tails[a] >= 0) & ends[place]] = SAME
            gain = level > best[ask]
            best[ask[gain]] = level[gain]
            bits[ask[gain]] = share[where[a[gain]]]
    return best, bits


def likeness(columns: Columns, features: Features, left: Codes, right: Codes) -> Likeness:
    """Levels and shared bits of every pair of places (left[i], right[i])."""
    compared = Compared(columns, features)
    both = np.concatenate([columns.given, columns.family])
    share = np.append(rarity(both, len(columns.words))[: len(columns.words)], np.float32(0))
    found: dict[str, Any] = names(compared, columns, left, right, share)
    found["email"] = emails(columns, features, left, right)
    found["phone"] = phones(columns, features, left, right)
    for kind in ("company", "city", "street", "postcode", "birthday"):
        found[kind] = texts(getattr(columns, kind), left, right, kind=kind)
    a, b = columns.generation[left], columns.generation[right]
    generation = np.where((a >= 0) & (b >= 0), np.where(a == b, SAME, DIFFERENT), MISSING).astype(np.uint8)
    found["generation"] = generation, np.zeros(len(left), np.float32)
    company, bits = found["company"]
    lent = (company == MISSING) & (features.firm[left] >= 0) & (features.firm[left] == features.firm[right])
    company[lent] = CLOSE
    return Likeness({k: v[0] for k, v in found.items()}, {k: v[1] for k, v in found.items()})
