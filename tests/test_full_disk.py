"""A disk that is full, or fails late: what can be read is read, and nothing that was written is denied."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from desk import REPOSITORY, Desk, Result
from outside_programs import require_program

LEADCLI = f"{shlex.quote(sys.executable)} -m leadcli"
READING = ("list --count", "show 7", "report pipeline", "export -o OUT/x.csv", "backup OUT/x.db", "doctor")
# A desk in WAL mode on a file system of its own, then something else takes all the room.
FILL = f"""set -e; mount -t tmpfs -o size=3m tmpfs "$DISK"; export LEADCLI_DB="$DISK/t.db"
{LEADCLI} import {REPOSITORY}/examples/leads.csv >&2; cat /dev/zero >"$DISK/fill" 2>/dev/null || true; set +e
"""


@pytest.fixture
def disk(desk: Desk) -> Path:
    """A folder to mount a small disk on."""
    require_program("unshare")
    folder = desk.home / "disk"
    folder.mkdir()
    return folder


def on_the_disk(desk: Desk, disk: Path, script: str) -> Result:
    """Run a script in a name space where it may mount."""
    return desk.command(["unshare", "-rm", "bash", "-c", script], DISK=str(disk), OUT=str(desk.home))


@pytest.mark.parametrize("words", READING)
def test_a_full_disk_is_read(words: str, desk: Desk, disk: Path) -> None:
    done = on_the_disk(desk, disk, f"{FILL}{LEADCLI} {words.replace('OUT', str(desk.home))}")
    assert done.returncode == 0, done.both


def test_a_full_disk_is_called_full_and_works_again_with_room(desk: Desk, disk: Path) -> None:
    again = f'rm "$DISK/fill"; {LEADCLI} add Bob && {LEADCLI} list is:any --count'
    done = on_the_disk(desk, disk, f"{FILL}{LEADCLI} add Ada; echo $?; {again}")
    assert "Error: the disk is full; nothing was changed." in done.stderr
    assert done.lines[-3:] == ["1", "201", "201"]


def test_a_full_temporary_folder_is_no_reason_to_deny_an_import(desk: Desk, disk: Path) -> None:
    rows = "\n".join(f"Person {n},p{n}@x.example,{'word ' * 20}" for n in range(300))
    desk.file("a.csv", f"name,email,description\n{rows}\n")
    for size in (60, 150, 300):
        desk.db.unlink(missing_ok=True)
        desk.ok("add", "First")
        script = f'mount -t tmpfs -o size={size}k tmpfs "$DISK"; TMPDIR="$DISK" {LEADCLI} import a.csv'
        done = on_the_disk(desk, disk, script)
        count = int(desk.ok("list", "is:any", "--count"))
        assert (done.returncode, count) in ((0, 301), (1, 1)), done.both
        assert ("nothing was changed" in done.stderr) is (count == 1), done.both


# The desk's part of a commit is written, then the scratch file cannot grow: the order in which SQLite commits.
LATE = """
import resource, sys
from leadcli import open_desk
from leadcli.errors import Failed
from leadcli.store.journal.operation import begin_operation

def write_late(store):
    store.connection.execute("ATTACH ? AS scratch", (sys.argv[2],))
    for setting in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -9000"):
        store.connection.execute(f"PRAGMA scratch.{setting}")
    store.connection.execute("CREATE TABLE scratch.rows (text)")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    with begin_operation(store) as running:
        running.insert("lead", {"name": "Second", "uid": "0", "created_at": running.at})
        store.connection.execute("INSERT INTO scratch.rows VALUES (zeroblob(3000000))")

with open_desk(sys.argv[1]) as desk:
    desk.add("First")
    try:
        desk.call(write_late)
    except Failed as error:
        print(error.message)
"""


def test_what_was_written_before_the_disk_failed_is_not_denied(desk: Desk) -> None:
    done = desk.command([sys.executable, "-c", LATE, str(desk.db), str(desk.home / "scratch")])
    assert not done.returncode, done.both
    there = "Second" in desk.ok("list", "is:any", "-F", "name")
    assert there is ("after operation 2 was written; it is in the desk" in done.stdout), done.both
    assert there is not ("nothing was changed" in done.stdout), done.both
