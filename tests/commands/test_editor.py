"""The editor: forms of leads and texts of notes, on a real terminal."""

from __future__ import annotations

import pexpect
import pytest
from desk import Desk


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--company", "Analytical Engines", "--value", "12.5k", "--email", "ada@acme.com")
    return desk


def on_terminal(desk: Desk, python: str, *argv: str, edits: str) -> tuple[str, int]:
    """What a run says whose editor is this line of bash over the file $1, and its exit code."""
    script = desk.home / "editor.sh"
    script.write_text(f"#!/bin/bash\n{edits}\n")
    script.chmod(0o700)
    env = {**desk.env, "TMPDIR": str(desk.home), "EDITOR": str(script), "TERM": "xterm", "COLUMNS": "200"}
    child = pexpect.spawn(
        python,
        ["-m", "leadcli", *argv],
        env=env,
        cwd=str(desk.home),
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 200),
    )
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before), int(child.exitstatus or 0)


def test_a_form_changes_what_was_changed(ada: Desk, python: str) -> None:
    edits = r"""cp "$1" form.txt
    sed -i 's/^owner:.*/owner: bob/; s/^company:.*/company:/; s/^value:.*/value: 13000/' "$1" """
    said, code = on_terminal(ada, python, "edit", "1", edits=edits)
    lead = ada.json("show", "1")
    assert (code, lead["owner"], lead["company"], lead["value"]) == (0, "bob", None, 13000)
    assert lead["emails"][0]["value"] == "ada@acme.com"
    assert "owner ann -> bob" in said
    form = (ada.home / "form.txt").read_text()
    assert "# status is one of: New, Contacted" in form
    assert "emails: ada@acme.com" in form
    assert len(ada.json("history")) == 2


def test_a_form_left_as_it_is_changes_nothing(ada: Desk, python: str) -> None:
    assert "Nothing was changed" in on_terminal(ada, python, "edit", "1", edits="true")[0]
    assert len(ada.json("history")) == 1


def test_a_wrong_form_comes_again_with_the_error_on_top(ada: Desk, python: str) -> None:
    edits = r"""n=$(cat count 2>/dev/null || echo 0); echo $((n+1)) > count; cp "$1" seen$n
    [ $n = 0 ] && sed -i 's/^value:.*/value: lots/; s/^owner:.*/owner: bob/' "$1"
    [ $n = 1 ] && sed -i 's/^value:.*/value: 5k/' "$1"; true"""
    _, code = on_terminal(ada, python, "edit", "1", edits=edits)
    lead = ada.json("show", "1")
    assert (code, lead["owner"], lead["value"]) == (0, "bob", 5000)
    again = (ada.home / "seen1").read_text()
    line = again.split("\n").index("value: lots") + 1
    assert again.startswith(f"# Error: line {line}: value 'lots' is not an amount")
    assert "owner: bob" in again


def test_giving_up_a_wrong_form_is_the_error(ada: Desk, python: str) -> None:
    said, code = on_terminal(ada, python, "edit", "1", edits=r"""sed -i 's/^value:.*/value: lots/' "$1" """)
    kept = ada.home / "state/leadcli/unsaved-form.txt"
    assert (code, "value 'lots' is not an amount" in said, str(kept) in said) == (2, True, True)
    assert "value: lots" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(ada.json("history")) == 1


def test_an_unknown_field_is_named_with_its_line(ada: Desk, python: str) -> None:
    said, code = on_terminal(ada, python, "edit", "1", edits=r"""sed -i 's/^company:/compny:/' "$1" """)
    assert code == 2
    kept = (ada.home / "state/leadcli/unsaved-form.txt").read_text().split("\n")
    number = next(at for at, line in enumerate(kept, 2) if line.startswith("compny:"))
    assert f"line {number}: unknown field 'compny'. Did you mean 'company'?" in said


def test_a_new_lead_as_a_form(ada: Desk, python: str) -> None:
    said, code = on_terminal(
        ada, python, "add", "Bob", "--edit", edits=r"""sed -i 's/^emails:.*/emails: work:bob@acme.com;b@b.org/' "$1" """
    )
    assert (code, "Added lead 2" in said) == (0, True)
    assert [item["value"] for item in ada.json("show", "2")["emails"]] == ["bob@acme.com", "b@b.org"]


def test_a_note_from_the_editor(ada: Desk, python: str) -> None:
    said, code = on_terminal(ada, python, "log", "1", edits='echo "likes tea" >> "$1"')
    assert (code, ada.json("activities")[0]["text"]) == (0, "likes tea")
    said, code = on_terminal(ada, python, "log", "1", edits="true")
    assert (code, "nothing was typed" in said) == (2, True)


def test_an_editor_that_fails_changes_nothing(ada: Desk, python: str) -> None:
    said, code = on_terminal(ada, python, "edit", "1", edits="exit 3")
    assert (code, "did not work" in said) == (1, True)
    assert not list(ada.home.glob("leadcli-*.txt"))


def test_without_a_terminal_no_editor_opens(ada: Desk) -> None:
    ada.fails(2, "edit", "1", says="needs a terminal", EDITOR="false")
    ada.fails(2, "add", "--edit", "X", says="needs a terminal", EDITOR="false")
    ada.fails(2, "log", "1", says="nothing to log", EDITOR="false")
