"""next and board: whom to contact now and why; the pipeline as lanes."""

from __future__ import annotations

from datetime import date

import pytest
from desk import Desk

NOW = "2026-11-22T12:00"
LETTER = (
    "From: Eve <eve@acme.com>\nSubject: Well?\nMessage-ID: <1@acme.com>\nDate: Sun, 22 Nov 2026 09:00:00 +0000\n\nHi"
)


@pytest.fixture
def needy(desk: Desk) -> Desk:
    """One lead for each reason, added in the reverse of the order they should come in; the first needs nothing."""
    desk.env["LEADCLI_TODAY"] = NOW
    old = {"LEADCLI_TODAY": "2026-08-01T12:00"}
    desk.ok("add", "nothing")
    desk.ok("add", "no step")
    desk.ok("add", "never")
    desk.ok("add", "idle", **old)
    desk.ok("add", "passed", "--close", "2026-11-21")
    desk.ok("add", "touch", "--touch-every", "6w", **old)
    desk.ok("add", "today", "--task", "call", "--due", "today")
    desk.ok("add", "late", "--task", "call", "--due", "-2d")
    desk.ok("add", "wrote", "--email", "eve@acme.com")
    desk.ok("log", "4", "hello", "--kind", "call", **old)
    desk.ok("log", "6", "hello", "--kind", "call", LEADCLI_TODAY="2026-10-04T12:00")
    for id in (1, 2, 5):
        desk.ok("log", id, "hello", "--kind", "call")
    desk.ok("task", "add", "1", "later", "--due", "2026-12-01")
    desk.ok("inbox", "-", stdin=LETTER)
    return desk


ORDER = [
    ("wrote", "they wrote and wait"), ("late", "overdue task"), ("today", "due today"),
    ("touch", "keep in touch: last contact 7 weeks ago"), ("passed", "expected close passed"), ("idle", "idle"),
    ("never", "never contacted"), ("no step", "no next step"),
]  # fmt: skip


def test_each_lead_comes_once_with_its_best_reason(needy: Desk) -> None:
    assert [(lead["name"], lead["reason"]) for lead in needy.json("next")] == ORDER
    since = {lead["name"]: lead["since"] for lead in needy.json("next")}
    assert since["late"] == "2026-11-20T00:00:00Z"
    assert since["wrote"] == "2026-11-22T09:00:00Z"
    assert since["touch"] == "2026-10-04T12:00:00Z"
    assert {lead["record"] for lead in needy.json("next")} == {"lead"}
    assert needy.json("next", "--limit", "0") == needy.json("next")
    for limit in range(1, 9):
        assert needy.json("next", "--limit", limit) == needy.json("next")[:limit]


def test_next_takes_a_filter_and_only_open_leads(needy: Desk) -> None:
    assert [lead["name"] for lead in needy.json("next", "has:touch_every")] == ["touch"]
    assert [lead["name"] for lead in needy.json("next", "3,8")] == ["late", "never"]
    needy.ok("lost", "9", "--reason", "no budget")
    assert needy.json("next")[0]["name"] == "late"
    assert needy.json("next", "status:lost") == []
    assert needy.run("next", "status:lost", "--fail-empty").returncode == 3
    assert needy.json("next", "status:lost", "--all")[0]["reason"] == "they wrote and wait"
    assert needy.ok("next", "--ids", "--limit", "2").split() == ["8", "7"]
    assert needy.ok("next", "--fields", "name,reason,record", "--limit", "1") == "late\toverdue task\tlead"
    assert "never contacted: is open" in needy.ok("next", "--explain")
    assert "keep in touch: is open is neglected" in needy.ok("next", "--explain").replace(" and", "")
    needy.fails(2, "next", "statsu:new", says="status")


def test_who_must_not_be_contacted_is_only_there_for_a_promise_or_a_letter(needy: Desk) -> None:
    needy.ok("edit", "3", "6", "8", "9", "--do-not-contact")
    assert [lead["name"] for lead in needy.json("next")][:4] == ["wrote", "late", "today", "passed"]


def test_who_is_snoozed_is_left_out_until_then(needy: Desk) -> None:
    needy.ok("snooze", "is:open", "tue", "--yes")
    assert needy.json("next") == []
    assert len(needy.json("next", LEADCLI_TODAY="2026-11-24T12:00")) == 8


def test_never_contacted_are_leads_where_they_begin(needy: Desk) -> None:
    needy.ok("status", "3", "contacted")
    assert needy.json("next", "3")[0]["reason"] == "no next step"
    needy.ok("status", "3", "new")
    needy.ok("field", "edit", "status", "--choice", "New", "--rename", r'Fresh "1" \\ or lost')
    assert needy.json("next", "3")[0]["reason"] == "never contacted"


@pytest.mark.parametrize(
    ("day", "ago"),
    [
        ("2026-11-22", "last contact today"),
        ("2026-11-21", "last contact 1 day ago"),
        ("2026-11-09", "last contact 13 days ago"),
        ("2026-11-08", "last contact 2 weeks ago"),
        ("2026-08-26", "last contact 12 weeks ago"),
        ("2026-08-24", "last contact 3 months ago"),
        ("2024-11-01", "last contact 2 years ago"),
    ],
)
def test_the_last_contact_is_said_in_words(day: str, ago: str) -> None:
    from leadcli.domain.pipeline.next_calls import last_contact_text

    assert last_contact_text(f"{day}T12:00:00Z", date(2026, 11, 22)) == ago


@pytest.fixture
def customers(needy: Desk) -> Desk:
    """The lead that wrote became a customer: account A1, contact C1."""
    needy.ok("edit", "9", "--company", "Acme", "--phone", "+44 20 7946 0000")
    needy.ok("convert", "9", "--yes", "--no-opportunity")
    return needy


def test_customers_are_listed_beside_leads(customers: Desk) -> None:
    first = customers.json("next")[0]
    assert (first["id"], first["record"], first["reason"]) == ("C1", "contact", "they wrote and wait")
    assert (first["name"], first["company"], first["account"]) == ("wrote", "Acme", "A1")
    assert (first["email"], first["phone"], first["status"]) == ("eve@acme.com", "+44 20 7946 0000", None)
    customers.ok("log", "C1", "answered", "--kind", "call")
    customers.ok("task", "add", "A1", "renewal", "--due", "2026-11-19")
    customers.ok("edit", "C1", "--touch-every", "1w")
    later = [(row["id"], row["reason"]) for row in customers.json("next", LEADCLI_TODAY="2026-11-30T12:00")]
    assert later[:5] == [
        ("A1", "overdue task"), (8, "overdue task"), (7, "overdue task"),
        (6, "keep in touch: last contact 8 weeks ago"), ("C1", "keep in touch: last contact 8 days ago"),
    ]  # fmt: skip
    for limit in range(1, 7):
        found = customers.json("next", "--limit", limit, LEADCLI_TODAY="2026-11-30T12:00")
        assert [(row["id"], row["reason"]) for row in found] == later[:limit]
    assert customers.ok("next", "--ids", "owner:ann", "name:acme") == "A1"
    assert customers.ok("next", "--ids", "is:open", "--limit", "1") == "8"
    assert customers.ok("next", "--ids", "1-20", "--limit", "1") == "8"
    customers.ok("snooze", "A1", "2w")
    assert customers.ok("next", "--ids", "--limit", "1") == "8"


@pytest.mark.parametrize("width", [40, 50, 80, 120, 200])
def test_the_phone_and_the_whole_reason_are_readable_at_every_width(customers: Desk, width: int) -> None:
    for id, name in ((6, "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine"), (8, "Ann")):
        customers.ok("edit", id, "--name", name, "--phone", "+49 30 901820", "--company", "A company of a long name")
    drawn = customers.terminal(width, "next")
    assert max(map(len, drawn.splitlines())) <= width
    for text in ("keep in touch: last contact 7 weeks ago", "they wrote and wait", "+44 20 7946 0000", "+49 30 901820"):
        assert all(word in drawn for word in text.split()), drawn  # where it is narrow, it is wrapped
        assert text in drawn or width < 80, drawn


def test_a_status_says_how_long_a_lead_may_rest(needy: Desk) -> None:
    needy.ok("field", "edit", "status", "--choice", "New", "--rot-days", "0")
    assert "idle" not in [lead["reason"] for lead in needy.json("next")]


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
