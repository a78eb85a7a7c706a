"""Tasks are moved, changed, opened again, of no lead, and repeat."""

from __future__ import annotations

import time
from itertools import takewhile

import pytest
from desk import Desk

from leadcli.text.dates import recurrence

SUNDAY = "2026-11-22"


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """T1 is three days late, T2 is due today at two o'clock, T3 next Friday."""
    desk.ok("add", "Ada Lovelace")
    desk.ok("add", "Linus T.")
    desk.ok("task", "add", "1", "call", "--due", "-3d")
    desk.ok("task", "add", "2", "meet", "--due", "today 14:00", "--owner", "bob")
    desk.ok("task", "add", "1", "send quote", "--due", "fri")
    return desk


def dues(desk: Desk, *words: str) -> dict[str, str]:
    return {row["id"]: row["due"] for row in desk.json("task", "list", *words)}


@pytest.mark.parametrize(
    ("words", "says", "after"),
    [
        (["move", "T3", "+1d"], "Changed T3 send quote (Ada Lovelace): due fri 27 Nov -> tomorrow.",
         {"T3": "2026-11-23"}),
        (["move", "3", "fri 9:30"], "due fri 27 Nov -> fri 27 Nov 09:30", {"T3": "2026-11-27T09:30:00Z"}),
        (["move", "due:..today", "tomorrow", "--yes"], "Changed 2 tasks: due -> tomorrow. Undo: leadcli undo",
         {"T1": "2026-11-23", "T2": "2026-11-23"}),
        (["move", "owner:bob", "mon"], "T2 meet (Linus T.): due today 14:00 -> tomorrow.", {"T2": "2026-11-23"}),
        (["edit", "T1-T2", "--due", "2026-12-01"], "Changed 2 tasks", {"T1": "2026-12-01", "T2": "2026-12-01"}),
        (["edit", "name:linus", "--due", "2026-12-01"], "Changed T2", {"T2": "2026-12-01"}),
    ],
)  # fmt: skip
def test_tasks_move_in_one_operation(busy: Desk, words: list[str], says: str, after: dict[str, str]) -> None:
    before, operations = dues(busy), len(busy.json("history"))
    assert says in busy.run("task", *words).stderr
    assert dues(busy) == before | after
    assert len(busy.json("history")) == operations + 1
    busy.ok("undo")
    assert dues(busy) == before
    busy.ok("redo")
    assert dues(busy) == before | after


def test_a_task_gets_another_text_owner_and_repeat(busy: Desk) -> None:
    said = busy.run(
        "task", "edit", "T3", "--text", "send the offer", "--owner", "eva", "--repeat", "every  2 Weeks"
    ).stderr
    assert said == (
        "Changed T3 send quote (Ada Lovelace): text send quote -> send the offer, owner ann -> eva, "
        "repeat - -> every 2 weeks.\n"
    )
    task = busy.json("task", "list", "T3")[0]
    assert (task["text"], task["owner"], task["repeat"]) == ("send the offer", "eva", "every 2 weeks")
    assert busy.json("list", "next_task:offer") == []
    assert busy.json("list", "offer")[0]["id"] == 1  # it is found by its new text
    busy.ok("task", "edit", "T3", "--owner", "none", "--repeat", "none")
    task = busy.json("task", "list", "T3")[0]
    assert (task["owner"], task["repeat"]) == (None, None)
    assert "as asked already" in busy.run("task", "edit", "T3", "--repeat", "none").stderr


def test_a_done_task_is_opened_again(busy: Desk) -> None:
    busy.ok("task", "done", "due:..today", "--yes")
    assert set(dues(busy)) == {"T3"}
    assert "Open again: T1 call (Ada Lovelace)." in busy.run("task", "reopen", "T1").stderr
    assert set(dues(busy)) == {"T1", "T3"}
    assert busy.json("show", "1")["next_task"] == "call"
    assert "open already" in busy.run("task", "reopen", "T1").stderr
    busy.ok("task", "reopen", "done:today")
    assert set(dues(busy)) == {"T1", "T2", "T3"}


def test_a_filter_asks_before_several_tasks_change(busy: Desk) -> None:
    for words in (
        ["move", "due:..today", "fri"],
        ["done", "is:open"],
        ["edit", "is:any", "--owner", "eva"],
        ["rm", "is:any"],
    ):
        busy.fails(2, "task", *words, says=("tasks", "--yes"))
    before = busy.json("task", "--all")
    busy.ok("task", "move", "is:open", "fri", "--dry-run")
    assert busy.json("task", "--all") == before
    assert "No task matches" in busy.run("task", "move", "owner:nobody", "fri", "--yes").stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["move", "T1"], "which task, and to when"), (["move"], "to when"), (["move", "T1", "someday"], "someday"),
        (["edit", "T1"], "what should change"), (["edit", "T1", "--text", " "], "needs a text"),
        (["edit", "quote", "--due", "fri"], "not a task"), (["edit", "statsu:new", "--due", "fri"], "statsu"),
        (["edit", "call ada", "--due", "fri"], "task"), (["add", "1", "x", "--repeat", "weekly"], "needs a date"),
        (["edit", "T1", "--repeat", "FREQ=DAILY;UNTIL=20261101"], "ends before"),
    ],
)  # fmt: skip
def test_what_is_no_change_is_refused(busy: Desk, words: list[str], says: str) -> None:
    before = busy.json("history")
    busy.fails(2, "task", *words, says=says)
    assert busy.json("history") == before


def test_a_task_of_no_lead(desk: Desk) -> None:
    done = desk.run("task", "add", "-", "VAT return", "--due", "2026-12-31")
    assert (done.stdout, done.stderr) == ("T1\n", "Added task T1: VAT return, due thu 31 Dec, of no lead.\n")
    assert desk.json("task")[0]["lead"] is None
    assert desk.ok("task") == "T1\t\tVAT return\t2026-12-31\tann"
    assert desk.ok("task", "--fields", "id,repeat") == "T1"
    assert desk.json("activities", "--kind", "task")[0]["lead"] is None
    assert "SUMMARY:VAT return\n" in desk.ok("task", "--format", "ics").replace("\r", "")
    assert desk.json("task", "move", "T1", "2027-01-08")[0]["due"] == "2027-01-08"
    assert desk.ok("task", "done", "T1") == "T1"
    desk.ok("undo")
    desk.ok("undo")
    assert dues(desk) == {"T1": "2026-12-31"}
    assert "orphans" not in [finding["check"] for finding in desk.json("doctor")["findings"]]
    desk.ok("task", "rm", "T1")
    assert dues(desk) == {}
    desk.ok("undo")
    assert dues(desk) == {"T1": "2026-12-31"}


def test_ids_that_are_piped_in_get_the_task(busy: Desk) -> None:
    busy.ok("task", "add", "-", "call", "--due", "fri", stdin="1\n2\n")
    assert [row["lead"] for row in busy.json("task", "list", "text:call", "due:fri")] == [1, 2]
    busy.fails(2, "task", "add", "-", "call", stdin="hello\n", says="no id")


def test_a_time_of_day_is_shown_wherever_a_due_date_is(busy: Desk) -> None:
    assert "today 14:00" in busy.ok("task", "list", "--format", "md")
    assert "today 14:00" in busy.ok("list", "--fields", "name,due", "--format", "md")
    assert "2026-11-22T14:00:00Z" in busy.ok("task")
    assert dues(busy)["T2"] == "2026-11-22T14:00:00Z"


# Repeats


@pytest.mark.parametrize(
    ("repeat", "due", "following"),
    [
        ("daily", "2026-11-27", "2026-11-28 2026-11-29"),
        ("weekly", "2026-11-27", "2026-12-04 2026-12-11"),
        ("every 2 weeks", "2026-11-27", "2026-12-11 2026-12-25"),
        ("every other month", "2026-12-15", "2027-02-15 2027-04-15"),
        ("every 3 months", "2026-11-30", "2027-02-28 2027-05-31 2027-08-31"),
        ("quarterly", "2026-12-31", "2027-03-31 2027-06-30"),
        ("yearly", "2026-11-27", "2027-11-27"),
        ("every fri", "2026-11-25", "2026-11-27 2026-12-04"),
        ("Every Monday and Thursday", "2026-11-23", "2026-11-26 2026-11-30"),
        ("every weekday", "2026-11-27", "2026-11-30 2026-12-01"),
        ("every 2 weeks on fri", "2026-11-27", "2026-12-11"),
        ("every last friday", "2026-11-27", "2026-12-25 2027-01-29"),
        ("every 2nd tue", "2026-12-08", "2027-01-12 2027-02-09"),
        ("every 15th", "2026-12-15", "2027-01-15"),
        # The end of a month stays the end of a month, a 30th comes back after February.
        ("monthly", "2027-01-31", "2027-02-28 2027-03-31 2027-04-30 2027-05-31"),
        ("monthly", "2027-01-30", "2027-02-28 2027-03-30 2027-04-30"),
        ("every 31st", "2026-12-31", "2027-01-31 2027-02-28 2027-03-31"),
        ("yearly", "2028-02-29", "2029-02-28 2030-02-28 2031-02-28 2032-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-12-31", "2027-01-31 2027-03-31"),
        ("rrule:freq=monthly;byday=-1fr", "2026-11-27", "2026-12-25 2027-01-29"),
        ("FREQ=DAILY;COUNT=3", "2026-11-27", "2026-11-28 2026-11-29 -"),
        ("FREQ=WEEKLY;UNTIL=20261211", "2026-11-27", "2026-12-04 2026-12-11 -"),
        ("FREQ=WEEKLY;UNTIL=20261211T120000Z", "2026-12-04T14:00:00Z", "-"),
        ("FREQ=WEEKLY;UNTIL=20261211", "2026-12-04T14:00:00Z", "2026-12-11T14:00:00Z -"),
    ],
)  # fmt: skip
def test_a_series(desk: Desk, repeat: str, due: str, following: str) -> None:
    desk.ok("add", "Ada")
    desk.ok("task", "add", "1", "call", "--due", due, "--repeat", repeat)
    for expected in following.split():
        desk.ok("task", "done", "is:open")
        assert [row["due"] for row in desk.json("task")] == list(takewhile(lambda each: each != "-", [expected]))


def test_a_series_is_done_and_taken_back(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("log", "1", "hello", "--kind", "call", "--next", "call", "--due", "fri", "--repeat", "weekly")
    before = desk.json("task", "--all")
    done = desk.run("task", "done", "T2")
    assert done.stderr == "Done: T2 call (Ada). Next: T3, due fri 4 Dec.\n"
    after = desk.json("task", "--all")
    assert [(row["id"], row["repeat"]) for row in after] == [("T2", None), ("T3", "weekly")]
    desk.ok("undo")
    assert desk.json("task", "--all") == before
    desk.ok("redo")
    assert desk.json("task", "--all") == after
    desk.ok("task", "reopen", "T2")  # which is no second series
    assert desk.run("task", "done", "T2").stderr == "Done: T2 call (Ada).\n"
    assert [row["id"] for row in desk.json("task")] == ["T3"]


def test_dates_that_have_passed_are_left_out_and_said(desk: Desk) -> None:
    desk.ok("task", "add", "-", "report", "--due", "2026-10-30", "--repeat", "every fri")
    assert "Next: T2, due fri 27 Nov (3 dates have passed)." in desk.run("task", "done", "T1").stderr
    desk.ok("task", "add", "-", "till", "--due", "2026-11-01", "--repeat", "FREQ=WEEKLY;COUNT=3")
    assert "the last of its series" in desk.run("task", "done", "T3").stderr


@pytest.mark.parametrize(
    ("repeat", "due"),
    [("weekly after done", "2026-11-29"), ("every fri after done", "2026-11-27"), ("monthly after done", "2026-12-22"),
     ("FREQ=DAILY;INTERVAL=10 after done", "2026-12-02")],
)  # fmt: skip
def test_after_done_counts_from_the_day_of_doing(desk: Desk, repeat: str, due: str) -> None:
    desk.ok("task", "add", "-", "tidy up", "--due", "2026-10-07 08:00", "--repeat", repeat)
    desk.ok("task", "done", "T1")
    assert dues(desk) == {"T2": f"{due}T08:00:00Z"}


def test_a_moved_task_goes_on_from_its_new_date(desk: Desk) -> None:
    desk.ok("task", "add", "-", "rent", "--due", "2027-01-31", "--repeat", "monthly")
    desk.ok("task", "done", "T1")
    assert dues(desk) == {"T2": "2027-02-28"}
    desk.ok("task", "move", "T2", "2027-03-05")
    desk.ok("task", "done", "T2")
    assert dues(desk) == {"T3": "2027-04-05"}


def test_a_clock_change_moves_no_appointment(desk: Desk) -> None:
    """02:30 does not exist in Berlin on 28 March 2027, and comes twice on 31 October."""
    desk.env["TZ"] = "Europe/Berlin"
    desk.ok("task", "add", "-", "backup", "--due", "2027-03-27 02:30", "--repeat", "daily")
    seen = []
    for id in ("T1", "T2", "T3"):
        desk.ok("task", "done", id)
        seen += dues(desk).values()
    assert seen == ["2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"]
    desk.ok("task", "edit", "T4", "--due", "2027-10-30 09:00", "--repeat", "daily")
    desk.ok("task", "done", "T4")
    assert dues(desk) == {"T5": "2027-10-31T08:00:00Z"}


@pytest.mark.parametrize(
    ("repeat", "says"),
    [
        ("sometimes", "no repeat"), ("every", "no repeat"), ("every blue moon", "no repeat"),
        ("after done", "no repeat"),
        ("every 0 days", "INTERVAL=0"), ("every 9999 weeks", "INTERVAL=9999"), ("every 32nd", "no month has"),
        ("FREQ=HOURLY", "by days"), ("COUNT=3", "FREQ"), ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"), ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"), ("FREQ=DAILY;COUNT=2;UNTIL=20261231", "COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=20261331", "UNTIL"), ("FREQ=DAILY;UNTIL=soon", "UNTIL"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"), ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"), ("FREQ=YEARLY;BYYEARDAY=400", "BYYEARDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"), ("FREQ=MONTHLY;BYDAY=9FR", "BYDAY"), ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"), ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY"),
        ("FREQ=DAILY;WKST=XX", "WKST"),
        ("FREQ=DAILY;X-FOO=1", "X-FOO"), ("FREQ=DAILY;FREQ=DAILY", "twice"), ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes"), ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never comes"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=10", "never comes"), ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "never comes"),
        ("FREQ=YEARLY;INTERVAL=999", "never comes"), ("x" * 10_000, "no repeat"),
    ],
)  # fmt: skip
def test_a_repeat_that_is_none_is_refused_at_once(desk: Desk, repeat: str, says: str) -> None:
    began = time.monotonic()
    desk.fails(2, "task", "add", "-", "x", "--due", "2026-11-27", "--repeat", repeat, says=says)
    assert time.monotonic() - began < 5
    assert not desk.db.exists() or desk.json("task") == []


def test_a_series_ends_with_the_calendar(desk: Desk) -> None:
    desk.ok("task", "add", "-", "x", "--due", "9999-12-31", "--repeat", "daily")
    assert "the last of its series" in desk.run("task", "done", "T1").stderr


@pytest.mark.parametrize(
    ("repeat", "due", "rule"),
    [
        ("every 2 weeks", "2026-11-27", "FREQ=WEEKLY;INTERVAL=2"),
        ("monthly", "2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("monthly", "2027-01-30", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"),
        ("FREQ=DAILY;UNTIL=20261231", "2026-11-27T14:00:00Z", "FREQ=DAILY;UNTIL=20261231T235959Z"),
        ("FREQ=DAILY;UNTIL=20261231T120000Z", "2026-11-27", "FREQ=DAILY;UNTIL=20261231"),
        ("FREQ=DAILY;COUNT=3", "2026-11-27", "FREQ=DAILY;COUNT=3"),
    ],
)  # fmt: skip
def test_a_calendar_gets_the_rule(desk: Desk, repeat: str, due: str, rule: str) -> None:
    desk.ok("task", "add", "-", "x", "--due", due, "--repeat", repeat)
    lines = desk.run("task", "--format", "ics").stdout.replace("\r", "").splitlines()
    assert f"RRULE:{rule}" in lines
    start = next(line for line in lines if line.startswith("DTSTART"))
    assert start.replace("DTSTART", "DUE") in lines


def test_a_stored_repeat_can_be_typed_again() -> None:
    for text in ("every 2 weeks", "FREQ=DAILY;COUNT=3", "monthly after done", "FREQ=WEEKLY;BYDAY=MO,FR after done"):
        assert recurrence.parse_repeat(recurrence.parse_repeat(text).text) == recurrence.parse_repeat(text)


@pytest.mark.parametrize(
    ("words", "ids"),
    [(["repeat:weekly"], ["T1"]), (["has:repeat"], ["T1", "T2"]), (["no:repeat"], ["T3"]), (["repeat:done"], ["T2"]),
     (["text:quote"], ["T3"]), (["owner:bob"], ["T2"]), (["has:email"], [])],
)  # fmt: skip
def test_tasks_are_filtered_by_what_they_have(desk: Desk, words: list[str], ids: list[str]) -> None:
    desk.ok("add", "Ada")
    desk.ok("task", "add", "1", "call", "--due", "mon", "--repeat", "weekly")
    desk.ok("task", "add", "1", "tidy", "--due", "tue", "--repeat", "monthly after done", "--owner", "bob")
    desk.ok("task", "add", "1", "send quote", "--due", "wed")
    assert [row["id"] for row in desk.json("task", "list", *words)] == ids
