"""Files of earlier formats are brought up to date: after a copy, at once or not at all, whoever else does the same.

`formats/1.db.gz` and `formats/2.db.gz` were written by the leadcli of that time: two leads, two tasks, a note.
"""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from desk import Desk

from leadcli.store import engine, migrations, schema
from leadcli.store.checks.schema_comparison import compare_schema

FORMATS = Path(__file__).with_name("formats")
TASKS = [("2026-11-27",), ("2026-11-30T14:00:00Z",)]
STANDARD_LIBRARY = 'raise ImportError("the SQLite of the standard library is tried")\n'


def lay_desk(desk: Desk, number: int) -> None:
    desk.file("t.db", gzip.decompress((FORMATS / f"{number}.db.gz").read_bytes()))
    desk.db.chmod(0o600)


def use_engine(desk: Desk, name: str) -> None:
    """Programs of the desk use the SQLite of the standard library, or the one leadcli prefers."""
    if name == "sqlite3":
        folder = desk.home / "without"
        folder.mkdir()
        (folder / "pysqlite3.py").write_text(STANDARD_LIBRARY)
        desk.env["PYTHONPATH"] = str(folder)


def select(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def copies(desk: Desk) -> list[Path]:
    return sorted(desk.home.glob("t.db.before-*"))


def assert_as_new(path: Path) -> None:
    with closing(engine.connect(path, write=False)) as connection:
        assert list(compare_schema(connection)) == []
    names = "SELECT name FROM sqlite_schema WHERE type <> 'table' OR name NOT LIKE 'sqlite_%' ORDER BY 1"
    with closing(engine.memory()) as new:
        schema.build_schema(new)
        assert select(path, names) == new.execute(names).fetchall()
    assert select(path, "PRAGMA user_version") == [(schema.VERSION,)]
    assert select(path, "SELECT due_at FROM activities WHERE due_at IS NOT NULL ORDER BY id") == TASKS
    steps = select(path, f"SELECT name FROM {schema.STEP_TABLE} WHERE migration_set = 'leadcli' ORDER BY id")
    assert steps == [(name,) for name in schema.STEPS]


@pytest.mark.parametrize("number", [1, 2])
def test_a_reading_command_upgrades_and_says_so(desk: Desk, number: int) -> None:
    lay_desk(desk, number)
    result = desk.run("list", "--ids")
    (copy,) = copies(desk)
    assert (result.returncode, result.stdout.split()) == (0, ["2", "1"])
    assert f"upgraded the desk from format {number} to {schema.VERSION}; the copy is {copy}." in result.stderr
    assert_as_new(desk.db)
    assert select(copy, "PRAGMA user_version") == [(number,)]
    assert desk.run("list").stderr == ""


def test_a_copy_made_before_is_never_replaced(desk: Desk) -> None:
    lay_desk(desk, 1)
    desk.ok("list")
    (first,) = copies(desk)
    content = first.read_bytes()
    lay_desk(desk, 1)
    desk.ok("list")
    assert copies(desk) == [first, first.with_name(f"{first.name}-2")]
    assert first.read_bytes() == content


@pytest.mark.parametrize("library", ["pysqlite3", "sqlite3"])
@pytest.mark.parametrize("words", ["list --ids", "add Bob"])
def test_eight_commands_at_once_on_a_file_of_format_1(desk: Desk, words: str, library: str) -> None:
    lay_desk(desk, 1)
    use_engine(desk, library)
    argv = [sys.executable, "-m", "leadcli", *words.split()]
    running = [
        subprocess.Popen(argv, cwd=desk.home, env=desk.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    errors = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 8, errors
    assert sum("upgraded the desk" in text for text in errors) == 1
    (copy,) = copies(desk)
    assert select(copy, "SELECT (SELECT user_version FROM pragma_user_version), count(*) FROM leads") == [(1, 2)]
    assert_as_new(desk.db)
    assert select(desk.db, "SELECT count(*) FROM leads") == [(10 if words == "add Bob" else 2,)]


def upgrade_killed_after(path: Path, statements: int) -> bool:
    """Upgrade in a child that is killed before the SQL statement of this number; True when it came to its end."""
    child = os.fork()
    if not child:
        opened = engine.open_connection
        count = iter(range(statements))

        def step(_: str) -> None:
            if next(count, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        def traced(uri: str) -> engine.Connection:
            connection = opened(uri)
            connection.set_trace_callback(step)
            return connection

        engine.open_connection = traced
        migrations.upgrade_file(path, lock_timeout=5)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("number", [1, 2])
def test_an_upgrade_killed_anywhere_leaves_the_old_file_or_the_new_one(desk: Desk, number: int) -> None:
    statements = 0
    while True:
        for left in desk.home.glob(".*t.db*"):
            left.unlink()
        for left in desk.home.glob("t.db*"):
            left.unlink()
        lay_desk(desk, number)
        ended = upgrade_killed_after(desk.db, statements)
        version = select(desk.db, "PRAGMA user_version")[0][0]
        assert version in (number, schema.VERSION)
        if version == schema.VERSION:
            assert_as_new(desk.db)
        else:
            assert select(desk.db, "SELECT count(*) FROM migrations") == [(0 if number == 1 else 2,)]
        for copy in copies(desk):
            assert select(copy, "PRAGMA integrity_check") == [("ok",)]
        if ended:
            break
        statements += 1 if statements < 40 else 3
    assert statements > 60
    assert desk.ok("list", "--ids").split() == ["2", "1"]


def test_leaving_the_write_ahead_log_waits_for_who_reads(desk: Desk) -> None:
    lay_desk(desk, 2)
    use_engine(desk, "sqlite3")
    reader = sqlite3.connect(desk.db, isolation_level=None, check_same_thread=False)
    reader.execute("PRAGMA journal_mode = WAL")
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM leads").fetchall() == [(2,)]
    refused = desk.process("--lock-timeout", "0.3", "add", "Bob")
    assert (refused.returncode, "in use by another leadcli" in refused.stderr) == (75, True)
    timer = threading.Timer(1.0, reader.close)
    timer.start()
    began = time.monotonic()
    added = desk.process("add", "Bob")
    timer.join()
    assert added.returncode == 0, added.stderr
    assert time.monotonic() - began > 0.9
    assert select(desk.db, "PRAGMA journal_mode") == [("delete",)]


def test_a_desk_whose_records_of_steps_are_of_an_own_table_keeps_them(desk: Desk) -> None:
    desk.ok("add", "Ada")
    with closing(sqlite3.connect(desk.db)) as connection:
        connection.executescript(f"""
            CREATE TABLE migrations (name TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
            INSERT INTO migrations SELECT name, applied_at FROM {schema.STEP_TABLE};
            DROP TABLE {schema.STEP_TABLE}; UPDATE settings SET value = '3-00000000' WHERE name = 'registry';""")
    result = desk.run("list", "--ids")
    assert (result.stdout, result.stderr, copies(desk)) == ("1\n", "", [])
    names = select(desk.db, f"SELECT name FROM {schema.STEP_TABLE} ORDER BY id")
    assert names == [(name,) for name in schema.STEPS]
    assert "schema" not in desk.run("doctor").stdout


def test_the_table_of_steps_is_as_sqlite_utils_makes_it(desk: Desk) -> None:
    tables = f"SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = '{schema.STEP_TABLE}' ORDER BY 1"
    desk.ok("add", "Ada")
    with closing(engine.memory()) as other:
        migrations.steps().ensure_migrations_table(migrations.open_database(other))
        assert select(desk.db, tables) == other.execute(tables).fetchall()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DROP INDEX leads_owner", "the index leads_owner is missing"),
        ("DROP INDEX leads_owner; CREATE INDEX leads_owner ON leads(name)", "the index leads_owner is over other"),
        ("DROP TABLE outbox", "the table outbox is missing"),
        ("DROP TABLE import_files; CREATE TABLE import_files (digest TEXT PRIMARY KEY, operation INTEGER NOT NULL)",
         "the table import_files is not STRICT"),
        ("DROP TABLE name_search; CREATE TABLE name_search (name TEXT)", "the table name_search is no full-text table"),
        ("DROP TABLE outbox; CREATE TABLE outbox (id INTEGER PRIMARY KEY, key TEXT, recipient TEXT NOT NULL, subject "
         "TEXT, lead TEXT, template TEXT, state TEXT NOT NULL, at TEXT NOT NULL, error TEXT, operation INTEGER) STRICT",
         "the column lead of outbox holds TEXT, not INTEGER"),
    ],
)  # fmt: skip
def test_the_doctor_names_what_differs_from_a_new_desk(desk: Desk, statement: str, says: str) -> None:
    desk.ok("add", "Ada", "--owner", "ann")
    with closing(sqlite3.connect(desk.db)) as connection:
        connection.executescript(statement)
    assert says in desk.run("doctor", "--json").stdout
