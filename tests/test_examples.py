"""The files of examples/ do what their readers expect of them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from desk import Desk

RESERVED = re.compile(r"@([a-z0-9-]+\.)*example\.(com|net|org)$", re.IGNORECASE)


def test_every_lead_is_taken(desk: Desk, repository: Path) -> None:
    file = desk.json("import", repository / "examples" / "leads.csv")["files"][0]
    assert (file["rows"], file["new"], file["rejected"]) == (200, 200, 0)


def test_the_messy_file_is_read_but_for_its_two_bad_rows(desk: Desk, repository: Path) -> None:
    result = desk.fails(4, "import", repository / "examples" / "messy.csv", "--json")
    file = json.loads(result.stdout)["files"][0]
    # One guest stands in the file twice.
    assert (file["rows"], file["new"], file["skipped"], file["rejected"]) == (15, 12, 1, 2)
    hotel = desk.json("filter", "company:seeblick")[0]
    assert (hotel["value"], hotel["tags"]) == (12500.0, ["expo26", "vip"])
    assert "one with and one without" in hotel["description"]


def test_nobody_real_can_be_reached(repository: Path) -> None:
    with (repository / "examples" / "leads.csv").open(encoding="utf-8", newline="") as file:
        addresses = [each for row in csv.DictReader(file) for each in row["emails"].split(";") if each]
    assert addresses
    assert all(RESERVED.search(address) for address in addresses)
