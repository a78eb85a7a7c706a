"""Excel workbooks: typed cells, no formulas, and the same values read again."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import Usage
from leadcli.model.kinds import FLAG, INTEGER, LONG, MOMENT, MONEY, NUMBER, PAST_DAY, PERCENT, Kind, Record, clean_text
from leadcli.model.kinds.many import EMAILS
from leadcli.model.results import Column, Table
from leadcli.screen.formats import workbook
from leadcli.text.csv_guard import unguard_cell


def columns(**kinds: Kind) -> list[Column]:
    return [Column(name, name, kind) for name, kind in kinds.items()]


def written(tmp_path: Path, given: list[Column], *rows: Record) -> Path:
    path = tmp_path / "out.xlsx"
    with path.open("wb") as file:
        workbook.fill_workbook(Table(given, rows), file)
    return path


def test_cells_have_excels_own_types(tmp_path: Path) -> None:
    kinds = {"born": PAST_DAY, "seen": MOMENT, "value": MONEY, "chance": PERCENT, "count": INTEGER, "vip": FLAG,
             "big": NUMBER, "zip": LONG, "emails": EMAILS}  # fmt: skip
    row = {"born": "1978-01-20", "seen": "2026-11-22T09:30:05Z", "value": 1250, "currency": "EUR", "chance": 12.5,
           "count": 7, "vip": 1, "big": "12345678901234567890.5", "zip": "00123",
           "emails": [{"value": "a@x.org", "label": "work"}]}  # fmt: skip
    sheet = openpyxl.load_workbook(written(tmp_path, columns(**kinds), row)).active
    assert sheet is not None
    values = [cell.value for cell in sheet[2]]
    assert values == [datetime(1978, 1, 20), datetime(2026, 11, 22, 9, 30, 5), 12.5, 12.5, 7, True,
                      "12345678901234567890.5", "00123", "work:a@x.org"]  # fmt: skip
    assert sheet["B2"].number_format == 'yyyy-mm-dd hh:mm:ss"Z"'
    assert sheet["C2"].number_format == "0.00"
    assert [cell.value for cell in sheet[1]] == list(kinds)
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-x", "@x", "#N/A", "'=x", "''=x", "_x0041_", "a\x07b", "007", "\tx"])
def test_a_text_is_a_text_and_never_a_formula(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, columns(name=LONG), {"name": text})
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"
    assert [unguard_cell(row.cells[0]) for row in open_source(str(path)).rows] == [text]


@given(
    st.lists(
        st.fixed_dictionaries({
            "text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(
                lambda text: clean_text(text, lines=True) or None),
            "day": st.dates(date(1700, 1, 1)).map(str),
            "moment": st.datetimes(datetime(1700, 1, 1)).map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")),
            "value": st.integers(-(10**15), 10**15),
            "number": st.decimals(allow_nan=False, allow_infinity=False).map(lambda value: f"{value:f}"[:300]),
            "chance": st.integers(0, 10_000).map(lambda value: value / 100),
        }),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_any_values_come_back(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    kinds = columns(first=LONG, text=LONG, day=PAST_DAY, moment=MOMENT, value=MONEY, number=NUMBER, chance=PERCENT)
    rows = [{**row, "first": "x", "currency": "EUR"} for row in rows]
    path = written(tmp_path_factory.mktemp("sheet"), kinds, *rows)
    wanted = [[column.kind.plain(row[column.name], row) for column in kinds] for row in rows]
    assert [[unguard_cell(cell) for cell in row.cells] for row in open_source(str(path)).rows] == wanted


def test_what_no_sheet_can_hold_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Usage, match="a text of 32,768 letters is longer"):
        workbook.fill_workbook(Table(columns(text=LONG), [{"text": "x" * 32_768}]), io.BytesIO())
    monkeypatch.setattr(workbook, "ROWS", 3)
    rows = [{"count": 1}] * 3
    workbook.fill_workbook(Table(columns(count=INTEGER), rows[:2]), io.BytesIO())
    with pytest.raises(Usage, match="holds 3 rows, and there are more"):
        workbook.fill_workbook(Table(columns(count=INTEGER), rows), io.BytesIO())
