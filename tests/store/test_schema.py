"""The shape of the file: what is stored once, what has an index, and that an older file is brought up to date."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from desk import Desk

from leadcli.store import schema
from leadcli.store.reads import records

# As a file of the first version had it: every key stored, every moment too.
_FIRST = """
    DROP VIEW leads_view; DROP VIEW opportunities_view;
    CREATE TABLE emails_first (record TEXT NOT NULL, record_id INTEGER NOT NULL, position INTEGER NOT NULL,
      value TEXT NOT NULL, label TEXT, key TEXT, PRIMARY KEY (record, record_id, position)) STRICT, WITHOUT ROWID;
    CREATE TABLE phones_first (record TEXT NOT NULL, record_id INTEGER NOT NULL, position INTEGER NOT NULL,
      value TEXT NOT NULL, e164 TEXT, label TEXT, key TEXT, PRIMARY KEY (record, record_id, position))
      STRICT, WITHOUT ROWID;
    CREATE TABLE tags_first (record TEXT NOT NULL, record_id INTEGER NOT NULL, position INTEGER NOT NULL,
      value TEXT NOT NULL, key TEXT, PRIMARY KEY (record, record_id, position)) STRICT, WITHOUT ROWID;
    INSERT INTO emails_first SELECT record, record_id, position, value, label, key FROM emails;
    INSERT INTO phones_first SELECT record, record_id, position, value, e164, label, key FROM phones;
    INSERT INTO tags_first SELECT record, record_id, position, value, key FROM tags;
    DROP TABLE emails; DROP TABLE phones; DROP TABLE tags;
    ALTER TABLE emails_first RENAME TO emails; ALTER TABLE phones_first RENAME TO phones;
    ALTER TABLE tags_first RENAME TO tags;
    CREATE INDEX emails_key ON emails(key); CREATE INDEX phones_key ON phones(key); CREATE INDEX tags_key ON tags(key);
    DROP INDEX leads_uid; DROP INDEX leads_name_key;
    ALTER TABLE leads ADD COLUMN kept_name_key TEXT; ALTER TABLE leads ADD COLUMN kept_status_at TEXT;
    UPDATE leads SET kept_name_key = name_key, kept_status_at = status_at;
    ALTER TABLE leads DROP COLUMN name_key; ALTER TABLE leads DROP COLUMN status_at;
    ALTER TABLE leads DROP COLUMN other_name_key; ALTER TABLE leads DROP COLUMN moved_at;
    ALTER TABLE leads RENAME COLUMN kept_name_key TO name_key;
    ALTER TABLE leads RENAME COLUMN kept_status_at TO status_at;
    DROP INDEX leads_closed_at_status_currency_value;
    CREATE INDEX leads_closed_at ON leads(closed_at) WHERE closed_at IS NOT NULL;
    CREATE UNIQUE INDEX leads_uid ON leads(uid); CREATE INDEX leads_name_key ON leads(name_key);
    DROP TABLE _sqlite_migrations; CREATE TABLE migrations (name TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
    UPDATE settings SET value = '1-00000000' WHERE name = 'registry'; PRAGMA user_version = 1;
"""
ADA = ("add", "Ada Lovelace", "--email", "Ada+expo@ACME.com", "--phone", "+442079460000", "--tag", "VIP,quiet")
ZOE = ("add", "Žofia Nováková", "--email", "zoe@acme.com", "--phone", "+442079460001;ext=5", "--tag", "expo")


def select(desk: Desk, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(desk.db)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def kept(desk: Desk) -> Desk:
    desk.ok(*ADA)
    desk.ok(*ZOE)
    desk.env["LEADCLI_TODAY"] = "2026-11-24"
    desk.ok("status", "2", "contacted")
    return desk


def test_only_unusual_keys_are_stored(kept: Desk) -> None:
    assert select(kept, "SELECT value, other_key, key FROM emails ORDER BY record_id") == [
        ("Ada+expo@acme.com", "ada+expo@acme.com", "ada+expo@acme.com"),
        ("zoe@acme.com", None, "zoe@acme.com"),
    ]
    assert select(kept, "SELECT other_key, key FROM phones ORDER BY record_id") == [
        (None, "442079460000"),
        ("442079460001", "442079460001"),
    ]
    assert select(kept, "SELECT value, other_key, key FROM tags ORDER BY record_id, position") == [
        ("VIP", "vip", "vip"),
        ("quiet", None, "quiet"),
        ("expo", None, "expo"),
    ]
    assert select(kept, "SELECT other_name_key, name_key FROM leads ORDER BY id") == [
        (None, "ada lovelace"),
        ("zofia novakova", "zofia novakova"),
    ]


def test_only_leads_that_moved_have_a_moment_of_it(kept: Desk) -> None:
    rows = select(kept, "SELECT moved_at IS NULL, status_at = created_at FROM leads ORDER BY id")
    assert rows == [(1, 1), (0, 0)]
    kept.ok("undo")
    assert select(kept, "SELECT moved_at FROM leads WHERE id = 2") == [(None,)]


@pytest.mark.parametrize("name", ["???", "", "A\tB", "İstanbul", "a  B"])
def test_a_name_key_is_read_as_it_was_written(desk: Desk, name: str) -> None:
    from leadcli.text.match_keys import name_key

    desk.ok("add", name, "--company", "Acme")
    stored = select(desk, "SELECT name, name_key FROM leads")[0]
    assert stored[1] == (name_key(str(stored[0])) or None)


@pytest.mark.parametrize("where", ["name_key = 'ada lovelace'", records.ids_with_uid("leads", "'x'")])
def test_keys_and_identities_are_found_by_an_index(kept: Desk, where: str) -> None:
    plan = select(kept, f"EXPLAIN QUERY PLAN SELECT id FROM leads WHERE {where}")
    assert [str(row[-1]).split()[0] for row in plan] == ["SEARCH"]


def test_a_file_of_the_first_version_is_brought_up_to_date(kept: Desk) -> None:
    told = """SELECT name, sql FROM sqlite_schema
              WHERE tbl_name IN ('emails', 'phones', 'tags') OR (tbl_name = 'leads' AND type = 'index') ORDER BY 1"""
    fresh = select(kept, told)
    leads = "SELECT id, name_key, other_name_key, status_at, moved_at, uid FROM leads"
    sides = ["SELECT * FROM emails", "SELECT * FROM phones", "SELECT * FROM tags", leads]
    before, exported = [select(kept, sql) for sql in sides], kept.ok("export")
    with closing(sqlite3.connect(kept.db)) as connection:
        connection.executescript(_FIRST)
    assert kept.ok("export") == exported
    assert [select(kept, sql) for sql in sides] == before
    assert [(name, str(sql).replace('"', "")) for name, sql in select(kept, told)] == fresh
    assert select(kept, "PRAGMA user_version") == [(schema.VERSION,)]
    (copy,) = kept.home.glob("t.db.before-*")
    assert "Ada Lovelace" in kept.ok("--db", copy, "list", "email:ada+expo@acme.com", "--all")
    assert kept.ok("list", "status:contacted", "--ids") == "2"
    assert "missing" not in kept.run("doctor").both


def test_a_lead_that_was_imported_again_does_not_come_back_beside_it(desk: Desk) -> None:
    desk.ok(*ADA)
    desk.ok("export", "-o", desk.home / "all.json")
    desk.ok("rm", "1", "--yes")
    desk.ok("import", desk.home / "all.json")
    refused = desk.run("undo", "2")
    assert refused.returncode == 5
    assert "lead 2 was imported as lead 1 since" in refused.both
    desk.ok("undo")
    desk.ok("undo")
    assert desk.ok("list", "--ids") == "1"
