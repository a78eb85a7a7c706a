"""Reports of one's own: groups, measures, periods, comparison, saving; and every way to ask for nonsense."""

from __future__ import annotations

import pytest
from desk import Desk


def rows(desk: Desk, *argv: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = desk.json("report", *argv)["rows"]
    return found


def test_every_measure(small: Desk) -> None:
    found = rows(small, "--by", "owner", "--measure", "count,value,weighted,average,rate,age")
    ann = next(row for row in found if row["owner"] == "ann")
    # ann: 12500 won, 4000.50 lost, two without a value, 1500 at 10 %
    assert ann == {"owner": "ann", "count": 5, "value": 18000.5, "weighted": 150.0, "average": 6000.17, "rate": 33.3,
                   "age": 22.6}  # fmt: skip


def test_two_groups_and_a_period(small: Desk) -> None:
    found = rows(small, "sources", "--period", "month", "--measure", "count")
    assert {"source": "Event", "period": "2026-11", "count": 2} in found
    assert list(found[0]) == ["source", "period", "count"]
    found = rows(small, "is:open", "--by", "status,owner", "--measure", "count")
    assert found == [
        {"status": "New", "owner": "ann", "count": 1}, {"status": "New", "owner": "bob", "count": 1},
        {"status": "Contacted", "owner": "ann", "count": 1}, {"status": "Contacted", "owner": "bob", "count": 1},
    ]  # fmt: skip


def test_a_lead_with_two_tags_is_counted_once(small: Desk) -> None:
    found = small.json("report", "--by", "tag")
    assert {row["tags"]: row["count"] for row in found["rows"]} == {"(none)": 6, "vip": 2, "expo": 1}
    assert found["totals"]["count"] == 8


def test_dates_bound_what_the_report_is_about(small: Desk) -> None:
    assert small.json("report", "lost", "--since", "2026-11")["totals"]["count"] == 1
    assert small.json("report", "forecast", "--until", "2026-12-01")["totals"]["count"] == 1
    assert small.json("report", "activity", "--since", "2026-11-20")["totals"] == {
        "calls": 0, "emails": 1, "meetings": 0, "visits": 0, "notes": 0, "tasks": 1, "done": 0, "count": 2,
    }  # fmt: skip
    assert small.json("report", "conversion", "--since", "2026-11")["totals"]["count"] == 4


def test_a_state_in_the_filter_replaces_open(small: Desk) -> None:
    assert small.json("report", "forecast", "is:any")["totals"]["count"] == 8
    assert small.json("report", "forecast", "owner:bob")["totals"]["count"] == 2
    assert small.json("report", "lost", "owner:bob")["totals"]["count"] == 0


def test_compare_puts_the_days_before_beside(small: Desk) -> None:
    found = small.json("report", "sources", "--since", "2026-10", "--until", "2026-11", "--compare")
    event = next(row for row in found["rows"] if row["source"] == "Event")
    assert (event["count"], event["count_before"], event["value_before"]) == (3, 1, 12500.0)
    assert (found["totals"]["count"], found["totals"]["count_before"]) == (5, 3)
    months = rows(small, "created", "--period", "month", "--since", "2026-10", "--until", "2026-11", "--compare")
    told = [(row["period"], row["count"], row["count_before"]) for row in months]
    assert told == [("2026-10", 1, 2), ("2026-11", 4, 1)]
    small.fails(2, "report", "sources", "--compare", says="--since")


def test_saved_reports_are_run_listed_and_forgotten(small: Desk, desk: Desk) -> None:
    desk.ok("add", "A", "--source", "Event")
    desk.ok("add", "B")
    desk.ok("report", "is:open", "--by", "source", "--measure", "count", "--save", "origins")
    assert rows(desk, "origins") == [{"source": "Event", "count": 1}, {"source": "(none)", "count": 1}]
    assert rows(desk, "origins", "has:source") == [{"source": "Event", "count": 1}]
    assert desk.json("report", "origins")["report"] == "origins"
    assert desk.json("report")[-1]["name"] == "origins"
    desk.ok("undo")
    desk.fails(2, "report", "origins", says="unknown report")
    desk.ok("redo")
    desk.ok("report", "origins", "--delete")
    desk.fails(2, "report", "origins", "--delete", says="unknown saved report")
    desk.fails(5, "report", "--by", "source", "--save", "pipeline", says="ready-made")
    desk.fails(2, "report", "--by", "nonsense", "--save", "bad", says="unknown field")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["piepline"], ("unknown report", "pipeline")),
        (["--by", "statsu"], ("unknown field", "status")),
        (["pipeline", "--measure", "cuont"], ("unknown measure", "count")),
        (["created", "--period", "weak"], ("unknown period", "week")),
        (["created", "--since", "03/04/2026"], "ambiguous"),
        (["pipeline", "statsu:new"], ("unknown field", "status")),
        (["--measure", "count"], "which report"),
        (["--by", "value"], "cannot be grouped"),
        (["--by", "addresses"], "cannot be grouped"),
        (["--by", "created,closed"], "one date only"),
        (["aging", "--measure", "age"], "both the group and the measure"),
        (["conversion", "--by", "owner"], "cannot be changed by --by"),
        (["daily", "--period", "week"], "cannot be changed by --period"),
        (["pipeline", "--sort", "nothing"], "unknown column"),
        (["pipeline", "--format", "tabel"], ("unknown format", "table")),
    ],
)
def test_what_nobody_can_know_is_refused(small: Desk, argv: list[str], says: str | tuple[str, ...]) -> None:
    small.fails(2, "report", *argv, says=says)


def test_columns_order_and_number_can_be_chosen(small: Desk) -> None:
    out = small.ok("report", "owners", "--fields", "owner,value", "--sort", "value", "--limit", "1")
    assert out == "ann\t18000.50"
    assert small.ok("report", "owners", "--header").splitlines()[0] == "owner\tcount\tvalue\trate"
    assert small.ok("report", "forecast", "owner:bob", "--explain") == "is open\nand owner is bob"


def test_nothing_to_report(desk: Desk) -> None:
    desk.fails(3, "report", "pipeline")
    desk.ok("init")
    assert desk.ok("report", "pipeline") == ""
    assert desk.json("report", "pipeline")["totals"] == {"count": 0, "value": 0.0}
    assert desk.ok("report", "daily", "--if-any") == ""
    desk.fails(3, "report", "pipeline", "--fail-empty")
    assert desk.run("report", "dashboard", "--format", "html").returncode == 0


def test_currencies_are_never_added_up(desk: Desk) -> None:
    leads = (("A", "100", "Event"), ("B", "5 USD", "Event"), ("C", "7 USD", "Call"), ("D", "1000 JPY", ""))
    for name, value, source in leads:
        desk.ok("add", name, "--value", value, *(["--source", source] if source else []))
    desk.ok("add", "E", "--source", "Call")
    found = desk.json("report", "sources")
    assert found["currency"] is None
    assert found["columns"] == ["source", "count", "value", "rate", "currency"]
    assert {(row["source"], row["currency"]): (row["count"], row["value"]) for row in found["rows"]} == {
        ("Event", "EUR"): (1, 100.0), ("Event", "USD"): (1, 5.0), ("Call", "USD"): (1, 7.0), ("Call", "EUR"): (1, 0.0),
        ("(none)", "JPY"): (1, 1000.0),
    }  # fmt: skip
    assert found["totals"]["count"] == 5
    assert found["totals"]["value"] is None
    assert found["totals"]["by_currency"] == {"EUR": 100.0, "JPY": 1000.0, "USD": 12.0}
    only = desk.json("report", "sources", "source:Call")
    assert (only["currency"], only["totals"]["value"], len(only["rows"])) == ("USD", 7.0, 1)
    assert desk.json("report", "sources", "--measure", "count")["columns"] == ["source", "count"]
    assert "€100 + $12 + ¥1k" in desk.ok("report", "pipeline", "--format", "table")
    assert "¥1,000" in desk.ok("report", "pipeline", "--format", "table", "--currencies")
