"""Values that point somewhere: into a vocabulary, to another record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from leadcli.errors import nearest
from leadcli.kinds.base import Context, Kind, Record, clean, option_key
from leadcli.kinds.numbers import Integer


class Choice(Kind):
    """One value of a vocabulary kept in the desk. An open one takes new values, a closed one refuses them."""

    name = "choice"
    filter = "choice"

    def __init__(self, vocabulary: str, *, open: bool = False) -> None:
        self.vocabulary, self.open = vocabulary, open

    def parse(self, text: str, context: Context) -> Any:
        text = clean(text)
        if not text:
            return None
        key = option_key(context.me if self.vocabulary == "owner" and text == "me" and context.me else text)
        options = context.options(self.vocabulary)
        for option in options:
            if option.answers(key):
                return option.label
        if self.open:
            return context.me if self.vocabulary == "owner" and text == "me" and context.me else text
        raise ValueError(self.unknown(text, [option.label for option in options if option.active]))

    def unknown(self, text: str, labels: Sequence[str]) -> str:
        close = nearest(text, labels)
        said = f" Did you mean '{close}'?" if close else ""
        return f"is not a known {self.vocabulary.replace('_', ' ')}.{said} Known: {', '.join(labels) or 'none yet'}."


class Reference(Kind):
    """A link to another record: stored as its id, written with its letter."""

    name = "reference"
    sql = "INTEGER"
    filter = "reference"

    def __init__(self, record: str, letter: str) -> None:
        self.record, self.letter = record, letter

    def parse(self, text: str, context: Context) -> Any:
        text = text.strip()
        if not text:
            return None
        digits = text[1:] if text[:1].upper() == self.letter.upper() and self.letter else text
        if not re.fullmatch(r"\d{1,18}", digits, re.ASCII):
            raise ValueError(f"is not the id of a record; write it like {self.letter}4")
        return int(digits)

    def plain(self, value: Any, record: Record) -> str:
        return "" if value is None else f"{self.letter}{value}"

    def json(self, value: Any, record: Record) -> Any:
        return None if value is None else self.plain(value, record) if self.letter else value


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
