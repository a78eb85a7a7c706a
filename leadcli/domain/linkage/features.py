"""Forms of each distinct value under which likely pairs meet: roots of names, mailboxes, firms, ends of numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.columns import Coder, Codes, Columns, Longs
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
    """Derived codes: per word its root, sound and formal names, per phone its tail, per lead its firm and street."""

    root: Codes
    sound: Codes
    formals: dict[int, list[int]]
    mail: Mailboxes
    tail: Longs
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
    """The derived codes of all leads' values; one pass over the distinct ones."""
    formals = nicknames()
    roots, sounds = Coder(), Coder()
    root = np.fromiter(map(roots.__getitem__, roots_of(columns.words, formals)), np.int32)
    heard = np.fromiter(map(sounds.__getitem__, sounds_of(roots.values_)), np.int32)
    heads = Coder()
    nicks = {
        number: [heads[formal] for formal in formals[word]]
        for number, word in enumerate(columns.words)
        if word in formals
    }
    mail, hosts = _mailboxes(columns)
    tail = np.where(columns.numbers >= 1_000_000, columns.numbers % 10_000_000, -1)
    firm, head_codes = _firms(columns, mail, hosts)
    corners = Coder()
    corner = np.fromiter((corners[" ".join(s.split()[:2])] for s in columns.street.values), np.int32)
    root = root[: len(columns.words)]
    sound = np.append(heard, np.int32(-1))[root].astype(np.int32)
    return Features(root, sound, nicks, mail, tail, firm, head_codes, corner)


def _mailboxes(columns: Columns) -> tuple[Mailboxes, list[str]]:
    names, domains = Coder(), Coder()
    plain = [name.partition("+")[0] or name if "+" in name else name for name in columns.locals]
    stripped = "\n".join(plain).translate(_BARE).split("\n") if plain else []
    bare = np.array([names[short or name] for short, name in zip(stripped, plain, strict=True)], np.int32)
    fixes = repaired(columns.domains)
    meant = np.array([domains[fixes.get(host, host)] for host in columns.domains], np.int32)
    if not len(bare):
        bare = meant = np.full(1, -1, np.int32)
    local, domain = bare[columns.mailboxes >> 32], meant[columns.mailboxes & 0xFFFFFFFF]
    _, box = np.unique(local.astype(np.int64) << 32 | domain, return_inverse=True)
    role = np.array([name in ROLE_NAMES for name in names.values_], bool)
    free = np.array([host in FREE_MAIL for host in domains.values_], bool)
    return Mailboxes(box.astype(np.int32), local, domain, names.values_, role, free), domains.values_


def _firms(columns: Columns, mail: Mailboxes, hosts: list[str]) -> tuple[Codes, Codes]:
    """Per lead the firm it belongs to, squeezed: its company's name, else the first label of its own e-mail domain."""
    firms, heads = Coder(), Coder()
    of_company = np.array([*(firms[name.replace(" ", "")] for name in columns.company.values), -1], np.int32)
    of_host = np.array([-1 if free else firms[_core(host)] for host, free in zip(hosts, mail.free, strict=True)] + [-1])
    firm = of_company[columns.company.codes]
    own = of_host[np.append(mail.domain, np.int32(len(hosts)))[columns.email.first]]
    firm = np.where(firm >= 0, firm, own).astype(np.int32)
    head = np.array([*(heads[name[:5]] for name in firms.values_), -1], np.int32)
    return firm, head[firm]


def _core(host: str) -> str:
    labels = host.split(".")
    return labels[-2] if len(labels) > 1 and len(labels[-2]) > 3 else labels[0]
