"""The tests on any machine: without the programs they drive, and started where Ctrl-C is ignored."""

from __future__ import annotations

import signal

import pytest
from desk import Desk
from outside_programs import require_program


def test_a_program_that_is_not_there_skips_its_test_and_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="this machine has no zsh"):
        require_program("zsh", path="/nowhere")


def test_where_programs_are_installed_a_missing_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="this machine has no zsh"):
        require_program("zsh", path="/nowhere")


def test_a_program_that_is_there_is_named_by_its_path() -> None:
    assert require_program("bash").endswith("/bash")


def test_what_tests_start_hears_ctrl_c_however_the_tests_were_started(desk: Desk, python: str) -> None:
    shown = desk.command([python, "-c", "import signal; print(signal.getsignal(signal.SIGINT).__name__)"]).stdout
    assert (shown, signal.getsignal(signal.SIGINT)) == ("default_int_handler\n", signal.default_int_handler)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codes", "leads"), [("INT", (0,), "2"), ("TERM", (130, 143), "0")])
def test_in_the_background_ctrl_c_stays_ignored_and_term_stops_an_import(
    desk: Desk, name: str, codes: tuple[int, ...], leads: str
) -> None:
    desk.ok("init")
    rows = f"echo name,email; echo Ada,ada@x.example; sleep 2; kill -{name} $$; sleep 0.2; echo Bob,bob@x.example"
    result = desk.bash(f"trap '' INT; exec leadcli import - --yes < <({rows})")
    assert result.returncode in codes, result.both
    assert desk.ok("list", "--count") == leads
