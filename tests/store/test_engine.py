"""The file: who may use it, what is refused untouched, what reading leaves alone, that many writers lose nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from desk import Desk
from outside_programs import require_program

from leadcli.store import engine

PROGRAM = [sys.executable, "-m", "leadcli"]
WORKER = """
import sys
from leadcli.cli import main
who, count = sys.argv[1], int(sys.argv[2])
for number in range(count):
    words = [["add", f"{who}-{number}"], ["edit", "1", "--tag", f"{who}-{number}"], ["log", "1", f"{who}-{number}"]]
    words = words[number % 3]
    code = main([*words, "-q"])
    assert code == 0, (words, code)
"""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
def test_eight_writers_lose_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.ok("add", "first")
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    argv = [sys.executable, str(script)]
    workers = [
        subprocess.Popen(
            [*argv, f"w{n}", "60"], env=desk.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for n in range(8)
    ]
    errors = [worker.communicate()[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 8, errors
    assert not any("lock" in error for error in errors)
    assert int(desk.ok("filter", "is:any", "--count")) == 1 + 8 * 20
    assert len(desk.json("show", "1")["tags"]) == 8 * 20
    assert len(desk.json("history")) == 1 + 8 * 60


@pytest.mark.slow
def test_forty_first_adds_make_one_desk(desk: Desk) -> None:
    adds = [subprocess.Popen([*PROGRAM, "add", f"P{n}"], env=desk.env, stdout=subprocess.PIPE) for n in range(40)]
    ids = sorted(int(add.communicate()[0]) for add in adds)
    assert ids == list(range(1, 41))
    assert not list(desk.db.parent.glob(f".{desk.db.name}.*"))
    assert int(desk.ok("filter", "is:any", "--count")) == 40


def test_a_new_file_is_private_and_named_as_ours(desk: Desk) -> None:
    desk.ok("add", "Ada")
    assert desk.db.stat().st_mode & 0o777 == 0o600
    head = desk.db.read_bytes()[:100]
    assert head[68:72] == b"LEAD"


@pytest.mark.parametrize("argv", [["list"], ["add", "X"], ["undo"], ["export"], ["status", "1", "new"]])
def test_what_is_not_ours_is_refused_and_left_alone(argv: list[str], desk: Desk, tmp_path: Path) -> None:
    foreign = tmp_path / "places.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE moz_places (id)")
    desk.ok("add", "Ada")
    truncated = tmp_path / "cut.db"
    truncated.write_bytes(desk.db.read_bytes()[:60])
    newer = tmp_path / "newer.db"
    shutil.copy(desk.db, newer)
    with newer.open("r+b") as file:
        file.seek(60)
        file.write((999).to_bytes(4, "big"))
    (tmp_path / "zero.db").touch()
    (tmp_path / "noise.db").write_bytes(os.urandom(5000))
    for path in (foreign, truncated, newer, tmp_path / "zero.db", tmp_path / "noise.db"):
        was = digest(path)
        refused = desk.run(*argv, "--db", str(path))
        assert refused.returncode == 6, (path, refused.both)
        assert path.name in refused.stderr
        assert "Traceback" not in refused.both
        assert digest(path) == was


def test_reading_a_missing_file_names_init(desk: Desk) -> None:
    desk.fails(3, "list", says=["no database", "leadcli init"])
    assert not desk.db.exists()


def test_a_dry_run_on_a_missing_file_leaves_none(desk: Desk) -> None:
    assert desk.ok("add", "Ada", "--dry-run").strip() == "1"
    assert not desk.db.exists()


READS = [["list"], ["show", "1"], ["filter", "ada"], ["history"], ["status"], ["export"], ["filter"]]


def test_reading_leaves_bytes_and_time_alone(desk: Desk) -> None:
    desk.ok("add", "Ada")
    was = digest(desk.db), desk.db.stat().st_mtime_ns
    for argv in READS:
        assert desk.process(*argv).returncode == 0
        assert (digest(desk.db), desk.db.stat().st_mtime_ns) == was, argv
    assert sorted(path.name for path in desk.db.parent.glob(f"{desk.db.name}*")) == [desk.db.name]


def test_reading_works_after_a_writer_was_killed(desk: Desk, tmp_path: Path) -> None:
    desk.ok("add", "Ada")
    kill = textwrap.dedent("""
        import os, signal, sys
        from leadcli.store import engine
        from pathlib import Path
        c = engine.connect(Path(sys.argv[1]), write=True)
        c.execute("BEGIN IMMEDIATE")
        c.execute("UPDATE leads SET name = 'half'")
        if sys.argv[2] == "done":
            c.execute("COMMIT")
            c.execute("BEGIN IMMEDIATE")
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    for state, name in (("half", "Ada"), ("done", "half")):
        dead = subprocess.run([sys.executable, "-c", kill, str(desk.db), state], env=desk.env)
        assert dead.returncode == -signal.SIGKILL
        was = digest(desk.db), desk.db.stat().st_mtime_ns
        shown = desk.process("show", "1", "--json", "--fields", "name")
        assert f'"{name}"' in shown.stdout
        if engine.wal_is_safe():
            assert (digest(desk.db), desk.db.stat().st_mtime_ns) == was
    desk.ok("add", "after")
    assert int(desk.ok("filter", "is:any", "--count")) == 2


def test_reading_makes_no_write_call_on_the_file(desk: Desk, tmp_path: Path) -> None:
    strace = require_program("strace")
    desk.ok("add", "Ada")
    trace = tmp_path / "trace"
    argv = [strace, "-f", "-y", "-e", "trace=pwrite64,write,ftruncate", "-o", str(trace), *PROGRAM, "list"]
    done = subprocess.run(argv, env=desk.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = [line for line in trace.read_text().splitlines() if str(desk.db) in line and "-shm" not in line]
    assert written == []


def test_a_read_only_file_can_be_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder nobody may write to: what SQLite wants beside the file cannot be made."""
    desk.ok("add", "Ada")
    with sqlite3.connect(desk.db) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    Path(f"{desk.db}-wal").unlink(missing_ok=True)
    Path(f"{desk.db}-shm").unlink(missing_ok=True)
    Path(f"{desk.db}-shm").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everywhere
    connection = engine.connect(desk.db, write=False)
    assert connection.execute("SELECT name FROM leads").fetchone() == ("Ada",)
    connection.close()


def test_a_locked_file_is_said_to_be_busy(desk: Desk) -> None:
    desk.ok("add", "Ada")
    # Another process: SQLite's locks do not hold between two libraries in one.
    hold = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
input()
"""
    argv = [sys.executable, "-c", hold, str(desk.db)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        busy = desk.fails(75, "add", "Bob", "--lock-timeout", "0.1", says=["in use", "--lock-timeout"])
        assert "locked" not in busy.stderr
        assert len(desk.json("list")) == 1
    desk.ok("add", "Bob")


def test_a_full_disk_changes_nothing(desk: Desk) -> None:
    desk.ok("add", "Ada")
    before = desk.ok("export")
    full = ["bash", "-c", 'ulimit -f 1; exec "$0" "$@"', *PROGRAM, "add", "Big", "--description", "x" * 100_000]
    # Python would write half a module's bytecode, and take it for whole ever after.
    env = desk.env | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(full, env=env, capture_output=True, text=True)
    assert done.returncode in (1, -signal.SIGXFSZ, 128 + signal.SIGXFSZ), done.stderr
    assert "Traceback" not in done.stderr
    assert desk.ok("export") == before
    desk.ok("add", "Bob")


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_wal_only_where_it_is_safe(version: tuple[int, ...], safe: bool) -> None:
    assert engine.wal_is_safe(version) is safe


def test_who_waits_without_limit_lets_the_others_go_first(desk: Desk) -> None:
    desk.ok("init")
    order: list[str] = []
    holder, patient, other = (engine.connect(desk.db, write=True) for _ in range(3))
    stood_back = threading.Event()
    patient.set_trace_callback(lambda statement: stood_back.set() if statement == "ROLLBACK" else None)

    def wait() -> None:
        with engine.transaction(patient, lock_timeout=None):
            order.append("patient")

    holder.execute("BEGIN IMMEDIATE")
    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    holder.execute("ROLLBACK")
    assert stood_back.wait(10)
    with engine.transaction(other):
        order.append("other")
    waiting.join()
    for connection in (holder, patient, other):
        connection.close()
    assert order == ["other", "patient"]
