"""Funnel and velocity read the journal: what was undone never happened, who skipped a status passed it."""

from __future__ import annotations

from desk import Desk


def funnel(desk: Desk, *argv: str) -> dict[str, int]:
    return {row["status"]: row["count"] for row in desk.json("report", "conversion", *argv)["rows"]}


def test_who_is_further_on_has_passed_the_statuses_before(desk: Desk) -> None:
    for name in "ABCD":
        desk.ok("add", name)
    desk.ok("status", "1", "qualified")
    desk.ok("status", "1", "converted")
    desk.ok("status", "2", "contacted")
    desk.ok("lost", "2", "--reason", "No budget")
    desk.ok("add", "E", "--status", "Qualified")
    assert funnel(desk) == {"New": 5, "Contacted": 3, "Qualified": 2, "Converted": 1, "Lost": 1}
    desk.ok("status", "2", "new")
    assert funnel(desk) == {"New": 5, "Contacted": 3, "Qualified": 2, "Converted": 1, "Lost": 1}
    assert funnel(desk, "3,4") == {"New": 2, "Contacted": 0, "Qualified": 0, "Converted": 0, "Lost": 0}


def test_what_was_undone_never_happened(desk: Desk) -> None:
    desk.ok("add", "A")
    desk.ok("status", "1", "contacted")
    desk.ok("status", "1", "qualified")
    desk.ok("undo")
    assert funnel(desk)["Qualified"] == 0
    desk.ok("redo")
    assert funnel(desk)["Qualified"] == 1
    desk.ok("undo")
    desk.ok("undo")
    assert funnel(desk) == {"New": 1, "Contacted": 0, "Qualified": 0, "Converted": 0, "Lost": 0}
    assert desk.json("report", "velocity")["rows"] == []


def test_days_in_each_status(desk: Desk) -> None:
    for day in ("01", "03", "04"):
        desk.ok("add", day, LEADCLI_TODAY=f"2026-11-{day}T12:00")
    for lead, day in ((1, "05"), (2, "05"), (3, "10")):
        desk.ok("status", lead, "contacted", LEADCLI_TODAY=f"2026-11-{day}T12:00")
    desk.ok("status", 1, "converted", LEADCLI_TODAY="2026-11-20T00:00")
    rows = desk.json("report", "velocity")["rows"]
    found = {row["status"]: (row["median"], row["mean"], row["count"]) for row in rows}
    assert found == {"New": (4, 4, 3), "Contacted": (14.5, 14.5, 1), "to close": (18.5, 18.5, 1)}
    desk.ok("status", 2, "qualified", LEADCLI_TODAY="2026-11-06T12:00")
    row = next(row for row in desk.json("report", "velocity")["rows"] if row["status"] == "Contacted")
    assert (row["median"], row["count"]) == (7.75, 2)


def test_certain_duplicates_only(desk: Desk) -> None:
    desk.ok("add", "A", "--email", "a@acme.com", "--phone", "+442079460000")
    desk.ok("add", "B", "--email", "A@acme.com", "--force")
    desk.ok("add", "C", "--phone", "+44 20 7946 0000", "--force")
    desk.ok("add", "A", "--company", "Other")
    found = desk.json("report", "duplicates")
    told = [(row["match"], row["groups"], row["count"]) for row in found["rows"]]
    assert told == [("same e-mail", 1, 2), ("same phone", 1, 2)]
    assert found["totals"] == {"groups": 2, "count": 3}
    assert desk.json("report", "duplicates", "not 2")["totals"] == {"groups": 1, "count": 2}


def test_the_digest_tells_what_happened_and_what_is_next(desk: Desk) -> None:
    desk.ok("add", "Old", LEADCLI_TODAY="2026-11-01T09:00")
    desk.ok("status", "1", "contacted", LEADCLI_TODAY="2026-11-10T09:00")
    desk.ok("add", "New", "--task", "call", "--due", "2026-11-22")
    desk.ok("status", "1", "qualified")
    totals = desk.json("report", "daily")["totals"]
    assert totals == {"count": 3, "new": 1, "moved": 1, "won": 0, "lost": 0, "overdue": 0, "next": 1}
    assert desk.json("report", "daily")["rows"][1]["detail"] == "Contacted → Qualified"
    weekly = desk.json("report", "weekly", "--since", "2026-11-01", "--until", "2026-11-10")["totals"]
    assert (weekly["new"], weekly["moved"]) == (1, 1)
    assert desk.json("report", "daily", "owner:nobody")["rows"] == []
    assert len([row for row in desk.json("report", "daily", "--limit", "1")["rows"] if row["section"] == "new"]) == 1
