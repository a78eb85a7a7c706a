"""The command activities: who spoke to whom, newest first."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ListOptions, QueryText
from leadcli.domain.leads import lists
from leadcli.domain.work import activities
from leadcli.domain.work.activities import TimelineRequest
from leadcli.run import Run


def activities_(
    run: Run,
    query: QueryText,
    reading: ListOptions,
    kind: Annotated[
        str, typer.Option("--kind", help="Only these: call,email.", metavar="A,B", show_default=False)
    ] = "",
    since: Annotated[str, typer.Option("--since", help="From this day on.", metavar="DATE", show_default=False)] = "",
    until: Annotated[str, typer.Option("--until", help="Up to this day.", metavar="DATE", show_default=False)] = "",
    actor: Annotated[
        str, typer.Option("--actor", help="Only what this user did.", metavar="USER", show_default=False)
    ] = "",
) -> None:
    """Show calls, e-mails, meetings, notes and tasks of all leads, or of those that match; newest first.

    Examples:
    leadcli activities --kind call,email --since week
    leadcli activities owner:me status:qualified --limit 20
    leadcli activities --actor bob --json
    """
    store = run.store()
    if reading.explain:
        run.show(activities.explain_timeline(store, query, TimelineRequest(kind, since, until, actor)))
        return
    drawn = run.output.drawn
    limit = lists.row_limit(store, reading.limit, drawn=drawn)
    run.show(
        activities.timeline_table(store, query, TimelineRequest(kind, since, until, actor), limit=limit, drawn=drawn)
    )
