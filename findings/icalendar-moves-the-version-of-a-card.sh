#!/usr/bin/env bash
# icalendar 7.3.2 reads vCards and writes them sorted: VERSION comes last but one, and groups are in capitals.
# RFC 6350 (3.7.9, 6.7.9) wants VERSION directly below BEGIN in a card of version 4.0. In: BEGIN, VERSION, FN, item1.TEL,
# item1.X-ABLabel, EMAIL, END. Out: BEGIN, EMAIL, FN, ITEM1.TEL, ITEM1.X-ABLABEL, VERSION, END; sorted=False keeps the order.
# vobject 0.9.9 reads what comes out and writes it with VERSION first again, so the two undo each other and hide it.
#
# Why a lead desk cares: cards that went through a calendar tool arrive so: a reader that decides by its second line
# which version a card is takes it for an old one. Look for VERSION in the whole card.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.2 vobject==0.9.9
venv/bin/python - <<'PY'
import icalendar, vobject

card = "\r\n".join(["BEGIN:VCARD", "VERSION:4.0", "FN:Ada Example", "item1.TEL:+4930123456", "item1.X-ABLabel:Desk",
                    "EMAIL:ada@example.com", "END:VCARD", ""])
names = lambda text: [line.partition(":")[0] for line in text.splitlines()]
component = icalendar.Component.from_ical(card)
written = component.to_ical().decode()
print("written:   ", names(written))
print("unsorted:  ", names(component.to_ical(sorted=False).decode()))
print("by vobject:", names(vobject.readOne(written).serialize()))
assert names(written) == ["BEGIN", "EMAIL", "FN", "ITEM1.TEL", "ITEM1.X-ABLABEL", "VERSION", "END"], written
assert names(component.to_ical(sorted=False).decode())[1] == "VERSION"
assert names(vobject.readOne(written).serialize())[1] == "VERSION"
PY
