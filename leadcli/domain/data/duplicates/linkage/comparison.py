"""The comparison step of Fellegi-Sunter: each candidate pair becomes a comparison vector of one level a field."""

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
from leadcli.domain.data.duplicates.linkage.frequencies import TEXTS, DeskFrequencies, Frequencies
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
    compare_spellings,
    grade_text,
    pad_texts,
    rarity,
)
from leadcli.domain.data.duplicates.linkage.value_codes import Codes, LeadColumns, Longs, ManyCodes, values_of_codes
from leadcli.errors import Busy

FIELDS = ("given", "family", "email", "phone", "company", "city", "street", "postcode", "birthday", "generation")
_LETTERS = re.compile(r"[^\d\n]+")
_NAME, _MAILBOX, _NUMBER = 0.001, 0.00001, 0.00002  # how many people share any one name, mailbox or number
_FEW_NAMES = 3  # a mailbox or number that more given names hold is an office's
_ONE_PERSON = 6  # so many leads of one full name may well be one person
_PEOPLE = 20.0  # how many namesakes must be met before what they share is believed
_WITH_NAME, _WITH_PLACE = 6.0, 36.0  # how much more often than by chance a given name goes with a name, with a place
_MIN_ODDS = np.array([0, -2, -1, 1, 2, 3, 4], np.int8)


class ComparisonLevels(NamedTuple):
    """Levels of pairs, one array a field, and for each field the rarity of what they share in bits (0 if nothing)."""

    levels: dict[str, Levels]
    bits: dict[str, Reals]

    def select(self, selected: NDArray[np.bool_]) -> ComparisonLevels:
        """The pairs marked in `selected`."""
        return ComparisonLevels(
            {k: v[selected] for k, v in self.levels.items()}, {k: v[selected] for k, v in self.bits.items()}
        )


def join_levels(parts: list[ComparisonLevels]) -> ComparisonLevels:
    """Several batches of pairs as one."""
    return ComparisonLevels(
        {field: np.concatenate([part.levels[field] for part in parts]) for field in FIELDS},
        {field: np.concatenate([part.bits[field] for part in parts]) for field in FIELDS},
    )


class Comparator:
    """Compares pairs of leads; holds what all comparisons share."""

    def __init__(self, columns: LeadColumns, forms: KeyForms, frequencies: Frequencies) -> None:
        self.columns, self.forms, self.frequencies = columns, forms, frequencies
        self.words = pad_texts(columns.words)
        self.share = rarity(frequencies.words, _NAME)
        self.count = np.append(frequencies.words.counts, 0)
        self.length = np.fromiter(map(len, self.words), np.int32, len(self.words))
        self.letter = np.fromiter((ord(word[0]) if word else 0 for word in self.words), np.int32, len(self.words))
        self.ending = np.fromiter((ord(word[-1]) if word else 0 for word in self.words), np.int32, len(self.words))
        self.several = np.fromiter((" " in word for word in self.words), bool, len(self.words))
        self.formal = np.full((len(self.words), 4), -1, np.int16)
        for word, formals in forms.formals.items():
            self.formal[word, : len(formals[:4])] = formals[:4]
        self.nick = self.formal[:, 0] >= 0
        mail = forms.mail
        self.locals = pad_texts(mail.locals)
        self.local_length = np.fromiter(map(len, self.locals), np.int32, len(self.locals))
        self.local_letter = np.fromiter((ord(name[0]) if name else 0 for name in self.locals), np.int32)
        self.owner = np.zeros(len(mail.box), np.int32)
        self.owner[columns.email.codes] = columns.email.owner
        self.box_share = rarity(frequencies.boxes, _MAILBOX)
        self.tail = np.unique(forms.tail, return_inverse=True)[1].astype(np.int32)
        self.tail_share = rarity(frequencies.tails, _NUMBER)
        self.fields = {kind: TextField(kind, getattr(columns, kind), frequencies.texts[kind]) for kind in TEXTS}

    def compare_names(self, left: Codes, right: Codes) -> tuple[Levels, Levels, Reals, Reals]:
        """Levels and bits of given and family name, straight or swapped, whichever agrees better."""
        columns, share = self.columns, self.share
        ga, fa, gb, fb = (
            columns.first_name[left],
            columns.family_name[left],
            columns.first_name[right],
            columns.family_name[right],
        )
        first_level, last_level = self.grade_words(ga, gb), self.grade_words(fa, fb)
        first_bits, last_bits = np.minimum(share[ga], share[gb]), np.minimum(share[fa], share[fb])
        known = ((ga >= 0) | (fa >= 0)) & ((gb >= 0) | (fb >= 0))
        weak = np.flatnonzero(known & ((first_level < PART) | (last_level < PART)))
        if len(weak):
            g2, f2 = self.grade_words(ga[weak], fb[weak]), self.grade_words(fa[weak], gb[weak])
            better = _MIN_ODDS[g2] + _MIN_ODDS[f2] > _MIN_ODDS[first_level[weak]] + _MIN_ODDS[last_level[weak]] + 1
            swap = weak[better]
            first_level[swap], last_level[swap] = g2[better], f2[better]
            first_bits[swap] = np.minimum(share[ga[swap]], share[fb[swap]])
            last_bits[swap] = np.minimum(share[fa[swap]], share[gb[swap]])
        full = np.flatnonzero((first_level == SAME) & (last_level >= CLOSE))
        one, other = left[full], right[full]
        common = np.minimum(self.frequencies.same_names[one], self.frequencies.same_names[other])
        last_bits[full] = self._joint_rarity(columns.first_name[one], common, last_bits[full], _WITH_NAME)
        return first_level, last_level, first_bits, last_bits

    def _joint_rarity(self, first_names: Codes, common: Longs, bits: Reals, lift: float) -> Reals:
        """Bits of a second value once the given names agree, when `common` leads have both: names go with names and
        places (Hans with Nilsson, Bertrand with Lyon), `lift` times as often as by chance. Both say less than the sum.
        """
        people = np.exp2(-self.share[first_names]) * self.frequencies.people
        together = lift * np.exp2(-bits)
        chance = (np.maximum(common - _ONE_PERSON, 0) + _PEOPLE * together) / (people + _PEOPLE)
        least = -np.log2(np.clip(np.maximum(chance, together), 1e-12, 1))
        return np.asarray(np.minimum(bits, least), np.float32)

    def grade_words(self, left: Codes, right: Codes) -> Levels:
        """Level of each pair of word codes; MISSING where either is -1."""
        levels = np.zeros(len(left), np.uint8)
        both = (left >= 0) & (right >= 0)
        levels[both & (left == right)] = SAME
        unequal = np.flatnonzero(both & (left != right))
        if len(unequal):
            levels[unequal] = self._grade_unequal(left[unequal], right[unequal])
        return levels

    def _grade_unequal(self, one: Codes, other: Codes) -> Levels:
        grade = np.full(len(one), DIFFERENT, np.uint8)
        # a slip leaves one end of a word: comparing the rest letter by letter would be most of the work of a scan
        ends = (self.letter[one] == self.letter[other]) | (self.ending[one] == self.ending[other])
        ask = np.flatnonzero(ends)
        grade[ask] = self._grade_spelling(one[ask], other[ask])
        grade[self.forms.root[one] == self.forms.root[other]] = ALIAS
        nicks = np.flatnonzero(self.nick[one] & self.nick[other] & (grade < ALIAS))
        mine, yours = self.formal[one[nicks]], self.formal[other[nicks]]
        shared = ((mine[:, :, None] == yours[:, None, :]) & (mine >= 0)[:, :, None]).any((1, 2))
        grade[nicks[shared]] = ALIAS
        several = np.flatnonzero((self.several[one] | self.several[other]) & (grade < ALIAS))
        grade[several] = np.maximum(grade[several], self._grade_shared_words(one[several], other[several]))
        return grade

    def _grade_spelling(self, one: Codes, other: Codes) -> Levels:
        """CLOSE, SIMILAR, an initial (PART) or DIFFERENT, by letters and sound."""
        jaro, edits, short = compare_spellings(self.words, one, other, at_least=0.6, lengths=self.length)
        similar = (jaro >= 0.84) | ((edits == 1) & (short >= 2)) | ((edits == 2) & (short >= 4))
        grade = np.where(similar, SIMILAR, DIFFERENT).astype(np.uint8)
        alone = np.minimum(self.length[one], self.length[other]) == 1
        grade[alone & (self.letter[one] == self.letter[other])] = PART
        sound = self.forms.sound
        heard = (sound[one] == sound[other]) & (short >= 4) & (jaro >= 0.75)
        near = ((edits == 1) & (short >= 3)) | ((edits == 2) & (short >= 6)) | ((edits == 3) & (short >= 10)) | heard
        # two usual names a letter apart (Gunnel, Gunnar) are two names; a slip is rare beside what was meant
        often, seldom = np.maximum(self.count[one], self.count[other]), np.minimum(self.count[one], self.count[other])
        usual = ~heard & (seldom > 4 + 0.01 * often)
        grade[near] = np.where(usual[near], SIMILAR, CLOSE)
        return grade

    def _grade_shared_words(self, one: Codes, other: Codes) -> Levels:
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

    def compare_emails(self, left: Codes, right: Codes) -> tuple[Levels, Reals]:
        """Same mailbox, a slip of it, the same telling name elsewhere, the same plain name, the same firm."""
        return _best_level(self.columns.email, left, right, self._grade_emails)

    def _grade_emails(self, a: Codes, b: Codes) -> tuple[Levels, Reals]:
        mail = self.forms.mail
        level = np.full(len(a), DIFFERENT, np.uint8)
        together = mail.domain[a] == mail.domain[b]
        level[together & ~mail.free[mail.domain[a]]] = SIMILAR
        one, other = mail.local[a], mail.local[b]
        namesake = (one == other) & ~mail.role[one]
        level[namesake] = np.where(self._is_telling(a[namesake]) & self._is_telling(b[namesake]), ALIAS, PART)
        ask = np.flatnonzero((one != other) & (self.local_letter[one] == self.local_letter[other]))
        _, edits, short = compare_spellings(self.locals, one[ask], other[ask], at_least=0.8, lengths=self.local_length)
        near = ask[((edits == 1) & (short >= 5)) | ((edits == 2) & (short >= 9))]
        # ada9 and ada97 are two mailboxes, adda9 is a slip of ada9
        digits = (_LETTERS.sub("", "\n".join(self.locals[side[near]])).split("\n") for side in (one, other))
        near = near[np.fromiter(map(eq, *digits), bool)[: len(near)]]
        level[near] = np.where(together[near], CLOSE, np.maximum(level[near], PART))
        level[mail.box[a] == mail.box[b]] = SAME
        level[(a == b) & (self.frequencies.mail_holders[a] > _FEW_NAMES)] = SIMILAR  # an office's says where, not who
        return level, self.box_share[mail.box[a]]

    def _is_telling(self, codes: Codes) -> NDArray[np.bool_]:
        """Per address: is its name more than its owner's, so that meeting it elsewhere says something ('kusha123')?"""
        distinct, place = np.unique(codes, return_inverse=True)
        owner = self.owner[distinct]
        names = self.locals[self.forms.mail.local[distinct]]
        rows = zip(
            names, self.words[self.columns.first_name[owner]], self.words[self.columns.last_name[owner]], strict=True
        )
        telling = (
            not (name.isalpha() and _is_compound_of(name, first, last)) and len(name) > 4 for name, first, last in rows
        )
        return np.fromiter(telling, bool, len(distinct))[place]

    def compare_phones(self, left: Codes, right: Codes) -> tuple[Levels, Reals]:
        """The same number, however prefixed; the last seven digits; one slip."""
        return _best_level(self.columns.phone, left, right, self._grade_phones)

    def _grade_phones(self, a: Codes, b: Codes) -> tuple[Levels, Reals]:
        tail = self.forms.tail
        level = np.full(len(a), DIFFERENT, np.uint8)
        ask = np.flatnonzero(tail[a] != tail[b])
        numbers = self.columns.numbers
        level[ask[_is_digit_slip(numbers[a[ask]], numbers[b[ask]])]] = CLOSE
        equal = (tail[a] == tail[b]) & (tail[a] >= 0)
        level[equal] = PART
        low, high = np.minimum(numbers[a], numbers[b]), np.maximum(numbers[a], numbers[b])
        power = 10 ** np.minimum(np.floor(np.log10(np.maximum(low, 1))) + 1, 15).astype(np.int64)
        ends = (high % power == low) | (low % 10**8 == high % 10**8)
        level[equal & ends] = SAME
        return level, self.tail_share[self.tail[a]]

    def has_equal_key(self, left: Codes, right: Codes) -> NDArray[np.bool_]:
        """Do the pairs share a whole e-mail address or phone number, of the first two of each, that few others hold?"""
        is_equal = np.zeros(len(left), bool)
        for many, holders in (
            (self.columns.email, self.frequencies.mail_holders),
            (self.columns.phone, self.frequencies.phone_holders),
        ):
            for mine in (many.first[left], many.second[left]):
                for yours in (many.first[right], many.second[right]):
                    is_equal |= (mine >= 0) & (mine == yours) & (np.append(holders, 0)[mine] <= _FEW_NAMES)
        return is_equal

    def find_shared_emails(self, left: Codes, right: Codes) -> list[str]:
        """The address that the two of each pair have in common, '' if none of their first two."""
        columns, many = self.columns, self.columns.email
        code = np.full(len(left), -1, np.int32)
        for mine in (many.second[left], many.first[left]):
            for yours in (many.first[right], many.second[right]):
                code = np.where((mine >= 0) & (mine == yours), mine, code)
        boxes = values_of_codes(columns.mailboxes, code).tolist()
        return [f"{columns.locals[box >> 32]}@{columns.domains[box & 0xFFFFFFFF]}" if box >= 0 else "" for box in boxes]

    def compare_pairs(self, left: Codes, right: Codes) -> ComparisonLevels:
        """Levels and shared bits of every pair of places (left[i], right[i])."""
        return self.compare_fields(left, right, self.compare_names(left, right))

    def compare_fields(self, left: Codes, right: Codes, names: tuple[Levels, Levels, Reals, Reals]) -> ComparisonLevels:
        """As compare_pairs, where the names were compared before."""
        first_level, last_level, first_bits, last_bits = names
        graded: dict[str, Any] = {"given": (first_level, first_bits), "family": (last_level, last_bits)}
        graded["email"], graded["phone"] = self.compare_emails(left, right), self.compare_phones(left, right)
        for kind, field in self.fields.items():
            graded[kind] = grade_text(field, left, right)
        city, city_bits = graded["city"]
        home = np.flatnonzero((first_level == SAME) & (city == SAME))
        common = np.minimum(self.frequencies.same_home[left[home]], self.frequencies.same_home[right[home]])
        city_bits[home] = self._joint_rarity(self.columns.first_name[left[home]], common, city_bits[home], _WITH_PLACE)
        a, b = self.columns.generation[left], self.columns.generation[right]
        nth = np.where((a >= 0) & (b >= 0), np.where(a == b, SAME, DIFFERENT), MISSING).astype(np.uint8)
        graded["generation"] = nth, np.zeros(len(left), np.float32)
        # a firm known by its e-mail domain stands in for a missing company, unless the mailbox itself was compared
        company, firm, email = graded["company"][0], self.forms.firm, graded["email"][0]
        company[(company == MISSING) & (email < CLOSE) & (firm[left] >= 0) & (firm[left] == firm[right])] = PART
        return ComparisonLevels({k: v[0] for k, v in graded.items()}, {k: v[1] for k, v in graded.items()})


def _is_compound_of(name: str, first: str, last: str) -> bool:
    return bool((last and last[:5] in name) or (first and first[:4] in name))


_POWERS = 10 ** np.arange(9, dtype=np.int64)


def _is_digit_slip(one: Longs, other: Longs) -> NDArray[np.bool_]:
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


ReadColumns = Callable[[list[int]], LeadColumns]


class LazyComparator:
    """Compares like a Comparator of the whole desk, but reads only the leads it needs. Places are those of the desk.

    `read` gives the columns of leads by ascending id.
    """

    def __init__(self, blocking_keys: BlockingKeys, read: ReadColumns) -> None:
        self.blocking_keys, self.read = blocking_keys, read
        self.comparators: list[tuple[Longs, Comparator]] = []

    def compare_names(self, left: Codes, right: Codes) -> tuple[Levels, Levels, Reals, Reals]:
        """As Comparator.compare_names."""
        comparator, one, other = self._comparator_of(left, right)
        return comparator.compare_names(one, other)

    def compare_fields(self, left: Codes, right: Codes, names: tuple[Levels, Levels, Reals, Reals]) -> ComparisonLevels:
        """As Comparator.compare_fields."""
        comparator, one, other = self._comparator_of(left, right)
        return comparator.compare_fields(one, other, names)

    def compare_pairs(self, left: Codes, right: Codes) -> ComparisonLevels:
        """As Comparator.compare_pairs."""
        comparator, one, other = self._comparator_of(left, right)
        return comparator.compare_pairs(one, other)

    def has_equal_key(self, left: Codes, right: Codes) -> NDArray[np.bool_]:
        """As Comparator.has_equal_key."""
        comparator, one, other = self._comparator_of(left, right)
        return comparator.has_equal_key(one, other)

    def find_shared_emails(self, left: Codes, right: Codes) -> list[str]:
        """As Comparator.find_shared_emails."""
        comparator, one, other = self._comparator_of(left, right)
        return comparator.find_shared_emails(one, other)

    def _comparator_of(self, left: Codes, right: Codes) -> tuple[Comparator, Codes, Codes]:
        """A comparator that holds these leads, and their places in it. They are read unless one holds them."""
        leads = np.unique(np.concatenate([left, right])).astype(np.int64)
        places, comparator = next(
            (pair for pair in self.comparators if _holds_all(pair[0], leads)), None
        ) or self.load_leads(leads)
        one, other = (np.searchsorted(places, side).astype(np.int32) for side in (left, right))
        return comparator, one, other

    @cached_property
    def _desk_frequencies(self) -> DeskFrequencies:
        return DeskFrequencies(self.blocking_keys)

    def load_leads(self, places: Longs) -> tuple[Longs, Comparator]:
        """Read these leads (places, ascending) in one go, since they are going to be compared.

        Raises Busy when one of them was deleted since the scan began.
        """
        columns = self.read(self.blocking_keys.ids[places].tolist())
        if len(columns.ids) != len(places):
            raise Busy("leads were deleted while they were compared.", hint="run it again")
        forms = build_key_forms(columns)
        comparator = Comparator(
            columns, forms, self._desk_frequencies.frequencies_of(columns, forms, build_blocking_keys(columns, forms))
        )
        self.comparators.append((places, comparator))
        return places, comparator


def _holds_all(places: Longs, leads: Longs) -> bool:
    at = np.searchsorted(places, leads)
    return bool((np.append(places, -1)[at] == leads).all())
