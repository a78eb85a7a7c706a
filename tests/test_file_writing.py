"""Files are written whole or not at all, for their owner only, and never through what another user laid in the way."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import Desk

from leadcli.errors import Failed
from leadcli.system.file_writer import is_trusted_owner, make_folder, replace_file, resolve_target

PACKAGE = Path(__file__).resolve().parents[1] / "leadcli"
NOBODY = 65534
ROOT = os.geteuid() == 0  # only root can lay a link in another user's name
VICTIM = "somebody's file\n"

# Who opens a file for writing, or makes one: nobody else may, and everything that names a place goes by file_writer.
WRITERS = {
    "system/file_writer.py": "the one helper",
    "system/error_log.py": "appends to errors.log, no link followed at its end",
    "screen/output.py": "the null device, for a reader who left",
    "commands/edit.py": "mkstemp in the folder of temporary files, for $EDITOR",
    "store/bulk/staging.py": "mkstemp, unlinked once it is open",
    "store/engine.py": "renames a database made beside its place by create_temporary",
    "domain/work/attachments.py": "opens what is attached, for reading",
}
CREATES = {"os.open", "os.mkdir", "os.makedirs", "os.replace", "os.rename", "os.link", "os.symlink"}
METHODS = {"write_bytes", "mkstemp", "mkdtemp", "NamedTemporaryFile", "mkdir", "makedirs", "touch", "copyfile", "copy2",
           "copytree", "symlink_to", "hardlink_to", "rename"}  # fmt: skip


def creations(path: Path) -> Iterator[str]:
    """The calls of a module that may write a file under a name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        words = [arg.value for arg in (*node.args, *(k.value for k in node.keywords)) if isinstance(arg, ast.Constant)]
        modes = [word for word in words if isinstance(word, str) and len(word) <= 3 and set(word) & set("wax")]
        opens = called == "open" or (called.endswith(".open") and called != "os.open")
        on_path = isinstance(node.func, ast.Attribute) and node.func.attr == "write_text"
        if called in CREATES or called.rpartition(".")[2] in METHODS or (opens and modes) or on_path:
            yield f"{node.lineno} {called}"


def test_nobody_else_opens_a_file_for_writing() -> None:
    calls = {path.relative_to(PACKAGE).as_posix(): list(creations(path)) for path in PACKAGE.rglob("*.py")}
    # A name that only looks like one: the terminal's and the store's own methods.
    harmless = ("views.rename", "choice_lists.rename", "vocabulary.rename", "customs.rename", "custom_fields.rename")
    strange = {
        module: rest
        for module, lines in calls.items()
        if module not in WRITERS and (rest := [line for line in lines if not line.endswith(harmless)])
    }
    assert not strange, "write it by leadcli.system.file_writer, or say in WRITERS why it is safe"


def furnish(desk: Desk) -> None:
    """A lead with a file, a template, and a file of rows one of which is rejected."""
    desk.ok("add", "Ada", "--email", "ada@example.com")
    desk.ok("template", "add", "hello", "--subject", "Hi", "--body", "-", stdin="Hello {{ name }}")
    desk.ok("attach", "1", desk.file("note.txt", "note"))
    desk.file("bad.csv", "name,email\nBob,no@address\n")


def lay_links(folder: Path, names: list[str], victim: Path) -> None:
    for name in names:
        (folder / name).symlink_to(victim)


ATTEMPTS: dict[str, tuple[list[str], list[str]]] = {
    # what is written: (the command, names that could be foreseen as those of its temporary files)
    "settings": (["config", "currency", "USD"], ["config/leadcli/.config.toml.{pid}"]),
    "rejects": (["import", "bad.csv", "--rejects", "out.csv"], [".out.csv.{pid}", "out.csv.{pid}.part"]),
    "export": (["export", "-o", "out.csv"], ["out.csv.{pid}.part", ".out.csv.{pid}"]),
    "html": (["report", "pipeline", "-o", "out.html"], ["out.html.{pid}.part"]),
    "backup": (["backup", "out.db"], [".out.db.{pid}"]),
    "export .db": (["export", "-o", "out.db"], [".out.db.{pid}"]),
    "profile": (["import", "good.csv", "--save-profile", "expo"], ["config/leadcli/imports/.expo.toml.{pid}"]),
}


@pytest.mark.parametrize("what", ATTEMPTS)
def test_a_link_laid_where_a_temporary_file_was_foreseen_is_not_followed(what: str, desk: Desk) -> None:
    argv, names = ATTEMPTS[what]
    furnish(desk)
    desk.file("good.csv", "name,email\nBob,bob@example.com\n")
    victim = desk.file("victim", VICTIM)
    (desk.home / "config/leadcli/imports").mkdir(parents=True)
    lay_links(desk.home, [name.format(pid=os.getpid()) for name in names], victim)
    assert desk.run(*argv).returncode in (0, 4)
    assert victim.read_text() == VICTIM
    assert not list(desk.home.rglob("*.part")) or any(name.endswith(".part") for name in names)


def outcome(write: Callable[[], object]) -> str:
    try:
        write()
    except Failed as error:
        return "refused" if "another user" in error.message else error.message
    return "written"


@pytest.mark.parametrize("owner", ["me", "nobody"] if ROOT else ["me"])
@pytest.mark.parametrize("place", ["the file", "its folder", "a pipe"])
def test_a_link_is_followed_if_it_is_mine(place: str, owner: str, tmp_path: Path) -> None:
    from leadcli.screen import write_file

    real = tmp_path / "real"
    real.mkdir()
    if place == "a pipe":
        os.mkfifo(tmp_path / "laid")
        reader = os.open(tmp_path / "laid", os.O_RDONLY | os.O_NONBLOCK)
        path = tmp_path / "laid"
    else:
        reader = -1
        (tmp_path / "laid").symlink_to(real / "out.csv" if place == "the file" else real)
        path = tmp_path / "laid" if place == "the file" else tmp_path / "laid" / "out.csv"
    if owner == "nobody":
        os.lchown(tmp_path / "laid", NOBODY, NOBODY)
    done = outcome(lambda: write_file(str(path), ["text\n"]))
    assert done == ("written" if owner == "me" else "refused")
    if reader >= 0:
        assert os.read(reader, 10) == (b"text\n" if owner == "me" else b"")
        os.close(reader)
    else:
        assert (real / "out.csv").exists() == (owner == "me")


COMMANDS = {
    "export": ["export", "-o", "laid/out.csv"],
    "list": ["list", "-o", "laid/out.html"],
    "rejects": ["import", "bad.csv", "--rejects", "laid/out.csv"],
    "backup": ["backup", "laid/out.db"],
    "attach save": ["attach", "save", "1", "-o", "laid"],
    "drafts": ["mail", "1", "--template", "hello", "--draft", "laid", "--yes"],
    "convert": ["convert", "1", "--yes", "-o", "laid/out.json"],
}


@pytest.mark.parametrize("owner", ["me", "nobody"] if ROOT else ["me"])
@pytest.mark.parametrize("what", COMMANDS)
def test_every_command_that_writes_asks_whose_link_it_is(what: str, owner: str, desk: Desk) -> None:
    furnish(desk)
    (desk.home / "real").mkdir()
    (desk.home / "laid").symlink_to(desk.home / "real")
    if owner == "nobody":
        os.lchown(desk.home / "laid", NOBODY, NOBODY)
    done = desk.run(*COMMANDS[what])
    if owner == "me":
        assert done.returncode in (0, 4), done.both
        assert list((desk.home / "real").iterdir())
    else:
        assert done.returncode == 1, done.both
        assert "a link of another user" in done.stderr
        assert not list((desk.home / "real").iterdir())


def test_root_and_i_are_trusted() -> None:
    assert is_trusted_owner(0)
    assert is_trusted_owner(os.geteuid())
    assert not is_trusted_owner(NOBODY)


@pytest.mark.parametrize("path", ["a/../b", "./b", "link/../b", "/dev/null"])
def test_a_place_is_what_the_system_takes_it_for(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to("deep/er")
    monkeypatch.chdir(tmp_path)
    assert resolve_target(path) == os.path.realpath(path)


def test_links_that_lead_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        resolve_target(tmp_path / "a")


MODES = {
    # what is written: (the command, the file)
    "attach save": (["attach", "save", "1", "-o", "new/deep"], "new/deep/note.txt"),
    "drafts": (["mail", "1", "--template", "hello", "--draft", "new/deep", "--yes"], "new/deep/1-hello.eml"),
    "settings": (["config", "currency", "USD"], "config/leadcli/config.toml"),
    "rejects": (["import", "bad.csv", "--rejects", "out.csv"], "out.csv"),
    "new desk": (["--db", "new/deep/t.db", "add", "Ada"], "new/deep/t.db"),
}


@pytest.mark.parametrize("what", MODES)
def test_files_are_mine_alone_whatever_the_umask(what: str, desk: Desk) -> None:
    argv, name = MODES[what]
    furnish(desk)
    before = os.umask(0)
    try:
        assert desk.run(*argv).returncode in (0, 4)
    finally:
        os.umask(before)
    file = desk.home / name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in file.parents:
        if folder == desk.home:
            break
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_programs_it_starts_inherit_a_careful_umask(desk: Desk) -> None:
    hook = desk.home / "config/leadcli/hooks/on-add"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\numask > {desk.home}/seen\n")
    hook.chmod(0o700)
    assert desk.bash("umask 0; leadcli add Ada").returncode == 0
    assert int((desk.home / "seen").read_text(), 8) == 0o077


@pytest.mark.parametrize(("mode", "keep", "after"), [(0o644, True, 0o644), (0o644, False, 0o600), (None, True, 0o600)])
def test_a_replaced_file_keeps_its_mode_where_that_is_a_choice(
    mode: int | None, keep: bool, after: int, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    if mode:
        path.write_text("before")
        path.chmod(mode)
    with replace_file(path, keep_mode=keep) as file:
        file.write(b"after")
    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == after


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("before")
    with pytest.raises(UnicodeEncodeError), replace_file(path) as file:
        file.writelines(text.encode("ascii") for text in ("half", "ü"))
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "before"


def test_an_exclusive_file_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nothing there")
    with pytest.raises(FileExistsError), replace_file(tmp_path / "out", exclusive=True) as file:
        file.write(b"text")
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_template_of_another_desk_names_no_other_folder(desk: Desk) -> None:
    furnish(desk)
    with contextlib.closing(sqlite3.connect(desk.db)) as connection, connection:
        connection.execute("UPDATE templates SET name = 'x/../../out'")
    desk.run("mail", "1", "--template", "x/../../out", "--draft", "drafts/here", "--yes")
    assert {path.parent for path in desk.home.rglob("*.eml")} == {desk.home / "drafts/here"}


def test_folders_above_are_mine_too(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_folder(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/c")} == {0o700}


LEFT = {
    # what a killed program was writing: the folder its rest lies in, and the command that writes there next
    "settings": ("config/leadcli", ["config", "set", "currency", "USD"]),
    "export": (".", ["export", "-o", "out.csv"]),
    "backup": (".", ["backup", "out.db"]),
}


@pytest.mark.parametrize("what", LEFT)
def test_what_a_killed_program_left_is_named_and_swept(what: str, desk: Desk) -> None:
    folder, argv = LEFT[what]
    furnish(desk)
    (desk.home / folder).mkdir(parents=True, exist_ok=True)
    left = desk.home / folder / ".out.0123456789abcdef.part"
    database = left.with_name(f"{left.name}-db")
    for path in (left, database):
        path.write_text("half of it")
    assert str(left) in desk.run("doctor").stdout
    assert left.exists()
    desk.ok(*argv)
    assert not left.exists()
    assert not database.exists()
    left.write_text("half of it")
    desk.run("doctor", "--fix")
    assert not left.exists()


def test_what_is_still_written_is_not_swept(desk: Desk) -> None:
    with replace_file(desk.home / "out.csv") as file:
        file.write(b"name\n")
        desk.process("add", "Ada")
        assert desk.process("export", "-o", "other.csv").returncode == 0
        assert "out.csv" not in desk.process("doctor").stdout
    assert (desk.home / "out.csv").read_text() == "name\n"
    assert not list(desk.home.glob(".*.part*"))


@pytest.mark.parametrize("argv", [["backup", "out.db"], ["export", "-o", "out.csv"], ["config", "set", "me", "bob"]])
def test_a_program_killed_while_it_writes_leaves_what_the_next_run_sweeps(argv: list[str], desk: Desk) -> None:
    """Killed when everything is written and about to be renamed or linked into place."""
    desk.ok("add", "Ada")
    killing = """if True:
        import os, signal, sys
        def kill(*args, **words): os.kill(os.getpid(), signal.SIGKILL)
        from leadcli.cli import main
        os.replace = os.link = os.rename = kill
        main(sys.argv[1:])"""
    assert desk.command([sys.executable, "-c", killing, *argv]).returncode == -signal.SIGKILL
    left = [*desk.home.rglob(".*.part*")]
    assert left
    desk.ok(*argv)
    assert not [*desk.home.rglob(".*.part*")]


@pytest.mark.parametrize("round_", range(3))
def test_settings_set_at_once_are_all_in_the_file(round_: int, desk: Desk) -> None:
    keys = ("me", "currency", "locale", "default_view", "mail.host", "mail.from")
    values = ("bob", "USD", "de", "is:open", "mail.example.com", "ann@example.com")
    running = [
        subprocess.Popen([sys.executable, "-m", "leadcli", "config", "set", key, value], env=desk.env, cwd=desk.home,
                         stdout=subprocess.DEVNULL)
        for key, value in zip(keys, values, strict=True)
    ]  # fmt: skip
    assert [process.wait(60) for process in running] == [0] * len(keys)
    text = (desk.home / "config/leadcli/config.toml").read_text()
    assert [value for value in values if value not in text] == []


@pytest.mark.parametrize("argv", [["config", "set", "me", "bob"], ["export", "-o", "out.csv"], ["backup", "out.db"]])
def test_the_folder_is_synced_after_the_rename(argv: list[str], desk: Desk) -> None:
    desk.ok("add", "Ada")
    watching = """if True:
        import os, stat, sys
        from leadcli.cli import main
        log, replace, link, fsync = [], os.replace, os.link, os.fsync
        os.replace = lambda *names, **words: (log.append("place"), replace(*names, **words))
        os.link = lambda *names, **words: (log.append("place"), link(*names, **words))
        os.fsync = lambda file: (log.append("folder" if stat.S_ISDIR(os.fstat(file).st_mode) else "file"), fsync(file))
        try:
            main(sys.argv[1:])
        finally:
            os.write(2, ("\\n" + " ".join(log)).encode())"""
    result = desk.command([sys.executable, "-c", watching, *argv])
    assert result.stderr.splitlines()[-1] == "file place folder"
