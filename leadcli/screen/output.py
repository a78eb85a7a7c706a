"""Output: how this run shows what it found, chosen once from the options and the streams."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import TextIO

from leadcli.errors import Usage, unknown_name
from leadcli.model.carriers import NamedTuple
from leadcli.model.kinds import Look

FORMATS = ("table", "chart", "tsv", "csv", "json", "jsonl", "xlsx", "vcf", "md", "html", "ids", "count", "line")
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".md": "md", ".html": "html", ".htm": "html",
    ".txt": "table", ".xlsx": "xlsx", ".vcf": "vcf",
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
