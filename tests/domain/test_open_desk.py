"""The Python door: every verb on a real file, with the rules, errors and results of the command line."""

from __future__ import annotations

import contextlib
import doctest
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from desk import Desk as CommandLine

from leadcli import domain, open_desk
from leadcli.desk import Desk
from leadcli.errors import BadDatabase, NotFound, Refused, Usage

MOMENT = "2026-11-22T09:00:00+00:00"


@pytest.fixture
def python(desk: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The same file as the command line's `desk`, with its settings, user and clock."""
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(desk.home)
    with open_desk(desk.db) as opened:
        yield opened


def test_a_lead_from_python_is_the_command_lines(desk: CommandLine, python: Desk) -> None:
    with pytest.raises(NotFound, match="no database"):
        python.find()
    ada = python.add("Ada Lovelace", email="ada@example.com", value="12.5k", tags=["vip", "expo"])
    assert python.find("value:5k.. tag:vip") == desk.json("filter", "value:5k..", "tag:vip")
    assert python.show(ada) == [desk.json("show", ada)]
    assert (python.count(), python.count("is:lost")) == (1, 0)
    assert desk.json("history")[0]["command"].startswith("add('Ada Lovelace', email='ada@example.com'")


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"value": 12500}, {"value": 12500.0}),
        ({"value": 1.5}, {"value": 1.5}),
        ({"value": Decimal("0.10")}, {"value": 0.1}),
        ({"value": 0}, {"value": 0.0}),
        ({"expected_close": date(2027, 1, 4)}, {"expected_close": "2027-01-04"}),
        ({"do_not_contact": True}, {"do_not_contact": True}),
        ({"do_not_contact": False}, {"do_not_contact": False}),
        ({"phone": "work:+44 20 7946 0018"}, {"phone": "+44 20 7946 0018"}),
        ({"emails": ["a@example.com", "b@example.com"]}, {"email": "a@example.com"}),
        ({"emails": [{"value": "a@example.com", "label": "home"}]}, {"email": "a@example.com"}),
        ({"tags": ["b", "a"]}, {"tags": ["b", "a"]}),
        ({"city": None, "region": ""}, {"city": None, "region": None}),
    ],
)
def test_values_of_python_are_read_like_typed_ones(
    python: Desk, values: dict[str, Any], stored: dict[str, Any]
) -> None:
    lead = python.find(f"id:{python.add('Ada', **values)}")[0]
    assert {name: lead[name] for name in stored} == stored


def test_edit_sets_empties_and_changes_lists(python: Desk) -> None:
    ada = python.add("Ada", city="London", tags=["a", "b"], email="ada@example.com")
    change = python.edit(ada, owner="bob", city=None, add={"tags": ["c"]}, remove={"tags": "a"})
    lead = change.records[0]
    assert (change.ids, lead["owner"], lead["city"], lead["tags"]) == ([ada], "bob", None, ["b", "c"])
    assert python.edit(ada, owner="bob").operation is None
    assert python.edit([], owner="bob").ids == []
    assert python.edit("owner:nobody", city="Rome").sentence.startswith("Nothing matches")
    assert python.edit(ada, email=None).records[0]["emails"] == []


STORY: list[tuple[list[str], Callable[[Desk], object]]] = [
    (["add", "Ada Lovelace", "--email", "ada@example.com", "--value", "12.5k", "--tag", "vip"],
     lambda desk: desk.add("Ada Lovelace", email="ada@example.com", value="12.5k", tags=["vip"])),
    (["add", "Bob Noyce", "--phone", "+1 202 555 0143", "--note", "fair", "--task", "call", "--due", "+2d"],
     lambda desk: desk.add("Bob Noyce", phone="+1 202 555 0143", note="fair", task="call", task_due="+2d")),
    (["add", "B. Noyce", "--city", "Burlington"], lambda desk: desk.add("B. Noyce", city="Burlington")),
    (["import", "more.csv"], lambda desk: desk.import_file("more.csv")),
    (["edit", "is:open no:city", "--city", "Paris", "--yes"], lambda desk: desk.edit("is:open no:city", city="Paris")),
    (["edit", "1", "--tag", "big", "--unset", "city"], lambda desk: desk.edit(1, city=None, add={"tags": ["big"]})),
    (["status", "1-2", "contacted", "--note", "rang"], lambda desk: desk.set_status("1-2", "contacted", note="rang")),
    (["lost", "4", "--reason", "no response"], lambda desk: desk.mark_lost(4, "no response")),
    (["log", "1", "left voicemail", "--kind", "call"], lambda desk: desk.log(1, "left voicemail", kind="call")),
    (["task", "add", "1", "send quote", "--due", "fri"], lambda desk: desk.add_task(1, "send quote", due="fri")),
    (["task", "done", "T2"], lambda desk: desk.finish_tasks("T2")),
    (["merge", "2", "3"], lambda desk: desk.merge(2, 3)),
    (["convert", "1", "--yes"], lambda desk: desk.convert(1)),
    (["rm", "5"], lambda desk: desk.delete(5)),
    (["undo"], lambda desk: desk.undo()),
    (["redo"], lambda desk: desk.redo()),
]  # fmt: skip
MORE = "name,email,value\nCy Young,cy@example.com,900\nDi Prince,di@example.com,700\n"


def test_a_story_by_commands_and_by_python_ends_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    by_command, by_python = CommandLine(tmp_path / "a", today=MOMENT), CommandLine(tmp_path / "b", today=MOMENT)
    for desk in (by_command, by_python):
        desk.file("more.csv", MORE)
    for name, value in by_python.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(by_python.home)
    with open_desk() as opened:
        for argv, call in STORY:
            by_command.ok(*argv)
            call(opened)
        opened.export("all.csv")
        opened.export("names.json", "is:any", fields=["id", "name"], sort="name")
    exports = [_without_uids(desk.ok("export", "--with", "activities,tasks", "--format", "json"))
               for desk in (by_command, by_python)]  # fmt: skip
    assert exports[0] == exports[1]
    by_command.ok("export", "-o", "all.csv")
    assert _without_uids((by_command.home / "all.csv").read_text()) == _without_uids(
        (by_python.home / "all.csv").read_text()
    )
    assert [row["name"] for row in json.loads((by_python.home / "names.json").read_text())] == [
        "Ada Lovelace", "Bob Noyce", "Cy Young"]  # fmt: skip


def _without_uids(text: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "UID", text)


def test_what_is_read_is_what_json_says(desk: CommandLine, python: Desk) -> None:
    with python.operation("a few"):
        python.add("Ada", email="ada@example.com", value="12.5k", task="call", task_due="today")
        python.add("Ada", company="Analytical Engines", email="ada@example.com", force=True)
        python.log("1-2", "hello", kind="call")
    assert python.next(limit=1) == desk.json("next", "--limit", "1")
    assert python.tasks("due:today") == desk.json("task", "list", "due:today")
    assert python.activities(kind="call") == desk.json("activities", "--kind", "call")
    assert python.duplicates() == desk.json("dedupe")
    assert python.duplicates(min_score=101) == []
    assert python.history() == desk.json("history")
    assert python.history(1) == desk.json("history", "1")
    report = desk.json("report", "sources", "is:open")
    of_python = python.report("sources", "is:open")
    assert (of_python.rows, of_python.totals) == (report["rows"], report["totals"])
    assert python.report(by=["status"], measures=["count"]).rows[0] == {"status": "New", "count": 2}
    assert python.report("dashboard").rows


def test_an_operation_is_all_or_nothing_and_one_undo(desk: CommandLine, python: Desk) -> None:
    python.add("Ada")
    with python.operation("spring cleaning") as number:
        bob = python.add("Bob", owner="zoe")
        assert python.edit([1, bob], city="Rome").operation == number
        assert python.count("city:rome") == 2
    newest = desk.json("history", "--limit", "1")[0]
    assert (newest["operation"], newest["command"]) == (number, "spring cleaning")
    undone = python.undo()
    assert undone.details["undid"] == number
    assert desk.json("list", "--fields", "name,city") == [{"name": "Ada", "city": None}]
    assert python.redo().operation
    assert python.count("city:rome") == 2


class _StopError(Exception):
    """What a script may raise."""


def test_an_exception_inside_an_operation_takes_everything_back(desk: CommandLine, python: Desk) -> None:
    def raise_inside() -> None:
        with python.operation("fails"):
            python.edit(1, city="Rome", owner="zoe")
            raise _StopError

    def catch_inside() -> None:
        with python.operation("half"):
            python.edit(1, city="Rome")
            with contextlib.suppress(NotFound):
                python.edit(99, city="Rome")

    python.add("Ada")
    with pytest.raises(_StopError):
        raise_inside()
    with pytest.raises(Refused, match="nothing of 'half' was done: no lead 99"):
        catch_inside()
    assert desk.json("show", "1")["city"] is None
    assert len(python.history()) == 1
    python.edit(1, city="Rome")  # the desk is as good as before
    assert python.count("city:rome") == 1


def test_rules_act_once_at_the_end_of_an_operation(desk: CommandLine, python: Desk) -> None:
    desk.ok("add", "Zed")
    desk.ok("rule", "add", "big", "--on", "added", "--if", "value:10k..", "--set", "priority=high")
    with python.operation("two"):
        python.add("Ada", value="20k")
        python.edit(python.add("Bob"), value="30k")
    assert [lead["priority"] for lead in python.find(sort="id")] == [None, "High", "High"]
    python.undo()
    assert python.count() == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda desk: desk.add("Bob", dry_run=True),
        lambda desk: desk.edit(1, city="Rome", owner="new", dry_run=True),
        lambda desk: desk.set_status(1, "contacted", dry_run=True),
        lambda desk: desk.mark_lost(1, "no response", dry_run=True),
        lambda desk: desk.convert(1, dry_run=True),
        lambda desk: desk.merge(1, 2, dry_run=True),
        lambda desk: desk.delete(1, dry_run=True),
        lambda desk: desk.log(1, "hi", dry_run=True),
        lambda desk: desk.add_task(1, "call", dry_run=True),
        lambda desk: desk.finish_tasks(1, dry_run=True),
        lambda desk: desk.import_file("more.csv", dry_run=True),
        lambda desk: desk.undo(dry_run=True),
    ],
)
def test_a_dry_run_changes_nothing(desk: CommandLine, python: Desk, call: Callable[[Desk], Any]) -> None:
    desk.file("more.csv", MORE)
    python.add("Ada", task="call")
    python.add("Adele")
    before = desk.ok("export"), desk.ok("history")
    result = call(python)
    assert isinstance(result, int) or result.operation is None
    with python.operation("looked at only", dry_run=True):
        python.edit("is:any", city="Rome", owner="new")
        assert python.count("city:rome") == 2
    assert (desk.ok("export"), desk.ok("history")) == before


def test_a_dry_run_makes_no_file_and_the_next_write_does(desk: CommandLine, python: Desk) -> None:
    assert python.add("Ada", dry_run=True) == 1
    assert not desk.db.exists()
    with pytest.raises(NotFound):
        python.find()
    assert python.add("Ada") == 1
    assert desk.ok("list", "--count") == "1"
    assert desk.db.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda desk: desk.add("Bob", email="ada@example.com"), Refused, "ada@example.com"),
        (lambda desk: desk.add("Bob", colour="red"), Usage, "unknown field 'colour'"),
        (lambda desk: desk.add("Bob", value="much"), Usage, "much"),
        (lambda desk: desk.add("Bob", score=3), Usage, "cannot be set by hand"),
        (lambda desk: desk.add("Bob", city=object()), Usage, "city is"),
        (lambda desk: desk.edit(1), Usage, "nothing to change"),
        (lambda desk: desk.edit(99, city="Rome"), NotFound, "no lead 99"),
        (lambda desk: desk.edit("ada", city="Rome"), Usage, "not a lead ID"),
        (lambda desk: desk.edit("", city="Rome"), Usage, "target is needed"),
        (lambda desk: desk.set_status(1, "sleeping"), Usage, "sleeping"),
        (lambda desk: desk.mark_lost(1), Usage, "reason"),
        (lambda desk: desk.merge(1, "is:open"), Usage, "merge takes ids, and no filter"),
        (lambda desk: desk.merge(1), Usage, ""),
        (lambda desk: desk.find("value:>>"), Usage, "value"),
        (lambda desk: desk.find(fields=["nome"]), Usage, "Did you mean 'name'"),
        (lambda desk: desk.report("pipelin"), Usage, "pipeline"),
        (lambda desk: desk.undo(99), NotFound, "no operation 99"),
        (lambda desk: desk.redo(), Refused, "nothing to redo"),
        (lambda desk: desk.import_file("nowhere.csv"), NotFound, "nowhere.csv"),
        (lambda desk: desk.finish_tasks("T9"), NotFound, "T9"),
        (lambda desk: desk.log(1, "hi", kind="smoke"), Usage, "smoke"),
    ],
)
def test_errors_are_those_of_the_command_line(
    desk: CommandLine, python: Desk, call: Callable[[Desk], object], error: type[Exception], says: str
) -> None:
    python.add("Ada", email="ada@example.com")
    before = desk.ok("export"), desk.ok("history")
    with pytest.raises(error, match=f"(?s).*{re.escape(says)}"):
        call(python)
    assert (desk.ok("export"), desk.ok("history")) == before


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("undo", lambda desk: desk.undo()),
        ("redo", lambda desk: desk.redo()),
        ("import_file", lambda desk: desk.import_file("more.csv")),
        ("backup", lambda desk: desk.backup("b.db")),
        ("operation", lambda desk: desk.operation("inner").__enter__()),
    ],
)
def test_what_is_an_operation_of_its_own_is_no_part_of_another(
    python: Desk, name: str, call: Callable[[Desk], object]
) -> None:
    def call_inside() -> None:
        with python.operation("outer"):
            python.edit(1, city="Rome")
            call(python)

    python.add("Ada")
    with pytest.raises(Usage, match=f"{name} cannot be a part of an operation"):
        call_inside()
    assert python.count("city:rome") == 0


def test_after_close_and_in_another_thread_there_is_a_clear_error(python: Desk) -> None:
    python.add("Ada")
    caught: list[Exception] = []

    def use() -> None:
        try:
            python.find()
        except Usage as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert "this desk was opened in another thread" in str(caught[0])
    python.close()
    python.close()
    for call in (python.find, python.undo, lambda: python.add("Bob"), lambda: python.operation("x").__enter__()):
        with pytest.raises(Usage, match="this desk is closed"):
            call()


def test_two_desks_see_each_others_changes(desk: CommandLine, python: Desk) -> None:
    python.add("Ada")
    with open_desk(desk.db, actor="bob", today="2027-01-04") as other:
        other.call(domain.add_field, "beds", "number")
        other.add("Bob", beds=12)
        assert other.find("bob", fields=["owner"]) == [{"owner": "bob"}]
    assert python.find("beds:10..", fields=["name", "beds"]) == [{"name": "Bob", "beds": 12}]
    assert desk.json("history", "--limit", "1")[0]["actor"] == "bob"


def test_a_backup_and_a_file_that_is_no_desk(desk: CommandLine, python: Desk) -> None:
    python.add("Ada")
    assert python.backup(desk.home / "copy.db").details["leads"] == 1
    with open_desk(desk.home / "copy.db") as copy:
        assert copy.count() == 1
    with (
        open_desk(desk.file("letter.db", "Dear Ada, this is no database. " * 99)) as letter,
        pytest.raises(BadDatabase),
    ):
        letter.find()


def test_the_host_program_is_left_alone(desk: CommandLine) -> None:
    """No library of the screen, nothing printed, garbage collection and the environment as they were."""
    script = """
import gc, os, sys
os.environ["LEADCLI_SMTP_PASSWORD"] = "x"
from leadcli import open_desk
with open_desk() as desk:
    desk.add("Ada", owner="new")
    desk.find()
assert gc.isenabled() and not gc.get_freeze_count()
assert os.environ["LEADCLI_SMTP_PASSWORD"] == "x"
assert not {"rich", "typer", "textual", "numpy"} & set(sys.modules), "too much is loaded"
"""
    result = desk.command([sys.executable, "-c", script])
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_readmes_python_is_true(python: Desk, repository: Path, desk: CommandLine) -> None:
    text = (repository / "README.md").read_text("utf-8").partition("## From Python")[2].partition("\n## ")[0]
    blocks = "".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))
    example = doctest.DocTestParser().get_doctest(blocks, {}, "README.md", "README.md", 0)
    assert len(example.examples) > 5
    report: list[str] = []
    failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append).failed
    assert not failed, "".join(report)


def test_the_example_cleans_up_and_takes_it_back(desk: CommandLine, repository: Path) -> None:
    example = repository / "examples"
    result = desk.command([sys.executable, str(example / "clean_up.py"), str(example / "leads.csv"), str(desk.db)])
    assert result.returncode == 0, result.stderr
    assert "imported 200 of 200 rows" in result.stdout
    assert re.search(r"cleaned up [1-9]\d* small ones", result.stdout)
    assert "Undid operation 2 (clean up: owners and old leads" in result.stdout
    assert desk.ok("filter", "tag:later", "--count") == "0"
