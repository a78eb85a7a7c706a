"""A desk from a stranger is only data: its rules run and send nothing until somebody here allows them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk
from postoffice import HOST, configure, office
from strangers import as_stranger, program_ran

from leadcli.commands.board import BoardActions as Hand
from leadcli.domain.pipeline.board import BoardRequest
from leadcli.domain.work.automation import triggers
from leadcli.run import Run

NOT_ALLOWED = "Warning: rule g is not allowed to run its command here"


def letter(desk: Desk) -> Path:
    text = "From: Eva <eva@example.com>\nTo: ann@example.com\nSubject: Hi\nMessage-ID: <1@example.com>\n\nHello\n"
    return desk.file("mail.eml", text)


# A stranger's rule: whatever sets it off, its command runs only where it was allowed; its tag is given in any case.

ATTEMPTS: dict[str, tuple[str, Callable[[Desk], tuple[object, ...]]]] = {
    "add": ("added", lambda desk: ("add", "Eva")),
    "import": ("added", lambda desk: ("import", desk.file("new.csv", "name\nEva\nUwe\n"))),
    "inbox": ("added", lambda desk: ("inbox", letter(desk))),
    "edit": ("changed", lambda desk: ("edit", "1", "--city", "Bonn")),
    "import again": ("changed", lambda desk: ("import", "--match", "email", "--on-duplicate", "update",
                                              desk.file("old.csv", "name,email,city\nAda,ada@acme.com,Bonn\n"))),
    "merge": ("changed", lambda desk: ("merge", "1", "2", "--yes")),
    "dedupe": ("changed", lambda desk: ("dedupe", "--merge", "--yes")),
    "status": ("status", lambda desk: ("status", "1", "contacted")),
    "lost": ("lost", lambda desk: ("lost", "1", "--reason", "No budget")),
    "convert": ("converted", lambda desk: ("convert", "1", "--yes")),
    "rule run": ("stale", lambda desk: ("--today", "2027-03-01", "rule", "run")),
}  # fmt: skip


@pytest.fixture
def strange(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    """A desk with two leads that are one, and a stranger's rule for the event of the attempt."""
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--city", "Bonn", "--force")
    event = ATTEMPTS[request.param][0]
    as_stranger(desk, "rule", "add", "g", "--on", event, "--run", f"touch {desk.home}/mark", "--tag", "seen")
    return desk


@pytest.mark.parametrize(("strange", "attempt"), [(name, name) for name in ATTEMPTS], indirect=["strange"])
def test_a_strangers_command_waits_to_be_allowed(strange: Desk, attempt: str) -> None:
    words = ATTEMPTS[attempt][1](strange)
    result = strange.run(*words, "-q")
    assert result.returncode == 0
    assert result.stderr.count(NOT_ALLOWED) == 1
    assert "leadcli rule show g" in result.stderr
    assert "leadcli rule allow g" in result.stderr
    assert not program_ran(strange)
    assert int(strange.ok("filter", "tag:seen", "--count")) >= 1


@pytest.mark.parametrize(("strange", "attempt"), [(name, name) for name in ATTEMPTS], indirect=["strange"])
def test_an_allowed_command_runs_and_no_hooks_leaves_it_out(strange: Desk, attempt: str) -> None:
    words = ATTEMPTS[attempt][1](strange)
    assert "touch" in strange.run("rule", "allow", "g").stderr
    shutil.copy(strange.db, strange.home / "before")
    skipped = strange.run(*words, "--no-hooks")
    assert (skipped.returncode, program_ran(strange)) == (0, False)
    assert "Warning: rule" not in skipped.stderr
    shutil.copyfile(strange.home / "before", strange.db)
    assert strange.run(*words).returncode == 0
    assert program_ran(strange)


def test_one_warning_a_run_and_rule_and_none_where_no_lead_fits(desk: Desk) -> None:
    as_stranger(desk, "rule", "add", "g", "--on", "added", "--if", "name:eva", "--run", "true")
    assert "Warning" not in desk.run("add", "Ada").stderr
    head = "From e@x.example Thu Jan  1 00:00:00 1970\nSubject: hi\n"
    letters = [f"{head}From: Eva <e{n}@x.example>\nMessage-ID: <{n}@x.example>\n\nhello\n\n" for n in (1, 2)]
    both = desk.file("two.mbox", "".join(letters))
    result = desk.run("inbox", both)
    assert result.stderr.count(NOT_ALLOWED) == 1
    assert desk.ok("filter", "name:eva", "--count") == "2"


@pytest.mark.parametrize("without", ["consent", "hooks"])
def test_a_rule_of_time_that_could_do_nothing_acts_once_it_may(desk: Desk, without: str) -> None:
    desk.ok("add", "Ada")
    rule = ("rule", "add", "g", "--on", "stale", "--run", f"touch {desk.home}/mark")
    nightly = ("--today", "2027-03-01", "rule", "run")
    if without == "consent":
        as_stranger(desk, *rule)
        assert "Ran" not in desk.run(*nightly).stderr
        desk.ok("rule", "allow", "g")
    else:
        desk.ok(*rule)
        assert "Ran" not in desk.run(*nightly, "--no-hooks").stderr
    assert not program_ran(desk)
    assert "Ran g on 1 lead" in desk.run(*nightly).stderr
    assert program_ran(desk)


def test_a_move_on_the_board_runs_nothing_and_says_so(desk: Desk) -> None:
    desk.ok("add", "Ada")
    as_stranger(desk, "rule", "add", "g", "--on", "status", "--run", f"touch {desk.home}/mark")
    run = Run(["board", "-i"], desk.env)
    run.react = triggers.run_automation
    board = Hand(run, BoardRequest())
    sentences = [board.move(1, "contacted"), board.move(1, "qualified")]
    run.close()
    assert all(NOT_ALLOWED.removeprefix("Warning: ") in each for each in sentences)
    assert not program_ran(desk)


# Mail of a rule, over a real server


@pytest.mark.parametrize(
    ("attempt", "sent", "says"),
    [
        ((), 0, "Warning: rule greet is not allowed to send its mail here"),
        (("--allow",), 1, "rule greet sent intro to 1 lead."),
        (("--allow", "--no-hooks"), 0, ""),
    ],
)
def test_a_strangers_letter_waits_too_and_what_is_sent_is_said(
    desk: Desk, attempt: tuple[str, ...], sent: int, says: str
) -> None:
    with office() as (taken, port):
        configure(desk, transport="smtp", host=HOST, port=port, security="none")
        desk.ok("template", "add", "intro", "--subject", "Hello", "--body", "-", stdin="Dear {{ name }},\n")
        as_stranger(desk, "rule", "add", "greet", "--on", "added", "--mail", "intro", "--tag", "seen")
        if "--allow" in attempt:
            shown = desk.run("rule", "allow", "greet").stderr
            assert "--mail intro" in shown
            assert "Dear {{ name }}," in shown
        result = desk.run("add", "Ada", "--email", "ada@acme.com", *[word for word in attempt if word == "--no-hooks"])
    assert result.returncode == 0
    assert len(taken.messages) == sent
    assert says in result.stderr
    assert ("rule greet" in result.stderr) == bool(says)
    assert desk.ok("filter", "tag:seen", "--count") == "1"


# What counts as allowed: (what happens to the desk after its owner typed the rule, does the command still run)


def write_sql(desk: Desk, *statements: str) -> None:
    connection = sqlite3.connect(desk.db)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def restore_backup(desk: Desk) -> None:
    desk.ok("backup", desk.home / "b.db")
    shutil.copyfile(desk.home / "b.db", desk.db)


def restore_export(desk: Desk) -> None:
    desk.ok("export", "-o", desk.home / "e.db")
    (desk.home / "e.db").replace(desk.db)


def put_back_a_hand_made_copy(desk: Desk) -> None:
    shutil.copyfile(desk.db, desk.home / "copy.db")
    (desk.home / "copy.db").replace(desk.db)


def move_elsewhere(desk: Desk) -> None:
    moved = desk.home / "elsewhere.db"
    desk.db.rename(moved)
    desk.env["LEADCLI_DB"] = str(moved)


def name_by_a_link(desk: Desk) -> None:
    (desk.home / "link.db").symlink_to(desk.db)
    desk.env["LEADCLI_DB"] = str(desk.home / "link.db")


def let_others_write_consent(desk: Desk) -> None:
    for path in (desk.home / "state" / "leadcli" / "allowed").iterdir():
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        path.chmod(0o666)


CHANGES: dict[str, tuple[Callable[[Desk], object], bool]] = {
    "nothing": (lambda desk: None, True),
    "off and on": (lambda desk: (desk.ok("rule", "off", "g"), desk.ok("rule", "on", "g")), True),
    "deleted, undone": (lambda desk: (desk.ok("rule", "rm", "g"), desk.ok("undo")), True),
    "undone, redone": (lambda desk: (desk.ok("undo"), desk.ok("redo")), True),
    "replaced here": (lambda desk: desk.ok("rule", "add", "g", "--on", "added", "--force", "--run",
                                           f"touch {desk.home}/mark; true"), True),
    "other command": (lambda desk: write_sql(desk, "UPDATE rules SET actions = replace(actions, 'mark', 'mark ')"),
                      False),
    "other condition": (lambda desk: write_sql(desk, "UPDATE rules SET condition = 'is:open'"), False),
    "other name": (lambda desk: write_sql(desk, "UPDATE rules SET name = 'h'"), False),
    "other task": (lambda desk: write_sql(desk, "UPDATE rules SET actions = json_set(actions, '$.task', 'x')"), False),
    "backup restored": (restore_backup, False),
    "export restored": (restore_export, False),
    "copy put back": (put_back_a_hand_made_copy, False),
    "moved": (move_elsewhere, False),
    "named by a link": (name_by_a_link, True),
    "another machine": (lambda desk: shutil.rmtree(desk.home / "state"), False),
    "no home": (lambda desk: desk.env.update(HOME="/nonexistent", XDG_STATE_HOME=""), False),
    "others can write consent": (let_others_write_consent, False),
    "identity taken out": (lambda desk: write_sql(desk, "DELETE FROM settings WHERE name = 'desk_uid'"), False),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_consent_is_for_this_rule_in_this_file_on_this_machine(desk: Desk, change: str) -> None:
    desk.ok("rule", "add", "g", "--on", "added", "--run", f"touch {desk.home}/mark")
    happen, runs = CHANGES[change]
    happen(desk)
    result = desk.run("add", "Ada")
    assert result.returncode == 0
    assert program_ran(desk) == runs
    assert ("is not allowed to run its command here" in result.stderr) == (not runs)


def test_a_desk_made_before_there_was_consent_is_allowed_by_name(desk: Desk) -> None:
    as_stranger(desk, "rule", "add", "g", "--on", "added", "--run", f"touch {desk.home}/mark")
    write_sql(desk, "DELETE FROM settings WHERE name = 'desk_uid'")
    assert desk.json("rule", "list")[0]["allowed"] is False
    assert "not allowed here" in desk.ok("rule", "list")
    assert "not allowed here" in desk.ok("rule", "show", "g")
    assert "rule allow g" in desk.run("rule", "on", "g").stderr
    assert "rule allow g" in desk.run("doctor").stdout
    desk.ok("rule", "allow", "g", "--dry-run")
    assert desk.json("rule", "list")[0]["allowed"] is False
    desk.ok("rule", "allow", "g")
    assert desk.json("rule", "list")[0]["allowed"] is True
    assert "allow" not in desk.run("doctor").stdout
    desk.ok("add", "Ada")
    assert program_ran(desk)


@pytest.mark.parametrize("words", [("rule", "allow", "g"), ("rule", "add", "h", "--on", "added", "--run", "true")])
def test_without_a_home_nothing_can_be_allowed_and_that_is_said(desk: Desk, words: tuple[str, ...]) -> None:
    as_stranger(desk, "rule", "add", "g", "--on", "added", "--run", "true")
    result = desk.run(*words, HOME="nowhere", XDG_STATE_HOME="", XDG_CONFIG_HOME="")
    assert "no home directory" in result.stderr
    assert result.returncode == (1 if "allow" in words else 0)


def test_the_name_of_a_strangers_rule_is_quoted_for_the_shell(desk: Desk) -> None:
    as_stranger(desk, "rule", "add", "g", "--on", "added", "--run", "true")
    write_sql(desk, "UPDATE rules SET name = 'g; touch x'")
    assert "leadcli rule allow 'g; touch x'" in desk.run("add", "Ada").stderr
