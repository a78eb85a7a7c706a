"""Spreadsheet safety: a cell a spreadsheet would take for a formula gets one leading apostrophe, and loses it again.

The rule (OWASP ASVS 1.2.10): a cell made of any number of `'` and then = + - @ TAB CR or a full-width = + - @ (which
some spreadsheets read as the plain one) gets one more leading `'`, unless it is a plain number or a phone number. A
phone number of a plus and digits alone gets one too: spreadsheets take it for a number and lose the plus. It is exact
both ways: unguard(guard(cell)) == cell for every cell.
"""

from __future__ import annotations

import re

_SIGNS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
DANGER = frozenset(f"'{_SIGNS}")
_FORMULA = re.compile(f"'*[{re.escape(_SIGNS)}]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_BARE_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_PHONE = re.compile(r"\+(?:[ ().\-/]*\d){5,20}\)?(?: ?(?:x|ext\.?|#) ?\d{1,8})?", re.ASCII)


def guard_cell(cell: str) -> str:
    """`=1+1` -> `'=1+1`; `'=1` -> `''=1`; `+442079460000` -> `'+442079460000`; `-12.50`, `+44 20 7946 0000` and
    everything else as they are.
    """
    if cell[:1] not in DANGER or not _FORMULA.match(cell):
        return cell
    if _BARE_PHONE.fullmatch(cell):
        return "'" + cell
    return cell if _NUMBER.fullmatch(cell) or _PHONE.fullmatch(cell) else "'" + cell


def unguard_cell(cell: str) -> str:
    """The cell `guard` was given; a cell it never makes stays as it is."""
    rest = cell[1:]
    return rest if cell[:1] == "'" and guard_cell(rest) != rest else cell
