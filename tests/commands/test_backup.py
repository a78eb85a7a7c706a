"""Dated backups in a folder: which stay, which go, and what is never touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk import Desk


@pytest.fixture
def folder(desk: Desk) -> Path:
    desk.ok("add", "Ada")
    place = desk.home / "copies"
    place.mkdir()
    return place


def make(desk: Desk, folder: Path, *days: str, keep: str = "9999d") -> list[str]:
    """A backup on each day, then the days of those that are left, oldest first."""
    for day in days:
        desk.ok("backup", str(folder), "--keep", keep, LEADCLI_TODAY=day)
    return [path.name[2:12] for path in sorted(folder.glob("t-*.db"))]


@pytest.mark.parametrize(
    ("keep", "days", "stay"),
    [
        ("2d", ["2026-11-01", "2026-11-20", "2026-11-21"], ["2026-11-20", "2026-11-21"]),
        # Days without a backup do not count: the last two that have one stay.
        ("2d", ["2026-01-01", "2026-06-01", "2026-11-21"], ["2026-06-01", "2026-11-21"]),
        # 2026-11-16 and -22 are Monday and Sunday of one week: the newest of the week stays.
        ("2w", ["2026-11-09", "2026-11-15", "2026-11-16", "2026-11-22"], ["2026-11-15", "2026-11-22"]),
        ("3m", ["2026-08-31", "2026-09-01", "2026-09-30", "2026-10-31", "2026-11-01"],
         ["2026-09-30", "2026-10-31", "2026-11-01"]),
        ("2y", ["2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01"], ["2025-12-31", "2026-01-01"]),
        # What any rule holds stays.
        ("1d,2m", ["2026-09-30", "2026-10-30", "2026-11-20", "2026-11-21"], ["2026-10-30", "2026-11-21"]),
        # The year of an ISO week: 2026-12-31 and 2027-01-01 are one week.
        ("1w", ["2026-12-31", "2027-01-01"], ["2027-01-01"]),
    ],
)  # fmt: skip
def test_the_newest_of_each_period_stays(desk: Desk, folder: Path, keep: str, days: list[str], stay: list[str]) -> None:
    assert make(desk, folder, *days) == days
    assert make(desk, folder, days[-1], keep=keep) == stay


def test_what_went_is_counted_and_listed(desk: Desk, folder: Path) -> None:
    make(desk, folder, "2026-11-19", "2026-11-20")
    oldest = min(folder.iterdir())
    dry = desk.ok("backup", str(folder), "--keep", "1d", "--dry-run", "--json", LEADCLI_TODAY="2026-11-21")
    assert len(json.loads(dry)["removed"]) == 2
    assert len(list(folder.iterdir())) == 2
    done = desk.run("backup", str(folder), "--keep", "2d", LEADCLI_TODAY="2026-11-21")
    assert "Backed up 1 lead to " in done.both
    assert "2 kept, 1 removed." in done.both
    assert not oldest.exists()


def test_nothing_but_backups_of_this_desk_goes(desk: Desk, folder: Path) -> None:
    make(desk, folder, "2026-11-18")
    mine = next(folder.iterdir())
    strange = [folder / "t-2026-11-17T000000Z.db", folder / "t-2026-11-16T000000Z.db", folder / "t-old.db"]
    strange[0].write_text("somebody's notes")
    desk.ok("add", "Bob", "--db", str(strange[1]))
    strange[2].write_bytes(mine.read_bytes())
    done = desk.run("backup", str(folder), "--keep", "1d", LEADCLI_TODAY="2026-11-21")
    assert "3 kept, 1 removed. 2 left that are no backups of this desk." in done.both
    assert all(path.exists() for path in strange)
    assert not mine.exists()


@pytest.mark.parametrize(
    ("keep", "says"), [("7", "'7' is no number of"), ("7d,x", "'x' is no number of"), ("0d", "7d,4w,12m"), (",", "''")]
)
def test_a_rule_that_cannot_be_read_writes_nothing(desk: Desk, folder: Path, keep: str, says: str) -> None:
    desk.fails(2, "backup", str(folder), "--keep", keep, says=says)
    assert not list(folder.iterdir())


def test_a_folder_that_is_not_there_is_not_made(desk: Desk, folder: Path) -> None:
    desk.fails(3, "backup", str(folder / "usb"), "--keep", "7d", says="there is no folder")
    desk.fails(2, "backup", str(folder), says="--keep 7d,4w,12m")
