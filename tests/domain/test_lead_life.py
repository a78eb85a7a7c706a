"""Guards BANT, the copy of a lead, and what deleting one says."""

from __future__ import annotations

import pytest
from desk import Desk

FULL = (
    "add", "Ada", "--first-name", "Ada", "--last-name", "Lovelace", "--company", "Engines",
    "--email", "work:ada@acme.com",
    "--phone", "+442079460000", "--street", "1 Main", "--city", "London", "--website", "acme.com", "--owner", "bob",
    "--description", "text", "--priority", "high", "--tag", "a,b", "--value", "900", "--probability", "30",
)  # fmt: skip
LEFT_OUT = (
    "--status", "qualified", "--item", "Pump", "--campaign", "Expo", "--medium", "Web", "--source", "Event", "--close",
    "2026-12-01", "--note", "hello",
)  # fmt: skip
COPIED = ("name", "first_name", "last_name", "company", "emails", "phones", "street", "city", "website", "owner",
          "description", "priority", "tags", "value", "currency", "probability", "segment", "account")  # fmt: skip
NOT_COPIED = ("item", "campaign", "medium", "source", "expected_close", "lost_reason", "converted_at", "opportunity")


def test_a_copy_has_exactly_the_fields_of_the_customer(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "text")
    desk.ok(*FULL, *LEFT_OUT, "--set", "segment=EMEA")
    desk.ok("convert", "1", "--customer-only", "--yes")
    copy = desk.ok("add", "--copy", "1")
    old, new = desk.json("show", 1), desk.json("show", copy)
    assert {name: new[name] for name in COPIED} == {name: old[name] for name in COPIED}
    assert {name: new[name] for name in NOT_COPIED} == dict.fromkeys(NOT_COPIED)
    assert (new["status"], new["uid"] != old["uid"]) == ("New", True)
    assert "hello" not in desk.ok("show", copy)
    assert desk.json("show", desk.ok("add", "Other name", "--copy", "1", "--owner", "eve"))["owner"] == "eve"
    desk.fails(3, "add", "--copy", "99", says="no lead 99")


def test_a_copy_of_a_lost_lead_is_not_hopeless(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("lost", "1", "--reason", "No budget")
    desk.ok("add", "--copy", "1")
    assert desk.json("show", 2)["probability"] is None


@pytest.mark.parametrize(
    ("answers", "count"),
    [([], 0), (["--budget", "yes: 10k", "--need", "no, not now"], 1),
     (["--budget", "unknown", "--timeline", "in May"], 1),
     (["--budget", "yes", "--authority", "she decides", "--need", "pumps", "--timeline", "YES"], 4),
     (["--budget", "None of the others offered that"], 1)],
)  # fmt: skip
def test_bant_counts_what_is_yes(desk: Desk, answers: list[str], count: int) -> None:
    desk.ok("add", "Ada", *answers)
    assert desk.json("show", 1)["bant"] == count
    assert desk.ok("list", f"bant:{count}..", "--count") == "1"
    assert desk.ok("list", f"bant:{count + 1}..", "--count") == "0"


def test_the_card_lists_what_is_missing(desk: Desk) -> None:
    desk.ok("add", "Ada", "--budget", "yes: 10k", "--need", "unknown")
    assert "1 of 4 (missing: contact, authority, need, timeline)" in desk.ok(
        "show", "1", "--format", "table", LEADCLI_PLAIN="1"
    )
    desk.ok("edit", "1", "--email", "ada@acme.com")
    assert "(missing: authority, need, timeline)" in desk.ok("show", "1", "--format", "table", LEADCLI_PLAIN="1")


def test_deleting_says_what_hangs_on_the_lead(desk: Desk) -> None:
    desk.ok("add", "Ada", "--note", "hello", "--task", "call", "--due", "tomorrow")
    result = desk.run("rm", "1")
    assert result.stdout == "1\n"
    assert "lead 1 had 2 activities; better: leadcli lost 1" in result.stderr
    desk.ok("undo")
    assert "hello" in desk.ok("show", "1", "--format", "table")
    desk.ok("convert", "1", "--yes")
    result = desk.run("rm", "1")
    assert "2 activities, a customer made from it" in result.stderr
    assert "better" not in result.stderr
    assert desk.ok("add", "Bob") == "2"
