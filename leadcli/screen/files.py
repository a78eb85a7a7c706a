"""Brings finished text to where it goes: standard output after the last row is read, or a file in one step.

Nothing is written while the rows' iterator (a read of the database) is open: what does not fit in memory waits in a
temporary file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TextIO

from leadcli.errors import Failed
from leadcli.screen.output import Output

HELD = 4_000_000  # characters kept in memory


def deliver(chunks: Iterable[str], output: Output) -> None:
    """Write the chunks to -o FILE or standard output. Failed when the disk says no; BrokenPipeError is the caller's."""
    if output.path:
        write_file(output.path, chunks)
        return
    held: list[str] = []
    size, rest = 0, iter(chunks)
    for chunk in rest:
        held.append(chunk)
        size += len(chunk)
        if size > HELD:
            _spool(chain(held, rest), output)
            return
    put("".join(held), output.stdout)


def put(text: str, stream: TextIO) -> None:
    """Write and flush; what the stream's encoding cannot say is written as \\uXXXX."""
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon(stream)
        raise Failed(f"cannot write the output: {error.strerror or error}.") from error


def abandon(stream: TextIO) -> None:
    """Let what a stream still holds vanish, so that the interpreter's last flush says nothing. For a broken pipe."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):  # not a stream of the system: nothing will be flushed
        return


def write_file(path: str, chunks: Iterable[str]) -> None:
    """The whole file or nothing of it: a temporary file beside it, fsync, rename; readable by its owner only.

    A pipe or a device is written directly. Failed names the file and the reason.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "w", encoding="utf-8", newline="", errors="backslashreplace") as device:
                device.writelines(chunks)
            return
        target = os.path.realpath(path)
        beside = f"{target}.{os.getpid()}.part"
        try:
            with open(beside, "x", encoding="utf-8", newline="", errors="backslashreplace", opener=_private) as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, target)
        except BaseException:
            if os.path.exists(beside):
                os.unlink(beside)
            raise
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror or error}.") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _spool(chunks: Iterable[str], output: Output) -> None:
    from tempfile import TemporaryFile

    try:
        spool = TemporaryFile("w+", encoding="utf-8", newline="", errors="backslashreplace")  # noqa: SIM115
        spool.writelines(chunks)
        spool.seek(0)
    except OSError as error:
        raise Failed(f"cannot keep the output in a temporary file: {error.strerror or error}.") from error
    with spool:
        for text in _pieces(spool):
            put(text, output.stdout)


def _pieces(file: TextIO) -> Iterator[str]:
    while text := file.read(1 << 20):
        yield text


def say_line(text: str, output: Output) -> None:
    """One line on standard error; a reader who left is no error there."""
    try:
        put(text + "\n", output.stderr)
    except (BrokenPipeError, Failed):
        abandon(sys.stderr if output.err is None else output.err)
