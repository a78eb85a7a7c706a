"""Takes samples: seconds, peak memory and sizes of whole processes."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

from world import ProgramError, World, last_line

Sample = Callable[[World, int], float]
MIB = 1024 * 1024
ROWS, COLUMNS = 60, 120


def seconds(*words: str, terminal: bool = False) -> Sample:
    """Wall-clock seconds of one whole process, its data made and its words filled in before the clock starts."""

    def sample(world: World, number: int) -> float:
        argv = world.words(words, number)
        run = _on_terminal if terminal else _piped
        start = time.perf_counter()
        code, said = run(argv, world.env)
        took = time.perf_counter() - start
        if code:
            raise ProgramError(f"{' '.join(words)}: exit {code}: {last_line(said)}")
        return took

    return sample


def peak(*words: str) -> Sample:
    """The largest memory of a process and its children at one moment, in MiB; shared pages count once."""

    def sample(world: World, number: int) -> float:
        process = subprocess.Popen(
            world.words(words, number), env=world.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        largest = 0
        while process.poll() is None:
            largest = max(largest, _memory(process.pid))
            time.sleep(0.02)
        if process.returncode:
            raise ProgramError(f"{' '.join(words)}: exit {process.returncode}")
        return largest / MIB

    return sample


def size(word: str) -> Sample:
    """Bytes of a file."""

    def sample(world: World, number: int) -> float:
        return float(Path(world.words(("python", word), number)[1]).stat().st_size)

    return sample


def figure(value: float) -> Sample:
    """A fixed number to compare with."""
    return lambda world, number: value


def total(*samples: Sample) -> Sample:
    """The sum of several samples."""
    return lambda world, number: sum(each(world, number) for each in samples)


def times(factor: float, sample: Sample) -> Sample:
    """A sample scaled, such as ten times a tenth of the data."""
    return lambda world, number: factor * sample(world, number)


def _piped(argv: list[str], env: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    return done.returncode, done.stderr.decode("utf-8", "replace")


def _on_terminal(argv: list[str], env: dict[str, str]) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(argv, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    said = b""
    while chunk := _read(ours):
        said += chunk
    os.close(ours)
    return process.wait(), said.decode("utf-8", "replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says EIO, not end of file, when the last program leaves a terminal
        return b""


def _memory(pid: int) -> int:
    """Bytes a process and its children hold, by Linux' proportional set size."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # it ended between two looks
        return 0
    own = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return own + sum(_memory(int(child)) for child in children)
