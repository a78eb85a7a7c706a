"""Delimited text (CSV, TSV, semicolon, bar): strict about quotes, at the speed of the csv module."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator

from leadcli.domain.transfer import decoding
from leadcli.domain.transfer.feed import Feed
from leadcli.domain.transfer.rows import Row, Source, body, under_header, unkeepable
from leadcli.errors import Usage

DELIMITERS = ",;\t|"
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|", "space": " "}
_SEP_LINE = re.compile(r'"?sep=([^\r\n"])"?[,;\t|]*(?:\r\n|\r|\n|$)', re.IGNORECASE)


def read(feed: Feed, *, delimiter: str | None = None, encoding: str | None = None) -> Source:
    """A delimited file whose first row, `sep=` line and preamble aside, names the columns.

    Usage (2): no header, a header with a name twice, an unclosed quote (with the line it starts on), a line or value
    longer than 8 MiB, bytes that are not text.
    """
    chosen = decoding.choose(feed, encoding)
    sample = chosen.sample(feed.head())
    told = _SEP_LINE.match(sample)
    mark = _typed(delimiter) if delimiter else told[1] if told else sniff(sample)
    notes = [f"{_shown(mark)} separated", chosen.label]
    rows = _records(feed, decoding.Lines(feed, chosen), mark)
    if told:
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


def _records(feed: Feed, lines: decoding.Lines, delimiter: str) -> Iterator[Row]:
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


def _typed(delimiter: str) -> str:
    mark = _NAMES.get(delimiter.casefold(), delimiter)
    if len(mark) != 1 or mark in '"\r\n\0' or mark.isalnum():
        raise Usage(f"--delimiter {delimiter!r} is not one character.", hint="write one of , ; tab |")
    return mark


def _shown(mark: str) -> str:
    return "tab" if mark == "\t" else f"'{mark}'"
