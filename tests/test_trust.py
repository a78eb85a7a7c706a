"""What others could have written is not obeyed: owner and mode of desks, settings and hooks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from desk import Desk
from strangers import CONFIG, as_stranger, hook, program_ran, settings_file

from leadcli.system import trust


def linked_hook(desk: Desk) -> Path:
    """A hook that is a link into a folder anybody can write."""
    folder = desk.home / "shared"
    folder.mkdir()
    hook(desk).rename(folder / "on-add")
    hook(desk).unlink()
    (desk.home / "config" / "leadcli" / "hooks" / "on-add").symlink_to(folder / "on-add")
    return folder


ADD = ("add", "Ada")
MAIL = ("report", "pipeline", "--email", "bob@example.com")
WEAK: dict[str, tuple[Callable[[Desk], object], str, int, tuple[str, ...]]] = {
    "hook": (hook, f"{CONFIG}/hooks/on-add", 0o777, ADD),
    "hook before": (lambda desk: hook(desk, "pre-add"), f"{CONFIG}/hooks/pre-add", 0o757, ADD),
    "folder of hooks": (hook, f"{CONFIG}/hooks", 0o777, ADD),
    "folder of settings": (hook, CONFIG, 0o777, ADD),
    "folder a hook is linked into": (linked_hook, "shared", 0o777, ADD),
    "alias": (lambda desk: settings_file(desk, '[aliases]\nhot = "list"\n'), f"{CONFIG}/config.toml", 0o666, ("hot",)),
    "alias, folder": (lambda desk: settings_file(desk, '[aliases]\nhot = "list"\n'), CONFIG, 0o777, ("hot",)),
    "mail.command": (lambda desk: settings_file(desk, f"[mail]\ncommand = 'touch {desk.home}/mark'\n"),
                     f"{CONFIG}/config.toml", 0o666, MAIL),
    "mail.host": (lambda desk: settings_file(desk, "[mail]\ntransport = 'smtp'\nhost = 'x.example'\n"),
                  f"{CONFIG}/config.toml", 0o666, MAIL),
    "mail.password_command": (lambda desk: settings_file(desk, f"[mail]\npassword_command = 'touch {desk.home}/mark'\n"
                                                         "transport = 'smtp'\nuser = 'ann'\nfrom = 'a@x.example'\n"),
                              f"{CONFIG}/config.toml", 0o666, MAIL),
    "rule, desk": (lambda desk: desk.ok("rule", "add", "g", "--on", "added", "--run", f"touch {desk.home}/mark"),
                   "t.db", 0o666, ADD),
    "rule, folder of the desk": (lambda desk: desk.ok("rule", "add", "g", "--on", "added", "--mail", "intro"),
                                 ".", 0o777, ADD),
    "new rule": (lambda desk: None, "t.db", 0o606, ("rule", "add", "g", "--on", "added", "--run", "true")),
    "allow": (lambda desk: as_stranger(desk, "rule", "add", "g", "--on", "added", "--run", "true"), "t.db", 0o602,
              ("rule", "allow", "g")),
}  # fmt: skip


@pytest.mark.parametrize("threat", WEAK)
def test_what_others_can_write_is_not_obeyed(desk: Desk, threat: str) -> None:
    desk.ok("add", "Bob", "--email", "bob@example.com")
    desk.ok("template", "add", "intro", "--subject", "Hello", "--body", "-", stdin="Hi\n")
    prepare, weak, mode, words = WEAK[threat]
    prepare(desk)
    path = (desk.home / weak).resolve()
    path.chmod(mode)
    before = desk.ok("export"), desk.ok("rule", "list")
    desk.fails(1, *words, says=("is not obeyed", f"{path} can be written by others", f"chmod go-w {path}"))
    assert not program_ran(desk)
    assert (desk.ok("export"), desk.ok("rule", "list")) == before
    assert f"chmod go-w {path}" in desk.run("doctor").stdout
    desk.run(*words, "--dry-run")
    assert not program_ran(desk)
    path.chmod(mode & 0o755)
    assert "is not obeyed" not in desk.run(*words).stderr


def test_plain_commands_do_not_care(desk: Desk) -> None:
    path = settings_file(desk, 'currency = "USD"\npager = "false"\n[mail]\ncommand = "false"\n[aliases]\nx = "list"\n')
    desk.ok("add", "Ada", "--value", "5")
    for weak in (path, path.parent, desk.db, desk.home):
        weak.chmod(0o777)
    desk.ok("add", "Bob")
    desk.ok("edit", "1", "--city", "Bonn")
    assert desk.json("show", "1")["currency"] == "USD"
    assert desk.ok("config", "mail.command") == "false"


def test_the_doctor_names_each_file_once_and_still_closes_them(desk: Desk) -> None:
    path = settings_file(desk, "pager = 'less'\n[mail]\npassword_command = 'pass'\n")
    desk.ok("init")
    hook(desk)
    path.chmod(0o666)
    desk.db.chmod(0o666)
    findings = json.loads(desk.run("doctor", "--json").stdout)["findings"]
    assert [each["check"] for each in findings if str(path) in each["message"]] == ["file modes", "trust"]
    desk.run("doctor", "--fix")
    assert [place.stat().st_mode & 0o777 for place in (path, desk.db)] == [0o600, 0o600]


def test_a_pager_others_could_have_named_is_not_started(desk: Desk) -> None:
    path = settings_file(desk, f"pager = 'touch {desk.home}/mark'\n")
    desk.ok("import", desk.file("many.csv", "name\n" + "".join(f"Lead {number}\n" for number in range(60))))
    for mode, obeyed in ((0o666, False), (0o600, True)):
        path.chmod(mode)
        child = pexpect.spawn(sys.executable, ["-m", "leadcli", "list"], env={**desk.env, "TERM": "xterm"},
                              cwd=str(desk.home), timeout=30, encoding="utf-8", dimensions=(20, 100))  # fmt: skip
        text = child.read()
        child.close()
        assert ("pager is not obeyed" in text) == (not obeyed)
        assert (child.exitstatus, program_ran(desk)) == (0 if obeyed else 1, obeyed)


def test_folders_that_are_shared_on_purpose_are_named_in_the_settings(desk: Desk) -> None:
    hook(desk).chmod(0o777)
    desk.ok("rule", "add", "g", "--on", "added", "--run", f"touch {desk.home}/rule")
    desk.db.chmod(0o666)
    desk.fails(1, *ADD, says="leadcli config trust")
    desk.ok("config", "trust", f"{desk.home}:/srv/desk")
    assert desk.ok("config", "trust") == f"{desk.home}:/srv/desk"
    desk.ok(*ADD)
    assert program_ran(desk)
    assert (desk.home / "rule").exists()
    desk.fails(2, "config", "trust", "relative", says="relative folder")


def test_settings_that_others_can_write_cannot_vouch_for_anything(desk: Desk) -> None:
    path = settings_file(desk, f'trust = ["{desk.home}"]\n[aliases]\nhot = "list"\n')
    hook(desk).chmod(0o777)
    desk.ok(*ADD)
    path.chmod(0o666)
    assert "leadcli config trust" not in desk.fails(1, *ADD, says="hook on-add is not obeyed").stderr
    desk.fails(1, "hot", says="alias hot is not obeyed")


@pytest.mark.parametrize(
    ("mode", "folder_mode", "strangers", "reason"),
    [
        (0o644, 0o755, False, ""),
        (0o644, 0o1777, False, ""),  # sticky, as /tmp
        (0o646, 0o755, False, "can be written by others (mode 0646)"),
        (0o644, 0o757, False, "can be written by others (mode 0757)"),
        (0o644, 0o755, True, "belongs to "),
    ],
)
def test_owner_and_mode_of_a_file_and_its_folder(
    tmp_path: Path, mode: int, folder_mode: int, strangers: bool, reason: str
) -> None:
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.touch()
    path.chmod(mode)
    path.parent.chmod(folder_mode)
    owners = {os.geteuid() + 1} if strangers else trust.owners_trusted({})
    flaw = trust.first_flaw([path], owners)
    assert (flaw.reason if flaw else "").startswith(reason)
    assert bool(flaw) == bool(reason)
    assert trust.first_flaw([path], owners, trusted_folders=[tmp_path]) is None
