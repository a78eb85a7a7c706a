"""No command destroys a whole desk: init --force asks and copies, backups and output files replace no other desk."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path

import pytest
from desk import REPOSITORY, Desk

OTHER_WORK = [
    ["field", "add", "floor", "--type", "number"],
    ["field", "edit", "source", "--choice", "Fair"],
    ["rule", "add", "spread", "--on", "added", "--if", "no:owner", "--set", "owner=ann"],
    ["template", "add", "intro", "--subject", "Hello", "--body", "-"],
]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copies(desk: Desk) -> list[Path]:
    return sorted(desk.home.glob("t.db.before-init-*"))


def test_init_force_asks_before_leads_go(desk: Desk) -> None:
    desk.ok("add", "Ada")
    was = digest(desk.db)
    desk.fails(2, "init", "--force", says=["its 1 lead", "--yes"])
    desk.fails(2, "init", "--force", "--no-input", says="--yes")
    assert "Would make" in desk.run("init", "--force", "--dry-run").stderr
    assert digest(desk.db) == was
    assert not copies(desk)


def test_init_force_keeps_a_checked_copy_and_names_it(desk: Desk) -> None:
    for name in ("Ada", "Bob"):  # the second copy is made in the same second
        desk.ok("add", name)
        said = desk.run("init", "--force", "--yes", "--preset", "espocrm", LEADCLI_TODAY="2026-11-22T09:00").stderr
        assert f"The desk that was there is now {copies(desk)[-1]}." in said
        assert desk.ok("list", "--count") == "0"
    first, second = copies(desk)
    assert re.fullmatch(r"t\.db\.before-init-2026-11-22T\d{6}Z", first.name)
    for copy, name in ((first, "Ada"), (second, "Bob")):
        assert copy.stat().st_mode & 0o777 == 0o600
        assert desk.ok("--db", copy, "list", "-F", "name") == name
    assert desk.json("init", "--force", "--yes") == {"path": str(desk.db), "preset": "default"}, "nobody had worked"


@pytest.mark.parametrize("argv", OTHER_WORK, ids=lambda argv: argv[0])
def test_init_force_copies_other_work_without_a_question(argv: list[str], desk: Desk) -> None:
    desk.ok("init")
    desk.ok("init", "--force")
    assert not copies(desk), "the preset alone is no work"
    desk.ok(*argv, stdin="Dear {{ name }}")
    desk.ok("init", "--force")
    assert len(copies(desk)) == 1


def test_init_force_replaces_no_file_that_is_not_ours(desk: Desk) -> None:
    notes = desk.file("notes.txt", "all my notes")
    desk.fails(6, "--db", notes, "init", "--force", "--yes", says="not a leadcli database")
    assert notes.read_text() == "all my notes"
    desk.ok("--db", desk.file("empty.db", ""), "init", "--force")


def test_init_force_does_not_take_a_desk_away_from_who_is_at_work(desk: Desk) -> None:
    desk.ok("add", "Ada")
    with sqlite3.connect(desk.db, isolation_level=None) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM leads").fetchone()
        other.execute("UPDATE leads SET name = 'Ada Lovelace'")
        assert desk.process("init", "--force", "--yes", "--lock-timeout", "0.1").returncode == 75
    other.close()
    assert desk.ok("list", "-F", "name") == "Ada Lovelace"
    assert not copies(desk)


def test_init_force_follows_a_link(desk: Desk) -> None:
    desk.ok("add", "Ada")
    link = desk.home / "link.db"
    link.symlink_to(desk.db)
    desk.ok("--db", link, "init", "--force", "--yes")
    assert link.is_symlink()
    assert desk.ok("list", "--count") == "0"
    assert len(copies(desk)) == 1


def test_no_text_recommends_it() -> None:
    texts = [path.read_text("utf-8") for path in (REPOSITORY / "leadcli").rglob("*") if path.suffix in (".py", ".txt")]
    for text in [*texts, (REPOSITORY / "README.md").read_text("utf-8")]:
        assert "leadcli init --force" not in text


def test_a_backup_replaces_only_an_earlier_state_of_its_desk(desk: Desk) -> None:
    desk.ok("add", "Ada")
    backup, other = desk.home / "b.db", desk.home / "other.db"
    desk.ok("backup", backup)
    desk.ok("add", "Bob")
    desk.ok("backup", backup)
    assert desk.ok("--db", backup, "list", "--count") == "2"
    desk.ok("--db", other, "add", "Zed")
    for argv in (["backup", other], ["export", "-o", other]):
        desk.fails(5, *argv, says=["another desk", "would be lost", "--force"])
    desk.ok("--db", backup, "add", "work that only the copy has")
    desk.fails(5, "backup", backup, says="would be lost")
    desk.ok("backup", other, "--force")
    assert desk.ok("--db", other, "list", "--count") == "2"


@pytest.mark.parametrize(
    "argv",
    [
        ["export", "--format", "csv", "-o"],
        ["export", "--format", "xlsx", "-o"],
        ["list", "--json", "-o"],
        ["report", "pipeline", "--format", "html", "-o"],
        ["export", "-o"],
        ["backup"],
    ],
    ids=" ".join,
)
def test_no_output_file_replaces_the_desk(argv: list[str], desk: Desk) -> None:
    desk.ok("add", "Ada")
    link = desk.home / "link.db"
    link.symlink_to(desk.db)
    for name in ("t.db", "./t.db", desk.db, link):
        desk.fails(5, *argv, name, says="database")
    assert desk.ok("list", "--count") == "1"


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_no_output_file_replaces_what_lies_beside_a_desk(end: str, desk: Desk) -> None:
    desk.ok("add", "Ada")
    beside = desk.file(f"t.db{end}", b"")
    desk.fails(5, "list", "--csv", "-o", beside, says="belongs to the database")


def test_rejected_rows_replace_no_desk(desk: Desk) -> None:
    desk.ok("add", "Ada")
    rows = desk.file("rows.csv", "name,email\nBob,no@address\n")
    desk.fails(5, "import", rows, "--rejects", desk.db, says="is a database")
    assert desk.ok("list", "--count") == "1"
