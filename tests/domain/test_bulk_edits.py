"""A change of many leads is as exact as a change of each of them, and takes as few statements as one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desk import Desk

from leadcli.store import engine

BULK = {
    "owner": ("edit", "{}", "--owner", "bob"),
    "searched text": ("edit", "{}", "--description", "meets on Monday"),
    "match key": ("edit", "{}", "--company", "Acme GmbH"),
    "two fields": ("edit", "{}", "--priority", "urgent", "--city", "Bonn"),
    "tag": ("edit", "{}", "--tag", "hot"),
    "untag": ("edit", "{}", "--untag", "fair"),
    "money": ("edit", "{}", "--value", "12.50"),
    "currency": ("edit", "{}", "--currency", "JPY"),
    "type that resets the status": ("edit", "{}", "--type", "Service"),
    "new choice": ("edit", "{}", "--industry", "Space travel"),
    "cleared": ("edit", "{}", "--unset", "owner"),
    "status": ("status", "{}", "qualified"),
    "status with a note": ("status", "{}", "contacted", "--note", "spoke to all"),
    "lost": ("lost", "{}", "--reason", "No budget"),
}
ROWS = "name,email,phone,company,value,currency,status,owner,tags,type\n" + "".join(
    f"Lead {number},lead{number}@x.example,+49 30 90182{number:03},Firm {number},{number}.50,"
    f"{('EUR', 'USD')[number % 2]},{('New', 'Contacted')[number % 2]},{('ann', 'bob', '')[number % 3]},"
    f"{('fair', 'fair;warm', '')[number % 3]},{('Product', '')[number % 2]}\n"
    for number in range(1, 13)
)
IDS = [*range(12, 0, -1)]


def seen(desk: Desk) -> dict[str, Any]:
    """Everything the leads show, and who is found by what."""
    leads = json.loads(desk.ok("export", "--format", "json", "--with", "activities,tasks"))
    words = ("lead", "monday", "acme", "hot", "fair", "firm", "spoke")
    return {"leads": leads, **{word: desk.ok("filter", word, "--ids") for word in words}}


def history_of(desk: Desk) -> list[list[Any]]:
    """What the history says of every lead, without the numbers of the operations and of activities."""
    return [
        [
            {name: change[name] for name in ("record", "field", "old", "new")}
            for operation in desk.json("history", str(id))
            for change in operation["changes"]
        ]
        for id in IDS
    ]


@pytest.fixture
def desks(tmp_path: Path) -> tuple[Desk, Desk]:
    """Two equal desks at the same standing clock."""
    one = Desk(tmp_path / "one", today="2026-11-22T09:00")
    other = Desk(tmp_path / "other", today="2026-11-22T09:00")
    for desk in (one, other):
        desk.home.mkdir()
    one.ok("import", one.file("rows.csv", ROWS), "--create-options")
    one.ok("field", "edit", "type", "--choice", "Service")
    one.ok("field", "edit", "type", "--choice", "Service", "--allow", "qualified,converted")
    other.db.write_bytes(one.db.read_bytes())
    return one, other


@pytest.mark.parametrize("words", BULK.values(), ids=BULK)
def test_many_at_once_are_many_single_ones(desks: tuple[Desk, Desk], words: tuple[str, ...]) -> None:
    bulk, single = desks
    before = seen(bulk)
    first, *rest = (word for word in words if word != "{}")
    bulk.ok(first, ",".join(map(str, IDS)), *rest, "--yes")
    for id in IDS:
        single.ok(first, id, *rest, "--yes")
    assert seen(bulk) == seen(single)
    assert history_of(bulk) == history_of(single)
    bulk.ok("undo")
    assert seen(bulk) == before
    bulk.ok("redo")
    assert seen(bulk) == seen(single)
    assert all("\thint\t" in line for line in bulk.run("doctor").lines)


def test_many_removed_at_once_come_back_whole(desks: tuple[Desk, Desk]) -> None:
    bulk, single = desks
    for desk in desks:
        desk.ok("log", "3", "called about the offer")
        desk.ok("task", "add", "5", "send quote", "--due", "+1d")
    before = seen(bulk)
    bulk.ok("rm", "1-6", "--yes")
    for id in range(1, 7):
        single.ok("rm", id, "--yes")
    assert seen(bulk) == seen(single)
    bulk.ok("undo")
    assert seen(bulk) == before
    assert all("\thint\t" in line for line in bulk.run("doctor").lines)


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The SQL statements of all connections that are opened meanwhile."""
    texts: list[str] = []
    opened = engine.open_connection

    def open_traced(uri: str) -> engine.Connection:
        connection = opened(uri)
        connection.set_trace_callback(texts.append)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(engine, "open_connection", open_traced)
        yield texts


@pytest.mark.parametrize(
    ("words", "bound"),
    [
        (("edit", "source:Event", "--owner", "bob"), 40),
        (("edit", "source:Event", "--description", "x"), 60),
        (("edit", "source:Event", "--tag", "hot"), 60),
        (("status", "source:Event", "qualified", "--force"), 40),
        (("lost", "source:Event is:open", "--reason", "No budget"), 40),
        (("rm", "source:Event"), 80),
        (("undo",), 60),
    ],
)
def test_many_take_few_statements(
    desk: Desk, repository: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], bound: int
) -> None:
    desk.ok("import", repository / "examples" / "leads.csv")
    if words == ("undo",):
        desk.ok("edit", "source:Event", "--owner", "bob", "--yes")
    with statements(monkeypatch) as texts:
        desk.ok(*words, "--yes")
    assert 5 < len(texts) <= bound, "\n".join(texts)


def test_an_import_into_a_new_desk_takes_few_statements(
    desk: Desk, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 rows, the tables and choices of the new desk, and what its search indexes do inside."""
    with statements(monkeypatch) as texts:
        desk.ok("import", repository / "examples" / "leads.csv")
    assert 100 < len(texts) <= 300, "\n".join(text[:100] for text in texts)
    created = [text for text in texts if text.startswith("CREATE TABLE scratch.")]
    assert len(created) == len(set(created)) + 2, "the staging database and that of the words share two tables"


RULE = ("rule", "add", "warm", "--on", "added", "--if", "value:1..", "--tag", "hot", "--set", "priority=urgent",
        "--task", "call back", "--due", "2026-12-24")  # fmt: skip


def test_a_rule_that_looks_at_each_lead_takes_few_statements(
    desk: Desk, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ok("init")
    desk.ok(*RULE)
    with statements(monkeypatch) as texts:
        desk.ok("import", repository / "examples" / "leads.csv")
    assert len(texts) <= 300, "\n".join(text[:100] for text in texts)


@pytest.mark.parametrize("tag", ["Hot", "hot", "warm", "Fair", 'ü "quoted" \\ x'])
def test_a_rule_writes_what_single_changes_write(desks: tuple[Desk, Desk], tag: str) -> None:
    """In one desk a rule acts on the leads that change, in the other they are edited by hand, one after another."""
    ruled, edited = desks
    ruled.ok("rule", "add", "warm", "--on", "changed", "--if", "tag:fair", "--set", "priority=urgent", "--tag", tag)
    fair = ruled.ok("filter", "tag:fair", "--ids").split()
    before = seen(ruled)
    for desk in desks:
        desk.ok("edit", "1-12", "--city", "Bonn", "--yes")
    for id in fair:
        edited.ok("edit", id, "--priority", "urgent")
        edited.ok("edit", id, "--tag", tag)
    assert seen(ruled) == seen(edited)
    for one, other in zip(history_of(ruled), history_of(edited), strict=True):
        assert sorted(map(repr, one)) == sorted(map(repr, other))
    ruled.ok("undo")
    assert seen(ruled) == before
    assert all("\thint\t" in line for line in ruled.run("doctor").lines)
