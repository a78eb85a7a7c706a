"""One small desk for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk
from domain.reports.small_desk import fill


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The small desk, read only."""
    home: Path = tmp_path_factory.mktemp("small")
    desk = Desk(home)
    fill(desk)
    return desk
