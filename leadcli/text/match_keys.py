"""Match keys: the folded forms under which two spellings of one name, address or number are equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from unicodedata import combining, normalize

from leadcli.text.word_lists import (
    COMPANY_WORDS,
    DEGREES,
    GENERATIONS,
    LEGAL_FORMS,
    LEGAL_FRONT,
    PARTICLES,
    ROLE_NAMES,
    TITLES,
    cities,
    streets,
)

_LETTERS = {  # letters Unicode does not decompose, as people type them without the special key
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŧ": "t",
    "ŋ": "n", "ĸ": "k", "ə": "e", "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'",
    "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u2011": "-",
}  # fmt: skip
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


def _is_accent(char: str) -> bool:
    """Accents, Hebrew points and Arabic vowels go; kana voicing, viramas and Thai vowels are letters and stay."""
    weight = combining(char)
    return 10 <= weight <= 36 or weight >= 200


class _Folds(dict[int, str]):
    """Code point -> its folded text, filled as letters are met (str.translate asks once for each)."""

    def __missing__(self, code: int) -> str:
        bare = "".join(char for char in normalize("NFKD", chr(code)) if not _is_accent(char))
        folded = "".join(_LETTERS.get(char, char) for char in bare.casefold() if char not in _INVISIBLE)
        self[code] = folded
        return folded


_FOLDS = _Folds()


def fold_text(text: str) -> str:
    """Text in lower case without accents (Šárka -> sarka, Großmann -> grossmann, Łódź -> lodz).

    Unicode casefold after compatibility decomposition (UAX #15), accents dropped, Hangul and kana kept whole; the
    length may change, white space and punctuation stay. fold_text(fold_text(x)) == fold_text(x).
    """
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).translate(_FOLDS))


def fold_texts(texts: Sequence[str]) -> list[str]:
    """`fold_text` of every text of a column, in one go where all are ASCII. No text has a NUL in it."""
    whole = "\0".join(texts)
    if whole.isascii():
        return whole.lower().split("\0") if texts else []
    return [text.lower() if text.isascii() else fold_text(text) for text in texts]


def name_key(text: str) -> str:
    """Folded text with every run of white space as one space: 'Ada  LOVELÁCE ' -> 'ada lovelace'."""
    return " ".join(fold_text(text).split())


def email_key(text: str) -> str:
    """The address as one mailbox: casefolded whole; dots and +tag of a gmail.com or googlemail.com name ignored.

    'Ada.L+crm@GoogleMail.com' -> 'adal@gmail.com'; anything without an @ is only casefolded.
    """
    text = text.strip()
    address = text.lower() if text.isascii() else normalize("NFC", text).casefold()
    local, at, domain = address.rpartition("@")
    if not at or domain not in ("gmail.com", "googlemail.com"):
        return address
    plain = local.partition("+")[0].replace(".", "")
    return f"{plain or local}@gmail.com"


def domain_spellings(address: str) -> list[str]:
    """The address, and the same with its domain in the other spelling: `xn--mnchen-3ya.de` is `münchen.de`."""
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    if domain.isascii() and "xn--" not in domain:
        return [address]
    try:
        other = domain.encode().decode("idna") if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:  # no domain in either spelling
        return [address]
    return list(dict.fromkeys((address, f"{local}@{other}")))


def email_keys(addresses: Sequence[str]) -> list[str]:
    """`email_key` of every address of a column, in small letters and without white space around it; '' stays ''."""
    return [email_key(each) if each.endswith("mail.com") else each for each in addresses]


_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_WORDS = str.maketrans({"'": None, "`": None, **dict.fromkeys('.-_"“”/\\()[]{}<>*#:;!?+&|=~', " ")})


def _words(text: str) -> list[str]:
    """Folded words of a name: apostrophes close up (o'hare -> ohare), other punctuation parts words."""
    if "(" in text or "[" in text:
        text = _BRACKETS.sub(" ", text) if _BRACKETS.sub("", text).strip() else text
    return fold_text(text).translate(_WORDS).split()


def _without_titles(words: list[str]) -> tuple[list[str], str]:
    """Words of a person's name without titles and degrees, and the generation (jr, sr, ii), '' for none."""
    start, end, generation = 0, len(words), ""
    while end - start > 1 and words[start] in TITLES:
        start += 1
    while end - start > 1 and (words[end - 1] in GENERATIONS or words[end - 1] in DEGREES):
        generation = GENERATIONS.get(words[end - 1], generation)
        end -= 1
    return words[start:end], generation


def _split(words: list[str]) -> int:
    """Where the family name begins in given + family words: at the last word and the particles before it."""
    cut = len(words) - 1
    while cut > 1 and words[cut - 1] in PARTICLES:
        cut -= 1
    return cut


def _first_and_last_name(name: str, last: str) -> tuple[list[str], list[str], str]:
    if "," in name:
        family_text, _, rest = name.partition(",")
        first_names, generation = _without_titles(_words(rest.replace(",", " ")))
        family, older = _without_titles(_words(family_text))
        if first_names and first_names[0] not in GENERATIONS and first_names[0] not in DEGREES:
            return first_names, family, generation or older
        parts = _first_and_last_name(family_text, last)
        return parts[0], parts[1], GENERATIONS.get(first_names[0], parts[2]) if first_names else parts[2]
    words, generation = _without_titles(_words(name))
    if len(words) > 2 and len(words[-1]) == 1 and words[-1].isascii():
        words.pop()
    if len(words) < 2:
        return words, [], generation
    cut = _split(words)
    ending = last or (name.split()[-1] if "-" in name else "")
    if ending:
        tail, _ = _without_titles(_words(ending))
        if 0 < len(tail) < len(words) and words[-len(tail) :] == tail:
            cut = len(words) - len(tail)
    return words[:cut], words[cut:], generation


_ODD = TITLES | DEGREES | GENERATIONS.keys()


def _plain(words: list[str]) -> bool:
    """Folded words are the plainest of names: one given, one family name, nothing odd."""
    return len(words) == 2 and words[0].isalpha() and words[1].isalpha() and _ODD.isdisjoint(words)


def person_key(name: str, *, first: str = "", last: str = "") -> str:
    """A person's name as 'given|family|generation', folded; '' when there is none.

    'Dr. Ada B. Lovelace' and 'LOVELACE, Ada' -> 'ada|lovelace|', 'van der Berg, Jan' -> 'jan|van der berg|',
    'Mary Ann Smith Jr' -> 'mary ann|smith|jr', 'Ada' -> 'ada||'. Titles, degrees and middle initials go; a word alone
    counts as given. Order, nicknames, initials and spelling are judged when two keys are compared.
    """
    text = name or f"{first} {last}"
    words = fold_text(text).split()
    if _plain(words) and (not last or fold_text(last) == words[1]):
        return f"{words[0]}|{words[1]}|"
    first_names, family, generation = _first_and_last_name(text, last)
    if not first_names and not family:
        return ""
    if not family and last and not first and first_names == _words(last):
        first_names, family = [], first_names
    if len(first_names) > 1:
        first_names = first_names[:1] + [word for word in first_names[1:] if len(word) > 1 or not word.isascii()]
    return f"{' '.join(first_names)}|{' '.join(family)}|{generation}"


def _joined_letters(words: list[str]) -> list[str]:
    """Letters spelt one by one close up: ['s', 'r', 'o'] -> ['sro'], ['a', 'b', 'c', 'media'] -> ['abc', 'media']."""
    joined: list[str] = []
    run = ""
    for word in words:
        if len(word) == 1 and word.isalnum():
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        joined.append(word)
    return [*joined, run] if run else joined


_COMPANY = str.maketrans(
    {"'": None, "`": None, "&": " and ", "+": " and ", **dict.fromkeys('.,-_"“”/\\()[]{}<>*#:;!?|=~', " ")}
)
_AND = frozenset(("and", "und", "et"))


@lru_cache(maxsize=65536)
def company_key(text: str) -> str:
    """A company's name, folded, without its legal form: 'Analytical Engines Ltd.' -> 'analytical engines'.

    'Müller & Söhne GmbH & Co. KG' -> 'muller sohne', 'A.B.C. Media, s. r. o.' -> 'abc media'. A name that is nothing
    but a legal form keeps it.
    """
    folded = fold_text(text).replace(".", " ").replace(",", " ")
    # Most names have no other punctuation, and translate is slow.
    words = (folded if folded.replace(" ", "").isalnum() else folded.translate(_COMPANY)).split()
    for word in words:
        if len(word) == 1:
            words = _joined_letters(words)
            break
    end = len(words)
    while end > 1 and (words[end - 1] in LEGAL_FORMS or words[end - 1] in _AND):
        end -= 1
    start = 1 if end > 1 and (words[0] in LEGAL_FRONT or words[0] == "the") else 0
    core = words[start:end]
    if not _AND.isdisjoint(core):
        core = [word for word in core if word not in _AND] or core
    return " ".join(core or words)


_CLOSED = str.maketrans(dict.fromkeys("".join(map(chr, _COMPANY)) + " \t\r\n"))


def _may_be_person(name: str, firm: str) -> bool:
    """False where a name clearly lacks the first word of a company_key: so that most names need no company_key."""
    if not name.isascii():
        return True
    closed = name.lower().replace(" ", "")
    return firm.partition(" ")[0] in (closed if closed.isalnum() else closed.translate(_CLOSED))


def person_and_company(name: str, company: str, *, first: str = "", last: str = "") -> tuple[str, str]:
    """The person_key and company_key of a lead, separated as people write them: either may be ''.

    A name equal to the company, or one ending in a legal form where no company is given, is a company; a name without
    letters (a phone number) or of an office ('info') is nobody.
    """
    firm = company_key(company) if company else ""
    if not name and not first and not last:
        return "", firm
    person = person_key(name, first=first, last=last)
    first_name, _, rest = person.partition("|")
    family = rest.partition("|")[0]
    if (not family and first_name in ROLE_NAMES) or not any(map(str.isalpha, person)):
        return "", firm
    if first or last:
        return person, firm
    if firm and (name == company or (_may_be_person(name, firm) and company_key(name) == firm)):
        return "", firm
    if not firm and family.rpartition(" ")[2] in COMPANY_WORDS:
        return "", company_key(name)
    return person, firm


def name_keys(
    names: Sequence[str], companies: Iterable[str], people: Iterable[tuple[str, str]], folded: Iterable[str]
) -> list[tuple[str, str, str]]:
    """name_key, person_key and company_key of leads: each parameter is a column, in the order of the leads.

    `people` are first and last names, `folded` the names folded.
    """
    keys = []
    for name, company, (first, last), text in zip(names, companies, people, folded, strict=True):
        words = text.split()
        firm = company_key(company) if company else ""
        if len(words) == 2:
            forename, surname = words
            if forename.isalpha() and surname.isalpha() and _is_surely_person(forename, surname, firm, first, last):
                keys.append((f"{forename} {surname}", f"{forename}|{surname}|", firm))
                continue
        person, firm = person_and_company(name, company, first=first, last=last)
        keys.append((" ".join(words), person, firm))
    return keys


def _is_surely_person(forename: str, surname: str, firm: str, first: str, last: str) -> bool:
    """Two plain words of a name, neither a title, whose parts are known, or that shares nothing with its company, or
    ends in no company's word.
    """
    if forename in _ODD or surname in _ODD:
        return False
    if first or last:
        return not last or fold_text(last) == surname
    return firm.partition(" ")[0] not in forename + surname if firm else surname not in COMPANY_WORDS


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    return cities()


@lru_cache(maxsize=1)
def _streets() -> dict[str, str]:
    return streets()


_PLACE = str.maketrans({"'": None, **dict.fromkeys('.,-_"“”/\\()[]{}<>*#:;!?+&|=~', " ")})


@lru_cache(maxsize=65536)
def city_key(text: str) -> str:
    """A city, folded, under its own name: 'Munich' and 'München' -> 'munchen', 'St. Louis' -> 'saint louis'."""
    words = ["saint" if word == "st" else word for word in fold_text(text).translate(_PLACE).split()]
    key = " ".join(words)
    return _cities().get(key, key)


def street_key(text: str) -> str:
    """A street, folded, its usual words short: '12 North Main Street' and '12 N. Main St.' -> '12 n main st'."""
    short = _streets()
    words = [short.get(word, word) for word in fold_text(text).translate(_PLACE).split()]
    return " ".join(f"{word[:-7]}str" if word.endswith("strasse") and len(word) > 7 else word for word in words)


def address_key(street: str, city: str, postcode: str = "") -> str:
    """An address as 'street|city|postcode', each part folded in its own way; '' when all are empty."""
    if not (street or city or postcode):
        return ""
    code = "".join(fold_text(postcode).translate(_PLACE).split()) if postcode else ""
    return f"{street_key(street) if street else ''}|{city_key(city) if city else ''}|{code}"
