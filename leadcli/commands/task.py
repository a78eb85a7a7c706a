"""The command task: plans, lists and finishes tasks."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import (
    CARDS,
    CHANGE,
    DUE,
    LIST,
    OneTarget,
    OptionSpec,
    QueryText,
    confirm_bulk,
    show_note,
    target_words,
    with_options,
)
from leadcli.commands.typer_commands import Subcommands
from leadcli.model.results import PlainText
from leadcli.run import Run

Words = Annotated[
    list[str], typer.Argument(metavar="[TEXT]...", default_factory=list, help="What happened.", show_default=False)
]
Tasks = Annotated[
    list[str],
    typer.Argument(metavar="TASK...", default_factory=list, help="Numbers of tasks: T8 or 8.", show_default=False),
]


@with_options(
    DUE.but("When: fri, +2d, '2026-11-27 14:00'."),
    OptionSpec("--owner", "Who does it; you, unless said.", "USER", offers="value:owner"),
    CHANGE,
)
def add(run: Run, target: OneTarget, text: Words, due: str, owner: str) -> None:
    """Plan a task for a lead or a customer; due today unless --due says when.

    Examples:
    leadcli task add 12 "send quote" --due fri
    leadcli task add 'status:new owner:me' "first call" --due tomorrow --yes
    leadcli task add C9 "birthday card" --due '2026-12-20 09:00' --owner bob
    """
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, [target]), records=CARDS)
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection):
        run.show(domain.add_task(store, selection, " ".join(text), due=due, owner=owner))


@with_options(LIST)
def list_(run: Run, query: QueryText) -> None:
    """List open tasks, the next due first.

    Filter by due, owner, text and done, and by anything the lead has. --format ics makes a calendar of them.

    Examples:
    leadcli task
    leadcli task list due:..today owner:me --count
    leadcli task list --format ics -o tasks.ics
    """
    store = run.store()
    request = domain.TaskRequest(query, sort=run.sort, limit=0 if run.by else run.limit or 0, every=run.all)
    if run.explain:
        run.show(domain.explain_tasks(store, request))
    elif run.format == "ics" or (not run.format and run.file.lower().endswith(".ics")):
        run.format = "tsv"  # a format of its own, written as it is
        run.show(PlainText(domain.tasks_to_ics(store, domain.find_tasks(store, request))))
    else:
        run.sort = ""  # its rows are sorted already, by any field of a task
        show_rows(run, domain.task_table(store, request, drawn=run.output.drawn))


@with_options(CHANGE)
def done(run: Run, task: Tasks) -> None:
    """Mark tasks as done.

    Examples:
    leadcli task done T5
    leadcli task done 5 8-10
    """
    store = run.store(write=True)
    run.show(domain.finish_tasks(store, domain.find_tasks_by_number(store, target_words(run, task))))


@with_options(CHANGE)
def rm(run: Run, task: Tasks) -> None:
    """Delete tasks; undo brings them back.

    Examples:
    leadcli task rm T5
    leadcli task rm T5 T8 --dry-run
    """
    store = run.store(write=True)
    run.show(domain.remove_tasks(store, domain.find_tasks_by_number(store, target_words(run, task))))


TASK = Subcommands({"add": add, "list": list_, "done": done, "rm": rm}, alone="list")
