"""No CSV or TSV file of leadcli makes a spreadsheet run a cell, and an import gets every cell back as it was."""

from __future__ import annotations

import csv
import email
import io
import re
import shutil
from pathlib import Path

import pytest
from desk import Desk

from leadcli.text.csv_guard import guard_cell, unguard_cell

FORMULAS = {
    "equals": "=1+1", "plus": "+cmd|x", "minus": "-2+3+a", "at": "@SUM(A1)", "guarded already": "'=1+1",
    "twice": "''=1+1", "full width equals": "\uff1dA1", "full width plus": "\uff0bA1", "full width minus": "\uff0dA1",
    "full width at": "\uff20A1", "guarded full width": "'\uff1dA1", "in quotes": '"=1+1"',
    "phone and more": "+49 30 1;=1",
}  # fmt: skip
HARMLESS = {"word": "Ada", "apostrophe": "'tis", "quote": '"so called"', "number": "-12.5", "sign within": "a=b"}
# A spreadsheet takes these for numbers and writes other text back.
CHANGED = {"zeros": "01067", "long number": "12345678901234567890", "exponent": "1E5", "decimal exponent": "1.5e10",
           "zeros guarded already": "'007"}  # fmt: skip
NUMBERS = {
    "postcode": "10119",
    "amount": "0.5",
    "day": "2026-11-20",
    "fifteen digits": "123456789012345",
    "zero": "0",
    "house": "007 Road",
}
ACTIVE = re.compile("[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
HARMLESS_SIGN = re.compile(r"[+-]?[\d.]+|\+[\d ()./-]+")


def seeded(desk: Desk, text: str) -> None:
    """A lead, a task, a call, a customer, a rule and a template, each of which says `text`."""
    desk.ok("add", "--name", text, "--company", text, "--owner", text, "--source", text, "--tag", text,
            "--description", text, "--value", "-12.50", "--phone", "+49 30 1234567", "--email", "ada@example.com",
            "--task", text, "--due", "today")  # fmt: skip
    desk.ok("log", "1", text, "--kind", "call")
    desk.ok("add", "--name", text, "--company", text, "--email", "ada@example.com", "--force")
    desk.ok("convert", "2", "--yes")
    desk.ok("rule", "add", "follow", "--on", "added", "--set", f"company={text}")
    desk.ok("template", "add", "hello", "--subject", text, "--body", "-", stdin=text)


def live_cells(text: str, delimiter: str) -> list[str]:
    """Cells that a spreadsheet would take for formulas."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    return [cell for row in rows for cell in row if ACTIVE.match(cell) and not HARMLESS_SIGN.fullmatch(cell)]


LISTS = [
    "list --all", "filter is:any", "next", "board", "activities", "task list", "accounts", "contacts",
    "opportunities", "history", "history 1", "show 1", "dedupe --min 1", "dedupe --by email", "report sources",
    "report owners", "report dashboard", "report --by source,owner --measure count,value", "export", "field list",
    "rule list", "config", "template list",
]  # fmt: skip


@pytest.fixture(scope="module")
def seeded_homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The homes of desks that say a formula everywhere, to be copied: one desk for each formula."""
    homes = []
    for text in ("=1+1", "\uff20A1", '"=1+1"'):
        homes.append(tmp_path_factory.mktemp("seeded"))
        seeded(Desk(homes[-1]), text)
    return homes


@pytest.mark.parametrize("command", LISTS)
def test_no_list_and_no_report_writes_a_formula(command: str, seeded_homes: list[Path], desk: Desk) -> None:
    for home in seeded_homes:
        shutil.copytree(home, desk.home, dirs_exist_ok=True)
        for words, name in (("--csv", ""), ("--format tsv --header", ""), ("-o x.csv", "x.csv"), ("-o x.tsv", "x.tsv"),
                            ("--format csv -o x.txt", "x.txt")):  # fmt: skip
            if words == "--csv" and command == "export":
                words = "--format csv"
            done = desk.run(*command.split(), *words.split())
            assert done.returncode in (0, 4), done.both
            written = (desk.home / name).read_bytes().decode() if name else done.stdout
            assert written
            assert live_cells(written, "\t" if "tsv" in words else ",") == [], (command, words)


@pytest.mark.parametrize("what", FORMULAS)
def test_one_apostrophe_and_raw_leaves_it_out(what: str, desk: Desk) -> None:
    text = FORMULAS[what]
    desk.ok("add", "--name", text)
    shown = '"' + text.replace('"', '""') + '"' if '"' in text else guard_cell(text)
    for words in (["--csv"], ["--format", "csv"], ["--format", "tsv"]):
        assert desk.ok("list", "--fields", "name", *words).splitlines()[-1] == shown
    assert desk.ok("list", "--fields", "name", "--format", "tsv", "--raw") == text
    desk.ok("list", "--fields", "name", "--raw", "-o", "x.csv")
    assert list(csv.reader((desk.home / "x.csv").open(newline=""))) == [["name"], [text]]


@pytest.mark.parametrize("what", FORMULAS)
def test_a_pipe_and_json_get_the_value_itself(what: str, desk: Desk) -> None:
    text = FORMULAS[what]
    desk.ok("add", "--name", text)
    assert desk.ok("list", "--fields", "name") == text
    assert desk.json("list", "--fields", "name") == [{"name": text}]


TEXTS = FORMULAS | HARMLESS | CHANGED | NUMBERS


@pytest.mark.parametrize(("texts", "guard"), [(CHANGED, "'"), (NUMBERS, "")])
def test_digits_a_spreadsheet_would_write_otherwise_are_guarded(texts: dict[str, str], guard: str) -> None:
    assert [guard_cell(text) for text in texts.values()] == [guard + text for text in texts.values()]


@pytest.mark.parametrize("what", TEXTS)
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_an_import_takes_back_what_was_written(suffix: str, what: str, desk: Desk) -> None:
    text = TEXTS[what]
    desk.ok("add", "--name", text, "--company", text, "--description", text)
    header = ["--header"] if suffix == "tsv" else []
    desk.ok("list", "--fields", "name,company,description", *header, "-o", f"list.{suffix}")
    desk.ok("export", *header, "-o", f"export.{suffix}")
    for name in ("list", "export"):
        desk.ok("--db", f"{name}.db", "import", f"{name}.{suffix}")
        lead = desk.json("--db", f"{name}.db", "show", "1")
        assert (lead["name"], lead["company"], lead["description"]) == (text, text, text)
    desk.ok("--db", "export.db", "export", *header, "-o", f"again.{suffix}")
    assert (desk.home / f"again.{suffix}").read_bytes() == (desk.home / f"export.{suffix}").read_bytes()


REJECTED = {
    "csv": ("rows.csv", "name,company,email,=note\n{cell},{cell},no@address,{cell}\n"),
    "guarded csv": ("rows.csv", "name,company,email,'=note\n{cell},{cell},no@address,{cell}\n"),
    "json": ("rows.json", '[{{"name": "{cell}", "company": "{cell}", "email": "no@address", "=note": "{cell}"}}]'),
}


@pytest.mark.parametrize("form", REJECTED)
@pytest.mark.parametrize("cell", ["=1+1", "'=1+1", "\uff1d1", "-12.50", "'tis"])
def test_rejects_are_guarded_and_mean_the_same_when_they_come_back(cell: str, form: str, desk: Desk) -> None:
    name, text = REJECTED[form]
    desk.file(name, text.format(cell=cell))
    desk.fails(4, "import", name, "--rejects", "bad.csv", "--map", "=note=description")
    bad = (desk.home / "bad.csv").read_text("utf-8")
    assert live_cells(bad, ",") == []
    desk.file("mended.csv", bad.replace("no@address", "ada@example.com"))
    desk.ok("import", "mended.csv", "--map", "=note=description")
    meant = cell if form == "json" else unguard_cell(cell)
    lead = desk.json("show", "1")
    assert (lead["name"], lead["company"], lead["description"]) == (meant, meant, meant)


def test_rejects_of_rejects_are_the_same_bytes(desk: Desk) -> None:
    desk.file("rows.csv", "name,email\n'=1+1,no@address\n\uff1d1,none@either\n")
    desk.fails(4, "import", "rows.csv", "--rejects", "one.csv")
    desk.fails(4, "import", "one.csv", "--rejects", "two.csv")
    assert (desk.home / "two.csv").read_bytes() == (desk.home / "one.csv").read_bytes()


def test_what_goes_along_with_a_mail_is_guarded(desk: Desk) -> None:
    seeded(desk, "\uff1dA1")
    desk.ok("config", "mail.from", "desk@example.com")
    message = desk.ok("report", "sources", "--email", "boss@example.com", "--attach", "csv", "--dry-run")
    parts = email.message_from_string(message).walk()
    attached = next(part.get_payload(decode=True).decode() for part in parts if part.get_content_type() == "text/csv")
    assert "'\uff1dA1" in attached
    assert live_cells(attached, ",") == []


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_day_that_is_none_is_guarded_too(suffix: str, desk: Desk) -> None:
    """The file of another desk may hold anything where a day belongs."""
    import contextlib
    import sqlite3

    desk.ok("add", "Ada", "--birthday", "1990-01-02")
    with contextlib.closing(sqlite3.connect(desk.db)) as connection, connection:
        connection.execute("UPDATE leads SET birthday = '=1+1', created_at = '@x'")
    desk.ok("export", "-o", f"x.{suffix}")
    desk.ok("export", "--fields", "birthday,created_at", "-o", f"y.{suffix}")
    for name in ("x", "y"):
        written = Path(desk.home / f"{name}.{suffix}").read_text()
        assert live_cells(written, "\t" if suffix == "tsv" else ",") == []
        assert "'=1+1" in written
