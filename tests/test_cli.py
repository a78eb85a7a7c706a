"""Guards the command line itself: the list of commands, options anywhere, suggestions, errors and their exit codes."""

from __future__ import annotations

import json
import os
import stat

import pytest
from desk import Desk
from typer.testing import CliRunner

from leadcli import __version__, cli
from leadcli.commands import typer_commands
from leadcli.errors import Busy, Refused
from leadcli.run import Run


def words_of_all_commands() -> list[str]:
    """Every command, and every word of those that have several."""
    found = []
    for name, (_, _, target) in cli.COMMANDS.items():
        loaded = typer_commands.load_target(target)
        found.append(name)
        if isinstance(loaded, typer_commands.Subcommands):
            found += [f"{name} {word}" for word in loaded.commands]
    return found


@pytest.mark.parametrize("argv", ["", "-h", "--help", "help", "-q"])
def test_every_way_to_ask_shows_the_grouped_list(desk: Desk, argv: str) -> None:
    result = desk.run(*argv.split())
    assert result.returncode == 0
    assert result.stderr == ""
    assert result.stdout == desk.run("--help").stdout
    assert all(f"\n  {name} " in result.stdout for name in cli.COMMANDS)
    assert "\nLeads:" in result.stdout
    assert "\nUpkeep:" in result.stdout


@pytest.mark.parametrize("command", words_of_all_commands())
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself_with_examples(desk: Desk, command: str, option: str) -> None:
    said = desk.ok(*command.split(), option)
    examples = said.partition("Examples:\n")[2]
    assert examples.count("leadcli ") >= 1 + (" " not in command and command not in ("help", "completion"))
    assert "--db FILE" in said or "Commands:" in said
    assert "<class" not in said


@pytest.mark.parametrize(
    ("alias", "name"), [(alias, name) for alias, name in cli.ALIASES.items() if name in cli.COMMANDS]
)
def test_aliases_are_the_command_itself(desk: Desk, alias: str, name: str) -> None:
    assert desk.ok(alias, "-h") == desk.ok(name, "-h")
    assert f"\n  {alias} " not in desk.ok("-h")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version_is_one_line(desk: Desk, option: str) -> None:
    assert desk.run(option).stdout == f"leadcli {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ("search acme corp", "here it is: leadcli list acme corp"),
        ("find", "there is no command 'find'."),
        ("New Bob", "here it is: leadcli add Bob"),
        ("won 12", "here it is: leadcli status 12 converted, or: leadcli convert 12"),
        ("done", "here it is: leadcli task done TASK"),
        ("today", "here it is: leadcli next"),
        ("stats", "here it is: leadcli report pipeline"),
        ("dashboard", "here it is: leadcli report dashboard"),
        ("query value:5k..", "leadcli list value:5k.."),
        ("help tasks", "here it is: leadcli task list"),
        ("lsit", "unknown command 'lsit'. Did you mean 'list'?"),
        ("stauts", "Did you mean 'status'?"),
        ("config --jsom", "unknown option '--jsom'. Did you mean '--json'?"),
        ("--quite", "unknown option '--quite'. Did you mean '--quiet'?"),
        ("help fitler", "Did you mean 'filter'?"),
        ("list -tag:x", "to leave such records out write: not tag:x"),
        ("list --limit x", "--limit 'x' is not a whole number."),
        ("list --limit", "option '--limit' requires an argument."),
        ("list --ids --csv", "one format at a time: csv or ids?"),
        ("--color blue list", "--color 'blue' is not one of auto, always, never."),
        ("--lock-timeout=-3 list", "is not a number of seconds"),
        ("completion", "missing argument"),
        ("list --limit=-1", "--limit 0 shows all"),
        ("list --today 03/04/2026", "ambiguous"),
        ("list --today 2026-11-22Tnoon", "is not a moment"),
    ],
)
def test_wrong_use_is_one_sentence_with_a_way_out(desk: Desk, argv: str, says: str) -> None:
    desk.ok("add", "Ada Lovelace")
    result = desk.fails(2, *argv.split(), says=says)
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) <= 2


def test_options_of_every_command_work_before_and_after_it(desk: Desk) -> None:
    other = desk.home / "other.db"
    desk.ok("add", "Grace Hopper", "--db", other)
    assert desk.ok("--db", other, "list") == desk.ok("list", "--db", other)
    assert "Grace" in desk.ok("--db", other, "list")
    assert not desk.db.exists()


def test_what_stands_after_the_command_beats_what_stands_before(desk: Desk) -> None:
    desk.ok("add", "Ada", "--db", "one.db")
    desk.ok("add", "Bob", "--db", "two.db")
    assert "Bob" in desk.ok("--db", "one.db", "list", "--db", "two.db")


def test_a_family_takes_options_before_its_word(desk: Desk) -> None:
    assert desk.json("config", "path") == json.loads(desk.ok("config", "--json", "path"))
    assert json.loads(desk.ok("config", "--color", "never", "--json"))[0]["key"] == "db"


def test_errors_are_objects_with_json(desk: Desk) -> None:
    result = desk.fails(3, "list", "--json")
    error = json.loads(result.stderr)["error"]
    assert error["code"] == 3
    assert error["kind"] == "not_found"
    assert "leadcli init" in error["hint"]
    assert json.loads(desk.fails(2, "lsit", "--json").stderr)["error"]["kind"] == "usage"


@pytest.mark.parametrize("argv", ["help filter", "--help", "config --json", "list -h"])
def test_a_reader_that_leaves_early_is_no_error(desk: Desk, argv: str) -> None:
    result = desk.bash(f"leadcli {argv} | true; echo ${{PIPESTATUS[0]}}")
    assert result.stdout == "0\n"
    assert result.stderr == ""


def test_a_full_disk_is_said(desk: Desk) -> None:
    result = desk.bash("leadcli help filter > /dev/full")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: cannot write the output: ")


def test_closed_streams_are_survived(desk: Desk) -> None:
    assert desk.bash("leadcli config >&-").returncode == 0
    assert desk.bash("leadcli lsit 2>&-").returncode == 2


def test_undecodable_words_are_refused_in_a_sentence(desk: Desk) -> None:
    result = desk.bash("leadcli config me $'\\xff'")
    assert result.returncode == 2
    assert "UTF-8" in result.stderr


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (Refused("no."), 5, "Error: no."),
        (Busy("later."), 75, "Error: later."),
        (FileNotFoundError(2, "No such file", "x.csv"), 3, "there is no 'x.csv'"),
        (PermissionError(13, "Permission denied", "x.csv"), 1, "'x.csv' cannot be used: Permission denied."),
        (KeyboardInterrupt(), 130, "interrupted; nothing was changed."),
        (ZeroDivisionError("division by zero"), 1, "something went wrong inside leadcli (ZeroDivisionError"),
    ],
)
def test_the_error_handler_turns_everything_into_a_code(
    desk: Desk, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, says: str
) -> None:
    def work() -> None:
        raise error

    assert cli.run_guarded(Run([], desk.env), work) == code
    assert says in capsys.readouterr().err


def test_a_fault_of_our_own_is_logged_for_its_owner_only(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(["list"], desk.env)
    cli.run_guarded(run, lambda: {}["customer secret"])  # type: ignore[misc]
    log = desk.home / "state" / "leadcli" / "errors.log"
    said = capsys.readouterr().err
    assert str(log) in said
    assert "Traceback" not in said
    assert "KeyError" in log.read_text()
    assert stat.S_IMODE(os.stat(log).st_mode) == 0o600
    run.debug = True
    cli.run_guarded(run, lambda: {}["customer secret"])  # type: ignore[misc]
    assert "Traceback" in capsys.readouterr().err


def test_nowhere_to_log_is_no_second_error(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run([], {"XDG_STATE_HOME": "/dev/null/nowhere"})
    assert cli.run_guarded(run, lambda: {}["x"]) == 1  # type: ignore[misc]
    assert "--debug" in capsys.readouterr().err


def test_typers_own_runner_sees_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli.app, ["lsit"])
    assert result.exit_code == 2
    assert "Did you mean 'list'?" in result.output


def test_a_command_of_ones_own(desk: Desk) -> None:
    desk.ok("add", "Ada Lovelace", "--value", "900")
    desk.ok("add", "Bob Noyce", "--value", "20")
    desk.ok("config", "aliases.rich", "list value:100.. --fields name")
    assert desk.ok("rich") == "Ada Lovelace"
    assert desk.ok("rich", "--count") == "1"
    desk.fails(2, "config", "aliases.list", "rm is:any --yes", says="list is a command of leadcli")
    file = desk.home / "config" / "leadcli" / "config.toml"
    file.write_text(f'{file.read_text()}list = "rm is:any --yes"\n')  # by hand, below [aliases]
    assert desk.ok("list", "--count") == "2"


def test_settings_that_mean_nothing_are_warned_about(desk: Desk) -> None:
    file = desk.home / "config" / "leadcli" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('curency = "USD"\n')
    result = desk.run("config", "currency")
    assert result.stdout == "EUR\n"
    assert "Warning: " in result.stderr
    assert "Did you mean 'currency'?" in result.stderr
    assert desk.run("-q", "config", "currency").stderr == ""
    assert desk.run("config", "currency", "-q").stderr == ""


def test_the_module_runs_too(desk: Desk) -> None:
    result = desk.process("--version")
    assert result.stdout == f"leadcli {__version__}\n"
    assert result.returncode == 0
    assert desk.process("lsit").returncode == 2


def test_words_of_other_programs_point_to_commands_there_are() -> None:
    from leadcli.cli import ALIASES, COMMANDS
    from leadcli.commands.elsewhere import ELSEWHERE

    assert not set(ELSEWHERE) & {*COMMANDS, *ALIASES} - {"sql"}
    targets = {pattern.split()[0] for patterns in ELSEWHERE.values() for pattern in patterns}
    assert targets - {"sql"} <= set(COMMANDS)
