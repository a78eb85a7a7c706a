"""Rows that share a key are found whatever the table of marks suspects."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from desk import Desk

from leadcli.store.bulk import repeated_keys


def rows(seed: int) -> str:
    """People of whom many are there twice, by one key or another."""
    pick = random.Random(seed)
    lines = ["external_id,name,company,email,phone"]
    for _ in range(120):
        number = pick.randrange(80)
        lines.append(",".join((
            pick.choice(["", f"x{pick.randrange(60)}"]),
            f"Person {number}",
            pick.choice(["", f"Firm {pick.randrange(9)}"]),
            pick.choice(["", f"p{number}@x.com", f"P{pick.randrange(99)}@x.com"]),
            pick.choice(["", "+49 30 1234567", f"+49 30 {number + 1000000}"]),
        )))  # fmt: skip
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("policy", ["skip", "fill", "update", "create"])
@pytest.mark.parametrize("seed", range(6))
def test_a_crowded_table_of_marks_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, policy: str
) -> None:
    told = []
    for name, slots in (("roomy", repeated_keys._SLOTS), ("crowded", 5), ("all in one", 1)):
        monkeypatch.setattr(repeated_keys, "_SLOTS", slots)
        (tmp_path / name).mkdir()
        desk = Desk(tmp_path / name, today="2026-11-22T09:00")
        (desk.home / "people.csv").write_text(rows(seed))
        counted = desk.run("import", "people.csv", "--on-duplicate", policy).both
        again = desk.run("import", "people.csv", "--on-duplicate", policy).both
        fields = "name,company,external_id,emails,phones"
        told.append((counted, again, desk.run("export", "--fields", fields).stdout))
    assert told[0] == told[1] == told[2]
    assert " 120 unchanged" in told[0][1] or policy != "create"
