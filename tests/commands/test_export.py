"""leadcli export: every format, what goes along with --with, and what is refused."""

from __future__ import annotations

import json
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from desk import Desk


@pytest.fixture
def ada(desk: Desk) -> Desk:
    """A desk of two leads; work was done on the first."""
    desk.ok("add", "Ada Lovelace", "--email", "work:ada@acme.com", "--value", "12.50 USD", "--tag", "vip")
    desk.ok("add", "Bob Noyce")
    desk.ok("log", 1, "--kind", "call", "asked for a price", "--outcome", "answered")
    desk.ok("task", "add", 1, "send it", "--due", "2026-11-24")
    return desk


def test_the_suffix_decides(ada: Desk) -> None:
    starts = {"csv": b"uid,name", "tsv": b"01", "json": b'[{"uid"', "jsonl": b'{"uid"', "xlsx": b"PK\3\4",
              "vcf": b"BEGIN:VCARD\r\n", "md": b"| uid |", "db": b"SQLite format 3\0"}  # fmt: skip
    for suffix, start in starts.items():
        said = ada.run("export", "-o", f"out.{suffix}")
        assert said.returncode == 0, said.both
        assert said.both.startswith("Exported 2 leads"), suffix
        assert (ada.home / f"out.{suffix}").read_bytes().startswith(start), suffix
    assert "cannot tell the format" in ada.fails(2, "export", "-o", "out.doc").stderr


@pytest.mark.parametrize("form", ["xlsx", "vcf"])
def test_what_is_no_csv_comes_back_too(ada: Desk, form: str) -> None:
    ada.ok("export", "-o", f"out.{form}")
    ada.ok("--db", "new.db", "import", f"out.{form}")
    names = "uid,name,emails,tags" + (",value,currency,status,created_at,updated_at" if form == "xlsx" else "")
    assert ada.ok("--db", "new.db", "export", "--fields", names) == ada.ok("export", "--fields", names)


def test_a_workbook_goes_through_a_pipe(ada: Desk) -> None:
    done = ada.bash("leadcli export --format xlsx | head -c 2")
    assert (done.stdout, done.returncode) == ("PK", 0), done.both


def test_without_openpyxl_the_extra_is_named(ada: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    ada.fails(1, "export", "-o", "out.xlsx", says=("needs openpyxl", "leadcli[xlsx]"))
    assert not list(ada.home.glob("out*"))


def test_a_database_without_a_filter_is_the_whole_desk(ada: Desk) -> None:
    ada.ok("export", "-o", "copy.db")
    assert ada.json("--db", "copy.db", "activities", 1) == ada.json("activities", 1) != []
    assert ada.ok("--db", "copy.db", "export") == ada.ok("export")
    ada.fails(2, "export", "--format", "db", says="no text to print")
    ada.file("mine.db", "not a database of leads")
    ada.fails(5, "export", "-o", "mine.db", says="no backup of leadcli")


def test_work_and_history_go_along_in_json(ada: Desk) -> None:
    ada.ok("edit", 1, "--city", "Bern")
    leads: list[dict[str, Any]] = json.loads(
        ada.ok("export", "--json", "--fields", "name", "--with", "history,tasks", "--with", "activities")
    )
    assert [list(lead) for lead in leads] == [["name", "activities", "tasks", "history"]] * 2
    (call,), (task,), history = leads[0]["activities"], leads[0]["tasks"], leads[0]["history"]
    assert (call["id"], call["kind"], call["text"], call["outcome"], call["actor"]) == (
        "T1", "call", "asked for a price", "answered", "ann")  # fmt: skip
    assert (task["id"], task["text"], task["due"], task["done_at"]) == ("T2", "send it", "2026-11-24", None)
    assert history == ada.json("history", 1)
    assert history[0]["changes"] == [
        {"record": "lead", "id": 1, "field": "city", "old": None, "new": "Bern", "reason": None}
    ]
    assert (leads[1]["activities"], leads[1]["tasks"], leads[1]["history"]) == ([], [], ada.json("history", 2))


def test_the_history_of_merged_converted_and_imported_leads_is_whole(ada: Desk) -> None:
    ada.file("in.csv", "name,email\n" + "".join(f"Lead {n},l{n}@x.org\n" for n in range(200)))
    ada.ok("import", "in.csv")
    ada.ok("log", 1, "before the merge")
    ada.ok("merge", 2, 1)
    ada.ok("convert", 2, "--opportunity", "Engine", "--yes")
    ada.ok("edit", "C1", "--city", "Bern")
    ada.ok("undo")
    ada.ok("redo")
    found = [json.loads(line) for line in ada.ok("export", "--format", "jsonl", "--fields", "id", "--with",
                                                 "history,activities").splitlines()]  # fmt: skip
    assert len(found) == 201
    for lead in [*found[:3], found[-1]]:
        assert _ordered(lead["history"]) == _ordered(ada.json("history", lead["id"])), lead["id"]
    assert "before the merge" in [each["text"] for each in found[0]["activities"]]


def _ordered(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An export has the changes of an operation in the order they were made, one lead's history by record."""
    return [{**deed, "changes": sorted(map(str, deed["changes"]))} for deed in history]


def test_work_does_not_fit_into_a_table(ada: Desk) -> None:
    ada.fails(2, "export", "--with", "activities", says=("needs a format", "--format jsonl"))
    ada.fails(2, "export", "--with", "tasks", "-o", "out.xlsx", says="JSON")
    ada.fails(2, "export", "--with", "taks", "--json", says="did you mean 'tasks'")


def test_reading_a_page_of_leads_takes_the_same_statements_as_one(ada: Desk) -> None:
    from datetime import UTC, datetime

    from leadcli.domain.data import export
    from leadcli.model.kinds import Context
    from leadcli.store.store import Session as Means
    from leadcli.store.store import open_store

    now = datetime(2026, 11, 22, tzinfo=UTC)
    store = open_store(ada.db, Means("ann", now, Context(now.date(), now)), write=False)

    def statements() -> int:
        seen: list[str] = []
        store.connection.set_trace_callback(seen.append)
        list(export.export_table(store, export.ExportRequest(parts=export.PARTS)).rows)
        store.connection.set_trace_callback(None)
        return len(seen)

    statements()  # reads vocabularies once
    few = statements()
    for number in range(20):
        ada.ok("add", f"Lead {number}")
        ada.ok("log", number + 3, "hello")
    assert statements() == few
    store.close()


def select(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def tables(path: Path) -> set[str]:
    names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'leads_fts%'"
    return {name for (name,) in select(path, names)}


def test_a_database_of_some_leads_is_a_plain_one(ada: Desk) -> None:
    assert "Exported 1 lead to out.db." in ada.run("export", "name:ada", "-o", "out.db").both
    path = ada.home / "out.db"
    assert tables(path) == {"leads", "emails", "phones", "addresses", "tags", "products", "activities", "tasks"}
    assert select(path, "SELECT id, name, value, currency FROM leads") == [(1, "Ada Lovelace", 12.5, "USD")]
    assert select(path, "SELECT lead, position, value, label FROM emails") == [(1, 1, "ada@acme.com", "work")]
    assert select(path, "SELECT lead, value FROM tags") == [(1, "vip")]
    assert select(path, "SELECT lead, id, kind, text, outcome, actor FROM activities") == [
        (1, "T1", "call", "asked for a price", "answered", "ann")
    ]
    assert select(path, "SELECT lead, id, text, due, done_at FROM tasks") == [(1, "T2", "send it", "2026-11-24", None)]
    assert select(path, "SELECT name FROM leads_fts WHERE leads_fts MATCH 'lovelace'") == [("Ada Lovelace",)]
    assert select(path, "PRAGMA integrity_check") == [("ok",)]
    assert select(path, "PRAGMA foreign_key_check") == []
    assert select(path, "PRAGMA journal_mode") == [("delete",)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ada.fails(6, "--db", "out.db", "list", says="not a leadcli database")


@pytest.mark.parametrize(
    ("argv", "columns", "also"),
    [
        (["--fields", "name,value"], ["id", "name", "value"], set()),
        (["--fields", "name,tags", "--limit", "1"], ["id", "name"], {"tags"}),
        (["--fields", "name", "--with", "tasks"], ["id", "name"], {"tasks"}),
        (["--fields", "id,name", "--with", "history"], ["id", "name"], {"history"}),
    ],
    ids=" ".join,
)
def test_a_database_holds_the_fields_and_parts_that_were_named(
    ada: Desk, argv: list[str], columns: list[str], also: set[str]
) -> None:
    ada.ok("export", *argv, "-o", "out.db")
    assert tables(ada.home / "out.db") == {"leads"} | also
    assert [row[1] for row in select(ada.home / "out.db", "PRAGMA table_info(leads)")] == columns


def test_an_export_is_replaced_by_the_next_and_nothing_else_is(ada: Desk) -> None:
    ada.ok("export", "is:open", "-o", "out.db")
    ada.ok("export", "name:bob", "-o", "out.db")
    assert select(ada.home / "out.db", "SELECT name FROM leads") == [("Bob Noyce",)]
    ada.ok("backup", "copy.db")
    for name in ("copy.db", "mine.db", "t.db"):
        if name == "mine.db":
            with closing(sqlite3.connect(ada.home / name)) as connection:
                connection.execute("CREATE TABLE leads (x)")
        content = (ada.home / name).read_bytes()
        ada.fails(5, "export", "is:open", "-o", name)
        assert (ada.home / name).read_bytes() == content
    ada.fails(5, "backup", "out.db", says="no backup of leadcli")
    ada.fails(3, "export", "is:open", "-o", "nowhere/out.db", says="no directory")


def test_a_thousand_leads_and_ragged_ones_go_into_a_database(desk: Desk) -> None:
    lines = [f"Person {number},{'p@x.example' if number % 700 == 0 else ''}" for number in range(1, 1201)]
    desk.ok("import", desk.file("many.csv", "name,email\n" + "\n".join(lines) + "\n"))
    desk.ok("field", "add", "tasks_done", "--type", "number")
    desk.ok("edit", "1150", "--set", "tasks_done=1.5", "--yes")
    desk.ok("export", "name:person", "-o", "out.db")
    assert select(desk.home / "out.db", "SELECT count(*), sum(tasks_done) FROM leads") == [(1200, 1.5)]
    assert select(desk.home / "out.db", "SELECT lead FROM emails") == [(700,)]
