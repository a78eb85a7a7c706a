"""Quiet readings of libraries that are not passed on, and the table of them: tests/outside.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from desk import Desk

NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_test_the_table_names_exists(repository: Path) -> None:
    table = (repository / "tests" / "outside.md").read_text("utf-8")
    named = NAMED_TEST.findall(table)
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| program")]
    assert [row for row in rows if not NAMED_TEST.search(row)] == []
    assert len(rows) > 30
    missing = [f"{file}::{name}" for file, name in named
               if not re.search(rf"^def {name}\(", (repository / file).read_text("utf-8"), re.MULTILINE)]  # fmt: skip
    assert missing == []


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("+49 30 123456 (privat)", "+4930123456"), ("+43 1 2345678 mobil", "+4312345678"),
        ("+44 20 7946 0000 (abends)", "+442079460000"), ("+1 202 555 0143 office", "+12025550143"),
    ],
)  # fmt: skip
def test_no_letter_is_spelt_as_a_digit(cell: str, number: str, desk: Desk) -> None:
    desk.file("in.csv", f"name,phone\nAda,{cell}\n")
    desk.ok("import", "in.csv")
    assert desk.json("show", "1")["phones"][0]["e164"] == number


@pytest.mark.parametrize("day", ["2027-W53-1", "2027-W53", "26-11-22", "2026-11-31", "2026-02-29"])
def test_no_day_is_guessed(day: str, desk: Desk) -> None:
    desk.fails(2, "add", "Ada", "--close", day, says="--close")
    desk.file("in.csv", f"name,expected close\nAda,{day}\n")
    result = desk.run("import", "in.csv")
    assert result.returncode == 4 or "is no date; it stands in the description" in result.stderr
    assert all(lead["expected_close"] is None for lead in desk.json("list", "is:any"))
    desk.fails(2, "list", f"expected_close:{day}")


@pytest.mark.parametrize("locale", ["de", "de_DE", "en_US", "fr", "ar"])
def test_weeks_are_those_of_iso_8601_in_every_locale(locale: str, desk: Desk) -> None:
    desk.ok("config", "locale", locale)
    desk.ok("add", "Ada", "--close", "2026-12-31")
    desk.ok("add", "Bob", "--close", "2027-01-04")
    assert desk.ok("list", "expected_close:2026-W53", "--fields", "name") == "Ada"
    assert desk.ok("list", "expected_close:2027-W01", "--fields", "name") == "Bob"


@pytest.mark.parametrize(
    "call",
    [r"\.transform\(", r"dateutil\.parser import parse\b", r"relativedelta\([^)=]+,\s*[^)=]+\)",
     r"currency_digits|get_currency_precision"],
)  # fmt: skip
def test_what_reads_quietly_is_not_called(call: str, repository: Path) -> None:
    """transform loses triggers, parse guesses, relativedelta of two days has a direction, Babel is not ISO."""
    files = (repository / "leadcli").rglob("*.py")
    callers = [file.name for file in files if re.search(call, file.read_text("utf-8"))]
    assert callers == []
