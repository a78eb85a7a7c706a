"""Tasks as an iCalendar file (RFC 5545), for any calendar program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from leadcli.domain.work import activities
from leadcli.model.kinds import Record
from leadcli.store.store import Store
from leadcli.text.dates import due_dates


def tasks_to_ics(store: Store, rows: Sequence[Record]) -> str:
    """Tasks -> one VCALENDAR of VTODOs; a task due on a day has a date, one due at a time a UTC moment."""
    from vobject import iCalendar

    calendar = iCalendar()
    calendar.add("prodid").value = "-//leadcli//tasks//EN"
    named = [dict(row) for row in rows]
    activities.name_owners(store, named)
    for row in named:
        todo = calendar.add("vtodo")
        todo.add("uid").value = f"leadcli-task-{row['id']}-{row['created_at']}"
        todo.add("dtstamp").value = _utc_text(row["created_at"] or store.now)
        todo.add("summary").value = f"{row['text']} - {row['lead']}"
        due = row["due_at"]
        todo.add("due").value = date.fromisoformat(due) if due_dates.is_day(due) else _utc_text(due)
        if row["done_at"]:
            todo.add("completed").value = _utc_text(row["done_at"])
        todo.add("status").value = "COMPLETED" if row["done_at"] else "NEEDS-ACTION"
    return str(calendar.serialize())


def _utc_text(moment: str) -> datetime:
    from vobject.icalendar import utc  # the zone that it writes as Z

    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=utc)
