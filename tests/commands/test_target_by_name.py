"""One open lead by its name: where that is taken, where not, and what happens when several are called so."""

from __future__ import annotations

import sys

import pexpect
import pytest
from desk import Desk


@pytest.fixture
def named(desk: Desk) -> Desk:
    """1 Ada Lovelace, 2 Ada Byron, 3 Zoë Śliwa of Navy Reserve, 4 a lost Grace Hopper of Navy Yard."""
    desk.ok("add", "Ada Lovelace", "--company", "Analytical Engines")
    desk.ok("add", "Ada Byron")
    desk.ok("add", "--first-name", "Zoë", "--last-name", "Śliwa", "--company", "Navy Reserve", "--note", "knows ada")
    desk.ok("add", "Grace Hopper", "--company", "Navy Yard")
    desk.ok("lost", "4", "--reason", "No response")
    return desk


@pytest.mark.parametrize(
    ("words", "lead"),
    [
        (["show", "ada l"], "Lead 1: Ada Lovelace, Analytical Engines."),
        (["show", "lovelace"], "Lead 1: Ada Lovelace, Analytical Engines."),
        (["show", "ENGINES"], "Lead 1: Ada Lovelace, Analytical Engines."),
        (["show", '"ada by"'], "Lead 2: Ada Byron."),
        (["show", "sliwa zoe"], "Lead 3: Zoë Śliwa, Navy Reserve."),
        (["log", "navy", "called", "--kind", "call"], "Lead 3: Zoë Śliwa, Navy Reserve."),
        (["task", "add", "byron", "send quote"], "Lead 2: Ada Byron."),
        (["status", "ada l", "contacted"], "Lead 1: Ada Lovelace, Analytical Engines."),
        (["lost", "byron", "--reason", "No response"], "Lead 2: Ada Byron."),
        (["convert", "navy", "--yes"], "Lead 3: Zoë Śliwa, Navy Reserve."),
        (["edit", "navy res", "--priority", "high"], "Lead 3: Zoë Śliwa, Navy Reserve."),
    ],
)
def test_one_open_lead_is_taken_and_said(named: Desk, words: list[str], lead: str) -> None:
    done = named.run(*words)
    assert done.returncode == 0, done.both
    assert done.stderr.splitlines()[0] == lead
    number = lead.split()[1].rstrip(":")
    if words[0] not in ("show", "task"):
        assert done.stdout.strip() == number
        assert [row["id"] for row in named.json("list", "--all", "touched:today", "--sort", "-touched")]


@pytest.mark.parametrize("words", [["show", "ada"], ["edit", "ada", "--owner", "bob"], ["log", "ada", "x"]])
def test_several_are_listed_where_nobody_can_be_asked(named: Desk, words: list[str]) -> None:
    listed = "2 open leads are called 'ada': 2 (Ada Byron), 1 (Ada Lovelace, Analytical Engines)."
    named.fails(2, *words, says=(listed, "name one by its id, or type more"))
    assert len(named.json("history")) == 5


def test_what_no_open_lead_is_called_is_not_found(named: Desk) -> None:
    named.fails(3, "show", "hopper", says=("no open lead is called 'hopper'", "leadcli filter hopper"))
    named.fails(3, "edit", "da l", "--owner", "bob", says="no open lead is called 'da l'")
    named.fails(3, "show", "ada reserve", says="no open lead is called 'ada reserve'")


@pytest.mark.parametrize(
    "words",
    [["rm", "byron"], ["merge", "byron", "1"], ["edit", "1", "byron", "--owner", "bob"], ["show", "ada", "byron"],
     ["snooze", "byron", "fri"], ["attach", "byron", "t.db"]],
)  # fmt: skip
def test_never_elsewhere_nor_together_with_others(named: Desk, words: list[str]) -> None:
    named.fails(2, *words, says="is not a lead id; to match by name write name:")


def test_a_name_of_several_words_without_quotes_says_so(named: Desk) -> None:
    refused = named.fails(2, "show", "ada", "lovelace", says="'ada' is not a lead id")
    assert 'Hint:  a name of several words is quoted: "ada lovelace"' in refused.stderr
    assert "quoted" not in named.fails(2, "rm", "ada", "lovelace").stderr


def test_an_id_a_filter_and_an_address_are_no_names(named: Desk) -> None:
    named.ok("add", "12", "--email", "twelve@x.example")
    named.fails(3, "show", "12", says="no lead 12")
    named.fails(2, "show", "statsu:new", says="unknown field 'statsu'")
    named.fails(2, "show", "@byron", says="no saved view")
    assert named.json("show", "twelve@x.example")["id"] == 5


def test_many_of_one_name_are_counted_up_to_nine(named: Desk) -> None:
    for _ in range(12):
        named.ok("add", "Bob Noyce", "--force")
    refused = named.fails(2, "show", "bob", says="more than 9 open leads are called 'bob'").stderr
    assert refused.count("Bob Noyce") == 9


def test_on_a_terminal_one_is_picked_by_its_number(named: Desk) -> None:
    env = {**named.env, "TERM": "xterm"}
    child = pexpect.spawn(
        sys.executable, ["-m", "leadcli", "edit", "ada", "--owner", "bob"], env=env, encoding="utf-8", timeout=30
    )
    child.expect_exact("1  Ada Byron (lead 2)")
    child.expect_exact("2  Ada Lovelace, Analytical Engines (lead 1)")
    child.expect("Which one")
    child.sendline("2")
    child.expect("Lead 1: Ada Lovelace, Analytical Engines")
    child.expect(pexpect.EOF)
    assert named.json("show", "1")["owner"] == "bob"
