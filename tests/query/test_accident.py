"""`list value>5000`: the shell made a file of the condition."""

from __future__ import annotations

import pytest

from leadcli.errors import Usage
from leadcli.query import find_lost_redirect


def test_the_example_of_the_manual() -> None:
    with pytest.raises(Usage) as caught:
        find_lost_redirect(["value"], "/tmp/x/5000")
    assert (
        caught.value.message
        == "'value' is a field without a condition, and the shell sent this output to a file named '5000'."
    )
    assert caught.value.hint == "write value:5000.. (or quote it: 'value>5000'), then delete the file 5000."


@pytest.mark.parametrize(
    ("argv", "name", "written"),
    [
        (["status:new", "value"], "5k", "value:5k.."),
        (["value"], "=5000", "value:5000.."),
        (["created"], "2026-11-01", "created:2026-11-01.."),
        (["due"], "today", "due:today.."),
        (["closed"], "7d", "closed:7d.."),
        (["probability"], "C:\\tmp\\50%", "probability:50%.."),
    ],
)
def test_what_was_meant_is_named(argv: list[str], name: str, written: str) -> None:
    with pytest.raises(Usage) as caught:
        find_lost_redirect(argv, name)
    assert caught.value.hint.startswith(f"write {written} ")


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["value"], "leads.txt"),
        (["value"], ""),
        (["value:5000.."], "5000"),
        (["ada"], "5000"),
        (["name"], "5000"),
        ([], "2026-11-01"),
    ],
)
def test_honest_redirections_pass(argv: list[str], name: str) -> None:
    find_lost_redirect(argv, name)
