"""E-mail addresses and telephone numbers by the million: the verdicts of the libraries in a tenth of their time.

Values of the plainest form are checked here by the same rules as the library has. A property test compares both. All
other values go to the library itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from leadcli.model.kinds import EMAIL
from leadcli.text.phone_cells import UNREAD, PhoneReading, verbatim

CACHE_LIMIT = 50_000  # verdicts a memory holds before it starts anew
# Digits with a decimal point and zeros behind it are a data frame's, and for the reader of cells.
_NUMBER = r"(?!\d+\.0+$)(?:\+[1-9]|[0-9(])[0-9 ().\-]{1,34}[0-9]"
_PLAIN_NUMBER = re.compile(_NUMBER, re.ASCII)
_PLAIN_NUMBERS = re.compile(rf"^(?:({_NUMBER})$|.*$)", re.ASCII | re.MULTILINE)
# Groups of digits between slashes: one number or several, as phone_cells reads it.
_GROUPED = re.compile(r"(?=.{4,40}$)\+?\(?[0-9][0-9 ().\-]*+(?:(?<=[0-9)])/[0-9][0-9 ().\-]*+)+(?<=[0-9])", re.ASCII)
_SHORTEST, _GROUP = 6, 4  # digits of a number that may stand alone, and of a group that surely does not
_BETWEEN_NUMBERS = re.compile(r"[;|\n]")
_BETWEEN_DIGITS = str.maketrans(dict.fromkeys("+ ().-"))
_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
# What every rule of the library lets through unchanged but for the case of the domain: no accents, no Punycode.
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]*[A-Za-z])", re.ASCII)
_HYPHENS = re.compile(r"--|(?:^|\.)-|-(?:\.|$)|[^.]{64}")
_LONGEST = 250
_SMALL, _LABEL = r"[a-z0-9_+\-]++", r"[a-z0-9]++(?:-[a-z0-9]++)*+"
# The same once more in small letters and simpler, for a line of many: what it lets through is its own key too.
_PLAINEST = rf"{_SMALL}(?:\.{_SMALL})*+@{_LABEL}(?:\.{_LABEL})++(?<=[a-z])"


class Mailboxes:
    """`mailboxes.check(text)` is the address as email-validator normalises it; ValueError says what is wrong
    with it.
    """

    def __init__(self) -> None:
        from email_validator import SPECIAL_USE_DOMAIN_NAMES
        from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

        self._roles = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
        self._reserved = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
        reserved = "".join(rf"(?<!{re.escape(name)})" for name in self._reserved)
        self._lines = re.compile(rf"^(?=.{{3,63}}$)({_PLAINEST}){reserved}$|^.*$", re.ASCII | re.MULTILINE)

    def plain(self, texts: Sequence[str]) -> list[str]:
        """Of a column the cells that `check` gives back as they are, being addresses of the plainest form; '' for the
        others.
        """
        return _by_line(self._lines, texts)

    def check(self, text: str) -> str:
        """The normalised address; '' for no text at all."""
        plain = _PLAIN.fullmatch(text) if len(text) <= _LONGEST else None
        if plain:
            local, domain = plain.groups()
            domain = domain.lower()
            odd = ("-" in domain or len(domain) > 63) and _HYPHENS.search(domain)
            if not odd and not domain.endswith(self._reserved):
                return f"{local.lower() if local.lower() in self._roles else local}@{domain}"
        return EMAIL.parse(text, _NOWHERE) or ""


_NOWHERE: Any = None  # an address needs neither day nor desk


class Country(NamedTuple):
    """A region's rules: its calling code, how long its numbers may be, and what may stand before them."""

    code: str
    lengths: frozenset[int]  # of a whole number, or one without its area code
    whole: frozenset[int]
    longest: int
    viable: Callable[[str], Any]
    prefix: Callable[[str], re.Match[str] | None]
    transform: str  # what the prefix becomes where it is more than cut off (Argentina, Brazil); '' for nothing
    abroad: Callable[[str], Any]
    dials_00: bool  # before the code of another country
    is_valid: Callable[[str], bool]  # the general form of any region of the code; False is certain, True only likely


class Numbers(dict[tuple[str, str], PhoneReading]):
    """`numbers.read(text, region)` is phones.e164(text, region), sooner.

    As a dict: what phone_cells.verbatim said of (text, region).
    """

    def __init__(self) -> None:
        self._by_front = _CountriesByFront()
        self._by_region: dict[str, Country | None] = {}

    def __missing__(self, cell: tuple[str, str]) -> PhoneReading:
        if len(self) > CACHE_LIMIT:
            self.clear()
        self[cell] = reading = verbatim(*cell)
        return reading

    def grouped(self, text: str, region: str) -> str | None:
        """`plain` for one number with slashes between its groups; None for all others."""
        if not _GROUPED.fullmatch(text):
            return None
        pieces = text.split("/")
        counts = [len(digits_of(piece)) for piece in pieces]
        if min(counts) >= _SHORTEST:
            return None
        for place, count in enumerate(counts[:-1], 1):
            is_group = len(pieces) > 2 and count <= _GROUP
            if not is_group and sum(counts[:place]) >= _SHORTEST and self._may_stand("/".join(pieces[:place]), region):
                return None
        return self.plain(text, digits_of(text), region)

    def _may_stand(self, front: str, region: str) -> bool:
        """What stands before a slash may be a valid number by itself; False is certain."""
        e164 = self.plain(front, digits_of(front), region)
        country = self._by_front[e164[1:4]] if e164 else None
        return e164 is None or (country is not None and country.is_valid(e164[1 + len(country.code) :]))

    def read_cell(self, text: str, region: str) -> list[tuple[str, PhoneReading]] | None:
        """The values of a cell, each with its number; None where one of them needs more than rules for plain numbers.

        Each is what `PHONES.read` makes of it.
        """
        if "\\" in text or ":" in text or "=" in text:
            return None
        values: list[tuple[str, PhoneReading]] = []
        for part in map(str.strip, _BETWEEN_NUMBERS.split(text)):
            if not part:
                continue
            is_plain = _PLAIN_NUMBER.fullmatch(part)
            known = self.plain(part, digits_of(part), region) if is_plain else self.grouped(part, region)
            if known is None and not is_plain:
                return None
            values.append((part, self[part, region] if known is None
                           else PhoneReading(part, known or None, "", "" if known else UNREAD)))  # fmt: skip
        return values

    def read(self, text: str, region: str) -> str | None:
        """E.164, with `;ext=` where there is an extension; None when it cannot be read."""
        known = self.plain(text, digits_of(text), region) if _PLAIN_NUMBER.fullmatch(text) else None
        return self[text, region].e164 if known is None else known or None

    def plain(self, text: str, digits: str, region: str) -> str | None:
        """The same for a number of the plainest form, whose digits are known.

        '' cannot be read, None where the reader of cells has to be asked: it may have more to say.
        """
        if text[0] == "+":
            country = self._by_front[digits[:3]]
            if country is None or not 2 <= len(digits) - len(country.code) <= 17:
                return None
            number = _without_trunk(digits[len(country.code) :], country)
            if not number.strip("0"):
                return None  # a number of zeros is none
            return f"+{country.code}{number}" if len(number) in country.lengths else ""
        home = self._of_region(region) if region else None
        if region and home is None:
            return None
        if digits[:2] == "00" and digits[2:3] != "0" and len(digits) > 5 and self._is_after_00(digits, home):
            return self.plain("+", digits[2:], region)
        if digits[:2] == "00" or digits[:3] == "011":
            return None
        if home and digits.startswith(home.code) and len(digits) > home.longest:
            rest = digits[len(home.code) :]
            trunk = home.prefix(rest)
            is_whole = len(rest) in home.whole and home.viable(rest) and not (trunk and trunk.end()) and rest.strip("0")
            return "+" + digits if is_whole and not home.abroad(digits) else None
        if digits[0] != "0" and self._may_be_foreign(digits):
            return None
        if not region:
            return ""
        return self._national(digits, home) if home else None

    @staticmethod
    def _is_after_00(digits: str, home: Country | None) -> bool:
        """The region dials 00 before another country's code, or has no number of its own that is as long."""
        return home is None or home.dials_00 or (len(digits) > home.longest + 2 and not home.abroad(digits))

    def _may_be_foreign(self, digits: str) -> bool:
        """These digits may be another country's, which lost their plus; False is certain, True only likely."""
        country = self._by_front[digits[:3]]
        if country is None:
            return False
        return country.is_valid(_without_trunk(digits[len(country.code) :], country))

    def _national(self, digits: str, country: Country) -> str | None:
        """libphonenumber's rules for a number without calling code; '' cannot be read, None ask the library."""
        if country.abroad(digits) or len(digits) < 3:
            return None
        if digits.startswith(country.code) and not (country.viable(digits) and len(digits) <= country.longest):
            return None  # the country's code may stand before the number
        digits = _without_trunk(digits, country)
        main = _of_code(country.code)
        if not main or not 2 <= len(digits) <= 17 or not digits.strip("0"):
            return None
        return f"+{country.code}{digits}" if len(digits) in main.lengths else ""

    def _of_region(self, region: str) -> Country | None:
        if region not in self._by_region:
            from phonenumbers import PhoneMetadata

            self._by_region[region] = _country(PhoneMetadata.metadata_for_region(region, None))
        return self._by_region[region]


class _CountriesByFront(dict[str, Country | None]):
    """The country a number with its calling code begins with, by its first three digits; None for no country."""

    def __missing__(self, front: str) -> Country | None:
        # Codes have up to three digits and are prefix-free: one at most is known.
        self[front] = country = next(filter(None, map(_of_code, (front[:2], front[:1], front))), None)
        return country


def _without_trunk(digits: str, country: Country) -> str:
    """A national number without what is dialled before it inside the country, where it has something."""
    trunk = country.prefix(digits)
    if trunk and trunk.end():
        rest = digits[trunk.end() :]
        if country.transform and trunk[trunk.re.groups] is not None:
            rest = trunk.expand(country.transform) + rest
        is_trunk = country.viable(rest) or not country.viable(digits)
        if is_trunk and (len(rest) in country.whole or len(rest) > country.longest):
            return rest
    return digits


def plain_digits(texts: Sequence[str]) -> list[str]:
    """The digits of the cells of a column that hold one number of the plainest form and nothing else; '' for others."""
    return "\n".join(_by_line(_PLAIN_NUMBERS, texts)).translate(_BETWEEN_DIGITS).split("\n") if texts else []


def _by_line(plain: re.Pattern[str], texts: Sequence[str]) -> list[str]:
    """What a pattern finds in each cell of a column, laid out as lines; nothing in one that has lines of its own."""
    whole = "\n".join(texts)
    if whole.count("\n") >= len(texts):
        whole = "\n".join(["" if "\n" in text else text for text in texts])
    return plain.findall(whole) if texts else []


def digits_of(text: str) -> str:
    """The digits of a number as typed."""
    bare = text.replace(" ", "").replace("-", "").replace("+", "")
    if not (bare.isascii() and bare.isdigit()):
        bare = "".join(filter(str.isdigit, bare))
    return bare


@cache
def _of_code(code: str) -> Country | None:
    from phonenumbers import PhoneMetadata, region_code_for_country_code

    region = region_code_for_country_code(int(code)) if code.isdigit() and code[0] != "0" else "ZZ"
    known = region != "ZZ"
    return _country(PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)) if known else None


def _country(metadata: Any) -> Country | None:
    if metadata is None:
        return None
    possible, prefix = metadata.general_desc, re.compile(metadata.national_prefix_for_parsing or "(?!)")
    whole = frozenset(possible.possible_length)
    return Country(
        str(metadata.country_code), whole | frozenset(possible.possible_length_local_only), whole, max(whole),
        re.compile(possible.national_number_pattern or "(?!)").fullmatch, prefix.match,
        metadata.national_prefix_transform_rule or "", re.compile(metadata.international_prefix or "(?!)").match,
        metadata.international_prefix == "00", _validity(metadata.country_code),
    )  # fmt: skip


@cache
def _validity(code: int) -> Callable[[str], bool]:
    """Whether a number behind this calling code fits the general form of some region of the code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    rules = filter(None, (PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in regions))
    forms = [form for region in rules if (form := region.general_desc) and form.national_number_pattern]
    lengths = {length for form in forms for length in form.possible_length}
    fits = re.compile(
        "|".join(dict.fromkeys(f"(?:{form.national_number_pattern})" for form in forms)) or "(?!)"
    ).fullmatch
    return lambda number: len(number) in lengths and fits(number) is not None
