"""What rules give to the new leads of an import is written with them, and nobody can tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from desk import Desk

PLAIN = "name,email,tags,value\n" + "".join(
    f"Lead {n},p{n}@x.com,{';'.join(('fair', 'old')[: n % 3])},{n * 10}\n" for n in range(90)
)


def with_column(name: str, value: str) -> str:
    return f"name,email,{name}\n" + "".join(f"Lead {n},p{n}@x.com,{value}\n" for n in range(3))


BROUGHT = "uid,name,email,updated_at\n0190-abc,Old Acquaintance,old@x.com,2020-01-01T10:00:00Z\n"
TWICE = "name,email,priority\nAda,ada@x.com,\nBob,bob@x.com,\nAda,ada@x.com,low\n"
RULES: dict[str, list[tuple[str, ...]]] = {
    "fields, tags and tasks": [
        ("--set", "priority=high", "--set", "campaign=Winter", "--tag", "new26", "--tag", "Café ☕"),
        ("--task", "call Zoë", "--due", "+1d"),
    ],
    "twice the same": [
        ("--set", "city=Paris", "--tag", "new26", "--task", "call", "--due", "+3d"),
        ("--set", "city=Paris", "--tag", "NEW26", "--tag", "fresh", "--task", "write", "--due", "+2d"),
        ("--set", "city=Rome"),
    ],
    "some must look": [
        ("--set", "priority=low", "--tag", "seen"),
        ("--if", "value:300..", "--set", "priority=high", "--task", "call", "--due", "today"),
        ("--set", "medium=File", "--tag", "late"),
        ("--assign", "round-robin:ann,bob"),
    ],
    "what depends on the lead": [("--set", "value=5k", "--set", "country=France"), ("--untag", "fair", "--tag", "new")],
    "keys and states": [("--set", "company=Acme", "--tag", "acme"), ("--set", "status=contacted")],
}
FILES = {
    "plain": (PLAIN, ()),
    "has the field": (with_column("priority", "low"), ()),
    "has the tag": (with_column("tags", "x;new26"), ()),
    "comes with its time": (BROUGHT, ()),
    "rows merged in": (TWICE, ("--on-duplicate", "update")),
}


@pytest.fixture
def desks(tmp_path: Path) -> tuple[Desk, Desk]:
    """Two desks at the same standing clock."""
    made = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        made.append(Desk(tmp_path / name, today="2026-11-22T09:00"))
    return made[0], made[1]


def seen(desk: Desk) -> dict[str, Any]:
    """Everything a lead shows but its uid; who is found by what."""
    leads = json.loads(desk.ok("export", "--format", "json", "--with", "activities,tasks,history"))
    for lead in leads:
        lead.pop("uid")
        for deed in lead["history"]:
            deed.pop("command")  # names the file
    words = ("new26", "café", "call", "zoe", "acme", "fair", "seen")
    found = {word: desk.ok("filter", word, "--ids") for word in words}
    return {"leads": leads, "found": found, "next": desk.ok("next"), "tagged": desk.ok("filter", "tag:new26", "--ids")}


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("file", FILES)
def test_leads_look_as_if_the_rules_had_looked_at_each(desks: tuple[Desk, Desk], rules: str, file: str) -> None:
    text, words = FILES[file]
    for desk, condition in zip(desks, ((), ("--if", "is:any")), strict=True):
        for number, does in enumerate(RULES[rules]):
            asked = () if "--if" in does else condition
            desk.ok("rule", "add", f"rule{number}", "--on", "added", *asked, *does)
        desk.ok("import", desk.file("rows.csv", text), *words)
    quick, slow = desks
    assert seen(quick) == seen(slow)
    assert quick.ok("history", "1") == slow.ok("history", "1")
    before, whole = seen(quick), quick.ok("export")
    quick.ok("undo")
    assert quick.ok("filter", "is:any", "--count") == "0"
    quick.ok("redo")
    assert quick.ok("export") == whole
    after = seen(quick)
    assert {**after, "leads": [{**lead, "history": 0} for lead in after["leads"]]} == {
        **before, "leads": [{**lead, "history": 0} for lead in before["leads"]]
    }  # fmt: skip


def test_history_says_what_was_given_whatever_came_later(desk: Desk) -> None:
    desk.ok("rule", "add", "one", "--on", "added", "--set", "priority=high", "--tag", "new26")
    desk.ok("import", desk.file("rows.csv", PLAIN))
    given = desk.json("history", "3")[-1]["changes"]
    assert [(each["field"], each["old"], each["new"], each["reason"]) for each in given] == [
        ("added", None, "Lead 2", None), ("priority", None, "High", "rule one"),
        ("tags", "fair;old", "fair;old;new26", "rule one"),
    ]  # fmt: skip
    desk.ok("edit", "3", "--untag", "fair", "--priority", "low")
    desk.ok("edit", "3", "--tag", "later")
    assert desk.json("history", "3")[-1]["changes"] == given
    desk.ok("rm", "3", "--yes")
    desk.ok("undo")
    assert desk.json("history", "3")[-1]["changes"] == given


def test_the_operation_says_it_once_for_a_whole_block(desk: Desk) -> None:
    desk.ok("rule", "add", "one", "--on", "added", "--set", "priority=high", "--tag", "new26")
    desk.ok("import", desk.file("rows.csv", PLAIN))
    number = desk.json("history", "--limit", "1")[0]["operation"]
    assert desk.ok("history", "--operation", number).splitlines()[-3:] == [
        "lead\t1\tadded\t\tto 90\t", "lead\t1\tpriority\t\tHigh\trule one, to 90",
        "lead\t1\ttags\t\tnew26\trule one, to 90",
    ]  # fmt: skip


def test_the_operation_names_a_single_lead(desk: Desk) -> None:
    desk.ok("rule", "add", "one", "--on", "added", "--set", "priority=high")
    desk.ok("import", desk.file("rows.csv", with_column("city", "Bonn").split("Lead 1")[0]))
    changes = desk.json("history", "--limit", "1")[0]["changes"]
    assert [(each["field"], each["reason"]) for each in changes] == [("added", None), ("priority", "rule one")]


def test_an_import_of_nobody_new_gives_nothing(desk: Desk) -> None:
    file = desk.file("rows.csv", PLAIN)
    desk.ok("import", file)
    desk.ok("rule", "add", "one", "--on", "added", "--set", "campaign=Winter", "--task", "call", "--due", "+1d")
    before = desk.json("history", "--limit", "1")
    desk.ok("import", file)
    assert desk.json("history", "--limit", "1") == before
    assert desk.json("task") == []


def test_a_broken_rule_is_named_and_those_after_it_act(desk: Desk) -> None:
    desk.ok("field", "add", "segment", "--type", "text")
    desk.ok("rule", "add", "emea", "--on", "added", "--set", "segment=EMEA", "--tag", "emea")
    desk.ok("rule", "add", "all", "--on", "added", "--tag", "all")
    desk.ok("field", "rm", "segment", "--yes")
    said = desk.run("import", desk.file("rows.csv", with_column("city", "Bonn")))
    assert said.stderr.count("emea was skipped") == 1
    assert desk.json("show", "1")["tags"] == ["all"]


def test_json_of_the_operation_names_every_lead_a_rule_touched(desk: Desk) -> None:
    desk.ok("rule", "add", "one", "--on", "added", "--set", "priority=high", "--tag", "new26")
    desk.ok("import", desk.file("rows.csv", PLAIN))
    number = desk.json("history", "--limit", "1")[0]["operation"]
    rows = desk.json("history", "--operation", number)["rows"]
    for field in ("priority", "tags"):
        assert [row["id"] for row in rows if row["field"] == field] == [*range(1, 91)]
