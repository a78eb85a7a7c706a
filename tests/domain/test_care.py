"""The doctor finds what is wrong and mends what is safe; a backup is complete or not there."""

from __future__ import annotations

import sqlite3
import stat

import pytest
from desk import Desk

SOUND = ("add", "Ada", "--owner", "ann", "--close", "2026-12-24", "--email", "ada@acme.com")


def harm(desk: Desk, *statements: str) -> None:
    with sqlite3.connect(desk.db) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def findings(desk: Desk, *options: str, code: int = 4) -> dict[str, str]:
    import json

    result = desk.run("doctor", "--json", *options)
    assert result.returncode == code, result.both
    said = json.loads(result.stdout)
    assert said["ok"] is (code == 0)
    assert all(set(each) == {"check", "severity", "message"} for each in said["findings"])
    return {each["check"]: each["message"] for each in said["findings"]}


@pytest.mark.parametrize("preset", ["default", "bitrix24", "orocrm", "espocrm", "mycompany", "persisca"])
def test_a_fresh_desk_is_sound(desk: Desk, preset: str) -> None:
    desk.ok("init", "--preset", preset)
    assert findings(desk, code=0) == {}
    assert desk.run("doctor").returncode == 0


def test_a_sound_lead_is_no_finding_and_a_lost_one_is(desk: Desk) -> None:
    desk.ok(*SOUND)
    assert findings(desk, code=0) == {}
    desk.ok("add", "Bob", "--owner", "")
    assert set(findings(desk, "--strict")) == {"no owner", "no close date", "no contact"}


def test_hints_alone_are_no_failure_but_where_they_are_to_count(desk: Desk) -> None:
    desk.ok("add", "--company", "Nowhere Ltd", "--owner", "", LEADCLI_ME="")
    assert set(findings(desk, code=0)) == set(findings(desk, "--strict")) == {"no owner", "no close date", "no contact"}
    desk.db.chmod(0o644)
    assert len(findings(desk)) == 4


def test_hints_about_leads_are_told_from_problems_of_the_desk(desk: Desk) -> None:
    desk.ok("add", "--company", "Nowhere Ltd", "--owner", "", LEADCLI_ME="")
    hints = desk.run("doctor")
    assert hints.returncode == 0
    assert {line.split("\t")[1] for line in hints.lines} == {"hint"}
    said = desk.command(["script", "-qec", "leadcli doctor || true", "/dev/null"], LEADCLI_PLAIN="1").stdout
    assert "The desk is sound, 3 hints about leads that may get lost." in said
    assert "leadcli list no:owner" in said
    desk.db.chmod(0o644)
    said = desk.command(["script", "-qec", "leadcli doctor || true", "/dev/null"], LEADCLI_PLAIN="1").stdout
    assert "1 problem, 3 hints about leads that may get lost. Mend what is safe: leadcli doctor --fix" in " ".join(
        said.split()
    )


@pytest.mark.parametrize(
    ("harmed", "check", "says"),
    [
        ("UPDATE emails SET value = 'x@'", "e-mails", "lead 1 has 'x@'"),
        ("INSERT INTO phones VALUES ('lead', 1, 0, 'call me', NULL, NULL, '')", "phones", "'call me'"),
        ("UPDATE leads SET name = 'Robert'", "search index", "does not match"),
        ("INSERT INTO tags VALUES ('lead', 99, 0, 'x', 'x')", "orphans", "belong to no record"),
        ("INSERT INTO activities (record, record_id, kind) VALUES ('contact', 7, 'note')", "orphans", "activities"),
        ("PRAGMA foreign_keys = OFF; UPDATE leads SET account = 5", "links", "does not exist"),
        ("INSERT INTO leads (name, status, uid) SELECT 'B', status, uid FROM leads", "identities", "have the same uid"),
        ("DROP INDEX leads_owner", "schema", "index leads_owner is missing"),
        ("INSERT INTO views (name, kind, query) VALUES ('hot', 'filter', 'statsu:new')", "views", "@hot"),
        ("INSERT INTO templates (name, subject, body) VALUES ('t', 'Hi {{', 'x')", "templates", "subject"),
    ],
)
def test_each_harm_is_found(desk: Desk, harmed: str, check: str, says: str) -> None:
    desk.ok(*SOUND)
    harm(desk, *harmed.split("; "))
    assert says in findings(desk, "--strict")[check]


def test_damaged_pages_are_a_finding_and_no_traceback(desk: Desk) -> None:
    desk.ok(*SOUND)
    desk.ok("backup", desk.home / "b.db")
    content = bytearray((desk.home / "b.db").read_bytes())
    content[4096 * 20 : 4096 * 40] = b"\xff" * 4096 * 20
    (desk.home / "b.db").write_bytes(content)
    result = desk.run("--db", desk.home / "b.db", "doctor", "--json")
    assert result.returncode in (4, 6)
    assert "Traceback" not in result.both


def test_fix_mends_what_is_safe_after_a_copy(desk: Desk) -> None:
    desk.ok(*SOUND)
    harm(desk, "UPDATE leads SET name = 'Robert'", "INSERT INTO tags VALUES ('lead', 99, 0, 'x', 'x')")
    desk.db.chmod(0o644)
    assert set(findings(desk)) == {"search index", "orphans", "file modes"}
    mended = desk.run("doctor", "--fix")
    assert mended.returncode == 0, mended.both
    assert "mended" in mended.stderr
    assert len(list(desk.home.glob("t.db.before-fix-*"))) == 1
    assert desk.ok("list", "robert", "--ids") == "1"
    assert stat.S_IMODE(desk.db.stat().st_mode) == 0o600


def test_what_stands_around_the_desk_is_checked(desk: Desk) -> None:
    desk.ok(*SOUND)
    folder = desk.home / "config" / "leadcli"
    (folder / "imports").mkdir(parents=True)
    (folder / "imports" / "expo.toml").write_text("match = [")
    (folder / "config.toml").write_text('curency = "EUR"\n')
    found = findings(desk)
    assert "curency" in found["settings"]
    assert "expo.toml" in found["import profiles"]
    (folder / "config.toml").write_text("me = \n")
    assert "config.toml" in findings(desk)["settings"]


def test_mail_and_cron_are_checked_when_asked(desk: Desk) -> None:
    desk.ok(*SOUND)
    desk.ok("config", "mail.command", "no-such-mailer -t")
    assert findings(desk, code=0) == {}
    found = findings(desk, "--mail", "--cron")
    assert "no-such-mailer" in found["mail"]
    assert "whole path" in found["cron"]


def test_doctor_changes_nothing(desk: Desk) -> None:
    desk.ok(*SOUND)
    before = desk.db.read_bytes()
    desk.run("doctor")
    assert desk.db.read_bytes() == before


def test_a_backup_is_a_desk_of_its_own(desk: Desk) -> None:
    desk.ok(*SOUND)
    target = desk.home / "b.db"
    said = desk.json("backup", target)
    assert said["leads"] == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert desk.ok("--db", target, "export") == desk.ok("export")
    assert desk.ok("backup", target) == ""


def test_a_backup_overwrites_nothing_else(desk: Desk) -> None:
    desk.ok(*SOUND)
    other = desk.file("notes.txt", "mine")
    desk.fails(5, "backup", other, says="no backup of leadcli")
    assert other.read_text() == "mine"
    desk.fails(5, "backup", desk.db, says="the database itself")
    desk.fails(2, "backup", desk.home, says="directory")
    desk.fails(3, "backup", desk.home / "nowhere" / "b.db", says="no directory")
    desk.ok("backup", desk.home / "c.db", "--dry-run")
    assert not (desk.home / "c.db").exists()
    desk.fails(3, "backup", desk.home / "c.db", says="no database", LEADCLI_DB=str(desk.home / "none.db"))
