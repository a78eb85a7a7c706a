#!/usr/bin/env bash
# DuckDB 2.0.1 and pandas 2.3.3 read the same column of ambiguous dates in opposite ways, both without a word.
# 01/02/2026, 03/04/2026: DuckDB takes 1 February and 3 April (day first), pandas 2 January and 4 March (month first).
# Among rows of the sample one 01/13/2026 turns DuckDB's whole column to month first: 01/02/2026 is then 2 January.
#
# Why a lead desk cares: a week's file may be read one way and the next week's the other, as it happens to hold a day
# after the twelfth. A date format belongs in the profile of an import, never in a guess.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pandas==2.3.3
venv/bin/python - <<'PY'
import duckdb, pandas

def read(*days):
    with open("calls.csv", "w") as file:
        file.write("id,day\n" + "".join(f"{number},{day}\n" for number, day in enumerate(days)))
    by_duckdb = [row[0].isoformat() for row in duckdb.sql("SELECT day FROM 'calls.csv' ORDER BY id").fetchall()]
    return by_duckdb, [day.date().isoformat() for day in pandas.read_csv("calls.csv", parse_dates=["day"])["day"]]

ambiguous, decided = read("01/02/2026", "03/04/2026"), read("01/02/2026", "01/13/2026")
print("ambiguous:", *ambiguous)
print("decided:  ", *decided)
assert ambiguous == (["2026-02-01", "2026-04-03"], ["2026-01-02", "2026-03-04"]), ambiguous
assert decided[0] == decided[1] == ["2026-01-02", "2026-01-13"], decided
PY
