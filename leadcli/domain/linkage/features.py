"""Forms of each distinct value under which likely pairs meet: roots of names, mailboxes, firms, ends of numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.columns import Codes, Coder, Columns, Longs
from leadcli.lexicon import FREE_MAIL, ROLE_NAMES, nicknames

_BIG_MAILS = ("gmail.com", "hotmail.com", "yahoo.com", "outlook.com", "icloud.com", "aol.com", "gmx.de", "web.de")
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_SOUNDS = (
    ("sch", "s"), ("tsch", "s"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("sh", "s"), ("gh", "g"), ("wh", "w"),
    ("cz", "s"), ("sz", "s"), ("rz", "z"), ("x", "ks"), ("q", "k"), ("c", "k"), ("z", "s"), ("v", "f"), ("w", "f"),
    ("y", "i"), ("j", "i"), ("dt", "t"), ("d", "t"),
)  # fmt: skip
_VOWELS = re.compile(r"(?<!^)[aeiouh]")
_DOUBLES = re.compile(r"(.)\1+")


class Features(NamedTuple):
    """Derived codes: per word (root, sound, formal), per mailbox (box, local, domain), per phone (tail), per lead (firm)."""

    root: Codes
    sound: Codes
    formals: dict[int, frozenset[str]]
    box: Codes
    local: Codes
    domain: Codes
    locals: list[str]
    role: NDArray[np.bool_]
    free: NDArray[np.bool_]
    telling: NDArray[np.bool_]
    tail: Longs
    firm: Codes
    firm_head: Codes


def sound_of(word: str) -> str:
    """A coarse sound of a word, vowels gone but a first one: 'Schmidt' and 'Schmitt' -> 'smt' (after Soundex, 1918)."""
    for spelt, plain in _SOUNDS:
        if spelt in word:
            word = word.replace(spelt, plain)
    return _DOUBLES.sub(r"\1", _VOWELS.sub("", _DOUBLES.sub(r"\1", word)))


def root_of(word: str, formals: dict[str, tuple[str, ...]]) -> str:
    """The form that spellings of one name share: nickname -> formal name, mueller -> muller, 'van der berg' joined."""
    word = formals[word][0] if word in formals else word
    for umlaut, plain in _UMLAUTS:
        if umlaut in word:
            word = word.replace(umlaut, plain)
    return _DOUBLES.sub(r"\1", word.replace(" ", ""))


def repaired(domains: list[str]) -> dict[str, str]:
    """Slips of the big free-mail domains -> what was meant: {'gmial.com': 'gmail.com'}."""
    from rapidfuzz.distance import OSA

    found = {}
    for domain in domains:
        if 5 <= len(domain) <= 12 and domain not in FREE_MAIL:
            for meant in _BIG_MAILS:
                if abs(len(domain) - len(meant)) < 2 and OSA.distance(domain, meant, score_cutoff=1) == 1:
                    found[domain] = meant
                    break
    return found


def features(columns: Columns) -> Features:
    """The derived codes of all leads' values; one pass over the distinct ones."""
    formals = nicknames()
    roots, sounds = Coder(), Coder()
    root, sound = [], []
    nicks: dict[int, frozenset[str]] = {}
    for number, word in enumerate(columns.words):
        head = word.partition(" ")[0]
        base = root_of(word, formals)
        root.append(roots.code(base))
        sound.append(sounds.code(sound_of(base)))
        if head in formals:
            nicks[number] = frozenset(formals[head])
    box, local, domain, names, role, free, cores = _mailboxes(columns.email.values)
    telling = _telling(columns, local, names)
    tail = np.array([int(digits[-7:]) if len(digits) >= 7 else -1 for digits in columns.phone.values], np.int64)
    firm, head_codes = _firms(columns, domain, free, cores)
    return Features(
        np.array(root, np.int32), np.array(sound, np.int32), nicks, box, local, domain, names, role, free, telling, tail, firm,
        head_codes,
    )  # fmt: skip


def _mailboxes(addresses: list[str]) -> tuple[Any, ...]:
    split = [address.rpartition("@") for address in addresses]
    fixes = repaired(list({domain for _, _, domain in split}))
    boxes, names, domains = Coder(), Coder(), Coder()
    box, local, domain = [], [], []
    for name, _, host in split:
        host = fixes.get(host, host)
        plain = name.partition("+")[0] or name
        bare = plain.replace(".", "").replace("_", "").replace("-", "") or plain
        local.append(names.code(bare))
        domain.append(domains.code(host))
        box.append(boxes.code(f"{bare}@{host}"))
    role = np.array([name in ROLE_NAMES for name in names.values], bool)
    free = np.array([host in FREE_MAIL for host in domains.values], bool)
    return (
        np.array(box, np.int32), np.array(local, np.int32), np.array(domain, np.int32), names.values, role, free,
        domains.values,
    )  # fmt: skip


def _firms(columns: Columns, domain: Codes, free: NDArray[np.bool_], hosts: list[str]) -> tuple[Codes, Codes]:
    """Per lead the firm it belongs to, squeezed: its company's name, else the first label of its own e-mail domain."""
    firms, heads = Coder(), Coder()
    of_company = np.array([firms.code(name.replace(" ", "")) for name in columns.company.values] or [-1], np.int32)
    of_host = np.array(
        [-1 if free[number] else firms.code(_core(host)) for number, host in enumerate(hosts)] or [-1], np.int32
    )
    firm = np.where(columns.company.codes >= 0, of_company[columns.company.codes], -1).astype(np.int32)
    first = columns.email.first
    own = np.where(first >= 0, of_host[domain[first]] if len(domain) else -1, -1)
    firm = np.where(firm >= 0, firm, own).astype(np.int32)
    head = np.array([heads.code(name[:5]) for name in firms.values] or [-1], np.int32)
    return firm, np.where(firm >= 0, head[firm], -1).astype(np.int32)


@lru_cache(maxsize=None)
def _core(host: str) -> str:
    labels = host.split(".")
    return labels[-2] if len(labels) > 1 and len(labels[-2]) > 3 else labels[0]


def _telling(columns: Columns, local: Codes, names: list[str]) -> NDArray[np.bool_]:
    """Per address: is its name more than its owner's, so that meeting it elsewhere says something ('kusha123')?"""
    telling = np.zeros(len(local), bool)
    words = columns.words
    for owner, code in zip(columns.email.owner.tolist(), columns.email.codes.tolist(), strict=True):
        name = names[local[code]]
        if len(name) < 5 or name in ROLE_NAMES:
            continue
        given, family = columns.given[owner], columns.family[owner]
        plain = name.isalpha() and (
            (family >= 0 and words[family].replace(" ", "")[:5] in name) or (given >= 0 and words[given][:4] in name)
        )
        telling[code] = not plain
    return telling
