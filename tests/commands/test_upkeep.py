"""Guards config, help and the completion scripts as commands."""

from __future__ import annotations

import os
import re
import stat

import pexpect
import pytest
from desk import Desk

from leadcli.commands.completion import SHELLS
from leadcli.commands.help import TOPICS
from leadcli.config.settings import SETTINGS


def test_all_settings_are_shown_with_their_origin(desk: Desk) -> None:
    desk.ok("config", "currency", "usd")
    file = str(desk.home / "config" / "leadcli" / "config.toml")
    rows = {row["key"]: row for row in desk.json("config")}
    assert set(rows) == set(SETTINGS)
    assert rows["currency"] == {"key": "currency", "value": "USD", "origin": file}
    assert rows["db"] == {"key": "db", "value": str(desk.db), "origin": "environment LEADCLI_DB"}
    assert rows["list_limit"]["origin"] == "default"
    assert "me\tann\tenvironment LEADCLI_ME" in desk.ok("config").splitlines()


def test_setting_and_asking(desk: Desk) -> None:
    result = desk.run("config", "mail.command", "msmtp -t")
    assert result.stdout == ""
    assert result.stderr.startswith("Set mail.command to msmtp -t in ")
    assert desk.ok("config", "mail.command") == "msmtp -t"
    assert desk.ok("config", "get", "mail.command") == "msmtp -t"
    assert desk.json("config", "set", "mail.port", "25") == [
        {"key": "mail.port", "value": "25", "origin": str(desk.home / "config" / "leadcli" / "config.toml")}
    ]
    assert "587" not in desk.run("config", "unset", "mail.port").stderr
    assert desk.ok("config", "mail.port") == "0"
    assert "is not set" in desk.run("config", "unset", "mail.port").stderr


def test_what_the_environment_overrides_is_said(desk: Desk) -> None:
    assert "environment LEADCLI_ME says 'ann', which beats the file" in desk.run("config", "me", "bob").stderr


@pytest.mark.parametrize("argv", ["curency USD", "curency", "unset curency", "list_limit many", "me ann bob"])
def test_a_wrong_setting_changes_nothing(desk: Desk, argv: str) -> None:
    desk.fails(2, "config", *argv.split())
    assert not (desk.home / "config").exists()


def test_the_paths_are_shown(desk: Desk) -> None:
    rows = {row["name"]: row["path"] for row in desk.json("config", "path")}
    assert rows["db"] == str(desk.db)
    assert rows["config"] == str(desk.home / "config" / "leadcli" / "config.toml")
    assert list(rows) == ["config", "db", "imports", "hooks", "log"]
    assert not (desk.home / "config").exists()


def test_settings_work_at_once(desk: Desk) -> None:
    desk.ok("config", "currency", "USD")
    desk.ok("config", "default_view", "is:any")
    desk.ok("add", "Ada", "--value", "10")
    assert "USD" in desk.ok("list")


def test_an_alias_cannot_hide_a_command(desk: Desk) -> None:
    desk.fails(2, "config", "aliases.list", "list @hot", says="list is a command of leadcli")
    desk.fails(2, "config", "set", "aliases.ls", "list", says="aliases.myls")
    desk.ok("config", "aliases.mine", "list owner:me")
    file = desk.home / "config" / "leadcli" / "config.toml"
    file.write_text(file.read_text() + 'mv = "list"\n')
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--close", "+7d", "--owner", "ann")
    assert "aliases.mv does nothing: mv is a command of leadcli" in desk.fails(4, "doctor").stdout
    assert "aliases.mine" not in desk.run("doctor").both


def test_the_editor_needs_a_terminal(desk: Desk) -> None:
    desk.fails(2, "config", "edit", says="an editor needs a terminal", EDITOR="true")


def terminal(desk: Desk, line: str, *, rows: int = 60, **env: str) -> str:
    """What this line shows on a terminal."""
    environ = {**desk.env, "TERM": "xterm", **env}
    run = pexpect.spawn("bash", ["-c", line], env=environ, cwd=str(desk.home), encoding="utf-8", dimensions=(rows, 120))
    run.expect(pexpect.EOF)
    run.close()
    assert run.exitstatus == 0, run.before
    return str(run.before)


def test_the_editor_opens_the_file_and_its_mistakes_are_named(desk: Desk) -> None:
    (desk.home / "change.sh").write_text('echo \'list_limits = 3\' >> "$1"\necho \'list_limit = "many"\' >> "$1"\n')
    said = terminal(desk, "leadcli config edit", EDITOR="bash change.sh")
    file = desk.home / "config" / "leadcli" / "config.toml"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert "Did you mean 'list_limit'?" in said
    assert "list_limit 'many' is not a whole number" in said


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_text(desk: Desk, topic: str) -> None:
    said = desk.run("help", topic)
    assert said.returncode == 0
    assert said.stderr == ""
    assert len(said.stdout.splitlines()) > 8
    assert all(len(line) <= 120 for line in said.stdout.splitlines() if "LEADCLI_DB=" not in line)


def test_help_of_a_command_is_its_own_help(desk: Desk) -> None:
    assert desk.ok("help", "list") == desk.ok("list", "--help")
    assert desk.ok("help", "ls") == desk.ok("list", "--help")
    assert desk.ok("help", "config", "path") == desk.ok("config", "path", "-h")
    desk.fails(2, "help", "config", "pth", says="Did you mean 'path'?")
    desk.fails(2, "help", "config", "path", "more")


def test_help_on_a_terminal_has_panels_and_plain_help_has_none(desk: Desk) -> None:
    boxed = terminal(desk, "leadcli list -h")
    plain = terminal(desk, "leadcli list -h", LEADCLI_PLAIN="1")
    assert "╭" in boxed
    assert "╭" not in plain
    assert "\x1b[" not in plain
    for shown in (re.sub(r"\x1b\[[0-9;]*m", "", boxed), plain):
        assert "[QUERY]..." in shown
        assert "{{name}} <{{email}}>" in shown
        assert "leadcli list value:5k.. owner:me" in shown
    assert "╭" in terminal(desk, "leadcli help")
    assert "Leads" in terminal(desk, "leadcli")


def test_an_unknown_shell_is_suggested(desk: Desk) -> None:
    desk.fails(2, "completion", "bsh", says="Did you mean 'bash'?")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_scripts_are_understood_by_their_shells(desk: Desk, shell: str) -> None:
    script = desk.file("script", desk.run("completion", shell).stdout)
    result = desk.command([shell, "-n", str(script)])
    assert (result.returncode, result.stderr) == (0, "")


def test_the_pager_is_the_one_that_was_set(desk: Desk) -> None:
    for number in range(20):
        desk.ok("add", f"Lead {number}")
    desk.ok("config", "pager", "sed s/Lead/Paged/")
    assert "Paged 7" in terminal(desk, "leadcli list", rows=10)
    assert "Paged 7" not in terminal(desk, "leadcli list", rows=10, LEADCLI_PAGER="cat")
    assert "Paged 7" not in terminal(desk, "leadcli list --no-pager", rows=10)


def test_colour_can_be_switched_off_for_good(desk: Desk) -> None:
    desk.ok("add", "Ada Lovelace", "--priority", "urgent")
    assert "\x1b[" in terminal(desk, "leadcli list")
    looks = set()
    for theme in ("auto", "dark", "light"):
        desk.ok("config", "theme", theme)
        looks.add(terminal(desk, "leadcli list"))
    assert len(looks) == 3
    desk.ok("config", "theme", "none")
    assert "\x1b[" not in terminal(desk, "leadcli list")
    assert "\x1b[" in terminal(desk, "leadcli list --color always")
