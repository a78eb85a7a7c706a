"""Days and moments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadcli import when
from leadcli.errors import LeadError
from leadcli.kinds.base import Context, Kind, Look, Record
from leadcli.kinds.numbers import Integer


class Day(Kind):
    """A calendar day."""

    name = "date"
    filter = "date"

    def __init__(self, *, forward: bool = True) -> None:
        self.forward = forward

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        try:
            return when.day(text.strip(), context.today, forward=self.forward).isoformat()
        except LeadError as error:
            raise ValueError(error.message) from error


class Moment(Kind):
    """An instant, UTC to the second."""

    name = "moment"
    filter = "moment"

    def __init__(self, *, forward: bool = False, due: bool = False) -> None:
        self.forward, self.due = forward, due

    def plain(self, value: Any, record: Record) -> str:
        return self.json(value, record) or ""

    def json(self, value: Any, record: Record) -> Any:
        """What is due on a day, and at no time of it, is said as that day."""
        if not self.due or value is None:
            return value
        local = local_time(value)
        return local.date().isoformat() if (local.hour, local.minute, local.second) == (0, 0, 0) else value

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        try:
            return when.moment(text.strip(), context.now, forward=self.forward)
        except LeadError as error:
            raise ValueError(error.message) from error

    def show(self, value: Any, record: Record, look: Look) -> str:
        if value is None:
            return ""
        local = local_time(value)
        if self.due:
            return when.relative(local.date(), look.today)
        return local.strftime("%Y-%m-%d %H:%M")


class Days(Integer):
    """How many days."""

    name = "days"

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else when.age(value)


def local_time(moment: str) -> datetime:
    """UTC moment text -> aware local time."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone()
