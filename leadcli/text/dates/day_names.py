"""Days and months as people write them: `1 dec`, `dec 4`, `Tue 24 Nov`, `4 January 2027`, `12/4`, `4.12.2026`.

A day or month without a year is the nearest that fits: not before today in plans, not after it in history. Of days
written in numbers only the setting date_format says which number is the month; nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from leadcli.text.dates.iso import DATES_HELP, BadDate

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
DAY_FIRST, MONTH_FIRST = "day", "month"

_ORDINAL = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?\.?"
_NAMED_DAYS = tuple(
    rf"(?:(?P<weekday>[a-z]{{3,9}})\.?,?-)?{form}(?:,?-?(?P<year>[0-9]{{4}}))?"
    for form in (rf"{_ORDINAL}-?(?:of-)?(?P<month>[a-z]{{3,9}})\.?", rf"(?P<month>[a-z]{{3,9}})\.?-?{_ORDINAL}")
)
_NAMED_MONTH = r"(?P<month>[a-z]{3,9})\.?(?:-?(?P<year>[0-9]{4}))?"
_NUMBERS = r"([0-9]{1,2})([-/.])-?([0-9]{1,2})(?:\2-?([0-9]{4})?)?"
_YEARS_APART = 8  # between two 29 February, where a century is no leap year
_ORDER_HINT = f"or say once which comes first: leadcli config date_format %d.%m.%Y {DATES_HELP}"


def day_month_order(pattern: str) -> str:
    """DAY_FIRST or MONTH_FIRST, as a date format has them; '' without a format."""
    day = pattern.find("%d")
    month = max(pattern.find(letter) for letter in ("%m", "%b", "%B"))
    return "" if min(day, month) < 0 else DAY_FIRST if day < month else MONTH_FIRST


def is_weekday(text: str) -> bool:
    """A weekday in English, or its first letters, three at least."""
    name = text.strip().lower()
    return len(name) >= 3 and any(known.startswith(name) for known in WEEKDAYS)


def lacks_year(word: str) -> bool:
    """It names a day or month without its year (`1-dec`, `december`, `12/4`)."""
    numbers = re.fullmatch(_NUMBERS, word)
    if numbers:
        return not numbers[4]
    match = next((match for form in (*_NAMED_DAYS, _NAMED_MONTH) if (match := re.fullmatch(form, word))), None)
    return bool(match) and bool(match and month_number(match["month"]) and not match["year"])


def month_number(name: str) -> int:
    """1 to 12 of a month in English or its first letters, three at least; else 0."""
    if len(name) < 3:
        return 0
    return next((at for at, month in enumerate(MONTHS, 1) if month.startswith(name)), 9 if name == "sept" else 0)


def read_day_name(word: str, today: date, *, forward: bool) -> tuple[date, date] | None:
    """The first and last day of `1-dec`, `dec-4-2027`, `tue-24-nov`, `december` or `dec-2026`; None of other words.

    The word is in small letters, its parts joined by hyphens. Raises ValueError for a day no calendar has.
    """
    for form in _NAMED_DAYS:
        match = re.fullmatch(form, word)
        if match and (month := month_number(match["month"])) and (not match["weekday"] or is_weekday(match["weekday"])):
            year = int(match["year"]) if match["year"] else None
            day = _place_day(year, month, int(match["day"]), today, forward=forward)
            _check_weekday(day, match["weekday"] or "")
            return day, day
    match = re.fullmatch(_NAMED_MONTH, word)
    if not match or not (month := month_number(match["month"])):
        return None
    if match["year"]:
        return _month_bounds(int(match["year"]), month)
    ahead = (month - today.month) % 12 if forward else -((today.month - month) % 12)
    return _month_bounds(today.year + (today.month - 1 + ahead) // 12, month)


def read_numbers(word: str, today: date, order: str, *, forward: bool) -> date | None:
    """The day of `12/4` or `4.12.2026`, by the order the settings say; None of other words.

    Raises BadDate without an order, and where it makes no day.
    """
    match = re.fullmatch(_NUMBERS, word)
    if not match:
        return None
    year = int(match[4]) if match[4] else None
    readings: dict[str, date] = {}
    for name, day, month in ((DAY_FIRST, match[1], match[3]), (MONTH_FIRST, match[3], match[1])):
        try:
            readings[name] = _place_day(year, int(month), int(day), today, forward=forward)
        except ValueError:
            continue
    if order in readings:
        return readings[order]
    days = list(dict.fromkeys(day.isoformat() for day in readings.values()))
    if not days:
        raise BadDate(word, "is not in the calendar", hint=f"write such as 2026-11-22 {DATES_HELP}")
    if order:
        raise BadDate(
            word, f"is no day with the {order} first, as date_format says", hint=f"write {days[0]} {DATES_HELP}"
        )
    reason = "is ambiguous" if len(days) == 2 else "does not begin with the year" if year else "has no year"
    raise BadDate(word, f"{reason}: use {' or '.join(days)}", hint=_ORDER_HINT)


def _place_day(year: int | None, month: int, day: int, today: date, *, forward: bool) -> date:
    """The day of that year, else of the nearest one. Raises ValueError for a day no calendar has."""
    if year is not None:
        return date(year, month, day)
    date(2024, month, day)  # says what is wrong with 31 June; 2024 has a 29 February
    for away in range(_YEARS_APART + 1):
        try:
            placed = date(today.year + (away if forward else -away), month, day)
        except ValueError:
            continue
        if placed >= today if forward else placed <= today:
            return placed
    raise ValueError("no year near has that day")


def _check_weekday(day: date, name: str) -> None:
    weekday = WEEKDAYS[day.weekday()]
    if name and not weekday.startswith(name):
        raise ValueError(f"{day} is a {weekday.capitalize()}")


def _month_bounds(year: int, month: int) -> tuple[date, date]:
    following = date(year + month // 12, month % 12 + 1, 1) if (year, month) != (9999, 12) else date.max
    return date(year, month, 1), following - timedelta(days=1) if following != date.max else date.max
