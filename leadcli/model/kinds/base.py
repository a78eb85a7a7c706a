"""What every kind is: how a value is read, stored, shown; and what reading and showing need to know.

Texts: one line, many lines, codes, BANT answers, e-mails, phones, web addresses, small JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from leadcli.errors import BadValue, nearest_name
from leadcli.text import money

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
    date_order: str = ""  # which comes first in 12/4, as day_month_order says of the setting date_format
    locale: str = ""  # how the user writes amounts


class Look(NamedTuple):
    """How values look on this screen."""

    today: date
    locale: str = ""
    currency: str = "EUR"
    ascii: bool = False
    options: Callable[[str], Sequence[ChoiceOption]] = lambda field: ()  # the desk's choice lists, for their colours


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


class LongText(Kind):
    """Text of several lines."""

    name = "long text"

    def parse(self, text: str, context: Context) -> Any:
        return clean_text(text, lines=True) or None


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
        name = clean_text(text)
        if not name:
            return None
        try:
            code = money.read_currency(name)
        except ValueError as error:
            reason = str(error) if "ISO 4217" in str(error) else "is not a currency; write its ISO code, such as EUR"
            raise BadValue(reason.replace(f": '{name}'", ""), hint="write its code, such as EUR") from None
        if code == money.KRONE:
            raise ValueError("is not one currency; write SEK, NOK, DKK or ISK")
        return code


# Words and dots at a domain of letters under a common ending; everything else is the library's to judge.
_PLAIN = r"""[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@
             (?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,20}[a-z0-9]\.){1,3}(?:com|org|net|edu|eu|de|at|ch|fr|it|es|nl|be|pl|uk|io)"""


# Mailboxes whose case says nothing (RFC 2142): email-validator writes them in small letters.
_ROLES = frozenset({
    "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news",
    "webmaster", "www", "uucp", "ftp",
})  # fmt: skip


def plain_address(text: str) -> bool:
    """An address email-validator takes as it is; it costs a tenth of a short command to load, and need not be."""
    if len(text) >= 100 or text.find("@") > 64 or not re.fullmatch(_PLAIN, text, re.VERBOSE):
        return False
    local = text.partition("@")[0]
    return local.islower() or local.lower() not in _ROLES


class Email(Kind):
    """One e-mail address, checked by format only (email-validator, no DNS)."""

    name = "email"
    filter = "email"

    def parse(self, text: str, context: Context) -> Any:
        text = clean_text(text)
        if not text:
            return None
        if plain_address(text):
            return text
        from email_validator import EmailNotValidError, validate_email

        try:
            return validate_email(text, check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise BadValue(str(error), hint="write it like ada@example.com") from error


# What programs and people write where there is nothing to write.
_EMPTY_WORDS = frozenset({
    "n/a", "na", "n.a", "n.a.", "#n/a", "none", "null", "nil", "nan", "-", "--", "---", "–", "—", ".", "?", "x", "no",
    "unknown", "undefined", "keine", "keiner", "kein", "k.a.", "aucun", "aucune", "ninguno", "nessuno", "brak", "nema",
    "žiadny",
})  # fmt: skip
_IN_ANGLES = re.compile(r"""(?:"[^"]*"|'[^']*'|[^<>,;/|"])*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>""", re.IGNORECASE)
_REMARK = re.compile(r"([^\s()]+@[^\s()]+)\s*[(\[]([^()\[\]@]{1,40})[)\]]")
_BETWEEN_ADDRESSES = re.compile(r"[\s,;/|]+(?:(?:&|and|or|und|oder|et|ou|y|o|e)\s+)?")


def is_empty_word(text: str) -> bool:
    """`n/a`, `-`, `none`: a cell that says in words that it is empty."""
    return text.strip().casefold() in _EMPTY_WORDS


def split_addresses(text: str) -> list[tuple[str, str]]:
    """The (label, address) pairs of a text as mail programs and people write it; the addresses are still unchecked.

    `Ada <a@x.com>`, `<a@x.com>`, `a@x.com, b@x.com`, `a@x.com / b@x.com`, `a@x.com (work)`, `a@x.com,`. None for an
    empty word. ValueError where a part is neither an address nor an empty word.
    """
    pairs: list[tuple[str, str]] = []
    if is_empty_word(text):
        return pairs

    def take(label: str, address: str) -> str:
        pairs.append(
            (label.strip(), re.sub(r"^(?:mailto|smtp):|\?.*$", "", address.strip("'\"`"), flags=re.IGNORECASE))
        )
        return " "

    rest = _IN_ANGLES.sub(lambda mailbox: take("", mailbox[1]), text)
    rest = _REMARK.sub(lambda mailbox: take(mailbox[2], mailbox[1]), rest)
    rest = re.sub(r"(?<!\w)n/a(?!\w)", " ", rest, flags=re.IGNORECASE)
    for part in _BETWEEN_ADDRESSES.split(rest):
        part = part.strip("'\"`.<>()[]")
        if "@" in part:
            take("", part)
        elif part and not is_empty_word(part):
            raise BadValue("An email address must have an @-sign." if "@" not in text else
                           f"has '{part}' beside an address; part several addresses by ;",
                           hint="write it like ada@example.com, or work:ada@example.com")  # fmt: skip
    return sorted(pairs, key=lambda pair: text.find(pair[1]))


class Phone(Kind):
    """One phone number as typed; `lists.Phones` adds its E.164 form."""

    name = "phone"
    filter = "phone"


class Url(Kind):
    name = "url"

    def parse(self, text: str, context: Context) -> Any:
        text = clean_text(text)
        if text and re.search(r"\s", text):
            raise ValueError("is not a web address: it has a space in it; write %20 for it")
        return text or None


class Json(Kind):
    """A small ready structure inside a column (a rule's actions, an operation's plan); Mapping or list."""

    name = "json"

    def json(self, value: Any, record: Record) -> Any:
        import json

        return json.loads(value) if isinstance(value, str) else value


class Repeat(Kind):
    """How a task repeats: the words as typed, or a rule of RFC 5545 (see text/dates/recurrence.py)."""

    name = "repeat"

    def parse(self, text: str, context: Context) -> Any:
        from leadcli.text.dates import recurrence  # only what repeats needs it

        return recurrence.parse_repeat(text).text if text.strip() else None


class Choice(Kind):
    """One value of a vocabulary kept in the desk. An open one takes new values, a closed one refuses them."""

    name = "choice"
    filter = "choice"

    def __init__(self, vocabulary: str, *, open: bool = False) -> None:
        self.vocabulary, self.open = vocabulary, open

    def parse(self, text: str, context: Context) -> Any:
        text = clean_text(text)
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

    def is_known(self, text: str, context: Context) -> bool:
        """The desk has a value that answers to this text; an open vocabulary takes any."""
        try:
            return self.parse(text, context) is not None
        except ValueError:
            return False

    def unknown(self, text: str, labels: Sequence[str]) -> str:
        close = nearest_name(text, labels)
        suggestion = f" Did you mean '{close}'?" if close else ""
        return (
            f"is not a known {self.vocabulary.replace('_', ' ')}.{suggestion} Known: {', '.join(labels) or 'none yet'}."
        )


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
