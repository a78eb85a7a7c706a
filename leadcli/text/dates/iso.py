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

if TYPE_CHECKING:
    from dateutil.parser import isoparser

ISO_MOMENT = (
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)? *(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
YEAR_LAST = r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?:[T ].*)?"
CLOCK = r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CELLS_HINT = "use 2026-11-22, or name the order with --date-format, such as %d.%m.%Y."


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
    if head and (wall := re.fullmatch(CLOCK, clock)):
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


def local_moment(start: date, wall: re.Match[str] | None) -> datetime:
    """That day at the time CLOCK matched, else its start; naive."""
    hour, minute, second = (int(part or 0) for part in wall.groups()) if wall else (0, 0, 0)
    return datetime(start.year, start.month, start.day, hour, minute, second)


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


def _parse_formatted(text: str, pattern: str) -> datetime:
    word = text.strip()
    try:
        return datetime.strptime(word, _check_day(pattern))
    except ValueError:
        pass
    try:
        moment = parse_iso(word)
    except ValueError:
        moment = None
    if not moment:
        sample = datetime(2026, 11, 22).strftime(pattern)
        raise Usage(
            f"'{shorten_text(word)}' does not look like {pattern}.", hint=f"use such as {sample}, or 2026-11-22."
        )
    return moment
