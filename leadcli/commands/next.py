"""The command next: whom to contact now, and why."""

from __future__ import annotations

from leadcli.commands.options import ListOptions, QueryText
from leadcli.domain.pipeline import next_calls
from leadcli.run import Run


def next_(run: Run, query: QueryText, reading: ListOptions) -> None:
    """Whom to contact now, best first, each with its reason.

    Overdue tasks, tasks due today, leads never contacted, idle longer than their status allows, without a next step,
    an owner or an expected close, and those with a high score. 20 of them, or --limit.

    Examples:
    leadcli next
    leadcli next owner:me value:5k.. --limit 5
    leadcli next --json
    """
    store, output = run.store(), run.output
    if reading.explain:
        run.show(next_calls.explain_next(store, query))
        return
    fields = ["id"] if output.chosen == "ids" else reading.columns
    limit = next_calls.LIMIT if reading.limit is None else reading.limit
    table = next_calls.next_table(store, next_calls.NextRequest(query, limit, fields, output.complete, output.drawn))
    run.fields = [column.name for column in table.columns] if reading.columns else ()
    run.show(table)
