"""Imports files of leads: staged and checked first, then written in one short operation - or, in a dry
run, not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from leadcli.domain.data.import_ import learning, summary
from leadcli.domain.data.import_ import options as import_options
from leadcli.domain.data.import_.columns.column_rules import NAMES, verdict
from leadcli.domain.data.import_.duplicate_policy import DuplicatePolicy
from leadcli.domain.data.import_.inputs import InputFile, InputFiles, open_inputs
from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.recheck import DeskSnapshot
from leadcli.domain.data.import_.rows.context import Batch
from leadcli.domain.data.import_.rows.new_lead_defaults import BITS
from leadcli.domain.data.import_.rows.parallel import convert_batches
from leadcli.domain.data.import_.signals import stoppable
from leadcli.domain.data.import_.summary import ImportOutcome, RowCounts, add_saved_mapping, file_naming, note
from leadcli.domain.leads import record_values
from leadcli.domain.work.automation import triggers
from leadcli.errors import Interrupted, LeadError
from leadcli.model.results import PlainText, ResultNote
from leadcli.store.bulk.staging import Stage, open_stage
from leadcli.store.journal import bulk_insert
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store
from leadcli.text.csv_guard import guard_cell
from leadcli.text.money import COMMA, EITHER, PLAIN, POINT

Watch = Callable[[int, int | None], None]  # rows done, rows expected


class ImportRequest(NamedTuple):
    """What else the command wants: a profile to use or to save, every reject in the answer, somebody to tell."""

    profile: str = ""
    save: str = ""
    watch: Watch = lambda done, expected: None


_PLAIN = ImportRequest()


def import_files(
    store: Store, paths: Sequence[str], terms: ImportOptions, request: ImportRequest = _PLAIN
) -> ResultNote:
    """Import files as one operation. The note has exit code 4 when rows were rejected.

    A dry run (the store's desk does not keep) does all of it but the commit. Nothing is locked while files are read.
    """
    terms = (import_options.load(store, request.profile, terms) if request.profile else terms).validate()
    if terms.rejects:
        summary.check_writable(terms.rejects)
    try:
        with stoppable(), closing(open_inputs(store, paths, terms)) as inputs, open_stage(store) as stage:
            return _Import(store, inputs, stage, request).run()
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was imported.") from None


def template(store: Store) -> PlainText:
    """The header of an empty CSV: every column an import takes, custom fields last."""
    import csv
    import io

    line = io.StringIO()
    names = [field.name for field in store.type("lead").fields.values() if field.exported and not field.sql]
    csv.writer(line, lineterminator="\n").writerow(map(guard_cell, names))
    return PlainText(line.getvalue())


class _StopError(LeadError):
    """Not kept because a row was rejected and --strict was given."""


class _Import:
    """One run of an import: stage the files, match the rows, write the leads, report."""

    def __init__(self, store: Store, inputs: InputFiles, stage: Stage, request: ImportRequest) -> None:
        self.store, self.inputs, self.stage, self.request, self.terms = store, inputs, stage, request, inputs.terms
        self.learned = learning.LearnedValues(inputs.type)
        self.outcome = ImportOutcome(store, inputs, self.learned)
        self.before = DeskSnapshot(store, inputs.type, added=inputs.extra)
        self.done = 0

    def run(self) -> ResultNote:
        self.stage.open(self.inputs.columns, uid_default_bit=BITS["uid"])
        self.stage.filled_fields = self.inputs.filled_fields
        for file in self.inputs.files:
            self.stage.begin()
            self._read(file)
            self._decide(file)
            self.stage.end()
        self.learned.unify_spelling(self.stage)
        self.outcome.digests = [file.source.digest() for file in self.inputs.files]
        self.outcome.seen = [bulk_insert.import_time(self.store, digest) for digest in self.outcome.digests]
        result = self._stop() if self._is_refused() else self._write_all()
        if self.request.save:
            result = add_saved_mapping(
                result, import_options.save(self.store, self.request.save, self.terms, self.outcome.fields_by_column())
            )
        return result

    def _is_refused(self) -> bool:
        return self.terms.strict and bool(self.stage.count_rejects())

    def _write_all(self) -> ResultNote:
        """Write everything; or nothing, where --strict finds a row that only the desk's leads speak against."""
        result = None
        try:
            with suppress(_StopError), begin_operation(self.store) as operation:
                self._write(operation)
                result = self._stop() if self._is_refused() else self._finish()
                if self.outcome.stopped:
                    raise _StopError("")  # only now: the roll back takes the late rejects off the stage too
        except KeyboardInterrupt:
            # A signal may arrive after the commit: then the result is reported, because it is in the desk.
            if result is None or not bulk_insert.is_committed(self.store, self.outcome.operation, self.outcome.digests):
                raise
        assert result
        return result

    def _stop(self) -> ResultNote:
        self.outcome.stopped, self.outcome.operation = True, None
        self.outcome.counts = self._strict_counts()
        return self._finish()

    def _finish(self) -> ResultNote:
        """Write the file of rejects and build the summary, before a dry run is rolled back."""
        if self.terms.rejects and self.store.desk.keep:
            skipped = self.outcome.skips() if self.terms.with_skips else iter(())
            rows = summary.with_skips(self.stage, skipped, file_naming(self.outcome))
            summary.write_rejects(self.terms.rejects, rows, [file.source for file in self.inputs.files])
        return note(self.outcome, self.stage)

    def _read(self, file: InputFile) -> None:
        """Convert one file and put its rows into the staging tables. No lock is held."""
        converter, start = file.converter, self.done
        for batch in convert_batches(converter, iter(file.rows), lambda: file.source.feed.reached, first=self.done + 1):
            self._keep(file, batch)
            self.done += batch.read
            self.request.watch(self.done, file.expected(self.done - start, start))
        self.outcome.read[file.number] = self.done - start

    def _keep(self, file: InputFile, batch: Batch) -> None:
        stage = self.stage
        stage.add(batch.columns, batch.rows)
        for side, rows in batch.lists.items():
            stage.add_side(side, rows)
        stage.words.add(batch.words)
        if batch.rejects:
            stage.add_rejects(file.number, batch.rejects)
        if batch.originals:
            stage.add_originals(batch.originals)
        self.learned.add_labels(batch.options)
        self.outcome.add_batch(file.number, batch)

    def _decide(self, file: InputFile) -> None:
        """Decide amounts that can be read in two ways by the other amounts of their column."""
        for name in file.converter.money:
            points, commas = self.outcome.forms.get((file.number, name), (0, 0))
            form = verdict(points, commas) or (POINT if file.pointed and points == commas == 0 else PLAIN)
            column = self.inputs.type.fields[name].sql_column
            self.stage.decide(file.number, column, form)
            for n, _, text, cell_form in self.stage.misfits(file.number, column, form):
                self.stage.reject(n, name, _misfit(text, cell_form, form))
            self.outcome.verdicts[file.number, name] = form

    def _write(self, operation: Operation) -> None:
        """The one transaction: add options and fields, match, insert, merge, remember the rows."""
        stage, terms = self.stage, self.terms
        self.before.compare(self.store, stage, create=terms.create_options)
        if self.inputs.extra:
            learning.add_fields(operation, self.inputs.extra)
        brought = self.inputs.filled_fields
        keys = [key for key in terms.match if key not in ("external_id", "uid") or key in brought]
        releasing = [file.number for file in self.inputs.files if file.releases]
        policy = DuplicatePolicy(operation, stage, terms, keys, releasing=releasing)
        policy.settle()
        self.learned.add_to_desk(operation, stage)
        bulk_insert.replace_taken_uids(self.store, stage, iter(lambda: record_values.new_uid(self.store), None))
        fields = [field.sql_column for field in self.inputs.type.stored() if field.sql_column in stage.columns]
        bulk_insert.insert_leads(
            operation, stage, fields, gifts=lambda: triggers.collect_bulk_effects(operation, fields)
        )
        updated, refused = policy.merge()
        for n, error in refused:
            stage.reject(n, "status", error)
        bulk_insert.remember_rows(operation, self.outcome.digests)
        self.outcome.counts = self._counts(policy, updated)
        self.outcome.matcher = policy.matcher
        self.outcome.conflicts, self.outcome.conflicting = policy.conflicts, policy.counted
        self.outcome.optouts_preserved, self.outcome.optouts_skipped = (
            policy.optouts,
            policy.matcher.count_missed_optouts(),
        )
        self.outcome.operation = operation.id if operation.changes and self.store.desk.keep else None
        operation.note = self.outcome.count_sentence()

    def _counts(self, policy: DuplicatePolicy, updated: dict[int, int]) -> list[RowCounts]:
        fates, rejected = policy.matcher.counts(), self.stage.count_rejects()
        file_counts = []
        for file in self.inputs.files:
            number = file.number
            fate_counts = {
                fate: fates.get((number, fate), 0) for fate in ("new", "unchanged", "same", "skipped", "gone")
            }
            file_counts.append(RowCounts(
                self.outcome.read[number], fate_counts["new"], updated.get(number, 0),
                fate_counts["unchanged"] + fate_counts["same"], fate_counts["skipped"] + fate_counts["gone"],
                rejected.get(number, 0),
            ))  # fmt: skip
        return file_counts

    def _strict_counts(self) -> list[RowCounts]:
        rejected = self.stage.count_rejects()
        rows = [(self.outcome.read[file.number], rejected.get(file.number, 0)) for file in self.inputs.files]
        return [RowCounts(read, 0, 0, 0, read - bad, bad) for read, bad in rows]


def _misfit(text: str, cell_form: int, form: int) -> str:
    if form == PLAIN:
        why = "can be read in two ways, and no other amount of its column decides"
        return f"'{text}' {why}; --decimal . or --decimal ,"
    other = NAMES[COMMA if form == POINT else POINT]
    if cell_form == EITHER:
        return f"'{text}' has more decimals than its currency, read with the {NAMES[form]} of its column"
    return f"'{text}' has a {other}, unlike most amounts of its column"
