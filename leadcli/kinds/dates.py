"""Days and moments."""

from __future__ import annotations

from typing import Any

from leadcli import due_dates, when
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

    def __init__(self, *, forward: bool = False) -> None:
        self.forward = forward

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        try:
            return when.moment(text.strip(), context.now, forward=self.forward)
        except LeadError as error:
            raise ValueError(error.message) from error

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else self.spoken(value)

    def spoken(self, value: str) -> str:
        """The local wall clock; of a day the day."""
        return value if due_dates.is_day(value) else due_dates.local_time(value).strftime("%Y-%m-%d %H:%M")


class Due(Moment):
    """When something is due: on a day, kept as that day and the same in every zone, or at an instant, kept in UTC."""

    filter = "due"

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        try:
            return due_dates.read_due(text.strip(), context.now, forward=self.forward)
        except LeadError as error:
            raise ValueError(error.message) from error

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else when.relative(due_dates.local_day(value), look.today)

    def spoken(self, value: str) -> str:
        return due_dates.local_day(value).isoformat()


class Days(Integer):
    """How many days."""

    name = "days"

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else when.age(value)
