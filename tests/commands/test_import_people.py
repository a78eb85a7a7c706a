"""import: two people who share a lead's name and a phone stay two; what is skipped or rejected is named."""

from __future__ import annotations

import json
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


def test_of_many_leads_of_one_name_each_row_finds_its_own(desk: Desk) -> None:
    rows = [f"Info Desk,p{number}@x.example,{PHONE},\n" for number in range(30)]
    assert counts(desk, DESKS + "".join(rows)) == "30 new"
    again = [f"Info Desk,p{number}@x.example,{PHONE},{number}\n" for number in (3, 29, 30)]
    assert counts(desk, DESKS + "".join(again), "--match", "phone+name", "--on-duplicate", "fill") == "1 new, 2 updated"
    assert desk.json("show", "4")["external_id"] == "3"


# Quiet, not silent


@pytest.mark.parametrize("words", [(), ("--strict",), ("-n",), ("--json",)])
def test_what_was_rejected_is_said_with_quiet_too(desk: Desk, words: tuple[str, ...]) -> None:
    bad = desk.file("rows.csv", "name,emails\nEve,no address\nAda,ada@x.example\n")
    result = desk.fails(4, "import", bad, "-q", *words)
    assert result.stderr.startswith("  row 2  email  'no address': ")
    assert result.stderr.count("\n") == 1


def test_success_is_silent_with_quiet(desk: Desk) -> None:
    assert desk.run("import", desk.file("rows.csv", "name,emails\nAda,ada@x.example\n"), "-q").both == ""
