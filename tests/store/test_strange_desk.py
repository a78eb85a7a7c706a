"""A desk from a stranger is only data: SQL in it that would run by itself is named, and nothing of it is run."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
from desk import Desk

from leadcli.store import schema

NOBODY = 65534


def change(path: Path, *statements: str) -> None:
    """What a stranger, or the user in an SQLite shell, did to the file."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.ok("add", "Ada", "--email", "ada@example.com", "--company", "Analytical Engines")
    return desk


STRANGE = {
    # threat: (what a stranger put into the file, what is named)
    "trigger on edit": (
        ["CREATE TRIGGER evil AFTER UPDATE ON leads BEGIN UPDATE leads SET owner = 'eve'; END"],
        "the trigger evil would run its own SQL when leads changes",
    ),
    "trigger on a list's migration": (
        ["CREATE TRIGGER evil AFTER UPDATE ON settings BEGIN DELETE FROM leads; END",
         "UPDATE settings SET value = 'stale' WHERE name = 'registry'"],
        "the trigger evil would run its own SQL when settings changes",
    ),
    "trigger in capitals": (
        ['CREATE TRIGGER "a ""b" BEFORE INSERT ON LEADS BEGIN SELECT 1; END'],
        'the trigger a "b would run its own SQL',
    ),
    "trigger whose name forges a line": (
        ['CREATE TRIGGER "a\nHint:  all is well" AFTER UPDATE ON leads BEGIN SELECT 1; END'],
        "the trigger a Hint: all is well would run",
    ),
    "trigger on a search table": (
        ["CREATE TRIGGER evil AFTER INSERT ON search_data BEGIN SELECT 1; END"],
        "when search_data changes",
    ),
    "trigger that a foreign key sets off": (
        ["CREATE TABLE mine(lead INTEGER REFERENCES leads(id) ON DELETE CASCADE)",
         "CREATE TRIGGER evil AFTER DELETE ON mine BEGIN DELETE/**/FROM/**/leads; END"],
        "the trigger evil",
    ),
    "view in place of a table": (
        ["ALTER TABLE settings RENAME TO hidden", "CREATE VIEW settings AS SELECT 'registry' AS name, 'x' AS value"],
        "settings is a view, where leadcli keeps a table",
    ),
    "endless view": (
        ["ALTER TABLE leads RENAME TO hidden",
         "CREATE VIEW leads AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n"],
        "leads is a view, where leadcli keeps a table",
    ),
    "virtual table in place of a table": (
        ["DROP TABLE views", "CREATE VIRTUAL TABLE views USING fts5(name)"],
        "views is a virtual table",
    ),
    "search over another table": (
        ["DROP TABLE search", "CREATE VIRTUAL TABLE search USING fts5(words, content='leads')"],
        "search is a virtual table",
    ),
    "computed column": (
        ["ALTER TABLE leads ADD COLUMN evil TEXT AS (hex(name))"],
        "the column evil of leads is computed by SQL that is not leadcli's",
    ),
    "computed column, written otherwise": (
        ['ALTER TABLE contacts ADD COLUMN "evil" TEXT generated always aS\n(hex(name)) VIRTUAL'],
        "the column evil of contacts",
    ),
    "computed column behind comments": (
        ["ALTER TABLE tags ADD COLUMN evil/* ' */TEXT/**/AS/**/(hex(value))/* ' */"],
        "the column evil of tags",
    ),
    "our computed column, changed": (
        ["DROP INDEX tags_key", "DROP TABLE tags",
         schema.list_table_sql("tags").replace("coalesce(other_key, value)", "coalesce(other_key, hex(value))")],
        "the column key of tags is computed by SQL that is not leadcli's",
    ),
}  # fmt: skip
COMMANDS = (["list"], ["show", "1"], ["edit", "1", "--owner", "bob"], ["add", "Bob"], ["export"], ["backup", "b.db"])


@pytest.mark.parametrize("threat", STRANGE)
def test_sql_of_a_stranger_is_named_and_not_run(threat: str, ada: Desk) -> None:
    statements, named = STRANGE[threat]
    change(ada.db, *statements)
    before = ada.db.read_bytes()
    for command in COMMANDS:
        ada.fails(6, *command, says=(named, "Hint:"))
    assert ada.db.read_bytes() == before
    told = ada.fails(4, "doctor", says=named)
    assert "strange SQL" in told.stdout


HARMLESS = {
    "a table": ["CREATE TABLE mine(id INTEGER PRIMARY KEY, text TEXT)"],
    "an index": ["CREATE INDEX mine ON leads(city)", "CREATE INDEX mine2 ON leads(lower(company))"],
    "views": ["CREATE VIEW mine AS SELECT * FROM leads",
              "CREATE VIEW my_leads AS SELECT id, value / 100 AS v FROM leads"],
    "a computed column of one's own table": ["CREATE TABLE mine(a INTEGER, b INTEGER AS (a * 2))"],
    "a trigger on one's own table": [
        "CREATE TABLE mine(a INTEGER)", "CREATE TABLE log(a INTEGER)",
        "CREATE TRIGGER t AFTER INSERT ON mine BEGIN INSERT INTO log VALUES (new.a); END",
    ],
    "a trigger on a view": [
        "CREATE VIEW mine AS SELECT id, owner FROM leads",
        "CREATE TRIGGER t INSTEAD OF UPDATE ON mine BEGIN UPDATE leads SET owner = new.owner WHERE id = new.id; END",
    ],
    "full text of one's own": ["CREATE VIRTUAL TABLE mine USING fts5(text)"],
    "Litestream": [
        "CREATE TABLE _litestream_seq(id INTEGER PRIMARY KEY, seq INTEGER)",
        "CREATE TABLE _litestream_lock(id INTEGER)",
    ],
    "a column called as": ['ALTER TABLE leads ADD COLUMN "known as (b)" TEXT'],
    "a cast": ["ALTER TABLE leads ADD COLUMN mine INTEGER CHECK (mine = CAST(mine AS INTEGER))"],
}  # fmt: skip


@pytest.mark.parametrize("what", HARMLESS)
def test_what_is_the_users_own_stays(what: str, ada: Desk) -> None:
    change(ada.db, *HARMLESS[what])
    assert "Ada" in ada.ok("list")
    ada.ok("edit", "1", "--owner", "bob")
    ada.ok("undo")
    ada.ok("backup", "b.db")


def test_custom_fields_and_every_preset_are_plain(desk: Desk) -> None:
    for number, preset in enumerate(("default", "orocrm", "bitrix24", "espocrm", "mycompany", "persisca")):
        desk.ok("--db", f"{number}.db", "init", "--preset", preset)
        for name in ("as", "known as", "alias", "generated"):
            desk.ok("--db", f"{number}.db", "field", "add", name, "--type", "text")
        desk.ok("--db", f"{number}.db", "list")


def test_the_doctor_takes_triggers_out_after_a_copy(ada: Desk) -> None:
    change(ada.db, *STRANGE["trigger on edit"][0])
    done = ada.run("doctor", "--fix")
    assert "took the trigger evil out" in done.stderr
    assert done.returncode in (0, 4)
    copies = list(ada.home.glob("t.db.before-fix-*"))
    assert len(copies) == 1
    ada.ok("edit", "1", "--owner", "bob")
    assert ada.json("show", "1")["owner"] == "bob"
    ada.fails(6, "--db", copies[0], "list", says="the trigger evil")


def test_the_doctor_leaves_what_it_cannot_mend(ada: Desk) -> None:
    change(ada.db, *STRANGE["endless view"][0])
    before = ada.db.read_bytes()
    ada.fails(4, "doctor", "--fix", says="leads is a view")
    assert ada.db.read_bytes() == before


@pytest.mark.parametrize("owner", ["me", "another"] if os.geteuid() == 0 else ["me"])
def test_a_reading_command_brings_only_my_own_file_up_to_date(owner: str, ada: Desk) -> None:
    older = "UPDATE settings SET value = 'older' WHERE name = 'registry'"
    change(ada.db, older, "DELETE FROM _sqlite_migrations WHERE name = 'closed-together'")
    if owner == "another":
        os.chown(ada.db, NOBODY, NOBODY)
    before = ada.db.read_bytes()
    done = ada.run("list")
    if owner == "me":
        assert done.returncode == 0
        assert list(ada.home.glob("t.db.before-*"))
        return
    assert done.returncode == 6
    assert "belongs to another user" in done.stderr
    assert "doctor --fix" in done.stderr
    assert ada.db.read_bytes() == before
    assert not list(ada.home.glob("t.db.before-*"))
    ada.run("doctor", "--fix")
    assert "Ada" in ada.ok("list")


@pytest.mark.parametrize("owner", ["me", "another"] if os.geteuid() == 0 else ["me"])
def test_a_file_of_another_that_lacks_nothing_is_read_as_it_is(owner: str, ada: Desk) -> None:
    change(ada.db, "UPDATE settings SET value = 'another' WHERE name = 'registry'")
    if owner == "another":
        os.chown(ada.db, NOBODY, NOBODY)
    assert "Ada" in ada.ok("list")
    with contextlib.closing(sqlite3.connect(ada.db)) as connection:
        registry = connection.execute("SELECT value FROM settings WHERE name = 'registry'").fetchone()[0]
    assert (registry == "another") == (owner == "another")


def test_sql_in_the_file_gets_harmless_functions_and_pages_are_looked_at(ada: Desk) -> None:
    from leadcli.store import engine

    for write in (False, True):
        connection = engine.connect(ada.db, write=write)
        assert connection.execute("PRAGMA trusted_schema").fetchone() == (0,)
        assert connection.execute("PRAGMA cell_size_check").fetchone() == (1,)
        connection.close()
