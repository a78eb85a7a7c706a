"""Tasks as iCalendar files (RFC 5545): to-dos, or events with an alarm for calendars that know no to-dos.

A task due on a day is of that day in every zone, one due at a time is of a UTC moment. A file holds all of them; a
folder holds a file for each, as vdirsyncer, khal and todoman read it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from leadcli.domain.work import activities
from leadcli.errors import Failed
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote
from leadcli.store.store import Store
from leadcli.system.file_writer import write_text
from leadcli.text.dates.words import is_day

_PREFIX, _SUFFIX = "leadcli-task-", ".ics"
_LENGTH = timedelta(minutes=30)  # of an event at a time of day
_ALARM_AT_TIME = timedelta(minutes=-15)
_ALARM_ON_DAY = timedelta(hours=9)


def tasks_to_ics(store: Store, rows: Sequence[Record], *, as_events: bool = False) -> str:
    """Tasks -> one VCALENDAR of VTODOs, or of VEVENTs that show an alarm."""
    return _serialize(_named_rows(store, rows), as_events=as_events, now=store.now)


def write_calendar_folder(store: Store, rows: Sequence[Record], folder: Path, *, as_events: bool = False) -> ResultNote:
    """Write a file for each task. The folder then holds these tasks: files of other tasks of leadcli are removed.

    A file that says the same already is left alone, so that programs that look for changes see only those. Raises
    Failed for a folder that cannot be written.
    """
    texts = {_file_name(row): _serialize([row], as_events=as_events, now=store.now) for row in _named_rows(store, rows)}
    stale = [path for path in folder.glob(f"{_PREFIX}*{_SUFFIX}") if path.name not in texts]
    for name, text in texts.items():
        if _read_bytes(folder / name) != text.encode():
            write_text(folder / name, text)
    try:
        for path in stale:
            path.unlink()
    except OSError as error:
        raise Failed(f"{path} cannot be removed: {error.strerror}.") from error
    removed = f", removed {len(stale)} that {'is' if len(stale) == 1 else 'are'} no longer listed" if stale else ""
    count = "1 task" if len(texts) == 1 else f"{len(texts)} tasks"
    return ResultNote(f"{folder}{os.sep} holds {count}{removed}.", [f"T{row['id']}" for row in rows])


def _named_rows(store: Store, rows: Sequence[Record]) -> list[Record]:
    """The rows with `lead` as the name and number of whom a task is for."""
    named = [dict(row) for row in rows]
    activities.name_owners(store, named)
    return named


def _read_bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _uid(row: Record) -> str:
    return f"{_PREFIX}{row['id']}-{row['created_at']}"


def _file_name(row: Record) -> str:
    return re.sub("[:-]", "", _uid(row).removeprefix(_PREFIX)).join((_PREFIX, _SUFFIX))


def _serialize(rows: Sequence[Record], *, as_events: bool, now: str) -> str:
    from vobject import iCalendar

    calendar = iCalendar()
    calendar.add("prodid").value = "-//leadcli//tasks//EN"
    for row in rows:
        item = calendar.add("vevent" if as_events else "vtodo")
        item.add("uid").value = _uid(row)
        item.add("dtstamp").value = _utc_moment(row["created_at"] or now)
        item.add("summary").value = f"{row['text']} - {row['lead']}" if row["lead"] else row["text"]
        (_fill_event if as_events else _fill_todo)(item, row)
        if row["repeat"]:
            item.add("rrule").value = _repeat_rule(row)
    return str(calendar.serialize())


def _fill_todo(todo: Any, row: Record) -> None:
    todo.add("due").value = _due(row)
    if row["repeat"]:
        todo.add("dtstart").value = todo.due.value  # a rule needs one
    if row["done_at"]:
        todo.add("completed").value = _utc_moment(row["done_at"])
    todo.add("status").value = "COMPLETED" if row["done_at"] else "NEEDS-ACTION"


def _fill_event(event: Any, row: Record) -> None:
    """An event that takes no time from the calendar (TRANSPARENT). A task that is done rings no more."""
    due = _due(row)
    all_day = not isinstance(due, datetime)
    event.add("dtstart").value = due
    event.add("dtend").value = due + (timedelta(days=1) if all_day else _LENGTH)
    event.add("transp").value = "TRANSPARENT"
    if row["done_at"]:
        return
    alarm = event.add("valarm")
    alarm.add("action").value = "DISPLAY"
    alarm.add("description").value = row["text"]
    alarm.add("trigger").value = _ALARM_ON_DAY if all_day else _ALARM_AT_TIME


def _repeat_rule(row: Record) -> str:
    from leadcli.text.dates import recurrence  # only what repeats needs it

    repeat = recurrence.parse_repeat(row["repeat"])
    return recurrence.calendar_rule(repeat, row["due_at"], start=row["repeat_from"] or "")


def _due(row: Record) -> date | datetime:
    due = row["due_at"]
    return date.fromisoformat(due) if is_day(due) else _utc_moment(due)


def _utc_moment(moment: str) -> datetime:
    from vobject.icalendar import utc  # the zone that it writes as Z

    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=utc)
