"""import beside others who change the desk: what went while files were read is noticed, merged leads are followed."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from desk import Desk

# A pipe holds 64 KiB: when so much was taken, the import has long read what the desk's values and fields are.
FILLER = "x" * 2000
ROWS = 250


class Told(dict[str, Any]):
    """The counts of the one file, `code`, and `said`."""


@contextmanager
def reading(desk: Desk, header: str, row: str, *words: str) -> Iterator[Told]:
    """An import that is in the middle of its rows; at the end of the block it gets the rest, and tells."""
    told = Told()
    running = subprocess.Popen(
        [sys.executable, "-m", "leadcli", "import", "-", "--json", *words], cwd=desk.home, env=desk.env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdin
    try:
        running.stdin.write(f"name,description,{header}\n".encode())
        running.stdin.write("".join(f"Lead {n},{FILLER},{row}\n" for n in range(ROWS)).encode())
        running.stdin.flush()
        yield told
        out, said = running.communicate(timeout=60)
    finally:
        running.kill()
    told.update(json.loads(out)["files"][0] if out else {}, code=running.returncode, said=said.decode())


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.ok("init")
    desk.ok("field", "add", "segment", "--type", "choice", "--choice", "EMEA", "--choice", "APAC")
    desk.ok("field", "edit", "priority", "--choice", "Burning")
    desk.ok("product", "add", "Pump", "--price", "120")
    return desk


@pytest.mark.parametrize(
    ("header", "value", "change"),
    [
        ("segment", "EMEA", ("field", "edit", "segment", "--remove-choice", "EMEA")),
        ("priority", "Burning", ("field", "edit", "priority", "--remove-choice", "Burning")),
        ("products", "Pump", ("product", "rm", "Pump")),
    ],
)
def test_a_value_that_went_rejects_its_rows(ready: Desk, header: str, value: str, change: tuple[str, ...]) -> None:
    with reading(ready, header, value, "--rejects", "bad.csv") as told:
        ready.ok(*change)
    assert (told["code"], told["rejected"], told["new"]) == (4, ROWS, 0), told
    with (ready.home / "bad.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[7]["name"] == "Lead 7"
    assert rows[7][header] == value
    assert f"'{value}' is not a known" in rows[7]["_error"]
    assert ready.ok("filter", "is:any", "--count") == "0"


def test_a_value_that_went_comes_back_where_new_ones_are_welcome(ready: Desk) -> None:
    with reading(ready, "priority", "Burning", "--create-options") as told:
        ready.ok("field", "edit", "priority", "--remove-choice", "Burning")
    assert (told["code"], told["new"]) == (0, ROWS), told
    assert ready.ok("filter", "priority:Burning", "--count") == str(ROWS)


@pytest.mark.parametrize("again", [(), ("field", "add", "segment", "--type", "number")])
def test_a_field_that_went_stops_the_import(ready: Desk, again: tuple[str, ...]) -> None:
    with reading(ready, "segment", "EMEA") as told:
        ready.ok("field", "rm", "segment")
        if again:
            ready.ok(*again)
    assert told["code"] == 75
    assert "the field segment went or changed while files were read" in told["said"]
    assert ready.ok("filter", "is:any", "--count") == "0"


def test_a_first_status_that_changed_stops_the_import(ready: Desk) -> None:
    with reading(ready, "city", "York") as told:
        ready.ok("field", "edit", "status", "--choice", "New", "--rename", "Fresh")
    assert (told["code"], "first status changed" in told["said"]) == (75, True), told
    assert ready.ok("filter", "is:any", "--count") == "0"


def test_leads_that_go_meanwhile_are_no_match_and_merged_ones_are_followed(ready: Desk) -> None:
    for n in (1, 2, 3):
        ready.ok("add", f"Old {n}", "--external-id", f"Lead {n}")
    words = ("--on-duplicate", "fill", "--map", "name=external_id", "--set", "name=N")
    with reading(ready, "city", "York", *words) as told:
        ready.ok("rm", "1", "--yes")
        ready.ok("merge", "2", "3")
    assert (told["code"], told["new"], told["updated"], told["skipped"]) == (0, ROWS - 2, 1, 0), told
    assert ready.ok("filter", "is:any", "--count") == str(ROWS - 1)


def merged(desk: Desk) -> None:
    """Lead 2 was imported, with its own identity, and merged into lead 1, that into lead 3."""
    desk.ok("import", desk.file("a.csv", "external_id,name,company\nX1,Ada,Engines\nX2,Bea,Works\nX3,Cy,Mills\n"))
    desk.ok("merge", "1", "2")
    desk.ok("merge", "3", "1")


def test_rows_of_a_merged_lead_go_to_the_one_it_lives_on_in(desk: Desk) -> None:
    merged(desk)
    again = desk.file("b.csv", "external_id,name,company,city\nX1,Ada,Engines,York\nX2,Bea,Works,Leeds\n")
    told = desk.json("import", again, "--on-duplicate", "fill")["files"][0]
    assert (told["new"], told["updated"], told["unchanged"]) == (0, 1, 1)
    assert [(each["id"], each["city"]) for each in desk.json("filter", "is:any")] == [(3, "York")]
    assert desk.json("import", again, "--on-duplicate", "fill")["files"][0]["unchanged"] == 2


def test_the_uid_of_a_merged_lead_leads_to_the_one_it_lives_on_in(desk: Desk) -> None:
    for name in ("Ada", "Bea"):
        desk.ok("add", name)
    old = desk.ok("export", "--fields", "uid,name,city")
    desk.ok("merge", "1", "2")
    told = desk.json("import", desk.file("b.csv", old + "\n"))["files"][0]
    assert (told["new"], told["skipped"]) == (0, 2)
    desk.ok("undo", "--yes")
    told = desk.json("import", desk.file("c.csv", old.replace(",city", ",region") + "\n"))["files"][0]
    assert told["new"] == 0


def test_a_row_known_by_its_name_alone_follows_a_merge(desk: Desk) -> None:
    desk.ok("import", desk.file("a.csv", "name,city\nAda,York\nBea,Leeds\n"))
    desk.ok("merge", "1", "2")
    told = desk.json("import", desk.file("b.csv", "name,city\nBea,Hull\n"), "--on-duplicate", "update")["files"][0]
    assert (told["new"], told["updated"]) == (0, 1)
    assert desk.json("filter", "is:any")[0]["city"] == "Hull"


def test_a_row_whose_merged_lead_was_deleted_is_skipped_and_named(desk: Desk) -> None:
    merged(desk)
    desk.ok("rm", "3", "--yes")
    told = desk.run("import", desk.home / "a.csv")
    assert "3 skipped" in told.stderr
    assert "its lead 2 was deleted" in told.stderr


def test_two_imports_that_make_the_same_field_share_it(ready: Desk) -> None:
    with reading(ready, "Star sign", "Leo", "--extra", "custom") as told:
        ready.ok("import", ready.file("a.csv", "name,Star sign\nAda,Virgo\n"), "--extra", "custom")
    assert (told["code"], told["new"]) == (0, ROWS), told
    assert ready.ok("filter", "star_sign:Leo", "--count") == str(ROWS)
    assert ready.ok("filter", "star_sign:Virgo", "--count") == "1"


def test_strict_tells_of_rows_that_are_refused_late(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    file = desk.file("a.csv", "name,email\nAda,ada@acme.com\nBob,bob@acme.com\n")
    told = desk.fails(4, "import", file, "--strict", "--on-duplicate", "error", "--rejects", "bad.csv")
    assert "1 row of" in told.stderr
    assert "row 2" in told.stderr
    assert "ada@acme.com" in (desk.home / "bad.csv").read_text("utf-8")
    assert desk.ok("filter", "is:any", "--count") == "1"
