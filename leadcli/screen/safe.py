"""THE sanitiser: makes visible what could move a cursor, hide text or turn it around.

    ESC, BEL, DEL ...        caret form           ^[  ^G  ^?
    C1 controls              as `cat -v` does     U+009B is M-^[
    bidi controls, zero-width characters, fillers, tags, lone surrogates      <U+202E>

ZWJ and ZWNJ stay between letters or emoji, where languages and emoji families need them.
"""

from __future__ import annotations

import re
from functools import cache

_UNSAFE = (
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    r"\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
_FILLERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")  # the unsafe ones that Python takes for printable
_JOINERS = "\u200c\u200d"


@cache
def _unsafe() -> re.Pattern[str]:
    return re.compile(_UNSAFE)  # when text first needs it: a millisecond that most lists can do without


def make_safe(text: str, *, lines: bool = False) -> str:
    """Text a terminal can show. On one line (tab and newline become a space) unless `lines`."""
    if text.isprintable() and (text.isascii() or _FILLERS.isdisjoint(text)):
        return text
    return _unsafe().sub(_visible_in_lines if lines else _visible, text)


def escape_text(json_text: str) -> str:
    """JSON text with the same characters as \\uXXXX: harmless on a terminal, and the same value."""
    return _unsafe().sub(_json_escape, json_text)


def _visible_in_lines(match: re.Match[str]) -> str:
    return match[0] if match[0] in "\n\t" else _visible(match)


def _visible(match: re.Match[str]) -> str:
    letter = match[0]
    if letter in "\t\n\r":
        return " "
    code = ord(letter)
    if code < 0x80:
        return "^" + chr(code ^ 0x40)
    if code < 0xA0:
        return "M-^" + chr(code - 0x40)
    if letter in _JOINERS and _joined(match.string, match.start()):
        return letter
    return f"<U+{code:04X}>"


def _joined(text: str, at: int) -> bool:
    from unicodedata import category

    return 0 < at < len(text) - 1 and all(category(text[side])[0] in "LM" or category(text[side]) in ("So", "Sk")
                                          for side in (at - 1, at + 1))  # fmt: skip


def _json_escape(match: re.Match[str]) -> str:
    if match[0] == "\n":  # only ever between values: inside a string JSON writes it as \n by itself
        return "\n"
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
