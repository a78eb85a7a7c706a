"""import of files that are odd or too much: refused in a sentence, or taken in bounded memory; the desk stays whole."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest
from desk import Desk

from leadcli.domain.data.import_.rows import parallel

PIXEL = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1"


def test_a_template_says_nothing_of_amounts_it_does_not_have(desk: Desk) -> None:
    desk.ok("init")
    desk.ok("field", "add", "fee", "--type", "money")
    template = desk.ok("import", "--template") + "\n"
    told = desk.run("import", "-", "--dry-run", stdin=template)
    assert told.returncode == 0
    assert "fit)" not in told.both
    assert "fee" in told.both


def test_a_template_that_is_filled_in_comes_back_the_same(desk: Desk) -> None:
    desk.ok("init")
    for name, type_ in (("fee", "money"), ("size", "number"), ("met", "date"), ("remark", "text"), ("vip", "bool")):
        desk.ok("field", "add", name, "--type", type_)
    desk.ok("field", "add", "segment", "--type", "choice", "--choice", "EMEA")
    header = desk.ok("import", "--template")
    own = {"name": "Ada", "emails": "ada@acme.com", "fee": "12.50", "size": "3.5", "met": "2026-01-02", "remark": "hm",
           "vip": "yes", "segment": "EMEA"}  # fmt: skip
    row = ",".join(own.get(name, "") for name in header.split(","))
    desk.ok("import", desk.file("filled.csv", f"{header}\n{row}\n"))
    exported = desk.ok("export").splitlines()
    assert exported[0] == header
    back = dict(zip(header.split(","), exported[1].split(","), strict=True))
    assert {name: back[name] for name in own} == own


def test_more_columns_than_a_desk_can_have_are_refused(desk: Desk) -> None:
    desk.ok("init")
    wide = "name," + ",".join(f"c{n}" for n in range(2500)) + "\nAda" + ",x" * 2500 + "\n"
    file = desk.file("wide.csv", wide)
    before = desk.db.read_bytes()
    desk.fails(2, "import", file, "--extra", "custom", says="2,500 columns")
    assert desk.db.read_bytes() == before
    assert desk.json("import", file)["files"][0]["new"] == 1


def test_long_rows_travel_in_small_batches() -> None:
    read = 0

    def rows(count: int, size: int):  # type: ignore[no-untyped-def]
        nonlocal read
        for number in range(count):
            read += size
            yield (number, ("x",), "")

    sizes = [len(batch) for batch in parallel.split_batches(rows(10_000, 100), lambda: read)]
    assert sizes == [parallel.ROWS] * 10
    sizes = [len(batch) for batch in parallel.split_batches(rows(100, parallel.BYTES), lambda: read)]
    assert max(sizes) == parallel.FEW
    assert sum(sizes) == 100


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("empty.csv", b"", 2, "is empty"),
        ("blank.csv", b"\n\n\n", 2, "is empty"),
        ("nohead.csv", b"Ada,ada@x.com\nBob,bob@x.com\n", 2, "is a value"),
        ("ragged.csv", b"name,email\nA\nB,b@x.com,c,d\nC,c@x.com\n", 4, "has 4 cells, the header has 2"),
        ("photo.csv", PIXEL, 2, "binary"),
        ("photo", PIXEL, 2, "binary"),
        ("day.csv", b"name,expected_close\nA,03/04/2026\n", 4, "ambiguous"),
        ("state.csv", b"name,status\nA,contactd\nB,New\n", 4, "Did you mean 'Contacted'?"),
        ("quote.csv", b'name,email\nA,a@x.com\n"B,b@x.com\nC,c@x.com\n', 2, "line 3"),
    ],
)
def test_what_cannot_be_taken_is_said(desk: Desk, name: str, content: bytes, code: int, said: str) -> None:
    desk.ok("init")
    before = desk.db.read_bytes()
    desk.fails(code, "import", desk.file(name, content), "--strict", says=said)
    assert desk.db.read_bytes() == before


def test_strangers_are_named_for_what_they_are(desk: Desk) -> None:
    desk.ok("add", "Ada")
    with zipfile.ZipFile(desk.home / "some.zip", "w") as archive:
        archive.writestr("a.csv", "name\nA\n")
    with sqlite3.connect(desk.home / "other.db") as connection:
        connection.execute("CREATE TABLE t (a)")
    desk.fails(2, "import", "some.zip", says="zip archive")
    desk.fails(2, "import", "other.db", says="SQLite database")
    desk.fails(2, "import", desk.home, says="is a directory")
    desk.fails(2, "import", "/dev/null", says="is a device")
    assert desk.ok("filter", "is:any", "--count") == "1"


def test_a_file_that_changes_while_it_is_read_is_not_imported(desk: Desk) -> None:
    desk.ok("init")
    file = desk.file("rows.csv", "name,email\n" + "".join(f"L{n},p{n}@x.com\n" for n in range(200)))
    os.mkfifo(desk.home / "pipe.csv")
    before = desk.db.read_bytes()
    # A pipe has its writer once its reader is there: by then the file named before it was opened.
    script = f"leadcli import {file} pipe.csv & exec 3>pipe.csv; echo 'X,x@x.com' >> {file}; echo name >&3; exec 3>&-"
    told = desk.bash(f"{script}; wait $!")
    assert (told.returncode, "changed while it was read" in told.stderr) == (1, True), told.both
    assert desk.db.read_bytes() == before


def test_a_number_without_a_country_is_kept_and_counted(desk: Desk) -> None:
    told = desk.run("import", desk.file("a.csv", "name,phone\n" + "".join(f"P{n},0900{n}\n" for n in range(30))))
    assert told.returncode == 0
    assert "… 20 more warnings" in told.stderr
    assert desk.json("filter", "name:P7")[0]["phones"][0]["value"] == "09007"


@pytest.mark.parametrize("room", ["desk", "scratch"])
def test_a_disk_that_fills_up_changes_nothing(desk: Desk, tmp_path: Path, room: str) -> None:
    """RLIMIT_FSIZE stands in for the disk: no file may grow above it, whoever runs the tests."""
    desk.env["PYTHONDONTWRITEBYTECODE"] = "1"  # half a module's bytecode would be taken for whole ever after
    desk.ok("add", "Ada")
    file = desk.file("rows.csv", "name,email\n" + "".join(f"Lead {n},p{n}@x.com\n" for n in range(4000)))
    before = desk.ok("export")
    limit = (desk.db.stat().st_size >> 10) + (1000 if room == "desk" else 100)
    told = desk.bash(f"trap '' XFSZ; ulimit -f {limit}; leadcli import {file}")
    assert told.returncode == 1, told.both
    assert len(told.stderr.splitlines()) == 2, told.both
    assert "disk" in told.stderr
    assert desk.ok("export") == before
    assert json.loads(desk.ok("import", file, "--json"))["files"][0]["new"] == 4000


def test_a_small_file_needs_no_helper_process(desk: Desk) -> None:
    file = desk.file("rows.csv", "name\n" + "".join(f"Lead {n}\n" for n in range(3000)))
    log = desk.home / "calls"
    done = desk.command(["strace", "-f", "-o", str(log), "-e", "trace=clone,fork,vfork,clone3", sys.executable, "-m",
                         "leadcli", "import", str(file)])  # fmt: skip
    assert done.returncode == 0
    assert "(" not in log.read_text("utf-8", "replace")
