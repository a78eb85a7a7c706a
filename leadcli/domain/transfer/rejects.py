"""The rejects file: rows that were refused, with their own cells, their number and the reason; import takes it back."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from pathlib import Path

from leadcli.cells import guard, unguard
from leadcli.database_files import refuse_database
from leadcli.domain.transfer.rows import Source
from leadcli.errors import Failed
from leadcli.file_writer import replace_file, resolve_target
from leadcli.store.meeting import Skip
from leadcli.store.staging import Stage

BOOKKEEPING = ("_row", "_error")


Rejected = tuple[int, int, str, str, str | None]  # file, row number, field, error, cells as JSON


def with_skips(stage: Stage, skips: Iterable[Skip], named: Callable[[int], str]) -> Iterator[Rejected]:
    """The rejected rows and these skipped ones, in the order of the files."""
    skipped = ((skip.file, skip.number, "", why(skip, named), skip.cells) for skip in skips)
    return merge(stage.rejects(), skipped, key=lambda row: row[:2])


def why(skip: Skip, named: Callable[[int], str]) -> str:
    """Why a row was skipped: "skipped: is lead 12 by email". `named` gives a file's name, where there are several."""
    if skip.key == "deleted":
        return f"skipped: its lead {skip.lead} was deleted"
    if skip.key == "merged":
        return f"skipped: its lead was merged into lead {skip.lead}"
    if skip.earlier_file is None:
        return f"skipped: is lead {skip.lead} by {skip.key}"
    return f"skipped: is {named(skip.earlier_file)}row {skip.earlier_number} by {skip.key}"


def check(path: str) -> None:
    """Failed before anything is read, where the file could not be written in the end; Refused for a database."""
    refuse_database(path)
    folder = Path(resolve_target(path)).parent
    if Path(path).is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise Failed(f"{path} cannot be written.", hint="name a file in a folder that exists: --rejects FILE")


def write(path: str, rejected: Iterable[Rejected], sources: Sequence[Source]) -> None:
    """Comma-separated UTF-8 whatever the input was; of several files the columns of all. Complete or not at all.

    Cells a spreadsheet would take for formulas are guarded once, so that an import reads what it read before.
    """
    columns = list(dict.fromkeys(name for source in sources for name in source.headers if name not in BOOKKEEPING))
    try:
        with replace_file(path, keep_mode=True) as binary:
            file = io.TextIOWrapper(binary, encoding="utf-8", newline="")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(map(guard, [*columns, *BOOKKEEPING]))
            writer.writerows(map(guard, row) for row in _rows(rejected, sources, columns))
            file.flush()
            file.detach()
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}.", hint="nothing was imported") from error


def _rows(
    rejected: Iterable[Rejected], sources: Sequence[Source], columns: Sequence[str]
) -> Iterator[list[str]]:
    single = len(sources) == 1 and len(sources[0].headers) == len(columns)
    for number_of_file, number, field, error, kept_cells in rejected:
        source = sources[number_of_file]
        cells = json.loads(kept_cells) if kept_cells else []
        if source.guarded:
            cells = list(map(unguard, cells))
        reason = f"{field} {error}" if field else error
        if not single:
            by_name = dict(zip(source.headers, cells, strict=False))
            cells = [by_name.get(column, "") for column in columns]
        if len(cells) > len(columns):
            reason += f"; more than there are columns for: {' | '.join(cells[len(columns) :])}"
        cells = [*cells, *[""] * (len(columns) - len(cells))][: len(columns)]
        yield [*cells, str(number), reason]
