"""The words of column headings: vocabulary.txt, read once by the first import that needs it.

Each line is `MEANING[.language]: phrase, phrase`. A meaning is a field, a part of an address, `person` (a whole name
in one column), `anyname` (a word for a name that may be the whole or a part), `none` (known, and no field) or one of
the lists of words that stand around a meaning: record, organisation, address, filler, ordinal, bracket, brand, label.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

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
