"""What every kind is: how a value is read, stored, shown; and what reading and showing need to know."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

Record = dict[str, Any]


class ChoiceOption(NamedTuple):
    """One value of a vocabulary. `state` is open | won | lost | recycled for statuses and stages, else ''."""

    field: str
    key: str
    label: str
    position: int = 0
    colour: str = ""
    state: str = ""
    active: int = 1
    rot_days: int | None = None
    allow: Sequence[str] = ()  # statuses a type allows; none: all
    next: Sequence[str] = ()  # statuses that may follow; none: all
    id: int = 0
    price: int | None = None  # of a product, in minor units of `currency`
    currency: str = ""
    also: Sequence[str] = ()  # keys of other spellings

    def answers(self, key: str) -> bool:
        """It is called that, or spelt so elsewhere."""
        return key == self.key or key in self.also


class Context(NamedTuple):
    """Here and now, as reading a value needs it: the day, the user, the desk's vocabularies."""

    today: date
    now: datetime
    me: str = ""
    currency: str = "EUR"
    region: str = ""
    options: Callable[[str], Sequence[ChoiceOption]] = lambda field: ()
    stale_days: int = 30


class Look(NamedTuple):
    """How values look on this screen."""

    today: date
    locale: str = ""
    currency: str = "EUR"
    ascii: bool = False


def option_key(text: str) -> str:
    """Labels match without case, spaces, hyphens and underscores: `in-process` is `In Process`."""
    return re.sub(r"[\s_-]+", "", text.casefold()) or text.casefold()


_SPACE = r"[\t\r\n\v\f]+"


def clean_text(text: str, *, lines: bool = False) -> str:
    """NFC, trimmed; on one line unless `lines`. ValueError for what SQLite or UTF-8 cannot hold."""
    if not text.isascii() or not text.isprintable():
        if "\0" in text:
            raise ValueError("contains a NUL character, which text cannot hold; remove it")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("contains bytes that are not UTF-8; check the encoding") from None
        from unicodedata import normalize

        text = normalize("NFC", text)
        text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else re.sub(_SPACE, " ", text)
    return text.strip()


class Kind:
    """One line of text; also the base of every other kind."""

    name = "text"
    sql = "TEXT"
    filter = "text"  # which family of conditions query.py applies
    right = False  # numbers stand right
    many = ""  # the side table of a many-valued kind

    def parse(self, text: str, context: Context) -> Any:
        return clean_text(text) or None

    def plain(self, value: Any, record: Record) -> str:
        """Raw and exact: TSV, CSV. Missing is ''."""
        return "" if value is None else str(value)

    def json(self, value: Any, record: Record) -> Any:
        return value

    def show(self, value: Any, record: Record, look: Look) -> str:
        """For people. Never holds markup; the screen sanitises it."""
        return self.plain(value, record)
