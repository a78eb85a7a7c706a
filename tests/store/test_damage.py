"""A damaged, foreign or half-lost file: every command says so in one sentence, and the doctor goes on where it can."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk, Result

from leadcli.store import engine, failures

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("list",), ("list", "person"), ("show", "7"), ("export",), ("report", "sources"), ("next",), ("history",),
    ("undo",), ("add", "New Person", "--force"), ("edit", "9", "--owner", "zed"), ("import", "more.csv"), ("dedupe",),
    ("backup", "copy.db", "--force"), ("attach", "save", "F1"), ("board",), ("task",), ("rm", "5", "--yes"),
    ("doctor",), ("doctor", "--json"), ("doctor", "--fix"),
)  # fmt: skip
READING_LEADS = [words for words in COMMANDS if words[0] not in ("doctor", "task", "attach")]
PAGE = 4096


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a desk with leads, tasks, attachments, a customer and a custom field."""
    desk = Desk(tmp_path_factory.mktemp("sound"))
    desk.ok("add", "First")
    desk.ok("field", "add", "size", "--type", "number")
    rows = [f"Person {n},p{n}@x{n % 9}.example,+49301234{n:04},Firm {n % 30},{n},a;b" for n in range(120)]
    desk.ok("import", desk.file("p.csv", "\n".join(["name,email,phone,company,value,tags", *rows])))
    desk.ok("task", "add", "3", "call", "--due", "+2d")
    desk.ok("attach", "add", "4", desk.file("offer.txt", "x" * 9000))
    desk.ok("convert", "30", "--yes")
    desk.ok("edit", "id:50..60", "--owner", "eve", "--yes")
    with sqlite3.connect(desk.db) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return desk.db.read_bytes()


def damaged(content: bytes, seed: int) -> bytes:
    """A copy with flipped bits, zeroed or swapped pages, a cut, or another byte in the header, told by `seed`."""
    chance, changed = random.Random(seed), bytearray(content)
    pages = len(changed) // PAGE
    match seed % 5:
        case 0:
            for _ in range(chance.choice((1, 20, 400))):
                changed[chance.randrange(100, len(changed))] ^= 1 << chance.randrange(8)
        case 1:
            start = chance.randrange(1, pages) * PAGE
            changed[start : start + PAGE] = bytes(PAGE)
        case 2:
            del changed[chance.randrange(100, len(changed)) :]
        case 3:
            changed[chance.randrange(16, 60)] = chance.randrange(256)
        case _:
            one, other = (chance.randrange(1, pages) * PAGE for _ in range(2))
            one_page, other_page = changed[one : one + PAGE], changed[other : other + PAGE]
            changed[one : one + PAGE], changed[other : other + PAGE] = other_page, one_page
    return bytes(changed)


def assert_no_fault(result: Result, words: tuple[str, ...]) -> None:
    shown = f"leadcli {' '.join(words)} -> exit {result.returncode}: {result.both}"
    assert result.returncode in (0, 2, 3, 4, 5, 6), shown
    assert "Traceback" not in result.both, shown
    assert "inside leadcli" not in result.both, shown
    if result.returncode == 6 and words[0] != "doctor":
        assert result.stderr.startswith("Error: "), shown


@pytest.mark.parametrize("seed", range(20))
def test_no_damage_makes_a_command_fault(desk: Desk, sound: bytes, seed: int) -> None:
    desk.file("more.csv", "name,email\nNew One,new@x.example\nPerson 5,p5@x5.example\n")
    content = damaged(sound, seed)
    for words in random.Random(seed).sample(COMMANDS, 3):
        for left in desk.home.glob("t.db*"):
            left.unlink()
        desk.file("t.db", content)
        assert_no_fault(desk.run(*words), words)


def lose_page_of(table: str) -> Callable[[Path], None]:
    """Overwrites the first page of a table."""

    def lose(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
        connection.close()
        with path.open("r+b") as file:
            file.seek((page - 1) * PAGE)
            file.write(b"\xa5" * PAGE)

    return lose


@pytest.mark.parametrize("words", READING_LEADS, ids=" ".join)
def test_a_lost_page_is_exit_6_naming_the_file_and_the_remedy(desk: Desk, sound: bytes, words: tuple[str, ...]) -> None:
    desk.file("more.csv", "name,email\nNew One,new@x.example\n")
    desk.file("t.db", sound)
    for table in ("leads", "operations", "changes"):
        lose_page_of(table)(desk.db)
    desk.fails(6, *words, says=(str(desk.db), "is damaged", "leadcli doctor", "backup"))


def test_the_doctor_lists_the_damage_and_goes_on(desk: Desk, sound: bytes) -> None:
    desk.file("t.db", sound)
    lose_page_of("leads")(desk.db)
    desk.db.chmod(0o644)
    result = desk.run("doctor", "--json")
    checks = {each["check"] for each in json.loads(result.stdout)["findings"]}
    assert (result.returncode, "Traceback" in result.both) == (6, False)
    assert {"integrity", "file modes"} <= checks


@pytest.mark.parametrize(
    "harm", ["UPDATE search_data SET block = x'0001020304' WHERE id > 10", "DELETE FROM search_config"]
)
def test_a_damaged_search_index_is_named_and_built_again(desk: Desk, sound: bytes, harm: str) -> None:
    desk.file("t.db", sound)
    change(desk, harm)
    desk.fails(6, "list", "person", says=("search index", "leadcli doctor --fix"))
    assert "search index" in desk.run("doctor").stdout
    assert "mended" in desk.run("doctor", "--fix").stderr
    assert "Person 12" in desk.ok("list", "person 12")


def change(desk: Desk, *statements: str) -> None:
    with sqlite3.connect(desk.db) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_lost_column_is_no_full_disk(desk: Desk) -> None:
    desk.ok("field", "add", "fullname", "--type", "text")
    desk.ok("add", "Ada")
    column = column_of(desk, "fullname")
    change(desk, "DROP VIEW leads_view", f'ALTER TABLE leads DROP COLUMN "{column}"')
    desk.fails(6, "show", "1", says=(str(desk.db), f"lacks the column {column} of leads", "backup"))
    assert "disk is full" not in desk.fails(6, "list", "fullname:x").both


def column_of(desk: Desk, field: str) -> str:
    connection = sqlite3.connect(desk.db)
    try:
        row = connection.execute('SELECT "column" FROM custom_fields WHERE name = ?', (field,)).fetchone()
        return str(row[0])
    finally:
        connection.close()


@pytest.mark.parametrize("table", ["tags", "operations", "settings", "options"])
def test_a_lost_table_is_named(desk: Desk, table: str) -> None:
    desk.ok("add", "Ada")
    change(desk, "PRAGMA foreign_keys = OFF", f"DROP TABLE {table}")
    desk.fails(6, "add", "Bob", "--tag", "x", says=(f"lacks the table {table}", "backup"))
    assert desk.run("doctor").returncode in (4, 6)


@pytest.mark.parametrize(
    ("harm", "words", "says"),
    [
        ("UPDATE custom_fields SET type = 'mood'", ("list",), ("custom field size", "'mood'", "backup")),
        ("UPDATE options SET next = '{broken' WHERE field = 'status'", ("add", "Bob"), ("status", "doctor --fix")),
        ("UPDATE options SET also = '[1, 2]' WHERE field = 'source'", ("list",), ("source", "doctor --fix")),
        (f"UPDATE options SET allow = '{'[' * 5000}' WHERE field = 'status'", ("list",), ("status", "doctor --fix")),
        ("UPDATE activities SET due_at = 'soon'", ("task", "--format", "md"), ("due_at in activities is not a day",)),
        ("UPDATE leads SET name = CAST(x'41ff' AS TEXT)", ("list",), ("leads holds text that is not UTF-8",)),
    ],
)
def test_values_no_leadcli_wrote_are_named(
    desk: Desk, harm: str, words: tuple[str, ...], says: tuple[str, ...]
) -> None:
    desk.ok("field", "add", "size", "--type", "number")
    desk.ok("add", "Ada")
    desk.ok("task", "add", "1", "call", "--due", "+1d")
    change(desk, harm)
    desk.fails(6, *words, says=says)
    result = desk.run("doctor", "--json")
    assert result.returncode == 4, result.both
    assert not json.loads(result.stdout)["ok"]


def test_unreadable_lists_of_choices_are_emptied_by_the_doctor(desk: Desk) -> None:
    desk.ok("add", "Ada")
    change(desk, "UPDATE options SET next = '{broken' WHERE field = 'status'")
    assert "mended" in desk.run("doctor", "--fix").stderr
    desk.ok("add", "Bob")


@pytest.mark.parametrize("actions", ["{broken", "[1]", '{"sets": 1}', '{"tag": 5}', '{"set": ["a"]}', "[" * 5000])
def test_a_rule_with_broken_actions_is_passed_over_and_can_be_taken_away(desk: Desk, actions: str) -> None:
    desk.ok("rule", "add", "hot", "--on", "added", "--tag", "hot")
    change(desk, f"UPDATE rules SET actions = '{actions}'")
    result = desk.run("add", "Ada")
    assert (result.returncode, "rule hot" in result.stderr) == (0, True), result.both
    assert "hot" in desk.ok("rule", "list")
    assert "leadcli rule rm hot" in desk.run("doctor").stdout
    desk.ok("rule", "rm", "hot")
    assert desk.run("add", "Bob").stderr.count("rule") == 0


# Codes of sqlite3.h -> exit codes, whatever the sentence says.
MEANINGS = {
    "SQLITE_FULL": (13, 1), "SQLITE_IOERR": (10, 1), "SQLITE_IOERR_WRITE": (778, 1), "SQLITE_BUSY": (5, 75),
    "SQLITE_BUSY_SNAPSHOT": (517, 75), "SQLITE_LOCKED": (6, 75), "SQLITE_PROTOCOL": (15, 75), "SQLITE_SCHEMA": (17, 75),
    "SQLITE_CORRUPT": (11, 6), "SQLITE_CORRUPT_VTAB": (267, 6), "SQLITE_NOTADB": (26, 6), "SQLITE_READONLY": (8, 1),
    "SQLITE_READONLY_DBMOVED": (1032, 1), "SQLITE_CANTOPEN": (14, 1), "SQLITE_PERM": (3, 1), "SQLITE_AUTH": (23, 1),
    "SQLITE_NOMEM": (7, 1), "SQLITE_TOOBIG": (18, 1), "SQLITE_INTERRUPT": (9, 130), "SQLITE_ERROR": (1, 1),
    "SQLITE_CONSTRAINT": (19, 1),
}  # fmt: skip
MISLEADING = "no such column: r.fullname, locked, malformed, readonly, I/O"


@pytest.mark.parametrize("name", MEANINGS)
def test_the_code_decides_and_not_the_english(name: str) -> None:
    number, exit_code = MEANINGS[name]
    error = engine.Error(MISLEADING)
    error.sqlite_errorcode, error.sqlite_errorname = number, name
    meaning = failures.translate(error, "/srv/t.db")
    assert meaning.code == exit_code
    assert MISLEADING not in meaning.message
    assert ("/srv/t.db" in meaning.message) == (exit_code == 6)
    assert failures.is_busy(error) == (exit_code == 75 and name != "SQLITE_SCHEMA")


def test_a_failure_without_a_code_is_looked_into() -> None:
    assert type(failures.translate(engine.Error(MISLEADING))).__name__ == "Unforeseen"
    assert not failures.is_busy(engine.Error("database is locked"))


@pytest.mark.parametrize("words", [("list",), ("export",), ("doctor",), ("undo",)], ids=" ".join)
def test_the_library_of_python_tells_damage_as_well(desk: Desk, sound: bytes, words: tuple[str, ...]) -> None:
    desk.file("pysqlite3.py", "raise ImportError")
    desk.file("t.db", sound)
    for table in ("leads", "operations", "changes"):
        lose_page_of(table)(desk.db)
    result = desk.process(*words, PYTHONPATH=str(desk.home))
    assert (result.returncode, "Traceback" in result.both, "damaged" in result.both) == (6, False, True), result.both


@pytest.mark.parametrize("digits", [29, 5000, 1_000_001])
@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_number_of_a_million_digits_costs_its_row_only(desk: Desk, digits: int, suffix: str) -> None:
    number = "1" * digits
    csv, objects = f"name,value\nAda,{number}\nBob,5\n", f'[{{"name":"A","value":{number}}},{{"name":"B"}}]'
    content = csv if suffix == "csv" else objects
    desk.fails(4, "import", desk.file(f"a.{suffix}", content), says=("1 new", "1 rejected", "10^15"))


@pytest.mark.parametrize(
    "words",
    [("log", "1", "x", "--duration", "9" * 9000), ("document", "add", "1", "--line", f"Pump;{'9' * 90};2"),
     ("edit", "1", "--value", "9" * 9000), ("edit", "1", "--product", f"P x{'9' * 90}")],
    ids=lambda words: words[0],
)  # fmt: skip
def test_a_number_too_long_is_wrong_use(desk: Desk, words: tuple[str, ...]) -> None:
    desk.ok("add", "Ada")
    desk.ok("product", "add", "P", "--price", "5")
    desk.fails(2, *words, says="9999")


@pytest.mark.parametrize("words", [("init", "--force", "--yes"), ("backup", "copy.db")], ids=" ".join)
def test_a_damaged_desk_is_not_replaced_or_copied_and_is_called_by_its_name(
    desk: Desk, sound: bytes, words: tuple[str, ...]
) -> None:
    desk.file("t.db", sound)
    lose_page_of("leads")(desk.db)
    desk.fails(6, *words, says=(f"{desk.db} is damaged", "leadcli doctor"))
    assert [path.name for path in desk.home.glob("*.db*")] == ["t.db"], "no copy, and nothing unfinished"
