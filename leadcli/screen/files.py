"""Brings finished text to where it goes: standard output after the last row is read, or a file in one step.

Nothing is written while the rows' iterator (a read of the database) is open: what does not fit in memory waits in a
temporary file.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO, TextIO

from leadcli.errors import Failed, Usage
from leadcli.screen.output import Output

HELD = 4_000_000  # characters kept in memory


def write_output(chunks: Iterable[str], output: Output) -> None:
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
            _spool_pieces(chain(held, rest), output)
            return
    write_text("".join(held), output.stdout)


def write_text(text: str, stream: TextIO) -> None:
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
        discard_output(stream)
        raise Failed(f"cannot write the output: {error.strerror or error}.") from error


def discard_output(stream: TextIO) -> None:
    """Let what a stream still holds vanish, so that the interpreter's last flush says nothing. For a broken pipe."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):  # not a stream of the system: nothing will be flushed
        return


def write_file(path: str, chunks: Iterable[str]) -> None:
    """The whole file of text, UTF-8, or nothing of it; see `write_bytes`."""

    def fill(file: IO[bytes]) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", errors="backslashreplace")
        text.writelines(chunks)
        text.flush()
        text.detach()

    write_bytes(path, fill)


def write_bytes(path: str, fill: Callable[[IO[bytes]], None]) -> None:
    """The whole file or nothing of it: a temporary file beside it, fsync, rename; readable by its owner only.

    A file that is replaced keeps its mode; a pipe or a device is written directly. Failed names file and reason.
    """
    from leadcli.system.file_writer import open_stream, replace_file

    try:
        with open_stream(path) or replace_file(path, keep_mode=True) as file:
            fill(file)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror or error}.") from error


def write_output_bytes(fill: Callable[[IO[bytes]], None], output: Output) -> None:
    """Write what is no text to -o FILE or standard output, which must not be a terminal. Usage (2), Failed (1)."""
    if output.path:
        write_bytes(output.path, fill)
        return
    if output.terminal:
        raise Usage(f"{output.chosen} is no text for a terminal.", hint=f"write a file: -o leads.{output.chosen}")
    from shutil import copyfileobj
    from tempfile import TemporaryFile

    try:
        with TemporaryFile() as spool:
            fill(spool)
            spool.seek(0)
            output.stdout.flush()
            copyfileobj(spool, output.stdout.buffer)
        output.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output(output.stdout)
        raise Failed(f"cannot write the output: {error.strerror or error}.") from error


def _spool_pieces(chunks: Iterable[str], output: Output) -> None:
    from tempfile import TemporaryFile

    try:
        spool = TemporaryFile("w+", encoding="utf-8", newline="", errors="backslashreplace")  # noqa: SIM115
        spool.writelines(chunks)
        spool.seek(0)
    except OSError as error:
        raise Failed(f"cannot keep the output in a temporary file: {error.strerror or error}.") from error
    with spool:
        for text in _pieces(spool):
            write_text(text, output.stdout)


def _pieces(file: TextIO) -> Iterator[str]:
    while text := file.read(1 << 20):
        yield text


def write_line(text: str, output: Output) -> None:
    """One line on standard error; a reader who left is no error there."""
    try:
        write_text(text + "\n", output.stderr)
    except (BrokenPipeError, Failed):
        discard_output(sys.stderr if output.err is None else output.err)
