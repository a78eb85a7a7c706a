"""A Litestream follower is read by every command and written to by none; Litestream's own tables do not count."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import Desk
from outside_programs import require_program

READS = [
    ["list"], ["show", "1"], ["filter", "ada"], ["history"], ["status"], ["export"], ["report", "pipeline"], ["report"],
    ["next"], ["board"], ["task", "list"], ["activities"], ["dedupe"], ["score"], ["doctor"], ["rule"], ["template"],
    ["accounts"], ["list", "--count"], ["export", "-o", "out.db"], ["backup", "copy.db"],
]  # fmt: skip
WRITES = [
    ["add", "Bob"], ["add", "Bob", "--dry-run"], ["edit", "1", "--owner", "bob"], ["status", "1", "contacted"],
    ["rm", "1"], ["undo"], ["log", "1", "called"], ["import", "rows.csv"], ["inbox", "-"], ["rule", "run"],
    ["score", "--refresh"], ["doctor", "--fix"], ["filter", "ada", "--save", "ada"], ["init", "--force", "--yes"],
    ["field", "add", "floor", "--type", "number"], ["report", "daily", "--email", "ann@example.com"],
]  # fmt: skip


@pytest.fixture(params=["wal", "delete"])
def follower(request: pytest.FixtureRequest, desk: Desk) -> Desk:
    """A desk that Litestream made from another one: its tables, its -txid file, either journal mode in the header."""
    desk.ok("add", "Ada", "--email", "ada@x.example", "--value", "5k")
    with sqlite3.connect(desk.db) as connection:
        connection.execute("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
        connection.execute("CREATE TABLE _litestream_lock (id INTEGER)")
        connection.execute(f"PRAGMA journal_mode = {request.param}")
    connection.close()
    desk.file("t.db-txid", "0000000000000002\n")
    desk.file("rows.csv", "name\nBob\n")
    return desk


def state(desk: Desk) -> tuple[bytes, int, str]:
    """What must stay: bytes and time of the file, and of the mark beside it."""
    return desk.db.read_bytes(), desk.db.stat().st_mtime_ns, (desk.home / "t.db-txid").read_text()


@pytest.mark.parametrize("argv", READS, ids=" ".join)
def test_a_follower_can_be_read(argv: list[str], follower: Desk) -> None:
    was = state(follower)
    done = follower.process(*argv)
    assert done.returncode in ((0, 4) if argv == ["doctor"] else (0,)), done.both
    assert "litestream" not in done.both
    assert state(follower) == was
    wal = follower.home / "t.db-wal"
    assert not wal.exists() or not wal.stat().st_size


@pytest.mark.parametrize("argv", WRITES, ids=" ".join)
def test_nobody_writes_to_a_follower(argv: list[str], follower: Desk) -> None:
    was = state(follower)
    says = [f"{follower.db} is a Litestream follower", "write to the desk it follows", "-txid", "leadcli backup"]
    follower.fails(6, *argv, says=tuple(says), stdin="From: Zed <zed@x.example>\n\nHello\n")
    assert state(follower) == was


def test_a_follower_is_known_through_a_link_and_is_no_place_for_a_backup(follower: Desk) -> None:
    link = follower.home / "link.db"
    link.symlink_to(follower.db)
    follower.fails(6, "--db", link, "add", "Bob", says="follower")
    other = follower.home / "other.db"
    follower.ok("--db", other, "add", "Zed")
    was = state(follower)
    for argv in (["backup", follower.db], ["backup", follower.db, "--force"], ["export", "-o", follower.db]):
        follower.fails(6, "--db", other, *argv, says="follower")
    assert state(follower) == was
    follower.db.unlink()
    follower.fails(6, "add", "Bob", says="follower")  # what Litestream is about to make is not made by us


def test_a_copy_of_a_follower_lives_on(follower: Desk) -> None:
    follower.ok("backup", "copy.db")
    follower.ok("--db", "copy.db", "add", "Bob")
    (follower.home / "t.db-txid").unlink()
    follower.ok("add", "Bob")


@pytest.mark.parametrize("text", ["0123456789abcdef\n", "0123456789ABCDEF", "", "00000001", "other words\n"])
def test_a_file_of_the_name_makes_a_follower_whatever_it_says(text: str, desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.file("t.db-txid", text)
    desk.fails(6, "add", "Bob", says="Litestream follower")
    assert desk.ok("list", "--count") == "1"


def test_a_follower_of_an_older_desk_is_not_brought_up_to_date(desk: Desk) -> None:
    desk.ok("add", "Ada")
    with sqlite3.connect(desk.db) as connection:
        connection.execute("UPDATE settings SET value = 'older' WHERE name = 'registry'")
    connection.close()
    desk.file("t.db-txid", "0000000000000002\n")
    was = state(desk)
    assert desk.ok("list", "--count") == "1", "it lacks nothing but an index"
    (desk.home / "t.db-txid").unlink()
    with sqlite3.connect(desk.db) as connection:
        connection.execute("DROP VIEW leads_view")
        connection.execute("ALTER TABLE leads DROP COLUMN description")
    connection.close()
    desk.file("t.db-txid", was[2])
    was = state(desk)
    desk.fails(6, "list", says=["older leadcli", "any change brings it up to date"])
    assert state(desk) == was


@contextmanager
def litestream(desk: Desk, *argv: str) -> Iterator[None]:
    program = require_program("litestream")
    with (desk.home / "litestream.log").open("ab") as log:
        running = subprocess.Popen([program, *argv], cwd=desk.home, env=desk.env, stdout=log, stderr=log)
        try:
            yield
        finally:
            running.terminate()
            running.wait()


def _wait(done: object, *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.slow
def test_the_real_program_goes_on_beside_readers(desk: Desk) -> None:
    desk.ok("add", "Ada")
    copy: Path = desk.home / "copy" / "leads.db"
    copy.parent.mkdir()
    replica = f"file://{desk.home}/replica"
    with litestream(desk, "replicate", str(desk.db), replica):
        _wait(lambda: list((desk.home / "replica").rglob("*.ltx")))
        with litestream(desk, "restore", "-f", "-o", str(copy), replica):
            _wait(lambda: Path(f"{copy}-txid").exists())
            for number in range(2, 5):
                desk.ok("add", f"P{number}")
                _wait(lambda number=number: desk.run("--db", copy, "list", "--count").stdout.strip() == str(number))
                desk.fails(6, "--db", copy, "add", "Bad", says="Litestream follower")
            copy.chmod(0o600)
            assert desk.run("doctor").returncode == desk.run("--db", copy, "doctor").returncode == 0
        assert desk.ok("--db", copy, "export") == desk.ok("export")
