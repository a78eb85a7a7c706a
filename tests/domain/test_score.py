"""Scores come from the desk's own won and lost leads, can be followed by hand, and are derived data."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk


@pytest.fixture
def history(desk: Desk) -> Desk:
    """Won from Web: 2 4 6. Lost: 1 and 3 from Event left at New, 8 from Web left at Contacted. Open: 5 7 9 10."""
    for number in range(1, 11):
        desk.ok("add", f"Lead {number}", "--source", "Event" if number % 2 else "Web", "--email", f"a{number}@acme.com")
    desk.ok("status", "2,4,6", "converted")
    desk.ok("status", "8", "contacted")
    desk.ok("lost", "1,3,8", "--reason", "no budget")
    desk.ok("score", "--refresh")
    return desk


def scores(desk: Desk) -> dict[int, Any]:
    return {lead["id"]: lead["score"] for lead in desk.json("filter", "is:any")}


def test_the_formula_by_hand(history: Desk) -> None:
    # W = L = 3.1; source Web won 3.1 lost 1.1, Event won 0.1 lost 2.1: 3.2 each in all
    web, event = (3.1 / 3.2) / (1.1 / 3.2), (0.1 / 3.2) / (2.1 / 3.2)
    found = scores(history)
    assert found[10] == round(100 * web / (1 + web), 2) == 73.81
    assert found[5] == found[7] == found[9] == round(100 * event / (1 + event), 2) == 4.55
    assert [found[id] for id in (2, 1)] == [100, 0]


def test_a_lost_lead_counts_for_the_stage_it_left_and_all_before(history: Desk) -> None:
    history.ok("status", "10", "contacted")
    stage = (3.1 / 3.1) / (1.1 / 3.1)  # three won and one lost lead came to Contacted
    web = (3.1 / 3.2) / (1.1 / 3.2)
    found = history.json("score", "10")[0]
    assert found["score"] == round(100 * stage * web / (1 + stage * web), 2)


def test_explanations_add_up_to_the_score(history: Desk) -> None:
    for row in history.json("score", "--explain"):
        odds = row["base"] / (100 - row["base"])
        for factor in row["factors"]:
            odds *= factor["factor"]
        assert row["score"] == pytest.approx(100 * odds / (1 + odds), abs=0.006)
    rows = {row["id"]: row for row in history.json("score")}
    assert rows[10]["for"] == ["source Web x2.82"]
    assert rows[5]["against"] == ["source Event x0.05"]
    assert set(rows[5]) >= {"id", "score", "for", "against"}


def test_without_target_the_best_open_leads_come_first(history: Desk) -> None:
    assert history.ok("score", "--ids").split() == ["10", "9", "7", "5"]
    assert history.ok("score", "--limit", "1", "--ids") == "10"
    assert history.ok("score", "7", "10", "--ids").split() == ["7", "10"]


def test_scores_filter_and_sort_and_are_derived_data(history: Desk) -> None:
    assert history.ok("list", "score:50..", "--ids") == "10"
    assert history.ok("list", "--sort", "-score", "--limit", "1", "--ids") == "10"
    assert "score" not in history.ok("export").splitlines()[0].split(",")
    before = history.json("history")
    history.ok("score", "--refresh")
    assert history.json("history") == before
    history.ok("undo")
    assert scores(history)[10] == 73.81


def test_a_tag_counts_from_fifty_closed_leads_on(desk: Desk) -> None:
    for number in range(49):
        desk.ok("add", f"Lead {number}", "--tag", "vip")
    desk.ok("add", "Plain")
    desk.ok("add", "Other", "--tag", "vip")
    desk.ok("status", "1-49", "converted")
    desk.ok("lost", "50", "--reason", "no budget")
    assert "tag" not in str(desk.json("score", "51", "--explain")[0]["factors"])
    desk.ok("add", "One more", "--tag", "vip")
    desk.ok("lost", "52", "--reason", "no budget")
    assert "'tag'" in str(desk.json("score", "51", "--explain")[0]["factors"])


def test_nothing_to_learn_from(desk: Desk) -> None:
    desk.ok("add", "Ada")
    assert desk.json("score") == []
    assert "nothing to learn" in desk.run("score", "--refresh").both
    assert desk.json("show", "1")["score"] is None


def test_open_leads_stay_between_certain_and_impossible(desk: Desk) -> None:
    for number in range(30):
        desk.ok("add", f"Lead {number}", "--source", "Sure" if number < 15 else "Never", "--country", str(number < 15))
    desk.ok("status", "1-14", "converted")
    desk.ok("lost", "16-29", "--reason", "no budget")
    desk.ok("score", "--refresh")
    assert (scores(desk)[15], scores(desk)[30]) == (99.99, 0.01)


def test_a_dry_run_of_targets_that_do_not_exist(desk: Desk) -> None:
    desk.ok("init")
    desk.fails(3, "score", "99", says="no lead 99")


def test_calibration_reconciles_with_the_closed_leads(history: Desk) -> None:
    report = history.json("report", "calibration")
    assert [(row["score"], row["count"], row["rate"]) for row in report["rows"]] == [
        ("0-10 %", 2, 0),
        ("70-80 %", 4, 75),
    ]
    assert report["totals"]["count"] == 6
    assert history.json("report", "calibration", "source:event")["totals"]["count"] == 2
