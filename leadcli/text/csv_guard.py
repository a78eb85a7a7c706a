"""Spreadsheet safety: a cell a spreadsheet would run or change gets one leading apostrophe, and loses it again.

Run (OWASP ASVS 1.2.10): any number of `'` and then = + - @ TAB CR or a full-width = + - @ (which some spreadsheets read
as the plain one), unless it is a plain number or a phone number. Changed: what a spreadsheet takes for a number and
writes back otherwise, that is a phone of a plus and digits alone (it loses the plus), digits behind a zero (`01067`),
more than 15 digits (`1.23E+19`), and digits with an E (`1E5`). Amounts as `1.10` stay, which scripts read:
a spreadsheet drops their last zero, and the number is the same. The rule is exact both ways: unguard(guard(cell)) is
cell.
"""

from __future__ import annotations

import re

_SIGNS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
DIGITS = frozenset("0123456789")
# The first letters of what may need a guard; most cells begin with none of them.
DANGER = frozenset(f"'{_SIGNS}") | DIGITS
_FORMULA = re.compile(f"'*[{re.escape(_SIGNS)}]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_CHANGED = re.compile(r"'*(?:\+[1-9]\d{6,14}|0\d+|\d{16,}|\d+(?:\.\d+)?E[+-]?\d+)", re.ASCII | re.IGNORECASE)
_PHONE = re.compile(r"\+(?:[ ().\-/]*\d){5,20}\)?(?: ?(?:x|ext\.?|#) ?\d{1,8})?", re.ASCII)


def guard_cell(cell: str) -> str:
    """`=1+1` -> `'=1+1`; `'=1` -> `''=1`; `+442079460000` -> `'+442079460000`; `007` -> `'007`; `-12.5`,
    `+44 20 7946 0000` and everything else as they are.
    """
    first = cell[:1]
    if first not in DANGER:
        return cell
    if first in DIGITS and not (first == "0" or len(cell) > 15 or "E" in cell or "e" in cell):
        return cell  # most postcodes and days: three patterns would take five times as long
    if _CHANGED.fullmatch(cell):
        return "'" + cell
    if not _FORMULA.match(cell) or _NUMBER.fullmatch(cell) or _PHONE.fullmatch(cell):
        return cell
    return "'" + cell


def unguard_cell(cell: str) -> str:
    """The cell `guard` was given; a cell it never makes stays as it is."""
    rest = cell[1:]
    return rest if cell[:1] == "'" and guard_cell(rest) != rest else cell
