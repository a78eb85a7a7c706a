"""Forms of each distinct value under which likely pairs meet: roots of names, mailboxes, firms, ends of numbers."""

from __future__ import annotations

import re
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.columns import Codes, Columns, coded, hashes_of, spread
from leadcli.lexicon import FREE_MAIL, ROLE_NAMES, nicknames

_BIG_MAILS = ("gmail.com", "hotmail.com", "yahoo.com", "outlook.com", "icloud.com", "aol.com", "gmx.de", "web.de")
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_SOUNDS = (
    ("tsch", "s"), ("sch", "s"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("sh", "s"), ("gh", "g"), ("wh", "w"),
    ("cz", "s"), ("sz", "s"), ("rz", "z"),
)  # fmt: skip
_LETTERS = str.maketrans({"x": "ks", "q": "k", "c": "k", "z": "s", "v": "f", "w": "f", "y": "i", "j": "i", "d": "t"})
_DIGRAPH = re.compile("|".join(spelt for spelt, _ in _SOUNDS))
_PLAIN = dict(_SOUNDS)
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


class Features(NamedTuple):
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


def sounds_of(words: list[str]) -> list[str]:
    """A coarse sound of each word, vowels gone but a first one: 'schmidt', 'schmitt' -> 'smt' (after Soundex, 1918)."""
    text = _DIGRAPH.sub(lambda found: _PLAIN[found[0]], "\n".join(words)).translate(_LETTERS)
    return _DOUBLES.sub(r"\1", _VOWELS.sub("", text)).split("\n")


def roots_of(words: list[str], formals: dict[str, tuple[str, ...]]) -> list[str]:
    """The form that spellings of a name share: nickname -> formal name, mueller -> muller, 'van der berg' joined."""
    text = "\n".join(formals[word][0] if word in formals else word for word in words)
    for umlaut, plain in _UMLAUTS:
        text = text.replace(umlaut, plain)
    return _DOUBLES.sub(r"\1", text.replace(" ", "")).split("\n")


def repaired(domains: list[str]) -> dict[str, str]:
    """Slips of the big free-mail domains -> what was meant: {'gmial.com': 'gmail.com'}."""
    from rapidfuzz.distance import OSA

    found = {}
    for domain in domains:
        if len(domain) > 12 or domain in FREE_MAIL:
            continue
        for meant in _BIG_MAILS:
            near = domain[:1] == meant[0] and abs(len(domain) - len(meant)) < 2
            if near and OSA.distance(domain, meant, score_cutoff=1) == 1:
                found[domain] = meant
                break
    return found


def features(columns: Columns) -> Features:
    """What is derived from all leads' values; one pass over the distinct ones."""
    formals = nicknames()
    roots = roots_of(columns.words, formals) if columns.words else []
    heads = {name: number for number, name in enumerate(sorted(set(chain.from_iterable(formals.values()))))}
    nicks = {
        number: [heads[formal] for formal in formals[word]]
        for number, word in enumerate(columns.words)
        if word in formals
    }
    mail, boxes, hosts = _mailboxes(columns)
    tail = np.where(columns.numbers >= 1_000_000, columns.numbers % 10_000_000, -1).astype(np.int32)
    firm, head = _firms(columns, mail, hosts)
    corner = hashes_of(" ".join(street.split(" ", 2)[:2]) for street in columns.street.values)
    sound = hashes_of(sounds_of(roots)) if roots else np.zeros(0, np.int32)
    return Features(hashes_of(roots), sound, nicks, mail, boxes, tail, firm, head, corner)


def _mailboxes(columns: Columns) -> tuple[Mailboxes, Codes, list[str]]:
    plain = [name.partition("+")[0] or name if "+" in name else name for name in columns.locals]
    stripped = "\n".join(plain).translate(_BARE).split("\n") if plain else []
    bare, names = coded([short or name for short, name in zip(stripped, plain, strict=True)])
    fixes = repaired(columns.domains)
    meant, domains = coded([fixes.get(host, host) for host in columns.domains])
    local, domain = spread(bare, columns.mailboxes >> 32), spread(meant, columns.mailboxes & 0xFFFFFFFF)
    pairs = local.astype(np.int64) << 32 | (domain.astype(np.int64) & 0xFFFFFFFF)
    _, box = np.unique(pairs, return_inverse=True)
    role = np.array([name in ROLE_NAMES for name in names], bool)
    free = np.array([host in FREE_MAIL for host in domains], bool)
    spelt = hashes_of(names).astype(np.int64), hashes_of(domains).astype(np.int64)
    boxes = (spread(spelt[0], local) * 0x9E3779B1 ^ spread(spelt[1], domain) * 0x85EBCA77) >> 16 & 0x7FFFFFFF
    mail = Mailboxes(box.astype(np.int32), local, domain, names, role, free)
    return mail, boxes.astype(np.int32), domains


def _firms(columns: Columns, mail: Mailboxes, hosts: list[str]) -> tuple[Codes, Codes]:
    """Per lead the firm it belongs to, squeezed: its company's name, else the first label of its own e-mail domain."""
    count = len(columns.company.values)
    told = [name.replace(" ", "") for name in columns.company.values]
    told += ["" if free else _core(host) for host, free in zip(hosts, mail.free, strict=True)]
    of, firms = coded(told)
    firm = spread(of[:count], columns.company.codes)
    own = spread(of[count:], spread(mail.domain, columns.email.first))
    firm = np.where(firm >= 0, firm, own)
    heads = hashes_of(name[:5] for name in firms)
    return spread(hashes_of(firms), firm), spread(heads, firm)


def _core(host: str) -> str:
    labels = host.split(".")
    return labels[-2] if len(labels) > 1 and len(labels[-2]) > 3 else labels[0]
