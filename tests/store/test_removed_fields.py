"""A removed field keeps its values for undo, whatever became of their records meanwhile, and in whichever order."""

from __future__ import annotations

import sqlite3

import pytest
from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MANY = 80  # enough to go and come back as a block


def people(desk: Desk, count: int, *, field: str = "seats") -> None:
    rows = "".join(f"Person {number} of {count},{number}@example.com,{number}\n" for number in range(1, count + 1))
    desk.file(f"{count}.csv", f"name,email,{field}\n{rows}")
    desk.ok("import", f"{count}.csv", "--yes")


@pytest.fixture
def seated(desk: Desk) -> Desk:
    """Two leads with seats: operations 1 to 3."""
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("add", "Ada", "--set", "seats=5", "--email", "ada@example.com")
    desk.ok("add", "Bob", "--set", "seats=7")
    return desk


def last(desk: Desk) -> int:
    return int(desk.json("history", "--limit", "1")[0]["operation"])


GONE = [("rm", "1"), ("rm", "is:any", "--yes"), ("merge", "1", "2", "--yes"), ("merge", "2", "1", "--yes")]


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.parametrize("again", [False, True])
def test_records_deleted_and_merged_come_back_with_it(seated: Desk, gone: tuple[str, ...], again: bool) -> None:
    before = seated.ok("export")
    seated.ok("field", "rm", "seats")
    seated.ok(*gone)
    seated.ok("undo")
    if again:
        seated.ok("redo")
        seated.ok("undo")
    seated.ok("undo")
    assert seated.ok("export") == before


@pytest.mark.parametrize("count", [3, MANY])
def test_an_import_undone_and_redone_brings_it_back(desk: Desk, count: int) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("add", "Zoë", "--set", "seats=99")
    people(desk, count)
    before = desk.ok("export")
    desk.ok("field", "rm", "seats")
    desk.ok("undo", "3")
    assert desk.ok("list", "--count") == "1"
    desk.ok("undo", last(desk))
    assert desk.ok("list", "--count") == f"{count + 1}"
    desk.ok("undo", "4")
    assert desk.ok("export") == before


@pytest.mark.parametrize("count", [3, MANY])
def test_many_deleted_by_a_filter_come_back_with_it(desk: Desk, count: int) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    people(desk, count)
    before = desk.ok("export")
    desk.ok("field", "rm", "seats")
    for _ in range(2):
        desk.ok("rm", "is:any", "--yes")
        desk.ok("undo")
    desk.ok("undo")
    assert desk.ok("export") == before


def test_duplicates_merged_by_the_hundred_come_back_with_it(desk: Desk) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    people(desk, 40)
    rows = "".join(f"Person {number} of 40,{number}@example.com,{number + 100}\n" for number in range(1, 41))
    desk.file("again.csv", f"name,email,seats\n{rows}")
    desk.ok("import", "again.csv", "--yes", "--on-duplicate", "create")
    before = desk.ok("export")
    desk.ok("field", "rm", "seats")
    desk.ok("dedupe", "--merge", "--yes")
    assert desk.ok("list", "--count") == "40"
    desk.ok("undo")
    desk.ok("undo")
    assert desk.ok("export") == before


@pytest.mark.parametrize("count", [3, MANY])
@pytest.mark.parametrize("order", [("field", "leads"), ("leads", "field")])
@pytest.mark.parametrize("back", [("field", "leads"), ("leads", "field")])
def test_the_orders_of_going_and_coming_back_do_not_matter(
    desk: Desk, count: int, order: tuple[str, ...], back: tuple[str, ...]
) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    people(desk, count)
    before = desk.ok("export")
    numbers = {}
    for what in order:
        desk.ok(*(("field", "rm", "seats") if what == "field" else ("undo", "2")))
        numbers[what] = last(desk)
    for what in back:
        desk.ok("undo", numbers[what])
    assert desk.ok("export") == before


def test_a_field_renamed_since_gets_it_back(seated: Desk) -> None:
    seated.ok("field", "rm", "seats")
    seated.ok("rm", "1")
    seated.ok("undo", "4")
    seated.ok("field", "edit", "seats", "--rename", "places")
    seated.ok("undo", "5")
    assert seated.json("show", "1")["places"] == 5


def test_a_field_renamed_and_removed_since_gets_it_back(seated: Desk) -> None:
    seated.ok("rm", "1")
    seated.ok("field", "edit", "seats", "--rename", "places")
    seated.ok("field", "rm", "places")
    seated.ok("undo", "4")
    seated.ok("undo", "6")
    assert seated.json("show", "1")["places"] == 5


@pytest.mark.parametrize("first", ["rm", "field"])
def test_a_new_field_of_its_name_is_another(seated: Desk, first: str) -> None:
    number = {}
    for what in (("rm", "1"), ("field", "rm", "seats")) if first == "rm" else (("field", "rm", "seats"), ("rm", "1")):
        seated.ok(*what)
        number[what[0]] = last(seated)
    seated.ok("field", "add", "seats", "--type", "text")
    seated.ok("undo", number["rm"])
    assert seated.json("show", "1")["seats"] is None
    seated.ok("edit", "1", "--set", "seats=front row")
    seated.ok("rm", "1")
    seated.ok("undo")
    assert seated.json("show", "1")["seats"] == "front row"
    seated.ok("field", "rm", "seats")
    seated.ok("undo", number["field"])
    assert seated.json("show", "1")["seats"] == 5


def test_a_field_called_like_the_column_of_a_removed_one_is_another(seated: Desk) -> None:
    seated.ok("field", "rm", "seats")
    seated.ok("field", "add", "x_seats", "--type", "text")
    seated.ok("edit", "1", "--set", "x_seats=other")
    seated.ok("rm", "1")
    seated.ok("undo")
    assert seated.json("show", "1")["x_seats"] == "other"
    seated.ok("undo", "4")
    assert (seated.json("show", "1")["x_seats"], seated.json("show", "1")["seats"]) == ("other", 5)


def test_adding_the_field_taken_back_while_its_lead_was_away_loses_nothing(desk: Desk) -> None:
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("add", "Ada", "--set", "seats=5")
    desk.ok("rm", "1")
    desk.ok("undo", "1")
    desk.ok("undo", "3")
    desk.ok("undo", "4")
    assert desk.json("show", "1")["seats"] == 5


def test_customers_come_back_with_it_too(seated: Desk) -> None:
    seated.ok("convert", "1", "--yes")
    kinds = ("accounts", "contacts", "opportunities")
    before = [seated.json(kind, "--fields", "id,seats") for kind in kinds]
    assert 5 in [row["seats"] for rows in before for row in rows]
    seated.ok("field", "rm", "seats")
    seated.ok("undo", "4")
    assert [seated.json(kind) for kind in kinds] == [[], [], []]
    seated.ok("undo", last(seated))
    seated.ok("undo", "5")
    assert [seated.json(kind, "--fields", "id,seats") for kind in kinds] == before


def test_what_is_no_lead_keeps_fields_that_are_called_alike(desk: Desk) -> None:
    desk.ok("field", "add", "at", "--type", "text")
    desk.ok("add", "Ada")
    desk.ok("log", "1", "hello", "--kind", "call")
    called = desk.json("show", "1")["last_contact"]
    desk.ok("rm", "1")
    desk.ok("field", "edit", "at", "--rename", "place")
    desk.ok("undo", "4")
    assert desk.json("show", "1")["last_contact"] == called


def test_an_import_that_brought_the_field_and_changed_a_lead_is_redone_whole(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@example.com")
    desk.file("signs.csv", "name,email,sign\nAda,ada@example.com,Leo\nBob,bob@example.com,Aries\n")
    desk.ok("import", "signs.csv", "--yes", "--extra", "custom", "--on-duplicate", "update")
    before = desk.ok("export")
    assert "Leo" in before
    desk.ok("undo")
    desk.ok("redo")
    assert desk.ok("export") == before


@pytest.mark.parametrize("more", [[], ["--city", "Rome"]])
def test_an_edit_is_undone_and_redone_while_its_field_is_removed(seated: Desk, more: list[str]) -> None:
    before = seated.ok("export")
    seated.ok("edit", "1", "--set", "seats=9", *more)
    edited = seated.ok("export")
    seated.ok("field", "rm", "seats")
    seated.ok("undo", "4")
    undone = last(seated)
    seated.ok("undo", "5")
    assert seated.ok("export") == before
    seated.ok("redo")
    seated.ok("undo", undone)
    seated.ok("undo", "5")
    assert seated.ok("export") == edited
    seated.ok("undo", "4")
    assert seated.ok("export") == before
    assert "column" not in seated.ok("history", "1", "--json")
    assert "column" not in seated.ok("history", "--operation", undone, "--json")


def test_what_is_kept_of_it_shows_in_no_history(seated: Desk) -> None:
    seated.ok("field", "rm", "seats")
    seated.ok("rm", "1")
    seated.ok("undo")
    for said in (("history",), ("history", "1"), ("history", "--operation", "5"), ("history", "--operation", "6")):
        assert "x_seats" not in seated.ok(*said) + seated.ok(*said, "--json")


def test_without_removed_fields_the_journal_keeps_what_the_registry_knows(seated: Desk) -> None:
    seated.ok("rm", "1")
    with sqlite3.connect(seated.db) as connection:
        kept = connection.execute("SELECT old FROM changes WHERE record = 'lead' AND field = '-'").fetchone()[0]
    assert '"seats"' in kept
    assert "x_seats" not in kept


STEPS = st.sampled_from([
    ("field", "rm", "seats"), ("field", "rm", "places"), ("field", "edit", "seats", "--rename", "places"),
    ("field", "edit", "places", "--rename", "seats"), ("rm", "1"), ("add", "Cy"),
    ("edit", "1", "--set", "seats=9"), ("edit", "is:any", "--set", "seats=8", "--city", "Rome", "--yes"),
    ("rm", "is:any", "--yes"), ("merge", "1", "2", "--yes"),
])  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.one_of(STEPS, st.integers(4, 12)), min_size=2, max_size=8),
    order=st.lists(st.integers(4, 20), max_size=6),
)
def test_whatever_is_taken_back_in_whichever_order_the_values_are_there(tmp_path_factory, steps, order):  # type: ignore[no-untyped-def]
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("add", "Ada", "--set", "seats=5")
    desk.ok("add", "Bob", "--set", "seats=7")
    before = desk.ok("export")
    for step in (*steps, *order):
        desk.run(*(("undo", step) if isinstance(step, int) else step))
    while last_live(desk) > 3:
        desk.ok("undo", last_live(desk))
    assert desk.ok("export") == before


def last_live(desk: Desk) -> int:
    with sqlite3.connect(desk.db) as connection:
        sql = "SELECT max(id) FROM operations WHERE undone_by IS NULL AND undoes IS NULL"
        return int(connection.execute(sql).fetchone()[0])


def test_an_edit_is_not_redone_of_a_lead_that_went(desk: Desk) -> None:
    desk.run("field", "add", "seg", "--type", "text")
    desk.run("add", "Ada")
    desk.run("edit", "1", "--set", "seg=EMEA")
    desk.run("field", "rm", "seg")
    assert desk.run("undo", "3").returncode == desk.run("undo", "2").returncode == 0
    told = desk.run("undo", "5")
    assert (told.returncode, "no lead 1" in told.stderr) == (3, True)
