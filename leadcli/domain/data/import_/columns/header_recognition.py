"""One column of a file and what its heading says: by name, by the words of the vocabulary, never by likeness.

A heading is a meaning with words around it, in any order: `Primary Contact - Email`, `E-Mail 1 - Value`,
`City (Billing)`, `Person - Phone - Work`, `What's your name?`. Every word must be accounted for: what is left over
makes it another thing (`Email Status`, `Company Description`). Likeness of letters only suggests,
and only what a slip of one letter explains.

The words of column headings: vocabulary.txt, read once by the first import that needs it.

Each line is `MEANING[.language]: phrase, phrase`. A meaning is a field, a part of an address, `person` (a whole name
in one column), `anyname` (a word for a name that may be the whole or a part), `none` (known, and no field) or one of
the lists of words that stand around a meaning: record, organisation, address, filler, ordinal, bracket, brand, label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from leadcli.domain.data.import_.columns import optouts
from leadcli.model.fields import LEAD, RecordType
from leadcli.text import match_keys, money

PERSON = "person"  # a whole name in one column; no field of its own, but first, middle and last name
ADDRESS = ("street", "city", "region", "postcode", "country", "address_label")
LATE = ("assistant", "car", "other")  # never the primary number while there is another
NO_PHONE = frozenset({"fax", "telefax", "pager", "telex", "isdn", "tty"})
_AROUND = ("record", "organisation", "address", "filler", "ordinal", "bracket", "brand", "idword", "label")


class Vocabulary(NamedTuple):
    """`meanings` heading without blanks -> meaning; `around` list -> its phrases without blanks; `labels` phrase ->
    the label of a number or address ('' for a phrase that only says whose it is).
    """

    meanings: dict[str, str]
    around: dict[str, frozenset[str]]
    labels: dict[str, str]


@lru_cache(maxsize=1)
def read_vocabulary() -> Vocabulary:
    """The file's content; a phrase means what the first line with it says."""
    meanings: dict[str, str] = {}
    around: dict[str, set[str]] = {name: set() for name in _AROUND}
    labels: dict[str, str] = {}
    lines = Path(__file__).with_name("vocabulary.txt").read_text("utf-8").splitlines()
    for line in reversed(lines):  # so that the first line with a phrase has the last word
        key, colon, listed = line.partition(": ")
        if not colon or line.startswith("#"):
            continue
        meaning, _, language = key.partition(".")
        phrases = listed.replace(" ", "").split(",")
        if meaning in around:
            around[meaning].update(phrases)
        if meaning == "label":
            labels.update(dict.fromkeys(phrases, "" if language == "none" else language))
        elif meaning not in around:
            meanings.update(dict.fromkeys(phrases, meaning))
    return Vocabulary(meanings, {name: frozenset(words) for name, words in around.items()}, labels)


class Column(NamedTuple):
    """A column by its place and header.

    `place` counts from 0. `field` is the registry's name, `person` for a whole name in one column, '' when the column
    feeds nothing. Columns of one `group` belong together: an e-mail and its label, the parts of one address. `part` is
    value or label, for do_not_contact refusal or consent; `line` the place of a street's line; `label` what the header
    says of its values ("mobile", for an amount "EUR").
    `how`: told | name | known | values; without a field ignored (told to, or leadcli's own bookkeeping) | likely (only
    suggested, `suggestion` with `likeness` per cent) | spared (another column is the better one) | foreign (known to be
    no field) | strange (of `suggestion`, but the desk knows none of its values) | unmapped. `meaning` is the
    vocabulary's word where the whole file decides what it is.
    """

    place: int
    header: str
    field: str = ""
    how: str = "unmapped"
    group: str = ""
    part: str = "value"
    line: int = 0
    label: str = ""
    suggestion: str = ""
    likeness: int = 0
    sample: str = ""
    meaning: str = ""


SHORTEST = 6  # letters; below that one letter is too much of a word
LONGEST = 12  # words of a heading that are looked at
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_COMPOUND = re.compile(r"\b(work|home|office|business|other|personal)(phone|email)\b")
_NUMBERED = re.compile(r"(.+?) \d+ - (value|label|type)", re.IGNORECASE)  # of Google
_REFERENCE = re.compile(r".+/\.?id", re.IGNORECASE)  # of Odoo: stage_id/id holds a key of its database
_REPEATED = re.compile(r" \(\d+\)$")  # what a reader adds to the second of two columns with one name
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*")
_EITHER = re.compile(r"\s*[/|]\s*|\s+(?:or|oder|ou|o|of)\s+", re.IGNORECASE)
_SINGULAR = {"emails": "email", "mails": "mail", "phones": "phone", "addresses": "address"}
# Signs of one currency; $ and ¥ are those of several.
_SYMBOLS = {sign: code for code, sign in money.SYMBOLS.items() if sign not in "$¥"}
_WORDS_THAT_ARE_CODES = {"ALL", "TOP", "MOP", "CUP", "PEN", "MAD", "GEL", "LAK", "SOS", "BAM"}
_CURRENCIES = frozenset(code.casefold() for code in money.CODES - _WORDS_THAT_ARE_CODES)

CONTACTS = ("emails", "phones")
_NAMES = ("salutation", "first_name", "middle_name", "last_name", PERSON, "job_title", "birthday")
_SALES = frozenset({
    "lead", "leads", "deal", "deals", "contact", "contacts", "opportunity", "prospect", "person", "customer", "client",
    "enquiry", "inquiry",
})  # fmt: skip
_STREETS = {"beforestreet": -1, "street": 0, "afterstreet": 999}
_FEEDS = {"mobiles": "phones", "weakcompany": "company", "owneruser": "owner", "beforestreet": "street",
          "afterstreet": "street", "anyname": PERSON}  # fmt: skip
_OF_A_COMPANY = ("primary", "main", "default", "address", "defaultaddress", "billing", "billingaddress")
_LEFT_TO_THE_FILE = ("anyname", "weakcompany", "owneruser")


def words_of(header: str) -> list[str]:
    """The words of a header, folded: `E-mail 2 Address` -> email 2 address, `addressCity` -> address city."""
    text = match_keys.fold_text(_CAMEL.sub(" ", re.sub(r"__c$", "", header.strip())).replace("’", "'"))
    text = re.sub(r"\be[\s_-]+mail", "email", text.replace("'", "").replace("iso2", "iso"))
    text = _COMPOUND.sub(r"\1 \2", re.sub(r"(?<=[a-z])(?=\d+\b)", " ", text))
    return re.findall(r"[^\W_]+", text)


def key_of(header: str) -> str:
    """The form under which two spellings of a header are equal: folded, without spaces and punctuation."""
    return "".join(words_of(header))


def is_known_heading(text: str) -> bool:
    """Whether this is, as it stands, the name of a field or a heading that means one."""
    key = key_of(text) if len(text) < 60 else ""
    if not key:
        return False
    return read_vocabulary().meanings.get(key, "none") != "none" or key in _field_keys()


@cache
def _field_keys() -> frozenset[str]:
    return frozenset(map(key_of, LEAD.fields))


class _Reading(NamedTuple):
    """A meaning, and the phrases that stand around it."""

    meaning: str
    around: tuple[str, ...] = ()


class HeaderRecogniser:
    """Knows the headers of one type of record, custom fields included."""

    def __init__(self, record: RecordType) -> None:
        fields = [field for field in record.fields.values() if field.exported and not field.sql]
        self.importable = (*(field.name for field in fields), PERSON)
        self._names = {field.name.replace("_", ""): field.name for field in fields}
        self.vocabulary = read_vocabulary()
        spoken = {
            key_of(name): field.name for field in fields for name in (*field.aliases, *field.headers, field.label)
        }
        named = {key: field for key, field in {**spoken, **self._names}.items() if key and field != optouts.FIELD}
        custom = {field.name for field in fields if field.custom}
        desk_words = {
            key: field for key, field in named.items() if field in custom or key not in self.vocabulary.meanings
        }
        self._meanings = {**self.vocabulary.meanings, **desk_words}

    @cached_property
    def _keys_by_letter(self) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for key in self._meanings:
            keys.setdefault(key[0], []).append(key)
        return keys

    def column(self, place: int, header: str) -> Column:
        """What the header alone tells of its column."""
        column = Column(place, header)
        text = _REPEATED.sub("", header.strip())
        words = words_of(text)
        if not words or len(words) > LONGEST * 2 or _REFERENCE.fullmatch(text):
            return column
        return (
            self._by_name(column, "".join(words))
            or self._by_optout(column, words)
            or self._by_words(column, text)
            or self._by_pieces(column, text)
            or self._by_slip(column, words)
        )

    def is_known_word(self, word: str) -> bool:
        """Whether the vocabulary has this word, for a meaning or around one; fillers do not count."""
        around = self.vocabulary.around
        return word in self._meanings or any(word in around[name] for name in around if name != "filler")

    def _by_name(self, column: Column, key: str) -> Column | None:
        if key in self._names:
            part = optouts.REFUSAL if self._names[key] == optouts.FIELD else column.part
            return column._replace(field=self._names[key], how="name", part=part)
        if key.endswith("systemid"):  # another program's key, whatever it calls the system
            return column._replace(field="external_id", how="known")
        return None

    def _by_optout(self, column: Column, words: list[str]) -> Column | None:
        kind = "" if self._meanings.get("".join(words), "none") != "none" else optouts.kind_of(words)
        return column._replace(field=optouts.FIELD, how="known", part=kind) if kind else None

    def _by_words(self, column: Column, text: str) -> Column | None:
        """The whole heading; without a remark in brackets; with its # as a word."""
        for variant in _variants(text, self.vocabulary.around["bracket"]):
            words = words_of(variant)
            for part, rest in _split_part(words, bool(_NUMBERED.fullmatch(variant))):
                reading = self._read(rest)
                if reading:
                    return self._understood(column, rest, reading, part)
        return None

    def _by_pieces(self, column: Column, text: str) -> Column | None:
        """`Company / Account`, `Town or City`: every piece means the same."""
        pieces = [piece for piece in _EITHER.split(text) if piece.strip()]
        if not 1 < len(pieces) <= 4:
            return None
        columns = [self._by_words(column, piece) for piece in pieces]
        first = columns[0]
        if first and first.field and all(each and each.field == first.field for each in columns):
            return first._replace(meaning="")
        return None

    def _by_slip(self, column: Column, words: list[str]) -> Column:
        text = "".join(words)
        if len(text) < SHORTEST:
            return column
        from rapidfuzz import fuzz, process
        from rapidfuzz.distance import OSA

        best = process.extractOne(text, self._keys_by_letter.get(text[0], ()), scorer=OSA.distance, score_cutoff=1)
        meaning = self._meanings[best[0]] if best else ""
        field = _FEEDS.get(meaning, meaning)
        if not best or field not in (*self.importable, *ADDRESS):
            return column
        return column._replace(how="likely", suggestion=field, likeness=int(fuzz.ratio(text, best[0])))

    def _read(self, words: Sequence[str]) -> _Reading | None:
        """The longest meaning among the words that leaves nothing unexplained."""
        for bare in (words, [word for word in words if not word.isdigit()], _plain_words(words)):
            if meaning := self._meanings.get("".join(bare)):
                return _Reading(meaning)
        bare = _plain_words(words)
        for size in range(min(len(bare), 7), 0, -1):
            for start in range(len(bare) - size, -1, -1):  # `Address - Work Street`: what is meant stands last
                meaning = self._meanings.get("".join(bare[start : start + size]), "")
                rest = [bare[:start], bare[start + size :]]
                around = [self._explain(meaning, each) for each in rest] if meaning else [None]
                if all(each is not None for each in around):
                    return _Reading(meaning, tuple(phrase for each in around for phrase in each or ()))
        return None

    def _explain(self, meaning: str, words: Sequence[str]) -> list[str] | None:
        """The phrases these words are made of, if all of them may stand around the meaning; else None."""
        if not words:
            return []
        for size in range(min(len(words), 4), 0, -1):
            phrase = "".join(words[:size])
            if self._may_stand_around(meaning, phrase) and (rest := self._explain(meaning, words[size:])) is not None:
                return [phrase, *rest]
        return None

    def _may_stand_around(self, meaning: str, phrase: str) -> bool:
        around, field = self.vocabulary.around, _FEEDS.get(meaning, meaning)
        if phrase in around["filler"]:
            return True
        if field in CONTACTS or field in ADDRESS or meaning == "nophones":
            lists = ("record", "organisation", "address", "ordinal")
            return phrase in self.vocabulary.labels or any(phrase in around[name] for name in lists)
        if field == "website":
            return phrase in around["record"] or phrase in around["organisation"] or phrase in around["ordinal"]
        if field in _NAMES:
            return phrase in around["record"] or phrase in ("primary", "main", "billing")
        if field == "company":
            return phrase in around["record"] or phrase in _OF_A_COMPANY
        if field == "external_id" and phrase in around["brand"]:
            return True
        if field == "owner" and phrase in ("account", "company", "organization"):
            return True
        if field == "value" and phrase in _CURRENCIES:
            return True
        if field in ("type", "none", "closed_at", "currency"):
            return False
        return phrase in _SALES

    def _understood(self, column: Column, words: Sequence[str], reading: _Reading, part: str) -> Column:
        meaning = reading.meaning
        field = _FEEDS.get(meaning, meaning)
        numbers = [word for word in words if word.isdigit()]
        if field not in (*self.importable, *ADDRESS):
            return column._replace(how="foreign")
        if field in ADDRESS:
            return self._address(column, words, reading, part)
        if field in CONTACTS:
            label = "mobile" if meaning == "mobiles" else self._label(reading.around)
            return column._replace(field=field, how="known", group="".join(numbers[:1]), part=part, label=label)
        if part == "label" or (numbers and field in (*_NAMES, "company") and numbers != ["1"]):
            return column._replace(how="foreign")
        left_open = meaning if meaning in _LEFT_TO_THE_FILE else ""
        label = _currency(column.header, reading.around) if field == "value" else ""
        return column._replace(field=field, how="known", label=label, meaning=left_open)

    def _address(self, column: Column, words: Sequence[str], reading: _Reading, part: str) -> Column:
        """A part of an address. A number behind a street is its line, any other one tells the address."""
        numbers = [word for word in words if word.isdigit()]
        field = "address_label" if part == "label" else _FEEDS.get(reading.meaning, reading.meaning)
        line = _STREETS.get(reading.meaning, 0)
        if field == "street" and words[-1].isdigit():
            line = line or int(numbers.pop()[:3])
        elif field == "street" and not line and {"2", "two"} & set(words):
            line = 2
        skipped = self.vocabulary.around["filler"] | {"address", "adresse", "default", "defaultaddress"}
        owners = [phrase for phrase in reading.around if phrase not in skipped]
        return column._replace(
            field=field, how="known", group=" ".join([*owners, *numbers[:1]]), line=line, label=self._label(owners)
        )

    def _label(self, phrases: Sequence[str]) -> str:
        labels = [self.vocabulary.labels.get(phrase, "") for phrase in phrases]
        return next((label for label in labels if label), "") or (
            "work" if any(phrase in self.vocabulary.around["organisation"] for phrase in phrases) else ""
        )


def _currency(header: str, around: Sequence[str]) -> str:
    """The currency an amount's heading names: `Amount (USD)`, `Wert in €`; '' for none."""
    code = next((phrase.upper() for phrase in around if phrase in _CURRENCIES), "")
    return code or next((code for mark, code in _SYMBOLS.items() if mark in header), "")


def _variants(text: str, remarks: frozenset[str]) -> Iterator[str]:
    yield re.sub(r"\s*#\s*$", " no", text) if len(text) > 1 else text
    bracket = _BRACKET.search(text)
    if bracket and "".join(words_of(bracket[1])) in remarks:
        yield _BRACKET.sub(" ", text).strip()


def _split_part(words: list[str], numbered: bool) -> Iterator[tuple[str, list[str]]]:
    """Whether a heading is of a value or of its label (`E-mail 1 - Label`), and the words without that one."""
    if numbered:
        yield "value" if words[-1] == "value" else "label", words[:-1]
        return
    yield "value", words
    if len(words) > 1 and words[-1] == "label":
        yield "label", words[:-1]


def _plain_words(words: Sequence[str]) -> list[str]:
    """The words without numbers, in the singular where it matters, none of them twice in a row."""
    bare = [_SINGULAR.get(word, word) for word in words if not word.isdigit()]
    return [word for place, word in enumerate(bare) if place == 0 or bare[place - 1] != word]
