"""A task due on a day is due on that day in every zone; one due at a time is due at that moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date

import pytest
from desk import Desk

from leadcli.store.migrations import Origin, day_of, typed_due
from leadcli.text.dates import words

ZONES = (
    "UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York", "Africa/Cairo", "Asia/Beirut", "America/Santiago",
    "Pacific/Kiritimati", "Pacific/Pago_Pago",
)  # fmt: skip
# Days that begin at one o'clock in these zones.
WITHOUT_MIDNIGHT = (("Africa/Cairo", "2026-04-24"), ("Asia/Beirut", "2026-03-29"), ("America/Santiago", "2026-09-06"))
DONE = ("--close", "2026-12-31", "--owner", "ann")


def select(desk: Desk, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(desk.db)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def berlin(desk: Desk) -> Desk:
    """A lead with a task due on 27 November, typed in Berlin."""
    desk.ok("add", "Ada", *DONE, "--task", "call", "--due", "2026-11-27", TZ="Europe/Berlin")
    desk.ok("log", "1", "spoke", "--kind", "call", TZ="Europe/Berlin")
    return desk


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_is_that_day_in_every_zone(berlin: Desk, zone: str) -> None:
    def on(day: str, *argv: str) -> str:
        return berlin.ok(*argv, TZ=zone, LEADCLI_TODAY=day)

    reasons = {day: on(f"2026-11-{day}T23:30", "next", "--fields", "reason") for day in ("26", "27")}
    assert reasons == {"26": "", "27": "due today"}
    assert on("2026-11-28T00:15", "next", "--fields", "reason") == "overdue task"
    late = [on(day, "list", "is:overdue", "--count") for day in ("2026-11-27T23:59", "2026-11-28T00:01")]
    assert late == ["0", "1"]
    assert [on("2026-11-22", "list", f"due:2026-11-{day}", "--count") for day in (26, 27, 28)] == ["0", "1", "0"]
    assert on("2026-11-22", "task").split("\t")[3] == "2026-11-27"
    assert berlin.json("show", "1", TZ=zone)["due"] == "2026-11-27"
    assert "2026-11-27" in on("2026-11-22", "task", "list", "--format", "csv")
    calendar = on("2026-11-22", "task", "list", "--format", "ics")
    assert "DUE;VALUE=DATE:20261127" in calendar.split()


@pytest.mark.parametrize("zone", ZONES)
def test_a_rule_on_overdue_waits_for_the_day_to_be_over(berlin: Desk, zone: str) -> None:
    berlin.ok("rule", "add", "late", "--on", "overdue", "--set", "priority=urgent")
    priorities = []
    for now in ("2026-11-26T12:00", "2026-11-27T23:59", "2026-11-28T00:01"):
        berlin.ok("rule", "run", TZ=zone, LEADCLI_TODAY=now)
        priorities.append(berlin.ok("list", "1", "--fields", "priority"))
    assert priorities == ["", "", "Urgent"]


@pytest.mark.parametrize(("zone", "day"), WITHOUT_MIDNIGHT)
def test_a_day_without_midnight_is_no_special_case(desk: Desk, zone: str, day: str) -> None:
    eve = date.fromisoformat(day).toordinal() - 1
    desk.ok("add", "Ada", "--task", "call", "--due", day, TZ=zone, LEADCLI_TODAY="2026-03-01")
    assert desk.ok("task", TZ=zone).split("\t")[3] == day
    counts = [
        desk.ok("list", text, "--count", TZ=zone, LEADCLI_TODAY=f"{now}T23:30")
        for now in (date.fromordinal(eve).isoformat(), day)
        for text in ("due:today", "is:overdue")
    ]
    assert counts == ["0", "0", "1", "0"]
    assert f"DUE;VALUE=DATE:{day.replace('-', '')}" in desk.ok("task", "list", "--format", "ics", TZ=zone)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2026-11-27", "2026-11-27"),
        ("fri", "2026-11-27"),
        ("+2d", "2026-11-24"),
        ("", "2026-11-22"),
        ("week", "2026-11-22"),
        ("2026-11-27 14:00", "2026-11-27T13:00:00Z"),
        ("2026-11-27 00:00", "2026-11-26T23:00:00Z"),
        ("2026-11-27T00:00", "2026-11-26T23:00:00Z"),
        ("2026-11-27T14:00+02:00", "2026-11-27T12:00:00Z"),
        ("fri 9:30", "2026-11-27T08:30:00Z"),
        ("+2h", "2026-11-22T11:00:00Z"),
    ],
)
def test_what_was_typed_is_kept(desk: Desk, typed: str, stored: str) -> None:
    here = {"TZ": "Europe/Berlin", "LEADCLI_TODAY": "2026-11-22T10:00"}
    due = ("--due", typed) if typed else ()
    desk.ok("add", "Ada", "--task", "a", *due, **here)
    desk.ok("log", "1", "hi", "--next", "b", *due, **here)
    desk.ok("task", "add", "1", "c", *due, **here)
    desk.ok("rule", "add", "greet", "--on", "added", "--task", "d", *due, **here)
    desk.ok("add", "Bob", **here)
    desk.ok("import", desk.file("a.csv", "name\nEve\n"), **here)
    assert select(desk, "SELECT DISTINCT due_at FROM activities WHERE due_at IS NOT NULL") == [(stored,)]
    assert select(desk, "SELECT DISTINCT due_at, other_due_at FROM leads") == [(stored, None)]
    assert {task["due"] for task in desk.json("task", TZ="Asia/Tokyo")} == {stored}


@pytest.mark.parametrize(("zone", "first"), [("Asia/Tokyo", "day"), ("America/New_York", "clock")])
@pytest.mark.parametrize("by_rule", [False, True])
def test_which_task_is_next_depends_on_the_zone(desk: Desk, zone: str, first: str, by_rule: bool) -> None:
    """The evening of the 26th in New York is the morning of the 27th in Tokyo."""
    desk.ok("add", "Ada", "--task", "clock", "--due", "2026-11-27T01:00Z")
    if by_rule:
        desk.ok("rule", "add", "greet", "--on", "changed", "--task", "day", "--due", "2026-11-27")
        desk.ok("edit", "1", "--city", "Bonn")
    else:
        desk.ok("task", "add", "1", "day", "--due", "2026-11-27")
    due = {"day": "2026-11-27", "clock": "2026-11-27T01:00:00Z"}[first]
    assert desk.ok("list", "--fields", "next_task,due", TZ=zone) == f"{first}\t{due}"
    assert desk.ok("list", "due:2026-11-26", "--count", TZ=zone) == {"day": "0", "clock": "1"}[first]
    assert desk.ok("task", "list", "--limit", "1", TZ=zone).split("\t")[2] == first
    card = desk.ok("show", "1", TZ=zone)
    assert (card.index("\tday\t") < card.index("\tclock\t")) is (first == "day")
    desk.ok("task", "done", "T1")
    assert desk.ok("list", "--fields", "next_task,due", TZ=zone) == "day\t2026-11-27"
    desk.ok("undo")
    assert desk.ok("list", "--fields", "next_task,due", TZ=zone) == f"{first}\t{due}"


def test_undo_redo_and_merge_carry_a_day(berlin: Desk) -> None:
    berlin.ok("add", "Adda")
    berlin.ok("task", "rm", "T1")
    berlin.ok("undo", TZ="Asia/Tokyo")
    berlin.ok("merge", "2", "1", "--yes", TZ="America/New_York")
    assert berlin.ok("list", "2", "--fields", "due", TZ="Pacific/Kiritimati") == "2026-11-27"
    berlin.ok("undo", TZ="Asia/Tokyo")
    berlin.ok("redo", TZ="UTC")
    assert berlin.ok("list", "2", "--fields", "due") == "2026-11-27"


# Files of an older leadcli, in which a day is the moment at which it began where it was typed


def as_before(desk: Desk, moments: dict[str, str]) -> None:
    """Turn the file back: {day: the moment it was kept as}, in tasks and in the journal."""
    with closing(sqlite3.connect(desk.db)) as connection, connection:
        for day, moment in moments.items():
            connection.execute("UPDATE activities SET due_at = ? WHERE due_at = ?", (moment, day))
            connection.execute("UPDATE leads SET due_at = ? WHERE due_at = ?", (moment, day))
            sql = "UPDATE changes SET {0} = replace({0}, ?, ?)"
            connection.execute(sql.format("old") + " WHERE field = '-'", (f'"{day}"', f'"{moment}"'))
            connection.execute("UPDATE changes SET new = ? WHERE new = ? AND field LIKE 'rule %'", (moment, day))
        connection.execute("DROP VIEW leads_view")
        connection.execute("ALTER TABLE leads DROP COLUMN other_due_at")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'due-days'")
        connection.execute("UPDATE settings SET value = '2-00000000' WHERE name = 'registry'")
        connection.execute("PRAGMA user_version = 2")


BERLIN = {"2026-11-27": "2026-11-26T23:00:00Z", "2026-12-01": "2026-11-30T23:00:00Z"}


@pytest.mark.parametrize("zone", ZONES)
def test_an_older_file_gets_its_days(berlin: Desk, zone: str) -> None:
    berlin.ok("task", "add", "1", "clock", "--due", "2026-11-27 14:00", TZ="Europe/Berlin")
    berlin.ok("task", "add", "1", "later", "--due", "2026-12-01", TZ="Europe/Berlin")
    berlin.ok("task", "rm", "T4", TZ="Europe/Berlin")
    as_before(berlin, BERLIN)
    assert berlin.run("task", TZ=zone).returncode == 0  # reading brings an older file up to date, as ever
    assert list(berlin.home.glob(f"{berlin.db.name}.before-*"))
    assert {row[0] for row in select(berlin, "SELECT due_at FROM activities WHERE due_at IS NOT NULL")} == {
        "2026-11-27", "2026-11-27T13:00:00Z",
    }  # fmt: skip
    assert select(berlin, "SELECT due_at, other_due_at FROM leads") == [("2026-11-27", "2026-11-27T13:00:00Z")]
    berlin.ok("undo", TZ=zone)
    assert berlin.ok("task", "list", "later", TZ=zone).split("\t")[3] == "2026-12-01"
    berlin.ok("redo", TZ=zone)
    assert berlin.ok("task", "list", "later", "--count", TZ=zone) == "0"


def test_an_older_undo_can_be_redone(berlin: Desk) -> None:
    berlin.ok("task", "add", "1", "later", "--due", "2026-12-01", TZ="Europe/Berlin")
    berlin.ok("undo")
    as_before(berlin, BERLIN)
    berlin.ok("redo", TZ="Asia/Tokyo")
    assert berlin.ok("task", "list", "later").split("\t")[3] == "2026-12-01"


def test_a_rule_that_acted_on_an_older_file_does_not_act_again(berlin: Desk) -> None:
    berlin.ok("rule", "add", "late", "--on", "overdue", "--tag", "late")
    berlin.ok("rule", "run", TZ="Europe/Berlin", LEADCLI_TODAY="2026-11-29")
    berlin.ok("edit", "1", "--untag", "late")
    as_before(berlin, BERLIN)
    berlin.ok("rule", "run", TZ="UTC", LEADCLI_TODAY="2026-11-29")
    assert berlin.ok("list", "1", "--fields", "tags") == ""


def test_a_task_that_a_rule_made_gets_its_day(desk: Desk) -> None:
    desk.ok("rule", "add", "greet", "--on", "added", "--task", "call", "--due", "+1d", TZ="Asia/Tokyo")
    desk.ok("add", "Ada", TZ="Asia/Tokyo")
    as_before(desk, {"2026-11-23": "2026-11-22T15:00:00Z"})
    assert desk.json("task", TZ="America/New_York")[0]["due"] == "2026-11-23"


@pytest.mark.parametrize(
    ("zone", "due", "typed", "day"),
    [
        # Typed as a day: the zone in which the moment is a midnight and the words mean that day.
        ("UTC", "2026-11-26T23:00:00Z", "2026-11-27", "2026-11-27"),
        ("Pacific/Pago_Pago", "2026-11-26T11:00:00Z", "2026-11-27", "2026-11-27"),
        ("UTC", "2026-11-23T15:00:00Z", "+2d", "2026-11-24"),
        # Nothing known of what was typed: midnight here, else in the nearest zone.
        ("Europe/Berlin", "2026-11-26T23:00:00Z", "", "2026-11-27"),
        ("Asia/Tokyo", "2026-11-26T23:00:00Z", "", "2026-11-27"),
        ("Africa/Cairo", "2026-04-23T22:00:00Z", "", "2026-04-24"),
        ("Pacific/Kiritimati", "2026-11-26T11:00:00Z", "", "2026-11-27"),
        ("Pacific/Pago_Pago", "2026-11-26T11:00:00Z", "", "2026-11-26"),
        ("Asia/Kathmandu", "2026-11-26T18:15:00Z", "", "2026-11-27"),
        ("UTC", "2026-11-26T18:15:00Z", "", "2026-11-27"),
        # What no zone begins a day at, and what was typed with a time, is a time.
        ("UTC", "2026-11-26T23:10:00Z", "", None),
        ("UTC", "2026-11-26T23:00:30Z", "2026-11-27", None),
        ("UTC", "2026-11-27T13:00:00Z", "2026-11-27 14:00", None),
        ("America/New_York", "2026-11-27T13:00:00Z", "fri 14:00", None),
        ("UTC", "2026-11-27", "", None),
        ("UTC", "9999-12-31T23:00:00Z", "9999-12-31 23:00", None),
    ],
)
def test_which_moments_were_days(
    zone: str, due: str, typed: str, day: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert day_of(due, Origin("2026-11-22T09:00:00Z", typed)) == day
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("task add 1 call --due fri", "fri"),
        ("task add 1 call --due '2026-11-27 14:00'", "2026-11-27 14:00"),
        ("log 1 hi --next call --due=+2d", "+2d"),
        ("add Ada --task call", "today"),
        ("task add 1 call --due fri -- --due sat", "fri"),
        ("import leads.csv", ""),
        ("add 'Ada --due fri", ""),
    ],
)
def test_what_the_history_says_was_typed(command: str, typed: str) -> None:
    assert typed_due(command) == typed


def test_the_first_day_and_the_first_moment() -> None:
    assert words.first_of_each(["2026-11-27T01:00:00Z", "2026-11-28", "2026-11-27", "2026-11-27T00:00:00Z"]) == [
        "2026-11-27", "2026-11-27T00:00:00Z",
    ]  # fmt: skip
