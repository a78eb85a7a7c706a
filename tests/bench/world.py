"""The data benchmarks run on: made once with leadcli's own import, kept outside the tree."""

from __future__ import annotations

import csv
import hashlib
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import generate
from platformdirs import user_cache_path

REPOSITORY = Path(__file__).resolve().parents[2]
# Data made by other code would be measured for what it no longer is.
MAKERS = ("leadcli/store", "leadcli/domain/data/import_*", "leadcli/model/fields.py", "tests/bench/generate.py")
STALE_SECONDS = 24 * 3600
LISTED = ("id", "name", "company", "value", "currency", "status", "owner", "due", "created_at")


class ProgramError(Exception):
    """A benchmarked program ended badly; the text is what it said."""


class World(dict[str, Any]):
    """What the words of a benchmark may name in braces, each made when first named.

    csv_N        a generated file of N leads          db_N     that file imported (never written to)
    copy_N       a copy for this run to write to      fresh_N  a new copy for every use
    plain_N      the listed columns in one bare table for the minimal programs
    scanned_N    a copy that was searched for duplicates and has 1,000 leads more since
    ruled        a new database with two rules that fit every new lead
    new          a path that does not exist yet
    email, name, word   what a single lead of the first thousand, and nobody else, has
    """

    def __init__(self, scratch: Path, *, small: int, large: int) -> None:
        super().__init__(small=small, large=large, here=Path(__file__).parent)
        self.scratch = scratch
        self.numbers = itertools.count()
        self.env = _environment(scratch)
        self.cache = _cache()

    def __missing__(self, name: str) -> object:
        kind, _, count = name.partition("_")
        if kind == "new":
            return self.scratch / f"new{next(self.numbers)}.db"
        if kind == "fresh":
            return self._copied(int(count))
        if kind == "ruled":
            return self._ruled()
        if kind in ("email", "name", "word"):
            self.update(_somebody())
        else:
            self[name] = getattr(self, f"_{kind}")(int(count))
        return self[name]

    def words(self, words: tuple[str, ...], number: int) -> list[str]:
        """The argv of a declaration; {number} counts a side's runs, {turn} is a status that changes with each.

        A word may nest: `{db_{small}}` is the database of as many leads as `small` says.
        """
        turn = ("contacted", "qualified")[number % 2]
        for size in ("small", "large"):
            words = tuple(word.replace(f"{{{size}}}", str(self[size])) for word in words)
        self.update(number=number, turn=turn)
        argv = [word.format_map(self) for word in words]
        return [_program(argv[0]), *argv[1:]]

    def clean(self) -> None:
        """Forget what {new} and {fresh_N} left behind."""
        for path in self.scratch.glob("new*"):
            path.unlink()

    def _csv(self, count: int) -> Path:
        return self._kept(f"{count}.csv", lambda path: generate.write(count, path))

    def _db(self, count: int) -> Path:
        source = self._csv(count)
        return self._kept(f"{count}.db", lambda path: self._must("leadcli", "--db", path, "import", source))

    def _plain(self, count: int) -> Path:
        listing = self.scratch / f"{count}.listing.csv"
        self._must("leadcli", "--db", self._db(count), "export", "--fields", ",".join(LISTED), "-o", listing)
        return self._kept(f"{count}.plain.db", lambda path: _bare_table(listing, path))

    def _copy(self, count: int) -> Path:
        return Path(shutil.copy(self[f"db_{count}"], self.scratch / f"copy{count}.db"))

    def _scanned(self, count: int) -> Path:
        path = Path(shutil.copy(self[f"db_{count}"], self.scratch / f"scanned{count}.db"))
        self._must("leadcli", "--db", path, "dedupe", "--count")
        self._must("leadcli", "--db", path, "import", self["csv_1000"], "--on-duplicate", "create")
        return path

    def _copied(self, count: int) -> Path:
        return Path(shutil.copy(self[f"db_{count}"], self["new"]))

    def _ruled(self) -> Path:
        path = Path(self["new"])
        for name, *does in (
            ("one", "--set", "priority=high", "--tag", "new26"),
            ("two", "--task", "call", "--due", "+1d"),
        ):
            self._must("leadcli", "--db", path, "rule", "add", name, "--on", "added", *does)
        return path

    def _kept(self, name: str, make: Any) -> Path:
        path = self.cache / name
        if not path.exists():
            print(f"making {name} ...", file=sys.stderr)
            unfinished = path.with_name(f"{os.getpid()}.{name}")
            try:
                make(unfinished)
                unfinished.rename(path)
            finally:
                unfinished.unlink(missing_ok=True)
        return path

    def _must(self, *words: object) -> None:
        argv = [_program(str(words[0])), *map(str, words[1:])]
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise ProgramError(f"{' '.join(map(str, words))}: exit {done.returncode}: {last_line(done.stderr)}")


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["(said nothing)"])[-1]


def _program(name: str) -> str:
    """The program of this installation, else the one on PATH."""
    beside = Path(sys.executable).with_name(name)
    return sys.executable if name == "python" else str(beside) if beside.exists() else name


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "LEADCLI_TODAY": "2026-11-22",
        "LEADCLI_ME": "ann",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "TZ": "UTC",
    }


def _cache() -> Path:
    """The folder of data made by this very code; other folders nobody used for a day go."""
    root = Path(os.environ.get("LEADCLI_BENCH_CACHE") or user_cache_path("leadcli-bench"))
    digest = hashlib.sha256()
    for pattern in MAKERS:
        for path in sorted(REPOSITORY.glob(pattern)):
            for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
                digest.update(file.read_bytes())
    folder = root / digest.hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for other in root.iterdir():
        if other.is_dir() and time.time() - other.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def _bare_table(listing: Path, path: Path) -> None:
    columns = "id integer primary key, name, company, value, currency, status, owner, due, created"
    with listing.open(encoding="utf-8", newline="") as file, closing(sqlite3.connect(path)) as connection:
        rows = csv.reader(file)
        next(rows)
        connection.execute(f"create table leads ({columns})")
        connection.executemany(f"insert into leads values ({','.join('?' * len(LISTED))})", rows)
        connection.commit()


def _somebody() -> dict[str, str]:
    """An open lead with a made-up family name, so that a search for it finds one lead among a million."""
    at = {column: place for place, column in enumerate(generate.COLUMNS)}
    for row in itertools.islice(generate.rows(1000), 500, None):
        name, email = str(row[at["name"]]), str(row[at["emails"]])
        if row[at["status"]] == "New" and name.split()[-1] not in generate.LAST and name.isascii():
            return {"email": email, "name": name, "word": email.split("@")[0].split(".")[1]}
    raise AssertionError("no such lead among the first thousand")
