"""Excel workbooks (.xlsx, through openpyxl): one sheet under a header, every cell of its own type, none a formula.

Text stays text (`=1+1`, `007`), days and moments are Excel's own with a `Z` behind UTC, numbers are numbers as long as
a double can hold them. What XML cannot say is written `_x0007_`, as Excel does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import IO, Any

from leadcli.errors import Failed, Usage
from leadcli.model.kinds import Day, Flag, Moment, Record
from leadcli.model.results import Column, Table
from leadcli.text.csv_guard import DANGER, guard_cell

ROWS, LETTERS = 1_048_576, 32_767  # what a sheet and a cell of Excel hold
UTC_SHAPE = 'yyyy-mm-dd hh:mm:ss"Z"'
_UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_SAFE_DIGITS = 15  # a double keeps so many
Read = Callable[[Any, Record], Any]


def fill_workbook(table: Table, file: IO[bytes]) -> None:
    """Write the workbook. Failed (1) without openpyxl, and for what no sheet can hold, named."""
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font
    except ImportError:
        raise Failed(
            "writing Excel files needs openpyxl.", hint="pip install 'leadcli[xlsx]', or export CSV: -o FILE.csv"
        ) from None
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Leads" if not table.title else re.sub(r"[\\/*?:\[\]]", " ", table.title)[:31])
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, column.name) for column in table.columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    styled = _Styled(lambda: WriteOnlyCell(sheet))
    readers = [_reader(column, styled) for column in table.columns]
    try:
        for number, row in enumerate(table.rows, start=2):
            if number > ROWS:
                raise Usage(f"a sheet of Excel holds {ROWS:,} rows, and there are more.", hint="export CSV instead")
            sheet.append(_cells(readers, row))
    except BaseException:
        sheet.close()
        raise
    book.save(file)


class _Styled(dict[tuple[str, Any], Any]):
    """One cell for each style, filled again and again: a cell is written before the next one is made."""

    def __init__(self, new: Callable[[], Any]) -> None:
        super().__init__()
        self.new = new

    def __missing__(self, style: tuple[str, Any]) -> Any:
        self[style] = cell = self.new()
        setattr(cell, *style)
        return cell

    def fill(self, value: Any, style: tuple[str, Any]) -> Any:
        """A cell of this style with this value; a text is never a formula."""
        cell = self[style]
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
        return cell


def _cells(readers: list[tuple[str, Read]], row: Record) -> Iterator[Any]:
    for name, read in readers:
        value = row.get(name)
        yield None if value is None or value == [] else read(value, row)


def _reader(column: Column, styled: _Styled) -> tuple[str, Read]:
    """How the values of a column become cells."""
    kind = column.kind
    if isinstance(kind, Flag):
        return column.name, lambda value, row: bool(value)
    typed = _date_cell if isinstance(kind, Day | Moment) else _number_cell if kind.right else None

    def read(value: Any, row: Record) -> Any:
        text = kind.plain(value, row)
        cell = typed(text, styled) if typed else None
        return _text(text, styled, column.name) if cell is None else cell

    return column.name, read


def _text(text: str, styled: _Styled, name: str) -> Any:
    if len(text) > LETTERS:
        raise Usage(
            f"a {name} of {len(text):,} letters is longer than a cell of Excel can be ({LETTERS:,}).",
            hint="export CSV instead, or leave the column out with --fields",
        )
    if text[:1] in DANGER and guard_cell(text) != text:
        # An import takes one apostrophe off '=x; =x itself needs none here, being text already.
        return styled.fill(_sheet_value(guard_cell(text) if text[0] == "'" else text), ("quotePrefix", 1))
    sheet_text = _sheet_value(text)
    return styled.fill(sheet_text, ("number_format", "@")) if sheet_text in _ERRORS else sheet_text


def _sheet_value(text: str) -> str:
    if not _UNSAYABLE.search(text):
        return text
    return _UNSAYABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def _date_cell(text: str, styled: _Styled) -> Any:
    """A day or a UTC moment; None before Excel's calendar begins."""
    if text < "1901":
        return None
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    return styled.fill(datetime.fromisoformat(text).replace(tzinfo=None), ("number_format", UTC_SHAPE))


def _number_cell(text: str, styled: _Styled) -> Any:
    """A number with the decimals it has; None for one that a double would change."""
    match = _NUMBER.fullmatch(text)
    if not match or len((match[2] + (match[3] or "")).lstrip("0")) > _SAFE_DIGITS or text.startswith("-0"):
        return None
    if not match[3]:
        return int(text)
    return styled.fill(float(text), ("number_format", "0." + "0" * len(match[3])))
