"""log, note, activities, task: what was said and done, and what is to be done next."""

from __future__ import annotations

import pytest
from desk import Desk


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--company", "Analytical Engines")
    desk.ok("add", "Bob Noyce")
    return desk


def test_a_call_with_its_next_step_is_one_operation(ada: Desk) -> None:
    done = ada.run("log", "1", "left voicemail", "--kind", "call", "--direction", "out", "--outcome", "no answer",
                   "--duration", "1h30m", "--next", "call back", "--due", "+2d")  # fmt: skip
    assert (done.stdout, done.stderr) == ("1\n", "Logged call on lead 1. Task T2: call back, due tue 24 Nov.\n")
    call, task = ada.json("activities")[1], ada.json("task", "list")[0]
    assert call == {
        "id": "T1",
        "lead": 1,
        "kind": "call",
        "at": call["at"],
        "text": "left voicemail",
        "actor": "ann",
        "direction": "out",
        "due": None,
    }
    assert task == {
        "id": "T2",
        "lead": 1,
        "text": "call back",
        "due": "2026-11-24",
        "owner": "ann",
        "done_at": None,
        "repeat": None,
    }
    assert ada.json("show", "1")["last_contact"] == call["at"]
    ada.ok("undo")
    assert ada.json("activities") == []
    assert ada.json("task") == []


def test_note_is_log_of_a_note_and_every_word_counts(ada: Desk) -> None:
    ada.ok("note", "1", "prefers", "e-mail")
    assert [(row["kind"], row["text"]) for row in ada.json("activities")] == [("note", "prefers e-mail")]
    assert ada.json("filter", "note:prefers")[0]["id"] == 1
    assert ada.json("filter", "prefers")[0]["id"] == 1


def test_the_text_may_be_piped(ada: Desk) -> None:
    ada.ok("log", "1", "--kind", "meeting", stdin="first line\nsecond line\n")
    assert ada.json("activities")[0]["text"] == "first line\nsecond line"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--kind", "cal", "x"], "Did you mean 'call'?"),
        (["--kind", "task", "x"], "leadcli task add"),
        (["--direction", "up", "--kind", "call", "x"], "Directions: in, out"),
        (["--direction", "in", "x"], "a note has no direction"),
        (["--duration", "soon", "x"], "write 15m"),
        (["--duration", "0m", "x"], "nothing"),
        (["--duration", "400h", "x"], "more than a week"),
        (["--at", "03/04/2026", "x"], "2026-04-03"),
        (["--due", "fri", "x"], "--next TEXT"),
        (["--next", "call", "--due", "someday", "x"], "someday"),
        ([], "nothing to log"),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_is_written(ada: Desk, words: list[str], says: str) -> None:
    ada.fails(2, "log", "1", *words, says=says)
    assert ada.json("activities") == []


@pytest.mark.parametrize(
    ("typed", "minutes"), [("15m", 15), ("1h", 60), ("1h30m", 90), ("1.5h", 90), ("90", 90), ("2 h 5 min", 125)]
)
def test_durations_are_minutes(typed: str, minutes: int) -> None:
    from leadcli.domain.work import activities

    assert activities.parse_minutes(typed) == minutes


def test_a_plan_is_in_the_future_and_no_contact_yet(ada: Desk) -> None:
    done = ada.run("log", "1", "demo", "--kind", "meeting", "--at", "2026-12-01 10:00")
    assert done.stderr == "Planned meeting on lead 1.\n"
    assert ada.json("show", "1")["last_contact"] is None
    assert ada.json("show", "1", LEADCLI_TODAY="2026-12-02")["last_contact"] == "2026-12-01T10:00:00Z"


def test_a_quoted_filter_logs_on_all_it_finds_after_a_question(ada: Desk) -> None:
    ada.fails(2, "log", "is:open", "season's greetings", says="--yes")
    assert ada.ok("log", "is:open", "season's greetings", "--yes").split() == ["2", "1"]
    ada.fails(3, "log", "99", "x", says="no lead 99")


def test_a_dry_run_writes_nothing(ada: Desk) -> None:
    for words in (["log", "1", "x"], ["task", "add", "1", "x"]):
        assert "Would" in ada.run(*words, "--dry-run").stderr
    assert ada.json("activities") == []


def test_json_of_a_log_is_the_lead(ada: Desk) -> None:
    assert [lead["name"] for lead in ada.json("log", "1", "x")] == ["Ada Lovelace"]


def test_activities_of_all_leads_newest_first(ada: Desk) -> None:
    ada.ok("log", "1", "old", "--kind", "call", "--at", "2026-11-01 09:00")
    ada.ok("log", "2", "new", "--kind", "email", "--at", "2026-11-20 09:00")
    ada.ok("note", "2", "now", LEADCLI_ME="bob")

    def texts(*words: str) -> list[str]:
        return [row["text"] for row in ada.json("activities", *words)]

    assert texts() == ["now", "new", "old"]
    assert texts("--kind", "call,email") == ["new", "old"]
    assert texts("--since", "2026-11-20", "--until", "2026-11-21") == ["new"]
    assert texts("--actor", "bob") == ["now"]
    assert texts("name:ada") == ["old"]
    assert texts("status:lost") == []
    assert texts("--limit", "1") == ["now"]
    ada.fails(2, "activities", "--kind", "cal", says="call")
    assert ada.ok("activities", "--count") == "3"
    assert "lead" in ada.ok("activities", "name:ada", "--kind", "call", "--explain")


def test_tasks_are_listed_by_due_date_and_filtered_by_task_and_lead(ada: Desk) -> None:
    ada.ok("task", "add", "1", "send quote", "--due", "fri")
    ada.ok("task", "add", "2", "call", "--due", "-3d", "--owner", "bob")
    ada.ok("status", "2", "contacted")

    def texts(*words: str) -> list[str]:
        return [row["text"] for row in ada.json("task", "list", *words)]

    assert texts() == ["call", "send quote"]
    assert texts("due:..today") == ["call"]
    assert texts("owner:bob") == ["call"]
    assert texts("owner:me") == ["send quote"]
    assert texts("text:quote") == ["send quote"]
    assert texts("status:contacted") == ["call"]
    assert texts("due:..today", "status:new") == []
    assert texts("not status:contacted") == ["send quote"]
    assert ada.ok("task", "list", "due:..today", "--count") == "1"
    assert ada.ok("task", "--ids").split() == ["T2", "T1"]
    ada.fails(2, "task", "list", "statsu:new", says="status")


def test_done_tasks_leave_the_list_and_the_next_step(ada: Desk) -> None:
    ada.ok("task", "add", "1", "send quote", "--due", "fri")
    ada.ok("task", "add", "1", "call", "--due", "mon")
    assert ada.json("show", "1")["next_task"] == "call"
    done = ada.run("task", "done", "2")
    assert (done.stdout, done.stderr) == ("1\n", "Done: T2 call (Ada Lovelace).\n")
    assert ada.json("show", "1")["next_task"] == "send quote"
    assert [row["id"] for row in ada.json("task")] == ["T1"]
    assert [row["id"] for row in ada.json("task", "list", "is:done")] == ["T2"]
    assert len(ada.json("task", "list", "--all")) == 2
    assert "done already" in ada.run("task", "done", "T2").stderr
    ada.ok("undo")
    assert ada.json("show", "1")["next_task"] == "call"
    ada.ok("task", "rm", "T1-T2")
    assert ada.json("task", "list", "--all") == []
    assert ada.json("show", "1")["due"] is None


def test_only_tasks_can_be_done(ada: Desk) -> None:
    ada.ok("note", "1", "hello")
    ada.fails(3, "task", "done", "T1", says="no task T1")
    ada.fails(3, "task", "rm", "7", says="no task T7")
    ada.fails(2, "task", "done", "quote", says="such as T8")
    ada.fails(2, "task", "done", says="which task")
    ada.fails(2, "task", "add", "1", says="needs a text")


def test_a_task_has_a_time_when_one_is_said(ada: Desk) -> None:
    done = ada.run("task", "add", "1", "call", "--due", "2026-11-27 14:00")
    assert done.stderr == "Added task T1: call, due fri 27 Nov 14:00.\n"
    assert ada.json("task")[0]["due"] == "2026-11-27T14:00:00Z"


def test_tasks_become_a_calendar(ada: Desk) -> None:
    ada.ok("task", "add", "1", "send; quote, now", "--due", "2026-11-27")
    ada.ok("task", "add", "2", "call\nBEGIN:VEVENT", "--due", "2026-11-27 14:00")
    text = ada.run("task", "list", "--format", "ics").stdout
    lines = text.splitlines()
    assert lines.count("BEGIN:VTODO") == 2
    assert "BEGIN:VEVENT" not in lines
    assert "DUE;VALUE=DATE:20261127" in lines
    assert "DUE:20261127T140000Z" in lines
    assert "SUMMARY:send\\; quote\\, now - Ada Lovelace (1)" in lines
    ada.ok("task", "list", "-o", "tasks.ics")
    assert (ada.home / "tasks.ics").read_text("utf-8").splitlines() == lines


def test_a_calendar_that_knows_no_todos_gets_events_with_an_alarm(ada: Desk) -> None:
    ada.ok("task", "add", "1", "send; quote", "--due", "2026-11-27")
    ada.ok("task", "add", "2", "call", "--due", "2026-11-27 14:00")
    lines = ada.run("task", "list", "--format", "ics", "--as", "events").stdout.splitlines()
    assert lines.count("BEGIN:VEVENT") == lines.count("BEGIN:VALARM") == 2
    assert "BEGIN:VTODO" not in lines
    whole_day = ["DTSTART;VALUE=DATE:20261127", "DTEND;VALUE=DATE:20261128", "TRIGGER:PT9H"]
    at_a_time = ["DTSTART:20261127T140000Z", "DTEND:20261127T143000Z", "TRIGGER:-PT15M"]
    assert [line for line in whole_day + at_a_time if line not in lines] == []
    ada.ok("task", "done", "T1", "T2")
    done = ada.ok("task", "list", "--all", "--format", "ics", "--as", "events")
    assert (done.count("BEGIN:VEVENT"), done.count("BEGIN:VALARM")) == (2, 0)
    ada.fails(2, "task", "list", "--as", "events", says="--as makes a calendar")
    ada.fails(2, "task", "list", "--format", "ics", "--as", "event", says="did you mean 'events'")


@pytest.mark.parametrize(
    ("words", "item"), [((), "VTODO"), (("--as", "todos"), "VTODO"), (("--as", "events"), "VEVENT")]
)
def test_a_calendar_folder_has_a_file_for_each_task_that_is_open(words: tuple[str, ...], item: str, ada: Desk) -> None:
    for number, due in ((1, "2026-11-27"), (2, "2026-11-27 14:00"), (3, "2026-11-28")):
        ada.ok("task", "add", "1", f"step {number}", "--due", due)
    write = ("task", "list", "--format", "ics", *words, "-o", "plans/leads/")
    assert ada.run(*write).both == "T1\nT2\nT3\nplans/leads/ holds 3 tasks.\n"
    folder = ada.home / "plans/leads"
    files = sorted(folder.glob("leadcli-task-*.ics"))
    texts = [file.read_bytes().decode() for file in files]
    assert [text.count(f"BEGIN:{item}\r\n") for text in texts] == [1, 1, 1]
    ada.file("plans/leads/birthday.ics", "mine")
    ada.ok("task", "done", "T2")
    before = {file: file.stat().st_ino for file in files}
    assert ada.run(*write).stderr == "plans/leads/ holds 2 tasks, removed 1 that is no longer listed.\n"
    assert {file: file.stat().st_ino for file in sorted(folder.glob("leadcli-*"))} == {
        file: before[file] for file in (files[0], files[2])
    }
    assert (folder / "birthday.ics").read_text() == "mine"
    (folder / "leadcli-task-9.ics").mkdir()
    ada.fails(1, *write, says="leadcli-task-9.ics cannot be removed")
    (folder / "leadcli-task-9.ics").rmdir()
    assert ada.run("task", "list", "--format", "ics", "-o", str(folder)).returncode == 0  # a folder that is there


def test_a_customer_has_a_timeline_of_its_own(ada: Desk) -> None:
    ada.ok("convert", "1", "--yes")
    assert ada.ok("log", "C1", "met", "--kind", "visit", "--next", "send card") == "C1"
    assert ada.json("task")[0]["lead"] == "C1"
    assert "met" in ada.ok("show", "A1")


@pytest.mark.parametrize("spelling", ["+442079460000", "+44 20 7946 0000", "020 7946 0000", "0044 20 7946 0000"])
def test_a_caller_is_found_by_any_spelling_of_the_number(desk: Desk, spelling: str) -> None:
    desk.ok("add", "Ada", "--phone", "020 7946 0000", "--country", "GB")
    desk.ok("add", "Old Ada", "--phone", "+44 20 7946 0000", "--force")
    desk.ok("lost", "2", "--reason", "duplicate")
    found = desk.json("list", f"phone:{spelling}", LEADCLI_PHONE_REGION="GB")
    assert {lead["name"] for lead in found} == {"Ada", "Old Ada"}
    assert desk.json("show", "+442079460000")["name"] == "Ada"


def test_what_is_due_on_a_day_is_written_as_that_day_and_a_time_as_a_moment(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("task", "add", "1", "some time that day", "--due", "2026-11-27")
    assert [each["due"] for each in desk.json("task", "list")] == ["2026-11-27"]
    assert desk.ok("list", "--fields", "due") == desk.json("list", "--fields", "due")[0]["due"] == "2026-11-27"
    desk.ok("task", "add", "1", "at nine", "--due", "2026-11-26 09:30")
    due = desk.json("task", "list")[0]["due"]
    assert due.startswith("2026-11-2")
    assert due.endswith(":30:00Z")
    for zone in ("Asia/Tokyo", "America/Los_Angeles"):
        there = desk.process("task", "add", "1", zone, "--due", "2026-12-24", TZ=zone)
        assert there.returncode == 0
        listed = desk.process("task", "list", "text:" + zone, "--fields", "due", TZ=zone)
        assert listed.stdout == "2026-12-24\n"


def test_who_wrote_to_whom_and_when_a_task_is_due(ada: Desk) -> None:
    ada.ok("log", "1", "asked", "--kind", "email", "--direction", "in", "--at", "2026-11-20 09:00")
    ada.ok("log", "1", "answered", "--kind", "email", "--direction", "out", "--at", "2026-11-21 09:00")
    ada.ok("note", "1", "nice", "--at", "2026-11-19")
    ada.ok("task", "add", "1", "call", "--due", "2026-11-20 12:00")
    ada.ok("task", "add", "1", "send", "--due", "2026-12-20")
    ada.ok("task", "add", "-", "tidy", "--due", "2026-11-18")
    rows = ada.json("activities")
    assert [row["text"] for row in rows] == ["send", "answered", "call", "asked", "nice", "tidy"]
    assert [row["text"] for row in ada.json("activities", "--limit", "3")] == ["send", "answered", "call"]
    assert [(row["direction"], row["due"]) for row in rows[:4]] == [
        (None, "2026-12-20"), ("out", None), (None, "2026-11-20T12:00:00Z"), ("in", None),
    ]  # fmt: skip
    drawn = ada.ok("activities", "--format", "table")
    assert "ann to Ada Lovelace" in drawn
    assert "Ada Lovelace to ann" in drawn
    assert "2026-11-20 12:00" in drawn
    assert len(ada.ok("activities").splitlines()[0].split("\t")) == 6  # scripts cut these


def test_what_was_logged_is_corrected(ada: Desk) -> None:
    ada.ok(
        "log",
        "1",
        "left voicmail",
        "--kind",
        "call",
        "--direction",
        "out",
        "--outcome",
        "no answer",
        "--duration",
        "5m",
    )
    ada.ok("task", "add", "1", "call", "--due", "fri")
    before = ada.json("activities")
    done = ada.run(
        "activities", "edit", "T1", "--text", "left voicemail", "--at", "2026-11-20 09:00", "--outcome", "none"
    )
    assert (done.stdout, done.stderr) == ("1\n", "Corrected call T1. Undo: leadcli undo\n")
    assert ada.json("show", "1")["last_contact"] == "2026-11-20T09:00:00Z"
    assert ada.json("list", "voicemail")[0]["id"] == 1
    assert ada.json("list", "voicmail") == []
    ada.ok("undo")
    assert ada.json("activities") == before
    ada.ok("activities", "edit", "1", "--kind", "note")  # which has no direction
    assert ada.json("activities")[1]["direction"] is None
    assert ada.json("show", "1")["last_contact"] is None
    ada.ok("activities", "rm", "T1")
    assert [row["kind"] for row in ada.json("activities")] == ["task"]
    ada.ok("undo")
    assert len(ada.json("activities")) == 2


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        (2, ["edit", "T1"], "what should change"), (2, ["edit", "hello", "--kind", "call"], "not an activity"),
        (2, ["edit"], "which activity"), (3, ["edit", "T2", "--kind", "call"], "no activity T2"),
        (3, ["rm", "T9"], "no activity T9"), (2, ["edit", "T1", "--kind", "task"], "kind"),
        (2, ["edit", "T1", "--direction", "in"], "a note has no direction"),
        (2, ["edit", "T1", "--at", "never"], "never"),
        (2, ["edit", "T1", "--kind", "call", "--direction", "up"], "direction"),
        (2, ["edit", "T1", "--duration", "x"], "15m"),
    ],
)  # fmt: skip
def test_a_correction_that_means_nothing_is_refused(ada: Desk, code: int, words: list[str], says: str) -> None:
    ada.ok("note", "1", "hello")
    ada.ok("task", "add", "1", "call", "--due", "fri")
    before = ada.json("history")
    ada.fails(code, "activities", *words, says=says)
    assert ada.json("history") == before
