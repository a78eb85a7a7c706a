#!/usr/bin/env bash
# One cell of a workbook holding 12:00 (format hh:mm) in four readers: openpyxl 3.1.5, python-calamine 0.9.1 and pandas 2.3.3
# give the time 12:00, polars 2.1.0 with fastexcel 0.21.0, which reads through the same calamine, gives 1899-12-31 12:00.
#
# Why a lead desk cares: a column "call at" that went through polars and CSV holds full dates, 127 years overdue. A date
# before 1900 in an import is a time of day that lost its way.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 fastexcel==0.21.0 openpyxl==3.1.5 python-calamine==0.9.1 pandas==2.3.3 xlsxwriter==3.3.1
venv/bin/python - <<'PY'
import datetime, openpyxl, pandas, polars, python_calamine, xlsxwriter

book = xlsxwriter.Workbook("calls.xlsx")
sheet = book.add_worksheet()
sheet.write_row(0, 0, ["name", "call at"])
sheet.write_string(1, 0, "Ada")
sheet.write_datetime(1, 1, datetime.time(12), book.add_format({"num_format": "hh:mm"}))
book.close()
cells = {
    "openpyxl": openpyxl.load_workbook("calls.xlsx").active["B2"].value,
    "calamine": python_calamine.CalamineWorkbook.from_path("calls.xlsx").get_sheet_by_index(0).to_python()[1][1],
    "pandas": pandas.read_excel("calls.xlsx")["call at"][0],
    "polars": polars.read_excel("calls.xlsx").row(0)[1],
}
for name, cell in cells.items():
    print(f"{name:9}", repr(cell))
assert {cells.pop("polars")} == {datetime.datetime(1899, 12, 31, 12)}
assert set(cells.values()) == {datetime.time(12)}
PY
