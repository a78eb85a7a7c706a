"""Texts of one field -> stored values, a column at a time; what cannot be read is a Wrong in its place.

A column of a million cells has few different texts in most fields: each is read once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from unicodedata import is_normalized

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.options import ImportOptions
from leadcli.errors import Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import Choice, Code, Context, Day, Due, Kind, Moment, Number, Percent, clean_text, option_key
from leadcli.model.kinds.base import Answer, LongText, Url, is_empty_word
from leadcli.text import money
from leadcli.text.dates import iso

K = TypeVar("K")
V = TypeVar("V")
REMEMBERED = 20_000  # texts a column remembers before it starts anew
SHORT = 400  # characters of a text worth remembering
NAMED = {"emails": "email", "phones": "phone"}  # what people call the lists


class InvalidValue(NamedTuple):
    """Why a cell cannot be taken: the field, the text, and the rest of the sentence."""

    field: str
    error: str


def is_clean(text: str) -> bool:
    """Nothing of this text, which is not empty, has to be changed to store it; True is certain, False only likely."""
    return text.isprintable() and text[0] != " " != text[-1] and (text.isascii() or is_normalized("NFC", text))


def fill_blanks(column: Sequence[Any]) -> list[Any]:
    """The same with '' for what is missing."""
    return ["" if value is None else value for value in column]


class CachedReadings(dict[K, V]):
    """What was found before, up to REMEMBERED answers; then it starts anew."""

    def remember(self, text_key: K, reading: V) -> V:
        if len(self) > REMEMBERED:
            self.clear()
        self[text_key] = reading
        return reading


class Unread(NamedTuple):
    """A cell that is left out with a warning: the field, the text and the reason. Its row is taken.

    `note` is a line for the description that keeps the text, '' for none.
    """

    field: str
    text: str
    reason: str
    note: str = ""


class ValueReader(CachedReadings[Any, Any]):
    """text -> value by `read`; `wrong` once any text could not be read, which `lenient` makes an Unread."""

    def __init__(self, field: Field, read: Callable[[str], Any], *, lenient: bool = False) -> None:
        self.field, self.read, self.wrong, self.lenient = field, read, False, lenient

    def __missing__(self, text: str) -> Any:
        if not text:
            return self.remember(text, None)
        value = self.read_or_invalid(text)
        return self.remember(text, value) if len(text) <= SHORT else value

    def read_or_invalid(self, text: str) -> Any:
        """The value, or a Wrong."""
        try:
            return self.read(text)
        except (ValueError, Usage) as error:
            self.wrong = True
            if self.lenient and not isinstance(error, Usage):
                return unread_value(self.field, text, error)
            return invalid_value(self.field, text, error)

    def column(self, texts: Sequence[str]) -> list[Any]:
        return list(map(self.__getitem__, texts))


class TextColumn(ValueReader):
    """Free texts: nothing to remember, nearly all of them clean as they are."""

    def column(self, texts: Sequence[str]) -> list[Any]:
        whole = f"|{'|'.join(texts)}|"
        if is_clean(whole) and "| " not in whole and " |" not in whole:
            return [text or None for text in texts]
        return [(text if is_clean(text) else self.read_or_invalid(text)) if text else None for text in texts]


def unread_value(field: Field, text: str, error: ValueError) -> Unread:
    """A cell whose text the description keeps; a birthday without a year is month and day, an empty word nothing."""
    if field.name == optouts.FIELD:
        return Unread(field.name, iso.shorten_text(text), str(error))
    if is_empty_word(text):
        return Unread(field.name, iso.shorten_text(text), "is an empty word; left out")
    bare = (iso.day_without_year(text) if field.name == "birthday" else "") or text.strip()
    return Unread(field.name, iso.shorten_text(text), str(error), f"{field.title.capitalize()}: {bare}")


def invalid_value(field: Field, text: str, error: Exception) -> InvalidValue:
    """`email 'foo@foo': The part after the @-sign ...`, without the field."""
    reason = error.message if isinstance(error, Usage) else str(error)
    if isinstance(error, Usage):
        return InvalidValue(
            NAMED.get(field.name, field.name), f"{reason.rstrip('.')}; {error.hint}" if error.hint else reason
        )
    joint = ": " if reason[:1].isupper() else " "
    return InvalidValue(NAMED.get(field.name, field.name), f"'{iso.shorten_text(text)}'{joint}{reason}")


def value_reader(field: Field, terms: ImportOptions, context: Context) -> ValueReader:
    """How the texts of a single-valued field are read in this import."""
    kind = field.kind
    plain = type(kind) in (Kind, LongText, Answer, Code)
    translated = terms.values.get(field.name)
    if isinstance(kind, Choice):
        return ValueReader(field, _choice_reader(field, terms, context))
    if isinstance(kind, Day | Moment):
        return ValueReader(field, _lenient_date_reader(field, _date_reader(kind, terms.date_format)), lenient=True)
    if field.name == optouts.FIELD and field.name not in terms.set:
        return ValueReader(field, _with_translations(translated or {}, optouts.parse_flag), lenient=True)
    if isinstance(kind, Number | Percent) and terms.decimal == ",":
        return ValueReader(field, lambda text: kind.parse(_with_decimal_point(text), context), lenient=True)
    if plain and not translated:
        return TextColumn(field, lambda text: kind.parse(text, context))
    lenient = isinstance(kind, Number | Percent | Url)
    return ValueReader(
        field, _with_translations(translated or {}, lambda text: kind.parse(text, context)), lenient=lenient
    )


def _lenient_date_reader(field: Field, read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A date; a birthday without a year, or no date, is a ValueError. What can mean two days is refused by `read`."""

    thing = "whole day" if field.name == "birthday" else "date"

    def read_date(text: str) -> Any:
        if field.name == "birthday" and iso.day_without_year(text):
            raise ValueError("has no year; it stands in the description")
        try:
            return read(text)
        except Usage as error:
            if iso.year_last(text.strip().partition(" ")[0].rstrip(",")):
                raise
            raise ValueError(f"is no {thing}; it stands in the description") from error

    return read_date


def _with_decimal_point(text: str) -> str:
    return text.replace(".", "").replace(",", ".")


def _with_translations(table: Mapping[str, str], read: Callable[[str], Any]) -> Callable[[str], Any]:
    """The profile's [values.FIELD]: what stands in the file -> what is meant."""
    meant = {option_key(text): value for text, value in table.items()}
    return (lambda text: read(meant.get(option_key(text.strip()), text))) if meant else read


def _choice_reader(field: Field, terms: ImportOptions, context: Context) -> Callable[[str], Any]:
    kind = field.kind
    assert isinstance(kind, Choice)

    def read(text: str) -> Any:
        try:
            return kind.parse(text, context)
        except ValueError as error:
            if terms.create_options and field.name != "products":
                return clean_text(text)
            if field.name == "products":
                raise
            raise ValueError(f"{error} --create-options adds it.") from error

    return _with_translations(terms.values.get(field.name, {}), read)


def _date_reader(kind: Kind, pattern: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if not text.strip():
            return None
        day = isinstance(kind, Day) or (isinstance(kind, Due) and ":" not in text)
        if pattern:
            return iso.parse_by_format(text, pattern) if day else iso.parse_moment_by_format(text, pattern)
        return iso.parse_iso_day(text) if day else iso.parse_iso_moment(text)

    return read


class Sum(NamedTuple):
    """An amount in minor units of `currency`; `other` is what the other reading makes of an EITHER, which
    decides late.
    """

    units: int | None
    currency: str
    form: int = money.PLAIN
    other: int | None = None


class MoneyColumn(CachedReadings[tuple[str, str], Any]):
    """(text, currency of the row or '') -> Sum, Unread or InvalidValue."""

    def __init__(self, field: Field, terms: ImportOptions, currency: str) -> None:
        self.field, self.decimal, self.currency = field, terms.decimal, currency

    def __missing__(self, cell: tuple[str, str]) -> Any:
        try:
            amount: Any = self._read(*cell)
        except money.NoAmountError:
            amount = unread_value(self.field, cell[0], ValueError("is no amount; it stands in the description"))
        except ValueError as error:
            amount = invalid_value(self.field, cell[0], error)
        return self.remember(cell, amount)

    def _read(self, text: str, currency: str) -> Sum | None:
        if not text.strip():
            return None
        read = money.read_amount(text)
        if self.decimal:
            value = read.pointed if self.decimal == "." else read.commaed
            if value is None:
                raise ValueError(f"is no amount with a decimal {'point' if self.decimal == '.' else 'comma'}")
            read = money.AmountReading(value, value, money.PLAIN)
        cell_currency = (read.pointed or read.commaed or _NOTHING).currency
        code = currency or money.settle_currency(cell_currency, self.currency) or self.currency
        if read.form == money.EITHER:
            return Sum(_minor_units(read.pointed, code), code, read.form, _minor_units(read.commaed, code))
        return Sum(money.minor_units(read.pointed or read.commaed or _NOTHING, code), code, read.form)


_NOTHING = money.Amount(Decimal(0))


def _minor_units(value: money.Amount | None, currency: str) -> int | None:
    try:
        return None if value is None else money.minor_units(value, currency)
    except ValueError:
        return None
