"""What makes a row itself: its match keys and search words, a hash of its cells, its uid."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import blake2b
from itertools import repeat
from typing import TYPE_CHECKING, Any

from leadcli.domain.transfer.newcomers import BITS
from leadcli.domain.transfer.terms import Terms
from leadcli.matching import address_key, fold
from leadcli.store.derived import LEAD_KEYS, lead_keys

if TYPE_CHECKING:
    from leadcli.domain.transfer.contacts import Lists
    from leadcli.domain.transfer.conversion import Work

REMEMBERED = 20_000
NAME, COMPANY = LEAD_KEYS.index("name_key"), LEAD_KEYS.index("company_key")
_TEXTS = ("name", "first_name", "middle_name", "last_name", "company", "description")


class Identity:
    """Names and keys the rows of a batch."""

    def __init__(self, terms: Terms, fed: Sequence[str], milliseconds: int) -> None:
        self.match = [key for key in terms.match if key not in ("external_id", "uid") or key in fed]
        self.salt = blake2b(terms.reading().encode(), digest_size=8)
        stamp = f"{milliseconds & (1 << 48) - 1:012x}"
        self.start = f"{stamp[:8]}-{stamp[8:]}-"
        self.addresses: dict[tuple[str, str, str], str] = {}

    def name(self, work: Work, made: list[int]) -> list[int]:
        """A uid (UUID of version 7, RFC 9562) for every row without one; `made` with the bit that says so.

        They grow with the row's number, so that their index grows at its end only: 24 bits of it, then 48 of noise.
        """
        noise, start, bit = os.urandom(6 * work.count).hex(), self.start, BITS["uid"]
        uids = list(work.columns.get("uid") or [None] * work.count)
        for place, n in enumerate(work.n):
            if uids[place] is None:
                at = 12 * place
                uids[place] = f"{start}7{n >> 12 & 0xFFF:03x}-8{n & 0xFFF:03x}-{noise[at : at + 12]}"
                made[place] |= bit
        work.columns["uid"] = uids
        return made

    def keys(self, work: Work, lists: Lists, made: list[int]) -> list[Sequence[Any]]:
        """The stage's own columns from `key` on (see conversion.OWN)."""
        blank = [""] * work.count
        texts = [[text or "" for text in work.columns[name]] if name in work.columns else blank for name in _TEXTS]
        names, firsts, _, lasts, companies, _ = texts
        places = [work.columns.get(name) or blank for name in ("street", "city", "postcode")]
        addresses = map(self._address, *places)
        found = list(map(lead_keys, names, companies, zip(firsts, lasts, strict=True), addresses))
        emails, phones = lists.keys["emails"], lists.keys["phones"]
        known = map(self._key, found, companies, zip(emails, phones, strict=True),
                    work.columns.get("external_id") or repeat(None),
                    work.columns["uid"] if "uid" in self.match else repeat(None))  # fmt: skip
        reachable = [1 if email or phone else 0 for email, phone in zip(emails, phones, strict=True)]
        words = map(_words, zip(*texts, strict=True), lists.words)
        return [list(known), list(map(self._hash, work.cells)), made, reachable, list(words), *zip(*found, strict=True)]

    def _address(self, street: str | None, city: str | None, postcode: str | None) -> str:
        place = (street or "", city or "", postcode or "")
        found = self.addresses.get(place)
        if found is None:
            if len(self.addresses) > REMEMBERED:
                self.addresses.clear()
            self.addresses[place] = found = address_key(*place)
        return found

    def _key(
        self, keys: tuple[str | None, ...], company: str, contact: tuple[list[str], list[str]],
        external_id: str | None, uid: str | None,
    ) -> int:  # fmt: skip
        """By what this row is known again: its first match key, else its name."""
        emails, phones = contact
        name = keys[NAME]
        for key in self.match:
            if key == "external_id" and external_id:
                return _number(f"external_id\0{external_id}")
            if key == "uid" and uid:
                return _number(f"uid\0{uid}")
            if key == "email" and emails:
                return _number(f"email\0{emails[0]}")
            if key == "phone+name" and phones and name:
                return _number(f"phone\0{phones[0]}\0{name}")
            if key == "name+company" and name and company:
                return _number(f"company\0{name}\0{keys[COMPANY]}")
        return _number(f"name\0{name}")

    def _hash(self, cells: Sequence[str]) -> int:
        hashed = self.salt.copy()
        hashed.update("\0".join(cells).encode())  # no cell has a NUL in it
        return int.from_bytes(hashed.digest(), "big", signed=True)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _words(texts: Sequence[str], more: list[str]) -> str:
    """As derived.words has it of a whole record."""
    return fold(" ".join([text for text in (*texts, *more) if text]))
