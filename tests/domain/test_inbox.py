"""Mail becomes leads and activities, once, whatever strangers put into it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from desk import Desk

from leadcli.domain.work.mail import incoming


def letter(sender: str = "Ada Lovelace <ada@acme.com>", **more: str) -> EmailMessage:
    mail = EmailMessage()
    headers = {"From": sender, "To": "ann@example.com", "Subject": "Engines",
               "Date": "Fri, 20 Nov 2026 10:00:00 +0100",
               "Message-ID": "<1@acme.com>"}  # fmt: skip
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    for name, value in headers.items():
        mail[name] = value
    mail.set_content("Please send a quote.\n")
    return mail


def test_a_stranger_becomes_a_lead_with_the_mail_on_its_timeline(desk: Desk) -> None:
    mail = letter()
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../../etc/plan.pdf")
    assert desk.ok("inbox", desk.file("a.eml", mail.as_bytes())) == "1"
    lead = desk.json("show", "1")
    assert (lead["name"], lead["email"], lead["source"]) == ("Ada Lovelace", "ada@acme.com", "Email")
    activity = desk.json("activities")[0]
    assert (activity["kind"], activity["at"]) == ("email", "2026-11-20T09:00:00Z")
    assert activity["text"] == "Engines\n\nPlease send a quote."
    assert [file["name"] for file in desk.json("attach", "list", "1")] == ["plan.pdf"]
    assert desk.ok("list", "quote", "--ids") == "1"


def test_the_same_message_is_never_taken_twice_but_after_undo(desk: Desk) -> None:
    content = letter().as_bytes()
    desk.ok("inbox", "-", stdin=content)
    before = desk.json("history")
    assert desk.ok("inbox", "-", stdin=content) == ""
    assert desk.json("history") == before
    desk.ok("undo")
    assert desk.ok("list", "--count") == "0"
    desk.ok("inbox", "-", stdin=content)
    assert desk.ok("list", "--count") == "1"


def test_a_known_sender_writes_on_the_timeline_of_the_open_lead(desk: Desk) -> None:
    desk.ok("add", "Old", "--email", "ada@acme.com")
    desk.ok("lost", "1", "--reason", "no budget")
    desk.ok("add", "New", "--email", "ada@acme.com", "--force")
    assert desk.ok("inbox", "-", stdin=letter("ADA@ACME.com").as_bytes()) == "2"
    assert desk.ok("filter", "is:any", "--count") == "2"
    assert desk.json("show", "2")["last_contact"] == "2026-11-20T09:00:00Z"


def test_a_customer_writes_on_their_lead_and_a_lost_lead_comes_back_as_new(desk: Desk) -> None:
    desk.ok("add", "Customer", "--email", "ada@acme.com", "--status", "converted")
    desk.ok("add", "Gone", "--email", "bob@acme.com")
    desk.ok("lost", "2", "--reason", "no budget")
    assert desk.ok("inbox", "-", stdin=letter().as_bytes()) == "1"
    assert desk.ok("inbox", "-", stdin=letter("bob@acme.com", Message_ID="<2@x>").as_bytes()) == "3"
    assert desk.json("show", "3")["name"] == "bob"


def test_a_mailbox_is_one_operation(desk: Desk) -> None:
    box = b"".join(
        b"From x@y Fri Nov 20 10:00:00 2026\n" + letter(f"p{n}@acme.com", Message_ID=f"<{n}@x>").as_bytes()
        + b"\n>From the start\n\n" for n in range(3)
    )  # fmt: skip
    path = desk.file("box.mbox", box)
    desk.ok("inbox", path, "--dry-run")
    assert desk.run("list", "--count").returncode == 3
    assert desk.ok("inbox", path).split() == ["1", "2", "3"]
    assert "From the start" in desk.json("activities")[0]["text"]
    desk.ok("undo")
    assert desk.ok("list", "--count") == "0"


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Content_Type": "multipart/report; boundary=x"}],
)
def test_mail_of_programs_makes_no_lead(desk: Desk, headers: dict[str, str]) -> None:
    content = "".join(f"{k.replace('_', '-')}: {v}\n" for k, v in {"From": "a@acme.com", **headers}.items()) + "\nx\n"
    desk.ok("init")
    assert desk.ok("inbox", "-", stdin=content) == ""
    assert desk.ok("list", "--count") == "0"


def test_rules_apply_to_leads_from_mail(desk: Desk) -> None:
    desk.ok("rule", "add", "mail", "--on", "added", "--if", "source:email", "--set", "owner=eva", "--tag", "inbound")
    (lead,) = desk.json("inbox", "-", stdin=letter().as_bytes())["leads"]
    assert desk.json("show", lead)["owner"] == "eva"


NESTED = b"From: a@acme.com\nContent-Type: multipart/mixed; boundary=b\n\n" + b"".join(
    b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n - 1 if n else 0, n) for n in range(3000)
)
HOSTILE = {
    "empty": b"",
    "no sender": b"Subject: x\n\nhello\n",
    "no address": b"From: nobody\n\nhello\n",
    "bad address": b"From: x <a@@b>\n\nhello\n",
    "nested": NESTED,
    "many parts": b"From: a@acme.com\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 500,
    "garbage": bytes(range(256)) * 50,
    "bad encodings": b"From: =?utf-8?b?//8=?= <a@acme.com>\nSubject: =?nosuch?q?x?= \xff\xfe\n"
    b"Content-Type: text/plain; charset=nosuch\nContent-Transfer-Encoding: base64\n\n!!!!\0\n",
    "header trap": b"From: \"a\" <a@acme.com>\nSubject: =?utf-8?q?hi=0ABcc=3A_evil=40x.org?=\n"
    b"Content-Disposition: attachment; filename*=utf-8''%FF%00..%2F\nDate: 99 Foo\n\nx",
    "address list": b"From: " + b"(" * 5000 + b"a@acme.com\n\nx",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_broken_mail_is_read_as_it_goes_or_refused_by_name(desk: Desk, name: str) -> None:
    result = desk.run("inbox", "-", stdin=HOSTILE[name])
    assert result.returncode in (0, 4), result.both
    assert "Traceback" not in result.both
    assert "went wrong" not in result.both
    if result.returncode == 4:
        assert "message 1" in result.stderr
    desk.ok("list")


def test_one_bad_message_keeps_no_other_away(desk: Desk) -> None:
    box = b"From x 2026\n" + HOSTILE["no sender"] + b"\nFrom x 2026\n" + letter().as_bytes()
    result = desk.run("inbox", desk.file("box", box))
    assert result.returncode == 4
    assert "message 1 has no sender" in result.stderr
    assert result.stdout.strip() == "1"


def test_html_alone_is_read_without_its_marks() -> None:
    mail = letter()
    mail.set_content("<style>p{}</style><p>Hello <b>Ann</b>,</p><p>a &amp; b</p><script>x()</script>", subtype="html")
    assert incoming.parse_message(mail.as_bytes()).text == "Hello Ann,\n\na & b"


def test_what_is_no_file_is_said(desk: Desk) -> None:
    desk.fails(3, "inbox", "nosuch.eml", says="nosuch.eml")
