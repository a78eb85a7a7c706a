"""What an import did or would do, in words: mapping, counts, rejected rows, warnings; and the same as JSON."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.columns.column_rules import NAMES
from leadcli.domain.data.import_.columns.header_recognition import PERSON, Column
from leadcli.domain.data.import_.columns.mapping import UNKNOWN
from leadcli.domain.data.import_.duplicate_policy import Conflict
from leadcli.domain.data.import_.learning import LearnedValues
from leadcli.domain.data.import_.readers.delimited import Source
from leadcli.domain.data.import_.rows.context import Batch
from leadcli.errors import Failed, Partial
from leadcli.model.results import ResultNote, format_count
from leadcli.store.bulk.row_matching import RowMatcher, Skip
from leadcli.store.bulk.staging import Stage
from leadcli.store.store import Store
from leadcli.system.file_writer import refuse_database, replace_file, resolve_target
from leadcli.text.csv_guard import guard_cell, unguard_cell

if TYPE_CHECKING:
    from leadcli.domain.data.import_.inputs import InputFile, InputFiles

SHOWN = 10  # rejected rows and warnings a summary names
SKIPS_SHOWN = 20
SKIPS_LISTED = 10_000  # in the JSON: what memory holds
SAMPLE = 28


class RowCounts(NamedTuple):
    """Of one file; `rows` is the sum of the others."""

    rows: int
    new: int
    updated: int
    unchanged: int
    skipped: int
    rejected: int


class ImportOutcome:
    """Collects the facts of the summary while the import runs."""

    def __init__(self, store: Store, inputs: InputFiles, learned: LearnedValues) -> None:
        self.store, self.inputs, self.learned = store, inputs, learned
        self.read: dict[int, int] = {}
        self.forms: dict[tuple[int, str], tuple[int, int]] = {}
        self.verdicts: dict[tuple[int, str], int] = {}
        self.warnings: list[tuple[int, int, str, str, str]] = []
        self.warned = 0
        self.counts: list[RowCounts] = []
        self.conflicts: list[Conflict] = []
        self.conflicting = 0
        self.matcher: RowMatcher | None = None  # once the rows have met the leads
        self.optouts_preserved = self.optouts_skipped = 0
        self.digests: list[str] = []
        self.seen: list[str] = []
        self.operation: int | None = None
        self.stopped = False

    def add_batch(self, file: int, batch: Batch) -> None:
        """Add the warnings and the forms of amounts of one batch."""
        self.warned += len(batch.warnings)
        room = SHOWN - len(self.warnings)
        self.warnings += [(file, *warning) for warning in batch.warnings[: max(room, 0)]]
        for name, (points, commas) in batch.forms.items():
            before = self.forms.get((file, name), (0, 0))
            self.forms[file, name] = (before[0] + points, before[1] + commas)

    def skips(self, limit: int = -1) -> Iterator[Skip]:
        """The skipped rows in order; none where nothing was imported for the rejected ones."""
        return self.matcher.skips(limit) if self.matcher and not self.stopped else iter(())

    def total(self) -> RowCounts:
        return RowCounts(*map(sum, zip(*self.counts, strict=True)))

    def count_sentence(self) -> str:
        """ "119 new, 7 updated, 13 skipped, 2 rejected"."""
        return _count_sentence(self.total())

    def fields_by_column(self) -> dict[str, str]:
        """Column -> field or '-', of all files, as a profile keeps it."""
        columns = [column for file in self.inputs.files for column in file.mapping.columns]
        return {column.header: column.field or "-" for column in columns}


def note(outcome: ImportOutcome, stage: Stage) -> ResultNote:
    """The summary for people, the object for --json, and exit code 4 when rows were rejected."""
    total = outcome.total()
    listed = [{"row": number, "field": field, "error": error} for _, number, field, error, _ in stage.rejects()]
    files = [
        {"name": file.source.name, **counts._asdict()}
        for file, counts in zip(outcome.inputs.files, outcome.counts, strict=True)
    ]
    content = {"files": files, "operation": outcome.operation, "rejects": listed, **_skips(outcome, total)}
    return ResultNote(
        "\n".join(_summary_lines(outcome, stage, total)),
        json={**content, "columns": _column_objects(outcome)},
        code=Partial.code if total.rejected else 0,
        problems=list(_reject_lines(outcome, stage, total)),
    )


_HOW = {"name": "heading", "known": "heading", "values": "values", "told": "map", "likely": "suggested",
        "ignored": "ignored"}  # fmt: skip


def _column_objects(outcome: ImportOutcome) -> list[dict[str, Any]]:
    """How every column was read; a column of which only the opt-outs count has `optouts` and no field."""
    several = len(outcome.inputs.files) > 1
    objects: list[dict[str, Any]] = []
    for file in outcome.inputs.files:
        for column in file.mapping.columns:
            only_optouts = column.part == optouts.CONSENT
            how = _HOW.get(column.how, "unmapped")
            if how == "map" and outcome.inputs.terms.profile:
                how = "profile"
            objects.append({
                "column": column.header, "field": None if only_optouts else column.field or None, "how": how,
                "sample": column.sample or None, "suggestion": column.suggestion or None,
                **({"optouts": True} if only_optouts else {}), **({"file": file.source.name} if several else {}),
            })  # fmt: skip
    return objects


def _skips(outcome: ImportOutcome, total: RowCounts) -> dict[str, Any]:
    """The skipped rows, each with its lead: an id, or in a dry run "row 2" for one that would become it."""
    keep, named = outcome.store.desk.keep, file_naming(outcome)
    listed = [
        {"row": skip.number, "lead": skip.lead if keep or skip.earlier_file is None
         else f"{named(skip.earlier_file)}row {skip.earlier_number}", "key": skip.key}
        for skip in outcome.skips(SKIPS_LISTED)
    ]  # fmt: skip
    cut = total.skipped - len(listed) if listed else 0
    return {"skips": listed, **({"skips_left_out": cut} if cut else {})}


def add_saved_mapping(result: ResultNote, path: Path) -> ResultNote:
    """The note of an import whose mapping was saved."""
    return result._replace(sentence=f"{result.sentence}\nSaved the mapping: {path}")


def _summary_lines(outcome: ImportOutcome, stage: Stage, total: RowCounts) -> Iterable[str]:
    keep, terms = outcome.store.desk.keep, outcome.inputs.terms
    files = outcome.inputs.files
    for file in files:
        if not keep:
            yield from _describe_file(outcome, file)
        else:
            yield from _left_out_sentences([column for column in file.mapping.unmapped() if column.how in UNKNOWN])
        if outcome.seen[file.number]:
            yield f"{file.source.name}: same file as on {outcome.seen[file.number][:10]}"
        notes = [line for line in file.source.notes if line.startswith(("left out", "skipped"))]
        yield from (f"{file.source.name}: {line}" for line in notes)
    yield from outcome.learned.sentences(outcome.store)
    if outcome.inputs.extra:
        yield f"new custom fields: {', '.join(field.name for field in outcome.inputs.extra)}"
    yield from _problem_lines(outcome, stage, total)
    names = ", ".join(file.source.name for file in files)
    if outcome.stopped:
        yield f"Nothing was imported: --strict, and {_rows(total.rejected)} of {names} rejected."
    elif not keep:
        yield f"{names}: {_count_sentence(total, would=terms.on_duplicate)}"
        yield "Nothing was imported. Run again without --dry-run."
    else:
        undo = " Undo: leadcli undo" if outcome.operation else ""
        written = total.rejected or (terms.with_skips and total.skipped)
        where = f" (see {terms.rejects})" if terms.rejects and written else ""
        yield f"Imported {names}: {_count_sentence(total)}{where}.{undo}"


def _problem_lines(outcome: ImportOutcome, stage: Stage, total: RowCounts) -> Iterable[str]:
    name = file_naming(outcome)
    yield from _reject_lines(outcome, stage, total)
    if any(field and "--" not in error for _, _, field, error, _ in islice(stage.rejects(), SHOWN)):
        yield REMEDY
    yield from (f"  {name(file)}row {number}  {field}  '{text}'  warning: {reason}"
                for file, number, field, text, reason in outcome.warnings)  # fmt: skip
    if outcome.warned > len(outcome.warnings):
        yield f"  … {outcome.warned - len(outcome.warnings):,} more warnings"
    yield from _skip_lines(outcome, total)
    if outcome.optouts_preserved:
        yield (f"do_not_contact stays yes on {_leads(outcome.optouts_preserved)}: no column called do_not_contact "
               "takes it back (--map COLUMN=do_not_contact names one)")  # fmt: skip
    if outcome.optouts_skipped:
        yield (f"{_rows(outcome.optouts_skipped)} skipped with an opt-out their lead does not have: "
               "--on-duplicate fill brings it")  # fmt: skip
    if outcome.conflicting:
        yield f"{_rows(outcome.conflicting)} with keys of two leads; the first key decided, for example:"
        yield from (f"  {name(each.file)}row {each.number}  {each.won}, {each.other}" for each in outcome.conflicts)


def _reject_lines(outcome: ImportOutcome, stage: Stage, total: RowCounts) -> Iterator[str]:
    """A line for each of the first rejected rows."""
    name = file_naming(outcome)
    shown = list(islice(stage.rejects(), SHOWN))
    yield from (f"  {name(file)}row {number}  {field}  {error}" for file, number, field, error, _ in shown)
    if total.rejected > len(shown):
        yield f"  … {total.rejected - len(shown):,} more rejected rows (all of them: --rejects FILE)"


def _skip_lines(outcome: ImportOutcome, total: RowCounts) -> Iterator[str]:
    """A line for each of the first skipped rows, and what would take them."""
    name = file_naming(outcome)
    shown = list(outcome.skips(SKIPS_SHOWN))
    yield from (f"  {name(skip.file)}row {skip.number}  {skip_reason(skip, name)}" for skip in shown)
    if shown and total.skipped > len(shown):
        yield f"  … {total.skipped - len(shown):,} more skipped rows (all of them: --rejects FILE --with-skips)"
    if any(skip.key != "deleted" for skip in shown):
        yield "Skipped rows change nothing. To take what they say: --on-duplicate update, or fill for what is empty; " \
              "to know rows by other keys: --match KEYS."  # fmt: skip


def _describe_file(outcome: ImportOutcome, file: InputFile) -> Iterable[str]:
    """How a file was understood: a line for each column."""
    source = file.source
    yield f"{source.name}: {format_count(outcome.read[file.number], 'row')}, {', '.join(source.notes)}"
    yield ""
    rows = [("Column", "→ Field", "Sample", "")]
    for column in file.mapping.columns:
        target, remark = _describe_target(column)
        if form := outcome.verdicts.get((file.number, column.field)):
            points, commas = outcome.forms.get((file.number, column.field), (0, 0))
            if points + commas:
                remark = f"({NAMES[form]}, {(points, commas)[form - 1]} of {points + commas} fit)"
        sample = " ".join(column.sample.split())
        sample = sample if len(sample) <= SAMPLE else sample[: SAMPLE - 1] + "…"
        if column.field == "phones" and column.sample:
            remark = _number(file, column.sample) or remark
        rows.append((column.header, target, sample, remark))
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, (*widths, 0), strict=True)).rstrip()
    yield ""


def _describe_target(column: Column) -> tuple[str, str]:
    """Where a column goes, and how that is known where its heading alone does not tell it."""
    if column.part == optouts.CONSENT:
        states = column.how == "values"  # a mailing list's Active, Unsubscribed
        return f"≠ {column.field}", "(only its opt-outs count)" if states else "(a consent: no sets it)"
    if column.how == "strange":
        return "  ignored", f"({_strangeness(column)}; --create-options adds them)"
    if not column.field:
        if not column.suggestion:
            return "  ignored", ""
        reason = f"{column.likeness} % sure" if column.likeness else "by its values"
        return f"? {column.suggestion}", f'({reason}; use --map "{column.header}={column.suggestion}")'
    field = "first_name, last_name" if column.field == PERSON else column.field
    return f"→ {field}", "(by its values)" if column.how == "values" else ""


def _number(file: InputFile, text: str) -> str:
    """How the first phone was read, where its country was not in it."""
    contacts = file.converter.contacts
    region = contacts.terms.phone_region or contacts.context.region
    read = contacts.numbers.read(text.strip(), region)
    return f"(read as {region}: {read})" if read and region and not text.strip().startswith("+") else ""


def _left_out_sentences(left: Sequence[Column]) -> Iterable[str]:
    """The columns that fed nothing, and a line for each of those of whose values the desk knows none."""
    strange = [column for column in left if column.how == "strange"]
    names = [
        f"{column.header} (or is it {column.suggestion}?)" if column.suggestion else column.header
        for column in left
        if column not in strange
    ]
    if names:
        rest = f" and {len(names) - 20} more" if len(names) > 20 else ""
        yield f"not imported: {', '.join(names[:20])}{rest}  (--map COLUMN=FIELD, or --extra custom)"
    for column in strange:
        yield (f"not imported: {column.header}, {_strangeness(column)}  (--create-options adds its values, "
               f'--map "{column.header}=FIELD" puts them elsewhere)')  # fmt: skip


def _strangeness(column: Column) -> str:
    return f"no value of which is a known {column.suggestion.replace('_', ' ')}"


def _count_sentence(counts: RowCounts, *, would: str = "") -> str:
    changed = f"would change ({would})" if would and counts.updated else "updated"
    parts = [f"{counts.new:,} new", f"{counts.updated:,} {changed}"]
    for name in ("unchanged", "skipped", "rejected"):
        if number := getattr(counts, name):
            parts.append(f"{number:,} {name}")
    return ", ".join(parts)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _leads(count: int) -> str:
    return f"{count:,} lead{'' if count == 1 else 's'}"


def file_naming(outcome: ImportOutcome) -> Callable[[int], str]:
    """The file's name before a row, where there are several."""
    files = outcome.inputs.files
    return (lambda number: f"{files[number].source.name} ") if len(files) > 1 else (lambda number: "")


REMEDY = ("To take a rejected row: mend its cell (--rejects FILE writes such rows, import that file then), "
          "or leave its column out with --map COLUMN=-.")  # fmt: skip
BOOKKEEPING = ("_row", "_error")


Rejected = tuple[int, int, str, str, str | None]  # file, row number, field, error, cells as JSON


def with_skips(stage: Stage, skips: Iterable[Skip], named: Callable[[int], str]) -> Iterator[Rejected]:
    """The rejected rows and these skipped ones, in the order of the files."""
    skipped = ((skip.file, skip.number, "", skip_reason(skip, named), skip.cells) for skip in skips)
    return merge(stage.rejects(), skipped, key=lambda row: row[:2])


def skip_reason(skip: Skip, named: Callable[[int], str]) -> str:
    """Why a row was skipped: "skipped: is lead 12 by email". `named` gives a file's name, where there are several."""
    if skip.key == "deleted":
        return f"skipped: its lead {skip.lead} was deleted"
    if skip.key == "merged":
        return f"skipped: its lead was merged into lead {skip.lead}"
    if skip.earlier_file is None:
        return f"skipped: is lead {skip.lead} by {skip.key}"
    return f"skipped: is {named(skip.earlier_file)}row {skip.earlier_number} by {skip.key}"


def check_writable(path: str) -> None:
    """Failed before anything is read, where the file could not be written in the end; Refused for a database."""
    refuse_database(path)
    folder = Path(resolve_target(path)).parent
    if Path(path).is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise Failed(f"{path} cannot be written.", hint="name a file in a folder that exists: --rejects FILE")


def write_rejects(path: str, rejected: Iterable[Rejected], sources: Sequence[Source]) -> None:
    """Comma-separated UTF-8 whatever the input was; of several files the columns of all. Complete or not at all.

    Cells a spreadsheet would take for formulas are guarded once, so that an import reads what it read before.
    """
    columns = list(dict.fromkeys(name for source in sources for name in source.headers if name not in BOOKKEEPING))
    try:
        with replace_file(path, keep_mode=True) as binary:
            file = io.TextIOWrapper(binary, encoding="utf-8", newline="")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(map(guard_cell, [*columns, *BOOKKEEPING]))
            writer.writerows(map(guard_cell, row) for row in _rejected_rows(rejected, sources, columns))
            file.flush()
            file.detach()
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}.", hint="nothing was imported") from error


def _rejected_rows(
    rejected: Iterable[Rejected], sources: Sequence[Source], columns: Sequence[str]
) -> Iterator[list[str]]:
    single = len(sources) == 1 and len(sources[0].headers) == len(columns)
    for number_of_file, number, field, error, cells_json in rejected:
        source = sources[number_of_file]
        cells = json.loads(cells_json) if cells_json else []
        if source.guarded:
            cells = list(map(unguard_cell, cells))
        reason = f"{field} {error}" if field else error
        if not single:
            by_name = dict(zip(source.headers, cells, strict=False))
            cells = [by_name.get(column, "") for column in columns]
        if len(cells) > len(columns):
            reason += f"; more than there are columns for: {' | '.join(cells[len(columns) :])}"
        cells = [*cells, *[""] * (len(columns) - len(cells))][: len(columns)]
        yield [*cells, str(number), reason]
