"""What makes a row itself: its match keys and search words, a hash of its cells, its uid."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.rows.new_lead_defaults import BITS
from leadcli.domain.data.import_.rows.values import CachedReadings, fill_blanks
from leadcli.store.match_key_columns import LEAD_KEYS, lead_keys
from leadcli.text.match_keys import address_key, fold_texts

if TYPE_CHECKING:
    from leadcli.domain.data.import_.rows.contacts import Lists
    from leadcli.domain.data.import_.rows.row_batch import RowBatch

_NOTHING = blake2b(digest_size=8)
NAME, COMPANY = LEAD_KEYS.index("name_key"), LEAD_KEYS.index("company_key")
_SIGNS = {"phone+name": "phone", "name+company": "company"}  # what a known key begins with; desks remember its number
_TEXTS = ("name", "first_name", "middle_name", "last_name", "company", "description")


class Identity:
    """Names and keys the rows of a batch."""

    def __init__(self, terms: ImportOptions, filled_fields: Sequence[str], milliseconds: int) -> None:
        self.match = [key for key in terms.match if key not in ("external_id", "uid") or key in filled_fields]
        self.salt = blake2b(terms.reading_key().encode(), digest_size=8)
        stamp = f"{milliseconds & (1 << 48) - 1:012x}"
        self.start = f"{stamp[:8]}-{stamp[8:]}-"
        self.hex_parts = [f"{bits:03x}" for bits in range(1 << 12)]  # a part of a row's number, as a uid has it
        self.addresses = Addresses()

    def assign_uids(self, work: RowBatch, defaulted: list[int]) -> list[int]:
        """A uid (UUID of version 7, RFC 9562) for every row without one; `defaulted` with the bit that says so.

        They grow with the row's number, so that their index grows at its end only: 24 bits of it, then 48 of noise.
        """
        start, hex_parts, bit = self.start, self.hex_parts, BITS["uid"]
        noise = os.urandom(6 * work.count).hex("-", 6).split("-")
        fresh = [
            f"{start}7{hex_parts[n >> 12 & 0xFFF]}-8{hex_parts[n & 0xFFF]}-{some}"
            for n, some in zip(work.n, noise, strict=False)  # of no bytes there is one part too
        ]
        work.uids = work.column("uid")
        work.columns["uid"] = [uid or new for uid, new in zip(work.uids, fresh, strict=True)]
        return [bits if uid else bits | bit for bits, uid in zip(defaulted, work.uids, strict=True)]

    def build_keys(
        self, work: RowBatch, lists: Lists, defaulted: list[int]
    ) -> tuple[list[Sequence[Any]], list[tuple[Any, ...]]]:
        """The stage's own columns from `key` on (see context.STAGE_COLUMNS), and the `words` of the batch."""
        blank = [""] * work.count
        texts = {name: fill_blanks(work.columns[name]) for name in _TEXTS if name in work.columns}
        folded = {name: fold_texts(column) for name, column in texts.items()}
        people = zip(texts.get("first_name", blank), texts.get("last_name", blank), strict=True)
        places = [work.columns.get(name) or blank for name in ("street", "city", "postcode")]
        addresses = list(map(self.addresses.__getitem__, zip(*places, strict=True)))
        keys = lead_keys(texts["name"], texts.get("company", blank), people, addresses, folded["name"])
        known, former = self._recognition_keys(work, lists, keys, folded)
        hashed = map("\0".join, work.cells)  # no cell has a NUL in it
        reachable = [int(each != (None, None)) for each in zip(*lists.keys.values(), strict=True)]
        words = _join_words([*texts.values(), *lists.words], [*folded.values(), *map(fold_texts, lists.words)])
        stage_values = [
            _hash_texts(_NOTHING, known),
            _hash_filled(former),
            _hash_texts(self.salt, hashed),
            defaulted,
            reachable,
            *keys,
        ]
        return stage_values, list(zip(work.n, words, keys[NAME], strict=True))

    def _recognition_keys(
        self, work: RowBatch, lists: Lists, keys: Sequence[Sequence[str]], folded: Mapping[str, Sequence[str]]
    ) -> tuple[list[str], list[str]]:
        """The key by which a later import recognises each row, and the same key as older versions wrote it.

        It is the first match key of the row, else its name. A key with a name in it has more texts behind it that
        distinguish people of one name. Older versions left those out; the second list is '' where both are equal.
        """
        known = [""] * work.count
        named: list[int] = []  # places of the rows that only have a key with a name in it
        for key in self.match:
            if "" in known:
                named = named or ([at for at, text in enumerate(known) if not text] if key in _SIGNS else [])
                sign, key_texts = _SIGNS.get(key, key), self._key_texts(key, work, lists, keys)
                known = [
                    sooner or (f"{sign}\0{text}" if text else "") for sooner, text in zip(known, key_texts, strict=True)
                ]
        named = named or [at for at, text in enumerate(known) if not text]
        known = [sooner or f"name\0{name or None}" for sooner, name in zip(known, keys[NAME], strict=True)]
        former = [""] * work.count
        apart = self._distinguishing_texts(work, lists, keys[NAME], folded) if named else ()
        for at in named:
            if apart[at]:
                known[at], former[at] = f"{known[at]}\0\0{apart[at]}", known[at]
        return known, former

    def _distinguishing_texts(
        self, work: RowBatch, lists: Lists, names: Sequence[str], folded: Mapping[str, Sequence[str]]
    ) -> Sequence[str]:
        """What tells each row from another of its name: the person, where the name is not theirs, and what else is no
        match key of this import; '' for nothing.
        """
        blank = [""] * work.count
        firsts, lasts = folded.get("first_name", blank), folded.get("last_name", blank)
        persons = [
            "" if not (first or last) or name == f"{first} {last}" else _other_person(name, f"{first} {last}")
            for first, last, name in zip(firsts, lasts, names, strict=True)
        ]
        emails = fill_blanks(lists.keys["emails"]) if "email" not in self.match else blank
        external = fill_blanks(work.column("external_id")) if "external_id" not in self.match else blank
        return ["\0".join(each) if any(each) else "" for each in zip(persons, emails, external, strict=True)]

    def _key_texts(self, key: str, work: RowBatch, lists: Lists, keys: Sequence[Sequence[str]]) -> Sequence[str | None]:
        """The text of one match key for each row, empty where a part of it is missing."""
        names, firms = keys[NAME], keys[COMPANY]
        if key == "phone+name":
            pairs = zip(lists.keys["phones"], names, strict=True)
            return [f"{phone}\0{name}" if name and phone is not None else "" for phone, name in pairs]
        if key == "name+company":
            parts = zip(names, firms, work.column("company"), strict=True)
            return [f"{name}\0{firm or None}" if name and company else "" for name, firm, company in parts]
        if key == "uid":
            return work.uids
        return lists.keys["emails"] if key == "email" else work.column(key)


class Addresses(CachedReadings[tuple[str | None, ...], str]):
    """(street, city, postcode) -> address_key."""

    def __missing__(self, place: tuple[str | None, ...]) -> str:
        street, city, postcode = place
        return self.remember(place, address_key(street or "", city or "", postcode or ""))


def _other_person(name: str, person: str) -> str:
    """The words of a folded person's name in order, '' where they are those of the lead's name."""
    words = sorted(person.split())
    return "" if words == sorted(name.split()) else " ".join(words)


def _hash_filled(texts: Sequence[str]) -> list[Any]:
    """The hash of each text that is not empty, '' of the others."""
    numbers = iter(_hash_texts(_NOTHING, filter(None, texts)))
    return [next(numbers) if text else "" for text in texts]


def _hash_texts(begun: blake2b, texts: Iterable[str]) -> tuple[int, ...]:
    """The hash of each text, after what was `begun`, as a signed integer of 64 bits, which a desk can remember."""
    digests = []
    for text in texts:
        hashed = begun.copy()
        hashed.update(text.encode())
        digests.append(hashed.digest())
    return struct.unpack(f">{len(digests)}q", b"".join(digests))


def _join_words(columns: Sequence[Sequence[str]], folded: Sequence[Sequence[str]]) -> list[str]:
    """The folded texts of each row with a space between them, as derived.words has it of a whole record."""
    pairs = list(zip(columns, folded, strict=True))
    if all(original.count("") == texts.count("") for original, texts in pairs):
        return [" ".join(filter(None, texts)) for texts in zip(*folded, strict=True)]
    # A text of accents alone folds to nothing, and still has its space.
    spaced = [[f" {text}" if original else "" for original, text in zip(*pair, strict=True)] for pair in pairs]
    return [words[1:] for words in map("".join, zip(*spaced, strict=True))]
