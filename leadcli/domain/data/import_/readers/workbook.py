"""Excel workbooks (.xlsx, through openpyxl): one sheet, every cell as the text its owner typed."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from leadcli.domain.data.import_.columns.header_recognition import HeaderRecogniser
from leadcli.domain.data.import_.readers.byte_source import ByteSource
from leadcli.domain.data.import_.readers.delimited import Row, Source, body, under_header, unkeepable
from leadcli.errors import Failed, Usage, unknown_name
from leadcli.model.fields import LEAD
from leadcli.text.links import has_web_scheme

NAMED_SHEETS = 5
EXTRAS_LIMIT = 64 << 20  # bytes of a sheet's XML whose links and formulas are looked for
STRINGS_LIMIT = 256 << 20  # bytes of shared text, which openpyxl holds in memory
_LINK_FORMULA = re.compile(r'=HYPERLINK\("([^"]+)"', re.IGNORECASE)
_ZEROS = re.compile(r"0{2,}")
_DECIMALS = re.compile(r"0\.(0+)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how Excel writes what XML cannot say


def read(feed: ByteSource, *, sheet: str = "") -> Source:
    """The rows of one sheet, the first visible one unless `sheet` says its name or number. Numbers keep their leading
    zeros and get no `.0`, dates are ISO. Notes name the sheets left out and formulas without a result.

    Failed (1) when openpyxl is not installed; Usage (2) for what is no workbook, one far too large, or has no such
    sheet.
    """
    try:
        import openpyxl
    except ImportError:
        raise Failed(
            f"{feed.name}: reading Excel files needs openpyxl.", hint="pip install 'leadcli[xlsx]', or save it as CSV"
        ) from None
    # What it warns of (styles, validations) says nothing about cells; what it cannot read is an error of the row.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
    file = feed.whole()
    _check(feed.name, file)
    extras = _CellExtras()
    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
        chosen = _choose_sheet(feed.name, workbook.worksheets, sheet)
        if _has_extras(file):
            extras = _read_extras(openpyxl.load_workbook(file)[chosen.title])
    except Usage:
        raise
    except Exception as error:  # whatever zip and XML parsers say about a broken workbook
        raise Usage(f"{feed.name} is not an Excel workbook that can be read: {error}.") from error
    notes = _sheet_notes(workbook.worksheets, chosen)
    headers, rows = under_header(_rows(feed, chosen, extras, notes), feed.name, notes)
    if not headers:
        raise Usage(f"{feed.name} is empty.", hint="its first row should name the columns")
    rows = body(_pad_rows(rows, len(headers)), len(headers), notes)
    headers, rows = _with_links(headers, rows, extras, notes)
    return Source(feed.name, "xlsx", headers, rows, notes, feed)


def _choose_sheet(name: str, sheets: Sequence[Any], sheet_name: str) -> Any:
    """The sheet of this name, else of this number (1 is the first). Usage for any other."""
    if not sheets:
        raise Usage(f"{name} has no sheet with cells.")
    if not sheet_name:
        return next((sheet for sheet in sheets if sheet.sheet_state == "visible"), sheets[0])
    titles = {sheet.title.casefold(): sheet for sheet in sheets}
    if sheet := titles.get(sheet_name.casefold()):
        return sheet
    if sheet_name.isdecimal() and 0 < int(sheet_name) <= len(sheets):
        return sheets[int(sheet_name) - 1]
    raise unknown_name("sheet", sheet_name, [sheet.title for sheet in sheets], title=f"Sheets of {name}")


def _sheet_notes(sheets: Sequence[Any], chosen: Any) -> list[str]:
    notes = [f"sheet '{chosen.title}'" + (f", one of {len(sheets)}" if len(sheets) > 1 else "")]
    others = [f"'{sheet.title}'" for sheet in sheets if sheet is not chosen]
    if others:
        rest = f" and {len(others) - NAMED_SHEETS} more" if len(others) > NAMED_SHEETS else ""
        plural = "s" if len(others) > 1 else ""
        notes.append(f"left out sheet{plural} {', '.join(others[:NAMED_SHEETS])}{rest} (--sheet NAME reads another)")
    return notes


class _CellExtras(NamedTuple):
    """What stands behind cells, by (row, column) from 1: the addresses of links, and formulas."""

    links: dict[tuple[int, int], str] = {}  # noqa: RUF012 - never changed
    formulas: frozenset[tuple[int, int]] = frozenset()


def _has_extras(file: Any) -> bool:
    """Whether a sheet has formulas or links, by its XML: to read them takes a second pass, in memory."""
    with zipfile.ZipFile(file) as archive:
        for each in archive.infolist():
            if each.filename.startswith("xl/worksheets/") and each.file_size <= EXTRAS_LIMIT:
                text = archive.read(each)
                if b"<f>" in text or b"<f " in text or b"<hyperlink " in text:
                    return True
    return False


def _read_extras(sheet: Any) -> _CellExtras:
    links, formulas = {}, set()
    for row in sheet.iter_rows():
        for cell in row:
            place = cell.row, cell.column
            is_formula = cell.data_type == "f"
            formula_link = _LINK_FORMULA.match(str(cell.value)) if is_formula else None
            target = formula_link[1] if formula_link else cell.hyperlink.target if cell.hyperlink else None
            if target:
                links[place] = target
            if is_formula:
                formulas.add(place)
    return _CellExtras(links, frozenset(formulas))


def _with_links(
    headers: tuple[str, ...], rows: Iterator[Row], extras: _CellExtras, notes: list[str]
) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The address of a link is the text of its cell under a heading of web sites, else that of a column of its own,
    `website`, where the sheet has no web sites.
    """
    links = {place: target for place, target in extras.links.items() if has_web_scheme(target)}
    if not links:
        return headers, rows
    recogniser = HeaderRecogniser(LEAD)
    sites = {place for place, header in enumerate(headers) if recogniser.column(place, header).field == "website"}

    def linked() -> Iterator[Row]:
        for row in rows:
            if row.error:
                yield row
                continue
            places = ((place, (row.number, place + 1)) for place in range(len(row.cells)))
            targets = {place: links[at] for place, at in places if at in links}
            cells = [
                targets[place] if place in sites & targets.keys() else cell for place, cell in enumerate(row.cells)
            ]
            yield row._replace(cells=cells if sites else [*cells, next(iter(targets.values()), "")])

    return (headers if sites else (*headers, "website")), linked()


def _rows(feed: ByteSource, sheet: Any, extras: _CellExtras, notes: list[str]) -> Iterator[Row]:
    sheet.reset_dimensions()  # other programs write wrong ones, and cells would be lost
    empty = 0
    try:
        for number, row in enumerate(sheet.iter_rows(), start=1):
            try:
                cells = [_text(cell) for cell in row]
            except (ValueError, ArithmeticError) as error:  # a moment after the last one there is
                yield Row(number, [str(cell.value or "") for cell in row], f"has a cell that cannot be read: {error}")
                continue
            empty += sum(not cell and (number, place) in extras.formulas for place, cell in enumerate(cells, start=1))
            while cells and not cells[-1]:
                cells.pop()
            broken = next((cell for cell, each in zip(cells, row, strict=False) if each.data_type == "e"), "")
            yield Row(number, cells, f"has the Excel error {broken}" if broken else unkeepable(cells))
    except Exception as error:
        raise Usage(f"{feed.name} is a damaged Excel workbook: {error}.") from error
    if empty:
        what = "1 formula" if empty == 1 else f"{empty:,} formulas"
        notes.append(f"left out {what} without a result (open it in a spreadsheet program and save it)")


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
