"""JSON and JSON lines: one lead an object, its lists and small objects as text cells.

An object is read twice: once for the names of all keys, once for the rows; neither pass holds more than one object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from leadcli.domain.data.import_.readers import decoding
from leadcli.domain.data.import_.readers.byte_source import ByteSource
from leadcli.domain.data.import_.readers.delimited import Row, Source, unkeepable
from leadcli.errors import Usage
from leadcli.model.kinds.many import escape, join_cell

KEY_LIMIT = 20_000
_BRACKET = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+"', re.DOTALL)
_WORD = re.compile(r"-?\w+")
_SPACE = re.compile(r"[ \t\r\n]*")
_NO_OBJECT = "is not a JSON object with field names as keys"


def read(feed: ByteSource, *, encoding: str | None = None) -> Source:
    """An array of objects, or objects one after another. Usage (2) names line and column of what is not JSON."""
    chosen = decoding.choose(feed, encoding)
    if not feed.head():
        raise Usage(f"{feed.name} is empty.", hint="an export of no leads is []")

    def records() -> Iterator[tuple[int, Any, str]]:
        for number, (value, error) in enumerate(_Values(feed, decoding.texts(feed, chosen)), start=1):
            yield number, value, error or ("" if isinstance(value, dict) else _NO_OBJECT)

    return _source(feed, "json", records, ["JSON", chosen.label])


def read_lines(feed: ByteSource, *, encoding: str | None = None) -> Source:
    """One object a line; a line that is none is a row with an error."""
    chosen = decoding.choose(feed, encoding)

    def records() -> Iterator[tuple[int, Any, str]]:
        for number, line in enumerate(decoding.Lines(feed, chosen), start=1):
            if line.strip():
                yield number, *_line(line)

    return _source(feed, "jsonl", records, ["JSON lines", chosen.label])


def cells(record: dict[str, Any]) -> dict[str, str]:
    """One object as named cells: `{"a": {"b": 1}}` is `a.b`, null is empty, a list one cell of values joined by `;`."""
    texts: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            texts.update((f"{_name(key)}.{_name(part)}", _cell(each)) for part, each in value.items())
        else:
            texts[_name(key)] = _cell(value)
    return texts


def _source(
    feed: ByteSource, form: str, records: Callable[[], Iterator[tuple[int, Any, str]]], notes: list[str]
) -> Source:
    headers: dict[str, None] = {}
    for _, value, error in records():
        if not error:
            headers.update(dict.fromkeys(cells(value)))
        if len(headers) > KEY_LIMIT:
            raise Usage(f"{feed.name} has more than {KEY_LIMIT:,} different keys.", hint="one lead is one object")
    feed.rewind()

    def rows() -> Iterator[Row]:
        for number, value, error in records():
            if error:
                yield Row(number, (), error)
                continue
            named = cells(value)
            row = [named.get(header, "") for header in headers]
            wrong = unkeepable(row)
            yield Row(number, list(map(_name, row)) if wrong else row, wrong)

    return Source(feed.name, form, tuple(headers), rows(), notes, feed)


def _line(line: str) -> tuple[Any, str]:
    try:
        value = _DECODER.decode(line.strip())
    except json.JSONDecodeError as error:
        return None, f"is not JSON: {error.msg} at column {error.colno}"
    except RecursionError:
        return None, "is not JSON that can be read: it is nested too deeply"
    except ValueError as error:
        return None, str(error)
    return value, "" if isinstance(value, dict) else _NO_OBJECT


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, str) for item in items):
        return ";".join(escape(item).replace(",", "\\,") for item in items)
    if all(isinstance(item, dict) and isinstance(item.get("value"), str) for item in items):
        return join_cell((str(item.get("label") or ""), item["value"]) for item in items)
    if all(isinstance(item, dict) and isinstance(item.get("product"), str) for item in items):
        return ";".join(_product(item) for item in items)
    return json.dumps(value, ensure_ascii=False)


def _product(item: dict[str, Any]) -> str:
    price = f" @{item['price']}" if item.get("price") is not None else ""
    return f"{escape(item['product'])} x{item.get('quantity') or 1}{price}"


def _name(key: str) -> str:
    return key if key.isascii() else key.encode("utf-8", "backslashreplace").decode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"has the key '{next(key for key in keys if keys.count(key) > 1)}' twice")
    return record


def _no_number(word: str) -> Any:
    raise ValueError(f"has {word}, which is not a number")


# Numbers stay the text they are: 007.50 euros must not pass through a binary fraction.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_int=str, parse_float=str, parse_constant=_no_number)


class _Values:
    """The elements of the array the text is, or the values that stand one after another; one in memory at a time.

    Each with what is wrong with it, or '': a key twice, no number, nested too deeply. The next element follows all the
    same; only where the text is no JSON nobody knows where that would be, and it is a Usage for the whole file.
    """

    def __init__(self, feed: ByteSource, texts: Iterator[str]) -> None:
        self._name, self._texts = feed.name, texts
        self._text, self._at = "", 0
        self._lines = 0  # line ends before self._text
        self._count = 0

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self._next() != "[":
            while self._next():
                yield self._value()
            return
        self._at += 1
        if self._next() != "]":
            yield self._value()
        while (mark := self._next()) == ",":
            self._at += 1
            yield self._value()
        if mark != "]":
            raise self._wrong("expected , or ] after an element", self._at)
        self._at += 1
        if self._next():
            raise self._wrong("text after the end of the array", self._at)

    def _next(self) -> str:
        """The next character that is no white space, not taken; '' at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._extend():
                return ""

    def _value(self) -> tuple[Any, str]:
        self._next()
        self._count += 1
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._extend():
                    raise self._wrong(error.msg, error.pos) from None
            except RecursionError:
                return self._skip_value("is nested too deeply")
            except ValueError as error:
                return self._skip_value(str(error))
            else:
                if end < len(self._text) or not self._extend():
                    self._at = end
                    return value, ""

    def _skip_value(self, error: str) -> tuple[Any, str]:
        """The element at hand is an error; it ends with its last bracket outside quotes, or is a word (NaN)."""
        if word := _WORD.match(self._text, self._at):
            self._at = word.end()
            return None, error
        while True:
            depth = 0
            for mark in _BRACKET.finditer(self._text, self._at):
                depth += (mark[0] in "[{") - (mark[0] in "]}")
                if not depth:
                    self._at = mark.end()
                    return None, error
            if not self._extend():
                raise Usage(f"{self._name}: record {self._count} {error}.")

    def _extend(self) -> bool:
        """At least doubles what is left of the text, so that a long value is not tried again for every block of it."""
        left = self._text[self._at :]
        if len(left) > decoding.LINE_LIMIT:
            raise Usage(
                f"{self._name}: record {self._count} is longer than {decoding.LINE_LIMIT >> 20} MiB, or never ends.",
                hint="check that its quotes and brackets are closed",
            )
        parts, missing = [left], max(len(left), 1)
        while missing > 0 and (text := next(self._texts, None)) is not None:
            parts.append(text)
            missing -= len(text)
        is_longer = len(parts) > 1
        if is_longer:
            self._lines += self._text.count("\n", 0, self._at)
            self._text, self._at = "".join(parts), 0
        return is_longer

    def _wrong(self, reason: str, position: int) -> Usage:
        line = self._lines + self._text.count("\n", 0, position) + 1
        column = position - self._text.rfind("\n", 0, position)
        return Usage(
            f"{self._name} is not JSON: {reason} (record {self._count}, line {line}, column {column}).",
            hint="leads in JSON are an array of objects; one object a line is read from a file named .jsonl",
        )
