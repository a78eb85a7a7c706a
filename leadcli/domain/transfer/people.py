"""A whole name in one cell -> salutation, first, middle and last name."""

from __future__ import annotations

from leadcli.lexicon import PARTICLES, TITLES
from leadcli.matching import fold


def split_name(text: str) -> dict[str, str]:
    """`Dr. Ada King Lovelace` -> its four parts; `van Beethoven, Ludwig` too. Parts that are missing are left out.

    Titles in front are the salutation; a family name begins at its particle (von, de la), else it is the last word; a
    single word is a first name.
    """
    family, comma, given = text.partition(",")
    if comma and given.strip() and "," not in given:
        titles, words = _titles(given.split())
        return _parts(titles, words[:1], words[1:], family.split())
    titles, words = _titles(text.split())
    inner = range(1, len(words) - 1)
    begin = next((place for place in inner if fold(words[place]).strip(".") in PARTICLES), max(len(words) - 1, 1))
    return _parts(titles, words[:1], words[1:begin], words[begin:])


def _titles(words: list[str]) -> tuple[list[str], list[str]]:
    count = next((place for place, word in enumerate(words) if fold(word).strip(".") not in TITLES), 0)
    return words[:count], words[count:]


def _parts(salutation: list[str], first: list[str], middle: list[str], last: list[str]) -> dict[str, str]:
    named = {"salutation": salutation, "first_name": first, "middle_name": middle, "last_name": last}
    return {field: " ".join(words) for field, words in named.items() if words}
