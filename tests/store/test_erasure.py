"""rm --erase: no value of what was erased is left in the file, its log, its journal or its indexes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from desk import Desk
from postoffice import configure

# Every value Ada's records ever had; none of them may be left.
VALUES = (
    "Lovelace", "ada.quill@analytical.example", "ada.old@analytical.example", "Analytical Engines Wexford", "Kirkby",
    "7946 0958", "79460958", "zebrafish note", "engine drawing bytes", "drawing.txt", "walk the dragon", "Fjordpump",
    "secretsegment", "Babbagina", "merged.twin@analytical.example", "quaxtag",
)  # fmt: skip


@pytest.fixture
def ada(desk: Desk) -> Desk:
    """Two leads; the first has all a lead can have, was changed, merged, mailed, imported and has a past."""
    configure(desk, command="true")
    desk.ok("init")
    desk.ok("field", "add", "segment", "--type", "text")
    desk.ok("product", "add", "Pump")
    desk.file("leads.csv", "name,email,company\nAda Lovelace,ada.old@analytical.example,Analytical Engines Wexford\n")
    desk.ok("import", "leads.csv")
    desk.ok("add", "Bob Noyce", "--email", "bob@intel.example", "--value", "10")
    desk.ok("edit", "1", "--email", "ada.quill@analytical.example", "--phone", "+442079460958", "--street", "Kirkby",
            "--tag", "quaxtag", "--set", "segment=secretsegment")  # fmt: skip
    desk.ok("log", "1", "zebrafish note", "--kind", "call")
    desk.ok("task", "add", "1", "walk the dragon", "--due", "tomorrow")
    desk.ok("document", "add", "1", "--line", "Fjordpump;1;5")
    desk.file("drawing.txt", "engine drawing bytes" * 400)
    desk.ok("attach", "1", "drawing.txt")
    desk.ok("attach", "rm", "F1")
    desk.ok("add", "Babbagina Twin", "--email", "merged.twin@analytical.example")
    desk.ok("merge", "1", "3", "--yes")
    desk.ok("template", "add", "hello", "--subject", "Hello {{ name }}", "--body", "-", stdin="Dear {{ name }}")
    desk.ok("mail", "1", "--template", "hello")
    desk.ok("show", "1", "--email", "boss@example.com")
    return desk


def left(desk: Desk) -> list[str]:
    """The values that are still in a file of the desk, in any case."""
    files = [Path(f"{desk.db}{end}") for end in ("", "-wal", "-journal")]
    held = b"".join(file.read_bytes() for file in files if file.exists()).lower()
    return [value for value in VALUES if value.lower().encode() in held or value.encode("utf-16-le") in held]


def words(desk: Desk) -> set[str]:
    """All that the full-text indexes hold."""
    connection = sqlite3.connect(desk.db)
    for table in ("search", "name_search"):
        connection.execute(f"CREATE VIRTUAL TABLE temp.v_{table} USING fts5vocab(main, {table}, row)")
    found = {row[0] for table in ("search", "name_search") for row in connection.execute(f"SELECT term FROM v_{table}")}
    connection.close()
    return found


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_no_byte_of_an_erased_lead_is_left(ada: Desk, mode: str) -> None:
    connection = sqlite3.connect(ada.db)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.close()
    assert set(left(ada)) >= set(VALUES) - {"79460958", "7946 0958"}
    done = ada.run("rm", "1", "--erase", "--yes")
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "Erased lead 1 for good. This cannot be undone." in done.stderr
    assert left(ada) == []
    assert not {"lovelace", "zebrafish", "quaxtag", "babbagina"} & words(ada)
    assert not {"lov", "vel", "bba"} & words(ada)
    assert ada.json("doctor")["ok"] is True
    assert "no value of it is left" in ada.run("doctor").both
    assert [row["id"] for row in ada.json("list")] == [2]
    assert "Bob Noyce" in ada.ok("history", "2")
    assert ada.ok("filter", "bob", "--ids") == "2"


def test_what_was_erased_stays_a_number(ada: Desk) -> None:
    ada.ok("rm", "1", "--erase", "--yes")
    operations = ada.json("history")
    number = operations[0]["operation"]
    assert operations[0]["command"] == "rm (erased)"
    assert number == len(operations)
    ada.fails(5, "undo", says="nothing is left of them to bring back")
    ada.fails(5, "undo", str(number), says=f"operation {number} erased records")
    ada.ok("edit", "2", "--city", "Bonn")
    ada.ok("undo")
    ada.ok("history", "--operation", str(number))
    ada.ok("history", "--operation", str(number), "--json")
    ada.ok("dedupe")
    ada.ok("report", "daily")


def test_erasing_asks_and_needs_an_answer(ada: Desk) -> None:
    before = ada.ok("export")
    ada.fails(2, "rm", "1", "--erase", says="this would erase lead 1 and there is no terminal to ask on")
    assert "Would erase lead 1" in ada.run("rm", "1", "--erase", "--dry-run").both
    assert ada.ok("export") == before
    ada.ok("log", "2", "a note that stays")
    ada.ok("undo")


def test_copies_are_named_and_a_reader_is_waited_for(ada: Desk) -> None:
    ada.ok("backup", "copy.db")
    reader = sqlite3.connect(ada.db, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM leads").fetchall()
    done = ada.process("rm", "1", "--erase", "--yes", "--lock-timeout", "1")
    assert done.returncode == 0
    assert "copies that may still hold it" in done.stderr
    assert str(ada.home / "copy.db") in done.stderr
    assert "another program has the file open" in done.stderr
    shown = ada.process("doctor")
    assert (shown.returncode, "old bytes of them are still in the file" in shown.both) == (4, True)
    assert "another program has the file open" in ada.process("doctor", "--fix", "--lock-timeout", "1").both
    reader.execute("COMMIT")
    reader.close()
    ada.run("doctor", "--fix")
    assert ada.run("doctor").returncode == 0
    assert left(ada) == []
