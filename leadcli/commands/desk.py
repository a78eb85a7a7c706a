"""Commands about the desk as a whole: init, undo, redo, history."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from leadcli.commands.leads import CARDS, tell, words_of
from leadcli.commands.options import Reading, TargetText, Writing
from leadcli.domain import chronicle, setup, takeback, targets
from leadcli.errors import Usage
from leadcli.run import Run


def init(
    run: Run,
    writing: Writing,
    preset: Annotated[
        str, typer.Option("--preset", help="default, bitrix24, orocrm, espocrm, mycompany or persisca.", metavar="NAME")
    ] = "default",
) -> None:
    """Make the database with a vocabulary: statuses, sources, lost reasons as one of six systems ships them.

    Without it the first writing command makes one with the default preset. --force puts an empty desk in the place of
    one that is there: it asks first where that has leads or customers, and keeps a checked copy of it.

    Examples:
    leadcli init
    leadcli init --preset espocrm
    leadcli --db work.db init --preset bitrix24
    """
    path, desk = run.path, run.desk()
    setup.preset_named(preset)
    if not (writing.force and path.exists()):
        run.show(setup.init(path, desk, preset=preset))
        return
    loss = setup.lost_with(path, desk)
    would = f"this would put an empty desk in the place of {path} with its {loss} (a copy is kept)"
    if not loss or run.dry_run or run.ask(f"Put an empty desk in the place of {loss} (a copy is kept)?", would=would):
        run.show(setup.replace(path, desk, preset=preset))


def undo(
    run: Run,
    writing: Writing,
    operation: Annotated[str, typer.Argument(help="Its number; the last one without.", show_default=False)] = "",
) -> None:
    """Take back the last operation, or the one with this number. It can be redone.

    Examples:
    leadcli undo
    leadcli undo 41 --dry-run
    leadcli history --limit 5
    """
    if operation and not re.fullmatch(r"\d{1,18}", operation):
        raise Usage(f"'{operation}' is not the number of an operation.", hint="list them: leadcli history")
    run.show(takeback.undo(run.store(write=True), int(operation) if operation else None))


def redo(run: Run, writing: Writing) -> None:
    """Do again what was just undone.

    Examples:
    leadcli redo
    leadcli redo --dry-run
    """
    run.show(takeback.redo(run.store(write=True)))


def history(
    run: Run,
    target: TargetText,
    reading: Reading,
    operation: Annotated[
        int | None, typer.Option("--operation", help="One operation in full.", metavar="N", show_default=False)
    ] = None,
    actor: Annotated[
        str, typer.Option("--actor", help="Only what this user did.", metavar="USER", show_default=False)
    ] = "",
    since: Annotated[str, typer.Option("--since", help="From this day on.", metavar="DATE", show_default=False)] = "",
    until: Annotated[str, typer.Option("--until", help="Up to this day.", metavar="DATE", show_default=False)] = "",
) -> None:
    """Show what was done: operations, newest first, or what became of one record.

    Examples:
    leadcli history --limit 3
    leadcli history 12
    leadcli history --operation 57 --json
    """
    store = run.store()
    complete = run.output.complete
    if operation is not None:
        run.show(chronicle.one(store, operation))
    elif target:
        found = targets.one(store, words_of(run, target), records=CARDS)
        tell(run, found)
        show = chronicle.grouped if complete else chronicle.of_record
        run.show(show(store, found.record, found.ids[0]))
    else:
        limit = reading.limit if reading.limit is not None else 20 if run.output.chosen == "screen" else 0
        run.show(chronicle.operations(store, chronicle.Span(actor, since, until, limit), complete=complete))
