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
_VOWELS = re.compile(r"(?<!^)[aeiouh]")
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
    telling: NDArray[np.bool_]


class Features(NamedTuple):
    """Derived codes: per word its root, sound and formal names, per phone its tail, per lead its firm and street."""

    root: Codes
    sound: Codes
    formals: dict[int, frozenset[str]]
    mail: Mailboxes
    tail: Longs
    firm: Codes
    firm_head: Codes
    corner: Codes


def sound_of(word: str) -> str:
    """A coarse sound of a word, vowels gone but a first one: 'schmidt' and 'schmitt' -> 'smt' (after Soundex, 1918)."""
    word = _DIGRAPH.sub(lambda found: _PLAIN[found[0]], word).translate(_LETTERS)
    return _DOUBLES.sub(r"\1", _VOWELS.sub("", word))


def root_of(word: str, formals: dict[str, tuple[str, ...]]) -> str:
    """The form that spellings of one name share: nickname -> formal name, mueller -> muller, 'van der berg' joined."""
    word = formals[word][0] if word in formals else word
    if "e" in word:
        for umlaut, plain in _UMLAUTS:
            word = word.replace(umlaut, plain)
    return _DOUBLES.sub(r"\1", word.replace(" ", ""))


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
    base = [root_of(word, formals) for word in columns.words]
    root = np.fromiter(map(roots.__getitem__, base), np.int32, len(base))
    heard = np.fromiter((sounds[sound_of(text)] for text in roots.values_), np.int32, len(roots.values_))
    nicks = {
        number: frozenset(formals[head])
        for number, word in enumerate(columns.words)
        if (head := word.partition(" ")[0]) in formals
    }
    mail, hosts = _mailboxes(columns)
    tail = np.where(columns.numbers >= 1_000_000, columns.numbers % 10_000_000, -1)
    firm, head_codes = _firms(columns, mail, hosts)
    corners = Coder()
    corner = np.fromiter((corners[" ".join(s.split()[:2])] for s in columns.street.values), np.int32)
    sound = np.append(heard, np.int32(-1))[root].astype(np.int32)
    return Features(root, sound, nicks, mail, tail, firm, head_codes, corner)


def _mailboxes(columns: Columns) -> tuple[Mailboxes, list[str]]:
    names, domains = Coder(), Coder()
    bare = np.array([names[name.partition("+")[0].translate(_BARE) or name] for name in columns.locals], np.int32)
    fixes = repaired(columns.domains)
    meant = np.array([domains[fixes.get(host, host)] for host in columns.domains], np.int32)
    if not len(bare):
        bare = meant = np.full(1, -1, np.int32)
    local, domain = bare[columns.mailboxes >> 32], meant[columns.mailboxes & 0xFFFFFFFF]
    _, box = np.unique(local.astype(np.int64) << 32 | domain, return_inverse=True)
    role = np.array([name in ROLE_NAMES for name in names.values_], bool)
    free = np.array([host in FREE_MAIL for host in domains.values_], bool)
    telling = _telling(columns, local, names.values_)
    return Mailboxes(box.astype(np.int32), local, domain, names.values_, role, free, telling), domains.values_


def _telling(columns: Columns, local: Codes, names: list[str]) -> NDArray[np.bool_]:
    """Per address: is its name more than its owner's, so that meeting it elsewhere says something ('kusha123')?"""
    telling = np.zeros(len(local), bool)
    words = [*columns.words, ""]
    owner, codes = columns.email.owner, columns.email.codes
    rows = zip(columns.given[owner].tolist(), columns.family[owner].tolist(), codes.tolist(), strict=True)
    places = local.tolist()
    for given, family, code in rows:
        name = names[places[code]]
        if len(name) < 5 or name in ROLE_NAMES:
            continue
        last, first = words[family][:5], words[given][:4]
        telling[code] = not (name.isalpha() and ((last and last in name) or (first and first in name)))
    return telling


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
