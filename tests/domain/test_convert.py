"""Guards conversion: what a lead gives to account, contact and opportunity, what is reused, refused and undone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from desk import Desk

RICH = (
    "add", "Pumps for the navy", "--salutation", "Dr", "--first-name", "Grace", "--middle-name", "B", "--last-name",
    "Hopper", "--job-title", "Admiral", "--company", "Navy Ltd", "--industry", "Defence", "--website", "navy.mil",
    "--birthday", "1906-12-09", "--email", "work:g@navy.mil", "--email", "home:grace@x.com", "--email", "g2@navy.mil",
    "--phone", "mobile:+442079460000", "--phone", "+442079460001", "--street", "1 Dock", "--city", "London",
    "--region", "LND", "--postcode", "E1", "--country", "GB", "--address", "home:Main 1;Paris;;75001;FR",
    "--source", "Event", "--campaign", "Expo", "--medium", "Stand", "--channel", "Direct", "--item", "Pumps",
    "--value", "4000 USD", "--probability", "40", "--close", "2026-12-20", "--description", "two\nlines",
    "--tag", "navy,expo", "--budget", "yes", "--need", "yes", "--do-not-contact", "--owner", "bob",
)  # fmt: skip


def converted(desk: Desk, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.json("convert", *words, "--yes")
    return found


def record(desk: Desk, id: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.json("show", id)
    return found


def test_a_rich_lead_loses_nothing_on_the_way(desk: Desk) -> None:
    desk.ok(*RICH)
    made = converted(desk, "1")
    assert made == {"lead": 1, "account": "A1", "contact": "C1", "opportunity": "O1"}
    lead, account = record(desk, "1"), record(desk, "A1")
    contact, deal = record(desk, "C1"), record(desk, "O1")
    address = ("street", "city", "region", "postcode", "country")
    for name in (*address, "emails", "phones", "owner", "description", "tags"):
        assert account[name] == contact[name] == lead[name], name
    assert (account["name"], account["industry"], account["website"]) == ("Navy Ltd", "Defence", "navy.mil")
    for name in ("salutation", "first_name", "middle_name", "last_name", "job_title", "birthday", "addresses"):
        assert contact[name] == lead[name], name
    assert (contact["name"], contact["account"], contact["do_not_contact"]) == ("Grace B Hopper", "A1", True)
    for name in ("name", "value", "currency", "probability", "expected_close", "source", "campaign", "medium",
                 "channel", "item", "owner", "description", "tags"):  # fmt: skip
        assert deal[name] == lead[name], name
    assert (deal["stage"], deal["account"], deal["contact"], deal["closed_at"]) == ("Open", "A1", "C1", None)
    assert lead["status"] == "Converted"
    assert lead["converted_at"] == lead["closed_at"] is not None
    assert [lead[name] for name in ("account", "contact", "opportunity")] == ["A1", "C1", "O1"]


def everything(desk: Desk) -> list[str]:
    """What there is to see of lead 1 and all that hangs on it."""
    reads = (
        ["export"], ["list", "--all", "--json"], ["show", "1", "--json"], ["show", "1"], ["task", "list", "--json"],
        ["activities", "--json"], ["attach", "list", "1", "--json"], ["document", "list", "--json"],
    )  # fmt: skip
    return [desk.ok(*words) for words in reads]


def work(desk: Desk) -> None:
    """A product, a call with a task, a file and an order on lead 1."""
    desk.ok("product", "add", "Pump")
    desk.ok("edit", "1", "--product", "Pump x3 @120")
    desk.ok("log", "1", "asked for a quote", "--kind", "call", "--next", "send quote", "--due", "+2d")
    desk.ok("attach", "1", desk.file("plan.txt", "a plan"))
    desk.ok("document", "add", "1", "--kind", "order", "--line", "Pump;3;120")


def test_one_undo_brings_everything_back_byte_for_byte(desk: Desk) -> None:
    desk.ok(*RICH)
    work(desk)
    before = everything(desk)
    converted(desk, "1")
    after = everything(desk)
    assert after[0] != before[0]
    desk.ok("undo")
    assert everything(desk) == before
    assert [desk.json(what) for what in ("accounts", "contacts", "opportunities")] == [[], [], []]
    desk.ok("redo")
    assert everything(desk) == after


def test_what_was_done_with_the_lead_shows_on_all_three(desk: Desk) -> None:
    desk.ok(*RICH)
    work(desk)
    converted(desk, "1")
    assert [each["product"] for each in record(desk, "O1")["products"]] == ["Pump"]
    for id in ("A1", "C1", "O1"):
        shown = desk.ok("show", id, "--format", "table")
        for word in ("asked for a quote", "send quote", "plan.txt", "order"):
            assert word in shown, (id, word)
        assert "asked for a quote" in desk.ok("history", id)


def test_a_converted_lead_leaves_the_list_and_stays_findable(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    converted(desk, "1")
    assert desk.ok("list", "--count") == "0"
    assert desk.ok("filter", "is:won", "--count") == "1"
    assert desk.ok("filter", "account:A1", "--count") == "1"


def test_an_account_of_the_same_name_is_reused(desk: Desk) -> None:
    desk.ok("add", "Ada", "--company", "Analytical Engines Ltd", "--email", "ada@acme.com", "--city", "London")
    desk.ok("add", "Bob", "--company", "ANALYTICAL ENGINES", "--email", "bob@acme.com", "--website", "acme.com")
    converted(desk, "1")
    result = desk.run("convert", "2", "--yes")
    assert "A1  Analytical Engines Ltd   (existing)" in result.stderr
    account = record(desk, "A1")
    assert account["website"] == "acme.com"  # what it lacked
    assert account["city"] == "London"
    assert [each["value"] for each in account["emails"]] == ["ada@acme.com"]  # another person's is not the company's
    assert {each["account"] for each in desk.json("contacts")} == {"A1"}


def test_an_account_can_be_named(desk: Desk) -> None:
    desk.ok("add", "Ada", "--company", "Engines")
    desk.ok("add", "Bob", "--company", "Other")
    desk.ok("add", "Eve", "--company", "Third")
    converted(desk, "1")
    assert converted(desk, "2", "--account", "A1")["account"] == "A1"
    assert converted(desk, "3", "--account", "Brand New")["account"] == "A2"
    assert record(desk, "A2")["name"] == "Brand New"
    desk.ok("add", "Dan")
    desk.fails(3, "convert", "4", "--account", "A9", "--yes", says="no account A9")


def test_several_accounts_of_one_name_must_be_told_apart(desk: Desk) -> None:
    for number in (1, 2):
        desk.ok("add", f"L{number}", "--company", f"Firm{number}")
        converted(desk, str(number))
    desk.ok("edit", "A2", "--name", "Firm1")
    desk.ok("add", "L3", "--company", "Other")
    desk.fails(2, "convert", "3", "--account", "firm1", "--yes", says=("A1", "A2"))


def test_a_contact_is_reused_on_an_equal_email_never_on_a_phone(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--phone", "+442079460000", "--company", "Acme")
    converted(desk, "1")
    desk.ok("add", "Ada again", "--email", "ADA@acme.com", "--email", "a2@acme.com", "--company", "Acme", "--force")
    desk.ok("add", "Office mate", "--phone", "+442079460000", "--company", "Acme", "--force")
    assert converted(desk, "2")["contact"] == "C1"
    assert [each["value"] for each in record(desk, "C1")["emails"]] == ["ada@acme.com", "a2@acme.com"]
    assert converted(desk, "3")["contact"] == "C2"


def test_names_amounts_and_dates_can_be_given(desk: Desk) -> None:
    desk.ok("add", "Ada", "--value", "10", "--currency", "USD")
    converted(desk, "1", "--contact-name", "Augusta King", "--opportunity", "Engine 2", "--amount", "12.5k",
              "--close", "2026-12-20")  # fmt: skip
    deal = record(desk, "O1")
    assert (deal["name"], deal["value"], deal["currency"]) == ("Engine 2", 12500.0, "USD")
    assert deal["expected_close"] == "2026-12-20"
    assert record(desk, "C1")["name"] == "Augusta King"
    assert record(desk, "1")["value"] == 10.0


def test_without_an_opportunity(desk: Desk) -> None:
    desk.ok("add", "Ada")
    assert converted(desk, "1", "--no-opportunity")["opportunity"] is None
    assert record(desk, "1")["status"] == "Converted"
    desk.ok("add", "Bob")
    desk.fails(2, "convert", "2", "--no-opportunity", "--amount", "5", "--yes", says="--amount")
    desk.fails(2, "convert", "2", "--amount", "lots", "--yes", says="--amount 'lots'")


def test_customer_only_leaves_the_lead_open_and_linked(desk: Desk) -> None:
    desk.ok("add", "Engines", "--company", "Engines")
    desk.ok("add", "Ada", "--last-name", "Lovelace", "--company", "Acme")
    assert converted(desk, "1", "--customer-only") == {
        "lead": 1, "account": "A1", "contact": None, "opportunity": None
    }  # fmt: skip
    assert converted(desk, "2", "--customer-only")["contact"] == "C1"
    lead = record(desk, "2")
    assert (lead["status"], lead["converted_at"], lead["account"], lead["contact"]) == ("New", None, "A2", "C1")
    desk.fails(5, "convert", "2", "--customer-only", "--yes", says="A2, C1")
    assert converted(desk, "2") == {"lead": 2, "account": "A2", "contact": "C1", "opportunity": "O1"}


def test_converting_twice_is_refused_with_the_way_out(desk: Desk) -> None:
    desk.ok("add", "Ada")
    converted(desk, "1")
    desk.fails(5, "convert", "1", says=("lead 1 was converted on 2026-11-22 (A1, C1, O1)", "leadcli undo 2"))


def test_a_lost_lead_is_refused(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("lost", "1", "--reason", "No budget")
    desk.fails(5, "convert", "1", "--yes", says=("lead 1 is lost (No budget)", "leadcli status 1 New"))


def test_all_or_nothing(desk: Desk) -> None:
    for name in ("Ada", "Bob", "Eve"):
        desk.ok("add", name)
    desk.ok("lost", "2", "--reason", "No budget")
    converted(desk, "3")
    desk.fails(5, "convert", "1-3", "--yes", says=("lead 2 is lost", "lead 3 was converted"))
    desk.fails(3, "convert", "1,9", "--yes", says="no lead 9")
    assert record(desk, "1")["converted_at"] is None
    assert len(desk.json("accounts")) == 1


def test_several_leads_of_one_company_share_a_new_account_and_one_undo(desk: Desk) -> None:
    desk.ok("add", "Ada", "--company", "Acme")
    desk.ok("add", "Bob", "--company", "Acme Inc.")
    made = desk.json("convert", "1-2", "--yes")
    assert [each["account"] for each in made] == ["A1", "A1"]
    desk.ok("undo")
    assert desk.json("accounts") == []
    desk.fails(2, "convert", "1-2", "--opportunity", "X", "--yes", says="one by one")


def test_without_a_terminal_it_needs_yes_and_a_dry_run_changes_nothing(desk: Desk) -> None:
    desk.ok("add", "Ada", "--source", "Brand new")
    desk.fails(2, "convert", "1", says="--yes")
    result = desk.run("convert", "1", "--dry-run")
    assert "Would convert lead 1:" in result.stderr
    assert desk.json("accounts") == []


def test_what_is_missing_is_a_warning(desk: Desk) -> None:
    desk.ok("add", "Ada", "--budget", "yes: 10k", "--need", "unknown")
    result = desk.run("convert", "1", "--yes")
    assert "no e-mail and no phone" in result.stderr
    assert "1 of 4 BANT answers (missing: authority, need, timeline)" in result.stderr
    desk.ok("add", "Bob", "--email", "bob@acme.com", "--budget", "yes", "--need", "pumps")
    assert "Warning" not in desk.run("convert", "2", "--yes").stderr


def test_next_status_lists_do_not_bind_and_type_lists_do(desk: Desk) -> None:
    desk.ok("init", "--preset", "espocrm")
    desk.ok("add", "Ada")
    converted(desk, "1")
    desk.ok("field", "edit", "type", "--choice", "support", "--allow", "new,assigned,dead")
    desk.ok("add", "Bob", "--type", "support")
    desk.fails(5, "convert", "2", "--yes", says="type 'support', which allows: New, Assigned, Dead")
    assert len(desk.json("accounts")) == 1


def test_a_won_lead_keeps_its_status_and_its_closing(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("status", "1", "converted")
    closed = record(desk, "1")["closed_at"]
    converted(desk, "1")
    assert record(desk, "1")["closed_at"] == closed


def test_undo_is_refused_when_the_account_was_edited_since(desk: Desk) -> None:
    desk.ok("add", "Ada", "--company", "Acme")
    converted(desk, "1")
    desk.ok("edit", "A1", "--name", "Acme Holding")
    desk.fails(5, "undo", "2", says=("name of account A1", "leadcli undo 3"))
    assert record(desk, "A1")["name"] == "Acme Holding"


def test_undo_is_refused_when_a_later_lead_uses_the_account(desk: Desk) -> None:
    desk.ok("add", "Ada", "--company", "Acme")
    converted(desk, "1")
    desk.ok("add", "Bob", "--company", "Acme")
    converted(desk, "2")
    desk.fails(5, "undo", "2", says="account A1 is the account of lead 2")
    assert record(desk, "2")["account"] == "A1"


def test_custom_fields_map_themselves(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "choice", "--choice", "EMEA")
    desk.ok("field", "add", "fee", "--type", "money")
    desk.ok("add", "Ada", "--set", "segment=EMEA", "--set", "fee=12.50")
    converted(desk, "1")
    for id in ("A1", "C1", "O1"):
        assert (record(desk, id)["segment"], record(desk, id)["fee"]) == ("EMEA", 12.5)
    desk.ok("edit", "A1", "--set", "fee=20")
    assert record(desk, "A1")["fee"] == 20.0


def test_an_amount_of_another_currency_stays_where_its_currency_is_known(desk: Desk) -> None:
    desk.ok("field", "add", "fee", "--type", "money")
    desk.ok("add", "Ada", "--set", "fee=1000", "--currency", "JPY")
    converted(desk, "1")
    assert record(desk, "O1")["fee"] == 1000.0
    assert record(desk, "A1")["fee"] is None


def test_the_customer_is_handed_over_as_a_file(desk: Desk) -> None:
    desk.ok(*RICH)
    desk.ok("convert", "1", "--yes", "-o", "navy.json")
    handed = json.loads((desk.home / "navy.json").read_text("utf-8"))
    assert handed["account"] == record(desk, "A1")
    assert handed["contact"]["emails"] == record(desk, "C1")["emails"]
    assert handed["lead"]["converted_at"]


def test_a_vcard_is_read_back_by_other_programs(desk: Desk) -> None:
    import vobject

    desk.ok(*RICH)
    desk.ok("convert", "1", "--yes", "-o", "grace.vcf")
    card = vobject.readOne((desk.home / "grace.vcf").read_text("utf-8"))
    assert (card.fn.value, card.org.value, card.title.value) == ("Grace B Hopper", ["Navy Ltd"], "Admiral")
    assert [each.value for each in card.email_list] == ["g@navy.mil", "grace@x.com", "g2@navy.mil"]
    assert card.adr.value.city == "London"
    assert (desk.home / "grace.vcf").stat().st_mode & 0o077 == 0
    written = (desk.home / "grace.vcf").read_bytes().decode()
    assert written.replace("ORG:Navy Ltd\r\n", "") == desk.run("contacts", "C1", "--format", "vcf").stdout


@pytest.mark.parametrize(("file", "code"), [("navy.docx", 2), ("no/such/folder/navy.json", 1)])
def test_a_file_that_cannot_be_written_leaves_the_lead_alone(desk: Desk, file: str, code: int) -> None:
    desk.ok("add", "Ada")
    desk.fails(code, "convert", "1", "--yes", "-o", file, says=file)
    assert record(desk, "1")["converted_at"] is None
