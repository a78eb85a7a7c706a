"""Where received mail stands, and what the desk makes of it: mbox of every variant, Maildir, files, pipes."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import sys
from pathlib import Path

import pytest
from desk import Desk

from leadcli.domain.work.mail import mailbox

FROM = "From ada@x.example Fri Nov 20 10:00:00 2026\n"
HEAD = "From: Ada <ada@x.example>\nMessage-ID: <{}@x.example>\nSubject: Hi\nDate: Fri, 20 Nov 2026 10:00:00 +0000\n"


def message(number: int = 1, body: str = "hello\n", extra: str = "") -> str:
    return f"{HEAD.format(number)}{extra}\n{body}"


def newest_activity(desk: Desk) -> dict[str, str | None]:
    with contextlib.closing(sqlite3.connect(desk.db)) as connection:
        connection.row_factory = sqlite3.Row
        return dict(connection.execute("SELECT * FROM activities ORDER BY id DESC LIMIT 1").fetchone())


def bodies(box: str) -> list[str]:
    read = [content.decode() for content in mailbox.read_messages(io.BytesIO(box.encode()))]
    return [content.partition("\n\n")[2].strip() for content in read]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (message(body="one\n"), ["one"]),
        ("\n\n" + message(body="one\n"), ["one"]),
        (FROM + message(body="one\n") + "\n" + FROM + message(body="two\n"), ["one", "two"]),
        (FROM + message(body="a\n>From b\n") + "\n" + FROM + message(body="two\n"), ["a\nFrom b", "two"]),
        (FROM + message(body="a\n>>From b\n"), ["a\n>From b"]),
        (FROM + message(body="we sell\n\nFrom 2019 to 2024 we grew.\n"), ["we sell\n\nFrom 2019 to 2024 we grew."]),
        (message(body=f"a\n\n{FROM}Subject: x\n"), [f"a\n\n{FROM}Subject: x"]),
        (FROM + ">From other Fri Nov 20 10:00:00 2026\n" + message(body="one\n"), ["one"]),
        ("From - Fri Nov 20 10:00:00 2026\nX-Mozilla-Status: 0001\n" + message(body="one\n"), ["one"]),
        ("From MAILER-DAEMON Fri Nov 20 10:00:00 +0100 2026\n" + message(body="one\n"), ["one"]),
        ("", []),
        ("\n\n", []),
    ],
    ids=["eml", "eml behind blank lines", "two", "quoted", "quoted twice", "a sentence", "eml with a line From",
         "second line From", "thunderbird", "zone", "empty", "blank"],
)  # fmt: skip
def test_a_mailbox_gives_its_messages(box: str, expected: list[str]) -> None:
    assert bodies(box) == expected


@pytest.mark.parametrize(("length", "count"), [("right", 2), ("wrong", 3), ("too long", 3)])
def test_a_content_length_counts_when_a_message_follows_there(length: str, count: int) -> None:
    body = f"forwarded:\n\n{FROM}Subject: inner\n\nx\n"
    said_length = {"right": len(body), "wrong": 5, "too long": 10**9}[length]
    box = FROM + message(1, body, f"Content-Length: {said_length}\n") + "\n" + FROM + message(2, "two\n")
    assert len(bodies(box)) == count


def test_line_ends_of_another_system_are_read() -> None:
    box = (FROM + message(body="one\n") + "\n" + FROM + message(2, "two\n")).replace("\n", "\r\n")
    assert len(list(mailbox.read_messages(io.BytesIO(box.encode())))) == 2


def maildir(desk: Desk) -> Path:
    folder = desk.home / "Maildir"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "cur" / "1.a:2,S").write_text(message(1))
    (folder / "new" / "2.b").write_text(message(2).replace("ada@x", "bob@x"))
    (folder / "tmp" / "3.c").write_text("From: half")
    return folder


def test_a_maildir_and_files_are_read_together_and_once(desk: Desk) -> None:
    folder = maildir(desk)
    single = desk.file("eve.eml", message(3).replace("ada@x", "eve@x"))
    assert desk.ok("inbox", folder, single).split() == ["1", "2", "3"]
    before = desk.ok("history", "--json"), desk.ok("activities", "--json")
    (folder / "new" / "2.b").rename(folder / "cur" / "2.b:2,RS")
    assert "0 new leads, 0 logged, 3 known already" in desk.run("inbox", folder, single).stderr
    assert (desk.ok("history", "--json"), desk.ok("activities", "--json")) == before


def test_a_folder_that_is_no_maildir_and_a_missing_file_are_named(desk: Desk) -> None:
    (desk.home / "papers").mkdir()
    desk.fails(2, "inbox", "papers", says=("papers", "Maildir"))
    single = desk.file("a.eml", message())
    desk.fails(3, "inbox", single, "nosuch.eml", says="nosuch.eml")
    assert not desk.db.exists(), "no desk is made"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "Precedence: bulk",
        "List-Id: <n.x.example>",
        "Return-Path: <>",
    ],
)
def test_automatic_mail_of_a_known_lead_is_on_the_timeline_and_no_contact(desk: Desk, header: str) -> None:
    desk.ok("add", "Ada", "--email", "ada@x.example")
    assert desk.ok("inbox", "-", stdin=message(extra=f"{header}\n")) == "1"
    activity = newest_activity(desk)
    assert activity["kind"] == "other"
    assert "automatic" in str(activity["outcome"])
    assert desk.json("show", "1")["last_contact"] is None


def test_a_bounce_stands_on_the_lead_it_is_about(desk: Desk) -> None:
    desk.ok("add", "Bob", "--email", "bob@y.example")
    bounce = (
        "From: MAILER-DAEMON@mx.example\nSubject: failure notice\nX-Failed-Recipients: bob@y.example\n"
        "Message-ID: <b@mx>\n\nno such mailbox\n"
    )
    assert desk.ok("inbox", "-", stdin=bounce) == "1"
    activity = newest_activity(desk)
    assert activity["outcome"] == "undelivered"
    assert str(activity["text"]).startswith("Mail to bob@y.example did not arrive: failure notice")
    assert desk.json("show", "1")["last_contact"] is None
    assert desk.ok("inbox", "-", stdin=bounce) == ""
    assert desk.ok("filter", "is:any", "--count") == "1"


def test_each_customer_of_a_web_form_is_a_lead(desk: Desk) -> None:
    for number, customer in enumerate(["Eva <eva@a.example>", "Max <max@b.example>"], 1):
        form = message(number, extra=f"Reply-To: {customer}\nTo: info@shop.example\n")
        desk.ok("inbox", "-", stdin=form.replace("Ada <ada@x.example>", "Shop <wordpress@shop.example>"))
    assert desk.ok("list", "--fields", "name,email", "--sort", "id").split("\n") == [
        "Eva\teva@a.example",
        "Max\tmax@b.example",
    ]


def test_a_letter_of_ones_own_is_logged_as_written(desk: Desk) -> None:
    desk.ok("config", "mail.from", "Ann <ann@example.com>")
    desk.ok("add", "Ada", "--email", "ada@x.example")
    sent = "From: ANN@example.com\nTo: x@y.example, Ada <ada@x.example>\nMessage-ID: <s@example.com>\n\nHello Ada\n"
    assert desk.ok("inbox", "-", stdin=sent) == "1"
    assert newest_activity(desk)["direction"] == "out"
    assert desk.ok("filter", "is:any", "--count") == "1"


@pytest.mark.parametrize("address", ["ed@firma.local", "ed@server", "ed@box.internal", "ed@x.test"])
def test_an_address_of_an_office_network_is_kept(desk: Desk, address: str) -> None:
    assert desk.ok("inbox", "-", stdin=message().replace("ada@x.example>\nMess", f"{address}>\nMess")) == "1"
    assert desk.json("show", "1")["email"] == address
    assert desk.ok("inbox", "-", stdin=message(2).replace("ada@x.example>\nMess", f"{address}>\nMess")) == "1"


def test_the_wrapper_of_outlook_is_kept_and_named(desk: Desk) -> None:
    body = "--b\n\nsee the plan\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nTNEF\n--b--\n"
    result = desk.run("inbox", "-", stdin=message(1, body, "Content-Type: multipart/mixed; boundary=b\n"))
    assert "winmail.dat of lead 1 is Outlook's wrapper" in result.stderr
    assert [file["name"] for file in desk.json("attach", "list", "1")] == ["winmail.dat"]


READ = """
import sys
from leadcli.domain.work.mail import mailbox
from leadcli.domain.work.mail.incoming import parse_message
with open(sys.argv[1], "rb") as stream:
    print(sum(bool(parse_message(content)) for content in mailbox.read_messages(stream)))
"""
# Linux counts the memory of the process that starts another one as the other's, so a small one stands between.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_of(desk: Desk, *argv: object) -> tuple[str, int]:
    """What a Python program says, and the most bytes of memory it had."""
    result = desk.command([sys.executable, "-c", PEAK, sys.executable, *map(str, argv)])
    assert result.returncode == 0, result.stderr
    *lines, peak = result.stdout.splitlines()
    return "\n".join(lines), int(peak) * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.slow
def test_a_big_mailbox_is_read_in_little_memory(desk: Desk) -> None:
    one = (FROM + message(1, "word " * 40_000 + "\n") + "\n").encode()
    box = desk.home / "big.mbox"
    with box.open("wb") as file:
        for _ in range(600):
            file.write(one)
    assert box.stat().st_size > 100_000_000
    count, peak = peak_of(desk, "-c", READ, box)
    assert count == "600"
    assert peak < 100_000_000
    assert peak_of(desk, "-m", "leadcli", "inbox", box)[1] < 200_000_000


def test_a_report_of_a_delay_stands_on_the_lead_too(desk: Desk) -> None:
    desk.ok("add", "Bob", "--email", "bob@y.example")
    report = (
        "From: MAILER-DAEMON@mx.example\nSubject: still trying\nMessage-ID: <d@mx>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nwait\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; bob@y.example\nAction: delayed\nStatus: 4.4.1\n\n--b--\n"
    )
    assert desk.ok("inbox", "-", stdin=report) == "1"
    activity = newest_activity(desk)
    assert activity["outcome"] == "delayed"
    assert str(activity["text"]).startswith("Mail to bob@y.example is late: still trying")
    assert desk.json("show", "1")["last_contact"] is None


def automatic(number: int, sender: str, extra: str) -> str:
    head = f"From: {sender}\nMessage-ID: <a{number}@x.example>\nSubject: No {number}\n{extra}"
    return f"From x Fri Nov 20 10:00:00 2026\n{head}\n\nhi\n\n"


MIXED = FROM + message() + "\n" + "".join(
    automatic(number, *each)
    for number, each in enumerate([
        ("news@list.example", "List-Id: <news.list.example>"),
        ("deals@list.example", "List-Unsubscribe: <mailto:x@x.example>"),
        ("noreply@shop.example", "X-A: b"), ("eve@spam.example", "X-Spam-Flag: YES"),
        ("ed@office.example", "Auto-Submitted: auto-replied"),
    ])
)  # fmt: skip


def test_what_is_passed_over_is_counted_by_reason_and_named_with_verbose(desk: Desk) -> None:
    box = desk.file("box", MIXED)
    assert desk.run("inbox", box, "--dry-run").stderr == (
        "Would read 6 messages: 1 new lead, 0 logged, 0 known already, "
        "5 automatic passed over (1 answer, 2 list, 1 program, 1 spam).\n"
    )
    done = desk.run("inbox", box, "--verbose")
    assert "passed over message 2 from news@list.example (list): No 0" in done.stderr
    assert done.stderr.count("passed over message") == 5
    assert done.returncode == 0


def test_json_has_the_numbers_the_leads_and_what_was_passed_over(desk: Desk) -> None:
    box = desk.file("box", MIXED)
    answer = desk.json("inbox", box)
    numbers = {name: answer[name] for name in ("new", "logged", "known", "automatic", "rejected")}
    assert numbers == {"new": 1, "logged": 0, "known": 0, "automatic": 5, "rejected": 0}
    assert answer["reasons"] == {"answer": 1, "list": 2, "program": 1, "spam": 1}
    assert answer["leads"] == [1]
    assert answer["passed"][3] == {"message": 5, "from": "eve@spam.example", "subject": "No 3", "reason": "spam"}
    assert desk.json("inbox", box)["known"] == 1
