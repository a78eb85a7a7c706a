"""Times of day as people write them: 14:00, 9:30, 2pm, 2:30 pm, noon; alone or beside a day, and so many hours away."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

CLOCK = r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?"
_HALF_DAY = r"(1[0-2]|0?[1-9])(?:[:.]([0-5][0-9]))? ?([ap])\.?m\.?"
_TIME = rf"(?:at )?(?P<time>{CLOCK}|{_HALF_DAY}|noon)"
_BESIDE_A_DAY = (rf"(?:(?P<day>.*?\S)[ ,]+)??{_TIME}", rf"{_TIME}[ ,]+(?:on )?(?P<day>\S.*)")
_TIMED = r"[0-9]:[0-9]{2}|[0-9]T[0-9]|[0-9] ?[ap]\.?m\b|\bnoon\b|^now$|[0-9 -](?:h|hours?|min|mins|minutes?)\b"
_HOURS = r"([+-]?)([0-9]{1,6}) ?(h|hours?|min|mins|minutes?)"
_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_AWAY = r"(?:(in|last|past|next)[ -])?(?:(a|an|one|two|three|four|five|six|seven|eight|nine|ten)[ -]|(?=[0-9]))(.+?)"
_AWAY += r"([ -]ago)?"
_SIGNS = {"in": "+", "next": "+", "last": "-", "past": "-"}


def has_clock(text: str) -> bool:
    """It names a time of day, or a moment so many hours or minutes away: `fri 14:00`, `2pm`, `noon`, `now`, `+2h`."""
    return bool(re.search(_TIMED, text, re.IGNORECASE))


def split_clock(text: str) -> tuple[str, time] | None:
    """`('tomorrow', 14:00)` of `tomorrow 14:00`, `tomorrow at 2pm` or `2pm tomorrow`, the day '' where none is named.

    None where no time of day stands at either end.
    """
    match = next((match for form in _BESIDE_A_DAY if (match := re.fullmatch(form, text, re.IGNORECASE))), None)
    return ((match["day"] or "").strip(" ,"), _read_time(match["time"])) if match else None


def read_clock(text: str) -> time | None:
    """The time of `9:30` or `09:30:15`, exactly so; else None."""
    return _read_time(text) if re.fullmatch(CLOCK, text) else None


def local_moment(day: date, at: time | None) -> datetime:
    """That day at that time, else its start; naive."""
    return datetime.combine(day, at or time())


def hours_away(text: str, *, forward: bool) -> timedelta | None:
    """How far `+2h`, `90min`, `in an hour` or `2 hours ago` is from now; forward says where to without a sign."""
    match = re.fullmatch(_HOURS, signed_count(text.lower()))
    if not match:
        return None
    unit = "hours" if match[3].startswith("h") else "minutes"
    return timedelta(**{unit: int(match[2])}) * (1 if (match[1] or "-+"[forward]) == "+" else -1)


def signed_count(text: str) -> str:
    """`+2 weeks` of `in two weeks` or `next 2 weeks`, `-2 weeks` of `2 weeks ago` or `last 2 weeks`; else the text."""
    match = re.fullmatch(_AWAY, text)
    if not match or bool(match[1]) == bool(match[4]):
        return text
    number = f"{_NUMBER_WORDS[match[2]]}{'-' if '-' in text else ' '}" if match[2] else ""
    return f"{'-' if match[4] else _SIGNS[match[1]]}{number}{match[3]}"


def _read_time(text: str) -> time:
    if text.lower() == "noon":
        return time(12)
    if half := re.fullmatch(_HALF_DAY, text, re.IGNORECASE):
        return time(int(half[1]) % 12 + (12 if half[3].lower() == "p" else 0), int(half[2] or 0))
    hour, _, rest = text.partition(":")
    minute, _, second = rest.partition(":")
    return time(int(hour), int(minute), int(second or 0))
