"""Mail servers good and bad: what is sent, what is tried again, what is never sent twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from desk import Desk
from postoffice import CLOSE, DRIP, HANG, HOST, Rude, configure, free_port, office, read

REPORT = ("report", "pipeline", "--email", "bob@example.com")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> Iterator[str]:
    """The file of the certificate authority of these tests, for SSL_CERT_FILE."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def leads(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--email", "ada@acme.com", "--value", "12500")
    return desk


def server(desk: Desk, port: int, security: str = "none", **more: object) -> None:
    configure(desk, transport="smtp", host=HOST, port=port, security=security, **more)


def states(desk: Desk) -> list[str]:
    with sqlite3.connect(desk.db) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM outbox ORDER BY id")]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_report_leaves_over_verified_tls(leads: Desk, authority: trustme.CA, trusted: str, security: str) -> None:
    with office(authority=authority, tls=security == "tls") as (taken, port):
        server(leads, port, security)
        leads.ok(*REPORT, "-q", SSL_CERT_FILE=trusted)
    envelope, message = taken.envelopes[0], taken.messages[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ann@example.com", ["bob@example.com"])
    assert message["Subject"] == "Pipeline by status – 1 lead, €12,500.00 (2026-11-22)"
    assert states(leads) == ["sent"]


def test_a_password_opens_the_server(leads: Desk, authority: trustme.CA, trusted: str) -> None:
    with office(authority=authority, password="s3cret") as (taken, port):
        server(leads, port, "starttls", user="ann")
        wrong = {"LEADCLI_SMTP_PASSWORD": "wr0ng", "SSL_CERT_FILE": trusted}
        refused = leads.fails(1, *REPORT, says="did not let ann in: 535", **wrong)
        assert not taken.envelopes
        leads.ok(*REPORT, **{**wrong, "LEADCLI_SMTP_PASSWORD": "s3cret"})
        assert len(taken.envelopes) == 1
    assert "wr0ng" not in refused.both


def test_a_certificate_nobody_vouches_for_is_not_trusted(leads: Desk, authority: trustme.CA) -> None:
    for security in ("starttls", "tls"):
        with office(authority=authority, tls=security == "tls") as (taken, port):
            server(leads, port, security)
            said = leads.fails(1, *REPORT, says=("certificate", f"{HOST}:{port}", "SSL_CERT_FILE"))
        assert not taken.envelopes
        assert not said.stdout


def test_starttls_taken_away_by_somebody_in_between_stops_everything(leads: Desk) -> None:
    with Rude({}) as rude:
        server(leads, rude.port, "starttls")
        leads.fails(1, *REPORT, says="offers no STARTTLS")
        assert [line[:4] for line in rude.said] == ["ehlo", "QUIT"] or [line[:4] for line in rude.said] == ["ehlo"]


def test_nobody_listening_is_worth_another_try(leads: Desk) -> None:
    port = free_port()
    server(leads, port)
    said = leads.fails(75, *REPORT, "-q", says=(f"{HOST}:{port}", "refused"))
    assert not said.stdout
    assert len(said.stderr.splitlines()) == 2
    assert states(leads) == ["later"]


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        ({"BANNER": "421 too busy"}, "421 too busy"),
        ({"MAIL": "421 going down"}, "421 going down"),
        ({"RCPT": "450 greylisted"}, "450 greylisted"),
        ({"END": "451 try later"}, "451 try later"),
        ({"MAIL": CLOSE}, "hung up"),
        ({"DATA": CLOSE}, "hung up"),
    ],
)
def test_later_is_asked_three_times_and_then_by_the_next_run(leads: Desk, replies: dict[str, str], says: str) -> None:
    with Rude(replies) as rude:
        server(leads, rude.port)
        leads.fails(75, *REPORT, says=(says, f"{HOST}:{rude.port}"))
        assert sum(line.startswith("ehlo") for line in rude.said) == (0 if "BANNER" in replies else 3)
    assert states(leads) == ["later"]
    with Rude({}) as kind:
        server(leads, kind.port)
        leads.ok(*REPORT)
        assert len(kind.messages) == 1


def test_the_second_try_may_succeed(leads: Desk) -> None:
    with Rude({"RCPT": ["450 greylisted", "250 ok"]}) as rude:
        server(leads, rude.port)
        leads.ok(*REPORT)
        assert len(rude.messages) == 1


@pytest.mark.parametrize("replies", [{"RCPT": "550 no such user"}, {"END": "554 spam"}, {"MAIL": "550 not you"}])
def test_no_is_no(leads: Desk, replies: dict[str, str]) -> None:
    with Rude(replies) as rude:
        server(leads, rude.port)
        leads.fails(1, *REPORT, says=("bob@example.com", next(iter(replies.values()))))
        assert sum(line.startswith("ehlo") for line in rude.said) == 1
    assert states(leads) == ["failed"]


@pytest.mark.parametrize("end", [CLOSE, HANG])
def test_no_answer_after_the_message_leaves_its_end_unknown(leads: Desk, end: str) -> None:
    with Rude({"END": end}) as rude:
        server(leads, rude.port, timeout=1)
        leads.fails(1, *REPORT, says=("unknown", "--resend-unknown"))
        leads.fails(1, *REPORT, says="--resend-unknown")
        leads.fails(1, *REPORT, "--force", says="--resend-unknown")
        assert len(rude.messages) == 1
    assert states(leads) == ["unknown"]
    with Rude({}) as kind:
        server(leads, kind.port)
        leads.ok(*REPORT, "--resend-unknown")
        assert len(kind.messages) == 1


@pytest.mark.parametrize(("verb", "reply"), [("BANNER", HANG), ("RCPT", HANG), ("EHLO", DRIP)])
def test_a_tarpit_holds_nobody_for_long(leads: Desk, verb: str, reply: str) -> None:
    with Rude({verb: reply}) as rude:
        server(leads, rude.port, timeout=1)
        leads.fails(75, *REPORT, says=f"{HOST}:{rude.port} did not answer within 1 s")


def test_letters_beyond_ascii_before_the_at_need_smtputf8(leads: Desk) -> None:
    report = ("report", "pipeline", "--email", "jörg@example.com")
    with Rude({}) as rude:
        server(leads, rude.port)
        leads.fails(1, *report, says=("jörg@example.com", "SMTPUTF8"))
        assert not rude.messages
    with office() as (taken, port):
        server(leads, port)
        leads.ok(*report)
    assert taken.envelopes[0].rcpt_tos == ["jörg@example.com"]
    assert taken.envelopes[0].smtp_utf8


def test_a_line_of_one_dot_does_not_end_the_message(leads: Desk) -> None:
    text = leads.file("dots.txt", "one\n.\n..two\nthree\n")
    with office() as (taken, port):
        server(leads, port)
        leads.ok("mail", "1", "--subject", "Dots", "--body", text)
    assert taken.messages[0].get_content().splitlines() == ["one", ".", "..two", "three"]


def test_a_batch_shares_one_connection_and_outlives_its_loss(leads: Desk) -> None:
    for name in ("Bob", "Cleo"):
        leads.ok("add", name, "--email", f"{name}@acme.com")
    text = leads.file("hello.txt", "Hello {{ name }}\n")
    with Rude({"MAIL": ["250 ok", CLOSE, "250 ok"]}) as rude:
        server(leads, rude.port)
        assert leads.ok("mail", "1-3", "--subject", "Hello", "--body", text).split() == ["1", "2", "3"]
        assert [read(each)["To"] for each in rude.messages] == ["ada@acme.com", "Bob@acme.com", "Cleo@acme.com"]
        assert sum(line.startswith("ehlo") for line in rude.said) == 2


def test_a_server_that_says_later_in_the_middle_keeps_what_was_sent(leads: Desk) -> None:
    leads.ok("add", "Bob", "--email", "bob@acme.com")
    leads.ok("template", "add", "intro", "--subject", "Hello", "--body", leads.file("t.txt", "Hello {{ name }}"))
    with Rude({"RCPT": ["250 ok", "450 later"]}) as rude:
        server(leads, rude.port)
        leads.fails(75, "mail", "1,2", "--template", "intro", says="Sent intro to 1 of 2 leads")
    assert len(leads.json("activities")) == 1
    with Rude({}) as kind:
        server(leads, kind.port)
        assert leads.ok("mail", "1,2", "--template", "intro") == "2"
        assert len(kind.messages) == 1


def test_settings_that_cannot_work_say_so(leads: Desk) -> None:
    configure(leads, transport="smtp", host=HOST, port=70000, security="none")
    leads.fails(2, *REPORT, says="port")
    configure(leads, transport="smtp", host="mail.example.com", security="none", **{"from": ""})
    leads.fails(2, *REPORT, says="mail.from")


def test_a_password_never_goes_unprotected(leads: Desk) -> None:
    with Rude({}) as rude:
        # Loopback under a name that could be anybody's.
        configure(leads, transport="smtp", host="127.1", port=rude.port, security="none", user="ann")
        leads.fails(2, *REPORT, says="unprotected", LEADCLI_SMTP_PASSWORD="s3cret")
        assert not [line for line in rude.said if "AUTH" in line.upper()]


def test_a_server_without_logins_says_so(leads: Desk) -> None:
    with Rude({}) as rude:
        server(leads, rude.port, user="ann")
        leads.fails(1, *REPORT, says="no way to log in", LEADCLI_SMTP_PASSWORD="s3cret")
