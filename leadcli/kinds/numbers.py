"""Numbers: whole, percent, exact decimals, money, yes and no."""

from __future__ import annotations

import re
from typing import Any

from leadcli import amounts
from leadcli.kinds.base import Context, Kind, Look, Record


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
            raise ValueError("is not a whole number")
        return int(text)


class Percent(Kind):
    """0-100, with up to two decimals."""

    name = "percent"
    sql = "REAL"
    filter = "number"
    right = True

    def parse(self, text: str, context: Context) -> Any:
        text = text.strip().removesuffix("%").strip()
        if not text:
            return None
        if not re.fullmatch(r"\d{1,3}(?:\.\d{1,2})?0*", text, re.ASCII) or float(text) > 100:
            raise ValueError("is not a percentage from 0 to 100")
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
        text = text.strip()
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
        """An Amount; the record it goes into decides the currency (see domain/records.py)."""
        return amounts.amount(text) if text.strip() else None

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else amounts.plain(value, record.get("currency"))

    def json(self, value: Any, record: Record) -> Any:
        return None if value is None else float(amounts.major(value, record.get("currency")))

    def show(self, value: Any, record: Record, look: Look) -> str:
        return "" if value is None else amounts.pretty(value, record.get("currency") or look.currency, look.locale)


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
            raise ValueError("is neither yes nor no")
        return int(word in self.YES)

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else "yes" if value else "no"

    def json(self, value: Any, record: Record) -> Any:
        return None if value is None else bool(value)
