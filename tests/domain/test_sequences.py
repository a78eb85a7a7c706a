"""Sequences: steps are taken once and on their day, and end when the lead answers."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from desk import Desk
from postoffice import configure, read

STEPS = ("--step", "mail hello", "--step", "+3d task call them", "--step", "+4d mail again")


@pytest.fixture
def started(desk: Desk) -> Desk:
    """Ada and Bob on a sequence of a letter, a task and a letter; mail leaves into a folder."""
    configure(desk, command=f"sh {desk.file('sendmail.sh', 'mkdir -p out; cat > out/$$.eml')}")
    for name in ("Ada", "Bob"):
        desk.ok("add", name, "--email", f"{name.lower()}@acme.com", "--owner", name)
    for template in ("hello", "again"):
        desk.ok(
            "template", "add", template, "--subject", f"{template} {{{{ name }}}}", "--body", "-", stdin="Dear you,\n"
        )
    desk.ok("sequence", "add", "intro", *STEPS)
    desk.ok("sequence", "start", "intro", "1", "2")
    return desk


def taken(desk: Desk) -> Counter[str]:
    """The subjects of what left."""
    return Counter(read(path.read_bytes())["Subject"] for path in (desk.home / "out").glob("*.eml"))


def on(desk: Desk, day: str) -> None:
    """Let cron come on this day."""
    desk.ok("rule", "run", LEADCLI_TODAY=day)


def due(desk: Desk) -> list[tuple[str, int, str, str]]:
    return [(row["due"], row["lead"], row["does"], row["state"]) for row in desk.json("sequence", "due")]


def states(desk: Desk) -> dict[str, int]:
    row = desk.json("sequence", "list")[0]
    return {state: row[state] for state in ("running", "paused", "stopped", "done")}


def test_each_step_is_taken_on_its_day_and_once(started: Desk) -> None:
    assert due(started) == [("2026-11-22", 1, "mail hello", "running"), ("2026-11-22", 2, "mail hello", "running")]
    on(started, "2026-11-22")
    on(started, "2026-11-22")
    assert taken(started) == Counter(["hello Ada", "hello Bob"])
    assert [each["text"] for each in started.json("activities", "1")] == ["hello Ada\n\nDear you,"]
    on(started, "2026-11-24")
    assert started.json("task", "list") == []
    on(started, "2026-11-25")
    tasks = started.json("task", "list", LEADCLI_TODAY="2026-11-25")
    assert [(each["lead"], each["text"], each["owner"], each["due"]) for each in tasks] == [
        (1, "call them", "Ada", "2026-11-25"), (2, "call them", "Bob", "2026-11-25")]  # fmt: skip
    on(started, "2026-12-05")  # late: the days count from when the step before was taken
    assert taken(started) == Counter(["hello Ada", "hello Bob", "again Ada", "again Bob"])
    assert states(started) == {"running": 0, "paused": 0, "stopped": 0, "done": 2}
    assert "nothing to do" in started.run("rule", "run", LEADCLI_TODAY="2026-12-06").stderr.casefold()


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (["log", "1", "they called", "--kind", "call", "--direction", "in"], "they replied"),
        (["edit", "1", "--do-not-contact"], "do not contact"),
        (["lost", "1", "--reason", "Too expensive"], "closed: Lost"),
        (["edit", "is:open", "--status", "Lost", "--lost-reason", "Too expensive", "--yes"], "closed: Lost"),
    ],
)
def test_what_ends_a_sequence_says_so_on_the_timeline(started: Desk, deed: list[str], reason: str) -> None:
    on(started, "2026-11-22")
    started.ok(*deed, LEADCLI_TODAY="2026-11-23")
    assert (1, "stops") not in [(lead, state) for _, lead, _, state in due(started)]
    notes = [each["text"] for each in started.json("activities", "1") if each["kind"] == "note"]
    assert notes == [f"Sequence intro stopped at step 2 of 3: {reason}."]
    on(started, "2026-12-30")
    assert "again Ada" not in taken(started)
    started.ok("undo", "--dry-run")


def test_a_reply_by_mail_ends_it_and_undo_lets_it_go_on(started: Desk) -> None:
    on(started, "2026-11-22")
    letter = "From: Ada <ada@acme.com>\nTo: ann@example.com\nSubject: Re: hello\nMessage-ID: <a@b>\n\nYes please\n"
    started.ok("inbox", "-", stdin=letter, LEADCLI_TODAY="2026-11-23")
    assert states(started)["stopped"] == 1
    started.ok("undo")
    assert states(started) == {"running": 2, "paused": 0, "stopped": 0, "done": 0}


def test_a_letter_that_comes_back_ends_it(started: Desk) -> None:
    on(started, "2026-11-22")
    report = (
        "From: MAILER-DAEMON@example.com\nTo: ann@example.com\nSubject: Undelivered\nMessage-ID: <c@d>\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
        "--x\nContent-Type: text/plain\n\nNobody there.\n--x\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; example.com\n\nFinal-Recipient: rfc822; ada@acme.com\nAction: failed\nStatus: 5.1.1\n"
        "--x--\n"
    )
    started.ok("inbox", "-", stdin=report, LEADCLI_TODAY="2026-11-23")
    assert states(started)["stopped"] == 1


def test_stop_on_decides_about_a_move_and_a_reply(started: Desk) -> None:
    started.ok("sequence", "edit", "intro", "--stop-on", "status")
    on(started, "2026-11-22")
    started.ok("log", "1", "they called", "--kind", "call", "--direction", "in", LEADCLI_TODAY="2026-11-23")
    assert states(started)["stopped"] == 0
    started.ok("status", "1", "Contacted", LEADCLI_TODAY="2026-11-23")
    assert states(started)["stopped"] == 1


def test_paused_leads_wait_and_go_on(started: Desk) -> None:
    started.ok("sequence", "pause", "intro", "1")
    on(started, "2026-11-22")
    assert taken(started) == Counter(["hello Bob"])
    assert (due(started)[0][3], started.json("sequence", "due")[0]["reason"]) == ("paused", "by hand")
    started.ok("sequence", "resume", "intro", "1", LEADCLI_TODAY="2026-11-24")
    on(started, "2026-11-24")
    assert taken(started)["hello Ada"] == 1
    started.ok("sequence", "stop", "intro", "is:open", "--yes")
    assert states(started) == {"running": 0, "paused": 0, "stopped": 2, "done": 0}
    assert "nothing was changed" in started.run("sequence", "resume", "intro", "1").stderr


def test_who_must_not_or_cannot_get_it_is_left_out_and_named(started: Desk) -> None:
    started.ok("add", "Cy")
    started.ok("add", "Di", "--email", "di@acme.com", "--do-not-contact")
    result = started.run("sequence", "start", "intro", "1", "3", "4")
    assert result.returncode == 4
    for words in ("in intro already: 1 Ada", "no e-mail: 3 Cy", "do not contact: 4 Di"):
        assert words in result.stderr
    started.fails(2, "sequence", "start", "intro", "is:open", says="this would start intro on 4 leads")
    rows = started.json("sequence", "start", "intro", "4", "--dry-run")
    assert rows == []


def test_a_dry_run_says_who_gets_what_and_sends_nothing(started: Desk) -> None:
    started.ok("sequence", "stop", "intro", "1")
    rows = started.json("sequence", "start", "intro", "1", "--dry-run")
    assert [(row["due"], row["does"]) for row in rows] == [
        ("2026-11-22", "mail hello"), ("2026-11-25", "task call them"), ("2026-11-29", "mail again")]  # fmt: skip
    result = started.run("rule", "run", "--dry-run")
    assert "lead 2 (Bob): hello Bob to bob@acme.com" in result.stderr
    assert "Would run intro: 1 letter." in result.stderr
    assert not taken(started)


def test_undo_takes_back_what_was_not_sent(started: Desk) -> None:
    on(started, "2026-11-22")
    started.ok("undo")  # the letters' timeline
    on(started, "2026-11-22")
    assert taken(started) == Counter(["hello Ada", "hello Bob"])
    on(started, "2026-11-25")
    assert len(started.json("task", "list", LEADCLI_TODAY="2026-11-25")) == 2
    started.ok("undo")
    assert started.json("task", "list", LEADCLI_TODAY="2026-11-25") == []
    assert due(started)[0] == ("2026-11-25", 1, "task call them", "running")


def test_a_template_that_is_gone_pauses_it_and_doctor_says_so(started: Desk) -> None:
    started.ok("template", "rm", "hello")
    result = started.run("rule", "run")
    assert "sequence intro is paused for lead 1 (Ada): the template hello is broken or gone" in result.stderr
    assert states(started) == {"running": 0, "paused": 2, "stopped": 0, "done": 0}
    assert "sequence intro" in started.run("doctor").both
    started.fails(2, "sequence", "start", "intro", "1", says="unknown template 'hello'")


def test_letters_of_a_strange_desk_wait_for_consent(started: Desk) -> None:
    state = str(started.home / "elsewhere")
    result = started.run("rule", "run", XDG_STATE_HOME=state)
    assert (
        "sequence intro is not allowed to send its mail here; look at it: leadcli sequence show intro" in result.stderr
    )
    assert not taken(started)
    assert "leadcli sequence allow intro" in started.run("doctor", XDG_STATE_HOME=state).both
    said = started.run("sequence", "allow", "intro", XDG_STATE_HOME=state).stderr
    assert "  Template hello: hello {{ name }}" in said
    started.ok("rule", "run", XDG_STATE_HOME=state)
    assert taken(started) == Counter(["hello Ada", "hello Bob"])
    started.ok("sequence", "stop", "intro", "1", "2")
    started.ok("rule", "run", "--no-hooks")


def test_a_merged_lead_goes_on_and_a_deleted_one_ends(started: Desk) -> None:
    before = started.ok("export", "--json")
    started.ok("merge", "2", "1", "--yes")
    assert [lead for _, lead, _, _ in due(started)] == [2, 2]
    started.ok("undo")
    assert started.ok("export", "--json") == before
    started.ok("rm", "1", "--yes")
    assert [lead for _, lead, _, _ in due(started)] == [2]
    started.ok("undo")
    assert [lead for _, lead, _, _ in due(started)] == [1, 2]
    started.ok("sequence", "rm", "intro")
    assert due(started) == []
    started.ok("undo")
    assert states(started)["running"] == 2


def test_no_step_is_taken_on_a_weekend_with_weekdays(started: Desk) -> None:
    started.ok("sequence", "add", "work", "--step", "task ring", "--step", "+3d task write", "--weekdays")
    started.ok("sequence", "start", "work", "1")  # a Sunday
    assert [row["due"] for row in started.json("sequence", "due") if row["sequence"] == "work"] == ["2026-11-23"]
    on(started, "2026-11-25")  # a Wednesday: three days on is a Saturday
    assert [row["due"] for row in started.json("sequence", "due") if row["sequence"] == "work"] == ["2026-11-30"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["add", "x y", "--step", "task a"], "'x y' cannot be the name of a sequence"),
        (["add", "x"], "a sequence needs a step"),
        (["add", "x", "--step", "call them"], "--step 'call them' is no step"),
        (["add", "x", "--step", "mail helo"], "unknown template 'helo'"),
        (["add", "x", "--step", "task a", "--stop-on", "rain"], "unknown --stop-on 'rain'"),
        (["edit", "intro"], "what should change?"),
        (["start", "into", "1"], "unknown sequence 'into'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(started: Desk, words: list[str], says: str) -> None:
    started.fails(2, "sequence", *words, says=says)


def test_a_name_is_taken_once(started: Desk) -> None:
    started.fails(5, "sequence", "add", "intro", "--step", "task a", says="sequence intro exists already")
    started.ok("sequence", "add", "intro", "--step", "task a", "--force")
    card = started.json("sequence", "show", "intro")
    assert (card["steps"], card["stop_on"], card["allowed"]) == (["task a"], ["reply"], None)
    on(started, "2026-11-22")
    assert states(started)["done"] == 2
    assert "broken" not in started.ok("sequence", "show", "intro")


@pytest.mark.slow
def test_two_runs_at_once_take_every_step_once(started: Desk) -> None:
    """1,000 leads: each letter leaves once and each lead has one task, however the two runs meet."""
    rows = "".join(f"P{number},p{number}@acme.com\n" for number in range(1000))
    started.ok("import", started.file("many.csv", "name,email\n" + rows))
    started.ok("template", "edit", "hello", "--subject", "{{ email }}")
    started.ok("sequence", "add", "both", "--step", "task ring", "--step", "mail hello")
    started.ok("sequence", "start", "both", "name:P", "--yes")
    configure(started, command=f"sh {started.file('quick.sh', 'cat >> out.mbox')}")
    command = [sys.executable, "-m", "leadcli", "rule", "run"]
    runs = [
        subprocess.Popen(
            command, env=started.env, cwd=started.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    assert [run.wait(600) for run in runs] == [0, 0]
    started.ok("rule", "run")
    subjects = [line for line in Path(started.home / "out.mbox").read_text("utf-8").splitlines()
                if line.startswith("Subject: p")]  # fmt: skip
    assert Counter(subjects).most_common(1)[0][1] == 1
    assert len(subjects) == 1000
    with sqlite3.connect(started.db) as database:
        counts = database.execute("SELECT kind, count(*) FROM activities WHERE record_id > 2 GROUP BY 1").fetchall()
        ended = database.execute("SELECT DISTINCT state, step FROM enrollments WHERE record_id > 2").fetchall()
    assert dict(counts) == {"email": 1000, "task": 1000}
    assert ended == [("done", 2)]
    assert json.loads(started.ok("doctor", "--json"))["ok"]
