"""The rejects file: rows that were refused, with their own cells, their number and the reason; import takes it back."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from pathlib import Path

from leadcli.database_files import refuse_database
from leadcli.errors import Failed
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
    folder = Path(path).resolve().parent
    if Path(path).is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise Failed(f"{path} cannot be written.", hint="name a file in a folder that exists: --rejects FILE")


def write(path: str, rejected: Iterable[Rejected], headers: Sequence[Sequence[str]]) -> None:
    """Comma-separated UTF-8 whatever the input was; of several files the columns of all. Complete or not at all."""
    target = Path(path).resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    columns = list(dict.fromkeys(header for file in headers for header in file if header not in BOOKKEEPING))
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*columns, *BOOKKEEPING])
            writer.writerows(_rows(rejected, headers, columns))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Failed(f"{path} cannot be written: {error.strerror}.", hint="nothing was imported") from error


def _rows(
    rejected: Iterable[Rejected], headers: Sequence[Sequence[str]], columns: Sequence[str]
) -> Iterator[list[str]]:
    one = len(headers) == 1 and len(headers[0]) == len(columns)
    for file, number, field, error, kept in rejected:
        cells = json.loads(kept) if kept else []
        said = f"{field} {error}" if field else error
        if not one:
            named = dict(zip(headers[file], cells, strict=False))
            cells = [named.get(column, "") for column in columns]
        if len(cells) > len(columns):
            said += f"; more than there are columns for: {' | '.join(cells[len(columns) :])}"
        cells = [*cells, *[""] * (len(columns) - len(cells))][: len(columns)]
        yield [*cells, str(number), said]
