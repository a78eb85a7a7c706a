#!/usr/bin/env bash
# sqlite-utils 4.2.1, insert --csv: Python decides what a number is, SQLite stores by its own rules, and the two do not agree.
# Invoice numbers 1_000, 2_000 are integers to int(), so the column becomes INTEGER; SQLite keeps the cells as TEXT.
# A score column of 'nan', 'inf' and 3.5 becomes REAL with two cells of TEXT, so its greatest value is 'nan', sum() counts the
# text as 0, and score > 100 is true for both. A telephone number with + becomes an INTEGER without it (all cells are digits).
#
# Why a lead desk cares: a copy of the desk made so answers "over 100" with leads that have no score, and its telephone
# numbers are no longer international. Create the table with types first, or pass --no-detect-types.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check sqlite-utils==4.2.1
printf 'name,invoice,score,phone\nAda,1_000,nan,+4930123456\nBob,2_000,inf,+4930987654\nEve,3_000,3.5,+4930555555\n' >leads.csv
venv/bin/sqlite-utils insert desk.db leads leads.csv --csv
venv/bin/python - <<'PY'
import sqlite3

connection = sqlite3.connect("desk.db")
columns = dict(connection.execute("SELECT name, type FROM pragma_table_info('leads')").fetchall())
row = connection.execute("SELECT invoice, typeof(invoice), score, typeof(score), phone, typeof(phone) FROM leads").fetchone()
totals = connection.execute("SELECT max(score), sum(score), sum(score > 100) FROM leads").fetchone()
print(columns, row, totals, sep="\n")
assert columns == {"name": "TEXT", "invoice": "INTEGER", "score": "REAL", "phone": "INTEGER"}, columns
assert row == ("1_000", "text", "nan", "text", 4930123456, "integer"), row
assert totals == ("nan", 3.5, 2), totals
PY
