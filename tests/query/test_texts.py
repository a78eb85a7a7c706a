"""How SQL finds text: any case, with or without accents, whatever signs are in it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime

import pytest
from desk import Desk
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


SCRIPTS = (
    "मात्र",
    "मित्र",
    "中文公司",
    "東京カメラ",
    "โรงเรียน",
    "โรงแรม",
    "น้ำ",
    "삼성전자",
    "நன்றி",
    "C++ Club",
    "Carl C",
    "C# Ltd",
    "Notepad++",
)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("मात्र", ["मात्र"]), ("मित्र", ["मित्र"]), ("मि", ["मित्र"]), ("公司", ["中文公司"]), ("文公", ["中文公司"]),
        ("カメラ", ["東京カメラ"]), ("เรียน", ["โรงเรียน"]), ("โรง", ["โรงเรียน", "โรงแรม"]), ("น้ำ", ["น้ำ"]),
        ("전자", ["삼성전자"]), ("நன்", ["நன்றி"]), ("c++", ["C++ Club"]), ("C#", ["C# Ltd"]),
        ("notepad++", ["Notepad++"]), ("c", ["C# Ltd", "C++ Club", "Carl C"]), ("公司 文", ["中文公司"]), ("公文", []),
    ],
)  # fmt: skip
def test_free_text_knows_every_script_as_a_reader_does(word: str, names: list[str], desk: Desk) -> None:
    desk.file("in.csv", "\n".join(["name", *SCRIPTS]))
    desk.ok("import", "in.csv")
    assert desk.ok("list", word, "--fields", "name", "--sort", "name").splitlines() == names


@pytest.mark.parametrize(
    "words",
    [("--company", "中文公司"), ("--tag", "中文公司"), ("--description", "von 中文公司"),
     ("--note", "中文公司 rief an"), ("--first-name", "中文公司")],
)  # fmt: skip
def test_a_run_of_one_script_is_found_wherever_a_lead_is_searched(words: tuple[str, str], desk: Desk) -> None:
    desk.ok("add", "Ada", *words)
    desk.ok("add", "Bob", "--source-detail", "中文公司")
    assert desk.ok("list", "公司", "--fields", "name") == "Ada"


@pytest.mark.parametrize(
    "address", ["user@xn--mnchen-3ya.de", "user@XN--MNCHEN-3YA.DE", "user@münchen.de", "User@MÜNCHEN.de"]
)
@pytest.mark.parametrize("words", ["email:{}", "email={}", "{}"])
def test_an_address_is_found_in_both_spellings_of_its_domain(words: str, address: str, desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "user@münchen.de")
    desk.ok("add", "Bob", "--email", "other@münchen.de")
    assert desk.ok("list", words.format(address), "--fields", "name") == "Ada"
