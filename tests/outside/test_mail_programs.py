"""Mail through the programs people have: msmtp sends it, procmail, maildrop and fdm hand in what came."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from desk import Desk
from outside_programs import require_program
from postoffice import HOST, Rude, configure, free_port, office

pytestmark = pytest.mark.slow
REPORT = ("report", "pipeline", "--email", "bob@example.com")
MAIL = "From: Zed Shaw <zed@x.example>\nMessage-ID: <1@x.example>\nSubject: Hi\n\nHello\n"


def use_msmtp(desk: Desk, port: int) -> None:
    program = require_program("msmtp")
    configure(desk, command=f"{program} --host={HOST} --port={port} --from=ann@example.com -t")


def test_msmtp_sends_a_letter(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@x.example")
    with office() as (taken, port):
        use_msmtp(desk, port)
        desk.ok("mail", "1", "--subject", "Grüße", "--body", "-", stdin="Hallo Ada\n.\nFrom here on")
        assert [(each["To"], each["Subject"]) for each in taken.messages] == [("ada@x.example", "Grüße")]
        assert taken.messages[0].get_content().splitlines() == ["Hallo Ada", ".", "From here on"]


@pytest.mark.parametrize(
    ("replies", "code", "says"),
    [
        ({"BANNER": "421 too busy"}, 75, "421 too busy"),
        ({"MAIL": "451 try later"}, 75, "451 try later"),
        ({"RCPT": "450 greylisted"}, 75, "450 greylisted"),
        ({"END": "452 disk full"}, 75, "452 disk full"),
        ({"RCPT": "550 no such user"}, 1, "550 no such user"),
        ({"BANNER": "554 you are blocked"}, 1, "554 you are blocked"),
    ],
)
def test_what_msmtp_says_of_a_server(replies: dict[str, str], code: int, says: str, desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@x.example")
    with Rude(replies) as server:
        use_msmtp(desk, server.port)
        desk.fails(code, *REPORT, says=says)


def test_msmtp_reaches_nobody(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@x.example")
    use_msmtp(desk, free_port())
    desk.fails(75, *REPORT, says="Connection refused")


# Filters start programs with a PATH and an environment of their own, so both are written out.
INBOX = f"env LEADCLI_DB={{home}}/t.db {Path(sys.executable).parent}/leadcli -q inbox -"
MAILDROP = 'logfile "log"\ncc "| INBOX"\nto "./inbox"\n'
FDM = """set maximum-size 64M
set no-received
account "in" stdin
action "desk" pipe "INBOX"
action "keep" mbox "{home}/inbox"
match all action "desk" continue
match all action "keep"
"""  # fmt: skip
PROCMAIL = "DEFAULT={home}/inbox\nLOGFILE={home}/log\n:0 c w\n| INBOX\n"


@pytest.mark.parametrize(
    ("name", "rules", "words"),
    [
        ("procmail", PROCMAIL, ("./rules",)),
        ("maildrop", MAILDROP, ("./rules",)),
        ("fdm", FDM, ("-f", "./rules", "-a", "in", "fetch")),
    ],
    ids=["procmail", "maildrop", "fdm"],
)
def test_a_mail_filter_hands_in_what_came(name: str, rules: str, words: tuple[str, ...], desk: Desk) -> None:
    program = require_program(name)
    desk.ok("init")
    desk.file("inbox", "")
    desk.file("rules", rules.replace("INBOX", INBOX).format(home=desk.home)).chmod(0o600)
    identity = {"LOGNAME": "root", "USER": "root"}
    for _ in range(2):  # the same message again is known
        done = desk.command([program, *words], stdin=MAIL, **identity)
        assert done.returncode == 0, done.both
    until = time.monotonic() + 30  # not every filter waits for a copy
    while desk.ok("activities", "--count") == "0" and time.monotonic() < until:
        time.sleep(0.1)
    assert desk.ok("list", "-F", "name,email") == "Zed Shaw\tzed@x.example"
    assert desk.ok("activities", "--count") == "1"
    assert "Hello" in (desk.home / "inbox").read_text()
