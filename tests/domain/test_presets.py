"""Guards the rules of every preset: what a new desk offers, which moves it allows, how a lead ends."""

from __future__ import annotations

import pytest
from desk import Desk

from leadcli.domain.upkeep.presets import LOST_REASONS, PRESETS

# preset: (statuses with their state, a source, where a new lead may go, where not, a lost reason)
RULES = {
    "default": ("New open, Contacted open, Qualified open, Converted won, Lost lost", "Referral",
                ["contacted", "lost"]),
    "bitrix24": (
        "Unprocessed open, In progress open, Processed open, High-quality won, Junk lost", "Sales boost",
        ["in-progress", "processed", "high quality"],
    ),
    "orocrm": ("New open, Qualified won, Disqualified lost", "Demand generation", ["qualified"]),
    "espocrm": (
        "New open, Assigned open, In Process open, Converted won, Recycled recycled, Dead lost", "Partner",
        ["assigned", "in-process", "recycled", "assigned"],
    ),
    "mycompany": ("New open, Qualified open, Proposition open, Won won, Lost lost", "LinkedIn", ["proposition", "won"]),
    "persisca": ("New open, Contacted open, Qualified open, Customer won, Lost lost, Junk lost", "Facebook",
                 ["customer"]),
}  # fmt: skip


def begun(desk: Desk, preset: str) -> Desk:
    desk.ok("init", "--preset", preset)
    desk.ok("add", "Ada", *(["--channel", "Web"] if preset == "orocrm" else []))
    return desk


def test_every_preset_has_its_rules_here() -> None:
    assert set(RULES) == set(PRESETS)


@pytest.mark.parametrize("preset", RULES)
def test_statuses_sources_priorities_and_reasons(desk: Desk, preset: str) -> None:
    begun(desk, preset)
    statuses, source, _ = RULES[preset]
    assert ", ".join(f"{row['status']} {row['state']}" for row in desk.json("status")) == statuses
    assert desk.json("show", 1)["status"] == statuses.split(" ")[0]
    offered = {row["name"]: row["choices"] for row in desk.json("field", "list")}
    assert source in offered["source"]
    assert offered["priority"] == ["Low", "Normal", "High", "Urgent"]
    assert offered["lost_reason"] == list(PRESETS[preset].lost_reasons or LOST_REASONS)
    assert (offered["type"], offered["campaign"]) == ([], [])
    assert offered["medium"] == (["Email", "Phone", "Web", "Social media"] if preset == "mycompany" else [])


@pytest.mark.parametrize("preset", RULES)
def test_the_usual_moves_are_allowed(desk: Desk, preset: str) -> None:
    begun(desk, preset)
    for status in RULES[preset][2]:
        desk.ok("status", "1", status, *(["--reason", "No budget"] if status in ("lost", "junk") else []))


@pytest.mark.parametrize("preset", RULES)
def test_a_lead_is_lost_reopened_converted_and_taken_back(desk: Desk, preset: str) -> None:
    begun(desk, preset)
    first = desk.json("show", 1)["status"]
    lost = next(row["status"] for row in desk.json("status") if row["state"] == "lost")
    won = next(row["status"] for row in desk.json("status") if row["state"] == "won")
    desk.ok("lost", "1", "--reason", "No budget")
    assert desk.json("show", 1)["status"] == lost
    desk.ok("status", "1", first)
    desk.ok("convert", "1", "--yes")
    assert desk.json("show", 1)["status"] == won
    desk.ok("undo")
    assert desk.json("show", 1)["status"] == first


@pytest.mark.parametrize("refused", ["dead", "in process", "recycled"])
def test_espo_moves_one_step_at_a_time(desk: Desk, refused: str) -> None:
    begun(desk, "espocrm")
    desk.fails(5, "edit", "1", "--status", refused, "--lost-reason", "Junk", says="may be followed by: Assigned")
    desk.fails(5, "status", "1", "converted", says="may be followed by: Assigned")
    desk.ok("edit", "1", "--status", refused, "--lost-reason", "Junk", "--force")
    assert "forced" in desk.ok("history", "1")


def test_a_recycled_lead_is_closed_and_comes_back(desk: Desk) -> None:
    begun(desk, "espocrm")
    for status in ("assigned", "in-process", "recycled"):
        desk.ok("status", "1", status)
    assert (desk.ok("list", "--count"), desk.ok("filter", "is:recycled", "--count")) == ("0", "1")
    assert desk.json("show", 1)["closed_at"]
    desk.fails(5, "status", "1", "new", says="may be followed by: Assigned")
    desk.ok("status", "1", "assigned")
    assert desk.json("show", 1)["closed_at"] is None


def test_espo_spells_its_sources_shortly(desk: Desk) -> None:
    begun(desk, "espocrm")
    desk.ok("add", "Eve", "--source", "web-site")
    assert desk.json("show", 2)["source"] == "Web Site"
    result = desk.run("add", "Tom", "--source", "PR")
    assert "Warning" not in result.stderr
    assert desk.json("show", 3)["source"] == "Public Relations"
    desk.ok("add", "Tim", "--source", "web")
    assert desk.ok("list", "source:web", "--ids").split() == ["4", "2"]


def test_oro_leads_need_an_active_channel(desk: Desk) -> None:
    desk.ok("init", "--preset", "orocrm")
    desk.fails(2, "add", "Ada", says="--channel")
    desk.ok("add", "Ada", "--channel", "Web")
    desk.ok("add", "Bob")
    assert desk.json("show", 2)["channel"] == "Web"
    desk.ok("add", "Eve", "--channel", "Phone")
    desk.fails(2, "add", "Dan", says=("Web", "Phone"))
    desk.ok("field", "edit", "channel", "--choice", "Phone", "--inactive")
    desk.ok("add", "Dan")


def test_oro_reactivates_both_ends(desk: Desk) -> None:
    begun(desk, "orocrm")
    desk.ok("status", "1", "qualified")
    desk.ok("status", "1", "new")
    desk.ok("lost", "1", "--reason", "Junk")
    desk.fails(5, "status", "1", "qualified", says="may be followed by: New")
    desk.ok("status", "1", "new")


def test_mycompany_types_limit_statuses(desk: Desk) -> None:
    begun(desk, "mycompany")
    desk.ok("field", "edit", "type", "--choice", "support", "--allow", "new,won,lost")
    desk.ok("status", "1", "proposition")
    result = desk.run("edit", "1", "--type", "support")
    assert "type support does not allow Proposition: lead 1 is New now" in result.stderr
    desk.fails(5, "status", "1", "qualified", says="type 'support', which allows: New, Won, Lost")
    desk.ok("add", "Only type")
    assert desk.json("show", 2)["type"] == "support"


def test_persisca_has_two_ways_to_lose(desk: Desk) -> None:
    begun(desk, "persisca")
    desk.ok("lost", "1", "--reason", "Junk", "--status", "junk")
    assert desk.json("show", 1)["status"] == "Junk"
    assert desk.ok("filter", "is:lost", "--count") == "1"
