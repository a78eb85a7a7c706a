"""Blocking keys of leads: hashes that are equal in every run, so that a later scan can compare new leads with them."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.linkage.value_codes import (
    Codes,
    LeadColumns,
    Longs,
    encode,
    hash_texts,
    values_of_codes,
)
from leadcli.text.word_lists import FREE_MAIL, ROLE_NAMES, nicknames


class BlockingKeys(NamedTuple):
    """One number per lead in each column, by ascending id, -1 for none; the last seven have a row an e-mail or phone.

    The owner of an e-mail or phone is the place of its lead. `mailbox` is -1 for the names of offices, `address` is the
    whole address, `box` the one free of dots and slips, `tail` the last seven digits of `number`.
    """

    ids: Longs
    first_name: Codes
    family_name: Codes
    first_name_root: Codes
    last_name_root: Codes
    first_name_sound: Codes
    last_name_sound: Codes
    firm: Codes
    head: Codes
    company: Codes
    city: Codes
    street: Codes
    postcode: Codes
    birthday: Codes
    corner: Codes
    email_owner: Codes
    address: Codes
    box: Codes
    mailbox: Codes
    phone_owner: Codes
    number: Longs
    tail: Codes


_BY_LEAD = BlockingKeys._fields[: BlockingKeys._fields.index("email_owner")]
_BY_EMAIL = ("email_owner", "address", "box", "mailbox")
_BY_PHONE = ("phone_owner", "number", "tail")


def combine_keys(*parts: NDArray[Any]) -> Longs:
    """One 63-bit key of several codes; -1 (none) as soon as one part is missing (Fibonacci hashing, Knuth 1973)."""
    key = np.zeros(len(parts[0]), np.uint64)
    missing = np.zeros(len(parts[0]), bool)
    for part in parts:
        missing |= part < 0
        key = (key ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    keys = (key >> np.uint64(1)).astype(np.int64)
    keys[missing] = -1
    return keys


def fold_keys(keys: Longs) -> Codes:
    """63-bit keys in 31 bits; -1 stays."""
    return np.where(keys < 0, -1, keys & 0x7FFFFFFF).astype(np.int32)


def hash_addresses(columns: LeadColumns) -> Codes:
    """Per e-mail code the hash of the whole address."""
    local, domain = hash_texts(columns.locals), hash_texts(columns.domains)
    boxes = columns.mailboxes
    return fold_keys(
        combine_keys(
            np.maximum(values_of_codes(local, boxes >> 32), 0),
            np.maximum(values_of_codes(domain, boxes & 0xFFFFFFFF), 0),
        )
    )


def build_blocking_keys(columns: LeadColumns, forms: KeyForms) -> BlockingKeys:
    """The blocking keys of leads that were read."""
    words, mail = hash_texts(columns.words), forms.mail
    email, phone = columns.email, columns.phone
    names = hash_texts(mail.locals)
    names = np.where(mail.role, -1, names).astype(np.int32)
    texts = {
        kind: values_of_codes(hash_texts(getattr(columns, kind).values), getattr(columns, kind).codes)
        for kind in ("company", "city", "street", "postcode", "birthday")
    }
    return BlockingKeys(
        ids=columns.ids,
        first_name=values_of_codes(words, columns.first_name),
        family_name=values_of_codes(words, columns.family_name),
        first_name_root=values_of_codes(forms.root, columns.first_name),
        last_name_root=values_of_codes(forms.root, columns.last_name),
        first_name_sound=values_of_codes(forms.sound, columns.first_name),
        last_name_sound=values_of_codes(forms.sound, columns.last_name),
        firm=forms.firm,
        head=forms.firm_head,
        **texts,
        corner=values_of_codes(forms.corner, columns.street.codes),
        email_owner=email.owner,
        address=values_of_codes(hash_addresses(columns), email.codes),
        box=values_of_codes(forms.mail_boxes, email.codes),
        mailbox=values_of_codes(values_of_codes(names, mail.local), email.codes),
        phone_owner=phone.owner,
        number=values_of_codes(columns.numbers, phone.codes),
        tail=values_of_codes(forms.tail, phone.codes),
    )


def drop_leads(keys: BlockingKeys, is_gone: NDArray[np.bool_]) -> BlockingKeys:
    """The blocking keys without the leads marked in `is_gone`."""
    if not is_gone.any():
        return keys
    stays = ~is_gone
    place = (np.cumsum(stays) - 1).astype(np.int32)
    columns = {name: getattr(keys, name)[stays] for name in _BY_LEAD}
    for names in (_BY_EMAIL, _BY_PHONE):
        inside = stays[getattr(keys, names[0])]
        columns |= {name: getattr(keys, name)[inside] for name in names}
        columns[names[0]] = place[columns[names[0]]]
    return BlockingKeys(**columns)


def join_keys(one: BlockingKeys, other: BlockingKeys) -> BlockingKeys:
    """The blocking keys of both, by ascending id."""
    ids = np.concatenate([one.ids, other.ids])
    if not len(one.ids) or not len(other.ids) or one.ids[-1] < other.ids[0]:
        return _append(one, other)
    order = np.argsort(ids, kind="stable")
    place = np.empty(len(ids), np.int32)
    place[order] = np.arange(len(ids), dtype=np.int32)
    joined = _append(one, other)
    columns = {name: getattr(joined, name)[order] for name in _BY_LEAD}
    for names in (_BY_EMAIL, _BY_PHONE):
        owner = place[getattr(joined, names[0])]
        rows = np.argsort(owner, kind="stable")
        columns |= {name: getattr(joined, name)[rows] for name in names}
        columns[names[0]] = owner[rows]
    return BlockingKeys(**columns)


def _append(one: BlockingKeys, other: BlockingKeys) -> BlockingKeys:
    after = np.int32(len(one.ids))
    moved = other._replace(email_owner=other.email_owner + after, phone_owner=other.phone_owner + after)
    return BlockingKeys._make(
        np.concatenate([getattr(one, name), getattr(moved, name)]) for name in BlockingKeys._fields
    )


_BIG_MAILS = ("gmail.com", "hotmail.com", "yahoo.com", "outlook.com", "icloud.com", "aol.com", "gmx.de", "web.de")
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_SOUNDS = (
    ("tsch", "s"), ("sch", "s"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("sh", "s"), ("gh", "g"), ("wh", "w"),
    ("cz", "s"), ("sz", "s"), ("rz", "z"),
)  # fmt: skip
_LETTERS = str.maketrans({"x": "ks", "q": "k", "c": "k", "z": "s", "v": "f", "w": "f", "y": "i", "j": "i", "d": "t"})
_DIGRAPH = re.compile("|".join(spelt for spelt, _ in _SOUNDS))
_SOUND_OF = dict(_SOUNDS)
_VOWELS = re.compile(r"(?<=.)[aeiouh]")
_DOUBLES = re.compile(r"(.)\1+")
_BARE = str.maketrans(dict.fromkeys("._-"))


class Mailboxes(NamedTuple):
    """Per e-mail code: the box (free of dots, +tags, slips of big domains), its name and its domain, as codes."""

    box: Codes
    local: Codes
    domain: Codes
    locals: list[str]
    role: NDArray[np.bool_]
    free: NDArray[np.bool_]


class KeyForms(NamedTuple):
    """Per word its root, sound and formal names, per e-mail its box, per phone its tail, per lead its firm, per street
    its corner. All but formal names and `mail` are numbers that mean the same in every run."""

    root: Codes
    sound: Codes
    formals: dict[int, list[int]]
    mail: Mailboxes
    mail_boxes: Codes
    tail: Codes
    firm: Codes
    firm_head: Codes
    corner: Codes


def sound_keys(words: list[str]) -> list[str]:
    """A coarse sound of each word, vowels gone but a first one: 'schmidt', 'schmitt' -> 'smt' (after Soundex, 1918)."""
    text = _DIGRAPH.sub(lambda match: _SOUND_OF[match[0]], "\n".join(words)).translate(_LETTERS)
    return _DOUBLES.sub(r"\1", _VOWELS.sub("", text)).split("\n")


def name_roots(words: list[str], formals: dict[str, tuple[str, ...]]) -> list[str]:
    """The form that spellings of a name share: nickname -> formal name, mueller -> muller, 'van der berg' joined."""
    text = "\n".join(formals[word][0] if word in formals else word for word in words)
    for umlaut, plain in _UMLAUTS:
        text = text.replace(umlaut, plain)
    return _DOUBLES.sub(r"\1", text.replace(" ", "")).split("\n")


def correct_domains(domains: list[str]) -> dict[str, str]:
    """Misspelt big free-mail domains -> the right one: {'gmial.com': 'gmail.com'}."""
    from rapidfuzz.distance import OSA

    corrected = {}
    for domain in domains:
        if len(domain) > 12 or domain in FREE_MAIL:
            continue
        for known in _BIG_MAILS:
            near = domain[:1] == known[0] and abs(len(domain) - len(known)) < 2
            if near and OSA.distance(domain, known, score_cutoff=1) == 1:
                corrected[domain] = known
                break
    return corrected


def build_key_forms(columns: LeadColumns) -> KeyForms:
    """What is derived from all leads' values; one pass over the distinct ones."""
    formals = nicknames()
    roots = name_roots(columns.words, formals) if columns.words else []
    heads = {name: number for number, name in enumerate(sorted(set(chain.from_iterable(formals.values()))))}
    nicks = {
        number: [heads[formal] for formal in formals[word]]
        for number, word in enumerate(columns.words)
        if word in formals
    }
    mail, boxes, hosts = _mailboxes(columns)
    tail = np.where(columns.numbers >= 1_000_000, columns.numbers % 10_000_000, -1).astype(np.int32)
    firm, head = _firm_keys(columns, mail, hosts)
    corner = hash_texts(" ".join(street.split(" ", 2)[:2]) for street in columns.street.values)
    sound = hash_texts(sound_keys(roots)) if roots else np.zeros(0, np.int32)
    return KeyForms(hash_texts(roots), sound, nicks, mail, boxes, tail, firm, head, corner)


def _mailboxes(columns: LeadColumns) -> tuple[Mailboxes, Codes, list[str]]:
    plain = [name.partition("+")[0] or name if "+" in name else name for name in columns.locals]
    stripped = "\n".join(plain).translate(_BARE).split("\n") if plain else []
    bare, names = encode([short or name for short, name in zip(stripped, plain, strict=True)])
    corrections = correct_domains(columns.domains)
    domain_codes, domains = encode([corrections.get(host, host) for host in columns.domains])
    local, domain = (
        values_of_codes(bare, columns.mailboxes >> 32),
        values_of_codes(domain_codes, columns.mailboxes & 0xFFFFFFFF),
    )
    pairs = local.astype(np.int64) << 32 | (domain.astype(np.int64) & 0xFFFFFFFF)
    _, box = np.unique(pairs, return_inverse=True)
    role = np.array([name in ROLE_NAMES for name in names], bool)
    free = np.array([host in FREE_MAIL for host in domains], bool)
    spelt = hash_texts(names).astype(np.int64), hash_texts(domains).astype(np.int64)
    boxes = (
        values_of_codes(spelt[0], local) * 0x9E3779B1 ^ values_of_codes(spelt[1], domain) * 0x85EBCA77
    ) >> 16 & 0x7FFFFFFF
    mail = Mailboxes(box.astype(np.int32), local, domain, names, role, free)
    return mail, boxes.astype(np.int32), domains


def _firm_keys(columns: LeadColumns, mail: Mailboxes, hosts: list[str]) -> tuple[Codes, Codes]:
    """Per lead the firm it belongs to, squeezed: its company's name, else the first label of its own e-mail domain."""
    count = len(columns.company.values)
    names = [name.replace(" ", "") for name in columns.company.values]
    names += ["" if free else _firm_label(host) for host, free in zip(hosts, mail.free, strict=True)]
    of, firms = encode(names)
    firm = values_of_codes(of[:count], columns.company.codes)
    mail_firm = values_of_codes(of[count:], values_of_codes(mail.domain, columns.email.first))
    firm = np.where(firm >= 0, firm, mail_firm)
    heads = hash_texts(name[:5] for name in firms)
    return values_of_codes(hash_texts(firms), firm), values_of_codes(heads, firm)


def _firm_label(host: str) -> str:
    labels = host.split(".")
    return labels[-2] if len(labels) > 1 and len(labels[-2]) > 3 else labels[0]
