"""Guards one run: its clock, its user, the command line it remembers, its questions on a terminal and without one."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pexpect
import pytest
from desk import Desk

from leadcli.errors import Usage
from leadcli.run import Run

ASKS = """
import sys
from leadcli.run import Run
run = Run([])
{line}
"""


def test_the_clock_is_local_and_knows_its_zone() -> None:
    now = Run([], {}).now
    assert now.tzinfo is not None
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_pinned_day_keeps_the_time_of_day() -> None:
    now = Run([], {"LEADCLI_TODAY": "2026-11-22"}).now
    clock = datetime.now().astimezone()
    assert now.date() == date(2026, 11, 22)
    assert abs(datetime.combine(clock.date(), now.time()) - clock.replace(tzinfo=None)) < timedelta(minutes=1)


@pytest.mark.parametrize(("pinned", "hour"), [("2026-11-22T09:00", 9), ("2026-11-22T09:30:15", 9)])
def test_a_pinned_moment_stands_still(pinned: str, hour: int) -> None:
    now = Run([], {"LEADCLI_TODAY": pinned}).now
    assert (now.date(), now.hour) == (date(2026, 11, 22), hour)


def test_the_option_beats_the_variable() -> None:
    run = Run([], {"LEADCLI_TODAY": "2026-11-22"})
    run.pinned = "2026-01-02"
    assert run.today == date(2026, 1, 2)


def test_me_is_the_setting_or_the_login_name_and_never_an_error(tmp_path: Path) -> None:
    nowhere = {"LEADCLI_CONFIG": str(tmp_path / "none.toml")}
    assert Run([], nowhere | {"LEADCLI_ME": "ann"}).me == "ann"
    assert isinstance(Run([], nowhere).me, str)


def test_cron_without_home_or_name_can_read(desk: Desk) -> None:
    desk.ok("add", "Ada Lovelace")
    line = f"env -i PATH=/usr/bin:/bin HOME=/nonexistent LEADCLI_DB={desk.db} $(command -v leadcli) list -q"
    result = desk.bash(line)
    assert result.returncode == 0
    assert "Ada" in result.stdout
    assert result.stderr == ""


def test_without_a_home_the_database_must_be_named(desk: Desk) -> None:
    result = desk.run("list", HOME="", XDG_DATA_HOME="", LEADCLI_DB="")
    assert result.returncode == 2
    assert "--db FILE" in result.stderr


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["add", "Ada Lovelace"], "add 'Ada Lovelace'"),
        (["--db", "x.db", "-q", "edit", "12", "--owner", "bob", "--no-input"], "edit 12 --owner bob"),
        (["--db=x.db", "--today=2026-11-22", "rm", "12"], "rm 12"),
        (["log", "12", "--", "--db", "x"], "log 12 -- --db x"),
        (["list", "--color", "never", "status:new"], "list status:new"),
    ],
)
def test_the_history_keeps_what_was_done_and_not_where(words: list[str], kept: str) -> None:
    assert Run(words, {}).command == kept


@pytest.mark.parametrize(("said", "seconds"), [("", 120.0), ("5", 5.0), ("0.5", 0.5)])
def test_the_lock_timeout(said: str, seconds: float) -> None:
    assert Run([], {"LEADCLI_LOCK_TIMEOUT": said}).lock_timeout == seconds


def test_a_patient_run_waits_without_limit_unless_told() -> None:
    run = Run([], {})
    run.patient = True
    assert run.lock_timeout is None
    run = Run([], {})
    run.patient, run.timeout = True, 3.0
    assert run.lock_timeout == 3.0


def test_a_lock_timeout_that_is_no_number_is_said() -> None:
    with pytest.raises(Usage, match="LEADCLI_LOCK_TIMEOUT 'soon' is not a number"):
        _ = Run([], {"LEADCLI_LOCK_TIMEOUT": "soon"}).lock_timeout


def test_nobody_to_ask_is_a_wrong_use_that_names_the_flag() -> None:
    run = Run([], {})
    with pytest.raises(Usage, match="this would change 14 leads and there is no terminal to ask on") as refused:
        run.ask("Change 14 leads?", would="this would change 14 leads")
    assert "--yes" in refused.value.hint
    run.no_input = True
    with pytest.raises(Usage, match="--no-input forbids"):
        run.ask("Change 14 leads?")
    with pytest.raises(Usage, match=r"--reason is needed\. Known: No budget, Not a fit"):
        run.choose("Reason", ["No budget", "Not a fit"], option="--reason")
    run.yes = True
    assert run.ask("Change 14 leads?")


def answered(desk: Desk, line: str, answer: str) -> str:
    """What is on a terminal after this line of Python asked and somebody answered."""
    terminal = pexpect.spawn(sys.executable, ["-c", ASKS.format(line=line)], env=desk.env, encoding="utf-8", timeout=20)
    terminal.expect(r"\]: ")
    asked = terminal.before
    terminal.send(answer)
    terminal.expect(pexpect.EOF)
    return asked + terminal.before


@pytest.mark.parametrize(
    ("answer", "said"),
    [("y\n", "True"), ("YES\n", "True"), ("n\n", "False"), ("q\n", "False"), ("\x04", "False"), ("\nyes\n", "True"),
     ("nope\nno\n", "False")],
)  # fmt: skip
def test_yes_means_yes_and_anything_else_is_asked_again(desk: Desk, answer: str, said: str) -> None:
    shown = answered(desk, "print(run.ask('Change 14 leads?'))", answer)
    assert shown.rstrip().endswith(said)
    assert shown.count("Answer y or n.") == answer.count("\n") - 1 + (answer == "\x04")
    assert ("Nothing was changed." in shown) == (said == "False")


@pytest.mark.parametrize(
    ("answer", "said"), [("2\n", "Not a fit"), ("no-budget\n", "No budget"), ("9\n\n1\n", "No budget")]
)
def test_a_choice_is_made_by_number_or_by_name(desk: Desk, answer: str, said: str) -> None:
    line = "print('->', run.choose('Reason', ['No budget', 'Not a fit'], option='--reason'))"
    shown = answered(desk, line, answer)
    assert "  1  No budget" in shown
    assert said in shown.splitlines()[-1]
    assert shown.count("Answer a number from 1 to 2") == answer.count("\n") - 1


def test_a_choice_that_is_never_made_is_an_error(desk: Desk) -> None:
    line = "print('->', run.choose('Reason', ['No budget', 'Not a fit'], option='--reason'))"
    assert "--reason is needed and nothing was answered." in answered(desk, line, "\x04")


def test_questions_go_to_standard_error_only(desk: Desk) -> None:
    program = ASKS.format(line="print(run.ask('Change \\x1b[31m14 leads?'))")
    (desk.home / "ask.py").write_text(program)
    line = f"{sys.executable} ask.py >out.txt"
    terminal = pexpect.spawn("bash", ["-c", line], env=desk.env, cwd=str(desk.home), encoding="utf-8", timeout=20)
    terminal.expect(r"\[y/n\]: ")
    assert "^[[31m14 leads?" in terminal.before
    terminal.sendline("y")
    terminal.expect(pexpect.EOF)
    assert (desk.home / "out.txt").read_text() == "True\n"
