"""A scratch lead desk: runs leadcli against its own database, home and clock."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from outside_programs import require_program

from leadcli.cli import main

REPOSITORY = Path(__file__).resolve().parents[1]
KEPT = ("PATH", "COVERAGE_PROCESS_START", "SYSTEMROOT", "TMPDIR")


class Result(NamedTuple):
    """What one run printed on stdout and stderr, and its exit code."""

    stdout: str
    stderr: str
    returncode: int

    @property
    def both(self) -> str:
        return self.stdout + self.stderr

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()


class Desk:
    """One database with its own configuration, in a folder of its own; nobody's real files are touched."""

    def __init__(self, home: Path, *, today: str = "2026-11-22") -> None:
        self.home = home
        self.db = home / "t.db"
        bin_folder = str(Path(sys.executable).parent)
        self.env = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "PATH": bin_folder + os.pathsep + os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "LEADCLI_DB": str(self.db),
            "LEADCLI_ME": "ann",
            "LEADCLI_TODAY": today,
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_STATE_HOME": str(home / "state"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }

    def run(self, *argv: object, stdin: str | bytes | None = None, **env: str) -> Result:
        """Run `leadcli ARGV` inside this process: the program's own entry point, without its start-up time.

        stdout, stderr and stdin are pipes as far as the program can tell. What a process inherits and this
        cannot give (file descriptors, signals, the umask) needs `process`.
        """
        out, err = io.BytesIO(), io.BytesIO()
        with _inside(self.home, self.env | env), _streams(_bytes(stdin), out, err):
            code = _exit_code(argv)
        return Result(_text(out.getvalue()), _text(err.getvalue()), code)

    def process(self, *argv: object, stdin: str | bytes | None = None, **env: str) -> Result:
        """Run `leadcli ARGV` as a process of its own."""
        return self.command([sys.executable, "-m", "leadcli", *map(str, argv)], stdin=stdin, **env)

    def terminal(self, width: int, *argv: object) -> str:
        """What `leadcli ARGV` shows on a terminal so many columns wide, without colours."""
        import pexpect

        words = ["-m", "leadcli", "--color", "never", *map(str, argv)]
        env = {**self.env, "TERM": "xterm", "LEADCLI_PAGER": "cat"}
        child = pexpect.spawn(sys.executable, words, env=env, dimensions=(60, width), encoding="utf-8", timeout=60)
        text = child.read()
        child.close()
        assert child.exitstatus == 0, text
        return text.replace("\r", "")

    def bash(self, line: str, **env: str) -> Result:
        """Run one line of bash in the desk's home, `leadcli` being this installation's."""
        return self.command(["bash", "-c", line], **env)

    def command(self, argv: list[str], *, stdin: str | bytes | None = None, **env: str) -> Result:
        """Run any program in the desk's home and environment; a test of one that is not there is skipped."""
        if os.sep not in argv[0]:
            require_program(argv[0], path=self.env["PATH"])
        text = _bytes(stdin) or b""
        done = subprocess.run(
            argv, input=text, capture_output=True, cwd=self.home, env=self.env | env, timeout=120, check=False
        )
        return Result(_text(done.stdout), _text(done.stderr), done.returncode)

    def ok(self, *argv: object, stdin: str | bytes | None = None, **env: str) -> str:
        """The stripped stdout of a run that must succeed."""
        result = self.run(*argv, stdin=stdin, **env)
        assert result.returncode == 0, f"leadcli {_shown(argv)} -> exit {result.returncode}: {result.both.strip()}"
        return result.stdout.strip()

    def json(self, *argv: object, stdin: str | bytes | None = None, **env: str) -> Any:
        """The parsed output of a run with --json that must succeed."""
        return json.loads(self.ok(*argv, "--json", stdin=stdin, **env))

    def fails(
        self, code: int, *argv: object, says: str | tuple[str, ...] = (), stdin: str | bytes | None = None, **env: str
    ) -> Result:
        """The result of a run that must end with this exit code, say these words and show no traceback."""
        result = self.run(*argv, stdin=stdin, **env)
        shown = f"leadcli {_shown(argv)} -> exit {result.returncode}: {result.both.strip()}"
        assert result.returncode == code, f"{shown}\nwanted exit {code}"
        assert "Traceback" not in result.both, shown
        for words in (says,) if isinstance(says, str) else says:
            assert words.lower() in result.both.lower(), f"{shown}\ndoes not say {words!r}"
        return result

    def file(self, name: str, content: str | bytes) -> Path:
        """A file of this content in the desk's home."""
        path = self.home / name
        path.write_bytes(_bytes(content) or b"")
        return path


def _exit_code(argv: tuple[object, ...]) -> int:
    try:
        code = main([str(word) for word in argv])
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)  # noqa: T201 - what Python itself does with sys.exit("text")
            return 1
    return code or 0


@contextlib.contextmanager
def _inside(folder: Path, env: dict[str, str]) -> Iterator[None]:
    kept_env, kept_folder = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    time.tzset()
    try:
        yield
    finally:
        os.chdir(kept_folder)
        os.environ.clear()
        os.environ.update(kept_env)
        time.tzset()


@contextlib.contextmanager
def _streams(stdin: bytes | None, out: io.BytesIO, err: io.BytesIO) -> Iterator[None]:
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin or b""), encoding="utf-8", errors="surrogateescape")
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8", errors="strict", newline="\n", write_through=True)
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)
    streams = sys.stdin, sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
        for stream in streams:
            # A program may have closed or detached a stream; a wrapper left attached would close `out` when collected.
            with contextlib.suppress(ValueError):
                stream.detach()


def _bytes(content: str | bytes | None) -> bytes | None:
    return content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _shown(argv: tuple[object, ...]) -> str:
    return " ".join(map(str, argv))
