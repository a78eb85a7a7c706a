#!/usr/bin/env bash
# recurring-ical-events 3.8.2 (icalendar 7.3.2) against python-dateutil 2.9.0.post0: three answers to COUNT where the start does
# not fit the rule. DTSTART on a Wednesday, RRULE:FREQ=MONTHLY;BYDAY=MO;COUNT=3.
# RFC 5545 counts DTSTART as the first occurrence: the Wednesday and two Mondays. recurring-ical-events gives the Wednesday and
# three Mondays (four of COUNT=3); dateutil three Mondays and no Wednesday. With COUNT=1 it is two events against one.
#
# Why a lead desk cares: "call three times, Mondays", typed on a Wednesday, is three calls here and four in the
# calendar it is shared with. Move the start to the first day that fits before a rule is written into a feed.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check recurring-ical-events==3.8.2 icalendar==7.3.2 python-dateutil==2.9.0.post0
venv/bin/python - <<'PY'
import icalendar, recurring_ical_events
from dateutil.rrule import rrulestr

def both(count):
    rule = f"DTSTART:20260107T090000\r\nRRULE:FREQ=MONTHLY;BYDAY=MO;COUNT={count}\r\n"
    text = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//calls//EN\r\nBEGIN:VEVENT\r\nUID:1@example.com\r\n"
            f"DTSTAMP:20260101T000000Z\r\nSUMMARY:Call\r\n{rule}END:VEVENT\r\nEND:VCALENDAR\r\n")
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between((2026, 1, 1), (2027, 1, 1))
    return sorted(f"{each.start:%a %d %b}" for each in events), [f"{each:%a %d %b}" for each in rrulestr(rule)]

for count in (1, 3):
    print(count, *both(count))
calendar, library = both(3)
assert set(calendar) == {"Wed 07 Jan", "Mon 12 Jan", "Mon 19 Jan", "Mon 26 Jan"}, calendar
assert library == ["Mon 12 Jan", "Mon 19 Jan", "Mon 26 Jan"], library
assert [len(each) for each in both(1)] == [2, 1]
PY
