"""What a terminal shows: tables, cards, boards and charts at every width, and plain mode."""

from __future__ import annotations

import re
import sys
from typing import Any

import pexpect
import pytest
from rich.cells import cell_len
from screen.shown import ADA, BOARD, CARD, COLUMNS, HOSTILE_SHOWN, LEADS, LINUS, NOTE, column, report, seen

from leadcli.model.kinds import EMAIL, PHONE, URL, Kind
from leadcli.model.kinds.many import EMAILS, PHONES
from leadcli.model.results import Board, Card, Table
from leadcli.screen.terminal.charts import text_bar, text_sparkline
from leadcli.screen.terminal.table import cell_link, narrow_cells

EVERYTHING = {
    "list": LEADS,
    "groups": LEADS._replace(group="status"),
    "card": CARD,
    "board": BOARD,
    **{shape: report(shape) for shape in ("bars", "funnel", "trend", "months")},
}


@pytest.mark.parametrize("width", [20, 40, 50, 80, 120, 200])
@pytest.mark.parametrize("name", EVERYTHING)
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    out = seen(EVERYTHING[name], terminal=True, width=width).out
    assert [line for line in out.splitlines() if cell_len(line) > width] == []
    assert not {"\x1b", "\u202e", "\x9b"} & set(out)


def test_a_wide_table() -> None:
    out, err, _ = seen(LEADS, terminal=True, width=120)
    lines = out.splitlines()
    assert lines[0].split() == ["ID", "NAME", "COMPANY", "VALUE", "STATUS", "OWNER", "DUE", "AGE", "EMAIL"]
    assert set(lines[1]) == {"─"}
    assert "€12,500.00  New" in lines[2]
    assert "late 3d" in lines[3]
    assert lines[3].startswith(" 3  Linus T.")
    assert err == "4 of 9 open leads\n"
    assert seen(LEADS, terminal=True, quiet=True).err == ""


def test_a_narrow_table_drops_columns_but_never_id_name_and_status() -> None:
    heads = {width: seen(LEADS, terminal=True, width=width).out.splitlines()[0].split() for width in (80, 60, 50)}
    assert heads[80] == ["ID", "NAME", "COMPANY", "VALUE", "STATUS", "OWNER", "DUE"]
    assert heads[60] == ["ID", "NAME", "COMPANY", "VALUE", "STATUS"]
    assert {"ID", "NAME", "STATUS"} <= set(heads[50])


def test_below_50_columns_a_record_is_two_lines() -> None:
    lines = seen(LEADS._replace(rows=[ADA, LINUS]), terminal=True, width=40).out.splitlines()
    assert lines == [
        "12  Ada Lovelace  New", "  Analytical Engines · €12,500.00 · ann",
        "3  Linus T.  Qualified", "  Transmeta · €22,000.00 · late 3d · 21d",
    ]  # fmt: skip


def test_hostile_text_is_shown_as_it_is() -> None:
    assert HOSTILE_SHOWN in seen(LEADS, format="table").out
    assert HOSTILE_SHOWN in seen(CARD, terminal=True).out
    assert "tab here and newline" in seen(LEADS, format="table").out


def test_a_table_in_a_file_is_never_cut() -> None:
    assert "株式会社日本製鋼所ホールディングス東京本社" in seen(LEADS, format="table").out
    assert "\x1b" not in seen(LEADS, format="table", color="auto").out


def test_only_ascii_shapes_when_asked_or_when_the_stream_knows_no_others() -> None:
    table, wide = LEADS._replace(rows=[LINUS]), {"terminal": True, "width": 120, "encoding": "ascii"}
    for out in (seen(table, **wide).out, seen(BOARD, **wide).out):
        assert out.isascii()
        assert "----" in out
    assert seen(report(), terminal=True, encoding="ascii").out.splitlines()[1].endswith("#" * 30)


def test_colour_and_links_only_when_wanted() -> None:
    coloured = seen(LEADS, terminal=True, width=120, color="always").out
    assert "\x1b[31mlate 3d" in coloured
    assert "mailto:ada@acme.com" in coloured
    assert "\x1b" not in seen(LEADS, terminal=True, width=120, color="never").out


@pytest.mark.parametrize(
    ("kind", "value", "target"),
    [
        (EMAIL, "ada@acme.com", "mailto:ada@acme.com"),
        (EMAIL, "a\x1b@b", ""),
        (PHONE, "+44 (20) 79", "tel:+442079"),
        (URL, "acme.com", "https://acme.com"),
        (URL, "javascript:alert(1)", ""),
        (URL, "http://x/\x07", ""),
        (EMAILS, [{"value": "a@b.c", "label": None}], "mailto:a@b.c"),
        (PHONES, [{"value": "020", "e164": "+4420", "label": None}], "tel:+4420"),
        (Kind(), "acme.com", ""),
    ],
)
def test_links(kind: Kind, value: object, target: str) -> None:
    assert cell_link(kind, value) == target


def test_a_card() -> None:
    lines = seen(CARD, terminal=True, width=100).out.splitlines()
    assert lines[0] == "Lead 12  Ada Lovelace" + " " * 49 + "new · high"
    assert lines[1].split("  ")[1] == "Company"
    assert "€12,500.00" in lines[1]
    assert lines[-2:] == ["Activity", "  2026-11-20  left voicemail"]
    narrow = seen(CARD, terminal=True, width=40).out
    assert "  Value    €12,500.00\n" in narrow
    assert seen([CARD, CARD], terminal=True).out.count("Lead 12") == 2


def test_a_long_note_on_a_card_is_wrapped_not_cut() -> None:
    words = " ".join(f"word{number}" for number in range(60))
    card = Card("Lead 1", "", [("", [column("description")])], {"description": words}, [column("description")])
    assert seen(card, terminal=True, width=40).out.split()[-60:] == words.split()


def test_a_board_side_by_side_and_stacked() -> None:
    wide = seen(BOARD, terminal=True, width=120).out
    assert "New (40)" in wide.splitlines()[0]
    assert "Lost (0)" in wide.splitlines()[0]
    assert "€22k · late 3d" in wide
    assert "+ 38 more: leadcli list status:new" in wide
    narrow = seen(BOARD, terminal=True, width=60).out
    assert [line for line in narrow.splitlines() if not line.startswith(" ")] == [
        "New (40) €15.3k", "Contacted (1) ¥100k", "Qualified (1) €22k + $1", "Lost (0)",
    ]  # fmt: skip
    assert "     Analytical Engines · €12.5k · 3d" in narrow.splitlines()
    assert seen(Board("", "status", [], COLUMNS), terminal=True).code == 0


def test_charts() -> None:
    lines = seen(report(), terminal=True).out.splitlines()
    assert lines[1] == " new        42   €86,300.00  " + "█" * 40
    assert lines[2] == " contacted  21   €90,100.00  " + "█" * 20
    assert lines[3] == " lost        0        €0.00"
    assert lines[4].split() == ["total", "63", "€176,400.00"]
    assert "█" not in seen(report(), terminal=True, format="table").out
    assert seen(report("trend"), terminal=True).out.splitlines()[1] == " █▅▁"


def test_bars_and_sparklines() -> None:
    assert text_bar(0.5, 10) == "█████"
    assert text_bar(0.55, 10) == "█████▌"
    assert text_bar(0.0001, 10) == "▏"
    assert text_bar(0, 10) == ""
    assert text_bar(0.55, 10, ascii_only=True) == "######"
    assert text_sparkline([0, 4, 8]) == "▁▅█"
    assert text_sparkline([0, 0]) == "▁▁"
    assert text_sparkline([]) == ""


def test_the_widest_columns_give_way() -> None:
    assert narrow_cells([2, 30, 10, 40], 52) == [2, 20, 10, 20]
    assert narrow_cells([5, 5], 40) == [5, 5]
    assert narrow_cells([30, 30], 1) == [1, 1]


def test_plain_mode_speaks() -> None:
    rows = [{**ADA, "company": None, "owner": None, "age": None, "email": None}]
    assert (
        seen(LEADS._replace(rows=rows), terminal=True, plain=True).out
        == "12, Ada Lovelace, 12500 euro, New, due 2026-11-27 09:00\n"
    )
    for value in EVERYTHING.values():
        out = seen(value, terminal=True, plain=True, color="auto").out
        assert not {"─", "█", "▁", "\x1b"} & set(out)
    assert "value: 12500 euro\n" in seen(CARD, terminal=True, plain=True).out
    assert "Contacted: 1, 100000 yen\n" in seen(BOARD, terminal=True, plain=True).out
    assert seen(NOTE, terminal=True, plain=True).out == "Added lead 12: Ada.\n"


LONG_LIST = """
import sys; sys.path.insert(0, sys.argv[1])
from screen.shown import LEADS, LOOK, ADA
from leadcli.screen import Output, show_value
show_value(LEADS._replace(rows=[ADA] * 100), Output(look=LOOK, no_pager="--no-pager" in sys.argv))
"""


@pytest.mark.parametrize(
    ("environment", "options", "paged"),
    [
        ({"PAGER": "sh -c 'wc -l; echo paged'"}, [], True),
        ({"LEADCLI_PAGER": "sh -c 'wc -l; echo paged'", "PAGER": "false"}, [], True),
        ({"PAGER": "sh -c 'wc -l; echo paged'"}, ["--no-pager"], False),
        ({"PAGER": "no-such-pager"}, [], False),
        ({"PAGER": "sh -c 'exit 0'"}, [], None),
    ],
)
def test_a_real_terminal_and_its_pager(
    repository: object, environment: dict[str, str], options: list[str], paged: bool | None
) -> None:
    argv = ["-c", LONG_LIST, f"{repository}/tests", *options]
    env = {"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "PYTHONPATH": str(repository), **environment}
    child = pexpect.spawn(sys.executable, argv, env=env, dimensions=(24, 100), encoding="utf-8", timeout=30)
    out = child.read()
    child.close()
    assert child.exitstatus == 0
    assert "Traceback" not in out
    assert "4 of 9 open leads" in out
    assert ("paged" in out) == bool(paged)
    assert out.count("Ada Lovelace") == (100 if paged is False else 0)


def test_a_terminal_without_a_size_is_not_paged(repository: object) -> None:
    env = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PYTHONPATH": str(repository), "PAGER": "sh -c 'cat; echo paged'"}
    argv = ["-c", LONG_LIST, f"{repository}/tests"]
    out = pexpect.spawn(sys.executable, argv, env=env, dimensions=(0, 0), encoding="utf-8", timeout=30).read()
    assert out.count("Ada Lovelace") == 100
    assert "paged" not in out


def test_a_table_that_fits_needs_no_pager() -> None:
    assert seen(Table(COLUMNS, [ADA]), terminal=True).out.count("\n") == 3


@pytest.mark.parametrize(
    ("value", "style"), [(LEADS, "late"), (CARD, "heading"), (report(), "bar"), (BOARD, "heading")]
)
def test_a_theme_changes_the_colours_and_nothing_else(value: Any, style: str) -> None:
    looks = {
        theme: seen(value, terminal=True, width=120, color="always", theme=theme).out
        for theme in ("auto", "dark", "light")
    }
    assert len(set(looks.values())) == 3, style
    bare = seen(value, terminal=True, width=120, color="never").out
    for out in looks.values():
        text = re.sub(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", out)
        assert [line.rstrip() for line in text.split("\n")] == bare.split("\n")


@pytest.mark.parametrize("theme", ["auto", "dark", "light"])
def test_no_theme_beats_no_color(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    out = seen(LEADS, terminal=True, width=120, color="auto", theme=theme).out
    assert not re.search(r"\x1b\[[\d;]*(?:3[0-7]|9[0-7])m", out)
