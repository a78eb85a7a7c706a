"""Reads how a task repeats, and computes the date of the next one.

By example; a task due on the last day of a month stays on the last day:

    daily  weekly  monthly  quarterly  yearly              counted from the due date
    every day  every 2 weeks  every other month            every so many days, weeks, months, quarters, years
    every fri  every mon and thu  every weekday            days of the week
    every 2 weeks on fri                                   both
    every last friday  every 2nd tue  every 15th           days of the month; every last day
    FREQ=MONTHLY;BYDAY=-1FR;COUNT=6                        a rule of RFC 5545
    monthly after done                                     counted from the day it was done

A repeat is kept as it was typed, in small letters and with single spaces, a rule of RFC 5545 in capitals. dateutil's
rrule computes the dates. Of some numbers it makes rules that never end or never come without a word, so that every
part is checked here before it sees one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from leadcli.text.dates import words
from leadcli.text.dates.day_names import WEEKDAYS
from leadcli.text.dates.iso import to_utc_text

HINT = "write daily, 'every 2 weeks', 'every last friday' or an RRULE (see: leadcli help dates)"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNITS = {
    "day": ("DAILY", 1), "week": ("WEEKLY", 1), "month": ("MONTHLY", 1), "quarter": ("MONTHLY", 3),
    "year": ("YEARLY", 1),
}  # fmt: skip
_ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year",
            "annually": "year"}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_AFTER_DONE = " after done"
_LONGEST = 300  # letters of a repeat
_MOST = {"INTERVAL": 999, "COUNT": 9999}
# Part -> the numbers it may have, either side of 0 for those that are counted from the end too.
_NUMBERS = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", *_NUMBERS, "BYDAY", "WKST")
# RFC 5545, 3.3.10: parts that a frequency must not have.
_EXCLUDED = {
    "DAILY": ("BYYEARDAY", "BYWEEKNO"), "WEEKLY": ("BYYEARDAY", "BYWEEKNO", "BYMONTHDAY"),
    "MONTHLY": ("BYYEARDAY", "BYWEEKNO"), "YEARLY": (),
}  # fmt: skip
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(T[0-9]{6}Z?)?")
_CYCLE = 400  # years after which the calendar repeats, days of the week included
_AHEAD = 40  # years in which a rule has to come at least once


class Repeat(NamedTuple):
    """A repeat that was read: its text as stored, the parts of its rule, and whether it counts from the day of doing.

    The end of the rule is left to `next_due`: `occurrences` (COUNT) and `until`; `rule` holds neither.
    """

    text: str
    rule: Mapping[str, str]
    after_done: bool
    occurrences: int | None = None
    until: str = ""


class NextDue(NamedTuple):
    """The next task of a series: stored due date, stored repeat, the date the series is counted from ('' for its own).

    `skipped` dates had gone by already.
    """

    due: str
    repeat: str
    start: str
    skipped: int


def parse_repeat(text: str) -> Repeat:
    """Read a repeat. Raises ValueError with the end of a sentence: "is no repeat; write daily ..."."""
    typed = " ".join(text.casefold().split())
    if len(typed) > _LONGEST or not typed.isascii():
        raise ValueError(f"is no repeat; {HINT}")
    body, after_done = typed.removesuffix(_AFTER_DONE), typed.endswith(_AFTER_DONE)
    if "=" not in body:
        rule = _read_words(body)
        return Repeat(typed, _checked_rule(rule), after_done)
    parts = _checked_rule(_split_rule(body))
    stored = _join_parts(parts) + (_AFTER_DONE if after_done else "")
    count, until = parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    return Repeat(stored, parts, after_done, int(count) if count else None, until)


def next_due(repeat: Repeat, due: str, *, start: str, now: datetime) -> NextDue | None:
    """The task that follows one that is done: the first date after its own that is not past. None: it was the last.

    `due` is the task's stored date, `start` that of the series ('' for `due`), `now` the aware time of doing it.
    The clock time is that of `start`, on this computer's calendar.
    """
    start = start or due
    first, after = words.local_day(start), words.local_day(due)
    if repeat.after_done:
        first = after = now.date()
    skipped = 0
    for day in _days_after(repeat, first, after):
        at = _at_day(day, start)
        if repeat.until and _is_past_until(at, repeat.until):
            return None
        if day < now.date() or (not words.is_day(at) and at <= words.utc_text(now)):
            skipped += 1
            continue
        left = None if repeat.occurrences is None else repeat.occurrences - 1 - skipped
        if left is not None and left < 1:
            return None
        text = repeat.text if left is None else repeat.text.replace(f"COUNT={repeat.occurrences}", f"COUNT={left}")
        return NextDue(at, text, "" if repeat.after_done else start, skipped)
    return None


def check_start(repeat: Repeat, due: str) -> None:
    """Raise ValueError for a repeat that does nothing for a task of this date: it ends before, or never comes again."""
    if repeat.until and _is_past_until(due, repeat.until):
        raise ValueError(f"ends before the task is due on {words.local_day(due)}")
    first = words.local_day(due)
    if next(_days_after(repeat, first, first), None) is None and first.year < date.max.year - _AHEAD:
        raise ValueError(f"never comes again after {first}")


def calendar_rule(repeat: Repeat, due: str, *, start: str) -> str:
    """The rule as calendar programs read it, for a task of this date; UNTIL is a day or a UTC moment, like the date."""
    parts = _anchor_rule(repeat.rule, words.local_day(start or due))
    if repeat.occurrences is not None:
        parts["COUNT"] = str(repeat.occurrences)
    if repeat.until:
        last = _until_text(repeat.until, is_day=words.is_day(due))
        parts["UNTIL"] = re.sub("[-:]", "", last)
    return _join_parts(parts)


def _days_after(repeat: Repeat, first: date, after: date) -> Iterator[date]:
    """The days of a rule that begins on `first`, later than `after`; none when it does not come in the next decades.

    dateutil looks for a day up to the year 9999. The rule is moved there by whole cycles of the calendar, so that one
    that never comes ends the search after decades instead of millennia.
    """
    from dateutil import rrule  # half a plain start

    shift = (date.max.year - _AHEAD - first.year) // _CYCLE * _CYCLE
    parts = _anchor_rule(repeat.rule, first)
    numbers: dict[str, Any] = {
        name.lower(): [int(number) for number in parts[name].split(",")] for name in _NUMBERS if name in parts
    }
    days = [_WEEKDAY.fullmatch(each) for each in parts["BYDAY"].split(",")] if "BYDAY" in parts else []
    weekdays = [getattr(rrule, match[2])(int(match[1]) if match[1] else None) for match in days if match]
    begin = datetime(first.year + shift, first.month, first.day)
    rule = rrule.rrule(
        getattr(rrule, parts["FREQ"]), dtstart=begin, interval=int(parts.get("INTERVAL", 1)),
        wkst=_DAYS.index(parts.get("WKST", "MO")), byweekday=weekdays or None, **numbers,
    )  # fmt: skip
    for moment in rule:
        year = moment.year - shift
        if year > date.max.year:
            return
        day = date(year, moment.month, moment.day)
        if day > after:
            yield day


def _anchor_rule(rule: Mapping[str, str], first: date) -> dict[str, str]:
    """The parts of a rule counted from a day: a month without such a day has its last one (RFC 5545 would skip it)."""
    parts = dict(rule)
    if any(name.startswith("BY") for name in parts):
        return parts
    if parts["FREQ"] == "MONTHLY" and (first + timedelta(days=1)).day == 1:
        return parts | {"BYMONTHDAY": "-1"}
    if parts["FREQ"] == "MONTHLY" and first.day > 28:
        return parts | _day_of_month(first.day)
    if parts["FREQ"] == "YEARLY" and (first.month, first.day) == (2, 29):
        return parts | {"BYMONTH": "2", "BYMONTHDAY": "-1"}
    return parts


def _day_of_month(number: int) -> dict[str, str]:
    """The day of every month, or its last one where the month is shorter."""
    if number <= 28:
        return {"BYMONTHDAY": str(number)}
    if number == 31:
        return {"BYMONTHDAY": "-1"}
    return {"BYMONTHDAY": ",".join(map(str, range(28, number + 1))), "BYSETPOS": "-1"}


def _at_day(day: date, start: str) -> str:
    """The stored due date on a day: the day, or the moment at the clock time of `start`."""
    if words.is_day(start):
        return day.isoformat()
    clock = words.local_time(start)
    return to_utc_text(datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second), None)


def _is_past_until(due: str, until: str) -> bool:
    return due > _until_text(until, is_day=words.is_day(due))


def _until_text(until: str, *, is_day: bool) -> str:
    """The last day or UTC moment that UNTIL still has in, to compare with a stored day or moment."""
    day = date(int(until[:4]), int(until[4:6]), int(until[6:8]))
    clock = until[9:15] or "235959"
    wall = datetime(day.year, day.month, day.day, int(clock[:2]), int(clock[2:4]), int(clock[4:]))
    moment = wall.strftime("%Y-%m-%dT%H:%M:%SZ") if until.endswith("Z") else to_utc_text(wall, None)
    return words.local_day(moment).isoformat() if is_day else moment


def _read_words(body: str) -> dict[str, str]:
    """The rule that words mean. Raises ValueError for others."""
    unit = _ADVERBS.get(body)
    if unit:
        return _every(1, unit)
    phrase = body.removeprefix("every ").removesuffix(" of the month").removesuffix(" of month")
    if phrase == body and not body.startswith("every "):
        raise ValueError(f"is no repeat; {HINT}")
    if phrase in ("weekday", "workday", "working day"):
        return {"FREQ": "WEEKLY", "BYDAY": ",".join(_DAYS[:5])}
    if phrase in ("last day", "end of month", "end of the month", "month end"):
        return {"FREQ": "MONTHLY", **_day_of_month(31)}
    count, _, name = phrase.rpartition(" ")
    rule = _read_count(phrase) or _read_ordinal(count, name) or _read_weekdays(phrase, 1)
    if not rule:
        raise ValueError(f"is no repeat; {HINT}")
    return rule


def _read_count(phrase: str) -> dict[str, str] | None:
    """`2 weeks`, `other month`, `3rd day`, `2 weeks on fri`, `other fri`, `15th`."""
    number = r"([0-9]{1,4})(?:st|nd|rd|th)?|other|second|third|fourth"
    if match := re.fullmatch(rf"(?:({number}) )?(day|week|month|quarter|year)s?(?: on (.+))?", phrase):
        times = _number(match[1] or "1")
        if match[4]:
            return _read_weekdays(match[4], times) if match[3] == "week" else None
        return _every(times, match[3])
    if phrase.startswith("other "):
        return _read_weekdays(phrase.removeprefix("other "), 2)
    if match := re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)", phrase):
        if not 1 <= int(match[1]) <= 31:
            raise ValueError("names a day that no month has")
        return {"FREQ": "MONTHLY", **_day_of_month(int(match[1]))}
    return None


def _number(word: str) -> int:
    digits = re.match("[0-9]+", word)
    return int(digits[0]) if digits else _ORDINALS.get(word, 2)


def _every(times: int, unit: str) -> dict[str, str]:
    frequency, factor = _UNITS[unit]
    return {"FREQ": frequency, **({"INTERVAL": str(times * factor)} if times * factor != 1 else {})}


def _read_ordinal(count: str, name: str) -> dict[str, str] | None:
    """`last friday`, `2nd tue`: that day of the month."""
    match = re.fullmatch("([1-5])(?:st|nd|rd|th)", count)
    place = int(match[1]) if match else _ORDINALS.get(count)
    day = _weekday_code(name)
    return {"FREQ": "MONTHLY", "BYDAY": f"{place}{day}"} if place and day else None


def _read_weekdays(phrase: str, weeks: int) -> dict[str, str] | None:
    """`fri`, `mon and thu`, `mon,wed,fri` every so many weeks."""
    codes = [_weekday_code(name) for name in re.split(r"(?:,| and |, and ) ?| ", phrase) if name]
    if not codes or not all(codes):
        return None
    return {**_every(weeks, "week"), "BYDAY": ",".join(dict.fromkeys(filter(None, codes)))}


def _weekday_code(name: str) -> str:
    name = name.removesuffix("s") if name.removesuffix("s") in WEEKDAYS else name
    known = [code for day, code in zip(WEEKDAYS, _DAYS, strict=True) if len(name) >= 3 and day.startswith(name)]
    return known[0] if known else ""


def _split_rule(body: str) -> dict[str, str]:
    """`RRULE:FREQ=DAILY;COUNT=3` -> its parts, in capitals."""
    parts: dict[str, str] = {}
    for part in body.upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name not in _PARTS or not equals:
            raise ValueError(f"has the part '{part}', which is none of a repeat: {', '.join(_PARTS)}")
        if name in parts:
            raise ValueError(f"has {name} twice")
        parts[name] = value
    return parts


def _join_parts(parts: Mapping[str, str]) -> str:
    return ";".join(f"{name}={parts[name]}" for name in _PARTS if name in parts)


def _checked_rule(parts: dict[str, str]) -> dict[str, str]:
    """The parts of a rule when all of them are sound. Raises ValueError saying which is not."""
    frequency = parts.get("FREQ", "")
    if frequency not in _EXCLUDED:
        raise ValueError(f"needs FREQ={', '.join(list(_EXCLUDED)[:-1])} or YEARLY; a task repeats by days")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("has COUNT and UNTIL; a rule ends by one of them")
    for name, value in parts.items():
        if name in _EXCLUDED[frequency]:
            raise ValueError(f"has {name}, which FREQ={frequency} cannot have")
        if name in _MOST and not (re.fullmatch("[0-9]{1,4}", value) and 1 <= int(value) <= _MOST[name]):
            raise ValueError(f"has {name}={value}; write 1 to {_MOST[name]}")
        if name in _NUMBERS:
            _check_numbers(name, value)
    if parts.get("WKST", "MO") not in _DAYS:
        raise ValueError(f"has WKST={parts['WKST']}; write one of {', '.join(_DAYS)}")
    if "BYSETPOS" in parts and not any(name in parts for name in ("BYDAY", *list(_NUMBERS)[:-1])):
        raise ValueError("has BYSETPOS without days to pick from")
    _check_weekdays(parts)
    _check_until(parts.get("UNTIL", "20260101"))
    return parts


def _check_numbers(name: str, value: str) -> None:
    most = _NUMBERS[name]
    for number in value.split(","):
        if not re.fullmatch("[+-]?[0-9]{1,3}", number) or not 1 <= abs(int(number)) <= most:
            raise ValueError(f"has {name}={value}; its numbers are 1 to {most}")
        if name == "BYMONTH" and int(number) < 0:
            raise ValueError(f"has {name}={value}; months are 1 to 12")


def _check_weekdays(parts: Mapping[str, str]) -> None:
    """FREQ=MONTHLY may number the days of the week to 5, FREQ=YEARLY to 53; others number none."""
    frequency = parts["FREQ"]
    most = {"MONTHLY": 5, "YEARLY": 5 if "BYMONTH" in parts else 53}.get(frequency, 0)
    for each in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = _WEEKDAY.fullmatch(each)
        if not match:
            raise ValueError(f"has BYDAY={parts['BYDAY']}; write days such as MO,FR or -1FR")
        if match[1] and ("BYWEEKNO" in parts or not 1 <= abs(int(match[1])) <= most):
            raise ValueError(f"has BYDAY={each}, a number that FREQ={frequency} cannot have here")


def _check_until(until: str) -> None:
    match = _UNTIL.fullmatch(until)
    try:
        if match:
            datetime.strptime(match[1] + (match[2] or "T000000").rstrip("Z"), "%Y%m%dT%H%M%S")
            return
    except ValueError:
        pass
    raise ValueError(f"has UNTIL={until}; write a day such as 20261231, or 20261231T170000Z")
