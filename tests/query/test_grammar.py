"""The syntax of filters: what the command line is joined to, what the text is parsed to, where the caret points."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.errors import Usage
from leadcli.query import join_words
from leadcli.query.grammar import All, Either, Ids, Not, Term, Value, View, Word, parse_ids, read_query


def term(field: str, operator: str, text: str, *parts: str, quoted: bool = False, typed: str = "") -> Term:
    return Term(field, operator, Value(text, parts or (text,), quoted), typed or f"{field}{operator}{text}")


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["status:new", "owner:me"], "status:new owner:me"),
        (["name:Ada Lovelace"], 'name:"Ada Lovelace"'),
        (["Ada Lovelace"], '"Ada Lovelace"'),
        (["Ada", "Lovelace"], "Ada Lovelace"),
        (["status:In Process,New"], 'status:"In Process,New"'),
        (['name:"Ada Lovelace" is:open'], 'name:"Ada Lovelace" is:open'),
        (["status:new owner:me"], "status:new owner:me"),
        (["status:new or status:lost"], "status:new or status:lost"),
        (["not tag:spam"], "not tag:spam"),
        (["(status:new or", "status:lost)"], "(status:new or status:lost)"),
        (["@hot owner:me"], "@hot owner:me"),
        (["is:open @hot"], "is:open @hot"),
        (["company:Smith and Sons"], 'company:"Smith and Sons"'),
        (["note:Re: offer"], 'note:"Re: offer"'),
        (["company:Nordor Oslo"], 'company:"Nordor Oslo"'),
        (["name:a\\b c"], 'name:"a\\\\b c"'),
        (["value>5000"], "value>5000"),
        (["name:O'Brien"], "name:O'Brien"),
        (["value:500 JPY"], 'value:"500 JPY"'),
        (["last contact"], '"last contact"'),
        (["12,14", "20-25"], "12,14 20-25"),
        ([" ", "", "ada"], "ada"),
        (["name:Ada\tLovelace"], 'name:"Ada\tLovelace"'),
    ],
)
def test_the_command_line_gets_its_quotes_back_once(argv: list[str], text: str) -> None:
    assert join_words(argv) == text


@given(st.text(alphabet='ab \\"():=@', min_size=1))
def test_a_phrase_of_the_command_line_is_one_word_or_an_expression(element: str) -> None:
    text = join_words([element])
    if text.startswith('"') and not any(sign in element for sign in '"()@'):
        assert read_query(text) == Word(element.strip(), quoted=True)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", All()),
        ("ada", Word("ada")),
        ('"Ada Lovelace"', Word("Ada Lovelace", quoted=True)),
        ("status:new", term("status", ":", "new")),
        ("status:new,lost", term("status", ":", "new,lost", "new", "lost")),
        ("value>=5000", term("value", ">=", "5000")),
        ("company!=Acme", term("company", "!=", "Acme")),
        ("note~a=b", term("note", "~", "a=b")),
        ("company:", Term("company", ":", Value("", (), quoted=False), "company:")),
        ('name:"a (b)"', term("name", ":", "a (b)", quoted=True, typed='name:"a (b)"')),
        (r'name:"a \"b\" \\ c\d"', term("name", ":", r'a "b" \ c\d', quoted=True, typed=r'name:"a \"b\" \\ c\d"')),
        ('tag:"a b",c', term("tag", ":", "a b,c", "a b", "c", quoted=True, typed='tag:"a b",c')),
        (
            'due:"last week".."next week"',
            term("due", ":", "last week..next week", quoted=True, typed='due:"last week".."next week"'),
        ),
        ("phone:(020)7946", term("phone", ":", "(020)7946")),
        ('name:5"', term("name", ":", '5"')),
        ("name:O'Brien", term("name", ":", "O'Brien")),
        ("12", Ids((range(12, 13),))),
        ("#12", Ids((range(12, 13),))),
        ("12,14,20-25", Ids((range(12, 13), range(14, 15), range(20, 26)))),
        ("442079460000", Word("442079460000")),
        ("2026-11-22", Word("2026-11-22")),
        ("@hot", View("hot")),
        ("@acme.com", Word("@acme.com")),
        ("a b", All((Word("a"), Word("b")))),
        ("a and b", All((Word("a"), Word("b")))),
        ("a b or c", Either((All((Word("a"), Word("b"))), Word("c")))),
        ("not a b", All((Not(Word("a")), Word("b")))),
        ("not(a or b)", Not(Either((Word("a"), Word("b"))))),
        ("(a or b)c", All((Either((Word("a"), Word("b"))), Word("c")))),
        ("a OR NOT b", Either((Word("a"), Not(Word("b"))))),
        ("Or", Word("Or")),
        ("order", Word("order")),
        ('"or"', Word("or", quoted=True)),
    ],
)
def test_trees(text: str, tree: object) -> None:
    assert read_query(text) == tree


def test_letters_before_ids_are_those_of_the_records() -> None:
    assert parse_ids("A4,a6-A7", "A") == (range(4, 5), range(6, 8))
    assert parse_ids("4", "A") == (range(4, 5),)
    assert parse_ids("A4") is None
    assert read_query("A4") == Word("A4")


CARETS = {
    "(status:new or": ("filter ends too early", 13, "expected a term such as status:new, a word, not, or ("),
    "not": ("filter ends too early", 2, "expected a term such as status:new, a word, not, or ("),
    "a )": ("a parenthesis closes what was never opened", 2, "expected nothing, or ( further left"),
    "()": ("')' stands in the wrong place", 1, "expected a term such as status:new, a word, not, or ("),
    "or a": ("'or' stands in the wrong place", 0, "expected a term such as status:new, a word, not, or ("),
    "a (b": ("a parenthesis is not closed", 2, "expected ) further on"),
    'is:open name:"ada': ("the quote is not closed", 13, 'expected another " further on'),
    "name:(ada": ("a parenthesis inside a value is not closed", 5, 'expected ) or quotes: name:"a (b"'),
    "a -tag:x": ("a term cannot be negated with a sign", 2, "write not tag:..."),
    "a !tag:x": ("a term cannot be negated with a sign", 2, "write not tag:..."),
    "value > 5": ("'>' has no field before it", 6, "write it without spaces, such as value:5000.. or 'value>5000'"),
    "東京 or": ("filter ends too early", 6, "expected a term such as status:new, a word, not, or ("),
    "a\tor": ("filter ends too early", 3, "expected a term such as status:new, a word, not, or ("),
}


@pytest.mark.parametrize("text", CARETS)
def test_errors_point_at_their_column(text: str) -> None:
    said, width, expected = CARETS[text]
    with pytest.raises(Usage) as caught:
        read_query(text)
    shown = text.replace("\t", " ")
    assert caught.value.message == f"{said}:\n         {shown}\n         {' ' * width}^ {expected}"


def test_a_long_text_is_cut_around_the_caret() -> None:
    with pytest.raises(Usage) as caught:
        read_query("word " * 100 + ") " + "word " * 100)
    first, shown, caret = caught.value.message.split("\n")
    assert first == "a parenthesis closes what was never opened:"
    assert shown[caret.index("^")] == ")"
    assert len(shown) < 120


@pytest.mark.parametrize("text", ["(" * 30 + "a" + ")" * 30, "not " * 30 + "a"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(Usage, match="nested more than 20 deep"):
        read_query(text)


def test_ids_that_run_backwards_are_refused() -> None:
    with pytest.raises(Usage, match="the ids '25-20' run backwards") as caught:
        read_query("25-20")
    assert caught.value.hint == "write 20-25; a day is written created:2026-11-22."


@given(st.text())
def test_any_text_is_a_tree_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(Usage):
        assert isinstance(read_query(text), Term | Word | Ids | View | Not | All | Either)
