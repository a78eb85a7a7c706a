"""The views for people: what Datasette, sqlite-utils and SQL shells see, without any function of leadcli's own."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from desk import Desk


def see(desk: Desk, view: str = "leads_view") -> list[dict[str, Any]]:
    connection = sqlite3.connect(desk.db)
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute(f"SELECT * FROM {view} ORDER BY id")]
    connection.close()
    return rows


@pytest.mark.parametrize(
    ("typed", "amount", "weighted"),
    [
        ("12.5k EUR", 12500.0, 6250.0),
        ("1500 JPY", 1500.0, 750.0),
        ("1.234 KWD", 1.234, 0.617),
        ("0.05 USD", 0.05, 0.03),
    ],
)
def test_money_is_in_major_units(desk: Desk, typed: str, amount: float, weighted: float) -> None:
    desk.ok("add", "Ada", "--value", typed, "--probability", "50")
    assert (see(desk)[0]["value"], see(desk)[0]["weighted"]) == (amount, weighted)


def test_what_a_list_shows_is_a_column(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@x.example", "--email", "b@x.example", "--tag", "hot", "--tag", "vip")
    desk.ok("task", "add", "1", "Call", "--due", "2026-12-02T10:00")
    desk.ok("task", "add", "1", "Write", "--due", "2026-12-01")
    lead = see(desk)[0]
    assert (lead["email"], lead["tags"], lead["status"]) == ("ada@x.example", "hot, vip", "New")
    assert (lead["due"], lead["next_task"]) == ("2026-12-01", "Write")
    desk.ok("edit", "1", "--value", "100 EUR")
    desk.ok("convert", "1", "--yes")
    deal = see(desk, "opportunities_view")[0]
    assert (deal["value"], deal["currency"], deal["stage"]) == (100.0, "EUR", "Open")


def test_custom_fields_come_and_go_under_their_names(desk: Desk) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("field", "add", "fee", "--type", "money")
    desk.ok("add", "Ada", "--set", "seats=4", "--set", "fee=99.50")
    assert (see(desk)[0]["seats"], see(desk)[0]["fee"]) == (4, 99.5)
    desk.ok("field", "edit", "seats", "--rename", "chairs")
    assert see(desk)[0]["chairs"] == 4
    desk.ok("undo")
    assert "chairs" not in see(desk)[0]
    desk.ok("field", "rm", "seats")
    assert "seats" not in see(desk)[0]
    desk.ok("undo")
    assert see(desk)[0]["seats"] == 4
    desk.ok("doctor")


def test_an_older_file_gets_them_and_a_view_of_the_users_own_stays(desk: Desk) -> None:
    desk.ok("add", "Ada")
    with sqlite3.connect(desk.db) as connection:
        connection.execute("DROP VIEW leads_view")
        connection.execute("DROP VIEW opportunities_view")
        connection.execute("CREATE VIEW opportunities_view AS SELECT 1 AS id, 'mine' AS name")
        connection.execute("UPDATE settings SET value = '' WHERE name = 'registry'")
    connection.close()
    desk.ok("list")
    assert see(desk)[0]["name"] == "Ada"
    assert see(desk, "opportunities_view") == [{"id": 1, "name": "mine"}]
