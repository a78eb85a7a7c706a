"""next and board: whom to contact now and why; the pipeline as lanes."""

from __future__ import annotations

import pytest
from desk import Desk

NOW = "2026-11-22T12:00"
DONE = ("--owner", "ann", "--close", "2026-12-20")


@pytest.fixture
def needy(desk: Desk) -> Desk:
    """One lead for each reason, added in the reverse of the order they should come in."""
    desk.env["LEADCLI_TODAY"] = NOW
    desk.ok("add", "nothing", *DONE)
    desk.ok("add", "no close", "--owner", "ann")
    desk.ok("add", "no owner", "--close", "2026-12-20")
    desk.ok("edit", "3", "--unset", "owner")
    desk.ok("add", "no step", *DONE)
    desk.ok("add", "idle", *DONE, LEADCLI_TODAY="2026-08-01T12:00")
    desk.ok("log", "5", "hello", "--kind", "call", LEADCLI_TODAY="2026-08-01T12:00")
    desk.ok("add", "never", *DONE)
    desk.ok("add", "today", *DONE, "--task", "call", "--due", "today")
    desk.ok("add", "late", *DONE, "--task", "call", "--due", "-2d")
    for id in (1, 2, 3, 4):
        desk.ok("log", id, "hello", "--kind", "call")
    for id in (1, 2, 3):
        desk.ok("task", "add", id, "later", "--due", "2026-12-01")
    return desk


def test_each_lead_comes_once_with_its_best_reason(needy: Desk) -> None:
    assert [(lead["name"], lead["reason"]) for lead in needy.json("next")] == [
        ("late", "overdue task"), ("today", "due today"), ("never", "never contacted"), ("idle", "idle too long"),
        ("no step", "no next step"), ("no owner", "no owner"), ("no close", "no expected close"),
    ]  # fmt: skip
    assert needy.json("next")[0]["since"] == "2026-11-20T00:00:00Z"
    assert needy.json("next", "--limit", "0") == needy.json("next")
    for limit in range(1, 8):
        assert needy.json("next", "--limit", limit) == needy.json("next")[:limit]


def test_next_takes_a_filter_and_only_open_leads(needy: Desk) -> None:
    assert [lead["name"] for lead in needy.json("next", "no:owner")] == ["no owner"]
    assert [lead["name"] for lead in needy.json("next", "6,8")] == ["late", "never"]
    needy.ok("lost", "8", "--reason", "no budget")
    assert needy.json("next")[0]["name"] == "today"
    assert needy.json("next", "status:lost") == []
    assert needy.run("next", "status:lost", "--fail-empty").returncode == 3
    assert needy.ok("next", "--ids", "--limit", "2").split() == ["7", "6"]
    assert needy.ok("next", "--fields", "name,reason", "--limit", "1") == "today\tdue today"
    assert "never contacted: is open" in needy.ok("next", "--explain")
    needy.fails(2, "next", "statsu:new", says="status")


def test_who_must_not_be_contacted_is_only_there_for_a_promise(needy: Desk) -> None:
    needy.ok("edit", "6", "8", "--do-not-contact")
    assert [lead["name"] for lead in needy.json("next")][:3] == ["late", "today", "idle"]


def test_a_status_says_how_long_a_lead_may_rest(needy: Desk) -> None:
    needy.ok("field", "edit", "status", "--choice", "New", "--rot-days", "0")
    assert "idle too long" not in [lead["reason"] for lead in needy.json("next")]


def test_more_than_the_newest_are_looked_through(desk: Desk) -> None:
    from leadcli.domain.pipeline import next_calls

    desk.ok("add", "Old and new")
    for _ in range(3):
        desk.ok("add", "Called")
    for id in (2, 3, 4):
        desk.ok("log", id, "hello", "--kind", "call")
    kept, next_calls._RECENT_IDS = next_calls._RECENT_IDS, 2
    try:
        assert [lead["name"] for lead in desk.json("next", "--limit", "1")] == ["Old and new"]
    finally:
        next_calls._RECENT_IDS = kept


@pytest.fixture
def lanes(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--company", "Analytical Engines", "--value", "12.5k", "--priority", "urgent")
    desk.ok(
        "add",
        "Grace Hopper",
        "--value",
        "4000",
        "--status",
        "contacted",
        "--owner",
        "bob",
        "--task",
        "call",
        "--due",
        "-2d",
    )
    desk.ok("add", "Yen", "--value", "1000 JPY")
    desk.ok("add", "Foo GmbH", "--source", "Event")
    desk.ok("lost", "4", "--reason", "no budget")
    return desk


def test_a_board_has_every_status_closed_ones_too(lanes: Desk) -> None:
    columns = lanes.json("board")["columns"]
    assert [(lane["name"], lane["count"]) for lane in columns] == [
        ("New", 2),
        ("Contacted", 1),
        ("Qualified", 0),
        ("Converted", 0),
        ("Lost", 1),
    ]
    assert columns[0]["value"] is None
    assert columns[0]["by_currency"] == {"EUR": 12500.0, "JPY": 1000.0}
    assert columns[1]["value"] == 4000.0
    assert columns[2]["value"] == 0.0
    assert columns[0]["leads"] == [lanes.json("show", "3"), lanes.json("show", "1")]


def test_board_report_and_status_agree(lanes: Desk) -> None:
    board = {lane["name"]: lane["count"] for lane in lanes.json("board")["columns"]}
    assert board == {row["status"]: row["count"] for row in lanes.json("status")}
    assert sum(board.values()) == int(lanes.ok("filter", "is:any", "--count"))
    assert lanes.ok("board", "--count") == "4"


def test_a_piped_board_is_a_line_a_lead(lanes: Desk) -> None:
    lines = lanes.ok("board").splitlines()
    assert [line.split("\t")[:3] for line in lines] == [
        ["New", "3", "Yen"], ["New", "1", "Ada Lovelace"], ["Contacted", "2", "Grace Hopper"],
        ["Lost", "4", "Foo GmbH"],
    ]  # fmt: skip
    assert len(lanes.ok("board", "--limit", "1").splitlines()) == 3
    assert len(lanes.ok("board", "owner:bob").splitlines()) == 1


@pytest.mark.parametrize(
    ("by", "names"),
    [("owner", ["bob", "ann"]), ("priority", ["Low", "Normal", "High", "Urgent", "(none)"]), ("src", None)],
)
def test_other_fields_make_lanes_too(lanes: Desk, by: str, names: list[str] | None) -> None:
    found = [lane["name"] for lane in lanes.json("board", "--by", by)["columns"]]
    assert found == names or (names is None and found[-1] == "(none)" and "Event" in found)
    assert sum(lane["count"] for lane in lanes.json("board", "--by", by)["columns"]) == 4


def test_a_board_by_what_is_no_choice_is_refused(lanes: Desk) -> None:
    lanes.fails(2, "board", "--by", "name", says=("no list of choices", "owner"))
    lanes.fails(2, "board", "--by", "stauts", says="status")
    lanes.fails(2, "board", "--width", "3", says="too narrow")


@pytest.mark.parametrize("width", [160, 100, 80, 40])
def test_a_drawn_board_fits_and_its_marks_need_no_colour(lanes: Desk, width: int) -> None:
    text = lanes.ok("board", "--format", "table", "--width", width)
    assert max(map(len, text.splitlines())) <= width
    for words in ("New (2)", "Contacted (1)", "Qualified (0)", "Converted (0)", "Lost (1)", "1 !! Ada", "late 2d"):
        assert words in text


def test_a_board_says_how_to_see_the_rest(lanes: Desk) -> None:
    text = lanes.ok("board", "--format", "table", "--limit", "1", "owner:ann")
    assert "+ 1 more: leadcli list owner:ann status:new" in text
    assert not set("─…·–") & set(lanes.ok("board", "--format", "table", "--ascii"))


def test_the_interactive_board_without_a_terminal_is_the_printed_one(lanes: Desk) -> None:
    done = lanes.run("board", "-i")
    assert done.stdout == lanes.run("board").stdout
    assert "needs a terminal" in done.stderr


def test_the_whole_board_counts_what_a_filtered_one_does(desk: Desk) -> None:
    for number, value in enumerate(("100 EUR", "250 USD", "", "7 JPY", "0 EUR")):
        desk.ok("add", f"P{number}", *(["--value", value] if value else []))
    desk.ok("status", "2,3", "contacted")
    whole, filtered = desk.json("board"), desk.json("board", "is:any")
    assert whole == filtered
    assert [(lane["count"], lane.get("by_currency", lane["value"])) for lane in whole["columns"][:2]] == [
        (3, {"EUR": 100, "JPY": 7}), (2, 250),
    ]  # fmt: skip
