"""import: what was rejected is named, with --quiet too."""

from __future__ import annotations

import pytest
from desk import Desk

SKIPPED = "name,emails,phone\nAda,ada@x.example,\nAda L,ada@x.example,\nBob,bob@x.example,\n"

# Quiet, not silent


@pytest.mark.parametrize("words", [(), ("--strict",), ("-n",), ("--json",)])
def test_what_was_rejected_is_said_with_quiet_too(desk: Desk, words: tuple[str, ...]) -> None:
    bad = desk.file("rows.csv", "name,emails\nEve,no address\nAda,ada@x.example\n")
    result = desk.fails(4, "import", bad, "-q", *words)
    assert result.stderr.startswith("  row 2  email  'no address': ")
    assert result.stderr.count("\n") == 1


def test_success_is_silent_with_quiet(desk: Desk) -> None:
    assert desk.run("import", desk.file("rows.csv", SKIPPED), "-q").both == ""
