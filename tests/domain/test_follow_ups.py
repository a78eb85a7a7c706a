"""Follow-ups: how often to be in touch, whom to leave alone until when, who wrote last."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from desk import Desk

from leadcli.store import schema

LETTER = "From: Ada <ada@acme.com>\nTo: ann@example.com\nSubject: {}\nMessage-ID: <{}@acme.com>\nDate: {}\n\nHello.\n"


def receive(desk: Desk, subject: str, date: str = "Sun, 22 Nov 2026 09:00:00 +0000") -> str:
    """A letter of Ada's comes in."""
    return desk.ok("inbox", "-", stdin=LETTER.format(subject, subject, date))


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.env["LEADCLI_TODAY"] = "2026-11-22T12:00"
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    return desk


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("6w", "6w"),
        ("6 weeks", "6w"),
        ("every 3 Months", "3m"),
        ("monthly", "1m"),
        ("quarterly", "3m"),
        ("every day", "1d"),
        ("1y", "1y"),
        ("010d", "10d"),
    ],
)
def test_how_often_is_typed_in_words_or_short(ada: Desk, typed: str, stored: str) -> None:
    ada.ok("edit", "1", "--touch-every", typed)
    assert ada.json("show", "1")["touch_every"] == stored


@pytest.mark.parametrize(
    "typed", ["soon", "0w", "11y", "3651d", "-2w", "1.5m", "6 w e e k s", "²w", "999999999d", "w6"]
)
def test_what_is_no_interval_is_refused(ada: Desk, typed: str) -> None:
    ada.fails(2, "edit", "1", f"--touch-every={typed}", says="write 10d, 6w, 3m or 1y")
    assert ada.json("show", "1")["touch_every"] is None


@pytest.mark.parametrize(
    ("contact", "every", "due"),
    [
        ("2026-10-01T14:00Z", "6w", "2026-11-12T14:00:00Z"),
        ("2026-01-31T09:00Z", "1m", "2026-02-28T09:00:00Z"),
        ("2024-02-29T09:00Z", "1y", "2025-02-28T09:00:00Z"),
        ("2026-08-31T09:00Z", "3m", "2026-11-30T09:00:00Z"),
        ("2026-12-31T00:00Z", "10d", "2027-01-10T00:00:00Z"),
    ],
)
def test_the_next_touch_counts_from_the_last_contact(ada: Desk, contact: str, every: str, due: str) -> None:
    ada.env["LEADCLI_TODAY"] = "2027-01-05T12:00"
    ada.ok("log", "1", "hello", "--kind", "call", "--at", contact)
    ada.ok("edit", "1", "--touch-every", every)
    assert ada.json("show", "1")["touch_due"] == due
    ada.ok("undo")
    assert ada.json("show", "1")["touch_due"] is None


def test_whom_nobody_met_counts_from_the_day_they_were_added(ada: Desk) -> None:
    ada.ok("edit", "1", "--touch-every", "2w")
    assert ada.json("show", "1")["touch_due"] == "2026-12-06T12:00:00Z"
    for today, neglected in (("2026-12-05", ""), ("2026-12-06", "1"), ("2027-02-01", "1")):
        assert ada.ok("list", "is:neglected", "--ids", LEADCLI_TODAY=today) == neglected
    ada.ok("log", "1", "hello", "--kind", "visit", LEADCLI_TODAY="2026-12-07T09:00")
    assert ada.ok("list", "is:neglected", "--ids", LEADCLI_TODAY="2026-12-20") == ""
    ada.ok("lost", "1", "--reason", "no budget", LEADCLI_TODAY="2026-12-20")
    assert ada.ok("filter", "is:neglected", "--ids", LEADCLI_TODAY="2026-12-30") == ""


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("touch_every:6w", "2"),
        ("touch_every:1m..", "3 2"),
        ("touch_every:..2w", "1"),
        ("'touch_every>6w'", "3"),
        ("has:touch_every", "3 2 1"),
        ("no:touch_every", "4"),
        ("touch_due:..2026-12-20", "1"),
        ("is:neglected", ""),
    ],
)
def test_intervals_are_filtered_by_length(ada: Desk, query: str, ids: str) -> None:
    for name, every in (("Bob", "6w"), ("Eve", "1y"), ("Kim", "")):
        ada.ok("add", name, *(["--touch-every", every] if every else []))
    ada.ok("edit", "1", "--touch-every", "10d")
    assert ada.ok("list", query.strip("'"), "--ids").split() == ids.split()
    assert ada.ok("list", "--sort", "touch_due", "--ids", "has:touch_every").split() == ["1", "2", "3"]


def test_an_import_a_rule_and_an_export_carry_it(ada: Desk) -> None:
    ada.ok("rule", "add", "vip", "--on", "added", "--if", "tag:vip", "--set", "touch_every=6w")
    ada.file("new.csv", "name,tags,touch_every,snoozed_until\nBob,vip,,\nEve,,3 months,2026-12-24\nKim,,often,\n")
    done = ada.run("import", "new.csv")
    assert done.returncode == 4
    assert "touch_every  'often' is no interval" in done.stderr
    rows = ada.ok("export", "--fields", "name,touch_every,snoozed_until").split()
    assert rows[1:] == ["Ada,,", "Bob,6w,", "Eve,3m,2026-12-24"]
    assert ada.ok("list", "is:snoozed", "--ids") == "3"


def test_who_wrote_last(ada: Desk) -> None:
    """The last e-mail decides, until somebody speaks with somebody; notes and tasks are no contact."""

    def states() -> list[str]:
        return [state for state in ("unanswered", "awaiting") if ada.ok("filter", f"is:{state}", "--ids") == "1"]

    assert states() == []
    receive(ada, "question")
    assert states() == ["unanswered"]
    ada.ok("note", "1", "to be answered")
    ada.ok("task", "add", "1", "answer")
    assert states() == ["unanswered"]
    ada.ok("log", "1", "the answer", "--kind", "email", "--direction", "out")
    assert states() == ["awaiting"]
    receive(ada, "thanks", "Sun, 22 Nov 2026 12:30:00 +0000")
    assert states() == ["unanswered"]
    ada.ok("log", "1", "spoke", "--kind", "call")
    assert states() == []
    ada.ok("undo")
    assert states() == ["unanswered"]
    ada.ok("undo")
    assert states() == ["awaiting"]


def test_a_letter_that_came_while_a_meeting_was_planned_waits(ada: Desk) -> None:
    ada.ok("log", "1", "demo", "--kind", "meeting", "--at", "2026-12-01T10:00", LEADCLI_TODAY="2026-11-20T12:00")
    receive(ada, "before we meet")
    assert ada.ok("list", "is:unanswered", "--ids") == "1"
    ada.ok("log", "1", "let us meet earlier", "--kind", "meeting", "--at", "2026-11-30T10:00")
    assert ada.ok("list", "is:unanswered", "--ids") == ""


def test_a_file_of_before_knows_who_wrote_last(ada: Desk) -> None:
    receive(ada, "question")
    before = ada.json("show", "1")
    with closing(sqlite3.connect(ada.db)) as connection:
        connection.executescript(f"""
            DROP VIEW leads_view;
            DROP INDEX leads_unanswered_at; DROP INDEX leads_touch_at; DROP INDEX activities_customer;
            ALTER TABLE leads DROP COLUMN touch_at; ALTER TABLE leads DROP COLUMN unanswered_at;
            ALTER TABLE leads DROP COLUMN awaiting_at; ALTER TABLE leads DROP COLUMN touch_every;
            ALTER TABLE activities DROP COLUMN customer;
            DELETE FROM {schema.STEP_TABLE} WHERE name = 'last-letters';
            UPDATE settings SET value = '3-00000000' WHERE name = 'registry';""")
    assert "upgraded" in ada.run("list").stderr
    assert ada.json("show", "1") == before
    assert before["unanswered_at"] == "2026-11-22T09:00:00Z"


@pytest.fixture
def customer(ada: Desk) -> Desk:
    """Ada is a customer: account A1, contact C1."""
    ada.ok("edit", "1", "--company", "Acme", "--touch-every", "2w")
    ada.ok("convert", "1", "--yes", "--no-opportunity")
    return ada


def test_a_customer_is_kept_in_touch_with_through_all_its_records(customer: Desk) -> None:
    assert customer.json("show", "C1")["touch_every"] == "2w"
    assert customer.json("show", "A1")["touch_every"] is None
    assert customer.ok("contacts", "is:neglected", "--ids", LEADCLI_TODAY="2026-12-10") == "C1"
    customer.ok("edit", "A1", "--touch-every", "3w")
    receive(customer, "thanks")  # noted on the lead that was won
    customer.env["LEADCLI_TODAY"] = "2026-12-10T12:00"
    assert customer.json("show", "C1")["last_contact"] == "2026-11-22T09:00:00Z"
    assert customer.json("show", "A1")["touch_due"] == "2026-12-13T09:00:00Z"
    assert customer.ok("contacts", "is:unanswered", "--ids") == "C1"
    assert customer.ok("accounts", "is:unanswered", "--ids") == ""
    customer.ok("log", "C1", "called back", "--kind", "call")
    assert customer.ok("contacts", "is:unanswered or is:neglected", "--ids") == ""
    customer.ok("task", "add", "C1", "birthday card", "--due", "2026-12-09")
    assert customer.ok("contacts", "is:overdue", "--ids") == "C1"
    assert customer.ok("contacts", "due:2026-12-09", "--fields", "id,due") == "C1\t2026-12-09"
    assert customer.ok("accounts", "has:due or is:overdue", "--ids") == ""


def test_rules_of_time_know_them(ada: Desk) -> None:
    """Each time once: a rule acts again when the next touch came round, and on nobody who is snoozed."""
    ada.ok("rule", "add", "touch", "--on", "neglected", "--task", "say hello", "--due", "today")
    ada.ok("rule", "add", "answer", "--on", "unanswered", "--tag", "to-answer")
    ada.ok("edit", "1", "--touch-every", "2w", "--snoozed-until", "2026-12-10")
    for day, tasks in (("2026-12-08", 0), ("2026-12-10", 1), ("2026-12-11", 1)):
        ada.ok("rule", "run", LEADCLI_TODAY=f"{day}T12:00")
        assert int(ada.ok("task", "--count")) == tasks, day
    ada.ok("log", "1", "hello", "--kind", "call", LEADCLI_TODAY="2026-12-12T12:00")
    ada.ok("rule", "run", LEADCLI_TODAY="2026-12-20T12:00")
    assert ada.ok("task", "--count") == "1"
    ada.ok("rule", "run", LEADCLI_TODAY="2026-12-27T12:00")
    assert ada.ok("task", "--count") == "2"
    ada.env["LEADCLI_TODAY"] = "2026-12-28T12:00"
    receive(ada, "question", "Mon, 28 Dec 2026 09:00:00 +0000")
    assert "answer on 1 lead" in ada.run("rule", "run").stderr
    assert ada.ok("list", "tag:to-answer", "--ids") == "1"


@pytest.mark.parametrize(
    ("typed", "until", "sentence"),
    [
        ("fri", "2026-11-27", "Snoozed lead 1 until fri 27 Nov."),
        ("2w", "2026-12-06", "Snoozed lead 1 until sun 6 Dec."),
        ("2026-12-24", "2026-12-24", "Snoozed lead 1 until thu 24 Dec."),
        ("tomorrow 14:00", "2026-11-23T14:00:00Z", "Snoozed lead 1 until tomorrow 14:00."),
        ("+2h", "2026-11-22T14:00:00Z", "Snoozed lead 1 until today 14:00."),
    ],
)
def test_a_lead_is_snoozed_until_a_day_or_a_moment(ada: Desk, typed: str, until: str, sentence: str) -> None:
    done = ada.run("snooze", "1", typed)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (0, "1\n", sentence)
    assert ada.json("show", "1")["snoozed_until"] == until
    assert ada.ok("list", "is:snoozed", "--ids") == "1"
    assert ada.ok("list", "is:snoozed", "--ids", LEADCLI_TODAY="2026-12-24T00:00") == ""
    assert ada.run("snooze", "1", "off").stderr.strip() == "Woke lead 1."
    assert ada.ok("list", "is:snoozed", "--ids") == ""
    ada.ok("undo")
    assert ada.ok("list", "is:snoozed", "--ids") == "1"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["1"], 2, "whom, and until when"),
        (["1", "yesterday"], 2, "is not ahead of now"),
        (["1", "today"], 2, "not ahead"),
        (["1", "sometimes"], 2, "sometimes"),
        (["1", "03/04/2027"], 2, "03/04/2027"),
        (["9", "fri"], 3, "no lead 9"),
        (["O1", "fri"], 2, "opportunity"),
        (["is:open", "fri"], 2, "--yes"),
    ],
)
def test_a_snooze_that_cannot_be(ada: Desk, words: list[str], code: int, says: str) -> None:
    ada.ok("add", "Bob")
    ada.fails(code, "snooze", *words, says=says)
    assert ada.ok("list", "is:snoozed", "--count") == "0"


def test_many_are_snoozed_in_one_operation(ada: Desk) -> None:
    ada.ok("add", "Bob")
    assert "Would snooze 2 leads" in ada.run("snooze", "is:open", "2w", "--dry-run").stderr
    assert ada.run("snooze", "is:open", "2w", "--yes").stderr == "Snoozed 2 leads until sun 6 Dec. Undo: leadcli undo\n"
    assert "Nothing changed" in ada.run("snooze", "1,2", "2w").stderr
    assert "Nothing matches" in ada.run("snooze", "name:zoe", "2w").stderr
    ada.ok("undo")
    assert ada.ok("list", "is:snoozed", "--count") == "0"


def test_mail_ends_it_for_the_lead_and_the_customer(customer: Desk) -> None:
    for id in ("1", "A1", "C1"):
        customer.ok("snooze", id, "2w")
    customer.ok("log", "1", "our own letter", "--kind", "email", "--direction", "out")
    assert customer.ok("filter", "is:snoozed", "--ids") == "1"
    receive(customer, "automatic", "Sun, 22 Nov 2026 09:00:00 +0000\nAuto-Submitted: auto-replied")
    assert customer.ok("contacts", "is:snoozed", "--ids") == "C1"
    receive(customer, "question")
    for command in ("filter", "accounts", "contacts"):
        assert customer.ok(command, "is:snoozed", "--ids") == ""
    assert "they wrote" in customer.ok("history", "C1", "--limit", "1")
    customer.ok("undo")
    assert customer.ok("accounts", "is:snoozed", "--ids") == "A1"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_who_is_snoozed_is_marked_wherever_they_are_listed(customer: Desk, width: int) -> None:
    customer.ok("add", "Bob", "--value", "4000")
    assert "until" not in customer.terminal(width, "list")
    for id in ("2", "A1", "C1"):
        customer.ok("snooze", id, "2026-12-24")
    for command in ("list", "accounts", "contacts"):
        assert "until 2026-12-24" in customer.terminal(width, command)
    assert "€4k · snoozed" in customer.terminal(width, "board")
    for id in ("2", "A1", "C1"):
        assert "snoozed until 2026-12-24" in customer.ok("show", id, "--format", "table")


def test_a_mark_is_said_in_plain_mode_and_ends_with_the_snooze(customer: Desk) -> None:
    customer.ok("snooze", "C1", "2026-12-24")
    customer.env["LEADCLI_PLAIN"] = "1"
    assert "snoozed until 2026-12-24" in customer.terminal(80, "contacts")
    customer.env["LEADCLI_TODAY"] = "2026-12-24"
    assert "snoozed" not in customer.terminal(80, "contacts") + customer.ok("show", "C1", "--format", "table")
