"""Guards accounts, contacts and opportunities: listed, filtered, changed, deleted, logged, and found by name."""

from __future__ import annotations

import pytest
from desk import Desk


@pytest.fixture
def customers(desk: Desk) -> Desk:
    """Lead 1 became A1 Navy Ltd, C1 Grace Hopper, O1 Pumps (4000); lead 2 became A2, C2, O2."""
    desk.ok("add", "Pumps", "--first-name", "Grace", "--last-name", "Hopper", "--company", "Navy Ltd",
            "--city", "London", "--email", "g@navy.mil", "--value", "4000", "--tag", "vip")  # fmt: skip
    desk.ok("add", "Engine", "--first-name", "Ada", "--last-name", "Lovelace", "--company", "Analytical Engines",
            "--email", "ada@acme.com", "--value", "900", "--owner", "bob")  # fmt: skip
    desk.ok("convert", "1-2", "--yes")
    return desk


def test_lists_take_filters_and_formats(customers: Desk) -> None:
    assert customers.ok("accounts", "--ids").split() == ["A2", "A1"]
    assert customers.ok("accounts", "city:london", "--ids") == "A1"
    assert customers.ok("contacts", "account:navy", "--ids") == "C1"
    assert customers.ok("contacts", "email:ada@acme.com", "--count") == "1"
    assert customers.ok("opportunities", "value:1000..", "--ids") == "O1"
    assert customers.ok("opportunities", "is:open", "tag:vip", "--ids") == "O1"
    assert customers.ok("accounts", "owner:bob", "--line", "{{ id }} {{ name }}") == "A2 Analytical Engines"
    customers.fails(2, "accounts", "statsu:new", says="unknown field")
    customers.fails(3, "contacts", "name:nobody", "--fail-empty")


def test_json_has_lettered_ids_and_every_field(customers: Desk) -> None:
    deal = customers.json("opportunities")[1]
    assert [deal[name] for name in ("id", "account", "contact", "value", "currency")] == [
        "O1",
        "A1",
        "C1",
        4000.0,
        "EUR",
    ]
    assert customers.json("show", "A1")["emails"] == [{"value": "g@navy.mil", "label": None}]


def test_an_opportunity_is_won_lost_and_opened_again(customers: Desk) -> None:
    customers.ok("edit", "O1", "--stage", "won")
    closed = customers.json("show", "O1")["closed_at"]
    assert closed
    assert customers.ok("opportunities", "is:won", "--ids") == "O1"
    customers.ok("edit", "O1", "--stage", "open")
    assert customers.json("show", "O1")["closed_at"] is None
    customers.ok("edit", "O1", "--status", "lost")
    assert customers.json("show", "O1")["stage"] == "Lost"
    customers.fails(2, "edit", "O1", "--stage", "onw", says="Did you mean")
    customers.fails(2, "edit", "O1", "--unset", "stage", says="without a stage")


def test_customers_take_their_own_fields_only(customers: Desk) -> None:
    customers.ok(
        "edit", "A1", "--name", "Navy", "--add-email", "info@navy.mil", "--website", "navy.mil", "--tag", "key"
    )
    account = customers.json("show", "A1")
    assert (account["name"], account["website"], account["tags"]) == ("Navy", "navy.mil", ["vip", "key"])
    customers.ok("edit", "C1", "--job-title", "Admiral", "--company", "A2")
    assert customers.json("show", "C1")["account"] == "A2"
    customers.ok("edit", "C1", "--account", "navy")
    assert customers.json("show", "C1")["account"] == "A1"
    customers.fails(2, "edit", "A1", "--probability", "50", says="unknown account field 'probability'")
    customers.fails(2, "edit", "C1", "--value", "5", says=("unknown contact field 'value'", "job_title"))
    customers.fails(2, "edit", "A1", "--name", "", says="cannot be without a name")
    customers.fails(2, "edit", "1", "A1", "--owner", "eve", says="different kinds")
    customers.fails(3, "edit", "A9", "--owner", "eve", says="no account A9")


def test_a_lead_is_linked_to_an_account_by_name_or_id(customers: Desk) -> None:
    customers.ok("add", "More pumps", "--account", "navy")
    customers.ok("add", "Even more", "--account", "A2")
    assert [customers.json("show", id)["account"] for id in (3, 4)] == ["A1", "A2"]
    customers.fails(
        3, "add", "X", "--account", "Nobody Inc", says=("no account is called 'Nobody Inc'", "leadcli accounts")
    )
    customers.fails(3, "edit", "3", "--account", "A9", says="no account A9")


def test_a_customer_that_is_pointed_to_stays(customers: Desk) -> None:
    customers.fails(5, "rm", "A1", says=("lead 1", "contact C1", "opportunity O1"))
    customers.fails(5, "rm", "C1", says="lead 1")
    assert len(customers.json("accounts")) == 2


def test_a_customer_that_nobody_needs_is_deleted_and_comes_back(customers: Desk) -> None:
    customers.ok("rm", "1")
    customers.ok("log", "O1", "they called")
    result = customers.run("rm", "O1")
    assert result.stdout == "O1\n"
    assert "opportunity O1 had 1 activity" in result.stderr
    assert "leadcli lost" not in result.stderr
    customers.ok("rm", "C1")
    customers.ok("rm", "A1")
    for _ in range(3):
        customers.ok("undo")
    assert customers.json("show", "A1")["name"] == "Navy Ltd"
    assert "they called" in customers.ok("show", "O1", "--format", "table")


def test_what_is_logged_on_a_contact_shows_on_its_company_and_lead(customers: Desk) -> None:
    customers.ok("log", "C1", "likes tea", "--kind", "call")
    for id in ("C1", "A1", "1"):
        assert "likes tea" in customers.ok("show", id, "--format", "table"), id
        assert "likes tea" in customers.ok("history", id), id
    assert "likes tea" not in customers.ok("show", "A2", "--format", "table")


def test_the_card_of_an_account_names_its_people_and_deals(customers: Desk) -> None:
    card = customers.ok("show", "A1", "--format", "table")
    for words in ("Contacts", "Grace Hopper", "Opportunities", "Pumps", "Leads"):
        assert words in card
    assert "A1" in customers.ok("show", "1", "--format", "table")


def test_history_of_a_customer_goes_back_to_the_lead(customers: Desk) -> None:
    fields = {change["field"] for operation in customers.json("history", "A1") for change in operation["changes"]}
    assert {"added", "status", "converted_at"} <= fields
