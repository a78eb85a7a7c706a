"""Numbers: whole, percent, exact decimals, money, yes and no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leadcli.errors import BadValue, LeadError
from leadcli.model.kinds.base import Context, Kind, Look, Record
from leadcli.text import money
from leadcli.text.dates import words
from leadcli.text.dates.day_names import lacks_year
from leadcli.text.dates.iso import DATES_HELP, BadDate


class Integer(Kind):
    name = "int"
    sql = "INTEGER"
    filter = "number"
    right = True

    def parse(self, text: str, context: Context) -> Any:
        text = text.strip()
        if not text:
            return None
        if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
            raise ValueError("is not a whole number; write it like 12")
        return int(text)


class Id(Integer):
    """A record's own number: bare for leads, with its letter for others (A4, T8)."""

    name = "id"
    filter = "id"

    def __init__(self, letter: str = "") -> None:
        self.letter = letter

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else f"{self.letter}{value}"

    def json(self, value: Any, record: Record) -> Any:
        return f"{self.letter}{value}" if self.letter and value is not None else value


def _with_decimal_point(text: str) -> str:
    """`12,5` -> `12.5`; a comma before exactly three digits may be a thousand's and stays."""
    return text.replace(",", ".") if re.fullmatch(r"[+-]?\d+,(?:\d{1,2}|\d{4,})", text, re.ASCII) else text


class Percent(Kind):
    """0-100, with up to two decimals."""

    name = "percent"
    sql = "REAL"
    filter = "number"
    right = True

    def parse(self, text: str, context: Context) -> Any:
        text = _with_decimal_point(text.strip().removesuffix("%").strip())
        if not text:
            return None
        if not re.fullmatch(r"\d{1,3}(?:\.\d{1,2})?0*", text, re.ASCII) or float(text) > 100:
            raise ValueError("is not a percentage from 0 to 100; write it like 25")
        return float(text)

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")

    def json(self, value: Any, record: Record) -> Any:
        return int(value) if value is not None and value == int(value) else value

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else f"{self.plain(value, record)} %"


class Score(Kind):
    """A probability computed by leadcli, percent with two decimals."""

    name = "score"
    sql = "REAL"
    filter = "number"
    right = True

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else f"{value:.0f} %"


class Number(Kind):
    """An exact integer or decimal of any size, kept as canonical text."""

    name = "number"
    filter = "decimal"
    right = True

    def parse(self, text: str, context: Context) -> Any:
        text = _with_decimal_point(text.strip())
        if not text:
            return None
        from decimal import Decimal, InvalidOperation

        try:
            value = Decimal(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text, re.ASCII) else Decimal("NaN")
        except InvalidOperation:  # pragma: no cover - the pattern above admits only what Decimal reads
            value = Decimal("NaN")
        if value.is_nan() or len(text) > 300:
            raise ValueError("is not a number; write it like 12 or 12.50")
        return f"{value:f}"

    def json(self, value: Any, record: Record) -> Any:
        if value is None:
            return None
        return float(value) if "." in value else int(value)


class Money(Kind):
    name = "money"
    sql = "INTEGER"
    filter = "money"
    right = True

    def parse(self, text: str, context: Context) -> Any:
        """An Amount; the record it goes into decides the currency (see domain/leads/record_values.py)."""
        return money.parse_amount(text, context.currency, context.locale) if text.strip() else None

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else money.plain_amount(value, record.get("currency"))

    def json(self, value: Any, record: Record) -> Any:
        return None if value is None else float(money.major_units(value, record.get("currency")))

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else money.format_amount(value, record.get("currency") or look.currency, look.locale)


class Flag(Kind):
    name = "flag"
    sql = "INTEGER"
    filter = "flag"
    YES = frozenset({"1", "yes", "y", "true", "on", "x"})
    NO = frozenset({"0", "no", "n", "false", "off"})

    def parse(self, text: str, context: Context) -> Any:
        word = text.strip().casefold()
        if not word:
            return None
        if word not in self.YES and word not in self.NO:
            raise ValueError("is neither yes nor no; write one of them")
        return int(word in self.YES)

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else "yes" if value else "no"

    def json(self, value: Any, record: Record) -> Any:
        return None if value is None else bool(value)


@contextmanager
def date_errors() -> Iterator[None]:
    """Turns what the words of dates refuse into the BadValue of a kind."""
    try:
        yield
    except BadDate as error:
        raise BadValue(error.reason, hint=error.hint) from error
    except LeadError as error:
        raise BadValue(error.message, hint=error.hint) from error


class Day(Kind):
    """A calendar day."""

    name = "date"
    filter = "date"

    def __init__(self, *, forward: bool = True) -> None:
        self.forward = forward

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        typed = text.strip()
        with date_errors():
            return words.parse_day(typed, context.today, forward=self.forward, order=context.date_order).isoformat()


class Birthday(Day):
    """The day somebody was born: its year is never guessed."""

    def __init__(self) -> None:
        super().__init__(forward=False)

    def parse(self, text: str, context: Context) -> Any:
        if lacks_year("-".join(text.lower().split())):
            raise BadValue("has no year.", hint=f"write it with its year, such as 1985-06-26 {DATES_HELP}")
        return super().parse(text, context)


class Moment(Kind):
    """An instant, UTC to the second."""

    name = "moment"
    filter = "moment"

    def __init__(self, *, forward: bool = False) -> None:
        self.forward = forward

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        with date_errors():
            return words.parse_moment(text.strip(), context.now, forward=self.forward, order=context.date_order)

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else self.spoken(value)

    def spoken(self, value: str) -> str:
        """The local wall clock; of a day the day."""
        return value if words.is_day(value) else words.local_time(value).strftime("%Y-%m-%d %H:%M")


class Ago(Moment):
    """When something began; a screen shows how long ago."""

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else words.age_text(max((look.today - words.local_day(value)).days, 0))


class Due(Moment):
    """When something is due: on a day, kept as that day and the same in every zone, or at an instant, kept in UTC."""

    filter = "due"

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        with date_errors():
            return words.read_due(text.strip(), context.now, forward=self.forward, order=context.date_order)

    def show(self, value: Any, record: Record, look: Look) -> str:
        if value is None:
            return ""
        day = words.local_day(value)
        return words.relative_day(day, look.today) + (self._clock(value) if day >= look.today else "")

    def spoken(self, value: str) -> str:
        return words.local_day(value).isoformat() + self._clock(value)

    def _clock(self, value: str) -> str:
        """` 14:00` where a time was typed."""
        return "" if words.is_day(value) else f" {words.local_time(value):%H:%M}"

    def is_ahead(self, value: str, context: Context) -> bool:
        """The day or moment has not come yet."""
        return value > (context.today.isoformat() if words.is_day(value) else words.utc_text(context.now))


class Days(Integer):
    """How many days."""

    name = "days"

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else words.age_text(value)


_LONGEST = {"d": 3650, "w": 520, "m": 120, "y": 10}
_EVERY = {"daily": "1d", "weekly": "1w", "monthly": "1m", "quarterly": "3m", "yearly": "1y"}


class Interval(Kind):
    """How often something comes round, kept as 10d, 6w, 3m or 1y; ten years at most."""

    name = "interval"
    filter = "interval"

    def parse(self, text: str, context: Context) -> Any:
        word = " ".join(text.casefold().split()).removeprefix("every ")
        if not word:
            return None
        word = _EVERY.get(word, word)
        match = re.fullmatch(r"([0-9]{0,6}) ?(d|w|m|y)(?:(?<=d)ays?|(?<=w)eeks?|(?<=m)onths?|(?<=y)ears?)?", word)
        if not match:
            raise ValueError("is no interval; write 10d, 6w, 3m or 1y")
        count = int(match[1] or 1)
        if not 1 <= count <= _LONGEST[match[2]]:
            raise ValueError("is no interval between a day and ten years; write 10d, 6w, 3m or 1y")
        return f"{count}{match[2]}"

    def show(self, value: Any, record: Record, look: Look) -> str:
        if not value:
            return ""
        unit = words.UNITS.get(value[-1], "")
        return f"every {unit}" if value[:-1] == "1" else f"every {value[:-1]} {unit}s"
