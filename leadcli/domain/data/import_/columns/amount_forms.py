"""Money in files: which of two readings - decimal point or decimal comma - all amounts of a column have in common.

A cell alone may be undecided: `1.234` is a thousand to some and a little more than one to others. The others of its
column decide; when none of them does, nobody guesses.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from leadcli.text.money import Amount, parse_amount

PLAIN, POINT, COMMA, EITHER = 0, 1, 2, 3  # the form of a cell: what it tells about its column
NAMES = {POINT: "decimal point", COMMA: "decimal comma"}
_BLANKS = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'\u2019](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"\d[\d.,]*")
_POINTED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_COMMAED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?")
_GROUP = re.compile(r"\d{1,3}[.,]\d{3}")


class Reading(NamedTuple):
    """A cell read in both ways, None where that is not possible, and its form."""

    pointed: Amount | None
    commaed: Amount | None
    form: int


def read(text: str) -> Reading:
    """`12.500,00` -> (None, 12500.00, COMMA); `12500` -> twice the same, PLAIN.

    ValueError when it is no amount at all.
    """
    if text.isascii() and text.isdigit():
        value = parse_amount(text)
        return Reading(value, value, PLAIN)
    bare = _BLANKS.sub("", text.strip().replace("\u2212", "-"))
    number = _NUMBER.search(bare)
    digits = number[0] if number else ""
    if not number or ("." not in digits and "," not in digits):
        value = parse_amount(bare)
        return Reading(value, value, PLAIN)
    before, after = bare[: number.start()], bare[number.end() :]
    pointed = parse_amount(f"{before}{digits.replace(',', '')}{after}") if _POINTED.fullmatch(digits) else None
    point = digits.replace(".", "").replace(",", ".")
    commaed = parse_amount(f"{before}{point}{after}") if _COMMAED.fullmatch(digits) else None
    if pointed is None and commaed is None:
        raise ValueError("can be read in two ways; write plain digits with a decimal point, such as 1234.56")
    if pointed is not None and commaed is not None:
        return Reading(pointed, commaed, EITHER if _GROUP.fullmatch(digits) else PLAIN)
    return Reading(pointed, commaed, POINT if commaed is None else COMMA)


def verdict(points: int, commas: int) -> int:
    """POINT or COMMA, whichever more cells of the column show; PLAIN when neither or both equally often."""
    return POINT if points > commas else COMMA if commas > points else PLAIN
