"""import under fire: killed at any write, interrupted, two at once beside other commands, a full disk."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk import Desk

CALLS = "pwrite64,ftruncate,fsync,fdatasync,unlink"
ROWS = "".join(f"Lead {n},p{n}@x.com,{n}\n" for n in range(300))


def started(desk: Desk, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "leadcli", *map(str, words)], cwd=desk.home, env=desk.env, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def prepared(desk: Desk) -> Path:
    """A desk whose leads an import of 300 rows will update, and the file."""
    for n in range(0, 40, 4):
        desk.ok("add", f"Old {n}", "--email", f"p{n}@x.com")
    return desk.file("rows.csv", "name,email,value\n" + ROWS)


def test_a_kill_at_any_write_leaves_the_old_or_the_new_state(desk: Desk) -> None:
    file = prepared(desk)
    words = ("import", file, "--on-duplicate", "update")
    kept = {each.name: each.read_bytes() for each in desk.home.glob("t.db*")}
    old = desk.ok("export", "--fields", "name,emails,value")
    log = desk.home / "calls"
    trace = ["strace", "-f", "-o", log, "-e", f"trace={CALLS}"]
    assert desk.command([*map(str, trace), sys.executable, "-m", "leadcli", *map(str, words)]).returncode == 0
    new = desk.ok("export", "--fields", "name,emails,value")
    count = sum("(" in line for line in log.read_text().splitlines())
    assert count > 3
    for at in sorted({*range(1, min(count, 6)), *range(6, count, max(1, count // 14)), count}):
        for left in desk.home.glob("t.db*"):
            left.unlink()
        for name, content in kept.items():
            (desk.home / name).write_bytes(content)
        inject = ["strace", "-f", "-o", "/dev/null", "-e", f"inject={CALLS}:signal=KILL:when={at}"]
        desk.command([*inject, sys.executable, "-m", "leadcli", *map(str, words)])
        assert desk.ok("export", "--fields", "name,emails,value") in (old, new), f"killed at write {at}"
        desk.ok(*words)
        assert desk.ok("export", "--fields", "name,emails,value") == new, f"again after a kill at write {at}"


def test_an_interrupted_import_leaves_nothing(desk: Desk) -> None:
    desk.ok("add", "Somebody")
    running = started(desk, "import", "-")
    assert running.stdin
    try:
        running.stdin.write(b"name,email\n" + b"".join(b"L%d,p%d@x.com\n" % (n, n) for n in range(30_000)))
        running.stdin.flush()
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130, said
    assert b"interrupted" in said
    assert desk.ok("filter", "is:any", "--count") == "1"


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
