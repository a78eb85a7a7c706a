"""Guards fields of one's own and choice lists: added, changed, removed, and all of it taken back."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk


def field(desk: Desk, name: str) -> dict[str, Any]:
    return next(each for each in desk.json("field", "list") if each["name"] == name)


def choices(desk: Desk, name: str) -> list[str]:
    return [each["choice"] for each in desk.json("field", "list", name)]


TYPED = [
    ("text", "a b", "a b"), ("number", "12.50", 12.5), ("money", "9.90", 9.9), ("date", "2026-12-01", "2026-12-01"),
    ("datetime", "2026-12-01T10:00", "2026-12-01T10:00:00Z"), ("bool", "yes", True), ("file", "plan.pdf", "plan.pdf"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "typed", "value"), TYPED)
def test_every_type_is_added_set_found_listed_and_exported(desk: Desk, type_: str, typed: str, value: object) -> None:
    desk.ok("field", "add", "Extra-Thing", "--type", type_)
    assert field(desk, "extra_thing") == {
        "name": "extra_thing", "label": "extra thing", "kind": type_, "custom": True, "required": False, "choices": []
    }  # fmt: skip
    desk.ok("add", "Ada", "--set", f"extra-thing={typed}")
    desk.ok("add", "Bob")
    assert desk.json("show", 1)["extra_thing"] == value
    assert desk.ok("list", f"extra_thing:{typed}", "--ids") == "1"
    assert desk.ok("list", "has:extra_thing", "--ids") == "1"
    assert desk.ok("list", "--fields", "extra_thing", "--sort", "-extra_thing").splitlines()[0] != ""
    assert "extra_thing" in desk.ok("export").splitlines()[0]
    desk.ok("edit", "1", "--unset", "extra_thing")
    assert desk.json("show", 1)["extra_thing"] is None


def test_a_choice_field_is_closed(desk: Desk) -> None:
    said = desk.run("field", "add", "segment", "--type", "choice", "--choice", "EMEA", "--choice", "APAC").stderr
    assert said == (
        "Added field segment (choice: EMEA, APAC). Filter: segment:EMEA   Set: leadcli edit 12 --set segment=EMEA\n"
    )
    desk.ok("add", "Ada", "--set", "segment=emea")
    assert desk.json("show", 1)["segment"] == "EMEA"
    desk.fails(2, "add", "Bob", "--set", "segment=MARS", says=("--set segment", "EMEA, APAC"))
    desk.fails(2, "list", "segment:mars", says="emea")
    desk.fails(2, "field", "add", "other", "--type", "choice", says="needs its choices")
    desk.fails(2, "field", "add", "other", "--type", "text", "--choice", "A", says="--choice")


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [("status", 5, "status"), ("stage", 5, "it means status"), ("zip", 5, "postcode"), ("product", 5, "product"),
     ("kind", 5, "kind"), ("is", 5, "'is'"), ("lost_reason", 5, "lost_reason"), ("2nd", 2, "letters"),
     ("a:b", 2, "a:b"), ("", 2, "name of a field")],
)  # fmt: skip
def test_a_name_that_is_taken_or_cannot_be_typed_is_refused(desk: Desk, name: str, code: int, says: str) -> None:
    desk.fails(code, "field", "add", name, "--type", "text", says=says)


def test_unknown_types_and_twins_are_refused(desk: Desk) -> None:
    desk.fails(2, "field", "add", "x", "--type", "txet", says="Did you mean 'text'?")
    desk.ok("field", "add", "seats", "--type", "number")
    desk.fails(5, "field", "add", "Seats", "--type", "text", says="field seats exists already")
    desk.fails(2, "add", "Ada", "--set", "seats=many", says="--set seats 'many' is not a number")


def test_required_fields_are_asked_for(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "text", "--required")
    desk.fails(2, "add", "Ada", says="--set segment=... is required")
    desk.ok("field", "edit", "segment", "--optional")
    desk.ok("add", "Ada")
    desk.ok("field", "edit", "segment", "--required")
    assert field(desk, "segment")["required"] is True
    desk.fails(5, "field", "edit", "company", "--required", says="belongs to leadcli")


def test_removing_keeps_the_values_for_undo_and_a_new_field_starts_empty(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "choice", "--choice", "EMEA")
    desk.ok("add", "Ada", "--set", "segment=EMEA")
    before = desk.ok("export")
    assert "1 lead had a value" in desk.run("field", "rm", "segment").stderr
    desk.fails(2, "list", "segment:emea", says="unknown field")
    desk.ok("undo")
    assert desk.ok("export") == before
    desk.ok("redo")
    desk.ok("field", "add", "segment", "--type", "number")
    assert desk.json("show", 1)["segment"] is None
    desk.ok("edit", "1", "--set", "segment=7")
    desk.fails(5, "undo", "3", says="another field called segment")
    assert desk.json("show", 1)["segment"] == 7


def test_adding_a_field_is_undone_while_nobody_filled_it_in(desk: Desk) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("undo")
    desk.fails(2, "add", "Ada", "--set", "seats=1", says="unknown field 'seats'")
    desk.ok("redo")
    desk.ok("add", "Ada", "--set", "seats=1")
    desk.fails(5, "undo", "1", says="field seats was filled in for 1 lead")
    assert desk.json("show", 1)["seats"] == 1


def test_a_dry_run_adds_nothing(desk: Desk) -> None:
    desk.ok("add", "Ada")
    assert "Would add field seats" in desk.run("field", "add", "seats", "--type", "number", "--dry-run").stderr
    desk.fails(2, "list", "seats:1", says="unknown field")


def test_a_field_gets_another_name_and_older_operations_still_find_it(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "choice", "--choice", "EMEA", "--choice", "APAC")
    desk.ok("add", "Ada", "--set", "segment=EMEA")
    desk.ok("edit", "1", "--set", "segment=APAC")
    desk.ok("field", "edit", "segment", "--rename", "region_group")
    assert desk.json("show", 1)["region_group"] == "APAC"
    assert desk.ok("list", "region_group:apac", "--ids") == "1"
    desk.ok("undo", "3")
    assert desk.json("show", 1)["region_group"] == "EMEA"


def test_a_later_edit_under_another_name_keeps_the_earlier_one_from_being_undone(desk: Desk) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("add", "Ada", "--set", "seats=5")
    desk.ok("edit", "1", "--set", "seats=7")
    desk.ok("field", "edit", "seats", "--rename", "places")
    desk.ok("edit", "1", "--set", "places=9")
    desk.fails(5, "undo", "3", says=("operation 5", "changed places of lead 1 since", "leadcli undo 5"))
    desk.ok("undo", "5")
    desk.ok("undo", "3")
    assert desk.json("show", 1)["places"] == 5


def test_an_old_change_never_reaches_a_new_field_of_the_same_name(desk: Desk) -> None:
    desk.ok("field", "add", "code", "--type", "text")
    desk.ok("add", "Ada", "--set", "code=first")
    desk.ok("edit", "1", "--set", "code=second")
    desk.ok("field", "rm", "code")
    desk.ok("field", "add", "code", "--type", "number")
    desk.ok("edit", "1", "--set", "code=3")
    desk.run("undo", "3")
    assert desk.json("show", 1)["code"] == 3


def test_only_ones_own_fields_can_be_removed(desk: Desk) -> None:
    desk.fails(3, "field", "rm", "company")  # there is no desk yet
    desk.ok("add", "Ada")
    desk.fails(5, "field", "rm", "company", says="belongs to leadcli")
    desk.fails(2, "field", "rm", "segmnt", says="unknown field 'segmnt'")


# Choice lists


def test_a_choice_is_added_at_its_place(desk: Desk) -> None:
    said = desk.run("field", "edit", "status", "--choice", "nurturing", "--after", "contacted").stderr
    assert said == "Changed field status: added nurturing; nurturing comes after Contacted.\n"
    assert choices(desk, "status") == ["New", "Contacted", "nurturing", "Qualified", "Converted", "Lost"]
    desk.ok("field", "edit", "status", "--choice", "paused")
    assert choices(desk, "status")[3:5] == ["Qualified", "paused"]
    desk.ok("undo")
    desk.ok("undo")
    assert choices(desk, "status") == ["New", "Contacted", "Qualified", "Converted", "Lost"]


def test_a_choice_has_colour_days_followers_and_activity(desk: Desk) -> None:
    desk.ok(
        "field", "edit", "status", "--choice", "new", "--colour", "blue", "--rot-days", "5", "--next", "contacted,lost"
    )
    now = desk.json("field", "list", "status")[0]
    assert (now["colour"], now["rot_days"], now["next"]) == ("blue", 5, ["Contacted", "Lost"])
    desk.ok("add", "Ada")
    desk.fails(5, "status", "1", "qualified", says="may be followed by: Contacted, Lost")
    desk.ok("field", "edit", "status", "--choice", "new", "--next", "")
    desk.ok("status", "1", "qualified")
    desk.ok("field", "edit", "source", "--choice", "Event", "--inactive")
    assert "Event" not in field(desk, "source")["choices"]
    desk.fails(2, "field", "edit", "status", "--choice", "new", "--colour", "reddish", says="Colours")
    desk.fails(2, "field", "edit", "source", "--choice", "Event", "--rot-days", "5", says="status")
    desk.fails(2, "field", "edit", "status", "--state", "won", says="--choice NAME")


def test_types_allow_statuses(desk: Desk) -> None:
    desk.ok("field", "edit", "type", "--choice", "wholesale", "--allow", "new,qualified,converted,lost")
    desk.ok("add", "Ada", "--type", "wholesale")
    desk.fails(5, "status", "1", "contacted", says="allows: New, Qualified, Converted, Lost")
    desk.fails(5, "field", "edit", "type", "--choice", "wholesale", "--allow", "lost", says="no open status")
    desk.fails(2, "field", "edit", "type", "--choice", "wholesale", "--allow", "nwe", says="New")
    desk.ok("field", "edit", "status", "--choice", "qualified", "--rename", "Warm")
    desk.fails(5, "status", "1", "contacted", says="allows: New, Warm, Converted, Lost")
    desk.ok("field", "edit", "type", "--choice", "wholesale", "--allow", "")
    desk.ok("status", "1", "contacted")


def test_a_new_name_follows_into_the_records_and_is_no_move(desk: Desk) -> None:
    desk.ok("add", "Ada", "--today", "2026-11-01")
    desk.ok("status", "1", "contacted", "--today", "2026-11-05")
    desk.ok("field", "edit", "status", "--choice", "contacted", "--rename", "Reached")
    lead = desk.json("show", 1)
    assert (lead["status"], lead["days_in_status"]) == ("Reached", 17)
    desk.ok("undo")
    lead = desk.json("show", 1)
    assert (lead["status"], lead["days_in_status"]) == ("Contacted", 17)
    desk.fails(5, "field", "edit", "status", "--choice", "contacted", "--rename", "new", says="exists already")


def test_a_choice_in_use_goes_only_for_another(desk: Desk) -> None:
    desk.ok("add", "Ada", "--source", "Event")
    desk.fails(5, "field", "edit", "source", "--remove-choice", "event", says=("used by 1 lead", "--replace-with"))
    desk.ok("field", "edit", "source", "--remove-choice", "event", "--replace-with", "website")
    assert desk.json("show", 1)["source"] == "Website"
    assert "Event" not in choices(desk, "source")
    desk.ok("undo")
    assert desk.json("show", 1)["source"] == "Event"
    assert "Event" in choices(desk, "source")
    desk.ok("field", "edit", "source", "--remove-choice", "Campaign")
    desk.fails(2, "field", "edit", "source", "--remove-choice", "Campain", says="unknown source 'Campain'")


def test_a_status_is_replaced_by_one_of_its_state(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.fails(5, "field", "edit", "status", "--remove-choice", "new", "--replace-with", "lost", says="New is open")
    desk.ok("field", "edit", "status", "--remove-choice", "new", "--replace-with", "contacted")
    assert desk.json("show", 1)["status"] == "Contacted"


@pytest.mark.parametrize(
    "words",
    [["--remove-choice", "converted"], ["--remove-choice", "lost"], ["--choice", "lost", "--state", "open"],
     ["--choice", "converted", "--inactive"],
     ["--remove-choice", "new", "--remove-choice", "contacted", "--remove-choice", "qualified"]],
)  # fmt: skip
def test_a_pipeline_that_cannot_work_is_refused(desk: Desk, words: list[str]) -> None:
    desk.ok("init")
    before = desk.ok("field", "list", "status")
    desk.fails(5, "field", "edit", "status", *words, says="would be left without")
    assert desk.ok("field", "list", "status") == before


def test_a_new_state_closes_and_reopens_the_leads_in_it(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("status", "1", "qualified")
    desk.ok("field", "edit", "status", "--choice", "qualified", "--state", "won")
    assert desk.json("show", 1)["closed_at"]
    assert desk.ok("list", "is:won", "--ids") == "1"
    desk.ok("undo")
    assert desk.json("show", 1)["closed_at"] is None


def test_a_choice_given_since_keeps_its_adding_from_being_undone(desk: Desk) -> None:
    desk.ok("field", "edit", "status", "--choice", "nurturing")
    desk.ok("add", "Ada")
    desk.ok("status", "1", "nurturing")
    desk.fails(5, "undo", "1", says="status nurturing was given to lead 1")
    assert desk.json("show", 1)["status"] == "nurturing"


def test_a_choice_removed_and_added_again_is_not_brought_back_twice(desk: Desk) -> None:
    desk.ok("field", "edit", "source", "--remove-choice", "Call")
    desk.ok("field", "edit", "source", "--choice", "Call")
    desk.fails(5, "undo", "1", says="of the same name")


def test_stages_have_a_list_of_their_own(desk: Desk) -> None:
    desk.ok("field", "edit", "stage", "--choice", "Offer", "--after", "open")
    assert choices(desk, "stage") == ["Open", "Offer", "Won", "Lost"]
    desk.ok("add", "Ada")
    desk.ok("convert", "1", "--yes")
    desk.ok("edit", "O1", "--stage", "offer")
    assert desk.ok("opportunities", "stage:offer", "--ids") == "O1"


def test_fields_without_choices_are_said_to_have_none(desk: Desk) -> None:
    desk.ok("init")
    desk.fails(2, "field", "edit", "value", "--choice", "much", says="value has no choices")
    desk.fails(2, "field", "edit", "products", "--choice", "Pump", says="leadcli product add")
    desk.fails(2, "field", "edit", "statsu", "--choice", "x", says="Did you mean 'status'?")
    desk.fails(2, "field", "edit", "status", says="nothing to change")
    desk.fails(2, "field", "edit", "status", "--choice", "a,b", says="without commas")


def test_the_list_names_every_field_of_a_lead(desk: Desk) -> None:
    desk.ok("init")
    rows = desk.json("field", "list")
    assert {"name", "status", "tags", "age", "bant", "account"} <= {row["name"] for row in rows}
    assert all(list(row) == ["name", "label", "kind", "custom", "required", "choices"] for row in rows)
    assert field(desk, "priority")["choices"] == ["Low", "Normal", "High", "Urgent"]


def test_views_reports_and_rules_follow_a_choice_that_is_renamed(desk: Desk) -> None:
    desk.ok("add", "Ada", "--status", "contacted")
    desk.ok("filter", "--save", "talking", "(status:new,contacted or status!=Lost) name:contacted")
    desk.ok("filter", "--save", "other", "source:web not tag:contacted")
    desk.ok("report", "sources", "status:contacted", "--save", "mine")
    desk.ok("rule", "add", "warm", "--on", "changed", "--if", "status=contacted", "--tag", "warm")
    desk.ok("rule", "add", "go", "--on", "added", "--if", "source:web", "--set", "status=contacted", "--tag", "x")
    before = desk.ok("filter"), desk.ok("rule", "list"), desk.ok("export")
    said = desk.run("field", "edit", "status", "--choice", "contacted", "--rename", "In touch").both
    assert "1 record, @talking, report mine, rule warm, rule go" in said
    assert "(status:new,in-touch or status!=Lost) name:contacted" in desk.ok("filter")
    assert "source:web not tag:contacted" in desk.ok("filter")
    rules = {rule["name"]: rule for rule in desk.json("rule", "list")}
    assert rules["warm"]["if"] == "status=in-touch"
    assert "status=In touch" in rules["go"]["do"]
    assert desk.json("report", "mine")["totals"]["count"] == 1
    assert desk.ok("list", "@talking", "--count") == "0"
    assert "views" not in desk.run("doctor").stdout
    desk.ok("undo")
    assert (desk.ok("filter"), desk.ok("rule", "list"), desk.ok("export")) == before


def test_views_follow_a_choice_that_another_replaces(desk: Desk) -> None:
    desk.ok("field", "edit", "status", "--choice", "Talking, twice (or more)".replace(",", ""))
    desk.ok("filter", "--save", "a", "status:contacted,qualified")
    desk.ok("field", "edit", "status", "--remove-choice", "contacted", "--replace-with", "Talking twice (or more)")
    assert desk.json("filter")[0]["query"] == 'status:"talking twice (or more)",qualified'
