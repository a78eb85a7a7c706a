"""Delimited text (CSV, TSV, semicolon, bar): strict about quotes, at the speed of the csv module."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from leadcli.domain.data.import_.columns.header_recognition import is_known_heading
from leadcli.domain.data.import_.readers import decoding
from leadcli.domain.data.import_.readers.byte_source import ByteSource
from leadcli.errors import Usage
from leadcli.text.csv_guard import unguard_cell

DELIMITERS = ",;\t|"
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|", "space": " "}
_SEP_LINE = re.compile(r'"?sep=([^\r\n"])"?[,;\t|]*(?:\r\n|\r|\n|$)', re.IGNORECASE)


def read(feed: ByteSource, *, delimiter: str | None = None, encoding: str | None = None) -> Source:
    """A delimited file whose first row, `sep=` line and preamble aside, names the columns.

    Usage (2): no header, an unclosed quote (with the line it starts on), a line or value
    longer than 8 MiB, bytes that are not text.
    """
    chosen = decoding.choose(feed, encoding)
    sample = chosen.sample(feed.head())
    sep_line = _SEP_LINE.match(sample)
    mark = _parse_delimiter(delimiter) if delimiter else sep_line[1] if sep_line else sniff(sample)
    notes = [f"{_delimiter_name(mark)} separated", chosen.label]
    rows = _records(feed, decoding.Lines(feed, chosen), mark)
    if sep_line:
        next(rows, None)
    headers, rows = under_header(rows, feed.name, notes)
    if not headers:
        raise Usage(f"{feed.name} is empty.", hint="its first line should name the columns (leadcli import --template)")
    return Source(feed.name, "csv", headers, body(rows, len(headers), notes), notes, feed)


def sniff(sample: str) -> str:
    """The delimiter under which most rows of the sample have one and the same number of cells, above one; else a comma.

    Counting beats csv.Sniffer, which looks for patterns around quotes, fails on a single column and slows down on
    large samples. `12,50` in a file with semicolons does not deceive it: the header has no comma.
    """
    best, mark = (0.0, 1), ","
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", sample)
    for candidate in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=candidate) if cells]
        except csv.Error:
            continue
        if not widths:
            continue
        complete = widths[:-1] or widths  # the sample may end within a row
        width, times = Counter(complete).most_common(1)[0]
        if width > 1 and (times / len(complete), width) > best:
            best, mark = (times / len(complete), width), candidate
    return mark


def _records(feed: ByteSource, lines: decoding.Lines, delimiter: str) -> Iterator[Row]:
    """Every record, empty lines too. A quote gone wrong within a line spoils that row, across lines the whole file."""
    if csv.field_size_limit() < decoding.LINE_LIMIT:
        csv.field_size_limit(decoding.LINE_LIMIT)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start, fast = 1, tuple.__new__  # a third of the time of Row(...), a million times
    while True:
        try:
            for cells in reader:
                if lines.nul:
                    yield Row(start, cells, unkeepable(cells))
                else:
                    yield fast(Row, (start, cells, ""))
                start = reader.line_num + 1
            return
        except csv.Error as error:
            if reader.line_num > start or "unexpected end" in str(error):
                raise _unclosed(feed.name, start, reader.line_num, str(error)) from None
            cells = next(csv.reader([lines.last], delimiter=delimiter), [])
            yield Row(start, cells, 'has text after a closing quote; a quote inside a quoted cell is written ""')
            start = reader.line_num + 1


def _unclosed(name: str, start: int, last: int, reason: str) -> Usage:
    if "field larger" in reason:
        where = f"nor within {decoding.LINE_LIMIT >> 20} MiB after it"
    elif "unexpected end" in reason:
        where = "nor anywhere after it"
    else:
        where = f"and line {last} has a quote that cannot be its end"
    return Usage(
        f"{name}: a quote opened on line {start:,} is not closed there, {where}.",
        hint=f"add the missing quote on line {start:,}, or double a quote that is part of the text",
    )


def _parse_delimiter(delimiter: str) -> str:
    mark = _NAMES.get(delimiter.casefold(), delimiter)
    if len(mark) != 1 or mark in '"\r\n\0' or mark.isalnum():
        raise Usage(f"--delimiter {delimiter!r} is not one character.", hint="write one of , ; tab |")
    return mark


def _delimiter_name(mark: str) -> str:
    return "tab" if mark == "\t" else f"'{mark}'"


PREAMBLE_ROWS = 20  # how far down a header may stand
FOOTER_ROWS = 20  # how long a footer may be
_DATUM = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|\+[\d\s()./-]{6,}|https?://\S+")  # what no column is called


class Row(NamedTuple):
    """One record of an input.

    `number` is the physical line its record starts on (the first line of a file is 1), the ordinal in JSON and vCard,
    the sheet's row in .xlsx. `cells` are as many as the headers unless `error` says what is wrong with the row
    ("has 4 cells, the header has 5"); such a row is to be rejected, its cells are as read.
    """

    number: int
    cells: Sequence[str]
    error: str = ""


class Source(NamedTuple):
    """An open input: iterate `rows` once.

    `notes` say how it was read ("';' separated", "UTF-8 with BOM"); notes on the end of the file join them there.
    """

    name: str
    format: str
    headers: tuple[str, ...]
    rows: Iterator[Row]
    notes: list[str]
    feed: ByteSource

    @property
    def guarded(self) -> bool:
        """Formulas are held back by a leading apostrophe in it: a spreadsheet's file, no JSON."""
        return self.format in ("csv", "xlsx")

    def digest(self) -> str:
        """SHA-256 of the input's bytes in hexadecimal, once the rows are exhausted."""
        return self.feed.digest()

    def close(self) -> None:
        self.feed.close()


def under_header(rows: Iterator[Row], name: str, notes: list[str]) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The header's names and the rows under it; no names when there is no row with anything in it.

    A preamble above the header is skipped. A column without a name is called `column 3`, the second of two of one name
    `Email (2)`. Usage (2) for a header that is a row of data or is broken.
    """
    header, rows = _header_row(rows, notes)
    if header is not None and not header.error:
        rows = _without_repeats(rows, header.cells, notes)
    if header is None:
        return (), rows
    if header.error:
        raise Usage(f"{name}: line {header.number}, the header, {header.error}.")
    names = [unguard_cell(cell.strip()) for cell in header.cells]
    data = next((cell for cell in names if _DATUM.fullmatch(cell)), None)
    if data:
        raise Usage(
            f"{name}: line {header.number} should name the columns, but '{data[:40]}' is a value.",
            hint="put a line of column names first; leadcli import --template prints one",
        )
    return tuple(_distinct_names(names)), rows


def _without_repeats(rows: Iterator[Row], header: Sequence[str], notes: list[str]) -> Iterator[Row]:
    """The rows without those that name the columns again, as joined files have them; a BOM before one is no text."""
    names = [cell.strip() for cell in header]
    first, count = next((place for place, name in enumerate(names) if name), 0), 0
    for row in rows:
        cells = row.cells
        if (
            len(cells) > first
            and cells[first].lstrip("\ufeff").strip() == names[first]
            and [cell.lstrip("\ufeff").strip() for cell in cells] == names
        ):
            count += 1
        else:
            yield row
    if count:
        notes.append(f"left out {_count_phrase(count, 'line')} that repeat{'s' if count == 1 else ''} the header")


def _distinct_names(names: list[str]) -> list[str]:
    """The names of the columns: the second `Email` is `Email (2)`, one without a name `column 3`."""
    distinct: list[str] = []
    for place, name in enumerate(names, start=1):
        numbered, count = name or _number_column(place, names), 1
        while name and (numbered in distinct or (count > 1 and numbered in names)):
            count += 1
            numbered = f"{name} ({count})"
        distinct.append(numbered)
    return distinct


def body(rows: Iterator[Row], width: int, notes: list[str]) -> Iterator[Row]:
    """The rows under a header of `width` columns: empty ones left out, a footer cut off, ragged ones marked.

    A footer is what ends the file after an empty row and has too few cells, as in reports of Salesforce: nothing is
    cut off that a complete row follows. Rows with too many cells are whole if those are empty.
    """
    empty = 0
    for row in rows:
        if len(row.cells) == width and any(row.cells):
            yield row
        elif any(row.cells):
            yield _fit_row(row, width)
        else:
            empty += 1
            held = _after_empty(rows, width)
            empty += held.empty
            if held.footer:
                notes.append(
                    f"left out {_count_phrase(len(held.footer), 'footer row')} from line {held.footer[0].number}"
                )
            yield from held.rows
    if empty:
        notes.append(f"left out {_count_phrase(empty, 'empty row')}")


def unkeepable(cells: Sequence[str]) -> str:
    """What is wrong with cells that no text column could hold, or ''."""
    for cell in cells:
        if "\0" in cell:
            return "contains a NUL character, which text cannot hold"
        if not cell.isascii() and any("\ud800" <= letter <= "\udfff" for letter in cell):
            return "contains half of a surrogate pair, which text cannot hold"
    return ""


class _Held(NamedTuple):
    """What stood after an empty row: rows to give, or a footer; and how many more empty rows there were."""

    rows: list[Row]
    footer: list[Row]
    empty: int


def _after_empty(rows: Iterator[Row], width: int) -> _Held:
    short: list[Row] = []
    empty = 0
    for row in rows:
        if not any(row.cells):
            empty += 1
        elif len(row.cells) < width and not row.error and len(short) < FOOTER_ROWS:
            short.append(row)
        else:
            return _Held([_fit_row(each, width) for each in [*short, row]], [], empty)
    return _Held([], short, empty)


def _fit_row(row: Row, width: int) -> Row:
    count = len(row.cells)
    if row.error or count == width:
        return row
    if count > width and not any(row.cells[width:]):
        return row._replace(cells=row.cells[:width])
    return row._replace(error=f"has {_count_phrase(count, 'cell')}, the header has {width}")


def _header_row(rows: Iterator[Row], notes: list[str]) -> tuple[Row | None, Iterator[Row]]:
    """The first row with something in it; or, when that is a lone line of a preamble, the first one after the preamble.

    A preamble (LinkedIn's `Notes:`) is text above an empty row, each line with fewer cells than the header below it.
    """
    first = next((row for row in rows if any(row.cells)), None)
    if first is None:
        return first, rows
    if _count_filled(first) > 1:
        return _header_by_words(first, rows, notes)
    seen = [first]
    for row in islice(rows, PREAMBLE_ROWS):
        if not any(seen[-1].cells) and not row.error and _count_filled(row) > max(map(_count_filled, seen)):
            notes.append(f"skipped {_count_phrase(row.number - 1, 'line')} before the header")
            return row, rows
        seen.append(row)
    return first, chain(seen[1:], rows)


def _header_by_words(first: Row, rows: Iterator[Row], notes: list[str]) -> tuple[Row, Iterator[Row]]:
    """The first row, unless it is of a preamble: a row below, after an empty or shorter one, has better known names."""
    ahead = list(islice(rows, PREAMBLE_ROWS))
    above, known = first, _count_headings(first)
    for place, row in enumerate(ahead):
        filled = _count_filled(row)
        is_apart = filled > 1 and (not any(above.cells) or filled > _count_filled(above))
        if is_apart and not row.error and (names := _count_headings(row)) > max(known, 1) and names * 2 >= filled:
            notes.append(f"skipped {_count_phrase(row.number - 1, 'line')} before the header")
            return row, chain(ahead[place + 1 :], rows)
        above = row
    return first, chain(ahead, rows)


def _count_headings(row: Row) -> int:
    """How many cells are headings of a field that the vocabulary or the registry knows."""
    return sum(map(is_known_heading, row.cells))


def _count_filled(row: Row) -> int:
    return sum(map(bool, row.cells))


def _number_column(place: int, names: list[str]) -> str:
    """A name no other column has for a column without one."""
    name = f"column {place}"
    while name in names:
        name += "'"
    return name


def _count_phrase(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")
