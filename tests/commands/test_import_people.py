"""import: two people who share a lead's name and a phone stay two; what is skipped or rejected is named."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from desk import Desk

PHONE = "+493012345678"
DEALS = "deal name,contact person,email,phone\n"
FORMS = "Lead Title,First Name,Last Name,Phone\n"
DESKS = "name,email,phone,external_id\n"
EVA, MAX = f"CRM form,Eva,Roth,{PHONE}\n", f"CRM form,Max,Gelb,{PHONE}\n"
ANNA = f"Website relaunch,Anna Berg,anna@x.example,{PHONE}\n"
OTTO = f"Website relaunch,Otto Falk,otto@x.example,{PHONE}\n"


def answer(desk: Desk, content: str, *words: str, code: int = 0) -> dict[str, Any]:
    """What an import of this content says as JSON; its counts add up."""
    result = desk.run("import", desk.file("rows.csv", content), *words, "--json")
    assert result.returncode == code, result.both
    output: dict[str, Any] = json.loads(result.stdout)
    file = output["files"][0]
    assert file["rows"] == sum(file[part] for part in ("new", "updated", "unchanged", "skipped", "rejected"))
    return output


def counts(desk: Desk, content: str, *words: str) -> str:
    """The counts that are not nought: "2 new, 1 skipped"."""
    file = answer(desk, content, *words)["files"][0]
    parts = ("new", "updated", "unchanged", "skipped", "rejected")
    return ", ".join(f"{file[part]} {part}" for part in parts if file[part])


def people(desk: Desk) -> str:
    return desk.ok("export", "--fields", "name,first_name,last_name,emails,external_id")


# Two people stay two

TWO = {
    "persons and e-mails": DEALS + ANNA + OTTO,
    "another program's words": "Opportunity,Contact Name,Email,Phone\n"
    f"Deal,Eva Roth,eva@x.example,{PHONE}\nDeal,Max Gelb,max@x.example,{PHONE}\n",
    "persons alone": FORMS + EVA + MAX,
    "first names alone": f"{FORMS}CRM form,Eva,,{PHONE}\nCRM form,Max,,{PHONE}\n",
    "father and son": f"{FORMS}CRM form,Eva,Roth Sr,{PHONE}\nCRM form,Eva,Roth Jr,{PHONE}\n",
    "e-mails alone": f"name,email,phone\nInfo Desk,a@x.example,{PHONE}\nInfo Desk,b@x.example,{PHONE}\n",
    "external ids": f"{DESKS}Info Desk,,{PHONE},77\nInfo Desk,,{PHONE},78\n",
    "names in the company": "Lead Title,First Name,Last Name,Company\nWeb,Eva,Roth,Acme\nWeb,Max,Gelb,Acme\n",
}


@pytest.mark.parametrize("policy", ["skip", "fill", "update"])
@pytest.mark.parametrize("content", TWO.values(), ids=TWO.keys())
def test_two_people_of_one_name_are_two_leads(desk: Desk, content: str, policy: str) -> None:
    words = ("--on-duplicate", policy)
    assert counts(desk, content, *words) == "2 new"
    before = people(desk)
    head, *rows = content.splitlines(keepends=True)
    assert counts(desk, head + "".join(reversed(rows)), *words) == "2 unchanged"
    desk.ok("undo")
    assert counts(desk, head + rows[1], *words) == "1 new"
    desk.ok("undo")
    assert counts(desk, content, *words) == "2 new"
    desk.ok("undo")
    desk.ok("redo")
    assert people(desk) == before


ONE = {
    "the same person in another order": f"{FORMS}{EVA}CRM form,ROTH,Éva,{PHONE}\n",
    "one name only": f"{FORMS}{EVA}CRM form,,Roth,{PHONE}\n",
    "nobody's name": f"{FORMS}{EVA}CRM form,,,{PHONE}\n",
    "an e-mail on one side": f"name,email,phone\nInfo Desk,a@x.example,{PHONE}\nInfo Desk,,{PHONE}\n",
    "one e-mail in common": "name,emails,phone\n"
    f"Info Desk,a@x.example;b@x.example,{PHONE}\nInfo Desk,b@x.example,{PHONE}\n",
    "an external id on one side": f"{DESKS}Info Desk,,{PHONE},77\nInfo Desk,,{PHONE},\n",
}


@pytest.mark.parametrize("content", ONE.values(), ids=ONE.keys())
def test_what_one_side_does_not_say_contradicts_nothing(desk: Desk, content: str) -> None:
    assert counts(desk, content) == "1 new, 1 skipped"
    assert counts(desk, content) == "2 unchanged"


@pytest.mark.parametrize("policy", ["fill", "update"])
def test_a_lead_is_never_overwritten_by_another_person_of_its_name(desk: Desk, policy: str) -> None:
    answer(desk, DEALS + ANNA)
    before = desk.json("show", "1")
    assert counts(desk, DEALS + OTTO + ANNA.replace("relaunch", "RELAUNCH"), "--on-duplicate", policy)[:5] == "1 new"
    after = desk.json("show", "1")
    assert (after["first_name"], after["emails"]) == (before["first_name"], before["emails"])
    assert desk.json("show", "2")["first_name"] == "Otto"


@pytest.mark.parametrize("mailbox", [(), ("--email", "a@x.example")], ids=["without e-mail", "with an e-mail"])
def test_a_lead_that_could_be_either_of_two_rows_is_neither(desk: Desk, mailbox: tuple[str, ...]) -> None:
    desk.ok("add", "Info Desk", "--phone", PHONE, *mailbox)
    rows = f"{DESKS}Info Desk,c@x.example,{PHONE},77\nInfo Desk,d@x.example,{PHONE},78\n"
    assert counts(desk, rows) == "2 new"
    assert counts(desk, rows) == "2 unchanged"


def test_a_row_that_says_nothing_does_not_make_one_of_two_people(desk: Desk) -> None:
    vague = f"CRM form,,,{PHONE}\n"
    assert counts(desk, FORMS + vague + EVA + MAX, "--on-duplicate", "update") == "3 new"
    assert desk.ok("export", "--fields", "first_name").splitlines() == ["first_name", '""', "Eva", "Max"]


def test_who_says_the_same_comes_before_who_says_nothing(desk: Desk) -> None:
    desk.ok("add", "CRM form", "--phone", PHONE)
    desk.ok("add", "CRM form", "--phone", PHONE, "--first-name", "Max", "--last-name", "Gelb", "--force")
    assert answer(desk, FORMS + MAX)["skips"] == [{"row": 2, "lead": 2, "key": "phone+name"}]


def test_of_many_leads_of_one_name_each_row_finds_its_own(desk: Desk) -> None:
    rows = [f"Info Desk,p{number}@x.example,{PHONE},\n" for number in range(30)]
    assert counts(desk, DESKS + "".join(rows)) == "30 new"
    again = [f"Info Desk,p{number}@x.example,{PHONE},{number}\n" for number in (3, 29, 30)]
    assert counts(desk, DESKS + "".join(again), "--match", "phone+name", "--on-duplicate", "fill") == "1 new, 2 updated"
    assert desk.json("show", "4")["external_id"] == "3"


def test_a_row_is_gone_only_with_its_own_lead(desk: Desk) -> None:
    answer(desk, FORMS + EVA + MAX)
    desk.ok("delete", "1", "--yes")
    assert answer(desk, FORMS + MAX)["files"][0]["unchanged"] == 1
    assert answer(desk, FORMS + MAX + EVA)["skips"] == [{"row": 3, "lead": 1, "key": "deleted"}]


# What is skipped is named

SKIPPED = "name,emails,phone\nAda,ada@x.example,\nAda L,ada@x.example,\nBob,bob@x.example,\n"


def test_skipped_rows_are_named_with_their_lead_and_the_remedy(desk: Desk) -> None:
    desk.ok("add", "Bob", "--email", "bob@x.example")
    output = desk.run("import", desk.file("rows.csv", SKIPPED)).stderr
    assert "  row 3  skipped: is row 2 by email\n  row 4  skipped: is lead 1 by email\n" in output
    assert "--on-duplicate update" in output
    assert "--match KEYS" in output


def test_json_lists_skips_in_a_dry_run_too(desk: Desk) -> None:
    desk.ok("add", "Bob", "--email", "bob@x.example")
    there = {"row": 4, "lead": 1, "key": "email"}
    assert answer(desk, SKIPPED, "-n")["skips"] == [{"row": 3, "lead": "row 2", "key": "email"}, there]
    assert answer(desk, SKIPPED)["skips"] == [{"row": 3, "lead": 2, "key": "email"}, there]
    assert answer(desk, SKIPPED)["skips"] == []


def test_a_long_list_of_skips_is_cut_and_says_so(desk: Desk) -> None:
    rows = "name,emails\n" + "".join(f"Ada {number},ada@x.example\n" for number in range(52))
    output = desk.run("import", desk.file("rows.csv", rows), "-n").stderr
    assert output.count("skipped: is row 2 by email") == 20
    assert "… 31 more skipped rows (all of them: --rejects FILE --with-skips)" in output
    assert len(answer(desk, rows)["skips"]) == 51


def test_an_edited_export_is_not_skipped_without_the_remedy(desk: Desk) -> None:
    answer(desk, SKIPPED)
    edited = desk.ok("export").replace("Ada,", "Ada Lovelace,")
    output = desk.run("import", desk.file("edited.csv", edited + "\n")).stderr
    assert "row 2  skipped: is lead 1 by uid" in output
    assert "--on-duplicate update" in output
    assert counts(desk, edited + "\n", "--on-duplicate", "update") == "1 updated, 1 unchanged"


def test_skipped_rows_go_to_the_rejects_file_on_request(desk: Desk, tmp_path: Path) -> None:
    bad = SKIPPED + "Eve,no@address,\n"
    desk.run("import", desk.file("rows.csv", bad), "--rejects", tmp_path / "bad.csv")
    assert [row["_row"] for row in written(tmp_path / "bad.csv")] == ["5"]
    desk.ok("undo")
    output = desk.run("import", desk.file("rows.csv", bad), "--rejects", tmp_path / "bad.csv", "--with-skips").stderr
    assert f"(see {tmp_path / 'bad.csv'})" in output
    rows = written(tmp_path / "bad.csv")
    assert [(row["name"], row["_row"]) for row in rows] == [("Ada L", "3"), ("Eve", "5")]
    assert rows[0]["_error"] == "skipped: is row 2 by email"
    assert rows[1]["_error"].startswith("email 'no@address'")
    desk.fails(2, "import", desk.home / "rows.csv", "--with-skips", says=("--with-skips", "--rejects FILE"))


def written(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_strict_names_no_skips_where_nothing_was_imported(desk: Desk) -> None:
    output = answer(desk, SKIPPED + "Eve,no@address,\n", "--strict", code=4)
    assert (output["skips"], output["files"][0]["skipped"]) == ([], 3)


def test_with_several_files_the_earlier_row_is_named_with_its_file(desk: Desk) -> None:
    one, two = (desk.file(name, "name,emails\nAda,ada@x.example\n") for name in ("a.csv", "b.csv"))
    assert f"{two} row 2  skipped: is {one} row 2 by email" in desk.run("import", one, two).stderr


# Quiet, not silent


@pytest.mark.parametrize("words", [(), ("--strict",), ("-n",), ("--json",)])
def test_what_was_rejected_is_said_with_quiet_too(desk: Desk, words: tuple[str, ...]) -> None:
    bad = desk.file("rows.csv", "name,emails\nEve,no@address\nAda,ada@x.example\n")
    result = desk.fails(4, "import", bad, "-q", *words)
    assert result.stderr.startswith("  row 2  email  'no@address': ")
    assert result.stderr.count("\n") == 1


def test_success_is_silent_with_quiet(desk: Desk) -> None:
    assert desk.run("import", desk.file("rows.csv", SKIPPED), "-q").both == ""


# Desks of older versions


def test_rows_an_older_version_remembered_by_name_alone_are_known_again(desk: Desk) -> None:
    """It took the second person for the first and remembered her row without her name; now she comes in too."""
    answer(desk, FORMS + EVA + f"Other,Ada,Falk,{PHONE}\n")
    remember_by_name_alone(desk, lead=1)
    assert counts(desk, FORMS + EVA + f"Other,Ada,Falk,{PHONE}\n") == "2 unchanged"
    assert counts(desk, FORMS + EVA + MAX) == "1 new, 1 unchanged"
    desk.ok("delete", "1", "--yes")
    assert answer(desk, FORMS + EVA)["skips"] == [{"row": 2, "lead": 1, "key": "deleted"}]


def remember_by_name_alone(desk: Desk, *, lead: int) -> None:
    """Give the row that brought a lead the key an older version gave it."""
    key = blake2b(f"phone\0{PHONE[1:]}\0crm form".encode(), digest_size=8).digest()
    with closing(sqlite3.connect(desk.db)) as database, database:
        changed = database.execute(
            "UPDATE import_rows SET key = ? WHERE record_id = ?", (int.from_bytes(key, "big", signed=True), lead)
        )
        assert changed.rowcount == 1
