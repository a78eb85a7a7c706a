"""Texts handed over in files: what is missing or no text is said with the option and the way out."""

from __future__ import annotations

import pytest
from desk import Desk

HANDED = [
    ("--json-in", ["add", "--json-in"]),
    ("--body", ["mail", "1", "--subject", "Hello", "--dry-run", "--body"]),
    ("--body", ["template", "add", "intro", "--subject", "Hello", "--body"]),
]


@pytest.mark.parametrize(("option", "words"), HANDED)
def test_a_missing_file_and_one_that_is_no_text(option: str, words: list[str], desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    desk.fails(3, *words, "nosuch.txt", says=["'nosuch.txt'", f"{option} takes a file, or - for standard input"])
    (desk.home / "old.txt").write_bytes("Jos\xe9".encode("cp1252"))
    desk.fails(2, *words, "old.txt", says=[option, "not UTF-8", "save it as UTF-8"])
    assert len(desk.json("history")) == 1


def test_standard_input_is_a_file_too(desk: Desk) -> None:
    desk.ok("add", "--json-in", "-", stdin='{"name": "Ada", "company": "Acme"}')
    assert desk.json("show", "1")["company"] == "Acme"
