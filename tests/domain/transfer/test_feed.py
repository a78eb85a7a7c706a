"""What may be opened, and what happens when it changes, stalls or is no file."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import Failed, LeadError, NotFound, Usage


def test_a_missing_file_is_named_with_exit_3(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no file '.*nosuch\.csv'"):
        open_source(str(tmp_path / "nosuch.csv"))


def test_a_directory_a_device_and_a_name_with_nul_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="is a directory"):
        open_source(str(tmp_path))
    with pytest.raises(Usage, match="is a device"):
        open_source("/dev/zero")
    with pytest.raises(LeadError, match="file name cannot hold"):
        open_source("a\0b.csv")


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    for name, data in {"a.csv": b"name\nAda\n", "a.json": b'[{"name":"Ada"}]', "a.vcf": b""}.items():
        (tmp_path / name).write_bytes(data)
        source = open_source(str(tmp_path / name))
        list(source.rows)
        assert source.digest() == hashlib.sha256(data).hexdigest()


def test_a_file_that_grows_while_it_is_read_is_an_error_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name\n" + "Ada\n" * 200_000)
    source = open_source(str(path))
    next(source.rows)
    with path.open("a") as more:
        more.write("Bob\n")
    with pytest.raises(Failed, match="changed while it was read"):
        list(source.rows)


def test_a_pipe_may_stall_between_any_two_bytes(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            for part in (
                b"na",
                b"me,em",
                b"ail\r",
                b'\n"A',
                b'da ""L""',
                b"\n",
                b'x",',
                "ž@x.org".encode()[:1],
                "ž@x.org".encode()[1:],
            ):
                pipe.write(part)
                time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    source = open_source(str(path))
    assert [(row.number, list(row.cells)) for row in source.rows] == [(2, ['Ada "L"\nx', "ž@x.org"])]
    writer.join()


def test_a_non_blocking_pipe_is_waited_for_not_taken_for_ended() -> None:
    read, write = os.pipe()
    os.set_blocking(read, False)
    program = (
        "from leadcli.domain.data.import_.readers.open_file import open_source; "
        "print(sum(1 for _ in open_source('-').rows))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=read, stdout=subprocess.PIPE, text=True) as child:
        os.close(read)
        for part in (b"name\n", b"Ada\n", b"Bob\n"):
            time.sleep(0.1)
            os.write(write, part)
        os.close(write)
        assert child.communicate()[0] == "2\n"


def run_limited(script: str, mebibytes: int, writer: str) -> subprocess.CompletedProcess[str]:
    """Runs `writer | script` and adds the reader's peak memory to its output; fails when it is above the limit."""
    measured = script + (
        "\nimport resource; peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10"
        f"\nassert peak < {mebibytes}, peak"
    )
    with subprocess.Popen([sys.executable, "-c", writer], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source:
        try:
            return subprocess.run(
                [sys.executable, "-c", measured],
                stdin=source.stdout,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        finally:
            source.kill()


REFUSED = """
from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import LeadError
try:
    print(sum(1 for _ in open_source({name!r}).rows))
except LeadError as error:
    print(error.code, error.message)
"""


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_a_line_of_a_gigabyte_is_refused_at_once_in_little_memory(letter: str) -> None:
    writer = (
        "import sys; out = sys.stdout.buffer; out.write(b'name,email\\nAda,a@x.org\\n')\n"
        f"for _ in range(1024): out.write({letter!r}.encode() * ((1 << 20) // {len(letter.encode())}))"
    )
    begun = time.monotonic()
    found = run_limited(REFUSED.format(name="-"), 200, writer)
    assert found.stdout == "2 -: line 3 is longer than 8 MiB.\n", found.stderr
    assert time.monotonic() - begun < 20


def test_a_sparse_file_of_a_gigabyte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hole.csv"
    with path.open("wb") as file:
        file.write(b"name\n" + b"Ada\n" * 20_000)
        file.truncate(1 << 30)
    found = run_limited(REFUSED.format(name=str(path)), 200, "pass")
    assert found.stdout.endswith("line 20002 is longer than 8 MiB.\n".replace("20002", "20,002")), found.stdout


def test_an_unclosed_quote_before_a_gigabyte_names_its_line_in_little_memory() -> None:
    writer = (
        "import sys; out = sys.stdout.buffer; out.write(b'name,email\\nAda,a@x.org\\n\"Bob,b@x.org\\n')\n"
        "for _ in range(1024): out.write(b'Carl,c@x.org\\n' * 80_000)"
    )
    found = run_limited(REFUSED.format(name="-"), 200, writer)
    assert found.stdout == "2 -: a quote opened on line 3 is not closed there, nor within 8 MiB after it.\n", (
        found.stderr
    )


@pytest.mark.slow
def test_half_a_million_rows_stream_through_a_pipe_in_constant_memory() -> None:
    writer = (
        "import sys; out = sys.stdout.buffer; out.write(b'name,email,city\\n')\n"
        "rows = b''.join(b'Ada %d,a%d@x.org,London\\n' % (n, n) for n in range(1000))\n"
        "for _ in range(500): out.write(rows)"
    )
    found = run_limited(REFUSED.format(name="-"), 60, writer)
    assert found.stdout == "500000\n", found.stderr
