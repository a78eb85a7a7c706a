"""The search indexes of a large import are made beside the desk, and are those of leads written one by one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from desk import Desk

from leadcli.store import engine
from leadcli.store.bulk import search_index

PEOPLE = "name,email,phone,tags\n" + "".join(
    f"{first} {last}{n % 7},{first}.{n}@x.com,+49 30 55{n:05d},{'fair' if n % 3 else 'old;vip'}\n"
    for n, (first, last) in enumerate([("Ada", "Lovelace"), ("Zoë", "Šimek"), ("Łukasz", "Ng"), ("´", "´")] * 50)
)
ONE = "name,email\nLater Person,later@x.com\nAda Lovelace0,ada.0@x.com\n"
ASKED = ("ada", "simek", "ŁUKASZ", "fair", "later", "name:vela", "name:uka", "winter")


@pytest.fixture(params=[True, False], ids=["beside", "in place"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Every test runs with the indexes made in both ways."""
    if request.param:
        monkeypatch.setattr(search_index, "MANY", 0)
    desk = Desk(tmp_path)
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "one.csv").write_text(ONE)
    return desk


def sound(desk: Desk) -> bool:
    return "search index" not in desk.run("doctor").stdout


def found(desk: Desk) -> dict[str, int]:
    return {asked: int(desk.run("list", asked, "--count").stdout) for asked in ASKED}


EXPECTED = {"ada": 50, "simek": 50, "ŁUKASZ": 50, "fair": 133, "later": 0, "name:vela": 50, "name:uka": 50, "winter": 0}


def test_an_import_into_an_empty_desk_is_found_by_its_words(desk: Desk) -> None:
    assert desk.run("import", "people.csv").returncode == 0
    assert (found(desk), sound(desk)) == (EXPECTED, True)
    assert desk.run("import", "one.csv", "--on-duplicate", "update").returncode == 0
    assert (found(desk), sound(desk)) == (EXPECTED | {"later": 1}, True)


def test_rows_merged_within_the_file_are_found_by_what_both_say(desk: Desk) -> None:
    (desk.home / "twice.csv").write_text(PEOPLE + "Ada Lovelace0,Ada.0@x.com,,winter\n")
    told = desk.run("import", "twice.csv", "--on-duplicate", "update")
    assert "200 new, 1 updated" in told.both
    assert (found(desk), sound(desk)) == (EXPECTED | {"winter": 1}, True)


def test_what_a_rule_gives_is_found(desk: Desk) -> None:
    desk.run("rule", "add", "one", "--on", "added", "--tag", "winter")
    desk.run("import", "people.csv")
    assert (found(desk), sound(desk)) == (EXPECTED | {"winter": 200}, True)


def test_a_desk_that_was_emptied_is_filled_again(desk: Desk) -> None:
    desk.run("add", "Later Person")
    desk.run("delete", "1", "--yes")
    desk.run("import", "people.csv")
    assert (found(desk), sound(desk)) == (EXPECTED, True)
    assert desk.run("undo").returncode == desk.run("undo").returncode == 0
    assert (found(desk), sound(desk)) == (dict.fromkeys(ASKED, 0) | {"later": 1}, True)
    assert desk.run("undo").returncode == 0


def test_a_dry_run_and_a_refused_import_leave_the_index_alone(desk: Desk) -> None:
    desk.run("init")
    before = desk.db.read_bytes()
    assert "200 new" in desk.run("import", "people.csv", "--dry-run").both
    (desk.home / "bad.csv").write_text(PEOPLE + "Bad,no@address,,\n")
    assert desk.run("import", "bad.csv", "--strict").returncode == 4
    assert desk.db.read_bytes() == before


def test_no_memory_for_the_index_writes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a thread fails with is said."""

    class FullMemory(dict[str, str]):
        """The columns of the indexes; there is no memory left when the second index is made."""

        def __getitem__(self, table: str) -> str:
            if table == "name_search":
                raise MemoryError
            return super().__getitem__(table)

    monkeypatch.setattr(search_index, "INDEXES", FullMemory(search_index.INDEXES))
    desk.run("init")
    before = desk.db.read_bytes()
    told = desk.run("import", "people.csv")
    assert told.returncode != 0
    assert "memory" in told.stderr.lower()
    assert desk.db.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_index_is_made_leaves_nothing(tmp_path: Path, name: str) -> None:
    """The thread is at work when the signal comes: whoever waits for it, or closes its file, must not crash."""
    desk = Desk(tmp_path)
    long = " ".join(f"w{n}" for n in range(400))
    (tmp_path / "long.csv").write_text(
        "name,email,description\n" + "".join(f"P {n},p{n}@x.com,{n} {long} z{n * 7919}\n" for n in range(25_000))
    )
    desk.run("init")
    before = desk.db.read_bytes()
    script = f"""import os, signal, threading, time
from leadcli.store import engine
from leadcli.store.bulk import search_index
real = search_index.Words.begin
def begin(*arguments):
    real(*arguments)  # the thread is at work now
    threading.Timer(0.05, os.kill, (os.getpid(), signal.{name})).start()
search_index.Words.begin = begin
from leadcli.__main__ import script
script()
"""
    told = desk.command([sys.executable, "-c", script, "import", "long.csv"])
    assert (told.returncode, "interrupted; nothing was imported" in told.stderr) == (130, True), told
    assert desk.db.read_bytes() == before
    assert sound(desk)


def test_a_full_disk_while_indexing_is_said_in_one_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own limit on a file's pages stands for the disk."""
    scratch: list[engine.Connection] = []
    real_init, real_sql = search_index.Words.__init__, search_index.schema.search_table_sql

    def remember(words: search_index.Words, connection: engine.Connection) -> None:
        scratch.append(connection)
        real_init(words, connection)

    def limit(table: str, place: str = "") -> str:
        if place:
            scratch[-1].execute("PRAGMA scratch.max_page_count = 1")
        return real_sql(table, place)

    monkeypatch.setattr(search_index.Words, "__init__", remember)
    monkeypatch.setattr(search_index.schema, "search_table_sql", limit)
    desk.run("init")
    before = desk.db.read_bytes()
    told = desk.run("import", "people.csv")
    if search_index.MANY:
        assert told.returncode == 0
    else:
        assert (told.returncode, told.stderr.count("\n")) == (1, 2)
        assert "the disk is full" in told.stderr
        assert desk.db.read_bytes() == before
