"""Telephone numbers: as typed, and in E.164 where libphonenumber can read them."""

from __future__ import annotations

import re
from functools import lru_cache

_SPLIT = re.compile(r"\s*[/,]\s*")
_USUAL = {"usa": "US", "us": "US", "uk": "GB", "great britain": "GB", "england": "GB", "the netherlands": "NL"}
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "sk", "cs", "ru")  # in which countries are named


@lru_cache(maxsize=4096)
def region_of(country: str) -> str:
    """`Germany`, `Deutschland`, `DE`, `DEU` -> `DE`; '' when unknown (country names by Babel's CLDR data)."""
    name = country.strip()
    if re.fullmatch(r"[A-Za-z]{2}", name):
        return "GB" if name.upper() == "UK" else name.upper()
    key = name.casefold().replace(".", "")
    told = (_territories(language).get(key) for language in _LANGUAGES)
    return _USUAL.get(key) or next(filter(None, told), "")


@lru_cache(maxsize=len(_LANGUAGES))
def _territories(language: str) -> dict[str, str]:
    """The countries by their names, in small letters, in one language: each takes its time to load."""
    from babel import Locale

    found: dict[str, str] = {}
    for code, name in Locale(language).territories.items():
        if len(code) == 2 and code.isalpha():
            found.setdefault(name.casefold(), code)
    return found


def e164(text: str, region: str) -> str | None:
    """`020 7946 0000` in region GB -> `+442079460000`; None when it cannot be read as a possible number.

    An extension follows as `;ext=12`. Rules: libphonenumber's `parse` and `is_possible_number`.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written};ext={number.extension}" if number.extension else written


def numbers(text: str, region: str) -> list[str]:
    """One cell -> its numbers. Split at `/` or `,` only when the whole is no number but every part is one by itself."""
    parts = [part for part in _SPLIT.split(text.strip()) if part]
    if len(parts) < 2 or e164(text, region) or not all(e164(part, region) for part in parts):
        return [text.strip()]
    return parts


def digits(text: str) -> str:
    """Digits only, what a part of a number is looked up by."""
    return re.sub(r"\D", "", text)
