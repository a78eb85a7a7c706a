"""Guards what `lost` and `convert` ask on a real terminal: once, with all that will happen in sight."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pexpect
from desk import Desk


@contextmanager
def terminal(desk: Desk, *words: str) -> Iterator[pexpect.spawn]:
    """leadcli WORDS on a terminal of its own."""
    env = desk.env | {"TERM": "xterm", "NO_COLOR": "1"}
    child = pexpect.spawn(sys.executable, ["-m", "leadcli", *words], env=env, cwd=str(desk.home), timeout=20,
                          encoding="utf-8", dimensions=(40, 120))  # fmt: skip
    try:
        yield child
    finally:
        child.close(force=True)


def test_lost_asks_for_the_reason_by_number_or_name(desk: Desk) -> None:
    for name in ("Ada", "Bob"):
        desk.ok("add", name)
    for lead, answer in (("1", "3"), ("2", "no-budget")):
        with terminal(desk, "lost", lead) as child:
            child.expect("3  No budget")
            child.expect("Why was it lost.*: ")
            child.sendline(answer)
            child.expect("lost: No budget")
            child.expect(pexpect.EOF)
    assert {row["lost_reason"] for row in desk.json("list", "is:lost")} == {"No budget"}


def test_reason_other_asks_for_its_note(desk: Desk) -> None:
    desk.ok("add", "Ada")
    with terminal(desk, "lost", "1") as child:
        child.expect("Why was it lost.*: ")
        child.sendline("Other")
        child.expect("What happened")
        child.sendline("moved to Mars")
        child.expect(pexpect.EOF)
    assert desk.json("show", 1)["lost_note"] == "moved to Mars"


def test_convert_shows_what_it_would_do_and_asks_once(desk: Desk) -> None:
    desk.ok("add", "Ada", "--company", "Acme", "--email", "ada@acme.com")
    with terminal(desk, "convert", "1") as child:
        child.expect("0 of 4 BANT answers")
        child.expect("Would convert lead 1:")
        child.expect("account      A1  Acme   .new.")
        child.expect("Convert lead 1")
        child.sendline("n")
        child.expect(pexpect.EOF)
    assert desk.json("accounts") == []
    with terminal(desk, "convert", "1") as child:
        child.expect("Convert lead 1")
        child.sendline("y")
        child.expect("Converted lead 1:")
        child.expect(pexpect.EOF)
    assert desk.json("show", 1)["account"] == "A1"


def test_convert_asks_how_to_reach_a_lead_without_email_and_phone(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("add", "Bob")
    with terminal(desk, "convert", "1") as child:
        child.expect("E-mail or phone")
        child.sendline("ada@acme.com")
        child.expect("contact      C1  Ada, ada@acme.com")
        child.expect("Convert lead 1")
        child.sendline("y")
        child.expect(pexpect.EOF)
    assert desk.json("show", 1)["email"] == desk.json("show", "C1")["email"] == "ada@acme.com"
    with terminal(desk, "convert", "2") as child:
        child.expect("E-mail or phone")
        child.sendline("")
        child.expect("no e-mail and no phone")
        child.sendline("y")
        child.expect(pexpect.EOF)
    assert desk.json("show", "C2")["email"] is None


def test_with_yes_nothing_is_asked(desk: Desk) -> None:
    desk.ok("add", "Ada")
    with terminal(desk, "convert", "1", "--yes") as child:
        child.expect("Converted lead 1:")
        child.expect(pexpect.EOF)
