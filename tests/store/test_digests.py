"""`doctor --verify`: whatever leadcli does agrees with the digests, what anything else does to the data is noticed."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from desk import REPOSITORY, Desk

# A day's work, by all that writes: each line leaves a desk that its digests agree with.
WORK = """
field add size --type number
import examples/leads.csv
edit 3 --owner zed --tag hot --set size=3
edit is:open --source Fair --yes
status 1 Contacted --force
lost 2 --reason Budget --force
rm 9 --yes
undo
redo
note 4 called
task add 5 ring --due +3d
task done T1
convert 12 --yes --force
merge 20 21 --yes
attach add 6 README.md
score --update
filter is:open --save mine
template add hello --subject Hi --body Dear
rule add vip --on added --if value:10k.. --tag vip
add Eva --value 12.5k --email eva@x.example
product add Pump --price 100
rates set USD 0.9
field edit source --choice Fair --rename Expo
import examples/leads.csv --on-duplicate update
dedupe --merge --yes
undo
init --preset espocrm
doctor --fix
""".strip().splitlines()


def verify(desk: Desk) -> list[str]:
    """What the digests say."""
    findings = json.loads(desk.run("doctor", "--verify", "--json").stdout)["findings"]
    return [each["message"] for each in findings if each["check"] == "digests"]


def words_of(line: str) -> list[str]:
    return [str(REPOSITORY / word) if word in ("examples/leads.csv", "README.md") else word for word in line.split()]


def test_whatever_leadcli_does_agrees_with_the_digests(desk: Desk) -> None:
    desk.ok("add", "First")
    for line in WORK:
        desk.run(*words_of(line))
        assert verify(desk) == [], line


@pytest.mark.slow
def test_a_silent_change_is_found_in_every_table(desk: Desk) -> None:
    desk.ok("add", "First")
    for line in WORK[:-1]:
        desk.run(*words_of(line))
    assert verify(desk) == []
    chance, found = random.Random(3), []
    for table, column in text_columns(desk.db):
        with closing(sqlite3.connect(desk.db, isolation_level=None)) as connection:
            sql = f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''"
            values = [row[0] for row in connection.execute(sql)]
            if not values:
                continue
            old = chance.choice(values)
            new = chr(ord(old[0]) ^ 1) + old[1:]
            connection.execute("PRAGMA ignore_check_constraints = ON")
            try:
                connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {column} = ?", (new, old))
                changed = connection.execute("SELECT changes()").fetchone()[0]
            except sqlite3.IntegrityError:
                continue
        if changed:
            found.append((table, column, bool(verify(desk))))
            with closing(sqlite3.connect(desk.db, isolation_level=None)) as connection:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (old, new))
    assert len(found) > 60
    assert [each for each in found if not each[2]] == []


def text_columns(db: Path) -> list[tuple[str, str]]:
    """(table, column) of all that keeps text a user typed."""
    left_out = {"settings", "digests", "import_files", "import_rows", "_sqlite_migrations", "outbox"}
    with closing(sqlite3.connect(db)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '%STRICT%'")]
        return [
            (table, row[1])
            for table in tables if table not in left_out
            for row in connection.execute(f"PRAGMA table_info({table})")
            if row[2] == "TEXT" and row[1] not in ("uid", "record", "sha256") and not row[1].endswith(("_key", "_at"))
        ]  # fmt: skip


def test_a_change_is_taken_by_fix(desk: Desk) -> None:
    desk.ok("add", "Ada", "--city", "Bonn")
    with closing(sqlite3.connect(desk.db, isolation_level=None)) as connection:
        connection.execute("UPDATE leads SET street = 'x'")
    desk.fails(4, "doctor", "--verify", says="leads 1-15 are not what leadcli wrote")
    desk.ok("doctor")
    assert "mended" in desk.run("doctor", "--verify", "--fix").stderr
    assert verify(desk) == []


@pytest.mark.parametrize("rows", [100, 6000])
def test_an_import_has_digests_or_gets_them(rows: int, desk: Desk) -> None:
    desk.file("a.csv", "name,city\n" + "\n".join(f"P {n},City" for n in range(rows)))
    desk.ok("import", "a.csv")
    if rows > 4096:
        assert verify(desk) == []
    with closing(sqlite3.connect(desk.db, isolation_level=None)) as connection:
        connection.execute("UPDATE leads SET city = 'Citz' WHERE id = 77")
    assert verify(desk) == ["leads 64-79 are not what leadcli wrote: another program changed them, or the disk did; "
                            "compare them with a backup"]  # fmt: skip


def test_an_attached_file_is_compared_with_its_hash(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("attach", "add", "1", desk.file("a.txt", "abc"))
    with closing(sqlite3.connect(desk.db, isolation_level=None)) as connection:
        connection.execute("UPDATE attachment_contents SET content = CAST('abd' AS BLOB)")
    assert verify(desk) == ["the attached file F1 a.txt is not what was attached"]
