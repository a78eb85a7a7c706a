#!/usr/bin/env bash
# Babel 2.19.0 (2026): in Swiss locales an amount loses its separators when it reaches a million, and what 2.18.0 wrote is refused.
# 2.18.0, de_CH: EUR 123’456.50 and EUR 1’234’567.50; parse_decimal reads 1’234.50 and refuses 1'234.50. 2.19.0 has the plain
# apostrophe: EUR 123'456.50, but EUR 1234567.50 (two apostrophes are taken for quotes of a pattern and go), and a milliard
# keeps one: EUR 1234567'890.50. It reads 1'234.50 and refuses 1’234.50. Also it_CH, fr_CH (before: narrow spaces), de_LI.
#
# Why a lead desk cares: a list printed last spring cannot be read back after an update, and in one column only the large
# deals have no separators. An importer must take both apostrophes itself, and a report group by itself or pin Babel.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv old
old/bin/pip install --quiet --disable-pip-version-check babel==2.18.0
python3 -m venv new
new/bin/pip install --quiet --disable-pip-version-check babel==2.19.0
cat > amounts.py <<'PY'
from babel.numbers import format_currency, parse_decimal

def read(text):
    try:
        return str(parse_decimal(text, locale="de_CH"))
    except ValueError:
        return "refused"

for locale in ("de_CH", "it_CH", "fr_CH", "de_LI"):
    print(locale, *(ascii(format_currency(number, "EUR", locale=locale)) for number in (123456.5, 1234567.5, 1234567890.5)))
print("read", read("1\u2019234.50"), read("1'234.50"))
PY
old/bin/python amounts.py | tee old.txt
echo
new/bin/python amounts.py | tee new.txt
grep -qF "de_CH 'EUR\xa0123\u2019456.50' 'EUR\xa01\u2019234\u2019567.50'" old.txt
grep -qxF "read 1234.50 refused" old.txt
grep -qF "EUR\xa0123'456.50" new.txt
grep -qF "'EUR\xa01234567.50' \"EUR\xa01234567'890.50\"" new.txt
grep -qxF "read refused 1234.50" new.txt
