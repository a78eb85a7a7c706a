"""What the cells of a column are, whatever its heading says: e-mails, numbers, web addresses, days, yes or no."""

from __future__ import annotations

import re
from collections.abc import Sequence

EMAILS, PHONES, WEBSITE, DAYS, AMOUNTS, FLAGS, NUMBERS, STATES, COUNTRIES, HONORIFICS = (
    "emails", "phones", "website", "days", "amounts", "flags", "numbers", "states", "countries", "honorifics"
)  # fmt: skip
_EMAIL = r"(?:[^@<>\"]*<)?[^\s@<>,;]+@[^\s@<>,;]+\.[^\W\d_]{2,}>?"
_MONEY_MARK = r"(?:[$€£¥₹]|[A-Z]{3}|kr|zł|Kč|Rs\.?|R\$|US\$)"
_FORMS = {
    EMAILS: re.compile(rf"'?(?:mailto:)?{_EMAIL}(?:\s*[,;/|]\s*{_EMAIL})*[,;]?"),
    PHONES: re.compile(r"'?(?:tel:|p:)?\+\d[\d\s()./-]{6,20}(?:\s*(?:x|ext\.?)\s*\d+)?", re.IGNORECASE),
    WEBSITE: re.compile(r"(?:https?://|www\.)[^\s@]+\.[^\s@]+", re.IGNORECASE),
    DAYS: re.compile(
        r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?:[T ,].*)?|"
        r"\d{1,2}\.?[ -][A-Za-z]{3,9}\.?,?[ -]\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
    ),
    AMOUNTS: re.compile(rf"-?{_MONEY_MARK}\s?-?\d[\d.,' \u00a0]*|-?\d[\d.,' \u00a0]*\s?{_MONEY_MARK}"),
    FLAGS: re.compile(r"yes|no|true|false|ja|nein|oui|non|si|sí|sim|não|nao|nee|tak|nie|ano|ne|да|нет", re.IGNORECASE),
    NUMBERS: re.compile(r"-?\d+(?:[.,]\d+)?"),
    HONORIFICS: re.compile(
        r"(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|madame|monsieur|mme|m|sr|sra|srta|sig|dott|pan|pani|fru|madam|sir)\.?"
        r"(?: (?:dr|prof)\.?)*", re.IGNORECASE,
    ),
    STATES: re.compile(
        r"(?:un)?(?:subscribed|confirmed|verified)|active|inactive|cancell?ed|bounced|complained|pending|cleaned|expired|"
        r"non-?subscribed|archived|deleted|trialing|past[ _]due|unpaid|paused|enabled|disabled|opted[ -](?:in|out)|"
        r"blocked|suppressed|soft[ -]?bounced|hard[ -]?bounced|transactional|marked as spam|spam|unsubscribe",
        re.IGNORECASE,
    ),
}  # fmt: skip
_HOME_PAGE = re.compile(r"(?:https?://)?[^/?#\s]+/?", re.IGNORECASE)
_FOREIGN_SITES = re.compile(
    r"(?:linkedin|facebook|fb|twitter|x|instagram|xing|youtube|tiktok|t)\.(?:com|me)", re.IGNORECASE
)


def kind_of(cells: Sequence[str]) -> str:
    """What all of these cells, none of them empty, are; '' for anything mixed or unknown."""
    if not cells:
        return ""
    for kind, form in _FORMS.items():
        if all(form.fullmatch(cell) for cell in cells):
            return kind
    return COUNTRIES if are_countries(cells) else ""


def is_day(cell: str) -> bool:
    """A day or a moment, however it is written."""
    return _FORMS[DAYS].fullmatch(cell) is not None


def are_countries(cells: Sequence[str]) -> bool:
    """Names of countries. Codes of two letters are none: they may be states or languages."""
    from leadcli.text.phones import region_of

    different = set(cells)
    return len(different) <= 60 and all(len(cell) > 3 and cell[:1].isalpha() and region_of(cell) for cell in different)


def are_home_pages(cells: Sequence[str]) -> bool:
    """Web addresses of sites rather than of a page, a profile or a picture in one."""
    return all(_HOME_PAGE.fullmatch(cell) and not _FOREIGN_SITES.search(cell) for cell in cells)


def are_distinct(cells: Sequence[str]) -> bool:
    """Most of the cells differ: they are of the people of the rows, not of the few who look after them."""
    return len(cells) < 2 or len({cell.casefold() for cell in cells}) * 3 > len(cells) * 2
