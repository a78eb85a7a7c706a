"""How SQL finds text: any case, with or without accents, whatever signs are in it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.model.fields import LEAD
from leadcli.model.kinds import Context
from leadcli.query.scope import Scope
from leadcli.query.texts import contains_test, equals_test
from leadcli.text.match_keys import fold_text

CONTEXT = Context(today=date(2026, 11, 22), now=datetime(2026, 11, 22, tzinfo=UTC))
DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
LETTERS = st.text(alphabet="aáäbBcčÇsSṣzŽoóøŁlИйиΆαΣσς 5%*?[]^-'’\"\\_東", max_size=6)


def holds(condition: object, value: str | None, needle: str) -> bool:
    scope = Scope(LEAD, CONTEXT)
    sql = condition(scope, ":value", needle)  # type: ignore[operator]
    (answer,) = DATABASE.execute(f"SELECT {sql}", {**scope.params, "value": value}).fetchone()
    return bool(answer)


@given(LETTERS, LETTERS.filter(bool), LETTERS)
def test_a_text_contains_its_parts_in_any_spelling(before: str, needle: str, after: str) -> None:
    for spelt in (
        needle,
        needle.upper() if len(needle.upper()) == len(needle) else needle,
        fold_text(needle) or needle,
    ):
        assert holds(contains_test, before + needle + after, spelt)


@given(LETTERS, LETTERS.filter(bool))
def test_contains_means_what_folding_means(value: str, needle: str) -> None:
    assert holds(contains_test, value, needle) == (fold_text(needle) in fold_text(value))


@given(LETTERS.filter(bool), LETTERS)
def test_equal_means_equal_but_for_case(value: str, other: str) -> None:
    assert holds(equals_test, value, value.swapcase() if len(value.swapcase()) == len(value) else value)
    if fold_text(value) != fold_text(other):
        assert not holds(equals_test, value, other)


@pytest.mark.parametrize(
    ("value", "needle"),
    [
        ("Straße", "strasse"),
        ("STRASSE", "straße"),
        ("Æsop", "aesop"),
        ("Þórr", "thorr"),
        ("Œuvre", "oeuv"),
        ("ﬁne", "fine"),
        ("massaß", "massass"),
        ("ＡＢＣ", "abc"),
        ("naïve–ish", "naive-ish"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
    ],
)
def test_letters_that_are_written_as_two(value: str, needle: str) -> None:
    assert holds(contains_test, value, needle)


@pytest.mark.parametrize(
    ("value", "needle"), [("as", "ss"), ("ba", "bae"), ("abc", "a*c"), ("abc", "[a]"), (None, "a"), ("", "a")]
)
def test_what_is_not_there_is_not_found(value: str | None, needle: str) -> None:
    assert not holds(contains_test, value, needle)


def test_a_very_long_text_is_still_looked_for() -> None:
    needle = "ab" * 5000
    assert holds(contains_test, f"x{needle.upper()}y", needle)
    assert not holds(contains_test, "x" * 20000, needle)
    assert holds(equals_test, "ä" * 30000, "ä" * 30000)
    assert not holds(equals_test, "ä", "ä" * 30000)
