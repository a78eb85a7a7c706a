"""Local days out of UTC moments, and the names of the periods they fall in.

A moment is grouped in SQL by the start of its text (an hour; half an hour or a minute where the zone's offset is no
whole hour), and only these few groups become local days here, each with the offset that held then. So a day of 23 or
25 hours is right, no row costs a function call, and SQL needs no function of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from leadcli import when
from leadcli.store.store import Store

MOST = 40_000  # more empty periods than this between two filled ones come from a slip in a date
HOUR, HALF, MINUTE = 3600, 1800, 60


def named(day: date, period: str) -> str:
    """`2026-11-22` -> 2026-11-22 (day), 2026-W47, 2026-11, 2026-Q4, 2026."""
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if period == "month":
        return f"{day.year:04}-{day.month:02}"
    if period == "quarter":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return f"{day.year:04}" if period == "year" else day.isoformat()


def first_day(name: str) -> date:
    """The first day of a period by its name."""
    found = when.span(name, date.min, forward=False).first
    assert found is not None
    return found


def between(first: str, last: str, period: str) -> list[str]:
    """The names of all periods from first to last, both in."""
    return list(_walk(first, last, period))


def _walk(first: str, last: str, period: str) -> Iterator[str]:
    length = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[period]
    day, count = first_day(first), 0
    while (name := named(day, period)) <= last and count < MOST:
        yield name
        count += 1
        try:
            # A period's first day plus its greatest length is inside the next one.
            day = first_day(named(day + timedelta(days=length), period))
        except (OverflowError, ValueError):
            return


def of_day(period: str) -> Callable[[Any], str | None]:
    """'YYYY-MM-DD' -> the name of its period; None where it is no date."""

    def fold(text: Any) -> str | None:
        try:
            return named(date.fromisoformat(str(text)[:10]), period)
        except ValueError:
            return None

    return fold


def of_moment(store: Store, column: str, table: str, period: str) -> tuple[str, Callable[[Any], str | None]]:
    """How moments in `r.column` of a table are grouped: the SQL of the key, and key -> the name of its local period."""
    return of_expression(store, f"r.{column}", _reach(store, column, table), period)


def of_expression(
    store: Store, sql: str, reach: tuple[str, str] | None, period: str
) -> tuple[str, Callable[[Any], str | None]]:
    """The same for any expression; `reach` are its earliest and latest moment, None when they are unknown."""
    zone = when.zone_of(store.context.now)
    step = _step(reach, zone)
    if step == 0:
        return f"substr({sql}, 1, 10)", of_day(period)
    key = {
        HOUR: f"substr({sql}, 1, 13)",
        HALF: f"substr({sql}, 1, 14) || CASE WHEN substr({sql}, 15, 1) < '3' THEN '00' ELSE '30' END",
    }
    return key.get(step, f"substr({sql}, 1, 16)"), lambda text: _local(text, zone, period)


def _local(text: Any, zone: tzinfo | None, period: str) -> str | None:
    if len(str(text)) == 10:
        return of_day(period)(text)  # due on a day: the same one in every zone
    whole = str(text) + "0000-00-00T00:00:00"[len(str(text)) :]
    try:
        return named(datetime.fromisoformat(whole).replace(tzinfo=UTC).astimezone(zone).date(), period)
    except (ValueError, OverflowError, OSError):
        return of_day(period)(text)  # a year no clock reaches: UTC's own day


def _reach(store: Store, column: str, table: str) -> tuple[str, str] | None:
    """Earliest and latest moment of a column, by its index."""
    ends = [
        store.select(f"SELECT {end}({column}) FROM {table} WHERE {column} IS NOT NULL")[0][0] for end in ("min", "max")
    ]
    return (ends[0], ends[1]) if ends[0] else None


def _step(reach: tuple[str, str] | None, zone: tzinfo | None) -> int:
    """The coarsest grid on which local midnights lie: 0 when local days are UTC days."""
    if reach is None:
        return MINUTE
    try:
        first, last = (datetime.fromisoformat(each) for each in reach)
        if (last - first).days > 366 * 60:
            return MINUTE
        offsets = set()
        while first <= last + timedelta(days=15):
            away = first.astimezone(zone).utcoffset()
            offsets.add(int(away.total_seconds()) if away else 0)
            first += timedelta(days=15)
        away = last.astimezone(zone).utcoffset()
        offsets.add(int(away.total_seconds()) if away else 0)
    except (ValueError, OverflowError, OSError):
        return MINUTE
    if offsets == {0}:
        return 0
    return next((grid for grid in (HOUR, HALF) if all(offset % grid == 0 for offset in offsets)), MINUTE)
