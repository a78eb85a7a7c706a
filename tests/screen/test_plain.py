"""The formats of pipes and files: TSV, CSV, JSON, ids, lines, Markdown."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from screen.shown import (
    ADA,
    BOARD,
    CARD,
    COLUMNS,
    EVIL,
    HOSTILE,
    HOSTILE_SHOWN,
    LEADS,
    LINUS,
    NOTE,
    Stream,
    column,
    report,
    seen,
)

from leadcli.errors import Failed, Refused, Usage
from leadcli.model.kinds import Record
from leadcli.model.results import PlainText, Table
from leadcli.screen import Output, output, say_error, show_value


def test_a_pipe_gets_raw_values_between_tabs_and_no_word_more() -> None:
    out, err, code = seen(LEADS)
    lines = out.splitlines()
    assert lines[0] == "12\tAda Lovelace\tAnalytical Engines\t12500.00\tNew\tann\t2026-11-27T09:00:00Z\t3\tada@acme.com"
    assert lines[3] == f"14\t{HOSTILE_SHOWN}\ttab here and newline\t\tNew\t\t\t3\t"
    assert (len(lines), err, code) == (4, "", 0)
    assert seen(LEADS, header=True).out.startswith("id\tname\tcompany\tvalue\t")


def test_csv_is_exact() -> None:
    rows = list(csv.reader(io.StringIO(seen(LEADS, format="csv").out, newline="")))
    assert rows[0] == [each.name for each in COLUMNS]
    assert rows[4][1:3] == [HOSTILE, "tab\there\nand newline"]
    assert "\x1b" not in seen(LEADS, format="csv", terminal=True).out


def test_csv_for_spreadsheets() -> None:
    table = Table([column("name"), column("value")], [{"name": "=1+1", "value": -500, "currency": "EUR"}])
    assert seen(table, format="csv").out == "name,value\n'=1+1,-5.00\n"
    assert seen(table, format="csv", raw=True).out == "name,value\n=1+1,-5.00\n"
    assert seen(table, format="csv", excel=True).out == "\ufeffname,value\r\n'=1+1,-5.00\r\n"
    assert seen(table).out == "=1+1\t-5.00\n"


def test_json_is_complete_compact_in_a_pipe_and_the_same_on_a_terminal() -> None:
    piped, shown = seen(LEADS, format="json").out, seen(LEADS, format="json", terminal=True).out
    assert json.loads(piped) == json.loads(shown)
    assert json.loads(piped)[0] == {**{each.name: ADA[each.name] for each in COLUMNS}, "value": 12500.0}
    assert json.loads(piped)[3]["name"] == HOSTILE
    assert piped.count("\n") == 1
    assert shown.startswith('[\n  {\n    "id": 12,')
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
    assert seen(LEADS._replace(rows=[]), format="json").out == "[]\n"
    assert seen(LEADS, format="json", encoding="ascii").out.isascii()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_report_is_an_object_with_rows_and_totals(terminal: bool) -> None:
    found = json.loads(seen(report(), format="json", terminal=terminal).out)
    assert list(found) == ["report", "currency", "rows", "totals"]
    assert found["rows"][0] == {"status": "new", "count": 42, "value": 86300.0}
    assert found["totals"] == {"count": 63, "value": 176400.0}


def test_json_lines_ids_and_count() -> None:
    assert [json.loads(line)["id"] for line in seen(LEADS, format="jsonl").out.splitlines()] == [12, 3, 15, 14]
    assert seen(LEADS, format="ids").out == "12\n3\n15\n14\n"
    assert seen(LEADS, format="count").out == "4\n"


def test_markdown_shows_what_was_typed() -> None:
    out = seen(Table([column("id"), column("name")], [{"id": 1, "name": "a|b <img> *x*\nc"}]), format="md").out
    assert out == "| id | name |\n| --: | --- |\n| 1 | a\\|b \\<img\\> \\*x\\*<br>c |\n"
    assert "| **total** | **63** |" in seen(report(), format="md").out


def test_a_line_template() -> None:
    assert (
        seen(LEADS._replace(rows=[ADA]), line="{{ name }}\t{{ value }} {{ owner }}").out
        == "Ada Lovelace\t12500.00 ann\n"
    )
    assert seen(LEADS._replace(rows=[LINUS, EVIL]), line="{{ email }}{{ name }}").out == f"Linus T.\n{HOSTILE_SHOWN}\n"
    for template, says in (
        ("{{ nmae }}", "unknown field 'nmae'. Did you mean 'name'?"),
        ("{{ name", "--line '{{ name': unexpected end of template"),
        ("{{ name.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
    ):
        with pytest.raises(Usage) as caught:
            seen(LEADS, line=template)
        assert says in caught.value.message


def test_a_card_and_a_board_in_a_pipe() -> None:
    assert "value\t12500.00\n" in seen(CARD).out
    assert "activity\t2026-11-20\tleft voicemail\n" in seen(CARD).out
    assert json.loads(seen(CARD, format="json").out)["history"] == []
    assert [each["id"] for each in json.loads(seen([CARD, CARD], format="json").out)] == [12, 12]
    assert json.loads(seen(CARD, format="json", fields=["value", "id"]).out) == {"value": 12500.0, "id": 12}
    assert seen(CARD, format="csv").out.startswith("id,name,company,emails,value")
    assert seen(BOARD).out.splitlines()[0].startswith("New\t12\tAda Lovelace\tAnalytical Engines\t12500.00")
    lanes = json.loads(seen(BOARD, format="json").out)["columns"]
    assert [(lane["name"], lane["count"], lane["value"]) for lane in lanes] == [
        ("New", 40, 15300.0), ("Contacted", 1, 100000.0), ("Qualified", 1, None), ("Lost", 0, 0.0),
    ]  # fmt: skip
    assert lanes[2]["by_currency"] == {"EUR": 22000.0, "USD": 1.0}
    assert lanes[0]["leads"][0]["name"] == "Ada Lovelace"
    assert seen(BOARD, format="count").out == "42\n"


def test_what_a_writing_command_says() -> None:
    assert seen(NOTE) == ("12\n", "Warning: no region for the phone\nAdded lead 12: Ada.\n", 0)
    assert seen(NOTE, quiet=True) == ("12\n", "Warning: no region for the phone\n", 0)
    assert seen(NOTE, terminal=True).out == "Added lead 12: Ada.\n"
    assert seen(NOTE, terminal=True, quiet=True).out == ""
    assert json.loads(seen(NOTE, format="json").out)[0]["id"] == 12
    assert json.loads(seen(NOTE._replace(json={"operation": 61}), format="json").out) == {"operation": 61}
    assert seen(NOTE._replace(records=None), format="json").out == "[]\n"
    assert seen(NOTE._replace(code=4)).code == 4


def test_nothing_found() -> None:
    empty = LEADS._replace(rows=[])
    assert seen(empty) == ("", "", 0)
    assert seen(empty, terminal=True) == ("", "No leads yet. Add one: leadcli add NAME\n", 0)
    assert seen(empty, fail_empty=True).code == 3
    assert seen(LEADS, fail_empty=True).code == 0


def test_ready_text_is_exact_in_a_pipe_and_safe_on_a_terminal() -> None:
    assert seen(PlainText("a\x1b\n\tb\n")).out == "a\x1b\n\tb\n"
    assert seen(PlainText("a\x1b\n\tb"), terminal=True).out == "a^[\n\tb\n"


STARTS = {"csv": "id,name", "tsv": "12\t", "json": "[{", "txt": "ID ", "md": "| id"}


@pytest.mark.parametrize(("suffix", "start"), STARTS.items())
def test_a_file_gets_the_format_of_its_name(tmp_path: Path, suffix: str, start: str) -> None:
    path = tmp_path / f"out.{suffix}"
    assert seen(LEADS, file=str(path), terminal=True).out == ""
    assert path.read_text("utf-8").startswith(start)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("old")

    def rows() -> Iterator[Record]:
        yield ADA
        raise OSError(28, "No space left on device")

    with pytest.raises(Failed, match=r"cannot write .*leads.csv: No space left on device"):
        seen(Table(COLUMNS, rows()), file=str(path))
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["leads.csv"])
    with pytest.raises(Failed, match="cannot write"):
        seen(LEADS, file=str(tmp_path / "no" / "x.csv"))
    with pytest.raises(Usage, match=r"cannot tell the format from the name 'x.doc'"):
        seen(LEADS, file="x.doc")
    with pytest.raises(Usage, match=r"unknown format 'jsn'. Did you mean 'json'"):
        seen(LEADS, format="jsn")


def test_nothing_is_written_before_the_last_row_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "HELD", 1000)
    out = Stream()

    def rows() -> Iterator[Record]:
        for number in range(9000):
            assert out.text == ""
            yield {"id": number, "name": "Zoë"}

    show_value(Table([column("id"), column("name")], rows()), Output(out=out))
    assert out.text.splitlines()[8999] == "8999\tZoë"


def test_a_stream_that_cannot_say_a_letter_is_no_error() -> None:
    assert seen(LEADS._replace(rows=[{**ADA, "name": "Zoë"}]), encoding="ascii").out.startswith("12\tZo\\xeb\t")


def test_errors() -> None:
    err = Stream()
    assert say_error(Refused("lead 12 \x1b[31m has it.", hint="use --force"), Output(err=err)) == 5
    assert err.text == "Error: lead 12 ^[[31m has it.\nHint:  use --force\n"
    err = Stream()
    say_error(Refused("no", hint="yes"), Output(err=err, format="json"))
    assert json.loads(err.text) == {"error": {"code": 5, "kind": "refused", "message": "no", "hint": "yes"}}
