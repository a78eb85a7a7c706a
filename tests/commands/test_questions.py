"""Questions say what would be done, to how many; anything but an answer is asked again."""

from __future__ import annotations

import sys
from typing import Any

import pexpect
import pytest
from desk import Desk


@pytest.fixture
def three(desk: Desk) -> Desk:
    """Three leads and two tasks."""
    for name in ("Ada", "Bob", "Eve"):
        desk.ok("add", name, "--email", f"{name.lower()}@x.example")
    desk.ok("task", "add", "1", "call")
    desk.ok("task", "add", "2", "write", "--due", "+3d")
    return desk


def on_terminal(desk: Desk, *words: str) -> Any:
    env = {**desk.env, "TERM": "xterm", "COLUMNS": "120"}
    return pexpect.spawn(sys.executable, ["-m", "leadcli", *words], env=env, encoding="utf-8", timeout=30)


QUESTIONS = [
    (["rm", "is:open"], "Delete 3 leads"),
    (["edit", "is:open", "--owner", "bob"], "Set owner to bob on 3 leads"),
    (["edit", "is:open", "--tag", "vip", "--city", ""], "Empty city and add tags vip on 3 leads"),
    (["edit", "is:open", "--owner", "bob", "--priority", "high", "--city", "Ulm", "--region", "X", "--country", "DE"],
     "Set owner to bob, set priority to high, set city to Ulm and 2 more on 3 leads"),
    (["status", "is:open", "contacted"], "Move 3 leads to Contacted"),
    (["lost", "is:open", "--reason", "No response"], "Close 3 leads as lost: No response"),
    (["log", "is:open", "called", "--kind", "call"], "Log a call on 3 leads"),
    (["snooze", "is:open", "fri"], "Snooze 3 leads until fri"),
    (["snooze", "is:open", "off"], "End the snooze of 3 leads"),
    (["task", "add", "is:open", "send offer"], "Add task 'send offer' to 3 leads"),
    (["task", "done", "is:open"], "Finish 2 tasks"),
    (["task", "rm", "is:open"], "Delete 2 tasks"),
    (["task", "move", "is:open", "fri"], "Move 2 tasks to fri"),
    (["task", "edit", "is:open", "--owner", "bob"], "Set owner to bob on 2 tasks"),
    (["attach", "is:open", "t.txt"], "Keep 1 file with 3 leads"),
    (["document", "add", "is:open", "--kind", "order"], "Add an order to 3 leads"),
    (["convert", "is:open"], "convert 3 leads"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "change"), QUESTIONS)
def test_without_a_terminal_the_change_is_named(three: Desk, words: list[str], change: str) -> None:
    three.file("t.txt", "x")
    refused = three.fails(2, *words, says="there is no terminal to ask on").stderr
    assert f"this would {change[0].lower()}{change[1:]} and there is no terminal" in refused
    assert len(three.json("history")) == 5


def test_the_question_is_asked_until_it_is_answered(three: Desk) -> None:
    child = on_terminal(three, "rm", "is:open")
    child.expect_exact("Delete 3 leads? [y/n]: ")
    child.sendline("")
    child.expect_exact("Answer y or n.")
    child.expect_exact("Delete 3 leads? [y/n]: ")
    child.sendline("j")
    child.expect_exact("Answer y or n.")
    child.sendline("n")
    child.expect_exact("Nothing was changed.")
    child.expect(pexpect.EOF)
    assert three.ok("list", "--count") == "3"


def test_a_lost_reason_is_asked_until_it_is_one(three: Desk) -> None:
    child = on_terminal(three, "lost", "1")
    child.expect_exact("Why was it lost?")
    child.sendline("tired")
    child.expect_exact("Answer a number from 1 to")
    child.sendline("other")
    child.expect_exact("What happened? ")
    child.sendline("")
    child.expect_exact("The reason Other needs a few words.")
    child.sendline("moved to the sea")
    child.expect(pexpect.EOF)
    lead = three.json("show", "1")
    assert (lead["status"], lead["lost_note"]) == ("Lost", "moved to the sea")


def test_a_choice_is_left_by_q(three: Desk) -> None:
    child = on_terminal(three, "lost", "1")
    child.expect_exact("Why was it lost?")
    child.sendline("q")
    child.expect_exact("nothing was chosen; nothing was changed.")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert three.json("show", "1")["status"] == "New"


@pytest.mark.parametrize(("answer", "pairs"), [("q", 1), ("k", 0)])
def test_dedupe_is_left_in_the_middle_of_a_group(desk: Desk, answer: str, pairs: int) -> None:
    desk.ok("add", "Ada Lovelace", "--email", "ada@acme.com", "--city", "London")
    desk.ok("add", "Lovelace, Ada", "--email", "ada@acme.com", "--city", "Paris", "--force")
    child = on_terminal(desk, "dedupe", "--merge")
    child.expect_exact("[q]uit: ")
    child.sendline("m")
    child.expect_exact("[1]: ")
    child.sendline("7")
    child.expect_exact("Answer a number from 1 to 2, k to keep them apart, or q.")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    assert desk.ok("list", "--count") == "2"
    assert desk.ok("dedupe", "--count") == str(pairs)
