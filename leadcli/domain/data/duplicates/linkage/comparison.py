"""How alike two leads are, field by field: each candidate pair becomes a row of small levels."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from operator import eq
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.blocking_keys import (
    BlockingKeys,
    KeyForms,
    build_blocking_keys,
    build_key_forms,
)
from leadcli.domain.data.duplicates.linkage.frequencies import TEXTS, Frequencies, WholeDesk
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
    TextField,
    grade_pairs,
    grade_text,
    rarity,
    texts_of_codes,
)
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, LeadColumns, Longs, ManyCodes, spread_values
from leadcli.errors import Busy

FIELDS = ("given", "family", "email", "phone", "company", "city", "street", "postcode", "birthday", "generation")
_LETTERS = re.compile(r"[^\d\n]+")
_NAME, _MAILBOX, _NUMBER = 0.001, 0.00001, 0.00002  # how many people share any one name, mailbox or number
_FEW_NAMES = 3  # a mailbox or number that more given names hold is an office's
_ONE_PERSON = 6  # so many leads of one full name may well be one person
_PEOPLE = 20.0  # how many namesakes must be met before what they share is believed
_WITH_NAME, _WITH_PLACE = 6.0, 36.0  # how much more often than by chance a given name goes with a name, with a place
_WORTH = np.array([0, -2, -1, 1, 2, 3, 4], np.int8)


class ComparisonLevels(NamedTuple):
    """Levels of pairs, one array a field, and for each field the rarity of what they share in bits (0 if nothing)."""

    levels: dict[str, Levels]
    bits: dict[str, Reals]

    def only(self, wanted: NDArray[np.bool_]) -> ComparisonLevels:
        """The pairs marked in `wanted`."""
        return ComparisonLevels(
            {k: v[wanted] for k, v in self.levels.items()}, {k: v[wanted] for k, v in self.bits.items()}
        )


def join_levels(parts: list[ComparisonLevels]) -> ComparisonLevels:
    """Several batches of pairs as one."""
    return ComparisonLevels(
        {field: np.concatenate([part.levels[field] for part in parts]) for field in FIELDS},
        {field: np.concatenate([part.bits[field] for part in parts]) for field in FIELDS},
    )


class Comparator:
    """Compares pairs of leads; holds what all comparisons share."""

    def __init__(self, columns: LeadColumns, features: KeyForms, census: Frequencies) -> None:
        self.columns, self.features, self.census = columns, features, census
        self.words = texts_of_codes(columns.words)
        self.share = rarity(census.words, _NAME)
        self.count = np.append(census.words.counts, 0)
        self.length = np.fromiter(map(len, self.words), np.int32, len(self.words))
        self.letter = np.fromiter((ord(word[0]) if word else 0 for word in self.words), np.int32, len(self.words))
        self.ending = np.fromiter((ord(word[-1]) if word else 0 for word in self.words), np.int32, len(self.words))
        self.several = np.fromiter((" " in word for word in self.words), bool, len(self.words))
        self.formal = np.full((len(self.words), 4), -1, np.int16)
        for word, formals in features.formals.items():
            self.formal[word, : len(formals[:4])] = formals[:4]
        self.nick = self.formal[:, 0] >= 0
        mail = features.mail
        self.locals = texts_of_codes(mail.locals)
        self.local_length = np.fromiter(map(len, self.locals), np.int32, len(self.locals))
        self.local_letter = np.fromiter((ord(name[0]) if name else 0 for name in self.locals), np.int32)
        self.owner = np.zeros(len(mail.box), np.int32)
        self.owner[columns.email.codes] = columns.email.owner
        self.box_share = rarity(census.boxes, _MAILBOX)
        self.tail = np.unique(features.tail, return_inverse=True)[1].astype(np.int32)
        self.tail_share = rarity(census.tails, _NUMBER)
        self.fields = {kind: TextField(kind, getattr(columns, kind), census.texts[kind]) for kind in TEXTS}

    def names(self, left: Codes, right: Codes) -> tuple[Levels, Levels, Reals, Reals]:
        """Levels and bits of given and family name, straight or swapped, whichever agrees better."""
        columns, share = self.columns, self.share
        ga, fa, gb, fb = columns.given[left], columns.family[left], columns.given[right], columns.family[right]
        given, family = self.word_levels(ga, gb), self.word_levels(fa, fb)
        given_bits, family_bits = np.minimum(share[ga], share[gb]), np.minimum(share[fa], share[fb])
        known = ((ga >= 0) | (fa >= 0)) & ((gb >= 0) | (fb >= 0))
        weak = np.flatnonzero(known & ((given < PART) | (family < PART)))
        if len(weak):
            g2, f2 = self.word_levels(ga[weak], fb[weak]), self.word_levels(fa[weak], gb[weak])
            better = _WORTH[g2] + _WORTH[f2] > _WORTH[given[weak]] + _WORTH[family[weak]] + 1
            swap = weak[better]
            given[swap], family[swap] = g2[better], f2[better]
            given_bits[swap] = np.minimum(share[ga[swap]], share[fb[swap]])
            family_bits[swap] = np.minimum(share[fa[swap]], share[gb[swap]])
        full = np.flatnonzero((given == SAME) & (family >= CLOSE))
        one, other = left[full], right[full]
        common = np.minimum(self.census.full[one], self.census.full[other])
        family_bits[full] = self._beside(columns.given[one], common, family_bits[full], _WITH_NAME)
        return given, family, given_bits, family_bits

    def _beside(self, given: Codes, common: Longs, bits: Reals, more: float) -> Reals:
        """Bits of a second value once the given names agree, when `common` leads have both: names go with names and
        places (Hans with Nilsson, Bertrand with Lyon), `more` often than by chance; both say less than the sum."""
        people = np.exp2(-self.share[given]) * self.census.people
        together = more * np.exp2(-bits)
        chance = (np.maximum(common - _ONE_PERSON, 0) + _PEOPLE * together) / (people + _PEOPLE)
        least = -np.log2(np.clip(np.maximum(chance, together), 1e-12, 1))
        return np.asarray(np.minimum(bits, least), np.float32)

    def word_levels(self, left: Codes, right: Codes) -> Levels:
        """Level of each pair of word codes; MISSING where either is -1."""
        found = np.zeros(len(left), np.uint8)
        both = (left >= 0) & (right >= 0)
        found[both & (left == right)] = SAME
        ask = np.flatnonzero(both & (left != right))
        if len(ask):
            found[ask] = self._grade(left[ask], right[ask])
        return found

    def _grade(self, one: Codes, other: Codes) -> Levels:
        grade = np.full(len(one), DIFFERENT, np.uint8)
        # a slip leaves one end of a word: comparing the rest letter by letter would be most of the work of a scan
        ends = (self.letter[one] == self.letter[other]) | (self.ending[one] == self.ending[other])
        ask = np.flatnonzero(ends)
        grade[ask] = self._spelling(one[ask], other[ask])
        grade[self.features.root[one] == self.features.root[other]] = ALIAS
        nicks = np.flatnonzero(self.nick[one] & self.nick[other] & (grade < ALIAS))
        mine, yours = self.formal[one[nicks]], self.formal[other[nicks]]
        shared = ((mine[:, :, None] == yours[:, None, :]) & (mine >= 0)[:, :, None]).any((1, 2))
        grade[nicks[shared]] = ALIAS
        several = np.flatnonzero((self.several[one] | self.several[other]) & (grade < ALIAS))
        grade[several] = np.maximum(grade[several], self._shared_words(one[several], other[several]))
        return grade

    def _spelling(self, one: Codes, other: Codes) -> Levels:
        """CLOSE, SIMILAR, an initial (PART) or DIFFERENT, by letters and sound."""
        jaro, edits, short = grade_pairs(self.words, one, other, at_least=0.6, lengths=self.length)
        similar = (jaro >= 0.84) | ((edits == 1) & (short >= 2)) | ((edits == 2) & (short >= 4))
        grade = np.where(similar, SIMILAR, DIFFERENT).astype(np.uint8)
        alone = np.minimum(self.length[one], self.length[other]) == 1
        grade[alone & (self.letter[one] == self.letter[other])] = PART
        sound = self.features.sound
        heard = (sound[one] == sound[other]) & (short >= 4) & (jaro >= 0.75)
        near = ((edits == 1) & (short >= 3)) | ((edits == 2) & (short >= 6)) | ((edits == 3) & (short >= 10)) | heard
        # two usual names a letter apart (Gunnel, Gunnar) are two names; a slip is rare beside what was meant
        often, seldom = np.maximum(self.count[one], self.count[other]), np.minimum(self.count[one], self.count[other])
        usual = ~heard & (seldom > 4 + 0.01 * often)
        grade[near] = np.where(usual[near], SIMILAR, CLOSE)
        return grade

    def _shared_words(self, one: Codes, other: Codes) -> Levels:
        """ALIAS where all words of one name are words of the other (lopez, garcia lopez), PART where a last one is."""
        from rapidfuzz import fuzz
        from rapidfuzz.process import cpdist

        mine, yours = self.words[one], self.words[other]
        ratio = np.asarray(cpdist(mine, yours, scorer=fuzz.token_set_ratio, workers=2, dtype=np.float32))
        grade = np.where(ratio >= 100, ALIAS, MISSING).astype(np.uint8)
        for place in np.flatnonzero((ratio > 45) & (ratio < 100)).tolist():
            a, b = mine[place].split(), yours[place].split()
            if a[-1] in b or b[-1] in a:
                grade[place] = PART
        return grade

    def emails(self, left: Codes, right: Codes) -> tuple[Levels, Reals]:
        """Same mailbox, a slip of it, the same telling name elsewhere, the same plain name, the same firm."""
        return _best_level(self.columns.email, left, right, self._email)

    def _email(self, a: Codes, b: Codes) -> tuple[Levels, Reals]:
        mail = self.features.mail
        level = np.full(len(a), DIFFERENT, np.uint8)
        together = mail.domain[a] == mail.domain[b]
        level[together & ~mail.free[mail.domain[a]]] = SIMILAR
        one, other = mail.local[a], mail.local[b]
        namesake = (one == other) & ~mail.role[one]
        level[namesake] = np.where(self._telling(a[namesake]) & self._telling(b[namesake]), ALIAS, PART)
        ask = np.flatnonzero((one != other) & (self.local_letter[one] == self.local_letter[other]))
        _, edits, short = grade_pairs(self.locals, one[ask], other[ask], at_least=0.8, lengths=self.local_length)
        near = ask[((edits == 1) & (short >= 5)) | ((edits == 2) & (short >= 9))]
        # ada9 and ada97 are two mailboxes, adda9 is a slip of ada9
        digits = (_LETTERS.sub("", "\n".join(self.locals[side[near]])).split("\n") for side in (one, other))
        near = near[np.fromiter(map(eq, *digits), bool)[: len(near)]]
        level[near] = np.where(together[near], CLOSE, np.maximum(level[near], PART))
        level[mail.box[a] == mail.box[b]] = SAME
        level[(a == b) & (self.census.mail_holders[a] > _FEW_NAMES)] = SIMILAR  # an office's says where, not who
        return level, self.box_share[mail.box[a]]

    def _telling(self, codes: Codes) -> NDArray[np.bool_]:
        """Per address: is its name more than its owner's, so that meeting it elsewhere says something ('kusha123')?"""
        asked, place = np.unique(codes, return_inverse=True)
        owner = self.owner[asked]
        names = self.locals[self.features.mail.local[asked]]
        rows = zip(names, self.words[self.columns.given[owner]], self.words[self.columns.last[owner]], strict=True)
        told = (
            not (name.isalpha() and _is_compound_of(name, first, last)) and len(name) > 4 for name, first, last in rows
        )
        return np.fromiter(told, bool, len(asked))[place]

    def phones(self, left: Codes, right: Codes) -> tuple[Levels, Reals]:
        """The same number, however prefixed; the last seven digits; one slip."""
        return _best_level(self.columns.phone, left, right, self._phone)

    def _phone(self, a: Codes, b: Codes) -> tuple[Levels, Reals]:
        tail = self.features.tail
        level = np.full(len(a), DIFFERENT, np.uint8)
        ask = np.flatnonzero(tail[a] != tail[b])
        numbers = self.columns.numbers
        level[ask[_is_slip_of(numbers[a[ask]], numbers[b[ask]])]] = CLOSE
        equal = (tail[a] == tail[b]) & (tail[a] >= 0)
        level[equal] = PART
        low, high = np.minimum(numbers[a], numbers[b]), np.maximum(numbers[a], numbers[b])
        power = 10 ** np.minimum(np.floor(np.log10(np.maximum(low, 1))) + 1, 15).astype(np.int64)
        ends = (high % power == low) | (low % 10**8 == high % 10**8)
        level[equal & ends] = SAME
        return level, self.tail_share[self.tail[a]]

    def equal_keys(self, left: Codes, right: Codes) -> NDArray[np.bool_]:
        """Do the pairs share a whole e-mail address or phone number, of the first two of each, that few others hold?"""
        found = np.zeros(len(left), bool)
        for many, holders in (
            (self.columns.email, self.census.mail_holders),
            (self.columns.phone, self.census.phone_holders),
        ):
            for mine in (many.first[left], many.second[left]):
                for yours in (many.first[right], many.second[right]):
                    found |= (mine >= 0) & (mine == yours) & (np.append(holders, 0)[mine] <= _FEW_NAMES)
        return found

    def shared_emails(self, left: Codes, right: Codes) -> list[str]:
        """The address that the two of each pair have in common, '' if none of their first two."""
        columns, many = self.columns, self.columns.email
        code = np.full(len(left), -1, np.int32)
        for mine in (many.second[left], many.first[left]):
            for yours in (many.first[right], many.second[right]):
                code = np.where((mine >= 0) & (mine == yours), mine, code)
        boxes = spread_values(columns.mailboxes, code).tolist()
        return [f"{columns.locals[box >> 32]}@{columns.domains[box & 0xFFFFFFFF]}" if box >= 0 else "" for box in boxes]

    def likeness(self, left: Codes, right: Codes) -> ComparisonLevels:
        """Levels and shared bits of every pair of places (left[i], right[i])."""
        return self.completed(left, right, self.names(left, right))

    def completed(self, left: Codes, right: Codes, names: tuple[Levels, Levels, Reals, Reals]) -> ComparisonLevels:
        """The same where the names were compared before."""
        given, family, given_bits, family_bits = names
        found: dict[str, Any] = {"given": (given, given_bits), "family": (family, family_bits)}
        found["email"], found["phone"] = self.emails(left, right), self.phones(left, right)
        for kind, field in self.fields.items():
            found[kind] = grade_text(field, left, right)
        city, city_bits = found["city"]
        home = np.flatnonzero((given == SAME) & (city == SAME))
        common = np.minimum(self.census.home[left[home]], self.census.home[right[home]])
        city_bits[home] = self._beside(self.columns.given[left[home]], common, city_bits[home], _WITH_PLACE)
        a, b = self.columns.generation[left], self.columns.generation[right]
        nth = np.where((a >= 0) & (b >= 0), np.where(a == b, SAME, DIFFERENT), MISSING).astype(np.uint8)
        found["generation"] = nth, np.zeros(len(left), np.float32)
        # a firm known by its e-mail domain stands in for a missing company, unless the mailbox itself was compared
        company, firm, email = found["company"][0], self.features.firm, found["email"][0]
        company[(company == MISSING) & (email < CLOSE) & (firm[left] >= 0) & (firm[left] == firm[right])] = PART
        return ComparisonLevels({k: v[0] for k, v in found.items()}, {k: v[1] for k, v in found.items()})


def _is_compound_of(name: str, first: str, last: str) -> bool:
    return bool((last and last[:5] in name) or (first and first[:4] in name))


_POWERS = 10 ** np.arange(9, dtype=np.int64)


def _is_slip_of(one: Longs, other: Longs) -> NDArray[np.bool_]:
    """Do the last nine digits differ in one place, or in two neighbours changed round? Both must have seven."""
    a, b = one[:, None] // _POWERS % 10, other[:, None] // _POWERS % 10
    wrong = a != b
    count = wrong.sum(1)
    turned = (wrong[:, 1:] & wrong[:, :-1] & (a[:, 1:] == b[:, :-1]) & (a[:, :-1] == b[:, 1:])).any(1)
    return np.asarray(((count == 1) | ((count == 2) & turned)) & (np.minimum(one, other) >= 1_000_000), bool)


def _best_level(many: ManyCodes, left: Codes, right: Codes, compare: Any) -> tuple[Levels, Reals]:
    """The best level over the first two values of each lead."""
    best, bits = np.zeros(len(left), np.uint8), np.zeros(len(left), np.float32)
    for mine in (many.first, many.second):
        for yours in (many.first, many.second):
            a, b = mine[left], yours[right]
            ask = np.flatnonzero((a >= 0) & (b >= 0))
            if not len(ask):
                continue
            level, share = compare(a[ask], b[ask])
            gain = level > best[ask]
            best[ask[gain]], bits[ask[gain]] = level[gain], share[gain]
    return best, bits


Read = Callable[[list[int]], LeadColumns]


class DistantComparator:
    """Judges like a Judge of the whole file, places and all; `read` gives the columns of leads by ascending id."""

    def __init__(self, every: BlockingKeys, read: Read) -> None:
        self.every, self.read = every, read
        self.judges: list[tuple[Longs, Comparator]] = []

    def names(self, left: Codes, right: Codes) -> tuple[Levels, Levels, Reals, Reals]:
        """As Judge.names."""
        judge, one, other = self._near(left, right)
        return judge.names(one, other)

    def completed(self, left: Codes, right: Codes, names: tuple[Levels, Levels, Reals, Reals]) -> ComparisonLevels:
        """As Judge.completed."""
        judge, one, other = self._near(left, right)
        return judge.completed(one, other, names)

    def likeness(self, left: Codes, right: Codes) -> ComparisonLevels:
        """As Judge.likeness."""
        judge, one, other = self._near(left, right)
        return judge.likeness(one, other)

    def equal_keys(self, left: Codes, right: Codes) -> NDArray[np.bool_]:
        """As Judge.equal_keys."""
        judge, one, other = self._near(left, right)
        return judge.equal_keys(one, other)

    def shared_emails(self, left: Codes, right: Codes) -> list[str]:
        """As Judge.shared_emails."""
        judge, one, other = self._near(left, right)
        return judge.shared_emails(one, other)

    def _near(self, left: Codes, right: Codes) -> tuple[Comparator, Codes, Codes]:
        """A judge of these leads, read unless they are among those asked about before; their places with it."""
        asked = np.unique(np.concatenate([left, right])).astype(np.int64)
        places, judge = next((pair for pair in self.judges if _contains(pair[0], asked)), None) or self.meet(asked)
        one, other = (np.searchsorted(places, side).astype(np.int32) for side in (left, right))
        return judge, one, other

    @cached_property
    def _whole(self) -> WholeDesk:
        return WholeDesk(self.every)

    def meet(self, places: Longs) -> tuple[Longs, Comparator]:
        """Read these leads (places, ascending) in one go, since they are going to be compared.

        Raises Busy when one of them was deleted since the scan began.
        """
        columns = self.read(self.every.ids[places].tolist())
        if len(columns.ids) != len(places):
            raise Busy("leads were deleted while they were compared.", hint="run it again")
        found = build_key_forms(columns)
        judge = Comparator(columns, found, self._whole.census(columns, found, build_blocking_keys(columns, found)))
        self.judges.append((places, judge))
        return places, judge


def _contains(places: Longs, asked: Longs) -> bool:
    at = np.searchsorted(places, asked)
    return bool((np.append(places, -1)[at] == asked).all())
