"""Value kinds: one object knows how a value is read, stored, shown, and which filter suits it.

Stored forms: text and choices TEXT; whole numbers and flags INTEGER; exact decimals canonical TEXT; money INTEGER minor
units with its ISO currency in the field `currency`; dates `YYYY-MM-DD`; moments UTC `YYYY-MM-DDTHH:MM:SSZ`; references
INTEGER ids. `parse` raises ValueError(reason); whoever calls it knows which option, column or row to blame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from unicodedata import normalize

from leadcli import amounts, when
from leadcli.errors import LeadError, nearest

Record = dict[str, Any]


class Option(NamedTuple):
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


class Context(NamedTuple):
    """Here and now, as reading a value needs it: the day, the user, the desk's vocabularies."""

    today: date
    now: datetime
    me: str = ""
    currency: str = "EUR"
    region: str = ""
    options: Callable[[str], Sequence[Option]] = lambda field: ()
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


_SPACE = re.compile(r"[\t\r\n\v\f]+")


def clean(text: str, *, lines: bool = False) -> str:
    """NFC, trimmed; on one line unless `lines`. ValueError for what SQLite or UTF-8 cannot hold."""
    if not text.isascii() or not text.isprintable():
        if "\0" in text:
            raise ValueError("contains a NUL character, which text cannot hold; remove it")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("contains bytes that are not UTF-8; check the encoding")
        text = normalize("NFC", text)
        text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else _SPACE.sub(" ", text)
    return text.strip()


class Kind:
    """One line of text; also the base of every other kind."""

    name = "text"
    sql = "TEXT"
    filter = "text"  # which family of conditions query.py applies
    right = False  # numbers stand right
    many = ""  # the side table of a many-valued kind

    def parse(self, text: str, context: Context) -> Any:
        return clean(text) or None

    def plain(self, value: Any, record: Record) -> str:
        """Raw and exact: TSV, CSV. Missing is ''."""
        return "" if value is None else str(value)

    def json(self, value: Any, record: Record) -> Any:
        return value

    def show(self, value: Any, record: Record, look: Look) -> str:
        """For people. Never holds markup; the screen sanitises it."""
        return self.plain(value, record)


class LongText(Kind):
    """Text of several lines."""

    name = "long text"

    def parse(self, text: str, context: Context) -> Any:
        return clean(text, lines=True) or None


class Answer(Kind):
    """A BANT answer: a text that begins yes, no or unknown; any other text means yes, empty is unknown."""

    name = "answer"
    filter = "text"


class Code(Kind):
    """A machine's own text that is compared exactly: uid, external id, currency."""

    name = "code"
    filter = "exact"


class Currency(Code):
    """An ISO 4217 code."""

    name = "currency"

    def parse(self, text: str, context: Context) -> Any:
        code = clean(text).upper()
        if code and not re.fullmatch(r"[A-Z]{3}", code):
            raise ValueError("is not a currency; write its ISO code, such as EUR or USD")
        return code or None


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


class Day(Kind):
    """A calendar day."""

    name = "date"
    filter = "date"

    def __init__(self, *, forward: bool = True, due: bool = False) -> None:
        self.forward, self.due = forward, due

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        try:
            return when.day(text.strip(), context.today, forward=self.forward).isoformat()
        except LeadError as error:
            raise ValueError(error.message) from error

    def show(self, value: Any, record: Record, look: Look) -> str:
        if value is None or not self.due:
            return value or ""
        return when.relative(date.fromisoformat(value[:10]), look.today)


class Moment(Kind):
    """An instant, UTC to the second."""

    name = "moment"
    filter = "moment"

    def __init__(self, *, forward: bool = False, due: bool = False) -> None:
        self.forward, self.due = forward, due

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


def local_time(moment: str) -> datetime:
    """UTC moment text -> aware local time."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone()


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
            if option.key == key:
                return option.label
        if self.open:
            return context.me if self.vocabulary == "owner" and text == "me" and context.me else text
        raise ValueError(self.unknown(text, [option.label for option in options if option.active]))

    def unknown(self, text: str, labels: Sequence[str]) -> str:
        close = nearest(text, labels)
        said = f" Did you mean '{close}'?" if close else ""
        return f"is not a known {self.vocabulary.replace('_', ' ')}.{said} Known: {', '.join(labels) or 'none yet'}."


class Email(Kind):
    """One e-mail address, checked by format only (email-validator, no DNS)."""

    name = "email"
    filter = "email"

    def parse(self, text: str, context: Context) -> Any:
        text = clean(text)
        if not text:
            return None
        from email_validator import EmailNotValidError, validate_email

        try:
            return validate_email(text, check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise ValueError(str(error)) from error


class Phone(Kind):
    """One phone number as typed; `lists.Phones` adds its E.164 form."""

    name = "phone"
    filter = "phone"


class Url(Kind):
    name = "url"

    def parse(self, text: str, context: Context) -> Any:
        text = clean(text)
        if text and re.search(r"\s", text):
            raise ValueError("is not a web address: it has a space in it")
        return text or None


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


class Json(Kind):
    """A small ready structure inside a column (a rule's actions, an operation's plan); Mapping or list."""

    name = "json"

    def json(self, value: Any, record: Record) -> Any:
        import json

        return json.loads(value) if isinstance(value, str) else value


TEXT, LONG, ANSWER, CODE, CURRENCY = Kind(), LongText(), Answer(), Code(), Currency()
INTEGER, PERCENT, SCORE, NUMBER, MONEY = Integer(), Percent(), Score(), Number(), Money()
FLAG, EMAIL, PHONE, URL, JSON = Flag(), Email(), Phone(), Url(), Json()
PAST_DAY, PLAN_DAY, DUE_DAY = Day(forward=False), Day(), Day(due=True)
MOMENT, PLAN_MOMENT, DUE = Moment(), Moment(forward=True), Moment(forward=True, due=True)
CUSTOM: Mapping[str, Kind] = {
    "text": TEXT, "number": NUMBER, "money": MONEY, "date": PLAN_DAY, "datetime": PLAN_MOMENT, "file": TEXT, "bool": FLAG,
}  # fmt: skip
