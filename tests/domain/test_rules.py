"""Rules act inside the operation that sets them off, say so in the history, and go with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk


def owners(desk: Desk) -> list[str]:
    return [lead["owner"] for lead in desk.json("filter", "is:any", "--sort", "id")]


def test_a_new_lead_gets_what_the_rule_says(desk: Desk) -> None:
    desk.ok("rule", "add", "web", "--on", "added", "--if", "source:web value:5k..", "--set", "owner=bob", "--set",
            "priority=high", "--tag", "hot", "--task", "call back", "--due", "+1d")  # fmt: skip
    lead = desk.json("add", "Ada", "--source", "Web", "--value", "6k")[0]
    assert (lead["owner"], lead["priority"], lead["tags"], lead["due"][:10]) == ("bob", "High", ["hot"], "2026-11-23")
    assert desk.json("add", "Bob", "--source", "Web", "--value", "4k")[0]["owner"] == "ann"
    assert desk.json("task")[0]["owner"] == "bob"
    assert desk.ok("list", "hot", "--ids") == desk.ok("list", "call", "back", "--ids") == "1"
    assert desk.ok("list", "tag:hot", "--ids") == "1"


def test_history_names_the_rule_and_one_undo_takes_back_both(desk: Desk) -> None:
    desk.ok("add", "Ada", "--tag", "old")
    before = desk.ok("export")
    desk.ok("rule", "add", "big", "--on", "changed", "--if", "value:5k..", "--tag", "hot", "--set", "priority=urgent")
    desk.ok("edit", "1", "--value", "9k")
    changes = desk.json("history", "--limit", "1")[0]["changes"]
    reasons = {change["field"]: change["reason"] for change in changes if "reason" in change}
    assert desk.ok("show", "1", "--history").count("rule big") == 2, reasons
    assert desk.ok("list", "hot", "old", "--ids") == "1"
    after = desk.ok("export")
    desk.ok("undo")
    assert desk.ok("export") == before
    assert desk.ok("list", "hot", "--ids") == ""
    desk.ok("redo")
    assert desk.ok("export") == after
    assert desk.run("doctor", "--json").stdout.count("search index") == 0


def test_round_robin_goes_round(desk: Desk) -> None:
    desk.ok("rule", "add", "spread", "--on", "added", "--assign", "round-robin:ann,bob,eva,joe")
    for number in range(6):
        desk.ok("add", f"Lead {number}")
    assert owners(desk) == ["ann", "bob", "eva", "joe", "ann", "bob"]
    desk.ok("undo")
    desk.ok("add", "Again")
    assert owners(desk)[-1] == "bob", "an undone lead took nobody's turn"
    desk.ok("undo", "3")
    assert owners(desk) == ["ann", "eva", "joe", "ann", "bob"]


def test_least_busy_counts_open_leads_and_ties_go_by_order(desk: Desk) -> None:
    desk.ok("add", "Old", "--owner", "ann")
    desk.ok("add", "Closed", "--owner", "bob")
    desk.ok("status", "2", "converted")
    desk.ok("rule", "add", "spread", "--on", "added", "--assign", "least-busy:ann,bob,eva")
    for number in range(5):
        desk.ok("add", f"Lead {number}", "--owner", "")
    assert owners(desk)[2:] == ["bob", "eva", "ann", "bob", "eva"]


@pytest.mark.parametrize(
    ("event", "command"),
    [
        ("added", ("add", "New")),
        ("changed", ("edit", "1", "--city", "Paris")),
        ("status", ("status", "1", "contacted")),
        ("changed", ("status", "1", "contacted")),
        ("lost", ("lost", "1", "--reason", "No budget")),
        ("status", ("lost", "1", "--reason", "No budget")),
        ("converted", ("convert", "1", "--yes")),
    ],
)
def test_each_event_sets_its_rules_off(desk: Desk, event: str, command: tuple[str, ...]) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--budget", "yes", "--need", "yes")
    desk.ok("rule", "add", "it", "--on", event, "--tag", "seen")
    desk.run(*command)
    assert desk.ok("filter", "tag:seen", "--count") == "1"


@pytest.mark.parametrize("event", ["changed", "status", "lost", "converted"])
def test_other_events_do_not(desk: Desk, event: str) -> None:
    desk.ok("rule", "add", "it", "--on", event, "--tag", "seen")
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    desk.ok("log", "1", "called")
    assert desk.ok("filter", "tag:seen", "--count") == "0"


def test_rules_set_off_no_rules_but_see_what_those_before_did(desk: Desk) -> None:
    desk.ok("rule", "add", "first", "--on", "added", "--set", "city=Paris")
    desk.ok("rule", "add", "echo", "--on", "changed", "--tag", "echo")
    desk.ok("rule", "add", "second", "--on", "added", "--if", "city:Paris", "--tag", "seen")
    desk.ok("add", "Ada")
    assert desk.json("show", "1")["tags"] == ["seen"]


def test_the_later_of_two_rules_decides_and_that_is_said(desk: Desk) -> None:
    desk.ok("rule", "add", "one", "--on", "added", "--set", "owner=bob")
    said = desk.run("rule", "add", "two", "--on", "added", "--set", "owner=eva")
    assert "one sets owner too" in said.stderr
    desk.ok("add", "Ada")
    assert owners(desk) == ["eva"]
    assert [rule["name"] for rule in desk.json("rule")] == ["one", "two"]


def test_a_status_set_by_a_rule_keeps_the_pipelines_rules(desk: Desk) -> None:
    desk.ok("init", "--preset", "orocrm")
    desk.ok("rule", "add", "win", "--on", "changed", "--if", "tag:win", "--set", "status=qualified")
    desk.ok("add", "Ada", "--channel", "web")
    desk.ok("edit", "1", "--tag", "win")
    lead = desk.json("show", "1")
    assert lead["status"] == "Qualified"
    assert lead["closed_at"]
    desk.fails(2, "rule", "add", "lose", "--on", "added", "--set", "status=disqualified", says="lost")


def test_a_broken_rule_is_skipped_named_and_found_by_the_doctor(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "text")
    desk.ok("rule", "add", "emea", "--on", "added", "--if", "segment:EMEA", "--tag", "emea")
    desk.ok("rule", "add", "all", "--on", "added", "--tag", "all")
    desk.ok("field", "rm", "segment", "--yes")
    said = desk.run("add", "Ada")
    assert said.returncode == 0
    assert "emea was skipped" in said.stderr
    assert desk.json("show", "1")["tags"] == ["all"]
    findings = {each["check"]: each["message"] for each in desk_findings(desk)}
    assert "rule emea" in findings["rules"]
    assert desk.json("rule", "show", "emea")["broken"]


def desk_findings(desk: Desk) -> list[dict[str, str]]:
    import json

    found: list[dict[str, str]] = json.loads(desk.run("doctor", "--json").stdout)["findings"]
    return found


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("x", "--on", "born", "--tag", "a"), 2, "unknown event 'born'"),
        (("x", "--on", "added"), 2, "what should the rule do"),
        (("x", "--on", "added", "--if", "statsu:new", "--tag", "a"), 2, "did you mean 'status'"),
        (("x", "--on", "added", "--if", "ada", "--tag", "a"), 2, "ada"),
        (("x", "--on", "added", "--if", "(status:new or", "--tag", "a"), 2, "filter ends too early"),
        (("x", "--on", "added", "--set", "ownr=a"), 2, "did you mean 'owner'"),
        (("x", "--on", "added", "--set", "status=nwe"), 2, "nwe"),
        (("x", "--on", "added", "--set", "score=5"), 2, "score"),
        (("x", "--on", "added", "--set", "owner"), 2, "has no ="),
        (("x", "--on", "added", "--assign", "robin:ann"), 2, "unknown way"),
        (("x", "--on", "added", "--assign", "round-robin:"), 2, "nobody"),
        (("x", "--on", "added", "--assign", "round-robin:a", "--set", "owner=b"), 2, "both name an owner"),
        (("x", "--on", "added", "--due", "fri", "--tag", "a"), 2, "--due needs a task"),
        (("x", "--on", "added", "--task", "call", "--due", "31/12"), 2, "31/12"),
        (("x", "--on", "added", "--mail", "nosuch"), 2, "nosuch"),
        (("x y", "--on", "added", "--tag", "a"), 2, "name of a rule"),
        (("web", "--on", "added", "--tag", "a"), 5, "exists already"),
    ],
)
def test_what_makes_no_rule_is_refused(desk: Desk, arguments: tuple[str, ...], code: int, says: str) -> None:
    desk.ok("rule", "add", "web", "--on", "added", "--tag", "web")
    desk.fails(code, "rule", "add", *arguments, says=says)
    assert len(desk.json("rule")) == 1


def test_rules_are_switched_replaced_removed_and_undone(desk: Desk) -> None:
    desk.ok("rule", "add", "web", "--on", "added", "--tag", "web")
    desk.ok("rule", "off", "web")
    desk.ok("add", "Ada")
    assert desk.json("rule")[0]["active"] is False
    desk.ok("rule", "on", "web")
    desk.ok("rule", "add", "web", "--on", "added", "--tag", "net", "--force")
    desk.ok("add", "Bob")
    assert [lead["tags"] for lead in desk.json("list")] == [["net"], []]
    desk.ok("rule", "rm", "web")
    assert desk.json("rule") == []
    desk.ok("undo")
    assert desk.json("rule")[0]["do"] == "--tag net"
    desk.fails(2, "rule", "show", "wbe", says="did you mean 'web'")


def test_test_shows_whom_a_rule_fits_and_changes_nothing(desk: Desk) -> None:
    desk.ok("add", "Ada", "--value", "9k")
    desk.ok("add", "Bob")
    desk.ok("rule", "add", "big", "--on", "added", "--if", "value:5k..", "--tag", "hot")
    before = desk.db.read_bytes()
    assert desk.ok("rule", "test", "big", "--ids") == "1"
    assert [lead["id"] for lead in desk.json("rule", "test", "big", "name:bob")] == []
    assert desk.db.read_bytes() == before


def test_dry_run_leaves_nothing_and_takes_no_turn(desk: Desk) -> None:
    desk.ok("rule", "add", "spread", "--on", "added", "--assign", "round-robin:bob,eva")
    assert desk.json("add", "Ada", "--dry-run")[0]["owner"] == "bob"
    desk.ok("add", "Ada")
    assert owners(desk) == ["bob"]


def test_time_based_rules_act_once_per_lead_and_period(desk: Desk) -> None:
    desk.ok("add", "Ada", LEADCLI_TODAY="2026-09-01")
    desk.ok("rule", "add", "rotten", "--on", "stale", "--run", f"cat >> {desk.home}/told")
    desk.ok("rule", "add", "late", "--on", "overdue", "--tag", "late")
    desk.ok("task", "add", "1", "send quote", "--due", "2026-11-20", LEADCLI_TODAY="2026-09-02")
    assert desk.json("rule", "run") == [{"name": "rotten", "leads": 1}, {"name": "late", "leads": 1}]
    assert desk.json("rule", "run") == [{"name": "rotten", "leads": 0}, {"name": "late", "leads": 0}]
    assert len((desk.home / "told").read_text().splitlines()) == 1
    assert desk.json("show", "1")["tags"] == ["late"]
    desk.ok("undo")
    assert desk.json("show", "1")["tags"] == []
    assert desk.json("rule", "run", "late") == [{"name": "late", "leads": 1}]
    desk.ok("task", "done", "T1")
    desk.ok("task", "add", "1", "again", "--due", "2026-11-21")
    assert desk.json("rule", "run", "late") == [{"name": "late", "leads": 1}]
    desk.ok("rule", "add", "new", "--on", "added", "--tag", "x")
    desk.fails(2, "rule", "run", "new", says="not by time")


def test_a_command_reads_the_leads_and_its_failure_is_only_said(desk: Desk) -> None:
    told = desk.home / "told"
    desk.ok("rule", "add", "tell", "--on", "added", "--run", f"cat > {told}")
    desk.ok("rule", "add", "fail", "--on", "added", "--run", "echo broken >&2; exit 3")
    said = desk.run("add", "$(touch x)")
    assert said.returncode == 0
    assert "ended with code 3: broken" in said.stderr
    import json

    line = json.loads(told.read_text())
    assert (line["event"], line["before"], line["after"]["name"]) == ("added", None, "$(touch x)")
    assert not Path(desk.home / "x").exists()


def test_mail_goes_out_after_the_operation_is_kept(desk: Desk) -> None:
    sent = desk.home / "sent"
    desk.ok("config", "mail.command", f"sh -c 'cat >> {sent}'")
    desk.ok("config", "mail.from", "Ann <ann@example.com>")
    desk.ok("template", "add", "intro", "--subject", "Hello {{ name }}", "--body", desk.file("body.txt", "Welcome."))
    desk.ok("rule", "add", "greet", "--on", "added", "--mail", "intro")
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--dry-run")
    assert not sent.exists()
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    assert "Subject: Hello Ada" in sent.read_text()
    said = desk.run("add", "Bob")
    assert said.returncode == 0
    assert "greet" in said.stderr
    assert "no e-mail" in said.stderr


def test_a_lead_that_is_in_the_status_already_did_not_move(desk: Desk) -> None:
    desk.ok("import", desk.file("a.csv", "name,status,created_at\nAda,Contacted,2020-01-01T10:00:00Z\n"))
    desk.ok("rule", "add", "r", "--on", "changed", "--set", "status=contacted", "--set", "priority=high")
    since = desk.json("show", "1")["days_in_status"]
    desk.ok("edit", "1", "--city", "Bonn")
    shown = desk.json("show", "1")
    assert (shown["priority"], shown["days_in_status"]) == ("High", since)


def test_a_new_lead_that_a_rule_changes_counts_once(desk: Desk) -> None:
    desk.ok("rule", "add", "r", "--on", "added", "--set", "phones=+44 20 7946 0001", "--tag", "x")
    desk.ok("import", desk.file("a.csv", "name\n" + "".join(f"Lead {n}\n" for n in range(20))))
    assert desk.json("history", "--limit", "1")[0]["effect"].startswith("20 leads")
    assert "20 leads" in desk.run("undo").both
    assert "20 leads" in desk.run("redo").both
