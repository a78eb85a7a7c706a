"""Reads what people write for a day, a span of days or a moment, and words dates for a screen.

Days and periods by example (today = Sunday 2026-11-22); weeks begin on Monday, months are calendar months:

    2026-11-22  2026-11  2026  2026-W47  2026-Q4     ISO, the year first: 03/04/2026 is refused, never guessed
    today  yesterday  tomorrow
    fri  friday                                      the nearest, today included; last-fri and next-fri leave it out
    1 dec   dec 4   december   4 January 2027        English; without a year the nearest that fits
    12/4  4.12.  4.12.2026                           in the order of the setting date_format; refused without it
    week  month  quarter  year                       the present one; last-week, this-month, next-quarter ...
    end of month  eom  eow  end of 2026-Q4           the last day of it; start of ... the first
    7d  2w  3m  1y  -7d  +7d                         so far from today; unsigned: back in history, ahead in plans
    in 2 weeks  2 weeks ago                          that day

A range has two dots (7d..  ..today  2025-01..2025-03); a period at its end takes its outer edge, so ..2026-11 has all
November. A count alone reaches to today: created:7d is 7d..today, due:7d is today..7d (that is today and 7 days more);
`last 7 days` and `next 7 days` do too.

Due dates: a day, which is the same in every zone, or a moment; each is kept as what was typed.

A stored day is `2026-11-27`, a stored moment `2026-11-27T13:00:00Z`. The two are compared on this computer's calendar
when somebody asks: a day begins at its first local moment, a moment belongs to the local day it falls on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from leadcli.errors import Usage, nearest_name
from leadcli.model.carriers import NamedTuple
from leadcli.text.dates.clock import has_clock, hours_away, local_moment, signed_count, split_clock
from leadcli.text.dates.day_names import MONTHS, WEEKDAYS, is_weekday, lacks_year, read_day_name, read_numbers
from leadcli.text.dates.iso import DATES_HELP, BadDate, parse_iso, shorten_text, to_utc_text, year_last

NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1, "day-before-yesterday": -2, "day-after-tomorrow": 2}
PERIODS = ("week", "month", "quarter", "year")
TURNS = {"last": -1, "this": 0, "next": 1}
ENDS = {"eod": "today", "eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year"}
KNOWN = [*NEAR, *PERIODS, *(f"{turn}-{unit}" for turn in TURNS for unit in PERIODS), *WEEKDAYS, *MONTHS, *ENDS]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}

COUNT = r"([+-]?)([0-9]{1,6})-?(d|days?|w|weeks?|m|months?|y|years?)"
_BEGINNINGS = ("next", "last", "this", "in", "end", "start", "end-of", "start-of", "the")
_EDGE = r"(end|start|beginning)-of-(?:the-)?(.+)"
ISO_PERIOD = r"([0-9]{4})(?:-([0-9]{2})|-w([0-9]{1,2})(?:-([1-7]))?|-q([1-4]))?"

DAYS_HINT = f"write 2026-11-22, 2026-11, today, fri, '4 dec', eom, last-week, 7d or +3d {DATES_HELP}"
MOMENTS_HINT = f"write 2026-11-22T09:00, 'tomorrow 2pm', 'fri 9:30' or +2h {DATES_HELP}"


class Span(NamedTuple):
    """Whole local days from first to last, both included; None is open. words explains, '' for plain ISO dates."""

    first: date | None
    last: date | None
    words: str


OPEN = Span(None, None, "")


def parse_span(text: str, today: date, *, forward: bool, order: str = "") -> Span:
    """The days a filter's value means: one period, or a range with '..'.

    forward resolves unsigned counts, weekdays and days without a year: True for plans (due, close), False for history
    (created, closed). order is that of day and month in 12/4 (day_month_order of the setting), '' refuses such days.
    To compare with an operator ask for the edge: >= and < take parse_span(value + '..').first, <= and > take
    parse_span('..' + value).last. A weekday pair stays in order: on a Wednesday mon..fri is next week in plans.
    Raises Usage for anything else, also for a range that ends before it begins.
    """
    if ".." not in text:
        period = _period(text, today, forward=forward, order=order)
        return _reach(period, today) if _is_stretch(_tidy(text)) else period
    start, _, end = (part.strip() for part in text.partition(".."))
    if not start and not end:
        hint = f"write 7d.. or ..today or 2026-01..2026-03 {DATES_HELP}"
        raise Usage(f"the range '{shorten_text(text)}' has no end.", hint=hint)
    low = _period(start, today, forward=forward, order=order) if start else OPEN
    high = _period(end, today, forward=forward, order=order) if end else OPEN
    first, last = low.first, high.last
    if first and last and first > last:
        first, last = _in_order(start, end, first, last, forward=forward)
    return Span(first, last, " to ".join(side.words for side in (low, high) if side.words))


def parse_window(since: str | None, until: str | None, today: date, *, order: str = "") -> Span:
    """The days between --since and --until, both in; a period takes its outer edge. Raises Usage."""
    return parse_span(f"{since or ''}..{until or ''}", today, forward=False, order=order) if since or until else OPEN


def parse_day(text: str, today: date, *, forward: bool = True, order: str = "") -> date:
    """One day, for --due and --close (forward), --at and --birthday (forward=False).

    A longer period is a plan's deadline: --close 2026-12 and --due week are its last day; next-week, next-month ...
    are put off until then: their first day. What has happened had one day, so forward=False refuses a longer period.
    Raises Usage.
    """
    period = _period(text, today, forward=forward, order=order)
    first, last = period.first, period.last
    assert first is not None
    assert last is not None
    if first != last and not forward:
        raise BadDate(text, "is more than one day", hint=f"name one day, such as {first} {DATES_HELP}")
    return first if _tidy(text).startswith("next-") else last


def parse_moment(text: str, now: datetime, *, forward: bool = True, order: str = "") -> str:
    """UTC text of a moment: '+2h', '14:00', 'tomorrow 2pm', 'noon', '2026-11-22 9:00', '2026-11-22T09:00+02:00', 'now'.

    now is aware; input without an offset is wall-clock time of its zone. A day alone is its start. A weekday with a
    time is the nearest such moment in the direction of forward. In the hour a clock skips, the time is read as if
    the clock had not yet been changed; in the hour that comes twice, the first one is meant. Raises Usage.
    """
    word = text.strip()
    try:
        zone = zone_of(now)
        if word.lower() == "now":
            return to_utc_text(now, None)
        if away := hours_away(word, forward=forward):
            return to_utc_text(now.astimezone(UTC) + away, None)
        if exact := parse_iso(word):
            return to_utc_text(exact, zone)
        return to_utc_text(_wall_clock(word, now, forward=forward, order=order), zone)
    except (ValueError, OverflowError, OSError) as error:
        raise BadDate(text, f"is not in the calendar: {error}", hint=MOMENTS_HINT) from None


def utc_bounds(first: date | None, last: date | None, zone: tzinfo | None) -> tuple[str | None, str | None]:
    """The UTC texts [start, end) of local days, to compare moments with; zone None is the computer's own.

    A day may have 23 or 25 hours: both edges are midnights, each with the offset that holds there.
    """
    end = None if last is None or last == date.max else _midnight(last + timedelta(days=1), zone)
    return (None if first is None else _midnight(first, zone)), end


def zone_of(now: datetime) -> tzinfo | None:
    """Zone of unmarked times; None = the computer's. A clock read by astimezone() knows only its offset of today."""
    fixed = isinstance(now.tzinfo, timezone)
    return None if fixed and now.astimezone().utcoffset() == now.utcoffset() else now.tzinfo


def relative_day(day: date, today: date) -> str:
    """A due day in a column: 'late 3d', 'today', 'tomorrow', 'fri 27' (two weeks), 'in 3w' (eight), '2027-02-01'."""
    ahead = (day - today).days
    if ahead < 0:
        return f"late {age_text(-ahead)}"
    if ahead < 2:
        return ("today", "tomorrow")[ahead]
    if ahead < 14:
        return f"{WEEKDAYS[day.weekday()][:3]} {day.day}"
    return f"in {ahead // 7}w" if ahead < 56 else day.isoformat()


def age_text(days: int) -> str:
    """A number of days, short: '21d' below four weeks, '5w' below two months, '4m' below two years, '2y'."""
    if days < 28:
        return f"{days}d"
    if days < 61:
        return f"{days // 7}w"
    return f"{days * 12 // 365}m" if days < 730 else f"{days // 365}y"


def _in_order(start: str, end: str, first: date, last: date, *, forward: bool) -> tuple[date, date]:
    """A range that runs backwards: put right where a weekday can move by a week or a day without a year by one.

    Raises Usage where neither helps.
    """
    for unit, moves in (("week", is_weekday), ("year", lacks_year)):
        with suppress(ValueError, OverflowError):  # beyond the calendar
            if forward and moves(_tidy(end)) and (later := shift_date(last, 1, unit)) >= first:
                return first, later
            if not forward and moves(_tidy(start)) and (earlier := shift_date(first, -1, unit)) <= last:
                return earlier, last
    raise Usage(
        f"the range '{shorten_text(f'{start}..{end}')}' ends on {last}, before it begins on {first}.",
        hint=f"write {shorten_text(f'{end}..{start}')} {DATES_HELP}",
    )


def _period(text: str, today: date, *, forward: bool, order: str) -> Span:
    """The days of one spelling without dots; raises Usage."""
    word = _tidy(text)
    try:
        span = (
            _iso_period(word)
            or _near(word, today)
            or _count(signed_count(word), today, forward=forward)
            or _weekday(word, today, forward=forward)
            or _named_span(word, today)
            or _day_name(word, today, forward=forward, order=order)
            or _edge_of_period(word, today, forward=forward, order=order)
        )
    except (ValueError, OverflowError) as error:
        raise BadDate(text, f"is not in the calendar: {error}", hint=DAYS_HINT) from None
    if span is None:
        raise _unknown(text.strip())
    return span


def _iso_period(word: str) -> Span | None:
    if ":" not in word and (exact := parse_iso(word)):
        return Span(exact.date(), exact.date(), "")
    parts = re.fullmatch(ISO_PERIOD, word)
    if not parts:
        return None
    year, month, week, weekday, quarter = (int(part) if part else 0 for part in parts.groups())
    if week or parts[3]:
        first = date.fromisocalendar(year, week, weekday or 1)
        return Span(first, date.fromisocalendar(year, week, weekday or 7), "")
    if quarter:
        return Span(*period_bounds(date(year, quarter * 3, 1), "quarter"), "")
    return Span(*period_bounds(date(year, month if parts[2] else 1, 1), "month" if parts[2] else "year"), "")


def _near(word: str, today: date) -> Span | None:
    if word not in NEAR:
        return None
    day = today + timedelta(days=NEAR[word])
    return Span(day, day, word)


def _count(word: str, today: date, *, forward: bool) -> Span | None:
    parts = re.fullmatch(COUNT, word)
    if not parts:
        return None
    ahead = (parts[1] or "-+"[forward]) == "+"
    number, unit = int(parts[2]), UNITS[parts[3][0]]
    day = shift_date(today, number if ahead else -number, unit)
    plural = "" if number == 1 else "s"
    return Span(day, day, f"{number} {unit}{plural} {'after' if ahead else 'before'} today, {today}")


def _weekday(word: str, today: date, *, forward: bool) -> Span | None:
    turn, _, name = word.rpartition("-")
    if turn not in ("", "last", "this", "next") or not is_weekday(name):
        return None
    turn = turn.removeprefix("this")
    ahead = turn == "next" or (not turn and forward)
    number = [known[:3] for known in WEEKDAYS].index(name[:3])
    away = (number - today.weekday()) % 7 if ahead else -((today.weekday() - number) % 7)
    if turn and not away:
        away = 7 if ahead else -7
    day = today + timedelta(days=away)
    side = ("after" if ahead else "before") if turn else ("on or after" if ahead else "on or before")
    return Span(day, day, f"the {WEEKDAYS[number].capitalize()} {side} today, {today}")


def _named_span(word: str, today: date) -> Span | None:
    turn, _, unit = word.rpartition("-")
    turn = turn or "this"
    if unit not in PERIODS or turn not in TURNS:
        return None
    return Span(*period_bounds(shift_date(today, TURNS[turn], unit), unit), f"{turn} {unit}")


def _day_name(word: str, today: date, *, forward: bool, order: str) -> Span | None:
    """Days with the month in English, and by numbers."""
    if days := read_day_name(word, today, forward=forward):
        return Span(*days, "")
    day = read_numbers(word, today, order, forward=forward)
    return Span(day, day, "") if day else None


def _edge_of_period(word: str, today: date, *, forward: bool, order: str) -> Span | None:
    """`eom`, `end of next month`, `start of 2026-Q4`: one day."""
    edge = re.fullmatch(_EDGE, word)
    if word not in ENDS and not edge:
        return None
    period = _period(edge[2] if edge else ENDS[word], today, forward=forward, order=order)
    day = period.first if edge and edge[1] != "end" else period.last
    words = f"the {'last' if day == period.last else 'first'} day of {period.words}" if period.words else ""
    return Span(day, day, words)


def period_bounds(inside: date, unit: str) -> tuple[date, date]:
    """First and last day of the week, month, quarter or year that has this day."""
    if unit == "week":
        monday = inside - timedelta(days=inside.weekday())
        return monday, monday + timedelta(days=6)
    from dateutil.relativedelta import relativedelta  # a plain start needs none

    months = _MONTHS[unit]
    start = date(inside.year, (inside.month - 1) // months * months + 1, 1)
    return start, start + relativedelta(months=months - 1, day=31)


def shift_date(start: date, number: int, unit: str) -> date:
    """So many units later; a month without such a day gives its last one (31 January + 1 month = 28 February)."""
    if unit in ("day", "week"):
        return start + timedelta(days=number * (7 if unit == "week" else 1))
    from dateutil.relativedelta import relativedelta  # a plain start needs none

    return start + relativedelta(months=number * _MONTHS[unit])


def _reach(span: Span, today: date) -> Span:
    """A count standing alone: from there to today, or from today to there."""
    assert span.first is not None
    if span.first == today:
        return Span(today, today, "today")
    side, there = ("after", "up to") if span.first > today else ("before", "since")
    length = span.words.partition(f" {side} ")[0]
    return Span(min(span.first, today), max(span.first, today), f"{there} {length} {side} today, {today}")


def _is_stretch(word: str) -> bool:
    """A count that reaches to today by itself: `7d`, `last-7-days`; not `7-days-ago`, which is a day."""
    counted = word if word.startswith("in-") or word.endswith("-ago") else signed_count(word)
    return bool(re.fullmatch(COUNT, counted))


def _wall_clock(word: str, now: datetime, *, forward: bool, order: str) -> datetime:
    """Naive wall-clock time of 'fri', '9:30', 'fri 9:30' or '2pm tomorrow'."""
    parts = split_clock(word)
    if not parts:
        if has_clock(word):
            raise BadDate(word, "is not a moment", hint=MOMENTS_HINT)
        return local_moment(parse_day(word, now.date(), forward=forward, order=order), None)
    head, wall = parts
    moment = local_moment(parse_day(head or "today", now.date(), forward=forward, order=order), wall)
    here = now.replace(tzinfo=None)
    if is_weekday(head) and moment.date() == here.date() and (moment < here if forward else moment > here):
        moment += timedelta(days=7 if forward else -7)
    return moment


def _midnight(start: date, zone: tzinfo | None) -> str:
    try:
        return to_utc_text(local_moment(start, None), zone)
    except (ValueError, OverflowError, OSError):
        # Years no clock reaches (and, on Windows, before 1970) have no local offset; the order of texts still holds.
        return f"{start}T00:00:00Z"


def _unknown(word: str) -> Usage:
    if not word:
        return Usage("the date is empty.", hint=DAYS_HINT)
    if wrong := year_last(word):
        reason = wrong[0].removeprefix(f"'{shorten_text(word)}' ").removesuffix(".")
        return BadDate(word, reason, hint=f"the year has four digits {DATES_HELP}")
    if has_clock(word):
        return BadDate(word, "has a time of day, but a whole day is asked for", hint=DAYS_HINT)
    if _tidy(word) in _BEGINNINGS:
        hint = f"quote all of it, such as 'next week', or write next-week {DATES_HELP}"
        return BadDate(word, "is only the beginning of a date", hint=hint)
    close = nearest_name(_tidy(word), KNOWN)
    return BadDate(word, "is not a date" + (f". Did you mean '{close}'?" if close else ""), hint=DAYS_HINT)


def _tidy(text: str) -> str:
    return "-".join(text.lower().split())


def read_due(text: str, now: datetime, *, forward: bool = True, order: str = "") -> str:
    """The stored form: the day where a day was typed (fri, +2d, 2026-11-27), the UTC moment where a time was.

    Raises Usage like words.parse_moment.
    """
    if has_clock(text):
        return parse_moment(text, now, forward=forward, order=order)
    return parse_day(text, now.date(), forward=forward, order=order).isoformat()


def is_day(stored: str) -> bool:
    """A stored day, not a stored moment."""
    return len(stored) == 10


def start_of(stored: str) -> str:
    """The UTC text of the first local moment of a stored day; a stored moment as it is."""
    if not is_day(stored):
        return stored
    first, _ = utc_bounds(date.fromisoformat(stored), None, None)
    assert first is not None
    return first


def start_function() -> Callable[[str | None], str | None]:
    """`start_of` for SQL (NULL stays NULL), with a cache of its own: days repeat, and zones may differ between runs."""
    start_of_day = lru_cache(4096)(start_of)

    def start(due: str | None) -> str | None:
        return start_of_day(due) if due is not None and is_day(due) else due

    return start


def utc_text(moment: datetime) -> str:
    """An aware time as it is stored."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_time(moment: str) -> datetime:
    """UTC moment text -> aware local time."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone()


def local_day(stored: str) -> date:
    """A stored day, or the local day of a stored moment."""
    return date.fromisoformat(stored) if is_day(stored) else local_time(stored).date()


def first_of_each(dues: Iterable[str]) -> list[str]:
    """The earliest stored day and the earliest stored moment, as far as there are both, in the order of their texts.

    Which of the two comes first depends on the zone of whoever asks.
    """
    earliest: dict[bool, str] = {}
    for due in dues:
        earliest[is_day(due)] = min(earliest.get(is_day(due), due), due)
    return sorted(earliest.values())
