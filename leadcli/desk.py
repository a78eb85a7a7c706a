"""The Python door: the verbs of the desk for scripts and notebooks.

    from leadcli import open_desk

    with open_desk("leads.db") as desk:
        ada = desk.add("Ada Lovelace", email="ada@example.com", value="12.5k")
        desk.edit("status:new owner:me", priority="high")
        desk.undo()

Filters, ids, dates, amounts and settings are those of the command line, and so are the rules and the errors: what the
command says with an exit code is raised here as the exception of `leadcli.errors` that has it. Nobody is asked: a
filter changes all it matches, and `dry_run=True` tells what would happen. Records are dicts with the keys of `--json`:
dates `YYYY-MM-DD`, moments UTC with `Z`, money in major units beside its `currency`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from os import PathLike, environ, fspath
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from leadcli import domain
from leadcli.errors import Damaged, LeadError, Refused, Unforeseen, Usage
from leadcli.model.results import Page, ResultNote, Table
from leadcli.run import Run
from leadcli.store.journal.operation import join_operations
from leadcli.store.store import Store

Target = str | int | Iterable[str | int]
Value = str | int | float | bool | Decimal | date | None | Sequence[str]
P = ParamSpec("P")
T = TypeVar("T")

CUSTOMERS = ("lead", "account", "contact", "opportunity")
DELETABLE = (*CUSTOMERS, "activity", "attachment", "document")
_COMMAND_LENGTH = 200  # characters of a call that the history keeps


class ChangeResult(NamedTuple):
    """What a writing verb did.

    `operation` is its number in the history, None when nothing was changed or kept. `ids` are ints for leads, "C9" for
    other records. `records` are what was changed, as it is now. `details` is what --json of the command has besides.
    """

    operation: int | None
    ids: Sequence[int | str]
    sentence: str
    records: Sequence[dict[str, Any]] = ()
    warnings: Sequence[str] = ()
    details: Any = None


class ReportResult(NamedTuple):
    """A report: its rows and totals as dicts by column, and in `details` what it is about (name, filter, days ...)."""

    title: str
    rows: Sequence[dict[str, Any]]
    totals: Mapping[str, Any] | None
    details: Mapping[str, Any]


class Desk:
    """An open desk. Use it in the thread that opened it, and close it, best by `with`.

    Each call is one operation, or all calls inside `with desk.operation("why"):` are one.
    """

    def __init__(self, run: Run) -> None:
        self._run: Run | None = run
        self._thread = threading.get_ident()
        self._failure: LeadError | None = None  # what a verb inside `operation` was refused for
        self._joint = False
        self._warnings: list[str] = []

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Whatever is called afterwards raises Usage."""
        run, self._run = self._run, None
        if run:
            run.close()

    # Reading

    def find(
        self, query: str = "", *, record: str = "lead", fields: Sequence[str] = (), sort: str = "", limit: int = 0
    ) -> list[dict[str, Any]]:
        """The records that match a filter, '' for all; `record` is lead, account, contact or opportunity.

        Newest first unless `sort` says otherwise ("-value,name"); `limit` 0 is all; `fields` narrows the keys. Raises
        Usage for a filter or a field that cannot be read, NotFound where there is no desk yet.
        """
        request = domain.ListRequest(query.split(), fields, sort, limit, all=True, complete=True)
        return self._read(lambda store: _rows(domain.list_table(store, request, record=record)))

    def count(self, query: str = "", *, record: str = "lead") -> int:
        """How many records match. Raises what `find` raises."""
        request = domain.ListRequest(query.split(), all=True)
        return self._read(lambda store: domain.count_matches(store, request, record=record))

    def show(self, target: Target) -> list[dict[str, Any]]:
        """Records in full, with their activities, tasks and files, as `show --json` has them.

        Raises NotFound for an id that does not exist, Usage for a filter that cannot be read.
        """
        from leadcli.screen.formats.plain import card_object

        resolve = domain.resolve_target
        return self._read(
            lambda store: [
                card_object(card)
                for card in domain.record_cards(store, resolve(store, _target_words(target), records=CUSTOMERS))
            ]
        )

    def next(self, query: str = "", *, limit: int = 20) -> list[dict[str, Any]]:
        """Whom to contact now, best first: leads with `reason` and `since`; `limit` 0 is all."""
        request = domain.NextRequest(query.split(), limit, complete=True)
        return self._read(lambda store: _rows(domain.next_table(store, request)))

    def tasks(self, query: str = "", *, sort: str = "", limit: int = 0, every: bool = False) -> list[dict[str, Any]]:
        """Open tasks, the next due first; the filter speaks of tasks and their leads. `every` has finished ones too."""
        request = domain.TaskRequest(query.split(), sort, limit, every)
        return self._read(lambda store: _rows(domain.task_table(store, request)))

    def activities(
        self, query: str = "", *, kind: str = "", since: str = "", until: str = "", limit: int = 0
    ) -> list[dict[str, Any]]:
        """Calls, mails, meetings, notes and tasks of the leads that match, newest first. `kind` is "call,email"."""
        request = domain.TimelineRequest(kind, since, until, limit=limit)
        return self._read(lambda store: _rows(domain.timeline_table(store, query.split(), request)))

    def report(
        self, name: str = "", query: str = "", *, by: Sequence[str] = (), measures: Sequence[str] = (),
        period: str = "", since: str = "", until: str = "", compare: bool = False,
    ) -> ReportResult:  # fmt: skip
        """A report by its name, or one of your own: `desk.report(by=["city"], measures=["value", "rate"])`.

        Raises Usage for an unknown name, field, measure or period.
        """
        request = domain.ReportRequest(name, query.split(), by, measures, period, since, until, compare)
        return self._read(lambda store: _report_result(domain.run_report(store, request)))

    def duplicates(self, query: str = "", *, min_score: float | None = None) -> list[dict[str, Any]]:
        """Groups of leads that are probably the same one, best first: {"leads", "score", "reasons"}."""
        request = domain.DedupeRequest(query.split(), min_score=min_score)

        return self._read(
            lambda store: _rows(domain.groups_json(store, domain.find_duplicates(store, request), "lead"))
        )

    def history(self, target: Target | None = None, *, limit: int = 0) -> list[dict[str, Any]]:
        """Operations with their changes, newest first: of the desk, or of one record. `limit` 0 is all."""

        def read(store: Store) -> list[dict[str, Any]]:
            if target is None:
                request = domain.HistoryRequest(limit=limit)
                return _rows(domain.list_operations(store, request, complete=True))
            one = domain.resolve_one(store, _target_words(target), records=CUSTOMERS)
            return _rows(domain.list_record_operations(store, one.record, one.ids[0]))[: limit or None]

        return self._read(read)

    # Leads

    def add(
        self, name: str = "", *, note: str = "", task: str = "", task_due: str = "", force: bool = False,
        dry_run: bool = False, **fields: Value,
    ) -> int:  # fmt: skip
        """Add a lead; its id. `fields` are those of the registry: `email`, `value="12.5k"`, `tags=["vip"]`.

        Raises Usage for a field or value that cannot be read, Refused for a certain duplicate unless `force`.
        """
        named: dict[str, Value] = {"name": name, **fields} if name else fields
        extra = domain.CreateOptions(note, task, task_due, force=force)

        def create(store: Store) -> ResultNote:
            typed = domain.typed_texts(
                store.type("lead"), {word: value for word, value in named.items() if value not in (None, "")}
            )
            return domain.create_lead(store, typed, extra=extra)

        return int(self._write(_call_text("add", name, fields), create, dry_run).ids[0])

    def edit(
        self, target: Target, *, add: Mapping[str, Sequence[str]] | None = None,
        remove: Mapping[str, Sequence[str]] | None = None, force: bool = False, dry_run: bool = False, **fields: Value,
    ) -> ChangeResult:  # fmt: skip
        """Set fields of one record or of all that match; None empties a field.

        `add` and `remove` change lists item by item: `desk.edit(12, add={"tags": ["vip"]})`. Raises NotFound, Usage,
        and Refused when a rule forbids it for one of them: then none is changed.
        """
        cleared = [f"{word}s" if word in ("email", "phone") else word for word in fields if fields[word] is None]
        values = {word: value for word, value in fields.items() if value is not None}

        def change(store: Store, chosen: domain.Target) -> ResultNote:
            replaced = domain.typed_texts(store.type(chosen.record), values)
            request = domain.EditRequest(replaced, _lists(add), _lists(remove), cleared=cleared)
            return domain.edit_records(store, chosen, request, force=force)

        return self._on_target(_call_text("edit", target, fields), target, dry_run, change, records=CUSTOMERS)

    def delete(self, target: Target, *, dry_run: bool = False) -> ChangeResult:
        """Delete records with all that hangs on them; undo brings them back. Refused while others point to them."""
        return self._on_target(_call_text("delete", target), target, dry_run, domain.delete_records, records=DELETABLE)

    # Pipeline

    def set_status(
        self, target: Target, status: str, *, note: str = "", reason: str = "", force: bool = False,
        dry_run: bool = False,
    ) -> ChangeResult:  # fmt: skip
        """Move leads to a status. Usage for an unknown one, Refused when a rule forbids the move unless `force`."""

        def move(store: Store, chosen: domain.Target) -> ResultNote:
            label = domain.find_status(store, status).label
            return domain.move_leads(store, chosen, domain.MoveRequest(label, note, reason, force))

        return self._on_target(_call_text("set_status", target, {"status": status}), target, dry_run, move)

    def mark_lost(
        self, target: Target, reason: str = "", *, note: str = "", status: str = "", dry_run: bool = False
    ) -> ChangeResult:
        """Close leads as lost, with one of the desk's lost reasons. Refused for won and converted ones."""

        def lose(store: Store, chosen: domain.Target) -> ResultNote:
            label = domain.lost_status(store, status) if status else ""
            return domain.lose_leads(store, chosen, domain.MoveRequest(label, note, reason))

        return self._on_target(_call_text("mark_lost", target, {"reason": reason}), target, dry_run, lose)

    def convert(
        self, target: Target, *, account: str = "", contact_name: str = "", opportunity: str = "", amount: str = "",
        close: str = "", customer_only: bool = False, force: bool = False, dry_run: bool = False,
    ) -> ChangeResult:  # fmt: skip
        """Make customers of leads; `details` has the ids made. Refused for converted and lost leads."""
        request = domain.ConvertRequest(
            account, contact_name, opportunity, amount=amount, close=close, customer_only=customer_only, force=force
        )
        command = _call_text("convert", target)
        return self._on_target(command, target, dry_run, lambda store, on: domain.convert_leads(store, on, request))

    def merge(self, keep: str | int, *others: str | int, dry_run: bool = False) -> ChangeResult:
        """Merge records into the first of them. Usage for fewer than two, Refused where both were converted."""
        ids = [keep, *others]
        if any(not domain.ids_in_words([str(each)]) for each in ids):
            raise Usage("merge takes ids, and no filter.", hint="find duplicates with desk.duplicates()")
        return self._on_target(_call_text("merge", ids), ids, dry_run, domain.merge_records, records=domain.MERGEABLE)

    # Work

    def log(
        self, target: Target, text: str = "", *, kind: str = "note", direction: str = "", outcome: str = "",
        at: str = "", duration: str = "", next: str = "", due: str = "",  # noqa: A002 - the option's name
        files: Sequence[str] = (), repeat: str = "", dry_run: bool = False,
    ) -> ChangeResult:  # fmt: skip
        """Log what happened with leads or customers; `next`, `due`, `repeat` plan a task. Usage for an unknown kind."""
        entry = domain.LogEntry(text, kind, direction, outcome, at, duration, next, due, files, repeat)
        command = _call_text("log", target, {"kind": kind})
        return self._on_target(
            command, target, dry_run, lambda store, on: domain.log_activity(store, on, entry), records=CUSTOMERS
        )

    def add_task(
        self, target: Target, text: str, *, due: str = "", owner: str = "", repeat: str = "", dry_run: bool = False
    ) -> ChangeResult:
        """Plan a task for each record; due today unless `due` says when. `ids` are the tasks: "T8"."""
        typed = domain.TaskValues(text, due, owner, repeat)
        command = _call_text("add_task", target)
        return self._on_target(
            command, target, dry_run, lambda store, on: domain.add_task(store, on, typed), records=CUSTOMERS
        )

    def finish_tasks(self, *tasks: str | int, dry_run: bool = False) -> ChangeResult:
        """Mark tasks as done: `desk.finish_tasks("T8", 9)`. NotFound names the numbers that do not exist."""
        words = [str(task) for task in tasks]

        def finish(store: Store) -> ResultNote:
            return domain.finish_tasks(store, domain.resolve_tasks(store, words).rows)

        return self._write(_call_text("finish_tasks", words), finish, dry_run)

    # Data

    def import_file(
        self, *files: str | PathLike[str], options: domain.ImportOptions | None = None, dry_run: bool = False
    ) -> ChangeResult:
        """Import leads from CSV, JSON, vCard or Excel files; `details` has the counts as `import --json`.

        Rejected rows raise nothing: they are counted in `details`. Raises NotFound and Usage for the files.
        """
        self._refuse_joint("import_file")
        paths, terms = [fspath(file) for file in files], options or domain.ImportOptions()
        return self._write(
            _call_text("import_file", paths), lambda store: domain.import_files(store, paths, terms), dry_run
        )

    def export(
        self, file: str | PathLike[str], query: str = "", *, fields: Sequence[str] = (), sort: str = "", limit: int = 0
    ) -> None:
        """Write leads to a file whose suffix names the format (csv, tsv, json, jsonl, xlsx, vcf, md), replacing it."""
        request = domain.ExportRequest(query.split(), fields, sort, limit)

        def write(store: Store) -> None:
            run = self._open_run()
            run.file, run.fields = fspath(file), domain.resolve_column_names(store.type("lead"), fields)
            try:
                run.show(domain.export_table(store, request))
            finally:
                run.file, run.fields = "", ()

        self._read(write)

    def backup(self, file: str | PathLike[str], *, force: bool = False) -> ChangeResult:
        """Copy the desk, consistent and checked. Refused where `file` is something else, unless `force`."""
        self._refuse_joint("backup")
        return self._read(lambda store: self._result(store, domain.backup_desk(store, Path(file), force=force)))

    # Operations

    def undo(self, operation: int | None = None, *, dry_run: bool = False) -> ChangeResult:
        """Take back the last operation, or the one with this number; `details["undid"]` says which.

        Raises NotFound for an unknown number, Refused when there is nothing to undo or later changes stand on it.
        """
        self._refuse_joint("undo")
        return self._write("undo", lambda store: domain.undo_operation(store, operation), dry_run)

    def redo(self, *, dry_run: bool = False) -> ChangeResult:
        """Do again what the last undo took back. Refused when something else was done since."""
        self._refuse_joint("redo")
        return self._write("redo", domain.redo_operation, dry_run)

    @contextmanager
    def operation(self, why: str, *, dry_run: bool = False) -> Iterator[int]:
        """Everything inside is one operation called `why`: `with desk.operation("spring cleaning") as number:`.

        All or nothing: an exception inside, also one of a verb that was caught, takes everything back. Rules act once,
        at the end. Raises Usage inside another one, Refused at its end when a verb inside had failed.
        """
        self._refuse_joint("operation")
        store = self._store(command=why, dry_run=dry_run)
        self._failure = None
        with self._explained(), join_operations(store) as running:
            self._joint = True
            try:
                yield running.id
            finally:
                self._joint = False
                store.forget()
            if self._failure:
                raise Refused(
                    f"nothing of '{why}' was done: {self._failure.message}", hint="do it again without what was refused"
                ) from self._failure

    def call(self, verb: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Any other verb of `leadcli.domain`: `desk.call(domain.save_view, "hot", "value:50k..")`; what it returns."""
        return self._guarded(lambda: verb(self._store(command=verb.__name__), *args, **kwargs))

    # ---- below here only this class

    def _open_run(self) -> Run:
        if self._run is None:
            raise Usage("this desk is closed.", hint="open it again: open_desk(path)")
        if threading.get_ident() != self._thread:
            raise Usage("this desk was opened in another thread.", hint="open one in each thread: open_desk(path)")
        return self._run

    def _refuse_joint(self, verb: str) -> None:
        if self._joint:
            raise Usage(f"{verb} cannot be a part of an operation.", hint="leave the `with desk.operation(...)` first")

    def _store(self, *, command: str = "", dry_run: bool = False, write: bool = True) -> Store:
        """The file for one call: its own moment, what others changed in the choice lists meanwhile."""
        run = self._open_run()
        if self._joint:
            if dry_run:
                raise Usage("dry_run belongs to the operation here.", hint="with desk.operation(why, dry_run=True):")
            return run.store(write=True)
        vars(run).pop("now", None)  # the desk may have been open for hours
        run.dry_run = dry_run
        store = run.store(write=write)
        if store.path is None:  # a dry run was in memory; the file may be there now
            run.close()
            store = run.store(write=write)
        self._warnings.clear()
        store.renew(run.desk(write=write)._replace(command=command, warn=self._warnings.append))
        store.forget()
        store.last_operation = None
        return store

    def _write(self, command: str, verb: Callable[[Store], ResultNote], dry_run: bool) -> ChangeResult:
        def write() -> ChangeResult:
            store = self._store(command=command, dry_run=dry_run)
            return self._result(store, verb(store))

        return self._guarded(write)

    def _on_target(
        self, command: str, target: Target, dry_run: bool, verb: Callable[[Store, domain.Target], ResultNote],
        *, records: Sequence[str] = ("lead",),
    ) -> ChangeResult:  # fmt: skip
        def write(store: Store) -> ResultNote:
            chosen = domain.resolve_target(store, _target_words(target), records=records)
            return verb(store, chosen) if chosen.ids else domain.no_match_note(store, chosen)

        return self._write(command, write, dry_run)

    def _read(self, read: Callable[[Store], T]) -> T:
        return self._guarded(lambda: read(self._store(write=False)))

    def _guarded(self, work: Callable[[], T]) -> T:
        """What `work` returns. A failure inside `operation` is remembered: it takes everything back."""
        try:
            with self._explained():
                return work()
        except LeadError as error:
            if self._joint:
                self._failure = error
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A failure of the file in our words, as the command line has it."""
        try:
            yield
        except (Damaged, Unforeseen) as error:
            raise self._open_run().explain_failure(error) or error from error

    def _result(self, store: Store, note: ResultNote) -> ChangeResult:
        records = _rows(note.records) if note.records else []
        operation = store.running.id if store.running else store.last_operation
        warnings = [*note.warnings, *self._warnings]
        return ChangeResult(operation, list(note.ids), note.sentence, records, warnings, note.json)


def open_desk(
    path: str | PathLike[str] | None = None, *, actor: str = "", today: str = "", timeout: float | None = None,
    hooks: bool = True,
) -> Desk:  # fmt: skip
    """Open a desk for Python; without a path that of LEADCLI_DB or the settings. Nothing is read before the first call.

    A missing file is made by the first write, with the default preset. `actor` is who does it (the setting `me`),
    `today` pins the day, `timeout` is how many seconds to wait for a locked file, `hooks=False` runs none.
    """
    run = Run([], dict(environ))
    run.db, run.pinned, run.timeout, run.quiet = fspath(path) if path else "", today, timeout, True
    run.no_hooks = not hooks
    run.fill, run.react = domain.vocabulary_filler("default"), domain.run_automation
    if actor:
        run.me = actor
    return Desk(run)


def _target_words(target: Target) -> list[str]:
    """Ids or a filter as the elements of a command line; quotes in a filter keep their meaning."""
    if isinstance(target, str):
        return target.split()
    words = [str(target)] if isinstance(target, int) else [str(each) for each in target]
    return words or ["id:0"]


def _lists(items: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else list(value) for name, value in (items or {}).items()}


def _call_text(verb: str, target: object, fields: Mapping[str, object] | None = None) -> str:
    """A call as the history keeps it: edit('12', owner='bob')."""
    named = [f"{name}={value!r}" for name, value in (fields or {}).items()]
    text = f"{verb}({', '.join([repr(target), *named])})"
    return text if len(text) <= _COMMAND_LENGTH else f"{text[: _COMMAND_LENGTH - 2]}…)"


def _rows(table: Table) -> list[dict[str, Any]]:
    from leadcli.screen.formats.plain import json_object

    build = json_object(table.columns)
    return [build(row) for row in table.rows]


def _report_result(result: Table | Page) -> ReportResult:
    from leadcli.screen.formats.plain import totals_object

    table = result.table if isinstance(result, Page) else result
    totals = None if table.totals is None else totals_object(table)
    return ReportResult(result.title, _rows(table), totals, dict(table.extra or {}))
