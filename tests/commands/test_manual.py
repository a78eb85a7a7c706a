"""The man page says what --help says, and troff takes it."""

from __future__ import annotations

from desk import Desk

from leadcli.cli import COMMANDS


def test_the_manual_has_every_command_with_its_examples(desk: Desk) -> None:
    page = desk.ok("help", "--man")
    assert page.startswith(".TH LEADCLI 1")
    for name in COMMANDS:
        assert f'.SS "leadcli {name}' in page, name
    assert "\\-\\-dry\\-run" in page
    assert "leadcli rule add web\\-to\\-ann" in page
    lines = page.splitlines()
    assert lines.count(".nf") == lines.count(".fi") > len(COMMANDS)


def test_no_line_is_taken_for_a_command_of_troff(desk: Desk) -> None:
    known = {".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".nf", ".fi", ".B"}
    lines = desk.ok("help", "--man").splitlines()
    assert {line.split()[0] for line in lines if line.startswith((".", "'"))} <= known
