"""import: a row that cannot be read is rejected by itself, in every format, and the rejects file holds it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from desk import Desk


def workbook(path: Path) -> Path:
    """A moment half a second before the last one there is, which cannot be rounded."""
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["name", "created_at"], ["Ada"], ["x", datetime(9999, 12, 31, 23, 59, 59, 900_000)], ["Eva"]):
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("in.csv", 'name,city\nAda,\n"x"y,z\nEva,\n'),
        ("in.json", '[{"name":"Ada"},{"name":"x","name":"y"},{"name":"Eva"}]'),
        ("in.json", '[{"name":"Ada"},{"name":"x","value":NaN},{"name":"Eva"}]'),
        ("in.json", r'[{"name":"Ada"},{"name":"\ud800"},{"name":"Eva"}]'),
        ("in.jsonl", '{"name":"Ada"}\n' + r'{"name":"\ud800"}' + '\n{"name":"Eva"}\n'),
        ("in.jsonl", '{"name":"Ada"}\n{"name":}\n{"name":"Eva"}\n'),
        ("in.vcf", "BEGIN:VCARD\nFN:Ada\nEND:VCARD\nBEGIN:VCARD\nFN:x\nBEGIN:VCARD\nFN:Eva\nEND:VCARD\n"),
        ("in.xlsx", ""),
    ],
)
def test_a_bad_row_costs_itself_only(desk: Desk, name: str, text: str) -> None:
    file = desk.file(name, text) if text else workbook(desk.home / name)
    desk.fails(4, "import", file, "--rejects", desk.home / "bad.csv", says="2 new, 0 updated, 1 rejected")
    assert desk.ok("export", "--fields", "name").split() == ["name", "Ada", "Eva"]
    assert "_error" in (desk.home / "bad.csv").read_text()
