"""Guards what `dedupe --merge` asks at a real terminal: every answer, wrong ones, and what others do meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pexpect
import pytest
from desk import Desk

ASKED = r"\[m\]erge \[k\]eep apart \[n\]ext \[q\]uit: "


@pytest.fixture
def pairs(desk: Desk) -> Desk:
    """Leads 1 and 2, 3 and 4, 5 and 6 are certainly one person each."""
    for name, firm, mail in (
        ("Ada Lovelace", "Engines", "ada"),
        ("Grace Hopper", "Navy", "grace"),
        ("Bob Noyce", "Intel", "bob"),
    ):
        desk.ok("add", name, "--company", firm, "--email", f"{mail}@acme.com", "--job-title", "Boss")
        desk.ok("add", name, "--company", firm, "--email", f"{mail}@acme.com", "--job-title", "Chief", "--force")
    return desk


@pytest.fixture
def terminal(pairs: Desk) -> Iterator[pexpect.spawn[str]]:
    words = ["-m", "leadcli", "dedupe", "--merge"]
    env = pairs.env | {"TERM": "xterm", "NO_COLOR": "1"}
    child = pexpect.spawn(sys.executable, words, env=env, cwd=str(pairs.home), timeout=30, encoding="utf-8",
                          dimensions=(50, 160))  # fmt: skip
    yield child
    child.close(force=True)


def answer(terminal: pexpect.spawn[str], *texts: str) -> None:
    for text in texts:
        terminal.expect(ASKED)
        terminal.sendline(text)


def ended(terminal: pexpect.spawn[str]) -> str:
    terminal.expect(pexpect.EOF)
    terminal.close()
    return str(terminal.before)


def ids(desk: Desk) -> list[str]:
    return sorted(desk.ok("filter", "is:any", "--ids").split())


def test_a_group_is_shown_side_by_side_with_its_reasons(terminal: pexpect.spawn[str]) -> None:
    terminal.expect("Group 1 of 3  100  same e-mail ada@acme.com")
    terminal.expect(r"\n +1 +Ada Lovelace +Engines[^\n]+\n +2 +Ada Lovelace +Engines")
    answer(terminal, "q")
    assert "nothing was changed" in ended(terminal)


def test_merge_takes_the_first_value_with_enter(pairs: Desk, terminal: pexpect.spawn[str]) -> None:
    answer(terminal, "m")
    terminal.expect(r"\[1\] Boss \(1\)  \[2\] Chief \(2\)  \[1\]: ")
    terminal.sendline("")
    answer(terminal, "q")
    assert "Merged 1 group" in ended(terminal)
    assert ids(pairs) == ["1", "3", "4", "5", "6"]
    assert pairs.json("show", "1")["job_title"] == "Boss"


def test_the_survivor_and_a_value_are_chosen(pairs: Desk, terminal: pexpect.spawn[str]) -> None:
    answer(terminal, "m 2")
    terminal.expect(r"\[1\] Chief \(2\)  \[2\] Boss \(1\)  \[1\]: ")
    terminal.sendline("2")
    answer(terminal, "q")
    ended(terminal)
    assert ids(pairs) == ["2", "3", "4", "5", "6"]
    assert pairs.json("show", "1")["job_title"] == "Boss"
    pairs.ok("undo")
    assert [pairs.json("show", id)["job_title"] for id in ("1", "2")] == ["Boss", "Chief"]


def test_keep_apart_skip_and_merge_are_one_operation(pairs: Desk, terminal: pexpect.spawn[str]) -> None:
    answer(terminal, "k", "", "merge")
    terminal.expect(r"\[1\]: ")
    terminal.sendline("")
    assert "Kept 1 group apart" in ended(terminal)
    assert [group["leads"] for group in pairs.json("dedupe")] == [[3, 4]]
    pairs.ok("undo")
    assert [group["leads"] for group in pairs.json("dedupe")] == [[1, 2], [3, 4], [5, 6]]


def test_a_wrong_answer_is_asked_again(pairs: Desk, terminal: pexpect.spawn[str]) -> None:
    answer(terminal, "what")
    terminal.expect("Answer m")
    answer(terminal, "m 5")
    terminal.expect("5 is not in this group")
    answer(terminal, "n", "n", "n")
    assert "nothing was changed" in ended(terminal)
    assert len(ids(pairs)) == 6


def test_an_interrupt_changes_nothing(pairs: Desk, terminal: pexpect.spawn[str]) -> None:
    answer(terminal, "k")
    terminal.expect(ASKED)
    terminal.sendintr()
    ended(terminal)
    assert terminal.exitstatus == 130
    assert len(pairs.json("dedupe")) == 3


def test_what_another_changes_meanwhile_is_merged_as_it_is_then(pairs: Desk, terminal: pexpect.spawn[str]) -> None:
    answer(terminal, "m")
    terminal.expect(r"\[1\]: ")
    terminal.sendline("")
    terminal.expect(ASKED)
    pairs.ok("edit", "2", "--phone", "+442079460000", "--city", "London")  # nobody waits: the database is not locked
    pairs.ok("rm", "4", "--yes")
    terminal.sendline("m")
    terminal.expect(pexpect.TIMEOUT, timeout=0.5)
    terminal.sendline("")
    answer(terminal, "q")
    assert "Merged 1 group" in ended(terminal)
    found = pairs.json("show", "1")
    assert (found["city"], found["phones"][0]["e164"]) == ("London", "+442079460000")
    assert ids(pairs) == ["1", "3", "5", "6"]
