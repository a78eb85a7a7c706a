"""Reports and cards by mail: both parts, once a day, also when two crons fire at once."""

from __future__ import annotations

import threading

import pytest
from desk import Desk, Result
from postoffice import HOST, configure, office, read

DAILY = ("report", "daily", "--email", "bob@example.com", "--if-any", "-q")


@pytest.fixture
def leads(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--email", "ada@acme.com", "--value", "12500")
    desk.ok("add", "<img src=x onerror=alert(1)>", "--company", "=?utf-8?q?hi=0ABcc=3A_evil=40x.org?=")
    return desk


@pytest.mark.slow
def test_two_crons_at_once_send_one_mail(leads: Desk) -> None:
    with office(slow=0.5) as (taken, port):
        configure(leads, transport="smtp", host=HOST, port=port, security="none")
        results: list[Result] = []
        crons = [threading.Thread(target=lambda: results.append(leads.process(*DAILY))) for _ in range(2)]
        for cron in crons:
            cron.start()
        for cron in crons:
            cron.join()
        assert results == [Result("", "", 0)] * 2
        assert len(taken.messages) == 1
        assert "had report daily today already" in leads.run(*DAILY[:-1]).stderr
        leads.ok(*DAILY, "--force")
        leads.ok(*DAILY, "--today", "2026-11-23")
        leads.ok("report", "daily", "owner:ann", *DAILY[2:])
        leads.ok("report", "daily", "--email", "eve@example.com", "--email", "bob@example.com")
        assert [message["To"] for message in taken.messages] == [*["bob@example.com"] * 4, "eve@example.com"]


def test_a_mail_has_both_parts_and_escapes_names(leads: Desk) -> None:
    message = read(leads.ok("report", "daily", "--email", "bob@example.com", "--dry-run"))
    assert message["Subject"] == "Daily digest – 2 new (2026-11-22)"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Bcc"] is None
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "<img src=x onerror=alert(1)>" in plain.get_content()
    assert "<img" not in html.get_content()
    assert "&lt;img src=x" in html.get_content()


def test_numbers_go_along_without_formulas(leads: Desk) -> None:
    leads.ok("add", "=cmd|' /C calc'!A0", "--source", "=1+1")
    report = ("report", "sources", "--email", "bob@example.com", "--dry-run")
    message = read(leads.ok(*report, "--attach", "csv"))
    attached = next(message.iter_attachments())
    assert attached.get_filename() == "sources-2026-11-22.csv"
    rows = attached.get_content().lstrip("\ufeff").splitlines()
    assert rows[0].startswith("source,count")
    assert any(row.startswith("'=1+1,1") for row in rows)
    leads.fails(2, *report, "--attach", "pdf", says="csv")


def test_nothing_to_report_sends_nothing(desk: Desk) -> None:
    desk.ok("init")
    configure(desk, command="/nowhere/sendmail")
    assert desk.run(*DAILY) == Result("", "", 0)
    assert desk.run(*DAILY[:-1], "--dry-run") == Result("", "", 0)


@pytest.mark.parametrize("text", ["a@x.com, b@y.com", "a@x.com\nBcc: b@y.com", "a@"])
def test_a_recipient_is_one_address(leads: Desk, text: str) -> None:
    leads.fails(2, "report", "daily", "--email", text, "--dry-run", says="--email")


def test_an_unknown_report_or_a_dry_run_of_nothing(leads: Desk) -> None:
    leads.fails(2, "report", "dialy", "--email", "bob@example.com", says="daily")
    leads.fails(2, "report", "daily", "--dry-run", says="--email")


def test_some_get_it_and_some_do_not(leads: Desk) -> None:
    script = 'cat > m; grep -q "^To: eve" m && exit 67; exit 0'
    configure(leads, command=f"sh {leads.file('picky.sh', script)}")
    both = ("report", "pipeline", "--email", "eve@example.com", "--email", "bob@example.com")
    leads.fails(1, *both, says=("eve@example.com", "Sent report pipeline to bob@example.com"))


def test_a_card_is_shared_whenever_somebody_asks(leads: Desk) -> None:
    configure(leads, command=f"sh {leads.file('sendmail.sh', 'cat > $$.eml')}")
    for _ in range(2):
        assert leads.ok("show", "1", "--email", "bob@example.com") == ""
    found = [read(path.read_bytes()) for path in leads.home.glob("*.eml")]
    assert [message["Subject"] for message in found] == ["Lead 1 Ada Lovelace"] * 2
    assert found[0]["List-Id"] is None
    assert found[0]["Auto-Submitted"] is None
    html = read(leads.ok("show", "2", "--email", "bob@example.com", "--dry-run")).get_body(("html",))
    assert html is not None
    assert "<img" not in html.get_content()
    leads.fails(3, "show", "99", "--email", "bob@example.com", says="99")


def test_the_dashboard_goes_by_mail_too(leads: Desk) -> None:
    message = read(leads.ok("report", "dashboard", "--email", "bob@example.com", "--dry-run"))
    assert message["Subject"].startswith("Lead desk")
    html = message.get_body(("html",))
    assert html is not None
    assert "<svg" not in html.get_content()
    assert "<script" not in html.get_content()
    assert "http" not in html.get_content()
