"""Excel workbooks: cells as their owner typed them."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from desk import Desk

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
    assert source.notes[:2] == ["sheet 'Leads', one of 2", "left out sheet 'Other' (--sheet NAME reads another)"]


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


def several_sheets(desk: Desk) -> None:
    book = openpyxl.Workbook()
    for number, title in enumerate(("Leads", "Archive 2025", "2")):
        sheet = book.create_sheet(title, number)
        sheet.append(["name", "city"])
        sheet.append([f"of {title}", "Rome"])
    book.save(desk.home / "in.xlsx")


@pytest.mark.parametrize(
    ("sheet", "name"),
    [("", "of Leads"), ("archive 2025", "of Archive 2025"), ("1", "of Leads"), ("2", "of 2"), ("3", "of 2")],
)
def test_a_sheet_is_picked_by_name_or_number_and_the_others_are_named(sheet: str, name: str, desk: Desk) -> None:
    several_sheets(desk)
    done = desk.run("import", "in.xlsx", *(["--sheet", sheet] if sheet else []))
    assert desk.ok("list", "--fields", "name") == name
    assert "in.xlsx: left out sheets '" in done.stderr
    assert "(--sheet NAME reads another)" in done.stderr


def test_a_sheet_that_is_not_there(desk: Desk) -> None:
    several_sheets(desk)
    desk.fails(2, "import", "in.xlsx", "--sheet", "Archive", says=("unknown sheet 'Archive'", "Leads, Archive 2025, 2"))
    desk.fails(2, "import", "in.xlsx", "--sheet", "9", says="unknown sheet '9'")
    desk.file("in.csv", "name\nAda\n")
    desk.fails(2, "import", "in.csv", "--sheet", "1", says="in.csv is no workbook")


def test_a_formula_without_a_result_is_said(desk: Desk) -> None:
    book = openpyxl.Workbook()
    book.active.append(["name", "city", "value"])
    book.active.append(["Ada", '="Ro"&"me"', "=2*3"])
    book.active.append(["Bob", "Oslo", 5])
    book.save(desk.home / "in.xlsx")
    done = desk.run("import", "in.xlsx")
    assert "in.xlsx: left out 2 formulas without a result (open it in a spreadsheet program and save it)" in done.stderr
    assert desk.ok("list", "--fields", "name,city,value", "--sort", "name") == "Ada\t\t\nBob\tOslo\t5.00"


LINK = "https://x.example/about?a=1"


@pytest.mark.parametrize(
    ("header", "cells", "website"),
    [
        (["name", "Website"], [("Ada", ""), ("our site", LINK)], LINK),
        (["name", "Homepage"], [("Ada", "https://other.example"), ("x.example", LINK)], LINK),
        (["name", "city"], [("Ada", LINK), ("Rome", "")], LINK),
        (["name", "city"], [("Ada", "mailto:ada@x.example"), ("Rome", LINK)], LINK),
        (["name", "city"], [("Ada", ""), ('=HYPERLINK("' + LINK + '","site")', "")], LINK),
        (["name", "city"], [("Ada", "ftp://x.example"), ("Rome", "")], None),
    ],
)
def test_the_address_of_a_link_is_the_web_site(
    header: list[str], cells: list[tuple[str, str]], website: str | None, desk: Desk
) -> None:
    book = openpyxl.Workbook()
    book.active.append(header)
    for column, (text, link) in enumerate(cells, start=1):
        cell = book.active.cell(2, column, text)
        if link:
            cell.hyperlink = link
            cell.value = text
    book.active.append(["Bob", ""])
    book.save(desk.home / "in.xlsx")
    desk.ok("import", "in.xlsx")
    assert desk.json("show", "1")["website"] == website
    assert desk.json("show", "2")["website"] is None


def test_what_openpyxl_warns_of_is_not_shown(desk: Desk) -> None:
    book = openpyxl.Workbook()
    book.active.append(["name", "seen"])
    book.active.append(["Ada", 99999999999])
    book.active["B2"].number_format = "yyyy-mm-dd"
    book.save(desk.home / "in.xlsx")
    done = desk.process("import", "in.xlsx")
    assert "Warning" not in done.stderr
    assert "row 2" in done.stderr
