"""Formulas are disarmed for spreadsheets, and come back exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.text.csv_guard import guard_cell, unguard_cell

CELLS = st.text(st.sampled_from("'=+-@\t\r1. 9ab()x#"), max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "'=1", "''+x", "-1e5"]
)
def test_a_cell_that_acts_gets_one_more_apostrophe(cell: str) -> None:
    assert guard_cell(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["", "Ada", "O'Brien", "'tis", "-12.50", "+3", "+44 20 7946 0000", "+1 (617) 555-0100 x12", "a=b", "12"]
)
def test_numbers_phones_and_words_stay(cell: str) -> None:
    assert guard_cell(cell) == cell
    assert unguard_cell(cell) == cell


@given(CELLS)
def test_unguard_gives_back_what_guard_was_given(cell: str) -> None:
    assert unguard_cell(guard_cell(cell)) == cell


@given(CELLS)
def test_no_guarded_cell_is_a_formula(cell: str) -> None:
    safe = guard_cell(cell)
    assert safe[:1] not in ("=", "@", "\t", "\r")
    assert safe[:1] not in ("+", "-") or all(letter in "+-0123456789. ()/x#ext" for letter in safe)
