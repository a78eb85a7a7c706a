"""One column of a file and what it is taken for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from leadcli.domain.data.import_.columns import headings, optouts
from leadcli.domain.data.import_.columns.headings import ADDRESS, LABELS, phrases
from leadcli.model.fields import RecordType
from leadcli.text import match_keys


class Column(NamedTuple):
    """A column by its place and header.

    `place` counts from 0. `field` is the registry's name, `person` for a whole name in one column, '' when the column
    feeds nothing. Columns of one `group` belong together: an e-mail and its label, the parts of one address. `part` is
    value or label, for do_not_contact refusal or consent; `line` the place of a street's line; `label` what the header
    says of its values ("mobile").
    `how`: told | name | known | similar; without a field ignored (told to, or leadcli's own bookkeeping) | likely (only
    suggested, `suggestion` with `likeness` per cent) | spared (another column is the better one) | unmapped.
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


SURE, LIKELY = 90, 75  # per cent of rapidfuzz's token_sort_ratio: mapped, only suggested
SHORTEST = 4  # letters; below that likeness means nothing
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBERED = re.compile(r"(.+?) \d+ - (value|label|type)", re.IGNORECASE)  # of Google
_REFERENCE = re.compile(r".+/\.?id", re.IGNORECASE)  # of Odoo: stage_id/id holds a key of its database
_SINGULAR = {"emails": "email", "mails": "mail", "phones": "phone", "addresses": "address"}


def words_of(header: str) -> list[str]:
    """The words of a header, folded: `E-mail 2 Address` -> email 2 address, `addressCity` -> address city."""
    text = match_keys.fold_text(_CAMEL.sub(" ", re.sub(r"__c$", "", header.strip())))
    text = re.sub(r"\be[\s_-]+mail", "email", text.replace("'", "").replace("iso2", "iso"))
    return re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=\d+\b)", " ", text))


def key_of(header: str) -> str:
    """The form under which two spellings of a header are equal: folded, without spaces and punctuation."""
    return "".join(words_of(header))


class Noun(NamedTuple):
    """What a word of contact data names: a field, the place of a line in a street, a label."""

    field: str
    line: int = 0
    label: str = ""


class HeaderRecogniser:
    """Knows the headers of one type of record, custom fields included."""

    def __init__(self, record: RecordType) -> None:
        fields = [field for field in record.fields.values() if field.exported and not field.sql]
        self.importable = (*(field.name for field in fields), headings.PERSON)
        self._phrases = dict(_known_phrases())
        for field in fields:
            for name in (*field.aliases, *field.headers, field.label, field.name):
                self._phrases[" ".join(words_of(name))] = field.name
        self._names = {field.name.replace("_", ""): field.name for field in fields}
        self._known = {phrase.replace(" ", ""): field for phrase, field in self._phrases.items() if phrase}
        spoken = sorted(
            phrase for phrase in {*self._phrases, *_NOUN_PHRASES}
            # `Contact No` sounds like no contact: an opt-out is known by its words only.
            if len(phrase) >= SHORTEST and self._phrases.get(phrase) != optouts.FIELD
        )  # fmt: skip
        self._vocabulary = {_sort_words(phrase.split()): phrase for phrase in spoken}

    def column(self, place: int, header: str) -> Column:
        """What the header alone tells of its column."""
        column = Column(place, header)
        words = words_of(header)
        key = "".join(words)
        numbered = _NUMBERED.fullmatch(header.strip())
        bare = key if numbered else "".join(word for word in words if not word.isdigit())
        if not key or key in WEAK or {key, bare} & _FOREIGN or _REFERENCE.fullmatch(header.strip()):
            return column
        recognised = self._by_name(column, key) or _optout(column, words) or _contact(column, words, bool(numbered))
        if recognised:
            return recognised
        if numbered:
            value = numbered[2].casefold() == "value"
            return (self._by_name(column, key_of(numbered[1])) if value else None) or column
        if headings.NO_PHONE & set(words):
            return column
        rest = headings.RECORDS.sub("", header.strip(), count=1)
        if rest != header.strip():
            known = key_of(rest) != "id" or words[0] in ("lead", "deal")
            return self.column(place, rest)._replace(header=header) if known else column
        return self._by_similarity(column, words)

    def _by_name(self, column: Column, key: str) -> Column | None:
        if key in self._names:
            part = optouts.REFUSAL if self._names[key] == optouts.FIELD else column.part
            return column._replace(field=self._names[key], how="name", part=part)
        if key.endswith("systemid"):  # another program's key, whatever it calls the system
            return column._replace(field="external_id", how="known")
        if key in self._known and self._known[key] not in (*_NOUN_FIELDS, optouts.FIELD):
            return column._replace(field=self._known[key], how="known")
        return None

    def _by_similarity(self, column: Column, words: list[str]) -> Column:
        text = _sort_words(words)
        if len(text) < SHORTEST:
            return column
        from rapidfuzz import fuzz, process

        # Both sides are sorted already, so the plain ratio is the token_sort_ratio, at a fraction of its time.
        best = process.extractOne(text, self._vocabulary.keys(), scorer=fuzz.ratio, score_cutoff=LIKELY)
        if not best:
            return column
        likeness = int(best[1])
        alike = self.column(column.place, self._vocabulary[best[0]])
        if likeness >= SURE:
            return alike._replace(header=column.header, how="similar", likeness=likeness)
        return column._replace(how="likely", suggestion=alike.field, likeness=likeness)


def _sort_words(words: list[str]) -> str:
    return " ".join(sorted(words))


def _optout(column: Column, words: list[str]) -> Column | None:
    kind = optouts.kind_of(words)
    return column._replace(field=optouts.FIELD, how="known", part=kind) if kind else None


def _contact(column: Column, words: list[str], numbered: bool) -> Column | None:
    """E-mails, phones, addresses: `[LABEL] NOUN [NUMBER]`, `NOUN NUMBER NOUN`, `Address NUMBER NOUN [LINE]`, labels."""
    labels = len(words) > 1 and (words[-1] == "label" or (numbered and words[-1] == "type"))
    if labels or (numbered and words[-1] == "value"):
        words = words[:-1]
    bare = [_SINGULAR.get(word, word) for word in words if not word.isdigit()]
    bare = [word for place, word in enumerate(bare) if place == 0 or bare[place - 1] != word]
    for label, rest in _split_label(bare):
        noun = _NOUNS.get("".join(rest)) or (_NOUNS.get("".join(rest[1:])) if rest[0] == "address" else None)
        if noun is None:
            continue
        if noun.field not in ADDRESS:
            number = next((word for word in words if word.isdigit()), "")
            value_label = noun.label or LABELS.get(label, "")
            return column._replace(
                field=noun.field, how="known", group=number, part="label" if labels else "value", label=value_label
            )
        return _address(column, words, noun, label, labels)
    return None


def _address(column: Column, words: list[str], noun: Noun, label: str, labels: bool) -> Column:
    """A part of an address. A number behind a street is its line, any other one tells the address."""
    numbers = [word for word in words if word.isdigit()]
    line = noun.line
    if noun.field == "street" and not labels and words[-1].isdigit():
        line = line or int(numbers.pop()[:3])
    return column._replace(
        field="address_label" if labels else noun.field,
        how="known",
        group=" ".join([*([label] if label else []), *numbers[:1]]),
        line=line,
        label=LABELS.get(label, ""),
    )


def _split_label(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The ways to take a label off the words: none, from the front (two words, one), from the end."""
    if words:
        yield "", words
    for size in (2, 1):
        label = " ".join(words[:size])
        if label in LABELS and len(words) > size:
            yield label, words[size:]
    if len(words) > 1 and words[-1] in LABELS:
        yield words[-1], words[:-1]


def _known_phrases() -> Iterator[tuple[str, str]]:
    for field, listed in headings.KNOWN.items():
        for phrase in phrases(listed):
            yield " ".join(words_of(phrase)), field


def _nouns() -> Iterator[tuple[str, Noun]]:
    for field, line, label, listed in (
        ("emails", 0, "", headings.EMAIL),
        ("phones", 0, "", headings.PHONE),
        ("phones", 0, "mobile", headings.MOBILE),
        *((part, 0, "", listed) for part, listed in ADDRESS.items()),
        ("street", -1, "", headings.BEFORE_STREET),
        ("street", 999, "", headings.AFTER_STREET),
    ):
        for phrase in phrases(listed):
            yield " ".join(words_of(phrase)), Noun(field, line, label)


_NOUN_PHRASES = dict(_nouns())
_NOUNS = {phrase.replace(" ", ""): noun for phrase, noun in _NOUN_PHRASES.items()}
_NOUN_FIELDS = frozenset({*ADDRESS, "emails", "phones"})
WEAK = {key_of(phrase): field for field, listed in headings.WEAK.items() for phrase in phrases(listed)}
_FOREIGN = frozenset(key_of(phrase) for phrase in phrases(headings.FOREIGN))
