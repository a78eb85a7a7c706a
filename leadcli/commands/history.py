"""The command history: who changed what and when."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ListOptions, TargetText
from leadcli.commands.shared import CARDS, show_note, target_words
from leadcli.domain.insight import history as desk_history
from leadcli.domain.leads import targets
from leadcli.run import Run


def history(
    run: Run,
    target: TargetText,
    reading: ListOptions,
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
        run.show(desk_history.list_operation_changes(store, operation))
    elif target:
        resolved = targets.resolve_one(store, target_words(run, target), records=CARDS)
        show_note(run, resolved)
        show = desk_history.list_record_operations if complete else desk_history.list_record_changes
        run.show(show(store, resolved.record, resolved.ids[0]))
    else:
        limit = reading.limit if reading.limit is not None else 20 if run.output.chosen == "screen" else 0
        run.show(
            desk_history.list_operations(
                store, desk_history.HistoryRequest(actor, since, until, limit), complete=complete
            )
        )
