"""Telephone numbers: as typed, and in E.164 where libphonenumber can read them and nothing else is meant."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# Names that CLDR has not, of people and of the lists of ISO, the United Nations and other programs.
_USUAL = {
    "usa": "US", "us": "US", "united states of america": "US", "the united states": "US", "america": "US",
    "the united states of america": "US",
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "united kingdom of great britain and northern ireland": "GB", "the netherlands": "NL", "holland": "NL",
    "turkey": "TR", "türkiye": "TR", "turkiye": "TR", "czech republic": "CZ", "hong kong": "HK",
    "hong kong sar": "HK", "macau": "MO", "macao": "MO", "korea": "KR", "republic of korea": "KR",
    "korea, republic of": "KR", "korea (republic of)": "KR", "korea, south": "KR",
    "russian federation": "RU", "viet nam": "VN", "people's republic of china": "CN",
    "pr china": "CN", "mainland china": "CN", "china mainland": "CN", "republic of ireland": "IE", "eire": "IE",
    "ivory coast": "CI", "cote d'ivoire": "CI", "cape verde": "CV", "swaziland": "SZ", "burma": "MM",
    "macedonia": "MK", "bosnia": "BA", "bosnia and herzegovina": "BA", "uae": "AE", "emirates": "AE", "ksa": "SA",
    "iran, islamic republic of": "IR", "islamic republic of iran": "IR", "syrian arab republic": "SY",
    "moldova, republic of": "MD", "republic of moldova": "MD", "tanzania, united republic of": "TZ",
    "united republic of tanzania": "TZ", "bolivia, plurinational state of": "BO",
    "venezuela, bolivarian republic of": "VE", "taiwan, province of china": "TW", "taiwan roc": "TW",
    "brunei darussalam": "BN", "lao people's democratic republic": "LA", "east timor": "TL", "vatican": "VA",
    "holy see": "VA", "palestine": "PS", "congo": "CG", "the gambia": "GM", "the bahamas": "BS",
    "the philippines": "PH", "slovak republic": "SK", "republic of serbia": "RS", "brd": "DE",
    "federal republic of germany": "DE", "bundesrepublik deutschland": "DE",
}  # fmt: skip
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "sk", "cs", "ru")  # in which countries are named
_FLOAT = re.compile(r"(\d{6,15})\.0+", re.ASCII)  # a number column of a data frame
_EXIT_CODES = ("00", "011")  # what is dialled before a foreign country's code, nearly everywhere and in North America
_SHORTEST_VALID, _SHORTEST = 6, 8  # digits of a whole number without its country's code, where it is valid, and else


@lru_cache(maxsize=4096)
def region_of(country: str) -> str:
    """`Germany`, `Deutschland`, `DE`, `DEU` -> `DE`; '' when unknown (country names by Babel's CLDR data)."""
    name = country.strip()
    if re.fullmatch(r"[A-Za-z]{2}", name):
        return "GB" if name.upper() == "UK" else name.upper()
    if re.fullmatch(r"[A-Z]{3}", name.upper()) and (code := _codes_of_three().get(name.upper())):
        return code
    key = name.casefold().replace(".", "").replace("’", "'")
    codes = (_territories(language).get(key) for language in _LANGUAGES)
    return _USUAL.get(key) or next(filter(None, codes), "")


@lru_cache(maxsize=1)
def _codes_of_three() -> dict[str, str]:
    """`DEU` -> `DE`, by CLDR's aliases of territories."""
    from babel.core import get_global

    aliases = get_global("territory_aliases")
    return {code: regions[0] for code, regions in aliases.items() if len(code) == 3 and code.isalpha()}


@lru_cache(maxsize=len(_LANGUAGES))
def _territories(language: str) -> dict[str, str]:
    """The countries by their names, in small letters, in one language: each takes its time to load."""
    from babel import localedata

    codes: dict[str, str] = {}
    # Without what a language inherits: that takes longer than the rest, and names countries by their codes.
    for code, name in localedata.load(language, merge_inherited=False)["territories"].items():
        if len(code) == 2 and code.isalpha():
            codes.setdefault(name.casefold(), code)
    return codes


class Number(NamedTuple):
    """How the digits of one number are read.

    `e164` is None when they cannot be, or when they may be another country's. `other` is that country's number, '' for
    none. `is_whole` says that nothing is missing in front or behind, `is_valid` what libphonenumber says of it.
    """

    e164: str | None
    other: str = ""
    is_whole: bool = False
    is_valid: bool = False


class _Decided(NamedTuple):
    """What digits are meant for: a number or None, another country's that they may be, and whether it stands whole."""

    number: PhoneNumber | None
    other: str = ""
    is_whole: bool = True


@lru_cache(maxsize=4096)
def read_number(text: str, region: str) -> Number:
    """One number without any words -> how it is read in a region ('' for none).

    With a plus or an exit code (00, 011) it is an international number. Digits without them are read as the region
    dials them, unless they are as they stand a valid number of another country, which lost its plus in a spreadsheet:
    then the region's reading counts only where the region writes its numbers like that, and names the other one.
    """
    from phonenumbers import ValidationResult, is_possible_number_with_reason, national_significant_number

    number, other, is_whole = _decide(text, region)
    e164 = _possible_e164(number)
    if number is None or not e164:
        return Number(None, other)
    is_valid, length = _is_valid(number), len(national_significant_number(number))
    is_long = length >= (_SHORTEST_VALID if is_valid else _SHORTEST)
    is_local = is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    return Number(e164, other, is_whole and is_long and not is_local, is_valid)


def read_plain(text: str, region: str) -> tuple[str | None, str]:
    """`e164` and `other` of the same number, at half the cost."""
    number, other, _ = _decide(text, region)
    return _possible_e164(number), other


def _decide(text: str, region: str) -> _Decided:
    text = normalize("NFKC", text)
    whole = _FLOAT.fullmatch(text)
    text = whole[1] if whole else text
    number = digits(text)
    if "+" in text:
        return _Decided(_parse(text, region))
    national = _parse(text, region) if region else None
    if national and national.country_code_source == 5:  # FROM_NUMBER_WITH_IDD: the region's own exit code
        return _Decided(national)
    foreign = _after_exit_code(number)
    if foreign and (not _possible_e164(national) or (national and _is_valid(foreign) and not _is_valid(national))):
        return _Decided(foreign)
    return _without_plus(text, number, national, region)


def _without_plus(text: str, number: str, national: PhoneNumber | None, region: str) -> _Decided:
    """Digits that are dialled in the region, or lost their plus."""
    foreign = _parse(f"+{number}", "") if number[:1] != "0" else None
    is_trunk_typed, is_trunk_usual = _trunk(national, number, region) if national else (False, False)
    if not foreign or not _is_valid(foreign) or (is_trunk_typed and national and _is_valid(national)):
        return _Decided(national, "", is_trunk_typed or not is_trunk_usual)
    if national and foreign.country_code == national.country_code:
        return _Decided(foreign)
    other = _e164(foreign)
    if not national or is_trunk_usual or not _is_valid(national):
        return _Decided(None, other)
    return _Decided(national, "" if number != text else other)  # parted like the region's: no spreadsheet did that


def _trunk(number: PhoneNumber, typed: str, region: str) -> tuple[bool, bool]:
    """Whether the digit dialled before an area code (0, in Russia 8) was typed, and whether the region writes it."""
    from phonenumbers import PhoneMetadata, national_significant_number

    bare = national_significant_number(number)
    if typed != bare and typed.endswith(bare) and number.country_code_source == 20:  # FROM_DEFAULT_COUNTRY
        return True, True
    if typed[:1] == "0":
        return True, True  # Italy keeps its 0 after the country's code too
    metadata = PhoneMetadata.metadata_for_region(region)
    for form in metadata.number_format if metadata else ():
        leading = form.leading_digits_pattern
        if (not leading or re.match(leading[-1], bare)) and re.fullmatch(form.pattern or "", bare):
            rule = (form.national_prefix_formatting_rule or "").replace("\\1", "")
            return False, any(map(str.isdigit, rule)) and not form.national_prefix_optional_when_formatting
    return False, bool(metadata and metadata.national_prefix == "0")


def _after_exit_code(number: str) -> PhoneNumber | None:
    """The possible number behind 00 or 011."""
    code = next((code for code in _EXIT_CODES if number.startswith(code)), "")
    foreign = _parse(f"+{number[len(code) :]}", "") if code else None
    return foreign if _possible_e164(foreign) else None


def _parse(text: str, region: str) -> PhoneNumber | None:
    import phonenumbers

    try:
        return phonenumbers.parse(text, region or None, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _is_valid(number: PhoneNumber) -> bool:
    import phonenumbers

    return phonenumbers.is_valid_number(number)


def _possible_e164(number: PhoneNumber | None) -> str | None:
    """E.164 of a number that is possible (libphonenumber's `is_possible_number`) and has another digit than 0.

    Of a number of zeros the library gives the text as it was typed, and calls that E.164.
    """
    import phonenumbers

    return _e164(number) if number and number.national_number and phonenumbers.is_possible_number(number) else None


def _e164(number: PhoneNumber) -> str:
    """With `;ext=` where there is an extension."""
    import phonenumbers

    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written};ext={number.extension}" if number.extension else written


def digits(text: str) -> str:
    """Digits only, what a part of a number is looked up by."""
    return re.sub(r"\D", "", text)
