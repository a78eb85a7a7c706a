"""Guards `lost`, reopening and what a move brings with it."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk


def lead(desk: Desk, id: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = desk.json("show", id)
    return found


def test_lost_sets_status_reason_note_closing_and_probability(desk: Desk) -> None:
    desk.ok("add", "Grace", "--value", "4000", "--probability", "60")
    result = desk.run("lost", "1", "--reason", "chose-a-competitor", "--note", "went with Univac")
    assert result.stdout == "1\n"
    assert result.stderr == "Lead 1 (Grace) lost: Chose a competitor. €4,000.00 removed from the pipeline.\n"
    now = lead(desk)
    assert [now[name] for name in ("status", "lost_reason", "lost_note", "probability")] == [
        "Lost", "Chose a competitor", "went with Univac", 0
    ]  # fmt: skip
    assert now["closed_at"]


def test_without_a_reason_and_a_terminal_the_reasons_are_listed(desk: Desk) -> None:
    desk.ok("add", "Grace")
    desk.fails(2, "lost", "1", says=("--reason", "Too expensive", "No budget", "Other"))
    desk.fails(2, "lost", "1", "--reason", "no bugdet", says="Did you mean 'No budget'?")
    assert lead(desk)["status"] == "New"


def test_reason_other_needs_a_note(desk: Desk) -> None:
    desk.ok("add", "Grace")
    desk.fails(2, "lost", "1", "--reason", "other", says="--note")
    desk.ok("lost", "1", "--reason", "other", "--note", "moved to Mars")


def test_the_setting_makes_the_reason_optional(desk: Desk) -> None:
    desk.ok("config", "lost_reason_required", "false")
    desk.ok("add", "Grace")
    desk.ok("lost", "1")
    assert (lead(desk)["status"], lead(desk)["lost_reason"]) == ("Lost", None)


@pytest.mark.parametrize(
    ("preset", "asks"),
    [("default", True), ("mycompany", True), ("orocrm", False), ("bitrix24", False), ("espocrm", False),
     ("persisca", False)],
)  # fmt: skip
def test_a_reason_is_asked_for_where_the_system_of_the_preset_does(desk: Desk, preset: str, asks: bool) -> None:
    desk.ok("init", "--preset", preset)
    desk.ok("add", "Grace", *(["--channel", "web"] if preset == "orocrm" else []))
    assert desk.run("lost", "1", "--dry-run").returncode == (2 if asks else 0)
    desk.ok("field", "edit", "lost_reason", "--optional" if asks else "--required")
    assert desk.run("lost", "1", "--dry-run").returncode == (0 if asks else 2)
    desk.ok("config", "lost_reason_required", "yes" if asks else "no")  # one person's own habit beats the desk
    assert desk.run("lost", "1", "--dry-run").returncode == (2 if asks else 0)
    desk.ok("config", "unset", "lost_reason_required")
    desk.ok("undo")
    assert desk.run("lost", "1", "--dry-run").returncode == (2 if asks else 0)


def test_a_lost_lead_gets_another_reason_and_keeps_its_lost_status(desk: Desk) -> None:
    desk.ok("init", "--preset", "persisca")
    desk.ok("add", "Grace")
    desk.ok("lost", "1", "--reason", "No budget", "--status", "junk")
    closed = lead(desk)["closed_at"]
    desk.ok("lost", "1", "--reason", "Not a fit")
    now = lead(desk)
    assert (now["status"], now["lost_reason"], now["closed_at"]) == ("Junk", "Not a fit", closed)
    desk.fails(2, "lost", "1", "--reason", "No budget", "--status", "new", says=("not a lost one", "Lost, Junk"))


def test_reopening_clears_the_loss_and_the_history_keeps_it(desk: Desk) -> None:
    desk.ok("add", "Grace")
    desk.ok("lost", "1", "--reason", "No budget")
    desk.ok("status", "1", "new")
    now = lead(desk)
    assert [now[name] for name in ("lost_reason", "lost_note", "closed_at", "probability")] == [None] * 4
    assert "No budget" in desk.ok("history", "1")


@pytest.mark.parametrize("how", [["status", "1", "converted"], ["convert", "1", "--yes"]])
def test_a_customer_cannot_be_lost_until_reopened(desk: Desk, how: list[str]) -> None:
    desk.ok("add", "Grace")
    desk.ok(*how)
    desk.fails(5, "lost", "1", "--reason", "No budget", says="reopen it first")
    desk.fails(5, "edit", "1", "--status", "lost", "--lost-reason", "No budget", says="reopen it first")
    desk.ok("status", "1", "new")
    desk.ok("lost", "1", "--reason", "No budget")


def test_many_at_once_all_or_nothing(desk: Desk) -> None:
    for name in ("A", "B", "C"):
        desk.ok("add", name)
    desk.ok("status", "3", "converted")
    desk.fails(5, "lost", "1-3", "--reason", "No budget", says="lead 3")
    desk.fails(2, "lost", "status:new", "--reason", "No budget", says="--yes")
    assert desk.ok("filter", "is:lost", "--count") == "0"
    assert desk.run("lost", "status:new", "--reason", "No budget", "--yes").stderr == "Lost 2 leads: No budget.\n"
    desk.ok("undo")
    assert desk.ok("filter", "is:lost", "--count") == "0"


def test_a_type_chooses_the_lost_status_it_allows(desk: Desk) -> None:
    desk.ok("init", "--preset", "persisca")
    desk.ok("field", "edit", "type", "--choice", "web", "--allow", "new,customer,junk")
    desk.ok("field", "edit", "type", "--choice", "vip", "--allow", "new,customer")
    desk.ok("add", "Grace", "--type", "web")
    desk.ok("add", "Ada", "--type", "vip")
    desk.ok("lost", "1", "--reason", "No budget")
    assert lead(desk)["status"] == "Junk"
    desk.fails(5, "lost", "2", "--reason", "No budget", says="type 'vip', which allows: New, Customer")
    desk.ok("lost", "2", "--reason", "No budget", "--force")
    assert "forced" in desk.ok("history", "2")


def test_edit_can_lose_a_lead_with_a_reason(desk: Desk) -> None:
    desk.ok("add", "Grace")
    desk.fails(2, "edit", "1", "--status", "lost", says="Reasons:")
    desk.fails(2, "edit", "1", "--lost-reason", "No budget", says="leadcli lost")
    desk.ok("edit", "1", "--status", "lost", "--lost-reason", "no budget")
    assert (lead(desk)["lost_reason"], lead(desk)["probability"]) == ("No budget", 0)


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    desk.ok("add", "Grace")
    assert "would be lost" in desk.run("lost", "1", "--reason", "No budget", "--dry-run").stderr
    assert lead(desk)["status"] == "New"


def test_nothing_matches_is_said_as_such(desk: Desk) -> None:
    desk.ok("add", "Grace")
    for words in (
        ["lost", "tag:absent", "--reason", "No budget"],
        ["convert", "tag:absent"],
        ["status", "tag:absent", "new"],
    ):
        assert "Nothing matches" in desk.run(*words).stderr, words
