"""Due dates: a day, which is the same in every zone, or a moment; each is kept as what was typed.

A stored day is `2026-11-27`, a stored moment `2026-11-27T13:00:00Z`. The two are compared on this computer's calendar
when somebody asks: a day begins at its first local moment, a moment belongs to the local day it falls on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache

from leadcli.errors import Usage
from leadcli.text.dates import words


def read_due(text: str, now: datetime, *, forward: bool = True) -> str:
    """The stored form: the day where a day was typed (fri, +2d, 2026-11-27), the UTC moment where a time was.

    Raises Usage like words.parse_moment.
    """
    try:
        return words.parse_day(text, now.date(), forward=forward).isoformat()
    except Usage:
        return words.parse_moment(text, now, forward=forward)


def is_day(stored: str) -> bool:
    """A stored day, not a stored moment."""
    return len(stored) == 10


def start_of(stored: str) -> str:
    """The UTC text of the first local moment of a stored day; a stored moment as it is."""
    if not is_day(stored):
        return stored
    first, _ = words.utc_bounds(date.fromisoformat(stored), None, None)
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
