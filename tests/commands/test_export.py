"""leadcli export: every format, what goes along with --with, and what is refused."""

from __future__ import annotations

import json
import sys
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


def test_a_database_is_the_whole_desk_or_nothing(ada: Desk) -> None:
    ada.ok("export", "-o", "copy.db")
    assert ada.json("--db", "copy.db", "activities", 1) == ada.json("activities", 1) != []
    assert ada.ok("--db", "copy.db", "export") == ada.ok("export")
    ada.fails(2, "export", "name:ada", "-o", "some.db", says="a filter would leave something out")
    ada.fails(2, "export", "--fields", "name", "--format", "db", "-o", "some.db", says="--fields would leave")
    ada.fails(2, "export", "--format", "db", says="no text to print")
    ada.file("mine.db", "not a database of leads")
    ada.fails(5, "export", "-o", "mine.db", says="no backup of leadcli")
    assert not (ada.home / "some.db").exists()


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
