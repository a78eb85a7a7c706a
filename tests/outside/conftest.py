"""Fixtures of the tests that drive other programs: where those stand that pip brings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk, Result
from outside_programs import install_pinned

Program = Callable[..., Result]


@pytest.fixture(scope="session")
def outside_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with datasette, khal, khard, todo and vdirsyncer, one for all workers of a session."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return install_pinned(shared / "outside-programs")


@pytest.fixture
def outside(desk: Desk, outside_bin: Path) -> Program:
    """Runs one of them in the desk's home; it must succeed."""

    def run(name: str, *words: object, stdin: str = "") -> Result:
        done = desk.command([str(outside_bin / name), *map(str, words)], stdin=stdin)
        assert done.returncode == 0, done.both
        return done

    return run
