"""import of .vcf files: what reaches the desk, and what a broken card costs."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk


def card(*lines: str, version: str = "3.0") -> str:
    return "\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""))


def phones(desk: Desk) -> Any:
    (lead,) = desk.json("list", "is:any", "--fields", "phones")
    return [item["e164"] or item["value"] for item in lead["phones"]]


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("+12025550101,,123#", ["+12025550101;ext=123"]),
        ("+12025550102,+12025550103", ["+12025550102", "+12025550103"]),
        ("+12025550102;+12025550103", ["+12025550102", "+12025550103"]),
        ("+9915551212,0012025551212", ["+9915551212,0012025551212"]),
    ],
)
@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_numbers_are_read_as_a_csv_gives_them(desk: Desk, version: str, number: str, read: list[str]) -> None:
    result = desk.run("import", desk.file("in.vcf", card("FN:Ada", f"TEL:{number}", version=version)))
    assert result.returncode == 0, result.both
    assert ("warning: " in result.both) == (number in read)
    assert phones(desk) == read


@pytest.mark.slow
def test_a_book_of_five_thousand_cards_with_a_broken_one_comes_in_but_for_that(desk: Desk) -> None:
    book = [card(f"FN:Person {n}", f"EMAIL:p{n}@x.example.com", f"ORG:Acme {n}, Ltd") for n in range(5000)]
    book[2499] = "BEGIN:VCARD\nVERSION:3.0\nFN:half\n"
    result = desk.fails(4, "import", desk.file("in.vcf", "".join(book)), says="4,999 new, 0 updated, 1 rejected")
    assert "row 2500    begins on line 14,995 and has no END:VCARD" in result.both
    assert 'Person 4999,"Acme 4999, Ltd"' in desk.ok("export", "--fields", "name,company")


def test_an_export_is_read_back_the_same(desk: Desk) -> None:
    desk.ok(
        "add", "Ada, Countess", "--company", "Engines, Sons; & Co", "--set", "website=https://x.example.com/a,b;c",
        "--email", "ada@x.example.com", "--job-title", "Head, sales", "--description", "met in Rome, Paris",
    )  # fmt: skip
    fields = "name,company,website,email,job_title,description"
    before = desk.ok("export", "--fields", fields)
    desk.ok("export", "-o", "e.vcf")
    assert "URL:https://x.example.com/a,b;c" in (desk.home / "e.vcf").read_text()
    other = str(desk.home / "other.db")
    desk.ok("--db", other, "import", desk.home / "e.vcf")
    assert desk.ok("--db", other, "export", "--fields", fields) == before
