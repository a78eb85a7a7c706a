"""-q is quiet, not silent: success says nothing, whatever is not success says what and why on standard error.

And what the manual tells to put into a crontab or a .procmailrc runs as it stands there.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from pathlib import Path

import pytest
from desk import REPOSITORY, Desk

MAIL = "From zed@x.example Mon Nov 30 10:00:00 2026\nFrom: Zed Shaw <zed@x.example>\nSubject: Hi\n\nHello\n"
NO_SENDER = "From x Mon Nov 30 10:00:00 2026\nSubject: nobody\n\nHello\n"
LETTER = ["--subject", "Hi", "--body", "letter.txt"]

# (arguments after -q, exit code, what standard error says)
FAILURES = [
    # Done in part
    (["inbox", "two.mbox"], 4, ["message 2", "has no sender", "1 rejected"]),
    (["inbox", "two.mbox", "--json"], 4, ["message 2", "1 rejected"]),
    (["mail", "1", "2", *LETTER, "--draft", "drafts"], 4, ["2 Bob", "no e-mail"]),
    (["mail", "1", "2", *LETTER, "--draft", "drafts", "--json"], 4, ["2 Bob", "no e-mail"]),
    (["mail", "1", "2", *LETTER, "--dry-run"], 4, ["2 Bob", "no e-mail"]),
    (["mail", "2", *LETTER], 4, ["No letter left", "2 Bob", "no e-mail"]),
    (["mail", "3", *LETTER], 4, ["No letter left", "tagged no-mail"]),
    (["import", "rows.csv"], 4, ["row 3", "no@address"]),
    (["doctor", "--strict"], 4, ["hint about leads"]),
    (["doctor", "--strict", "--json"], 4, ["hint about leads"]),
    # Nothing matched, where that counts
    (["list", "nobody", "--fail-empty"], 3, ["nothing matches"]),
    (["list", "nobody", "--fail-empty", "--count"], 3, ["nothing matches"]),
    (["list", "nobody", "--fail-empty", "--json"], 3, ['"nothing matches."']),
    (["board", "nobody", "--fail-empty"], 3, ["nothing matches"]),
    (["report", "pipeline", "nobody", "--fail-empty"], 3, ["nothing matches"]),
    (["report", "stale", "nobody", "--fail-empty", "--if-any"], 3, ["nothing to report"]),
    (["dedupe", "--fail-empty"], 3, ["nothing matches"]),
    # Refused
    (["add", "Ada", "--email", "ada@x.example"], 5, ["lead 1"]),
    (["edit", "4", "--status", "lost", "--set", "lost_reason=no budget"], 5, ["converted"]),
    (["edit", "is:any", "--owner", "bob"], 2, ["--yes"]),
    (["status", "4", "lost"], 5, ["converted"]),
    (["lost", "4", "--reason", "no budget"], 5, ["converted"]),
    (["lost", "1"], 2, ["--reason"]),
    (["convert", "1"], 2, ["--yes"]),
    (["convert", "4", "--yes"], 5, ["was converted"]),
    (["merge", "1", "4"], 5, ["converted"]),
    (["dedupe", "--merge", "--yes", "--keep", "99"], 3, ["no lead 99"]),
    (["rm", "99"], 3, ["99"]),
    (["init"], 5, ["exists already"]),
    (["init", "--force"], 2, ["--yes"]),
    (["backup", "."], 2, ["directory"]),
    (["rule", "run", "nosuch"], 2, ["nosuch"]),
    (["rule", "add", "r", "--on", "nosuch"], 2, ["nosuch"]),
    (["field", "rm", "nosuch"], 2, ["nosuch"]),
    (["template", "rm", "nosuch"], 2, ["nosuch"]),
    (["undo", "99"], 3, ["99"]),
    (["redo"], 5, ["redo"]),
    # Not there, not possible
    (["attach", "1", "nosuch.pdf"], 3, ["nosuch.pdf"]),
    (["attach", "save", "1"], 3, ["no files"]),
    (["attach", "rm", "F9"], 3, ["F9"]),
    (["document", "show", "D9"], 3, ["D9"]),
    (["document", "add", "99"], 3, ["99"]),
    (["task", "done", "T9"], 3, ["T9"]),
    (["log", "99", "called"], 3, ["99"]),
    (["show", "99"], 3, ["99"]),
    (["history", "99"], 3, ["99"]),
    (["score", "99"], 3, ["99"]),
    (["import", "nosuch.csv"], 3, ["nosuch.csv"]),
    (["inbox", "nosuch.mbox"], 3, ["nosuch.mbox"]),
    (["export", "-o", "nosuch/leads.csv"], 1, ["nosuch/leads.csv"]),
    (["config", "nosuch"], 2, ["nosuch"]),
    (["report", "daily", "--email", "ann@example.com"], 1, ["/nosuch/sendmail"]),
    (["mail", "1", *LETTER], 1, ["/nosuch/sendmail"]),
    (["completion", "tcsh"], 2, ["tcsh"]),
    (["help", "nosuch"], 2, ["nosuch"]),
]  # fmt: skip


@pytest.fixture
def office(desk: Desk) -> Desk:
    """Ada; Bob without e-mail; Cy who wants no mail; Dee, a customer; files to read; no program that sends mail."""
    desk.ok("add", "Ada", "--email", "ada@x.example")
    desk.ok("add", "Bob", "--phone", "+442079460000")
    desk.ok("add", "Cy", "--email", "cy@y.example", "--tag", "no-mail")
    desk.ok("add", "Dee", "--email", "dee@z.example")
    desk.ok("convert", "4", "--yes")
    desk.ok("config", "mail.command", "/nosuch/sendmail")
    desk.ok("config", "mail.from", "ann@example.com")
    desk.file("two.mbox", f"{MAIL}\n{NO_SENDER}")
    desk.file("letter.txt", "Hello {{ name }}")
    desk.file("rows.csv", "name,email\nEve,eve@x.example\nFay,no@address\n")
    return desk


@pytest.mark.parametrize(("argv", "code", "says"), FAILURES, ids=[" ".join(argv) for argv, _, _ in FAILURES])
def test_what_is_not_success_is_said(argv: list[str], code: int, says: list[str], office: Desk) -> None:
    done = office.run("-q", *argv)
    assert done.returncode == code, done.both
    for words in says:
        assert words.casefold() in done.stderr.casefold(), done.both


@pytest.mark.parametrize(
    "argv",
    [["add", "Zoe"], ["edit", "1", "--city", "Bonn"], ["status", "1", "contacted"], ["inbox", "one.mbox"], ["list"],
     ["list", "nobody"], ["lost", "1", "--reason", "no budget"], ["dedupe", "--merge", "--yes"], ["rule", "run"],
     ["backup", "b.db"], ["undo"], ["export", "-o", "x.csv"], ["report", "stale", "nobody", "--if-any"],
     ["import", "good.csv"], ["init", "--force", "--yes"], ["mail", "1", *LETTER, "--draft", "drafts"]],
    ids=" ".join,
)  # fmt: skip
def test_success_is_silent(argv: list[str], office: Desk) -> None:
    office.file("one.mbox", MAIL)
    office.file("good.csv", "name,email\nEve,eve@x.example\n")
    done = office.run("-q", *argv)
    assert (done.returncode, done.stderr) == (0, "")


def test_customers_a_merge_leaves_out_are_named(desk: Desk) -> None:
    for company in ("Engines", "Motors"):
        desk.ok("add", "Ada Lovelace", "--email", "ada@acme.example", "--company", company, "--force")
    desk.ok("convert", "1", "2", "--yes")
    done = desk.run("-q", "dedupe", "--merge", "--yes")
    assert "leads 1, 2 were not merged: each is a customer already" in done.stderr
    assert "leadcli dedupe --keep-apart 1 2" in done.stderr


# The manual's lines


def installed(desk: Desk) -> None:
    """leadcli where the manual has it: $HOME/.local/bin, and the folders its lines name."""
    program = desk.home / ".local" / "bin" / "leadcli"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m leadcli "$@"\n')
    program.chmod(0o755)
    for name in ("backup", "mail"):
        (desk.home / name).mkdir()
    desk.file("mail/sales.mbox", MAIL)


def manual_lines(pattern: str) -> list[str]:
    """The lines of the README and the help that fit, as they stand there."""
    package = REPOSITORY / "leadcli"
    texts = [REPOSITORY / "README.md", *package.rglob("*.txt"), *package.rglob("*.py")]
    lines = [line.strip() for path in texts for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if re.match(pattern, line)]


CRON = manual_lines(r"([\d*/,-]+ +){5}LEADCLI_DB=")
PROCMAIL = manual_lines(r"\| .*leadcli.* inbox")


@pytest.mark.parametrize("line", CRON)
def test_the_lines_for_cron_run(line: str, desk: Desk) -> None:
    installed(desk)
    database = desk.home / ".local/share/leadcli/leads.db"
    desk.ok("--db", database, "add", "Ada", "--email", "ada@x.example")
    command = re.split(r"(?<=\S)\s+", line, maxsplit=5)[5]
    bare = {"HOME": str(desk.home), "PATH": "/usr/bin:/bin", "LOGNAME": "ann", "SHELL": "/bin/sh"}
    done = desk.command(["env", "-i", *(f"{name}={text}" for name, text in bare.items()), "/bin/sh", "-c", command])
    sends = "--email" in line  # there may be no mail program here, which it then says
    assert done.returncode == 0 or (sends and "sendmail" in done.stderr), done.both
    assert done.returncode or not done.stderr


@pytest.mark.parametrize("line", PROCMAIL)
def test_the_recipe_for_procmail_runs(line: str, desk: Desk) -> None:
    program = shutil.which("procmail")
    if not program:
        assert not os.environ.get("CI"), "procmail is needed (Debian package procmail)"
        pytest.skip("procmail is not installed")
    installed(desk)
    settings = [f"HOME={desk.home}", f"DEFAULT={desk.home}/inbox", f"LOGFILE={desk.home}/log"]
    recipe: Path = desk.file("rc", "\n".join([*settings, ":0 c", line, ""]))
    recipe.chmod(0o600)
    done = desk.command([program, str(recipe)], stdin=MAIL)
    assert done.returncode == 0, done.both
    listing = ["--db", desk.home / ".local/share/leadcli/leads.db", "list", "-F", "name"]
    until = time.monotonic() + 30  # procmail does not wait for a copy
    while (listed := desk.run(*listing)).stdout != "Zed Shaw\n" and time.monotonic() < until:
        time.sleep(0.1)
    assert listed.stdout == "Zed Shaw\n", (listed.stderr, (desk.home / "log").read_text())
    assert "Hello" in (desk.home / "inbox").read_text(), "the mailbox has its copy"


def test_the_manual_has_such_lines() -> None:
    assert len(CRON) >= 6
    assert len(PROCMAIL) >= 1
