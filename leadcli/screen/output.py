"""Output: how this run shows what it found, chosen once from the options and the streams.

Brings finished text to where it goes: standard output after the last row is read, or a file in one step.

Nothing is written while the rows' iterator (a read of the database) is open: what does not fit in memory waits in a
temporary file.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import IO, TextIO

from leadcli.errors import Failed, Usage, unknown_name
from leadcli.model.carriers import NamedTuple
from leadcli.model.kinds import Look

FORMATS = ("table", "chart", "tsv", "csv", "json", "jsonl", "xlsx", "vcf", "md", "html", "pdf", "ids", "count", "line")
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".md": "md", ".html": "html", ".htm": "html",
    ".pdf": "pdf", ".txt": "table", ".xlsx": "xlsx", ".vcf": "vcf",
}  # fmt: skip


class Output(NamedTuple):
    """The options that say how things look.

    `format` '' is decided by `line`, then the suffix of `file`, then by whether standard output is a terminal.
    `raw` leaves cells alone that a spreadsheet would take for formulas; `excel` adds a byte order mark and CRLF.
    `pager` gives the program for what is taller than the screen, '' for the one the environment names, else less.
    `theme` is auto, dark, light or none.
    `width` 0 asks the terminal. `out` and `err` are the streams, by default the program's own.
    """

    format: str = ""
    line: str = ""
    header: bool = False
    file: str = ""
    color: str = "auto"
    quiet: bool = False
    fields: Sequence[str] = ()
    no_pager: bool = False
    pager: Callable[[], str] = str
    plain: bool = False
    raw: bool = False
    excel: bool = False
    fail_empty: bool = False
    theme: str = "auto"
    width: int = 0
    look: Look = Look(date.min)
    out: TextIO | None = None
    err: TextIO | None = None

    @property
    def stdout(self) -> TextIO:
        return self.out or sys.stdout or io.StringIO()  # None when a caller closed the descriptor

    @property
    def stderr(self) -> TextIO:
        return self.err or sys.stderr or io.StringIO()

    @property
    def path(self) -> str:
        """The file to write, '' for standard output."""
        return "" if self.file == "-" else self.file

    @property
    def terminal(self) -> bool:
        """Standard output is a terminal."""
        return self.stdout.isatty()

    @property
    def on_terminal(self) -> bool:
        """What is shown ends on a terminal, not in a file."""
        return self.terminal and not self.path

    @property
    def chosen(self) -> str:
        """One of FORMATS, or 'screen': the best a terminal can show. Usage for a format or suffix nobody knows."""
        if self.format:
            if self.format not in FORMATS:
                raise unknown_name("format", self.format, FORMATS, title="Formats")
            return self.format
        if self.line:
            return "line"
        if not self.path:
            return "screen" if self.terminal else "tsv"
        suffix = self.path[self.path.rfind(".") :].lower() if "." in self.path else ""
        if suffix not in SUFFIXES:
            raise Usage(
                f"cannot tell the format from the name '{self.path}'.",
                hint=f"end it in {', '.join(SUFFIXES)} or add --format.",
            )
        return SUFFIXES[suffix]

    @property
    def json(self) -> bool:
        return self.chosen in ("json", "jsonl")

    @property
    def complete(self) -> bool:
        """Every field of a record is wanted: JSON or vCards without --fields, or a line template."""
        return self.chosen == "line" or (self.chosen in ("json", "jsonl", "vcf") and not self.fields)

    @property
    def guard(self) -> bool:
        """CSV and TSV cells are written so that a spreadsheet reads no formula.

        Wherever the format was named, by an option or by a file's suffix; what a pipe gets unasked is for scripts.
        """
        return bool(self.format or self.path) and not self.raw and self.chosen in ("csv", "tsv")

    @property
    def drawn(self) -> bool:
        """For eyes: a table, a chart, a card, a board."""
        return self.chosen in ("screen", "table", "chart")

    @property
    def encoding(self) -> str:
        """What text becomes bytes by: files are always UTF-8."""
        return "utf-8" if self.path else (self.stdout.encoding or "utf-8").lower()

    @property
    def narrow(self) -> bool:
        """The stream cannot say every letter."""
        return not self.encoding.startswith("utf")

    @property
    def ascii(self) -> bool:
        """Only ASCII shapes: asked for, or all the stream can say."""
        return self.look.ascii or self.narrow


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
