"""Whatever is written can be undone: any sequence of writes, taken back, leaves the export as it was, byte for byte."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcli.store import engine

NAMES = st.sampled_from(["Ada", "Zoë", "张伟", "[bold]x[/]", "O'Brien", "=1+1", "Łukasz, Jr."])
STEPS = st.one_of(
    st.tuples(
        st.just("add"),
        NAMES,
        st.sampled_from([[], ["--tag", "a,b"], ["--email", "work:x@example.com", "--force"], ["--value", "12.5k"]]),
    ),
    st.tuples(
        st.just("edit"),
        st.sampled_from(["owner", "city", "tag", "value", "phone", "type"]),
        st.sampled_from(["1", "2", "is:any"]),
    ),
    st.tuples(
        st.just("status"),
        st.sampled_from(["contacted", "qualified", "converted", "new"]),
        st.sampled_from(["1", "is:any"]),
    ),
    st.tuples(st.just("rm"), st.sampled_from(["1", "2", "3"]), st.just("")),
    st.tuples(
        st.just("task"),
        st.sampled_from(["add 1", "add -", "add is:any"]),
        st.sampled_from(["monthly", "every 2 weeks after done", "FREQ=DAILY;COUNT=2", ""]),
    ),
    st.tuples(
        st.just("work"),
        st.sampled_from(["task done", "task reopen", "task rm", "task move", "task edit", "log", "correct"]),
        st.sampled_from(["is:any", "due:..2027-01-31"]),
    ),
    st.tuples(
        st.just("follow"),
        st.sampled_from(["snooze 1 +3d", "snooze 1 off", "edit 1 --touch-every 6w", "sequence start call is:open",
                         "sequence pause call 1", "sequence resume call 1", "sequence stop call 1", "rule run"]),
        st.sampled_from(["2026-11-22", "2026-11-26"]),
    ),
    st.tuples(st.just("undo"), st.just(""), st.just("")),
)  # fmt: skip
WORK = {"task move": ["2027-01-30"], "task edit": ["--text", "Ünique", "--owner", "eva", "--repeat", "every last fri"]}
VALUES = {"owner": "bob", "city": "Köln", "tag": "hot", "value": "99 JPY", "phone": "+44 20 7946 0001"}


def do(desk: Desk, step: tuple[str, str, object]) -> None:
    verb, what, how = step
    if verb == "add":
        desk.run("add", what, *how)  # type: ignore[misc]
    elif verb == "edit":
        values = ["--unset", "owner"] if what == "type" else [f"--{what}", VALUES[what]]
        desk.run("edit", how, *values, "--yes")
    elif verb == "status":
        desk.run("status", how, what, "--yes", "--force")
    elif verb == "rm":
        desk.run("rm", what)
    elif verb == "task":
        desk.run("task", *what.split(), "ring", "--due", "2026-12-31", "--yes", *(["--repeat", how] if how else []))
    elif verb == "follow":
        desk.run(*what.split(), "--yes", LEADCLI_TODAY=str(how))
    elif what == "log":
        desk.run("log", "1", "spoke", "--kind", "call", "--direction", "in", "--next", "ask", "--due", "+2d")
    elif what == "correct":
        desk.run("activities", "edit", "1-9", "--kind", "email", "--text", "wrote", "--at", "2026-11-20 09:00")
    elif verb == "work":
        desk.run(*what.split(), how, *WORK.get(what, []), "--yes")
    else:
        desk.run("undo")


def everything(desk: Desk) -> str:
    """What leads, their dates of work, tasks and activities are."""
    texts = (["export"], ["task", "--all", "--json"], ["activities", "--json"], ["list", "is:any", "--json"],
             ["sequence", "--json"], ["sequence", "due", "--json"])  # fmt: skip
    return "\n".join(desk.ok(*words) for words in texts)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(STEPS, max_size=4),
    after=st.lists(STEPS.filter(lambda step: step[0] != "undo"), min_size=1, max_size=5),
)
def test_any_sequence_of_writes_undone_restores_the_export(tmp_path_factory, before, after):  # type: ignore[no-untyped-def]
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.ok("add", "First")
    desk.ok("sequence", "add", "call", "--step", "task ring", "--step", "+3d task write", "--stop-on", "reply,status")
    for step in before:
        do(desk, step)
    was, done = everything(desk), len(desk.json("history"))
    for step in after:
        do(desk, step)
    now = everything(desk)
    count = len(desk.json("history")) - done
    for _ in range(count):
        desk.ok("undo")
    assert everything(desk) == was
    for _ in range(count):
        desk.ok("redo")
    assert everything(desk) == now
    check_indexes(desk.db)


def check_indexes(path: Path) -> None:
    """What is derived is what the data say: search words, match keys, days in status."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_undo_is_refused_when_a_later_change_went_over_it(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("edit", "1", "--owner", "bob")
    desk.ok("edit", "1", "--owner", "eva")
    refused = desk.fails(5, "undo", "2", says=["operation 3", "owner of lead 1", "leadcli undo 3"])
    assert refused.stdout == ""
    desk.ok("edit", "1", "--city", "Berlin")
    desk.ok("undo", "3")
    lead = desk.json("show", "1")
    assert (lead["owner"], lead["city"]) == ("bob", "Berlin")


def test_an_undone_operation_cannot_be_undone_twice(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("undo")
    desk.fails(5, "undo", says="nothing to undo")
    desk.fails(5, "undo", "1", says="already undone")
    desk.fails(3, "undo", "99", says="no operation 99")
    desk.ok("redo")
    desk.fails(5, "redo", says="nothing to redo")


def test_redo_is_over_once_something_else_was_done(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("edit", "1", "--owner", "bob")
    desk.ok("undo")
    desk.ok("edit", "1", "--city", "Paris")
    desk.fails(5, "redo", says="nothing to redo")


def test_an_undo_stands_only_as_long_as_what_it_took_back_stays_so(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("edit", "1", "--tag", "x")
    for verb in ("undo", "redo", "undo"):
        desk.ok(verb)
    desk.fails(5, "undo", "4", says="operation 2 was undone since")
    assert desk.json("show", "1")["tags"] == []
    desk.ok("redo")
    assert desk.json("show", "1")["tags"] == ["x"]


def test_whatever_is_undone_of_undos_the_first_operation_knows_where_it_stands(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("edit", "1", "--city", "Bonn")
    for words in (("undo",), ("redo",), ("undo",), ("undo", "5")):
        desk.ok(*words)
    assert desk.json("show", "1")["city"] == "Bonn"
    desk.ok("undo", "6")
    assert desk.json("show", "1")["city"] is None
    desk.fails(5, "undo", "2", says="already undone by operation 5")
    desk.ok("redo")
    assert desk.json("show", "1")["city"] == "Bonn"


def test_updated_at_goes_back_whatever_the_order_of_undoing(desk: Desk) -> None:
    desk.run("add", "Ada", LEADCLI_TODAY="2026-11-01T09:00")
    desk.run("edit", "1", "--owner", "bob", LEADCLI_TODAY="2026-11-02T09:00")
    desk.run("edit", "1", "--city", "Paris", LEADCLI_TODAY="2026-11-03T09:00")
    desk.ok("undo", "2")
    assert desk.json("show", "1")["updated_at"] == moment("2026-11-03T09:00")
    desk.ok("undo", "3")
    assert desk.json("show", "1")["updated_at"] == moment("2026-11-01T09:00")
    desk.ok("redo")
    assert desk.json("show", "1")["updated_at"] == moment("2026-11-03T09:00")


def moment(local: str) -> str:
    from datetime import UTC, datetime

    return datetime.fromisoformat(local).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_id_is_never_given_twice(desk: Desk) -> None:
    desk.ok("add", "One")
    desk.ok("rm", "1")
    assert desk.ok("add", "Two").strip() == "2"
    desk.ok("undo", "2")
    assert desk.json("show", "1")["name"] == "One"


def test_a_search_finds_what_is_there_and_not_what_was(desk: Desk) -> None:
    desk.ok("add", "Šárka Nováková", "--email", "sarka@example.com", "--tag", "expo")
    count = lambda *words: int(desk.ok("filter", *words, "--count"))  # noqa: E731
    assert (count("sarka"), count("novak"), count("expo"), count("name:arka")) == (1, 1, 1, 1)
    desk.ok("edit", "1", "--name", "Petra Malá", "--untag", "expo")
    assert (count("sarka"), count("novak"), count("expo"), count("name:arka"), count("mala")) == (1, 0, 0, 0, 1)
    desk.ok("undo")
    assert (count("novak"), count("mala"), count("expo")) == (1, 0, 1)
    desk.ok("rm", "1")
    assert count("sarka") == 0


def test_nothing_done_is_no_operation(desk: Desk) -> None:
    desk.ok("add", "Ada", "--owner", "bob")
    desk.ok("edit", "1", "--owner", "bob")
    desk.ok("status", "1", "new")
    assert len(desk.json("history")) == 1


def test_a_record_with_notes_added_since_does_not_go(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("note", "1", "likes tea")
    desk.fails(5, "undo", "1", says=["lead 1 has activities added since", "leadcli show 1"])
    assert desk.json("show", "1")["name"] == "Ada"
    desk.ok("undo")
    desk.ok("undo")
    assert desk.json("filter", "is:any") == []


def test_an_import_with_a_file_attached_since_does_not_go(desk: Desk) -> None:
    desk.file("many.csv", "name\n" + "".join(f"Lead {number}\n" for number in range(200)))
    desk.ok("import", "many.csv")
    desk.file("offer.txt", "offer")
    desk.ok("attach", "150", "offer.txt")
    desk.fails(5, "undo", "1", says=["lead 150 has attachments added since"])
    assert int(desk.ok("filter", "is:any", "--count")) == 200
    desk.ok("undo")
    desk.ok("undo")
    assert int(desk.ok("filter", "is:any", "--count")) == 0


def test_an_import_comes_back_by_redo_as_it_was(desk: Desk) -> None:
    desk.ok("add", "First", "--email", "first@x.org")
    rows = [
        {"name": f"Lead {n}", "phones": [f"+44 20 7946 {n:04}"],
         "street": "a\nb", "tags": ["all", f"t{n}"], "my own": f"=x{n}",
         "emails": [{"value": f"l{n}@x.org", "label": "work"}, {"value": f"{n}@y.org", "label": None}],
         "value": f"{n}.50", "addresses": [{"city": "Rome", "street": "1 Via"}]} if n % 3 else {"name": f"Bare {n}"}
        for n in range(300)
    ]  # fmt: skip
    rows[0]["name"] = "´"  # a name of which no key is left
    desk.file("in.json", json.dumps(rows))
    desk.ok("import", "in.json", "--extra", "custom")
    was, tables = desk.ok("export"), _tables(desk)
    desk.ok("undo")
    assert desk.ok("list", "--count") == "1"
    desk.ok("redo")
    assert desk.ok("export") == was
    assert _tables(desk) == tables
    assert desk.ok("list", "email:l7@x.org", "--ids") == desk.ok("list", "tag:t7", "--ids") == "9"
    desk.ok("edit", 9, "--city", "Bern")
    desk.fails(5, "undo", "2", says="changed")
    for verb in ("undo", "undo", "redo", "undo", "redo"):
        desk.ok(verb)
    assert desk.ok("export") == was


@pytest.mark.parametrize("staying", [1, 100, 700], ids=["few stay", "less than half", "most stay"])
def test_an_import_that_is_undone_leaves_no_trace(desk: Desk, staying: int) -> None:
    def leads(first: int, count: int, city: str) -> Path:
        rows = [f"Lead {n},l{n}@x.org,{city}" for n in range(first, first + count)]
        return desk.file(f"{city}{first}.csv", "name,email,city\n" + "\n".join(rows) + "\n")

    desk.ok("import", leads(0, staying, "Bonn"))
    desk.ok("rule", "add", "greet", "--on", "added", "--task", "zebra call", "--due", "+1d")
    desk.ok("rule", "add", "visit", "--on", "changed", "--task", "yak visit", "--due", "+2d")
    before = desk.ok("export"), _tables(desk), _shape(desk)
    new = leads(staying, 300, "Rome")
    moved = leads(0, min(staying, 80), "Kiel")
    desk.ok("import", new, moved, "--on-duplicate", "update")
    assert desk.ok("list", "zebra", "--count") == "300"
    assert desk.ok("list", "yak", "--count") == str(min(staying, 80))
    after = desk.ok("export"), _tables(desk), _shape(desk)
    for verb, there in (("undo", before), ("redo", after), ("undo", before)):
        desk.ok(verb)
        assert (desk.ok("export"), _tables(desk), _shape(desk)) == there
        assert "search index" not in desk.run("doctor").stdout
    assert desk.ok("list", "zebra", "--count") == desk.ok("list", "yak", "--count") == "0"


def _tables(desk: Desk) -> list[list[tuple[object, ...]]]:
    """All that is stored of leads, derived columns too."""
    file = engine.connect(desk.db, write=False)
    names = ("leads", "emails", "phones", "tags", "addresses")
    found = [file.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall() for name in names]
    file.close()
    return found


def _shape(desk: Desk) -> list[tuple[object, ...]]:
    """The tables and indexes of the file."""
    file = engine.connect(desk.db, write=False)
    found = file.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1").fetchall()
    file.close()
    return found


@pytest.mark.parametrize(("before", "command", "remaining"), [([], "undo", "1"), (["undo"], "redo", "0")])
def test_a_dry_run_of_undo_and_redo_changes_nothing(
    desk: Desk, before: list[str], command: str, remaining: str
) -> None:
    desk.ok("add", "Ada")
    for each in before:
        desk.ok(each)
    history = desk.ok("history")
    assert "Would" in desk.run(command, "--dry-run").both
    assert (desk.ok("list", "--count"), desk.ok("history")) == (remaining, history)
    desk.ok(command)
    assert desk.ok("list", "--count") != remaining
