"""The command task: plans, lists, moves, changes and finishes tasks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import is_bare_pipe, show_rows
from leadcli.commands.options import (
    CARDS,
    CHANGE,
    DUE,
    HOW,
    LIST,
    REPEAT,
    TEXT,
    OneNamed,
    OptionSpec,
    QueryText,
    confirm_bulk,
    find_target,
    show_note,
    target_words,
    with_completion,
    with_options,
    writing_store,
)
from leadcli.commands.typer_commands import Subcommands
from leadcli.errors import Usage, unknown_name
from leadcli.model.kinds import Record
from leadcli.model.results import PlainText, ResultNote, format_count
from leadcli.run import Run
from leadcli.store.store import Store

Words = Annotated[
    list[str], typer.Argument(metavar="[TEXT]...", default_factory=list, help="What happened.", show_default=False)
]
Tasks = Annotated[
    list[str],
    typer.Argument(
        metavar="TASK...", default_factory=list, show_default=False, autocompletion=with_completion("task"),
        help="Numbers of tasks (T8, 8, T1-T3), or a filter such as due:..today owner:me.",
    ),
]  # fmt: skip
TasksAndDate = Annotated[
    list[str],
    typer.Argument(
        metavar="TASK... DATE", default_factory=list, show_default=False,
        autocompletion=with_completion("task and date"),
        help="Numbers of tasks (T8, 8, T1-T3) or a filter, and the new date: fri, +3d, tomorrow 2pm.",
    ),
]  # fmt: skip
OWNER = OptionSpec("--owner", "Who does it; you, unless said.", "USER", offers="value:owner")


@with_options(DUE.but("When: fri, +2d, '2026-11-27 14:00'."), OWNER, REPEAT, CHANGE)
def add(run: Run, target: OneNamed, text: Words, due: str, owner: str, repeat: str) -> None:
    """Plan a task for a lead or a customer, with - for none; due today unless --due says when.

    Examples:
    leadcli task add 12 "send quote" --due fri
    leadcli task add 'status:new owner:me' "first call" --due tomorrow --yes
    leadcli task add C9 "birthday card" --due '2026-12-20 09:00' --owner bob
    leadcli task add - "VAT return" --due 2026-12-31 --repeat quarterly
    """
    typed = domain.TaskValues(" ".join(text), due, owner, repeat)
    words = _piped_ids(run) if target == "-" else [target]
    if not words:
        run.show(domain.add_task(writing_store(run), None, typed))
        return
    store = run.store(write=True)
    selection = find_target(run, store, words, records=CARDS)
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection, lambda what: f"Add task '{typed.text}' to {what}"):
        run.show(domain.add_task(store, selection, typed))


def _piped_ids(run: Run) -> list[str]:
    """The ids piped in; none when nothing is: the task is one of no lead."""
    if sys.stdin is None or sys.stdin.isatty():
        return []
    words = target_words(run, ["-"])
    return [] if words == ["id:0"] else words


@with_options(
    LIST,
    OptionSpec("--as", "In a calendar: todos, or events with an alarm.", "todos|events",
               panel=HOW, offers="words:todos events", name="as_"),
)  # fmt: skip
def list_(run: Run, query: QueryText, as_: str) -> None:
    """List open tasks, the next due first.

    Filter by due, owner, text and done, and by anything the lead has. --format ics makes a calendar of them, with
    -o FOLDER/ a file for each, as vdirsyncer, khal and todoman read it; what else leadcli wrote there goes. Calendars
    that know no to-dos take --as events.

    Examples:
    leadcli task
    leadcli task list due:..today owner:me --count
    leadcli task list --format ics -o tasks.ics
    leadcli task list --format ics --as events -o ~/calendars/leads/
    """
    if as_ not in ("", "todos", "events"):
        raise unknown_name("--as", as_, ("todos", "events"), title="It is one of")
    store = run.store()
    request = domain.TaskRequest(query, sort=run.sort, limit=0 if run.by else run.limit or 0, every=run.all)
    if run.explain:
        run.show(domain.explain_tasks(store, request))
    elif run.format == "ics" or (not run.format and run.file.lower().endswith(".ics")):
        _show_calendar(run, domain.find_tasks(store, request), as_events=as_ == "events")
    elif as_:
        raise Usage("--as makes a calendar.", hint="add --format ics, or -o FILE.ics")
    else:
        run.sort = ""  # its rows are sorted already, by any field of a task
        show_rows(run, domain.task_table(store, request, drawn=run.output.drawn, piped=is_bare_pipe(run)))


@with_options(
    TEXT, DUE.but("Another date."), OWNER.but("Who does it; none: nobody."),
    REPEAT.but("How it repeats; none: no more."), CHANGE,
)  # fmt: skip
def edit(run: Run, task: Tasks, text: str, due: str, owner: str, repeat: str) -> None:
    """Change tasks: text, date, owner, repeat.

    Examples:
    leadcli task edit T5 --text "send the new quote" --owner bob
    leadcli task edit T5 --due 'fri 14:00' --repeat 'every 2 weeks'
    leadcli task edit owner:bob due:week --owner eva --yes
    """
    typed = domain.TaskValues(text, due, owner, repeat)
    named = {"text": text, "due": due, "owner": owner, "repeat": repeat}
    changes = " and ".join(f"{name} to {value}" for name, value in named.items() if value)
    _change_tasks(
        run, task, lambda what: f"Set {changes} on {what}", lambda store, rows: domain.edit_tasks(store, rows, typed)
    )


@with_options(CHANGE)
def move(run: Run, task: TasksAndDate) -> None:
    """Give tasks another date, which stands last; counted from today.

    Examples:
    leadcli task move T5 +3d
    leadcli task move T5 fri 14:00
    leadcli task move due:..today tomorrow --yes
    """
    if len(task) < 2:
        raise Usage("which task, and to when?", hint="for example: leadcli task move T8 +3d")
    named, to = domain.split_due(run.store(write=True), task)
    typed = domain.TaskValues("", to)
    _change_tasks(
        run, named, lambda what: f"Move {what} to {to}", lambda store, rows: domain.edit_tasks(store, rows, typed)
    )


def _show_calendar(run: Run, rows: Sequence[Record], *, as_events: bool) -> None:
    folder = run.file if run.file.endswith(os.sep) or os.path.isdir(run.file) else ""
    run.format = "tsv"  # a format of its own, written as it is
    if folder:
        run.format = run.file = ""
        run.show(domain.write_calendar_folder(run.store(), rows, Path(folder), as_events=as_events))
    else:
        run.show(PlainText(domain.tasks_to_ics(run.store(), rows, as_events=as_events)))


@with_options(CHANGE)
def done(run: Run, task: Tasks) -> None:
    """Mark tasks as done; one that repeats makes its next.

    Examples:
    leadcli task done T5
    leadcli task done 5 8-10
    leadcli task done due:..yesterday owner:me --yes
    """
    _change_tasks(run, task, lambda what: f"Finish {what}", domain.finish_tasks)


@with_options(CHANGE)
def reopen(run: Run, task: Tasks) -> None:
    """Open tasks again that were done.

    Examples:
    leadcli task reopen T5
    leadcli task reopen done:today --yes
    """
    _change_tasks(run, task, lambda what: f"Open {what} again", domain.reopen_tasks, state="is:done")


@with_options(CHANGE)
def rm(run: Run, task: Tasks) -> None:
    """Delete tasks; undo brings them back.

    Examples:
    leadcli task rm T5
    leadcli task rm T5 T8 --dry-run
    """
    _change_tasks(run, task, lambda what: f"Delete {what}", domain.remove_tasks, most=2)


def _change_tasks(
    run: Run,
    words: Sequence[str],
    describe: Callable[[str], str],
    change: Callable[[Store, Sequence[Record]], ResultNote],
    *,
    state: str = "is:open",
    most: int = 0,
) -> None:
    """Do something with the tasks that are named, or with those that match, which asks from `most` on."""
    store = run.store(write=True)
    target = domain.resolve_tasks(store, target_words(run, words), state=state)
    count = len(target.rows)
    if not count:
        run.show(ResultNote("No task matches; nothing was changed."))
        return
    if not (target.explicit or run.yes or run.dry_run or count < (most or run.config["confirm_from"])):
        if run.may_ask:
            run.say(domain.preview_tasks(store, target.rows))
        what = describe(format_count(count, "task"))
        if not run.ask(f"{what}?", would=f"this would {what[:1].lower()}{what[1:]}"):
            return
    run.show(change(store, target.rows))


TASK = Subcommands(
    {"add": add, "list": list_, "edit": edit, "move": move, "done": done, "reopen": reopen, "rm": rm}, alone="list"
)
