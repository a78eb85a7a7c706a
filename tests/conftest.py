"""Fixtures every test may ask for, and how many workers a run gets."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from desk import Desk

# No deadlines: a test is about behaviour, not about how busy the machine is. No example database in the tree.
settings.register_profile("leadcli", deadline=None, max_examples=60, database=None, derandomize=bool(os.getenv("CI")))
settings.load_profile("leadcli")

# A shell starts what runs in the background with SIGINT ignored, and children inherit that: tests that press Ctrl-C
# need it as it is at a terminal. A handler of Python's is not inherited, so children begin with the default.
with contextlib.suppress(ValueError):  # not the main thread
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Starting workers costs more than a few named tests take."""
    named = [word for word in config.invocation_params.args if word.split("::")[0].endswith(".py")]
    return 0 if named else min(os.cpu_count() or 1, 8)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A scratch desk; today is 2026-11-22, me is ann."""
    from desk import Desk

    return Desk(tmp_path)


@pytest.fixture
def repository() -> Path:
    """The root of the checkout the tests belong to."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def python() -> str:
    """The interpreter leadcli is installed for."""
    return sys.executable
