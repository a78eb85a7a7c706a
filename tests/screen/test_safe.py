"""Nothing a user typed or imported is alive on a terminal."""

from __future__ import annotations

import json
import re
import sys
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.screen.safe import _FILLERS, _UNSAFE, escape_text, make_safe

ANY = st.text(st.characters() | st.sampled_from("\x1b\x9b\u202e\u200d\u200b\ud800"), max_size=20)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë O'Brien 山田 👍🏽", "Zoë O'Brien 山田 👍🏽"),
        ("\x1b]52;c;Zm9v\x07", "^[]52;c;Zm9v^G"),
        ("\x9b31m", "M-^[31m"),
        ("a\x7fb", "a^?b"),
        ("a\tb\nc", "a b c"),
        ("\u202eevil\u2066", "<U+202E>evil<U+2066>"),
        ("pay\u200bpal\ufeff", "pay<U+200B>pal<U+FEFF>"),
        ("👩\u200d👩\u200d👧 نمی\u200cخواهم", "👩\u200d👩\u200d👧 نمی\u200cخواهم"),
        ("\u200dx 1\u200d2", "<U+200D>x 1<U+200D>2"),
        ("\udc80", "<U+DC80>"),
        ("\U000e0041", "<U+E0041>"),
    ],
)
def test_what_is_seen(text: str, shown: str) -> None:
    assert make_safe(text) == shown


def test_what_python_takes_for_printable_is_harmless_but_for_the_fillers() -> None:
    unsafe = re.compile(_UNSAFE)
    letters = map(chr, range(sys.maxunicode + 1))
    assert {letter for letter in letters if letter.isprintable() and unsafe.match(letter)} == _FILLERS
    assert [make_safe(f"a{letter}é") for letter in sorted(_FILLERS)] == [
        f"a<U+{ord(letter):04X}>é" for letter in sorted(_FILLERS)
    ]


def test_lines_keep_their_newlines_and_tabs() -> None:
    assert make_safe("a\n\tb\r\x1b", lines=True) == "a\n\tb ^["


@given(ANY)
def test_nothing_is_left_that_acts(text: str) -> None:
    shown = make_safe(text)
    assert not [letter for letter in shown if category(letter) in ("Cc", "Cs", "Zl", "Zp")]
    assert not re.search("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", shown)
    assert make_safe(shown) == shown


@given(ANY)
def test_escaped_json_has_the_same_value_and_nothing_that_acts(text: str) -> None:
    shown = escape_text(json.dumps([text], ensure_ascii=False))
    assert json.loads(shown) == [text]
    assert not [letter for letter in shown if category(letter) in ("Cc", "Cs")]
