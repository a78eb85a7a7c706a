"""A file that lost the mark of a leadcli database, as by a dump of the SQLite shell, is taken after it was checked."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from desk import Desk


def unmarked(desk: Desk, *statements: str, name: str = "new.db") -> None:
    """A desk of two leads, then a copy without its mark, changed by SQL."""
    desk.ok("add", "Ada", "--email", "ada@x.example", "--tag", "vip")
    desk.ok("add", "Bob", "--note", "met in Rome")
    desk.ok("backup", name)
    with closing(sqlite3.connect(desk.home / name)) as connection:
        for statement in ("PRAGMA application_id = 0", "PRAGMA user_version = 0", *statements):
            connection.execute(statement)
        connection.commit()


def test_the_error_names_the_way_back(desk: Desk) -> None:
    unmarked(desk)
    desk.fails(6, "--db", "new.db", "list", says=("not a leadcli database", "leadcli doctor --adopt new.db"))
    done = desk.run("doctor", "--adopt", "new.db")
    assert (done.returncode, done.both) == (0, "new.db is a leadcli database now: 2 leads. Use it: --db new.db\n")
    assert desk.ok("--db", "new.db", "list", "rome", "--fields", "name") == "Bob"
    assert desk.ok("--db", "new.db", "export") == desk.ok("export")
    desk.ok("--db", "new.db", "doctor")
    desk.fails(5, "doctor", "--adopt", "new.db", says="is a leadcli database already")


def test_a_dump_of_the_shell_is_adopted(desk: Desk) -> None:
    unmarked(desk)
    done = desk.bash("sqlite3 t.db .dump > all.sql && sqlite3 dumped.db < all.sql")
    if done.returncode:
        pytest.skip("this machine has no sqlite3 that reads the file")
    desk.fails(6, "--db", "dumped.db", "list", says="--adopt dumped.db")
    desk.ok("doctor", "--adopt", "dumped.db")
    assert desk.ok("--db", "dumped.db", "export") == desk.ok("export")
    assert desk.ok("--db", "dumped.db", "list", "rome", "--fields", "name") == "Bob"
    desk.ok("--db", "dumped.db", "undo")


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["DROP TABLE tags"], "no desk of this leadcli: the table tags is missing"),
        (["ALTER TABLE leads RENAME COLUMN company TO firm"], "the column company of leads is missing"),
        (["CREATE TRIGGER t AFTER UPDATE ON leads BEGIN DELETE FROM tags; END"], "trigger t"),
        (["PRAGMA application_id = 1234"], "marked as the file of another program"),
    ],
)
def test_what_is_no_whole_desk_stays_untouched(statements: list[str], says: str, desk: Desk) -> None:
    unmarked(desk, *statements)
    before = (desk.home / "new.db").read_bytes()
    desk.fails(6, "doctor", "--adopt", "new.db", says=says)
    assert (desk.home / "new.db").read_bytes() == before


def test_what_is_no_database_is_not_adopted(desk: Desk) -> None:
    desk.file("notes.txt", "no database, only a long line of text\n" * 10)
    desk.fails(6, "doctor", "--adopt", "notes.txt", says="cannot be read as a database")
    desk.fails(3, "doctor", "--adopt", "nosuch.db", says="there is no file nosuch.db")
