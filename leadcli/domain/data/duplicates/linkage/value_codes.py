"""Leads as columns of numbers: every distinct name, company, address and number becomes a code, compared once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Longs = NDArray[np.int64]

# Some thousand leads as the store gives them, by id: ids between spaces, then values between line ends - person_key,
# company_key, address_key and birthday of leads; the key alone of e-mails and phones.
Batch = Sequence[str]
_ODD_ADDRESS = re.compile(r"^[^@\n]*$|@[^@\n]*@", re.MULTILINE)  # with no @, or several


class WordCodes(NamedTuple):
    """One field of all leads: `codes[i]` is lead i's place in `values`, -1 where it has none."""

    codes: Codes
    values: list[str]


class ManyCodes(NamedTuple):
    """A field a lead has several of: `owner[k]` has value `codes[k]`; first and second are per lead, -1 for none."""

    owner: Codes
    codes: Codes
    first: Codes
    second: Codes


class LeadColumns(NamedTuple):
    """What a scan reads of the leads; all names share one list of words, so that swapped ones compare.

    given is the first word, family all that follows ('garcia lopez'), last the family name proper ('lopez'). An e-mail
    code is a place in `mailboxes` (name << 32 | domain, codes of `locals` and `domains`), a phone code in `numbers`.
    """

    ids: Longs
    first_name: Codes
    family_name: Codes
    last_name: Codes
    generation: Codes
    words: list[str]
    company: WordCodes
    city: WordCodes
    street: WordCodes
    postcode: WordCodes
    birthday: WordCodes
    email: ManyCodes
    mailboxes: Longs
    locals: list[str]
    domains: list[str]
    phone: ManyCodes
    numbers: Longs


def encode(texts: list[str]) -> tuple[Codes, list[str]]:
    """Each text's code, -1 for '', and the distinct texts in the order they come.

    Texts are told apart by their 64-bit hashes (SipHash): two of a million share one once in 40 million runs, and
    numbers are sorted many times faster than a table of texts is filled.
    """
    hashes = np.fromiter(map(hash, texts), np.int64, len(texts))
    known = np.flatnonzero(hashes)  # hash("") is 0
    _, first, code = np.unique(hashes[known], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes = np.full(len(texts), -1, np.int32)
    codes[known] = rank[code]
    return codes, [texts[at] for at in known[first[order]].tolist()]


def hash_texts(texts: Iterable[str]) -> Codes:
    """31 bits of each text that are the same in every run, -1 for ''. Now and then two texts share theirs."""
    hashes = np.fromiter(map(crc32, map(str.encode, texts)), np.int64) & 0x7FFFFFFF
    hashes[hashes == 0] = -1
    return hashes.astype(np.int32)


def values_of_codes(values: NDArray[Any], codes: NDArray[Any]) -> NDArray[Any]:
    """values[codes], -1 where there is no code."""
    values_at_codes: NDArray[Any] = np.append(values, values.dtype.type(-1))[codes]
    return values_at_codes


def build_columns(rows: Iterable[Batch], emails: Iterable[Batch], phones: Iterable[Batch]) -> LeadColumns:
    """Columns of leads from their stored keys.

    Leads come in ascending order of id; e-mails and phones of leads that are not among them are left out.
    """
    numbers, *texts = _join_batches(rows, 5)
    ids = _parse_numbers(numbers)
    person, company, address, birthday = (encode(_split_lines(text, len(ids))) for text in texts)
    del texts
    first_name, family_name, last_name, generation, words = _encode_names(*person)
    street, city, postcode = _encode_addresses(*address)
    owners, boxes = _join_batches(emails, 2)
    locals_, domains, mailboxes = _mailboxes(boxes)
    email, known = _encode_many(ids, _parse_numbers(owners), mailboxes)
    owners, digits = _join_batches(phones, 2)
    phone, distinct = _encode_many(ids, _parse_numbers(owners), _parse_numbers(digits))
    return LeadColumns(
        ids, first_name, family_name, last_name, generation, words,
        WordCodes(*company), city, street, postcode, WordCodes(*birthday),
        email, known, locals_, domains, phone, distinct,
    )  # fmt: skip


def _join_batches(batches: Iterable[Batch], count: int) -> list[str]:
    """Batches one after the other."""
    return ["\n".join(column) for column in zip(*batches, strict=True)] or [""] * count


def _parse_numbers(text: str) -> Longs:
    return np.fromstring(text, np.int64, sep=" ")


def _split_lines(text: str, count: int) -> list[str]:
    return text.split("\n") if count else []


def _split(texts: list[str], bar: str, count: int) -> list[list[str]]:
    """'a|b|c' of every text as columns; all at once, which is many times faster than one by one."""
    pieces = "\n".join(texts).replace(bar, "\n").split("\n") if texts else []
    return [pieces[at::count] for at in range(count)]


def _mailboxes(text: str) -> tuple[list[str], list[str], Longs]:
    """The distinct names and domains of addresses between line ends, and name << 32 | domain of each (0 for none)."""
    if _ODD_ADDRESS.search(text):
        lines = (line.replace("@", " ", line.count("@") - 1) for line in text.split("\n"))
        text = "\n".join(line if "@" in line else f"{line}@" for line in lines)
    pieces = text.replace("@", "\n").split("\n") if text else []
    (local, names), (domain, hosts) = encode(pieces[::2]), encode(pieces[1::2])
    return names, hosts, np.maximum(local, 0).astype(np.int64) << 32 | np.maximum(domain, 0)


def _encode_addresses(codes: Codes, keys: list[str]) -> list[WordCodes]:
    """Streets, cities and postcodes out of the codes of address_keys."""
    columns = [encode(column) for column in _split(keys, "|", 3)]
    return [WordCodes(values_of_codes(column, codes), values) for column, values in columns]


def _encode_names(codes: Codes, keys: list[str]) -> tuple[Codes, Codes, Codes, Codes, list[str]]:
    """Given, family (with what stands between), last, generation, and their words, out of the codes of person_keys."""
    firsts, lasts, nths = _split(keys, "|", 3)
    families = list(lasts)
    for at in [at for at, first in enumerate(firsts) if " " in first]:
        firsts[at], _, middle = firsts[at].partition(" ")
        families[at] = f"{middle} {lasts[at]}".rstrip()
        lasts[at] = lasts[at] or middle
    every, words = encode([*firsts, *families, *lasts])
    first_name, family_name, last_name = (
        values_of_codes(every[at * len(keys) : (at + 1) * len(keys)], codes) for at in range(3)
    )
    return first_name, family_name, last_name, values_of_codes(encode(nths)[0], codes), words


def _encode_many(ids: Longs, owners: Longs, numbers: Longs) -> tuple[ManyCodes, Longs]:
    """The distinct numbers, and each lead's as their codes."""
    values, codes = np.unique(numbers, return_inverse=True)
    place = np.searchsorted(ids, owners).astype(np.int32)
    is_read = ids[np.minimum(place, len(ids) - 1)] == owners if len(ids) else np.zeros(len(owners), bool)
    owner, codes = place[is_read], codes[is_read].astype(np.int32)
    first = np.full(len(ids), -1, np.int32)
    second = first.copy()
    is_first = np.ones(len(owner), bool)
    is_first[1:] = owner[1:] != owner[:-1]
    first[owner[is_first]] = codes[is_first]
    is_second = np.zeros(len(owner), bool)
    is_second[1:] = is_first[:-1] & ~is_first[1:]
    second[owner[is_second]] = codes[is_second]
    return ManyCodes(owner, codes, first, second), values
