"""The command task: plans, lists and finishes tasks."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, ListOptions, OneTarget, QueryText
from leadcli.commands.shared import CARDS, confirm_bulk, show_note, target_words
from leadcli.commands.typer_commands import Subcommands
from leadcli.domain.leads import edit, targets
from leadcli.domain.work import tasks
from leadcli.model.results import PlainText
from leadcli.run import Run

Words = Annotated[
    list[str], typer.Argument(metavar="[TEXT]...", default_factory=list, help="What happened.", show_default=False)
]
Tasks = Annotated[
    list[str],
    typer.Argument(metavar="TASK...", default_factory=list, help="Numbers of tasks: T8 or 8.", show_default=False),
]


def add(
    run: Run,
    target: OneTarget,
    text: Words,
    writing: ChangeOptions,
    due: Annotated[
        str, typer.Option("--due", help="When: fri, +2d, '2026-11-27 14:00'.", metavar="DATE", show_default=False)
    ] = "",
    owner: Annotated[
        str, typer.Option("--owner", help="Who does it; you, unless said.", metavar="USER", show_default=False)
    ] = "",
) -> None:
    """Plan a task for a lead or a customer; due today unless --due says when.

    Examples:
    leadcli task add 12 "send quote" --due fri
    leadcli task add 'status:new owner:me' "first call" --due tomorrow --yes
    leadcli task add C9 "birthday card" --due '2026-12-20 09:00' --owner bob
    """
    store = run.store(write=True)
    selection = targets.resolve_target(store, target_words(run, [target]), records=CARDS)
    show_note(run, selection)
    if not selection.ids:
        run.show(edit.no_match_note(store, selection))
    elif confirm_bulk(run, selection):
        run.show(tasks.add_task(store, selection, " ".join(text), due=due, owner=owner))


def list_(run: Run, query: QueryText, reading: ListOptions) -> None:
    """List open tasks, the next due first.

    Filter by due, owner, text and done, and by anything the lead has. --format ics makes a calendar of them.

    Examples:
    leadcli task
    leadcli task list due:..today owner:me --count
    leadcli task list --format ics -o tasks.ics
    """
    store = run.store()
    request = tasks.TaskRequest(query, sort=reading.sort, limit=reading.limit or 0, every=reading.all)
    if reading.explain:
        run.show(tasks.explain_tasks(store, request))
    elif reading.format == "ics" or (not reading.format and reading.output.lower().endswith(".ics")):
        from leadcli.domain.work import calendar

        run.format = "tsv"  # a format of its own, written as it is
        run.show(PlainText(calendar.tasks_to_ics(store, tasks.find_tasks(store, request))))
    else:
        run.show(tasks.task_table(store, request, drawn=run.output.drawn))


def done(run: Run, task: Tasks, writing: ChangeOptions) -> None:
    """Mark tasks as done.

    Examples:
    leadcli task done T5
    leadcli task done 5 8-10
    """
    store = run.store(write=True)
    run.show(tasks.finish_tasks(store, tasks.find_tasks_by_number(store, target_words(run, task))))


def rm(run: Run, task: Tasks, writing: ChangeOptions) -> None:
    """Delete tasks; undo brings them back.

    Examples:
    leadcli task rm T5
    leadcli task rm T5 T8 --dry-run
    """
    store = run.store(write=True)
    run.show(tasks.remove_tasks(store, tasks.find_tasks_by_number(store, target_words(run, task))))


TASK = Subcommands({"add": add, "list": list_, "done": done, "rm": rm}, alone="list")
