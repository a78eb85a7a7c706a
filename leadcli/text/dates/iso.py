"""Reads exact days and moments: the year first, or in the order a named format says; nothing is guessed.

Cells of an import come through here by the million, so the usual spellings take a short way.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from leadcli.errors import Usage
from leadcli.text.dates.clock import local_moment, read_clock
from leadcli.text.patterns import LazyPattern

if TYPE_CHECKING:
    from dateutil.parser import isoparser

ISO_MOMENT = (
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)? *(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
YEAR_LAST = r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?:[T ].*)?"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATES_HELP = "(see: leadcli help dates)"
CELLS_HINT = "use 2026-11-22, or name the order with --date-format, such as %d.%m.%Y."


class BadDate(Usage):
    """What was typed is no day or moment. `reason` is the message without its subject ("is not a date.")."""

    def __init__(self, text: str, reason: str, *, hint: str) -> None:
        self.reason = reason if reason.endswith("?") else f"{reason}."
        super().__init__(f"'{shorten_text(text)}' {self.reason}", hint=hint)


def parse_iso_day(text: str) -> str:
    """'YYYY-MM-DD' from a cell that can mean one day only: the year comes first; a time of day is dropped as written.

    Raises Usage for 03/04/2026, words and impossible days.
    """
    if len(text) != 10 or not text[4] == "-" == text[7]:
        return _cell(text).date().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return _cell(text).date().isoformat()


def parse_iso_moment(text: str) -> str:
    """UTC text from a cell such as 2024-03-12 09:14 (local time) or 2024-03-12T09:14:05+02:00; a day is its start.

    Raises Usage like parse_iso_day.
    """
    if len(text) < 16 or not text[4] == "-" == text[7] or text[13] != ":" or text[10] not in "T ":
        return _stored_text(_cell(text), text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _cell(text)
    if moment.tzinfo and text[-2:].isdigit() and text[-2:] > "59":  # +02:75, which fromisoformat adds up
        moment = _cell(text)
    return text if len(text) == 20 and text[10] == "T" and text[19] == "Z" else _stored_text(moment, text)


# Days repeat in a file and strptime is slow: a column of a million cells has a few thousand days.
@lru_cache(maxsize=16384)
def parse_by_format(text: str, pattern: str) -> str:
    """'YYYY-MM-DD' of a cell written like pattern (strptime's letters), else of an ISO cell. Raises Usage."""
    return _parse_formatted(text, pattern).date().isoformat()


def parse_moment_by_format(text: str, pattern: str) -> str:
    """UTC text of a cell written like pattern, HH:MM[:SS] may follow a pattern of days only; else of an ISO cell.

    Without an offset it is local time. Raises Usage.
    """
    head, _, clock = text.strip().rpartition(" ")
    if head and (wall := read_clock(clock)):
        days = pattern.removesuffix(" %H:%M").removesuffix(" %H:%M:%S")
        with suppress(Usage):
            return _stored_text(local_moment(date.fromisoformat(parse_by_format(head, days)), wall), text)
    return _stored_text(_parse_formatted(text, pattern), text)


def parse_iso(text: str) -> datetime | None:
    """A day or moment with the year first, as written (naive without an offset); ValueError outside the calendar.

    The pattern decides which spellings are taken: also such as 2026/1/2 9:05, none without separators, and no fraction
    of a second is kept. dateutil reads the time and its offset.
    """
    if len(text) == 10 and text[4] == "-" == text[7]:  # the usual day: most starts need no pattern compiled for it
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    parts = re.fullmatch(ISO_MOMENT, text, re.IGNORECASE)
    if not parts:
        return None
    year, month, number = (int(parts[group]) for group in (1, 3, 4))
    if parts[5] is None:
        return datetime(year, month, number)
    if int(parts[5]) > 23:
        raise ValueError("hour must be in 0..23")  # isoparse takes 24:00 for the next day, of which nobody wrote
    zone = "Z" if (parts[8] or "").upper() == "UTC" else parts[8] or ""
    return _iso_parser().isoparse(
        f"{year:04}-{month:02}-{number:02}T{int(parts[5]):02}:{parts[6]}:{parts[7] or '00'}{zone}"
    )


@lru_cache(maxsize=1)
def _iso_parser() -> isoparser:
    from dateutil.parser import isoparser  # a plain start needs none

    return isoparser(sep="T")


def to_utc_text(wall: datetime, zone: tzinfo | None) -> str:
    """Moment text 'YYYY-MM-DDTHH:MM:SSZ'; a naive time is of this zone, None being the computer's own."""
    if wall.tzinfo or zone:
        moment = (wall if wall.tzinfo else wall.replace(tzinfo=zone)).astimezone(UTC)
    else:
        # Not wall.astimezone(): in the hour a clock skips it takes the offset of after, and a day begins an hour early.
        moment = EPOCH + timedelta(seconds=wall.replace(microsecond=0).timestamp())
    return moment.isoformat(timespec="seconds")[:19] + "Z"


def year_last(word: str) -> tuple[str, str] | None:
    """What is wrong with 03/04/2026, remedy included, and the format that would read its first meaning; else None."""
    parts = re.fullmatch(YEAR_LAST, word)
    if not parts:
        return None
    if len(parts[4]) == 2:
        return f"'{shorten_text(word)}' has no year of four digits: use such as 2026-11-22.", "%d.%m.%y"
    readings: dict[str, str] = {}
    for number, month, letters in ((parts[1], parts[3], "%d{0}%m{0}%Y"), (parts[3], parts[1], "%m{0}%d{0}%Y")):
        try:
            readings.setdefault(date(int(parts[4]), int(month), int(number)).isoformat(), letters.format(parts[2]))
        except ValueError:
            continue
    if not readings:
        return f"'{shorten_text(word)}' is not in the calendar: use such as 2026-11-22.", "%d.%m.%Y"
    reason = "is ambiguous" if len(readings) == 2 else "does not begin with the year"
    return f"'{shorten_text(word)}' {reason}: use {' or '.join(readings)}.", next(iter(readings.values()))


def shorten_text(text: str) -> str:
    """Text as an error quotes it."""
    return text if len(text) <= 60 else f"{text[:60]}…"


_MONTHS = """
    january february march april may june july august september october november december
    januar februar marz april mai juni juli august september oktober november dezember
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    januari februari maart april mei juni juli augustus september oktober november december
    janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia
    januara februara marca aprila maja juna jula augusta septembra oktobra novembra decembra
"""
_CLOCK_12 = r"(?:(?:[T ,]+(?:at )?)([0-9]{1,2})(?::([0-9]{2}))?(?::([0-9]{2})(?:[.,][0-9]+)?)? ?(?:([ap])\.?m\.?)?"
_CLOCK_12 += r" ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?"
_WRITTEN = tuple(
    LazyPattern(form + _CLOCK_12, re.IGNORECASE)
    for form in (
        r"(?:[^\W\d_]+\.?,? )?(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?(?: de)?[ -](?P<month>[^\W\d_]{3,12})\.?,?"
        r"(?: de)?[ -](?P<year>[0-9]{4})",
        r"(?:[^\W\d_]+\.?,? )?(?P<month>[^\W\d_]{3,12})\.?[ -](?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?[ -]"
        r"(?P<year>[0-9]{4})",
        r"(?P<year>[0-9]{4})[ -](?P<month>[^\W\d_]{3,12})\.?[ -](?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
    )
)


@lru_cache(maxsize=1)
def _month_numbers() -> dict[str, int]:
    """The names of months without accents, and their beginnings of three letters and more that mean one month only."""
    names = [line.split() for line in _MONTHS.strip().splitlines()]
    numbers: dict[str, int] = {}
    for month in range(12):
        for name in {each[month] for each in names}:
            for size in range(3, len(name)):
                numbers[name[:size]] = month + 1 if numbers.get(name[:size], month + 1) == month + 1 else 0
    numbers.update({each[month]: month + 1 for each in names for month in range(12)})
    return numbers | {"sept": 9}


def parse_written(text: str) -> datetime | None:
    """A day whose month is written out (`Nov 2, 2026`, `2. November 2026`), or that has a clock of twelve hours.

    Naive without an offset; None for anything else and for what is not in the calendar.
    """
    parts = next((match for form in _WRITTEN if (match := form.fullmatch(text.strip()))), None)
    if not parts:
        return None
    from unicodedata import normalize

    name = normalize("NFKD", parts["month"].casefold()).encode("ascii", "ignore").decode()
    month = int(name) if name.isdigit() else _month_numbers().get(name, 0)
    hour, minute, second, half, zone = parts.groups()[-5:]
    hours = int(hour or 0)
    if half and not 1 <= hours <= 12:
        return None
    hours = hours % 12 + (12 if half.casefold() == "p" else 0) if half else hours
    offset = "+00:00" if (zone or "").upper() in ("Z", "UTC", "GMT") else zone or ""
    day = f"{parts['year']}-{month:02}-{int(parts['day']):02}"
    try:
        return datetime.fromisoformat(f"{day}T{hours:02}:{minute or '00'}:{second or '00'}{offset}")
    except ValueError:
        return None


def _stored_text(moment: datetime, text: str) -> str:
    try:
        return to_utc_text(moment, None)
    except (ValueError, OverflowError, OSError) as error:
        raise Usage(f"'{shorten_text(text)}' is not in the calendar: {error}.", hint=CELLS_HINT) from None


def _cell(text: str) -> datetime:
    word = text.strip()
    try:
        moment = parse_iso(word)
    except ValueError as error:
        raise Usage(f"'{shorten_text(word)}' is not in the calendar: {error}.", hint=CELLS_HINT) from None
    if moment:
        return moment
    if moment := parse_written(word):
        return moment
    if wrong := year_last(word):
        raise Usage(wrong[0], hint=f"or say how this file writes days, such as --date-format {wrong[1]}")
    raise Usage(f"'{shorten_text(word)}' is not a date.", hint=CELLS_HINT)


@lru_cache(maxsize=8)
def _check_day(pattern: str) -> str:
    """The pattern, when it carries a whole day there and back."""
    sample = datetime(2026, 11, 22)
    try:
        if datetime.strptime(sample.strftime(pattern), pattern).date() == sample.date():
            return pattern
    except (ValueError, re.error):
        pass
    raise Usage(
        f"the date format '{shorten_text(pattern)}' does not name a day, a month and a year.",
        hint="use such as %d.%m.%Y, %m/%d/%Y or '%d %b %Y'.",
    )


_TWELVE = LazyPattern(r"(.+?)[ ,T]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})? ?[ap]\.?m\.?)", re.IGNORECASE)


def _parse_formatted(text: str, pattern: str) -> datetime:
    """By the pattern, by its day alone with or without a clock of twelve hours behind, else an unmistakable cell."""
    word = text.strip()
    days = re.split(r"[ ,T]*%[HIMSp]", _check_day(pattern))[0]
    clock = _TWELVE.fullmatch(word)
    for cell, form in ((word, pattern), (clock[1] if clock else word, days)):
        with suppress(ValueError):
            moment = datetime.strptime(cell, form)
            at = parse_written(f"2000-01-01 {clock[2]}") if clock and cell != word else None
            return moment.replace(hour=at.hour, minute=at.minute, second=at.second) if at else moment
    with suppress(ValueError):
        if unmistakable := parse_iso(word) or parse_written(word):
            return unmistakable
    sample = datetime(2026, 11, 22).strftime(pattern)
    raise Usage(f"'{shorten_text(word)}' does not look like {pattern}.", hint=f"use such as {sample}, or 2026-11-22.")


_NO_YEAR = LazyPattern(r"(?:--|1604-?|0000-?)([0-9]{2})-?([0-9]{2})")


def day_without_year(text: str) -> str:
    """`06-26` of a birthday as address books write it without a year (`--0626`, `1604-06-26`), else ''."""
    parts = _NO_YEAR.fullmatch(text.strip())
    return f"{parts[1]}-{parts[2]}" if parts else ""
