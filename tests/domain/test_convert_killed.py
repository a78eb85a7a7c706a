"""Guards conversion against a kill -9 at every call that writes: afterwards it was done whole, or not at all."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from desk import Desk

WRITES = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "openat")
MOST = 8  # points tried per call, spread over all there are


def convert(desk: Desk, *trace: str) -> int:
    """Convert lead 1 under strace; the exit code, which is the program's."""
    program = (sys.executable, "-m", "leadcli", "convert", "1", "--yes")
    return desk.command(["strace", "-f", "-o", str(desk.home / "trace"), *trace, *program]).returncode


def state(desk: Desk) -> tuple[str, ...]:
    """Everything the conversion could have touched, once with the ids and moments that it makes."""
    customers = (desk.ok(what, "--json") for what in ("accounts", "contacts", "opportunities"))
    return (*customers, desk.ok("show", "1", "--json"), desk.ok("history", "--json"))


def calls(trace: Path, name: str, database: str) -> list[int]:
    """Which of a program's calls of this name concern the database: their numbers, from 1."""
    lines = [line for line in trace.read_text("utf-8", "replace").splitlines() if re.match(rf"\d+ +{name}\(", line)]
    return [at for at, line in enumerate(lines, start=1) if database in line]


@pytest.mark.slow
@pytest.mark.parametrize("call", WRITES)
def test_killed_at_a_write_the_lead_is_old_or_new(desk: Desk, tmp_path: Path, call: str) -> None:
    desk.env["LEADCLI_TODAY"] = "2026-11-22T09:00"
    desk.ok("field", "add", "segment", "--type", "text")
    desk.ok("add", "Pumps", "--last-name", "Hopper", "--company", "Navy", "--email", "g@navy.mil", "--set", "segment=x")
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy(desk.db, kept)
    old = state(desk)
    assert convert(desk, "-y", "-e", f"trace={call}") == 0
    new = state(desk)
    assert old != new
    points = calls(desk.home / "trace", call, "t.db")
    assert points or call not in ("pwrite64", "openat")
    for at in points[:: len(points) // MOST + 1]:
        for rest in desk.home.glob("t.db*"):
            rest.unlink()
        shutil.copy(kept / "t.db", desk.db)
        assert convert(desk, "-e", f"inject={call}:signal=KILL:when={at}") in (-9, 137)
        assert state(desk) in (old, new), f"{call} number {at}"
