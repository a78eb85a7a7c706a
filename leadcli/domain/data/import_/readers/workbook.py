"""Excel workbooks (.xlsx, through openpyxl): the first sheet, every cell as the text its owner typed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from leadcli.domain.data.import_.readers.byte_source import ByteSource
from leadcli.domain.data.import_.readers.delimited import Row, Source, body, under_header, unkeepable
from leadcli.errors import Failed, Usage

STRINGS_LIMIT = 256 << 20  # bytes of shared text, which openpyxl holds in memory
_ZEROS = re.compile(r"0{2,}")
_DECIMALS = re.compile(r"0\.(0+)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how Excel writes what XML cannot say


def read(feed: ByteSource) -> Source:
    """The rows of the first sheet. Numbers keep their leading zeros and get no `.0`, dates are ISO.

    Failed (1) when openpyxl is not installed; Usage (2) for what is no workbook or one far too large.
    """
    try:
        import openpyxl
    except ImportError:
        raise Failed(
            f"{feed.name}: reading Excel files needs openpyxl.", hint="pip install 'leadcli[xlsx]', or save it as CSV"
        ) from None
    file = feed.whole()
    _check(feed.name, file)
    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # whatever zip and XML parsers say about a broken workbook
        raise Usage(f"{feed.name} is not an Excel workbook that can be read: {error}.") from error
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"] or workbook.worksheets
    if not sheets:
        raise Usage(f"{feed.name} has no sheet with cells.")
    notes = [f"sheet '{sheets[0].title}'" + (f", the first of {len(sheets)}" if len(sheets) > 1 else "")]
    headers, rows = under_header(_rows(feed, sheets[0]), feed.name, notes)
    if not headers:
        raise Usage(f"{feed.name} is empty.", hint="its first row should name the columns")
    return Source(feed.name, "xlsx", headers, body(_pad_rows(rows, len(headers)), len(headers), notes), notes, feed)


def _rows(feed: ByteSource, sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # other programs write wrong ones, and cells would be lost
    try:
        for number, row in enumerate(sheet.iter_rows(), start=1):
            try:
                cells = [_text(cell) for cell in row]
            except (ValueError, ArithmeticError) as error:  # a moment after the last one there is
                yield Row(number, [str(cell.value or "") for cell in row], f"has a cell that cannot be read: {error}")
                continue
            while cells and not cells[-1]:
                cells.pop()
            broken = next((cell for cell, each in zip(cells, row, strict=False) if each.data_type == "e"), "")
            yield Row(number, cells, f"has the Excel error {broken}" if broken else unkeepable(cells))
    except Exception as error:
        raise Usage(f"{feed.name} is a damaged Excel workbook: {error}.") from error


def _pad_rows(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """A workbook leaves out empty cells at the end of a row: that is no ragged row."""
    for row in rows:
        missing = width - len(row.cells)
        yield row._replace(cells=[*row.cells, *[""] * missing]) if missing > 0 and row.cells else row


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    if isinstance(value, datetime):
        return _moment(value, str(cell.number_format or "h"))
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    text = str(value)
    return _ESCAPED.sub(_letter, text) if "_x" in text else text


def _letter(escape: re.Match[str]) -> str:
    number = int(escape[1], 16)
    return escape[0] if 0xD800 <= number <= 0xDFFF else chr(number)


def _moment(value: datetime, shape: str) -> str:
    """A day, or a day and a time, also one that is not shown: Gnumeric shows the days of moments it read from CSV. In
    UTC where a Z is shown behind it, as leadcli writes it.
    """
    value = (value + timedelta(microseconds=500_000)).replace(microsecond=0)  # Excel counts in fractions of a day
    if shape.endswith(('"Z"', "\\Z")):  # LibreOffice saves the first as the second
        return value.isoformat() + "Z"
    return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")


def _number(value: int | float, shape: str) -> str:
    """As Excel shows it where that matters: a postcode's shape 00000 keeps its zeros, 0.00 the decimals it lacks, and
    a whole number has no point.
    """
    text = f"{Decimal(repr(value)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if decimals := _DECIMALS.fullmatch(shape):
        whole, _, part = text.partition(".")
        return f"{whole}.{part.ljust(len(decimals[1]), '0')}"
    return text.zfill(len(shape)) if _ZEROS.fullmatch(shape) and text.isdecimal() else text


def _check(name: str, file: Any) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            large = sum(each.file_size for each in archive.infolist() if "sharedStrings" in each.filename)
            known = "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Usage(f"{name} is not an Excel workbook: {error}.", hint="save an old .xls as .xlsx or CSV") from error
    if not known:
        raise Usage(f"{name} is a zip archive, not an Excel workbook.")
    if large > STRINGS_LIMIT:
        raise Usage(f"{name} holds more than {STRINGS_LIMIT >> 20} MiB of text.", hint="save it as CSV")
    file.seek(0)
