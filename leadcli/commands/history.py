"""The command history: who changed what and when."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.list import is_reordered, show_rows
from leadcli.commands.options import (
    ACTOR,
    CARDS,
    LIST,
    SINCE,
    UNTIL,
    OptionSpec,
    TargetText,
    show_note,
    target_words,
    with_options,
)
from leadcli.run import Run


@with_options(OptionSpec("--operation", "One operation in full.", "N", type=int), ACTOR, SINCE, UNTIL, LIST)
def history(
    run: Run, target: TargetText, operation: int | None, actor: str, since: str, until: str
) -> None:  # fmt: skip
    """Show what was done: operations, newest first, or what became of one record.

    Examples:
    leadcli history --limit 3
    leadcli history 12
    leadcli history --operation 57 --json
    """
    store, complete = run.store(), run.output.complete
    if operation is not None:
        rows = domain.list_operation_changes(store, operation, complete=complete)
        what = f"changes of operation {operation}"
    elif target:
        resolved = domain.resolve_one(store, target_words(run, target), records=CARDS)
        show_note(run, resolved)
        read = domain.list_record_operations if complete else domain.list_record_changes
        rows = read(store, resolved.record, resolved.ids[0])
        what = f"changes of {resolved.record} {resolved.ids[0]}"
    else:
        usual = 20 if run.output.chosen == "screen" else 0
        run.limit = usual if run.limit is None else run.limit
        most = 0 if is_reordered(run) or run.explain else run.limit
        request = domain.HistoryRequest(actor, since, until, most)
        rows = domain.list_operations(store, request, complete=complete)
        what = _what_is_listed(actor, since, until)
    show_rows(run, rows, all_of=what)


def _what_is_listed(actor: str, since: str, until: str) -> str:
    """For --explain: "operations of bob, since week"."""
    parts = [f" of {actor}" * bool(actor), f", since {since}" * bool(since), f", until {until}" * bool(until)]
    return f"{'operations' if any(parts) else 'all operations'}{''.join(parts)}, newest first"
