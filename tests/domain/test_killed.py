"""Guards changes of many records against a kill -9 at every call that writes: each was done whole, or not at all."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from desk import Desk
from postoffice import configure

WRITES = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "openat")
MOST = 8  # points tried per call, spread over all there are


def traced(desk: Desk, words: Sequence[str], *trace: str) -> int:
    """Run a command under strace; the exit code, which is the program's."""
    program = (sys.executable, "-m", "leadcli", *words)
    return desk.command(["strace", "-f", "-o", str(desk.home / "trace"), *trace, *program]).returncode


def state(desk: Desk) -> tuple[str, ...]:
    """Everything the commands could have touched, with the ids and moments that they make."""
    lists = ("accounts", "contacts", "opportunities", "task", "activities", "sequence", "history")
    return (*(desk.ok(what, "--json") for what in lists), desk.ok("show", "1", "--json"))


def calls(trace: Path, name: str, database: str) -> list[int]:
    """Which of a program's calls of this name concern the database: their numbers, from 1."""
    lines = [line for line in trace.read_text("utf-8", "replace").splitlines() if re.match(rf"\d+ +{name}\(", line)]
    return [at for at, line in enumerate(lines, start=1) if database in line]


def kill_everywhere(desk: Desk, words: Sequence[str], call: str) -> None:
    """Kill a command at calls of one kind, spread over all there are: the desk is as before or as after."""
    before = desk.home / "before"
    before.mkdir()
    shutil.copy(desk.db, before)
    old = state(desk)
    assert traced(desk, words, "-y", "-e", f"trace={call}") == 0
    new = state(desk)
    assert old != new
    points = calls(desk.home / "trace", call, "t.db")
    assert points or call not in ("pwrite64", "openat")
    for at in points[:: len(points) // MOST + 1]:
        for rest in desk.home.glob("t.db*"):
            rest.unlink()
        shutil.copy(before / "t.db", desk.db)
        assert traced(desk, words, "-e", f"inject={call}:signal=KILL:when={at}") in (-9, 137)
        assert state(desk) in (old, new), f"{call} number {at}"


@pytest.mark.slow
@pytest.mark.parametrize("call", WRITES)
def test_a_conversion_is_done_whole(desk: Desk, call: str) -> None:
    desk.env["LEADCLI_TODAY"] = "2026-11-22T09:00"
    desk.ok("field", "add", "segment", "--type", "text")
    desk.ok("add", "Pumps", "--last-name", "Hopper", "--company", "Navy", "--email", "g@navy.mil", "--set", "segment=x")
    kill_everywhere(desk, ["convert", "1", "--yes"], call)


@pytest.mark.slow
@pytest.mark.parametrize("call", WRITES)
def test_steps_of_a_sequence_are_taken_whole(desk: Desk, call: str) -> None:
    desk.env["LEADCLI_TODAY"] = "2026-11-22T09:00"
    for name in ("Ada", "Bob", "Cleo"):
        desk.ok("add", name)
    desk.ok("sequence", "add", "call", "--step", "task ring", "--step", "task write", "--step", "+3d task again")
    desk.ok("sequence", "start", "call", "1-3")
    kill_everywhere(desk, ["rule", "run"], call)


@pytest.mark.slow
def test_a_letter_of_a_killed_run_leaves_once(desk: Desk) -> None:
    """Killed after a letter left and before it is logged: the next run logs it and sends none again."""
    desk.env["LEADCLI_TODAY"] = "2026-11-22T09:00"
    configure(desk, command=f"sh {desk.file('sendmail.sh', 'cat >> out.mbox')}")
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    desk.ok("template", "add", "hello", "--subject", "Hello", "--body", "-", stdin="Dear you,\n")
    desk.ok("sequence", "add", "intro", "--step", "mail hello", "--step", "+3d task ring")
    desk.ok("sequence", "start", "intro", "1")
    before = desk.home / "before"
    before.mkdir()
    shutil.copy(desk.db, before)
    assert traced(desk, ["rule", "run"], "-y", "-e", "trace=pwrite64") == 0
    points = calls(desk.home / "trace", "pwrite64", "t.db")
    for at in points[:: len(points) // (2 * MOST) + 1]:
        for rest in (*desk.home.glob("t.db-*"), desk.home / "out.mbox"):
            rest.unlink(missing_ok=True)
        desk.db.write_bytes((before / "t.db").read_bytes())  # the same file: another one may not send mail
        assert traced(desk, ["rule", "run"], "-e", f"inject=pwrite64:signal=KILL:when={at}") in (-9, 137)
        desk.run("rule", "run")
        desk.run("rule", "run", LEADCLI_TODAY="2026-11-22T10:00")
        left = desk.home / "out.mbox"
        letters = left.read_text("utf-8").count("Subject: Hello") if left.exists() else 0
        is_paused = desk.json("sequence", "due")[0]["state"] == "paused"  # nobody knows whether it left
        assert letters == 1 or (letters == 0 and is_paused), at
        assert len(desk.json("activities", "1")) == (0 if is_paused else 1), at
