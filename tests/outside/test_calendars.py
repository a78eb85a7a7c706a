"""What todoman, khal and vdirsyncer read of the calendars leadcli writes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from desk import Desk, Result

pytestmark = pytest.mark.slow
Program = Callable[..., Result]

KHAL = """[calendars]
[[leads]]
path = {home}/events
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {home}/khal.db
"""
TODOMAN = 'path = "{home}/todos/*"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\n'
DAYS = {"an ordinary day": "2026-11-27", "a day without midnight in Cairo": "2026-04-24", "leap day": "2028-02-29"}


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """One lead with a task on a day and one at a time of day; the text would end a careless line."""
    desk.ok("add", "Ünïcode, Ltd; München", "--email", "ada@x.example")
    desk.ok("task", "add", "1", "send; quote, now\nand more " + "é" * 80, "--due", "2026-11-27")
    desk.ok("task", "add", "1", "call back", "--due", "2026-11-27 14:00")
    return desk


def read_todos(desk: Desk, outside: Program, *words: str) -> dict[str, dict[str, object]]:
    desk.file("todoman.py", TODOMAN.format(home=desk.home))
    listed = json.loads(outside("todo", "-c", "todoman.py", "--porcelain", "list", *words).stdout)
    return {each["summary"]: each for each in listed}


def read_events(desk: Desk, outside: Program, first: str, *, zone: str = "UTC") -> list[str]:
    desk.file("khal.conf", KHAL.format(home=desk.home, zone=zone))
    shown = outside("khal", "-c", "khal.conf", "list", first, "2d", "--day-format", "", "--format",
                    "{start}|{end}|{title}{alarm-symbol}").stdout  # fmt: skip
    return [line for line in shown.splitlines() if line.startswith("20")]


def test_todoman_reads_the_folder(planned: Desk, outside: Program) -> None:
    planned.ok("task", "list", "--format", "ics", "-o", "todos/leads/")
    todos = read_todos(planned, outside)
    assert sorted(todos) == ["call back - Ünïcode, Ltd; München (1)",
                             f"send; quote, now\nand more {'é' * 80} - Ünïcode, Ltd; München (1)"]  # fmt: skip
    assert [todos[name]["due"] for name in sorted(todos)] == [1795788000, 1795737600]  # 14:00 and 0:00 UTC
    planned.ok("task", "done", "T2")
    planned.ok("task", "list", "--format", "ics", "-o", "todos/leads/")
    assert len(read_todos(planned, outside)) == 1


def test_todoman_knows_what_is_done(planned: Desk, outside: Program) -> None:
    planned.ok("task", "done", "T2")
    planned.ok("task", "list", "--all", "--format", "ics", "-o", "todos/leads/")
    todos = read_todos(planned, outside, "--status", "ANY")
    assert {name[:4]: each["completed"] for name, each in todos.items()} == {"send": False, "call": True}


def test_khal_shows_events_and_their_alarms(planned: Desk, outside: Program) -> None:
    planned.ok("task", "list", "--format", "ics", "--as", "events", "-o", "events/")
    whole_day, at_a_time = read_events(planned, outside, "2026-11-27")
    assert whole_day.startswith("2026-11-27|2026-11-27|send; quote, now")
    assert at_a_time == "2026-11-27 14:00|2026-11-27 14:30|call back - Ünïcode, Ltd; München (1) ⏰"


def test_khal_sees_no_todos(planned: Desk, outside: Program) -> None:
    planned.ok("task", "list", "--format", "ics", "-o", "events/")
    assert read_events(planned, outside, "2026-11-27") == []


@pytest.mark.parametrize("zone", ["UTC", "Africa/Cairo", "America/Los_Angeles", "Pacific/Auckland"])
@pytest.mark.parametrize("what", DAYS)
def test_a_day_is_that_day_in_every_zone(what: str, zone: str, desk: Desk, outside: Program) -> None:
    day = DAYS[what]
    desk.ok("add", "Ada", TZ=zone)
    desk.ok("task", "add", "1", "call", "--due", day, TZ=zone)
    desk.ok("task", "list", "--format", "ics", "--as", "events", "-o", "events/", TZ="Asia/Tokyo")
    assert read_events(desk, outside, day, zone=zone) == [f"{day}|{day}|call - Ada (1) ⏰"]


def test_vdirsyncer_carries_the_folder_and_what_went(planned: Desk, outside: Program) -> None:
    planned.ok("task", "list", "--format", "ics", "-o", "todos/")
    (planned.home / "server").mkdir()
    storages = "".join(f'[storage {name}]\ntype = "filesystem"\npath = "{planned.home}/{name}/"\nfileext = ".ics"\n'
                       for name in ("todos", "server"))  # fmt: skip
    pair = '[pair leads]\na = "todos"\nb = "server"\ncollections = null\n'
    planned.file("vdirsyncer.conf", f'[general]\nstatus_path = "{planned.home}/status/"\n{pair}{storages}')
    outside("vdirsyncer", "-c", "vdirsyncer.conf", "discover", stdin="y\n")
    outside("vdirsyncer", "-c", "vdirsyncer.conf", "sync")
    assert len(list((planned.home / "server").glob("*.ics"))) == 2
    planned.ok("task", "done", "T1")
    planned.ok("task", "list", "--format", "ics", "-o", "todos/")
    outside("vdirsyncer", "-c", "vdirsyncer.conf", "sync")
    assert [file.read_text().count("call back") for file in (planned.home / "server").glob("*.ics")] == [1]
