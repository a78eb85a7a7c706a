#!/usr/bin/env bash
# DuckDB 2.0.1: a CSV file whose first quoted cell stands below the sampled rows is read with its quotes as text.
# 25,000 plain rows, then a valid row 25001,"Acme": the dialect is guessed from the first 20,480 rows, in which no cell is
# quoted, so quote and escape are taken to be empty. Seen: '"Acme"' and '"He said ""no"""' as values, no warning.
# Asked for its dialect, the sniffer says the quote is '\0'. With quote='"' named, the cells are Acme and He said "no".
#
# Why a lead desk cares: an export sorted by age has its first comma or quote in a name far down; "Acme" and Acme are then
# two companies for every comparison. Name the quote when a desk's exports are read.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1
venv/bin/python - <<'PY'
import csv, duckdb

with open("leads.csv", "w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow(["id", "company"])
    rows.writerows((number, "Acme") for number in range(25_000))
    file.write('25001,"Acme"\r\n')
    rows.writerow([25002, 'He said "no"'])
query = "SELECT company FROM read_csv('leads.csv'{}) WHERE id > 25000 ORDER BY id"
guessed = [row[0] for row in duckdb.sql(query.format("")).fetchall()]
named = [row[0] for row in duckdb.sql(query.format(""", quote='"'""")).fetchall()]
print("guessed:", guessed)
print("named:  ", named)
assert guessed == ['"Acme"', '"He said ""no"""'], guessed
assert named == ["Acme", 'He said "no"'], named
PY
