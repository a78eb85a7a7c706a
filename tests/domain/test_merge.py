"""Guards merging: who stays, what each field becomes, what moves along, what is refused, and that one undo takes it
back.
"""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk
from people import desk_of, labelled


def lead(desk: Desk, *words: str) -> str:
    return desk.ok("add", *words, "--force")


def merged(desk: Desk, *ids: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.json("merge", *ids)
    return found


def test_the_first_named_stays_and_its_values_come_first(desk: Desk) -> None:
    lead(desk, "Ada Lovelace", "--company", "Engines Ltd", "--job-title", "Countess")
    lead(desk, "A. Lovelace", "--company", "Engines", "--website", "engines.uk", "--owner", "bob")
    found = merged(desk, "1", "2")
    assert (found["id"], found["name"], found["company"]) == (1, "Ada Lovelace", "Engines Ltd")
    assert (found["job_title"], found["website"], found["owner"]) == ("Countess", "engines.uk", "ann")
    assert desk.ok("list", "--ids") == "1"


def test_lists_are_united(desk: Desk) -> None:
    lead(desk, "Ada", "--email", "work:ada@acme.com", "--phone", "+442079460000", "--tag", "x")
    lead(desk, "Ada", "--email", "ADA@acme.com", "--email", "ada@home.uk", "--phone", "+442079460001", "--tag", "X,y")
    found = merged(desk, "1", "2")
    assert [each["value"] for each in found["emails"]] == ["ada@acme.com", "ada@home.uk"]
    assert found["emails"][0]["label"] == "work"
    assert [each["e164"] for each in found["phones"]] == ["+442079460000", "+442079460001"]
    assert found["tags"] == ["x", "y"]


def test_the_furthest_open_status_wins(desk: Desk) -> None:
    for status in ("new", "qualified", "contacted"):
        lead(desk, "Ada", "--status", status)
    assert merged(desk, "1", "2", "3")["status"] == "Qualified"


def test_a_lost_lead_that_meets_an_open_one_is_open_and_knows_no_reason(desk: Desk) -> None:
    lead(desk, "Ada")
    desk.ok("lost", "1", "--reason", "no budget")
    lead(desk, "Ada", "--probability", "40")
    found = merged(desk, "1", "2")
    assert (found["status"], found["lost_reason"], found["closed_at"], found["probability"]) == ("New", None, None, 40)
    assert "No budget" in desk.ok("show", "1", "--format", "table")  # on the timeline


def test_two_lost_leads_stay_lost_with_the_first_reason(desk: Desk) -> None:
    for reason in ("no budget", "junk"):
        lead(desk, "Ada")
        desk.ok("lost", str(len(desk.json("filter", "is:any"))), "--reason", reason)
    found = merged(desk, "1", "2")
    assert (found["status"], found["lost_reason"], found["probability"]) == ("Lost", "No budget", 0)
    assert found["closed_at"]


def test_the_highest_priority_and_the_earliest_day_count(desk: Desk) -> None:
    lead(desk, "Ada", "--priority", "low")
    lead(desk, "Ada", "--priority", "urgent")
    created = {row["id"]: row["created_at"] for row in desk.json("list")}
    found = merged(desk, "2", "1")
    assert (found["priority"], found["created_at"]) == ("Urgent", min(created.values()))


def test_descriptions_are_joined_and_equal_ones_said_once(desk: Desk) -> None:
    for text in ("likes tea", "met in Paris", "likes tea"):
        lead(desk, "Ada", "--description", text)
    assert merged(desk, "1", "2", "3")["description"] == "likes tea\n\nmet in Paris"


def test_an_address_is_one_block_and_never_mixed(desk: Desk) -> None:
    lead(desk, "Ada", "--city", "London", "--country", "GB")
    lead(desk, "Ada", "--street", "2 Rue", "--city", "Paris", "--postcode", "75001")
    found = merged(desk, "1", "2")
    place = ("street", "city", "postcode", "country")
    assert [found[part] for part in place] == ["2 Rue", "Paris", "75001", None]
    assert [[each[part] for part in place] for each in found["addresses"]] == [[None, "London", None, "GB"]]


def test_an_amount_keeps_its_own_currency(desk: Desk) -> None:
    lead(desk, "Ada", "--currency", "USD")
    lead(desk, "Ada", "--value", "1000 JPY")
    found = merged(desk, "1", "2")
    assert (found["value"], found["currency"]) == (1000, "JPY")


def test_who_must_not_be_contacted_must_not_be_contacted(desk: Desk) -> None:
    lead(desk, "Ada")
    lead(desk, "Ada", "--do-not-contact")
    assert merged(desk, "1", "2")["do_not_contact"] is True


def test_the_type_decides_which_status_may_stay(desk: Desk) -> None:
    desk.ok("field", "edit", "type", "--choice", "support", "--allow", "new,converted,lost")
    lead(desk, "Ada", "--type", "support")
    lead(desk, "Ada", "--status", "qualified")
    assert merged(desk, "1", "2")["status"] == "New"


def test_fields_of_ones_own_are_filled_in(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "choice", "--choice", "EMEA", "--choice", "APAC")
    lead(desk, "Ada")
    lead(desk, "Ada", "--set", "segment=APAC")
    assert merged(desk, "1", "2")["segment"] == "APAC"


def test_what_is_not_kept_is_said_and_stands_on_the_timeline(desk: Desk) -> None:
    lead(desk, "Ada Lovelace", "--company", "Engines", "--value", "100 EUR")
    lead(desk, "Ada Lovelace", "--company", "Motors", "--value", "250 USD")
    lead(desk, "Ada Lovelace", "--company", "Pumps")
    said = desk.run("merge", "1", "2", "3").stderr
    history = desk.ok("history", "--limit", "1")
    notes = " ".join(each["text"] for each in desk.json("activities"))
    for words in ("company Motors (2), but Engines", "company Pumps (3)", "value 250.00 USD (2)"):
        assert words in said
        assert words in history
        assert words in notes


def test_equal_leads_leave_no_note(desk: Desk) -> None:
    lead(desk, "Ada", "--company", "Engines")
    lead(desk, "ada", "--company", "ENGINES")
    merged(desk, "1", "2")
    assert desk.json("activities") == []


def test_activities_tasks_files_documents_and_history_move(desk: Desk) -> None:
    lead(desk, "Ada", "--value", "100")
    lead(desk, "Ada", "--value", "100")
    desk.ok("log", "2", "asked for a quote", "--kind", "call", "--next", "send quote", "--due", "+2d")
    desk.ok("attach", "2", desk.file("plan.txt", "a plan"))
    desk.ok("document", "add", "2", "--kind", "order")
    found = merged(desk, "1", "2")
    shown = desk.ok("show", "1", "--format", "table")
    for word in ("asked for a quote", "send quote", "plan.txt", "order"):
        assert word in shown
    assert (found["next_task"], found["due"][:10]) == ("send quote", "2026-11-24")
    assert found["last_contact"] is not None
    assert "asked for a quote" in desk.ok("history", "1")
    assert desk.ok("list", "quote", "--ids") == "1"


def test_the_old_number_keeps_answering_through_several_merges(desk: Desk) -> None:
    for _ in range(3):
        lead(desk, "Ada")
    desk.ok("merge", "2", "3")
    desk.ok("merge", "1", "2")
    result = desk.run("edit", "3", "--owner", "bob")
    assert result.returncode == 0
    assert "3 was merged into 1" in result.stderr
    assert desk.json("show", "2")["id"] == 1
    assert desk.json("show", "1")["owner"] == "bob"


def test_one_undo_brings_everything_back_byte_for_byte(desk: Desk) -> None:
    lead(desk, "Ada Lovelace", "--company", "Engines", "--email", "ada@acme.com", "--street", "1 Main", "--tag", "x")
    lead(desk, "Lovelace", "--company", "Motors", "--phone", "+442079460000", "--street", "2 Side", "--city", "Rome")
    lead(desk, "Ada", "--status", "contacted", "--description", "late", "--value", "10")
    desk.ok("log", "2", "called", "--kind", "call", "--next", "again", "--due", "+1d")
    desk.ok("attach", "3", desk.file("plan.txt", "a plan"))
    before = [desk.ok("export"), *(desk.ok("show", id, "--json") for id in "123"), desk.ok("list", "called", "--ids")]
    desk.ok("merge", "1", "2", "3")
    after = desk.ok("export")
    desk.ok("undo")
    shown = [desk.ok("export"), *(desk.ok("show", id, "--json") for id in "123"), desk.ok("list", "called", "--ids")]
    assert shown == before
    assert desk.run("show", "2").stderr == ""
    desk.ok("redo")
    assert desk.ok("export") == after
    assert desk.run("doctor").stdout.count("index") == 0


def test_hundreds_of_groups_are_one_operation_and_one_undo(desk: Desk) -> None:
    desk_of(desk, labelled(1200)[0])
    pairs = [group["leads"] for group in desk.json("dedupe") if group["score"] == 100]
    for one, other in pairs[:3]:
        desk.ok("log", other, "asked for a brochure", "--kind", "call")
        desk.ok("edit", other, "--tag", "expo", "--status", "qualified", "--job-title", "Boss")
        desk.ok("edit", one, "--job-title", "Chief", "--city", "Oslo", "--force")
    before, timeline = desk.ok("export"), desk.json("activities")
    desk.ok("dedupe", "--merge", "--yes")
    assert len(pairs) > 100
    assert desk.json("show", pairs[0][0])["id"] == desk.json("show", pairs[0][1])["id"]
    assert len(desk.ok("filter", "brochure", "--ids").split()) == 3
    assert "Not kept" in str(desk.json("activities"))
    desk.ok("undo")
    assert desk.ok("export") == before
    assert desk.json("activities") == timeline
    assert sorted(map(int, desk.ok("filter", "brochure", "--ids").split())) == sorted(other for _, other in pairs[:3])
    name = desk.json("show", pairs[5][1])["name"]
    assert str(pairs[5][1]) in desk.ok("filter", f'"{name}"', "--ids").split()
    desk.ok("redo")
    desk.ok("undo")
    assert desk.ok("export") == before


def test_a_dry_run_shows_all_side_by_side_and_changes_nothing(desk: Desk) -> None:
    lead(desk, "Ada", "--email", "ada@acme.com")
    lead(desk, "Ada", "--phone", "+442079460000", "--status", "contacted")
    before = desk.ok("export")
    shown = desk.ok("merge", "1", "2", "--dry-run")
    assert "status\tNew\tContacted\tContacted" in shown
    assert "phones\t\t+442079460000\t+442079460000" in shown
    would = desk.json("merge", "1", "2", "--dry-run")
    assert (would["id"], would["status"], would["email"]) == (1, "Contacted", "ada@acme.com")
    assert desk.ok("export") == before


def test_a_converted_lead_stays(desk: Desk) -> None:
    for company in ("Engines", "Engines", "Motors"):
        lead(desk, "Ada", "--company", company)
    desk.ok("convert", "2", "--yes")
    desk.fails(5, "merge", "1", "2", says="leadcli merge 2 1")
    found = merged(desk, "2", "1")
    assert (found["id"], found["status"], found["account"]) == (2, "Converted", "A1")
    desk.ok("convert", "3", "--yes")
    desk.fails(5, "merge", "2", "3", says=("both converted", "leadcli merge A1 A2"))


def test_accounts_are_merged_with_all_that_is_linked_to_them(desk: Desk) -> None:
    lead(desk, "Ada", "--company", "Engines", "--email", "a@engines.uk")
    lead(desk, "Bob", "--company", "Motors", "--email", "b@motors.uk")
    desk.ok("convert", "1", "2", "--yes")
    found = merged(desk, "A1", "A2")
    assert found["id"] == "A1"
    assert {each["account"] for each in (*desk.json("contacts"), *desk.json("opportunities"))} == {"A1"}
    assert desk.json("show", "2")["account"] == "A1"
    assert "A2 was merged into A1" in desk.run("show", "A2").stderr
    desk.ok("undo")
    assert {each["account"] for each in desk.json("contacts")} == {"A1", "A2"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("1", "1"), 2, "itself"),
        (("1",), 2, "merged with"),
        ((), 2, "which ones"),
        (("1", "9"), 3, "no lead 9"),
        (("1", "status:new"), 2, "is a filter"),
        (("1", "T1"), 2, "this command does not take"),
    ],
)
def test_what_cannot_be_merged_is_named(desk: Desk, words: tuple[str, ...], code: int, says: str) -> None:
    lead(desk, "Ada")
    lead(desk, "Bob")
    desk.fails(code, "merge", *words, says=says)


def test_a_lead_that_was_merged_already_is_not_merged_again(desk: Desk) -> None:
    lead(desk, "Ada")
    lead(desk, "Ada")
    desk.ok("merge", "1", "2")
    desk.fails(5, "merge", "1", "2", says="merged into 1 already")


def test_a_merge_that_was_built_upon_is_not_undone_over_it(desk: Desk) -> None:
    lead(desk, "Ada", "--owner", "bob")
    lead(desk, "Ada", "--company", "Engines")
    desk.ok("merge", "1", "2")
    desk.ok("edit", "1", "--company", "Motors")
    number = desk.json("history")[1]["operation"]
    desk.fails(5, "undo", str(number), says="company")


def test_three_way_conflicts_name_every_value_once(desk: Desk) -> None:
    for owner in ("ann", "bob", "Bob", "eve"):
        lead(desk, "Ada", "--owner", owner)
    said = desk.run("merge", "1", "2", "3", "4").stderr
    assert said.count("owner bob") == 1
    assert "owner eve (4)" in said


@pytest.mark.parametrize(
    ("present", "row", "after"),
    [
        (("--country", "Germany"), "Main St 1,Bonn,Germany", ["Main St 1", "Bonn", "Germany"]),
        (("--city", "BONN"), "Main St 1,Bonn,Germany", ["Main St 1", "BONN", "Germany"]),
        (("--city", "Berlin"), "Main St 1,Bonn,Germany", ["", "Berlin", ""]),
        ((), "Main St 1,Bonn,", ["Main St 1", "Bonn", ""]),
        (("--street", "Main St 2", "--city", "Bonn"), "Main St 1,Bonn,Germany", ["Main St 2", "Bonn", ""]),
    ],
)
def test_an_address_is_filled_with_parts_of_the_same_place_only(
    desk: Desk, present: tuple[str, ...], row: str, after: list[str]
) -> None:
    """`import --on-duplicate fill` and `convert` follow one rule."""
    file = desk.file("one.csv", f"email,company,street,city,country\nann@x.example,Acme,{row}\n")
    desk.ok("add", "Ann", "--email", "ann@x.example", *present)
    desk.ok("import", file, "--on-duplicate", "fill")
    assert list(map(desk.json("show", "1").get, ("street", "city", "country"))) == [each or None for each in after]
    desk.ok("undo")
    desk.ok("add", "Bob", "--company", "Acme", *present)
    desk.ok("convert", "2", "--yes")
    desk.ok("import", file, "--on-duplicate", "create")
    desk.ok("convert", "3", "--yes")
    [account] = desk.json("accounts", "A1")
    assert list(map(account.get, ("street", "city", "country"))) == [each or None for each in after]


def test_a_row_whose_type_forbids_the_present_status_moves_the_lead_as_edit_does(desk: Desk) -> None:
    desk.ok("field", "edit", "type", "--choice", "Support", "--allow", "Contacted,Lost")
    for name in ("one", "two"):
        desk.ok("add", name, "--email", f"{name}@x.example")
    desk.ok("edit", "1", "--type", "Support")
    desk.ok("import", desk.file("two.csv", "email,type\ntwo@x.example,Support\n"), "--on-duplicate", "update")
    assert desk.ok("list", "--fields", "name,type,status", "--sort", "name").splitlines() == [
        "one\tSupport\tContacted", "two\tSupport\tContacted"
    ]  # fmt: skip
