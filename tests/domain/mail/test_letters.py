"""Letters to leads: who gets one, who does not, and what is known of it afterwards."""

from __future__ import annotations

import mailbox
import sqlite3
import sys
from pathlib import Path

import pexpect
import pytest
from desk import Desk
from postoffice import configure, read


@pytest.fixture
def leads(desk: Desk) -> Desk:
    """Three leads that may be written to and four that may not; mail leaves into a folder."""
    configure(desk, command=f"sh {desk.file('sendmail.sh', 'mkdir -p out; cat > out/$$.eml')}")
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--tag", "hot")
    desk.ok("add", "Bob", "--email", "bob@acme.com", "--tag", "hot")
    desk.ok("add", "Cleo", "--email", "cleo@acme.com")
    desk.ok("add", "Linus", "--tag", "hot")
    desk.ok("add", "Grace", "--email", "grace@acme.com", "--tag", "hot", "--do-not-contact")
    desk.ok("add", "Kay", "--email", "kay@acme.com", "--tag", "hot", "--tag", "No-Mail")
    desk.ok("add", "Joan", "--email", "joan@acme.com", "--tag", "hot", "--tag", "unsubscribed")
    desk.ok("template", "add", "intro", "--subject", "Hello {{ name }}", "--body", "-", stdin="Dear {{ name }},\n")
    return desk


def taken(desk: Desk) -> dict[str, str]:
    """Recipient -> subject of what left."""
    messages = [read(path.read_bytes()) for path in (desk.home / "out").glob("*.eml")]
    assert len({message["Message-ID"] for message in messages}) == len(messages)
    return {message["To"]: message["Subject"] for message in messages}


def test_those_who_may_be_written_to_get_it_and_the_others_are_named(leads: Desk) -> None:
    result = leads.run("mail", "tag:hot", "--template", "intro", "--yes")
    assert result.returncode == 4
    assert result.lines == ["2", "1"]
    assert taken(leads) == {"ada@acme.com": "Hello Ada", "bob@acme.com": "Hello Bob"}
    said = "Sent intro to 2 leads; skipped 4 (tagged unsubscribed: 7 Joan; tagged no-mail: 6 Kay; "
    assert said + "do not contact: 5 Grace; no e-mail: 4 Linus)." in result.stderr


def test_what_was_sent_stands_on_the_timeline(leads: Desk) -> None:
    leads.ok("mail", "1-3", "--template", "intro")
    found = leads.json("activities", "1")
    assert [(each["kind"], each["text"]) for each in found] == [("email", "Hello Ada\n\nDear Ada,")]
    assert leads.json("show", "1")["last_contact"].startswith("2026-11-22")
    assert leads.json("history", "--limit", "1")[0]["command"] == "mail 1-3 --template intro"
    leads.ok("undo")
    assert leads.json("activities", "1") == []
    leads.ok("mail", "1-3", "--template", "intro")  # the mail has left all the same
    assert len(taken(leads)) == 3
    assert leads.json("activities", "1") == []


def test_a_template_reaches_a_lead_once(leads: Desk) -> None:
    leads.ok("mail", "1", "--template", "intro")
    again = leads.run("mail", "1-2", "--template", "Intro")
    assert (again.returncode, again.lines) == (0, ["2"])
    assert "had it on 2026-11-22: 1 Ada" in again.stderr
    assert leads.ok("mail", "1", "--template", "intro", "--force") == "1"
    assert len(leads.json("activities", "1")) == 2
    assert len(list((leads.home / "out").iterdir())) == 3


def test_a_letter_by_hand_leaves_once_a_day(leads: Desk) -> None:
    letter = (
        "mail",
        "1",
        "--subject",
        "Your quote",
        "--body",
        leads.file("quote.txt", "\ufeffHere it is, {{ name }}.\n"),
    )
    assert leads.ok(*letter) == "1"
    assert leads.ok(*letter) == ""
    assert leads.ok(*letter, "--today", "2026-11-23") == "1"
    assert leads.json("activities", "1")[0]["text"] == "Your quote\n\nHere it is, Ada."


def test_one_address_gets_one_letter(leads: Desk) -> None:
    leads.ok("add", "Ada again", "--email", "ADA@acme.com", "--force")
    result = leads.run("mail", "1,8", "--template", "intro")
    assert (result.returncode, result.lines) == (0, ["1"])
    assert "same e-mail as lead 1: 8 Ada again" in result.stderr


def test_a_filter_asks_first(leads: Desk) -> None:
    leads.fails(2, "mail", "tag:hot", "--template", "intro", says=("intro", "2 leads", "--yes"))
    assert not (leads.home / "out").exists()


def test_a_dry_run_prints_and_sends_nothing(leads: Desk) -> None:
    one = leads.ok("mail", "1", "--template", "intro", "--dry-run")
    assert read(one)["Subject"] == "Hello Ada"
    result = leads.run("mail", "tag:hot", "--template", "intro", "--dry-run")
    assert result.returncode == 4
    box = mailbox.mbox(leads.file("box", result.stdout))
    assert [message["To"] for message in box] == ["bob@acme.com", "ada@acme.com"]
    assert not (leads.home / "out").exists()
    with sqlite3.connect(leads.db) as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_drafts_are_files_for_a_mail_program(leads: Desk) -> None:
    drafts = leads.home / "drafts"
    assert leads.ok("mail", "1-2", "--template", "intro", "--draft", drafts).split() == ["1", "2"]
    assert sorted(path.name for path in drafts.iterdir()) == ["1-intro.eml", "2-intro.eml"]
    message = read((drafts / "1-intro.eml").read_bytes())
    assert (message["To"], message["X-Unsent"]) == ("ada@acme.com", "1")
    leads.fails(5, "mail", "1", "--template", "intro", "--draft", drafts, says="1-intro.eml")
    leads.ok("mail", "1", "--template", "intro", "--draft", drafts, "--force")
    assert not (leads.home / "out").exists()


def test_limit_and_delay(leads: Desk) -> None:
    assert leads.ok("mail", "1-3", "--template", "intro", "--limit", "2", "--delay", "1ms").split() == ["1", "2"]
    assert leads.ok("mail", "1-3", "--template", "intro", "--limit", "2").split() == ["3"]
    leads.fails(2, "mail", "1", "--template", "intro", "--delay", "soon", says="--delay 'soon'")
    leads.fails(2, "mail", "1", "--template", "intro", "--limit", "-1", says="--limit")


def test_which_letter_must_be_said_once(leads: Desk) -> None:
    leads.fails(2, "mail", "1", says=("--template", "--subject"))
    leads.fails(2, "mail", "1", "--subject", "x", says="--body")
    leads.fails(2, "mail", "1", "--template", "intro", "--subject", "x", says="--template")
    leads.fails(2, "mail", "--template", "intro", says="target")
    leads.fails(3, "mail", "99", "--template", "intro", says="99")


def test_a_way_to_unsubscribe_goes_along_where_there_is_one(leads: Desk) -> None:
    configure(leads, unsubscribe="mailto:stop@example.com")
    message = read(leads.ok("mail", "1", "--template", "intro", "--dry-run"))
    assert message["List-Unsubscribe"] == "<mailto:stop@example.com>"
    assert message["Auto-Submitted"] is None
    configure(leads, unsubscribe="stop@example.com")
    leads.fails(2, "mail", "1", "--template", "intro", "--dry-run", says="mail.unsubscribe")


def test_a_hostile_name_stays_in_the_subject(leads: Desk) -> None:
    for number, name in enumerate(["=?utf-8?q?hi=0ABcc=3A_evil=40x.org?=", "hi\r\nBcc: evil@x.org", "\u202eevil"]):
        id = leads.ok("add", name, "--email", f"x{number}@acme.com")
        message = read(leads.ok("mail", id, "--template", "intro", "--dry-run"))
        assert message["Bcc"] is None
        assert message["To"] == f"x{number}@acme.com"


def test_what_a_killed_run_sent_is_logged_by_the_next(leads: Desk) -> None:
    leads.ok("mail", "1", "--template", "intro")
    leads.ok("undo")
    with sqlite3.connect(leads.db) as connection:  # as if the run had died between the mail and its log
        connection.execute("UPDATE outbox SET operation = NULL, at = '2026-11-21T08:00:00Z'")
    leads.ok("mail", "2", "--template", "intro")
    found = leads.json("activities", "1")
    assert [(each["text"], each["at"]) for each in found] == [("Hello Ada", "2026-11-21T08:00:00Z")]


def test_what_a_killed_run_was_sending_is_unknown(leads: Desk) -> None:
    leads.ok("mail", "1", "--template", "intro")
    with sqlite3.connect(leads.db) as connection:
        connection.execute("UPDATE outbox SET state = 'sending'")
    result = leads.run("mail", "1", "--template", "intro")
    assert (result.returncode, result.stdout) == (0, "")
    assert "another run is sending it: 1 Ada" in result.stderr
    with sqlite3.connect(leads.db) as connection:
        connection.execute("UPDATE outbox SET at = '2026-11-20T08:00:00Z'")
    leads.fails(4, "mail", "1", "--template", "intro", says="--resend-unknown")
    assert leads.ok("mail", "1", "--template", "intro", "--resend-unknown") == "1"


def test_json_is_the_leads_that_got_it(leads: Desk) -> None:
    assert [lead["id"] for lead in leads.json("mail", "1-2", "--template", "intro")] == [1, 2]


def test_one_refused_letter_does_not_stop_the_others(leads: Desk) -> None:
    script = 'cat > m; if grep -q "^To: ada" m; then echo no such user >&2; exit 67; fi'
    configure(leads, command=f"sh {leads.file('picky.sh', script)}")
    result = leads.run("mail", "1-3", "--template", "intro")
    assert (result.returncode, result.lines) == (4, ["2", "3"])
    assert "lead 1 (Ada)" in result.stderr
    assert "no such user" in result.stderr
    assert "1 refused" in result.stderr
    assert Path(leads.home / "m").exists()


def test_an_interruption_says_how_far_it_went(leads: Desk) -> None:
    script = "cat > m; test -f once || { touch once; exit 0; }; kill -INT $PPID; sleep 5"
    configure(leads, command=f"sh {leads.file('slow.sh', script)}")
    result = leads.process("mail", "1-3", "--template", "intro")
    assert result.returncode == 130
    assert "Sent intro to 1 of 3 leads" in result.stderr
    assert [each["lead"] for each in leads.json("activities")] == [1]
    configure(leads, command=f"sh {leads.file('sendmail.sh', 'cat > m')}")
    again = leads.run("mail", "1-3", "--template", "intro")
    assert (again.returncode, again.lines) == (4, ["3"])
    assert "--resend-unknown: 2 Bob" in again.stderr


def test_a_terminal_shows_the_first_letter_and_asks(leads: Desk) -> None:
    command = [sys.executable, "-m", "leadcli", "mail", "tag:hot", "--template", "intro"]
    shell = pexpect.spawn(command[0], command[1:], env=leads.env, cwd=str(leads.home), encoding="utf-8", timeout=20)
    shell.expect_exact("To: bob@acme.com")
    shell.expect_exact("Dear Bob,")
    shell.expect_exact("Send intro to 2 leads? [y/n]: ")
    shell.sendline("n")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 0
    assert not (leads.home / "out").exists()
