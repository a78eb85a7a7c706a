"""What a report adds up to is what its filter lists: for any filter, group, period and day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcli.store.reads import counts

FILTERS = ("is:any", "is:open", "owner:ann", "source:Event or tag:vip", "not is:lost", "value:1000..", "no:source",
           "created:2026-11", "name:a", "12,3,4,1", "campaign:nobody")  # fmt: skip
GROUPS = ("status", "owner", "source", "campaign", "created", "closed", "expected_close", "age", "tags", "city", "bant",
          "do_not_contact", "account", "last_contact", "email")  # fmt: skip
PERIODS = ("day", "week", "month", "quarter", "year")


@given(st.sampled_from(FILTERS), st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True),
       st.sampled_from(PERIODS))  # fmt: skip
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_totals_are_what_the_filter_lists(small: Desk, text: str, by: list[str], period: str) -> None:
    if len({"created", "closed", "expected_close", "last_contact"} & set(by)) > 1:
        small.fails(2, "report", text, "--by", ",".join(by), says="one date only")
        return
    found = small.json("report", text, "--by", ",".join(by), "--period", period, "--measure", "count,value")
    listed = small.json("filter", text)
    assert found["totals"]["count"] == len(listed)
    assert found["totals"]["value"] == sum(lead["value"] or 0 for lead in listed)
    if "tags" not in by:  # a lead with two tags stands in two rows
        assert sum(row["count"] for row in found["rows"]) == len(listed)
        assert sum(row["value"] for row in found["rows"]) == found["totals"]["value"]


@pytest.mark.parametrize(
    ("name", "column", "condition"),
    [
        ("pipeline", "status", "status:{}"),
        ("owners", "owner", "owner:{}"),
        ("sources", "source", "source:{}"),
        ("lost", "lost_reason", "reason:{}"),
        ("created", "period", "created:{}"),
    ],
)
def test_each_row_is_what_its_own_filter_lists(small: Desk, name: str, column: str, condition: str) -> None:
    for row in small.json("report", name)["rows"]:
        value = "" if row[column] == "(none)" else f'"{row[column]}"' if " " in row[column] else row[column]
        assert row["count"] == int(small.ok("filter", condition.format(value), "--count")), row


def test_the_filter_of_the_json_lists_the_same_leads(small: Desk) -> None:
    for argv in (["created", "--since", "2026-11"], ["forecast", "--until", "2026-12"], ["lost", "--since", "2026-11"]):
        found = small.json("report", *argv)
        assert found["totals"]["count"] == int(small.ok("filter", found["filter"], "--count")), argv


@pytest.mark.parametrize("portion", [1, 3])
def test_what_is_read_in_portions_adds_up(small: Desk, monkeypatch: pytest.MonkeyPatch, portion: int) -> None:
    asked = (["created"], ["is:any", "--by", "tags,created", "--measure", "count,average,rate,age,weighted"],
             ["not is:lost", "--by", "closed", "--period", "month"], ["created", "--compare", "--since", "2026-11"],
             ["forecast"])  # fmt: skip
    whole = [small.json("report", *argv) for argv in asked]
    monkeypatch.setattr(counts, "PORTION_IDS", portion)
    assert [small.json("report", *argv) for argv in asked] == whole


def test_board_status_and_report_count_alike(small: Desk) -> None:
    report = {row["status"]: row["count"] for row in small.json("report", "pipeline")["rows"]}
    assert report == {row["status"]: row["count"] for row in small.json("status")}


ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/New_York",
)
# Around midnight and around both changes of the clock, in many places at once.
MOMENTS = [f"2026-{day}T{hour}:30:00Z" for day in ("03-28", "03-29", "03-30", "10-24", "10-25", "11-01", "12-31")
           for hour in ("00", "03", "05", "10", "11", "14", "18", "21", "22", "23")]  # fmt: skip


@pytest.fixture(scope="module")
def travelled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk whose leads were added at MOMENTS."""
    home: Path = tmp_path_factory.mktemp("travelled")
    desk = Desk(home)
    for at in MOMENTS:
        desk.ok("add", at, LEADCLI_TODAY=at.replace("Z", "+00:00"))
    return desk


@pytest.mark.parametrize("zone", ZONES)
def test_days_are_local_days_in_every_zone(travelled: Desk, zone: str) -> None:
    rows = travelled.run("report", "created", "--json", TZ=zone)
    assert rows.returncode == 0, rows.stderr
    found = {row["period"]: row["count"] for row in json.loads(rows.stdout)["rows"]}
    assert sum(found.values()) == len(MOMENTS)
    assert len(found) == len(set(found))
    for day, count in found.items():
        if count:
            assert count == int(travelled.ok("filter", f"created:{day}", "--count", TZ=zone)), (zone, day)


def test_a_year_with_a_gap_has_its_empty_months(travelled: Desk) -> None:
    rows = travelled.json("report", "created", "--period", "month")["rows"]
    assert [row["period"] for row in rows] == [f"2026-{month:02}" for month in range(3, 13)]
    assert [row["count"] for row in rows] == [30, 0, 0, 0, 0, 0, 0, 20, 10, 10]
