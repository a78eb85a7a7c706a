"""The command activities: who spoke to whom, newest first; corrects what was logged."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import is_bare_pipe, is_reordered, show_rows
from leadcli.commands.options import (
    ACTOR,
    AT,
    CHANGE,
    DIRECTION,
    DURATION,
    KIND,
    LIST,
    OUTCOME,
    SINCE,
    TEXT,
    UNTIL,
    QueryText,
    target_words,
    with_options,
)
from leadcli.commands.typer_commands import Subcommands
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
def list_(run: Run, query: QueryText, kind: str, since: str, until: str, actor: str) -> None:
    """Show calls, e-mails, meetings, notes and tasks of all leads, or of those that match; newest first.

    Tasks stand where they are due.

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
    request = request._replace(limit=0 if is_reordered(run) else limit)
    show_rows(run, domain.timeline_table(store, query, request, drawn=drawn, piped=is_bare_pipe(run)), limit=limit)


Numbers = Annotated[
    list[str],
    typer.Argument(metavar="ACTIVITY...", default_factory=list, help="Numbers: T8, 8 or T1-T3.", show_default=False),
]


@with_options(
    TEXT,
    KIND.but(default="", shows_default=False, offers=f"words:{' '.join(domain.ACTIVITY_KINDS)}"),
    DIRECTION.but("Of a call or e-mail: in, out or none.", offers="words:in out none"),
    OUTCOME.but("What came of it; none: nothing."),
    AT.but("When it happened."),
    DURATION.but("How long: 15m, 1h30m; none: nobody knows."),
    CHANGE,
)
def edit(
    run: Run, activity: Numbers, text: str, kind: str, direction: str, outcome: str, at: str, duration: str
) -> None:
    """Correct what was logged; tasks are changed by task edit.

    Examples:
    leadcli activities edit T8 --text "left voicemail, will call back"
    leadcli activities edit T8 --kind call --direction in --at 'yesterday 15:00' --duration 5m
    """
    store = run.store(write=True)
    rows = domain.find_by_number(store, target_words(run, activity), tasks=False)
    run.show(domain.edit_activities(store, rows, domain.LogEntry(text, kind, direction, outcome, at, duration)))


@with_options(CHANGE)
def rm(run: Run, activity: Numbers) -> None:
    """Delete what was logged; undo brings it back.

    Examples:
    leadcli activities rm T8
    """
    store = run.store(write=True)
    run.show(domain.delete_activities(store, domain.find_by_number(store, target_words(run, activity), tasks=False)))


ACTIVITIES = Subcommands({"list": list_, "edit": edit, "rm": rm}, alone="list", otherwise="list")
