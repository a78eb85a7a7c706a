"""What a seller sees on a terminal: whole addresses and amounts, colours that say what words say, ages, help."""

from __future__ import annotations

import re
import sys

import pexpect
import pytest
from desk import Desk
from screen.shown import ADA, LEADS, LINUS, LOOK, column, lead, seen

from leadcli.commands.help import fit_topic
from leadcli.model.kinds import MONEY, TEXT, ChoiceOption
from leadcli.model.results import Board, Column, Lane, Table
from leadcli.screen.terminal.console import cut_text

LONG_EMAIL = "ada.lovelace.the.first.programmer@analytical-engines.example.com"
OPTIONS = {
    "status": [
        ChoiceOption("status", "new", "New", state="open"),
        ChoiceOption("status", "qualified", "Qualified", colour="magenta", state="open"),
        ChoiceOption("status", "lost", "Lost", state="lost"),
    ]
}
COLOURED = LOOK._replace(options=lambda vocabulary: OPTIONS.get(vocabulary, []))


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--email", LONG_EMAIL, "--priority", "urgent", "--value", "12500 USD")
    desk.ok("task", "add", "1", "call", "--due", "-3d")
    return desk


def coloured(desk: Desk, *words: str, width: int = 100) -> str:
    """What a terminal with colours gets."""
    env = {**desk.env, "TERM": "xterm-256color", "LEADCLI_PAGER": "cat"}
    child = pexpect.spawn(sys.executable, ["-m", "leadcli", *words], env=env, dimensions=(60, width), encoding="utf-8")
    return str(child.read())


def test_a_status_has_the_colour_of_the_desk_or_of_its_state() -> None:
    rows = [ADA, LINUS, lead(5, "Bob", status="Lost"), lead(6, "Eve", status="Elsewhere")]
    out = seen(LEADS._replace(rows=rows), terminal=True, color="always", look=COLOURED).out
    assert "\x1b[36mNew" in out
    assert "\x1b[35mQualified" in out
    assert "\x1b[31mLost" in out
    assert " Elsewhere" in out
    plain = seen(LEADS._replace(rows=rows), terminal=True, look=COLOURED).out
    bare = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_status_and_priority_are_coloured_in_list_card_and_board(ada: Desk) -> None:
    assert "\x1b[36mNew" in coloured(ada, "list")
    card = coloured(ada, "show", "1")
    assert "\x1b[36mNew" in card
    assert "\x1b[31mUrgent" in card
    assert re.search(r"\x1b\[(1;)?36m?;?m?New", coloured(ada, "board", width=120))
    assert "\x1b[3" not in coloured(ada, "list", "--color", "never")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_an_e_mail_in_a_list_is_whole_where_the_screen_has_room(width: int) -> None:
    email = LONG_EMAIL[-width * 2 // 3 + 2 :]
    names = ("id", "name", "company", "email")
    ada = lead(1, "Ada Lovelace of a long name", company="Analytical Engines Ltd", email=email)
    table = Table([column(name) for name in names], [ada])
    assert email in seen(table, terminal=True, width=width, fields=names).out
    unasked = seen(table, terminal=True, width=width).out
    assert email in unasked or "@" not in unasked


def test_an_address_wider_than_the_screen_has_no_line_break_inside(ada: Desk) -> None:
    for width in (40, 80):
        shown = ada.terminal(width, "show", "1")
        assert LONG_EMAIL in shown
    table = Table([column("id"), column("name"), column("email")], [lead(1, "Ada", email=LONG_EMAIL)])
    assert LONG_EMAIL in seen(table, terminal=True, width=40).out


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("€1.2M + 2.6M SEK + 5 more currencies", 14, "€1.2M + 2.6M…"),
        ("€1.2M + 2.6M SEK + 5 more currencies", 10, "€1.2M +…"),
        ("Pipeline, 201 leads, €12,500.00", 26, "Pipeline, 201 leads,…"),
        ("Analytical Engines", 12, "Analytical…"),
        ("Analytical Engines", 14, "Analytical En…"),
        ("€12,500.00", 6, "€12,5…"),
    ],
)
def test_a_text_is_not_cut_inside_a_number(text: str, width: int, shown: str) -> None:
    assert cut_text(text, width) == shown


@pytest.mark.parametrize("width", [30, 36, 40, 44])
def test_a_narrow_list_shows_an_amount_whole_or_not_at_all(width: int) -> None:
    out = seen(LEADS._replace(rows=[ADA, LINUS]), terminal=True, width=width).out
    assert re.findall(r"€[\d,.]+", out) in (["€12,500.00", "€22,000.00"], ["€22,000.00"], ["€12,500.00"], [])


def test_the_footer_is_wrapped_between_words(desk: Desk) -> None:
    for code in ("EUR", "USD", "GBP", "SEK", "AUD", "CAD"):
        desk.ok("add", f"Lead {code}", "--value", f"123456.78 {code}")
    for line in desk.terminal(50, "list").splitlines():
        assert len(line) <= 50
        assert not re.search(r"[\d,.]\d$", line) or line.endswith(("123,456.78", "1d", "0d"))


def test_the_currency_stands_with_the_amount_only() -> None:
    columns = (Column("name", "product", TEXT, 0), Column("price", "price", MONEY, 1),
               Column("currency", "currency", TEXT, 6))  # fmt: skip
    table = Table(columns, [{"name": "Pump", "price": 1250, "currency": "USD"}])
    assert "CURRENCY" not in seen(table, terminal=True).out
    assert "CURRENCY" in seen(table, terminal=True, fields=["name", "price", "currency"]).out
    assert seen(table).out == "Pump\t12.50\tUSD\n"


def test_next_says_for_how_long_and_pipes_the_moment(ada: Desk) -> None:
    ada.ok("add", "Bob", "--email", "bob@x.example")
    head, _, first, *_ = ada.terminal(120, "next").splitlines()
    assert "SINCE" in head
    assert " 3d " in first
    assert ":" not in first
    assert ada.json("next")[0]["since"].endswith("Z")


def test_the_board_says_once_how_many_are_hidden_and_cuts_no_sum() -> None:
    cards = [{**ADA, "age": 1}]
    value = [("EUR", 31370000), ("SEK", 12000000), ("USD", 8470000), ("GBP", 10000)]
    lanes = [Lane("New", 44, value, cards, "status:new"), Lane("Lost", 0, (), ())]
    board = Board("", "status", lanes, LEADS.columns)
    out = seen(board, terminal=True, width=40).out
    assert out.count("+ 43 more") == 1
    assert "+ 43 more: leadcli list status:new" in out
    assert "€313.7k + …" in out
    wide = seen(board, terminal=True, width=120).out
    assert "New (44) €313.7k + 3 currencies" in wide
    stacked = seen(board, terminal=True, width=30).out
    assert "New (44) €313.7k" in stacked


def test_help_is_wrapped_once_by_the_terminal(desk: Desk) -> None:
    shown = desk.terminal(80, "list", "-h")
    prose = re.search(r"A filter that names .*?first 50\.", shown, re.DOTALL)
    assert prose
    assert [len(line.strip()) > 50 for line in prose[0].splitlines()[:-1]] == [True] * prose[0].count("\n")
    panels = re.findall(r"─ ([A-Z][a-z ]+) ─", shown)
    assert panels == ["Arguments", "What to show", "How to show it", "On every command"]
    assert "--help" in shown.split("On every command")[1]


def test_a_topic_fits_the_terminal(desk: Desk) -> None:
    for topic in ("dates", "filter", "scripting", "environment", "exit-codes"):
        for width in (60, 80):
            shown = desk.terminal(width, "help", topic)
            assert [line for line in shown.splitlines() if len(line) > width and " " in line.strip()] == []
        assert desk.terminal(140, "help", topic).split() == desk.ok("help", topic).split()


def test_lines_that_are_no_prose_stay_lines() -> None:
    text = "Views:  leadcli filter\nDates:  leadcli help dates\n"
    assert fit_topic(text, 80) == text


def test_one_is_not_called_many(desk: Desk) -> None:
    desk.file("one.csv", "name,email\nAda,ada@x.example\n")
    assert "one.csv: 1 row, ',' separated" in desk.run("import", "one.csv", "--dry-run").both
    desk.ok("import", "one.csv")
    desk.ok("task", "add", "1", "call", "--due", "-1d")
    assert "(task to catch up on)" in desk.terminal(100, "report", "dashboard")


def test_a_sentence_is_wrapped_between_words(desk: Desk) -> None:
    desk.ok("add", "Ada Lovelace of London", "--email", LONG_EMAIL, "--company", "Analytical Engines Limited")
    shown = desk.terminal(50, "convert", "1", "--yes")
    assert LONG_EMAIL in shown
    assert [line for line in shown.splitlines() if len(line) > 50 and LONG_EMAIL not in line] == []
    assert "Warning: lead 1 has 0 of 4 BANT answers (missing:\n" in shown
    assert desk.run("undo").stderr.count("\n") == 1
