"""import under fire: killed at any write, interrupted, two at once beside other commands, a full disk."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from desk import Desk

from leadcli.store import engine

CALLS = "write,pwrite64,ftruncate,fsync,fdatasync,unlink"
HEADER = "name,email,value,campaign\n"
MOST = 8  # plain writes a kill is tried at, in each journal mode


def started(desk: Desk, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "leadcli", *map(str, words)], cwd=desk.home, env=desk.env, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def prepared(desk: Desk) -> Path:
    """A desk with 150 leads, and a file of 300 rows: 100 of those leads again, 50 that changed, 150 new ones."""
    desk.ok("import", desk.file("first.csv", HEADER + "".join(row(n, n) for n in range(150))))
    return desk.file("rows.csv", HEADER + "".join(row(n, n + (n >= 100)) for n in range(300)))


def row(number: int, value: int) -> str:
    return f"Lead {number},p{number}@x.com,{value},Fair {number % 3}\n"


def restore(desk: Desk, content: bytes) -> None:
    for left in desk.home.glob("t.db*"):
        left.unlink()
    desk.db.write_bytes(content)


def points(log: Path) -> tuple[int, list[tuple[str, int]]]:
    """How many calls that write there were, and where to kill: around all that are no plain write, and here and there
    between, as kind and number among its kind (strace counts each kind by itself). Only calls on the desk's own files
    can leave something half done.
    """
    lines = [line.split(maxsplit=1) for line in log.read_text("utf-8", "replace").splitlines()]
    calls = [call for process, call in lines if process == lines[0][0] and re.match(r"\w+\(", call)]
    kinds = [call.partition("(")[0] for call in calls]
    own = [at for at, call in enumerate(calls) if "/t.db" in call]
    marked = {at + near for at in own if kinds[at] != "pwrite64" for near in (0, 1)}
    chosen = sorted({*own[:: len(own) // MOST + 1], *(at for at in marked if at < len(calls))})
    return len(calls), [(kinds[at], kinds[: at + 1].count(kinds[at])) for at in chosen]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_kill_at_any_write_leaves_the_old_or_the_new_state(desk: Desk, mode: str) -> None:
    # The same clock and the same calls each time.
    desk.env |= {"LEADCLI_TODAY": "2026-11-22T09:00", "PYTHONDONTWRITEBYTECODE": "1"}
    file = prepared(desk)
    with closing(engine.connect(desk.db, write=True)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    program = [sys.executable, "-m", "leadcli", "import", str(file), "--on-duplicate", "update"]
    state = partial(desk.ok, "export", "--fields", "name,emails,value,campaign,status,owner,created_at,updated_at")
    kept = desk.db.read_bytes()
    old = state()
    log = desk.home / "calls"
    restore(desk, kept)
    assert desk.command(["strace", "-f", "-y", "-o", str(log), "-e", f"trace={CALLS}", *program]).returncode == 0
    new = state()
    assert new.count("\n") == 300
    count, at_all = points(log)
    assert count > len(at_all) > 15
    for call, at in at_all:
        restore(desk, kept)
        inject = ["-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={at}"]
        assert desk.command(["strace", "-f", *inject, *program]).returncode in (-9, 137)
        assert state() in (old, new), f"killed at {call} {at}"
        with closing(engine.connect(desk.db, write=False)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        desk.ok("import", file, "--on-duplicate", "update")
        assert state() == new, f"again after a kill at {call} {at}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("group", [False, True])
def test_an_interrupted_import_leaves_nothing(desk: Desk, number: int, group: bool) -> None:
    """Helper processes are at work by then; a terminal sends Ctrl-C to all of them."""
    desk.ok("add", "Somebody")
    before, files = desk.db.read_bytes(), {each.name for each in desk.home.glob("t.db*")}
    desk.env["TMPDIR"] = str(desk.home / "tmp")
    (desk.home / "tmp").mkdir()
    running = started(desk, "import", "-")
    assert running.stdin
    try:
        running.stdin.write(b"name,email\n" + b"".join(b"L%d,p%d@x.com\n" % (n, n) for n in range(30_000)))
        running.stdin.flush()
        (os.killpg if group else os.kill)(running.pid, number)
        _, said = running.communicate(timeout=60)
    finally:
        running.kill()
    assert (running.returncode, said) == (130, b"Error: interrupted; nothing was imported.\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
    assert not list((desk.home / "tmp").iterdir())
    assert {each.name for each in desk.home.glob("t.db*")} == files
    assert desk.db.read_bytes() == before


def test_a_signal_heard_after_the_commit_does_not_deny_it(desk: Desk) -> None:
    """The signal is sent while COMMIT runs: Python answers it when the commit has gone through."""
    desk.run("init")
    (desk.home / "rows.csv").write_text(HEADER + "".join(f"Lead {n},p{n}@x.com,{n},Fair\n" for n in range(50)))
    script = """import os, signal
from leadcli.store import engine
real = engine.commit
def commit(*words):
    real(*words)
    os.kill(os.getpid(), signal.SIGINT)
engine.commit = commit
from leadcli.__main__ import script
script()
"""
    told = desk.command([sys.executable, "-c", script, "import", "rows.csv"])
    assert (told.returncode, "Imported rows.csv: 50 new" in told.stderr) == (0, True), told
    assert desk.run("list", "--count").stdout == "50\n"


def test_a_stalled_pipe_holds_up_nobody(desk: Desk) -> None:
    desk.ok("add", "First")
    waiting = started(desk, "import", "-")
    assert waiting.stdin
    try:
        waiting.stdin.write(b"name,email\nA,a@x.com\n")
        waiting.stdin.flush()
        time.sleep(0.6)
        desk.ok("add", "Second", "--lock-timeout", "1")
        out, said = waiting.communicate(timeout=60)
    finally:
        waiting.kill()
    assert (waiting.returncode, out) == (0, b""), said
    assert desk.ok("filter", "is:any", "--count") == "3"


def test_two_imports_at_once_beside_adds(desk: Desk) -> None:
    desk.ok("init")
    files = [
        desk.file(f"{half}.csv", "name,email\n" + "".join(f"{half}{n},{half}{n}@x.com\n" for n in range(4000)))
        for half in "ab"
    ]
    running = [started(desk, "import", file) for file in files]
    for number in range(4):
        desk.ok("add", f"By hand {number}")
    codes = [each.communicate(timeout=120) and each.returncode for each in running]
    assert codes == [0, 0]
    assert desk.ok("filter", "is:any", "--count") == "8004"


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_disk_that_says_no_changes_nothing(desk: Desk, error: str) -> None:
    file = prepared(desk)
    before = desk.ok("export")
    inject = ["strace", "-f", "-o", "/dev/null", "-e", f"inject=pwrite64:error={error}:when=8+"]
    result = desk.command([*inject, sys.executable, "-m", "leadcli", "import", str(file)])
    assert result.returncode == 1, result.both
    assert "Traceback" not in result.both
    assert desk.ok("export") == before
    desk.ok("import", file)
    assert desk.ok("filter", "is:any", "--count") == "300"
