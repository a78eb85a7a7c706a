"""Match keys: the folded forms under which two spellings of one name, address or number are equal."""

from __future__ import annotations

from unicodedata import combining, normalize

_LETTERS = {  # letters Unicode does not decompose, as people type them without the special key
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t",
    "ŋ": "n", "ĸ": "k", "ə": "e", "’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": "-", "‐": "-", "‑": "-",
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


def fold(text: str) -> str:
    """Text in lower case without accents (Šárka -> sarka, Großmann -> grossmann, Łódź -> lodz, ＡＢＣ -> abc).

    Unicode casefold after compatibility decomposition (UAX #15), accents dropped, Hangul and kana kept whole; the
    length may change, white space and punctuation stay. fold(fold(x)) == fold(x).
    """
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).translate(_FOLDS))


def name_key(text: str) -> str:
    """Folded text with every run of white space as one space: 'Ada  LOVELÁCE ' -> 'ada lovelace'."""
    return " ".join(fold(text).split())


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
