"""The step of migration that keeps due dates which were typed as days as those days.

An older file kept a day as the moment at which it began where it was typed. Which zone that was stands nowhere, but the
journal has the command line: a date typed there as a day was at midnight in a zone in which it means this day.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.errors import LeadError
from leadcli.text.dates import due_dates
from leadcli.text.dates import words as date_words

if TYPE_CHECKING:
    from leadcli.store.engine import Connection

_MOMENT = 20  # letters of a stored moment
# UTC offsets in use, in minutes.
_OFFSETS = (
    *range(-12 * 60, 15 * 60, 60), -570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825,
)  # fmt: skip
_ADDING = ("task add", "log", "note", "add")  # the commands that made tasks, as the history has them
_TODAY = "today"  # what a task was due when nobody said when


class Origin(NamedTuple):
    """When a due date was written, and how it was typed; '' where the journal cannot tell."""

    at: str = ""
    typed: str = ""


_UNKNOWN = Origin()
_Days = Callable[[str, Origin], str | None]  # day_of


def convert_due_days(connection: Connection) -> None:
    """Days instead of moments in tasks, in what the journal keeps of tasks, and in the marks of rules on leads."""
    origins, read_day = _origins(connection), lru_cache(maxsize=65536)(day_of)
    days: dict[tuple[int, str], str] = {}  # (lead, moment): the day
    for id, record, owner, due in connection.execute(
        "SELECT id, record, record_id, due_at FROM activities WHERE due_at IS NOT NULL"
    ).fetchall():
        day = read_day(due, origins.get(id, _UNKNOWN))
        if day:
            connection.execute("UPDATE activities SET due_at = ? WHERE id = ?", (day, id))
            days |= {(owner, due): day} if record == "lead" else {}
    days |= _convert_deleted(connection, origins, read_day)
    _convert_changed(connection, origins, read_day)
    _convert_marks(connection, days)
    connection.execute("""
        UPDATE leads SET (due_at, other_due_at) = (
            SELECT min(first), CASE WHEN count(*) > 1 THEN max(first) END FROM (
                SELECT min(due_at) AS first FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id
                AND due_at IS NOT NULL AND done_at IS NULL GROUP BY length(due_at)))
        WHERE due_at IS NOT NULL""")


def _origins(connection: Connection) -> dict[int, Origin]:
    """Task -> where its due date comes from: the operation that added it first."""
    rules = {f"rule {name}": _typed_in_rule(actions) for name, actions in connection.execute(
        "SELECT name, actions FROM rules")}  # fmt: skip
    tasks = {row[0] for row in connection.execute("SELECT id FROM activities WHERE due_at IS NOT NULL")}
    origins: dict[int, Origin] = {}
    sql = """SELECT c.record_id, coalesce(c.last_id, c.record_id), c.field, c.reason, o.command, o.at
             FROM changes c JOIN operations o ON o.id = c.operation
             WHERE c.record = 'activity' AND c.field IN ('+', '-') ORDER BY c.id DESC"""
    for first, last, field, reason, command, at in connection.execute(sql):
        if field == "-":
            tasks.add(first)
            continue
        origin = Origin(at, rules.get(reason, "") if reason else typed_due(command))
        origins.update((id, origin) for id in range(first, last + 1) if id in tasks)
    return origins


def _typed_in_rule(actions: Any) -> str:
    try:
        return str(json.loads(actions).get("due") or _TODAY)
    except (TypeError, ValueError, AttributeError):
        return ""


@lru_cache(maxsize=4096)
def typed_due(command: str) -> str:
    """When a command line of the history says a task is due: --due, today without one, '' where it adds no task."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    if not command.startswith(tuple(f"{name} " for name in _ADDING)):
        return ""
    words = words[: words.index("--")] if "--" in words else words
    typed = [word.partition("=")[2] for word in words if word.startswith("--due=")]
    typed += [after for word, after in pairwise(words) if word == "--due"]
    return typed[-1] if typed else _TODAY


def day_of(due: str, origin: Origin) -> str | None:
    """The day that a stored moment was meant to be, or None for a time of day.

    A date typed as a day: the day it means in a zone in which the moment is a midnight. Else the day that begins at the
    moment here. Else, unless it was typed with a time, the day in the nearest zone in which the moment is a midnight.
    """
    if len(due) != _MOMENT:
        return None
    try:
        candidates = list(_midnights(due))
    except (ValueError, OverflowError, OSError):
        return None
    if origin.typed:
        for day, offset in candidates:
            if _means(origin, day, offset):
                return day.isoformat()
    here = due_dates.local_day(due)
    if due_dates.start_of(here.isoformat()) == due:
        return here.isoformat()
    if not candidates or (origin.typed and not _is_typed_day(origin.typed)):
        return None
    return candidates[0][0].isoformat()


def _midnights(due: str) -> Iterator[tuple[date, timedelta]]:
    """(day, UTC offset) of the zones in which a moment is a midnight, the nearest to the one here first."""
    moment = datetime.fromisoformat(due.replace("Z", "+00:00"))
    here = moment.astimezone().utcoffset() or timedelta()
    for offset in sorted((timedelta(minutes=each) for each in _OFFSETS), key=lambda each: (abs(each - here), -each)):
        local = moment + offset
        if (local.hour, local.minute, local.second) == (0, 0, 0):
            yield local.date(), offset


def _means(origin: Origin, day: date, offset: timedelta) -> bool:
    """What was typed, read in a zone at the time it was written, is this day."""
    try:
        written = datetime.fromisoformat(origin.at.replace("Z", "+00:00")).astimezone(UTC) + offset
        return date_words.parse_day(origin.typed, written.date()) == day
    except (LeadError, ValueError, OverflowError):
        return False


def _is_typed_day(typed: str) -> bool:
    try:
        return bool(date_words.parse_day(typed, date(2026, 1, 1)))
    except LeadError:
        return False


def _convert_deleted(connection: Connection, origins: dict[int, Origin], read_day: _Days) -> dict[tuple[int, str], str]:
    """The tasks that the journal keeps whole; their days as convert_due_days collects them."""
    days: dict[tuple[int, str], str] = {}
    sql = "SELECT id, record_id, old FROM changes WHERE record = 'activity' AND field = '-'"
    for change, id, text in connection.execute(sql).fetchall():
        task = json.loads(text)
        due = task.get("due_at")
        day = read_day(due, origins.get(id, _UNKNOWN)) if due else None
        if day:
            whole = json.dumps({**task, "due_at": day}, ensure_ascii=False)
            connection.execute("UPDATE changes SET old = ? WHERE id = ?", (whole, change))
            days |= {(task["record_id"], due): day} if task.get("record") == "lead" else {}
    return days


def _convert_changed(connection: Connection, origins: dict[int, Origin], read_day: _Days) -> None:
    """Due dates that were changed: what was, and what came instead."""
    sql = "SELECT id, record_id, old, new FROM changes WHERE record = 'activity' AND field = 'due_at'"
    for change, id, *values in connection.execute(sql).fetchall():
        days = [due and (read_day(due, origins.get(id, _UNKNOWN)) or due) for due in values]
        connection.execute("UPDATE changes SET old = ?, new = ? WHERE id = ?", (*days, change))


def _convert_marks(connection: Connection, days: dict[tuple[int, str], str]) -> None:
    """A rule that acted on an overdue task has noted which: it must know it again."""
    sql = "SELECT id, record_id, new FROM changes WHERE record = 'lead' AND field LIKE 'rule %' AND length(new) = 20"
    marks = [(days[(lead, due)], id) for id, lead, due in connection.execute(sql) if (lead, due) in days]
    connection.executemany("UPDATE changes SET new = ? WHERE id = ?", marks)
