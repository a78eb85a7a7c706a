"""A new field is one line in fields.py: a copy of the package gets one, and everything knows it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

LINE = '    F("fax_number", help="fax number", group="Contact"),\n'


class Copy:
    """leadcli with one more line, beside the real one, on a database of its own."""

    def __init__(self, repository: Path, home: Path) -> None:
        self.home, self.db = home, home / "leads.db"
        self.package = home / "copy" / "leadcli"
        self.real = repository
        shutil.copytree(repository / "leadcli", self.package, ignore=shutil.ignore_patterns("__pycache__"))
        fields = self.package / "model/fields.py"
        text = fields.read_text("utf-8")
        mark = next(line for line in text.splitlines(keepends=True) if line.startswith('    F("industry"'))
        fields.write_text(text.replace(mark, mark + LINE, 1), "utf-8")

    def run(self, *argv: str, changed: bool = True) -> str:
        path = self.package.parent if changed else self.real
        env = {
            **os.environ,
            "PYTHONPATH": str(path),
            "LEADCLI_DB": str(self.db),
            "LEADCLI_ME": "ann",
            "HOME": str(self.home),
        }
        done = subprocess.run(
            [sys.executable, "-m", "leadcli", *argv], env=env, cwd=self.home, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_one_line_is_enough(repository: Path, tmp_path: Path) -> None:
    desk = Copy(repository, tmp_path)
    desk.run("add", "Before", changed=False)  # an existing file, made without the field
    desk.run("add", "Ada", "--fax-number", "555-0100")
    assert desk.run("filter", "fax_number:0100", "--fields", "name,fax_number") == "Ada\t555-0100\n"
    assert desk.run("list", "no:fax_number", "--ids") == "1\n"
    assert "555-0100" in desk.run("show", "2")
    desk.run("edit", "2", "--fax-number", "555-0199")
    assert ["fax_number", "555-0100", "555-0199"] in [
        [change["field"], change["old"], change["new"]]
        for operation in json.loads(desk.run("history", "2", "--json"))
        for change in operation["changes"]
    ]
    desk.run("undo")
    exported = tmp_path / "leads.csv"
    desk.run("export", "-o", str(exported))
    rows = list(csv.DictReader(exported.open(encoding="utf-8", newline="")))
    assert [row["fax_number"] for row in rows] == ["", "555-0100"]
    desk.db = tmp_path / "other.db"
    desk.run("import", str(exported))
    assert desk.run("filter", "fax_number:0100", "--count") == "1\n"


def test_the_older_file_was_copied_first(repository: Path, tmp_path: Path) -> None:
    desk = Copy(repository, tmp_path)
    desk.run("add", "Before", changed=False)
    desk.run("add", "After", "--fax-number", "1")
    (copy,) = tmp_path.glob("leads.db.before-*")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT name FROM leads").fetchall() == [("Before",)]
