"""Without memory, without a temporary folder, with a file that changes: one sentence each, nothing lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from desk import Desk
from outside_programs import require_program

# Address space in MB; below the first the interpreter itself does not start.
SIZES = range(14, 74, 2)
LIMITED = """
import resource, subprocess, sys
size = int(sys.argv[1]) << 20
limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))
sys.exit(subprocess.run([sys.executable, "-m", "leadcli", *sys.argv[2:]], preexec_fn=limit).returncode)
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", ["list --json", "add Bob", "import a.csv", "report pipeline"])
def test_too_little_memory_is_a_sentence(words: str, desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.file("a.csv", "name,email\n" + "\n".join(f"P {n},p{n}@x.example" for n in range(400)))
    for size in SIZES:
        before = int(desk.ok("list", "is:any", "--count"))
        done = desk.command([sys.executable, "-c", LIMITED, str(size), *words.split()])
        shown = f"{size} MB: {done.both[-300:]}"
        assert done.returncode in (0, 1), shown
        if done.returncode:
            assert '{"error"' in done.stderr or done.stderr.splitlines()[-2].startswith("Error: "), shown
            # Python's own hashlib tells the log of each hash it cannot load.
            assert "Traceback" not in done.both or "code for hash" in done.stderr, shown
            assert "memory" in done.stderr, shown
            assert int(desk.ok("list", "is:any", "--count")) == before, shown


def test_no_temporary_folder_is_named(desk: Desk) -> None:
    require_program("unshare")
    desk.ok("add", "Ada")
    desk.file("a.csv", "name\nBob\n")
    read_only = "mount --bind {0} {0} && mount -o remount,bind,ro {0}"
    places = [each for each in ("/tmp", "/var/tmp", "/usr/tmp") if Path(each).is_dir()]
    script = f"""mount --bind {desk.home} /mnt; {"; ".join(map(read_only.format, places))}; cd /proc
                 {sys.executable} -m leadcli import /mnt/a.csv"""
    done = desk.command(["unshare", "-rm", "bash", "-c", script], LEADCLI_DB="/mnt/t.db", TMPDIR="/nowhere")
    assert done.returncode == 1, done.both
    assert "there is no folder for temporary files that can be written to" in done.stderr
    assert "TMPDIR" in done.stderr


def test_the_folder_it_was_started_in_is_gone(desk: Desk) -> None:
    done = desk.bash("mkdir gone; cd gone; rmdir ../gone; leadcli add Ada", LEADCLI_DB="t.db")
    assert "the present folder does not exist any more" in done.stderr
    assert done.returncode == 1


def test_a_file_that_is_being_written_is_not_attached_half(desk: Desk) -> None:
    desk.ok("add", "Ada")
    log = desk.file("log.txt", "a" * 4_000_000)
    writing = """if True:
        import itertools, sys
        file = open(sys.argv[1], "r+b", buffering=0)
        for letter in itertools.cycle((b"a", b"b", b"c")):
            file.seek(0)
            for _ in range(40):
                file.write(letter * 100_000)
    """
    writer = subprocess.Popen([sys.executable, "-c", writing, str(log)])
    try:
        while log.read_bytes()[:1] == b"a":
            pass
        results = [desk.run("attach", "add", "1", log) for _ in range(6)]
    finally:
        writer.kill()
        writer.wait()
    for refused in (each for each in results if each.returncode):
        assert refused.returncode == 75
        assert "is being written to, and would be kept half old and half new" in refused.stderr
    assert any(each.returncode for each in results)
    log.write_bytes(b"d" * 4_000_000)
    desk.ok("attach", "add", "1", log)
    desk.ok("attach", "save", "1", "-o", "out")
    for file in (desk.home / "out").iterdir():
        assert len(set(file.read_bytes())) == 1, "a mixture"


def test_a_part_that_is_missing_is_named(desk: Desk) -> None:
    code = "import sys; sys.modules['leadcli.cli'] = None; sys.argv = ['leadcli']; import runpy; "
    done = desk.command([sys.executable, "-c", code + "runpy.run_module('leadcli', run_name='__main__')"])
    assert done.returncode == 1
    assert done.stderr.startswith("Error: leadcli is not whole: "), done.stderr
