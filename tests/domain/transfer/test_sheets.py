"""Excel workbooks: cells as their owner typed them."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from leadcli.domain.data.import_.readers.delimited import Row, Source
from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import Failed, Usage


def workbook(tmp_path: Path, *rows: list[Any], shapes: dict[str, str] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Leads"
    for row in rows:
        sheet.append(row)
    for place, shape in (shapes or {}).items():
        sheet[place].number_format = shape
    book.create_sheet("Other")
    book.save(tmp_path / "in.xlsx")
    return tmp_path / "in.xlsx"


def opened(tmp_path: Path, *rows: list[Any], shapes: dict[str, str] | None = None) -> Source:
    return open_source(str(workbook(tmp_path, *rows, shapes=shapes)))


def test_numbers_dates_and_zeros_are_the_text_people_see(tmp_path: Path) -> None:
    header = ["name", "phone", "postcode", "value", "big", "born", "seen", "at", "vip"]
    row = [
        "Ada",
        "0900123",
        1234,
        12.5,
        421900123456,
        date(1978, 1, 20),
        datetime(2026, 11, 22, 9, 30),
        time(9, 0),
        True,
    ]
    source = opened(tmp_path, header, row, shapes={"C2": "00000"})
    assert list(source.rows) == [
        Row(
            2,
            ["Ada", "0900123", "01234", "12.5", "421900123456", "1978-01-20", "2026-11-22 09:30:00", "09:00:00", "yes"],
        )
    ]
    assert "sheet 'Leads', the first of 2" in source.notes


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (100, "100"), (0.1, "0.1"), (1e16, "10000000000000000"), (-2.50, "-2.5"), (1e-7, "0.0000001")],
)
def test_no_number_becomes_a_float(tmp_path: Path, value: float, text: str) -> None:
    assert list(opened(tmp_path, ["value"], [value]).rows) == [Row(2, [text])]


def test_missing_cells_preamble_empty_rows_and_too_many_cells(tmp_path: Path) -> None:
    source = opened(
        tmp_path, ["My leads"], [], ["name", "city", "tags"], ["Ada"], [], ["Bob", None, "x"], ["C", "D", "E", "F"]
    )
    assert source.headers == ("name", "city", "tags")
    assert list(source.rows) == [
        Row(4, ["Ada", "", ""]), Row(6, ["Bob", "", "x"]),
        Row(7, ["C", "D", "E", "F"], "has 4 cells, the header has 3"),
    ]  # fmt: skip
    assert {"skipped 2 lines before the header", "left out 1 empty row"} <= set(source.notes)


def test_an_error_of_excel_is_an_error_of_the_row(tmp_path: Path) -> None:
    rows = list(opened(tmp_path, ["name", "city"], ["Ada", "#N/A"], ["Bob", "Rome"]).rows)
    assert [row.error for row in rows] == ["has the Excel error #N/A", ""]


def test_through_a_pipe_without_a_name(tmp_path: Path) -> None:
    renamed = workbook(tmp_path, ["name"], ["Ada"]).rename(tmp_path / "download")
    source = open_source(str(renamed))
    assert (source.format, list(source.rows)) == ("xlsx", [Row(2, ["Ada"])])


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(Usage, match="is not an Excel workbook"):
        open_source(str(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Usage, match="is a zip archive"):
        open_source(str(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(Usage, match="not an Excel workbook that can be read"):
        open_source(str(path))
    with pytest.raises(Usage, match="is empty"):
        opened(tmp_path)


def test_without_openpyxl_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path, ["name"], ["Ada"])
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(Failed) as caught:
        open_source(str(path))
    assert "leadcli[xlsx]" in caught.value.hint
