"""The command activities: who spoke to whom, newest first."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.list import is_reordered, show_rows
from leadcli.commands.options import ACTOR, KIND, LIST, SINCE, UNTIL, QueryText, with_options
from leadcli.run import Run


@with_options(
    KIND.but(
        "Only these: call,email.",
        metavar="A,B",
        default="",
        shows_default=False,
        offers=f"words:{' '.join(domain.ACTIVITY_KINDS)}",
    ),
    SINCE,
    UNTIL,
    ACTOR,
    LIST,
)
def activities_(run: Run, query: QueryText, kind: str, since: str, until: str, actor: str) -> None:
    """Show calls, e-mails, meetings, notes and tasks of all leads, or of those that match; newest first.

    Examples:
    leadcli activities --kind call,email --since week
    leadcli activities owner:me status:qualified --limit 20
    leadcli activities --actor bob --json
    """
    store, drawn = run.store(), run.output.drawn
    request = domain.TimelineRequest(kind, since, until, actor)
    if run.explain:
        run.show(domain.explain_timeline(store, query, request))
        return
    limit = domain.row_limit(store, run.limit, drawn=drawn)
    most = 0 if is_reordered(run) else limit
    show_rows(run, domain.timeline_table(store, query, request, limit=most, drawn=drawn), limit=limit)
