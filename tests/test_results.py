"""Sentences about what was done: number and noun, and how a dry run speaks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from leadcli.model.kinds import Context
from leadcli.model.results import format_count
from leadcli.store.store import Session


@pytest.mark.parametrize(
    ("count", "grouped", "text"),
    [(0, True, "0 leads"), (1, True, "1 lead"), (1200, True, "1,200 leads"), (1200, False, "1200 leads")],
)
def test_numbers_and_nouns(count: int, grouped: bool, text: str) -> None:
    assert format_count(count, "lead", grouped=grouped) == text


@pytest.mark.parametrize(("keep", "begins", "ends"), [(True, "Added", " Undo: leadcli undo"), (False, "Would add", "")])
def test_a_dry_run_says_what_it_would_do(keep: bool, begins: str, ends: str) -> None:
    now: Any = datetime(2026, 1, 1)
    session = Session("ann", now, Context(today=now.date(), now=now), keep=keep)
    assert (session.choose_verb("Added", "add"), session.undo_hint) == (begins, ends)
