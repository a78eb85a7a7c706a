"""Commands about the work on leads: log (note), activities, task."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from leadcli.commands.building import Family
from leadcli.commands.leads import CARDS, careful, tell, words_of
from leadcli.commands.options import OneTarget, QueryText, Reading, Writing
from leadcli.domain import activities, edits, listing, targets, tasks
from leadcli.domain.activities import Entry, Span
from leadcli.errors import Usage
from leadcli.run import Run
from leadcli.table import Text

Words = Annotated[
    list[str], typer.Argument(metavar="[TEXT]...", default_factory=list, help="What happened.", show_default=False)
]
Tasks = Annotated[
    list[str],
    typer.Argument(metavar="TASK...", default_factory=list, help="Numbers of tasks: T8 or 8.", show_default=False),
]
Files = Annotated[
    list[str],
    typer.Option(
        "--file", help="Keep this file with it, repeatable.", metavar="PATH", default_factory=list, show_default=False
    ),
]
Kind = Annotated[str, typer.Option("--kind", help="note, call, email, meeting, visit, event or other.", metavar="KIND")]
Direction = Annotated[
    str, typer.Option("--direction", help="Of a call or e-mail: in or out.", metavar="in|out", show_default=False)
]
Outcome = Annotated[str, typer.Option("--outcome", help="What came of it.", show_default=False)]
At = Annotated[str, typer.Option("--at", help="When it happened, or will.", metavar="DATE", show_default=False)]
Duration = Annotated[str, typer.Option("--duration", help="How long: 15m, 1h30m.", show_default=False)]
Next = Annotated[str, typer.Option("--next", help="The next step, as a task.", metavar="TEXT", show_default=False)]
Due = Annotated[str, typer.Option("--due", help="When that task is due.", metavar="DATE", show_default=False)]


def log(
    run: Run,
    target: OneTarget,
    text: Words,
    file: Files,
    writing: Writing,
    kind: Kind = "note",
    direction: Direction = "",
    outcome: Outcome = "",
    at: At = "",
    duration: Duration = "",
    next_: Next = "",
    due: Due = "",
) -> None:
    """Log what happened with a lead or a customer; `note` is the same for notes.

    Without TEXT it is read from standard input, on a terminal from your editor.

    Examples:
    leadcli log 12 "left voicemail" --kind call --next "call back" --due +2d
    leadcli note 12 "prefers e-mail"
    leadcli log C9 "met at the fair" --kind meeting --at "yesterday 15:00" --duration 45m
    """
    store = run.store(write=True)
    found = targets.resolve(store, words_of(run, [target]), records=CARDS)
    tell(run, found)
    entry = Entry(" ".join(text), kind, direction, outcome, at, duration, next_, due, file)
    if not any((entry.text, outcome, file, next_)):
        activities.read(store, entry._replace(text="..."))  # what is wrong is said before an editor opens
        entry = entry._replace(text=_text(run, target))
    if not found.ids:
        run.show(edits.nothing(store, found))
    elif careful(run, found, activities.log, entry):
        run.show(activities.log(store, found, entry))


def _text(run: Run, target: str) -> str:
    """The text of an entry from the editor, or from what is piped in."""
    if run.may_ask:
        from leadcli.commands import editor

        return editor.typed_text(run, f"What happened with {target}? Lines that begin with # are left out.")
    if target == "-" or sys.stdin is None or sys.stdin.isatty():
        raise Usage("there is nothing to log.", hint='say what happened: leadcli log 12 "left voicemail"')
    return sys.stdin.read()


def activities_(
    run: Run,
    query: QueryText,
    reading: Reading,
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
        run.show(activities.explain(store, query, Span(kind, since, until, actor)))
        return
    drawn = run.output.drawn
    limit = listing.page(store, reading.limit, drawn=drawn)
    run.show(activities.timeline(store, query, Span(kind, since, until, actor), limit=limit, drawn=drawn))


def add(
    run: Run,
    target: OneTarget,
    text: Words,
    writing: Writing,
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
    found = targets.resolve(store, words_of(run, [target]), records=CARDS)
    tell(run, found)
    if not found.ids:
        run.show(edits.nothing(store, found))
    elif careful(run, found, tasks.add):
        run.show(tasks.add(store, found, " ".join(text), due=due, owner=owner))


def list_(run: Run, query: QueryText, reading: Reading) -> None:
    """List open tasks, the next due first.

    Filter by due, owner, text and done, and by anything the lead has. --format ics makes a calendar of them.

    Examples:
    leadcli task
    leadcli task list due:..today owner:me --count
    leadcli task list --format ics -o tasks.ics
    """
    store = run.store()
    asked = tasks.Wanted(query, sort=reading.sort, limit=reading.limit or 0, every=reading.all)
    if reading.explain:
        run.show(tasks.explain(store, asked))
    elif reading.format == "ics" or (not reading.format and reading.output.lower().endswith(".ics")):
        from leadcli.domain import calendar

        run.format = "tsv"  # a format of its own, written as it is
        run.show(Text(calendar.todos(store, tasks.found(store, asked))))
    else:
        run.show(tasks.table(store, asked, drawn=run.output.drawn))


def done(run: Run, task: Tasks, writing: Writing) -> None:
    """Mark tasks as done.

    Examples:
    leadcli task done T5
    leadcli task done 5 8-10
    """
    store = run.store(write=True)
    run.show(tasks.finish(store, tasks.named(store, words_of(run, task))))


def rm(run: Run, task: Tasks, writing: Writing) -> None:
    """Delete tasks; undo brings them back.

    Examples:
    leadcli task rm T5
    leadcli task rm T5 T8 --dry-run
    """
    store = run.store(write=True)
    run.show(tasks.remove(store, tasks.named(store, words_of(run, task))))


TASK = Family({"add": add, "list": list_, "done": done, "rm": rm}, alone="list")
