"""The command sequence: letters and tasks that follow one another until the lead answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import (
    CHANGE,
    DETAIL,
    LIST,
    OptionSpec,
    TargetText,
    show_note,
    target_words,
    with_completion,
    with_options,
    writing_store,
)
from leadcli.commands.typer_commands import Subcommands
from leadcli.model.results import ResultNote
from leadcli.run import Run

STEP = OptionSpec("--step", 'One step, repeatable: "mail TEMPLATE", "+3d task TEXT".', "STEP", many=True)
STOP_ON = OptionSpec("--stop-on", "What ends it: reply, status, lost; reply by default.", "WORDS")
WEEKDAYS = OptionSpec("--weekdays/--no-weekdays", "No step on a Saturday or Sunday.", type=bool, default=None)
NEW = typer.Argument(metavar="NAME", help="The sequence.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The sequence.", autocompletion=with_completion("sequence"))]
Names = Annotated[
    list[str], typer.Argument(metavar="NAME...", help="The sequences.", autocompletion=with_completion("sequence"))
]


@with_options(STEP, STOP_ON, WEEKDAYS, CHANGE)
def add(run: Run, name: Annotated[str, NEW], step: list[str], stop_on: str, weekdays: bool | None) -> None:
    """Add a sequence. A step without +N is due at once, +N (d, w, m) counts from the step before.

    Steps are taken by `leadcli rule run` (cron), each once. A bounce, do_not_contact and a closed lead end it always.
    What you add here may send mail; a sequence that came with a desk waits for `leadcli sequence allow`.

    Examples:
    leadcli sequence add intro --step "mail hello" --step "+3d task call" --step "+4d mail again"
    leadcli sequence add nurture --step "+1m mail news" --stop-on reply,status --weekdays
    """
    typed = domain.SequenceText(step, stop_on, weekdays)
    run.show(domain.add_sequence(writing_store(run), name, typed, force=run.force))


@with_options(STEP, STOP_ON, WEEKDAYS, CHANGE)
def edit(run: Run, name: Name, step: list[str], stop_on: str, weekdays: bool | None) -> None:
    """Give a sequence other steps or ends; leads on their way go on with the step of the same number.

    Examples:
    leadcli sequence edit intro --step "mail hello" --step "+2d task call"
    leadcli sequence edit intro --no-weekdays
    """
    run.show(domain.edit_sequence(run.store(write=True), name, domain.SequenceText(step, stop_on, weekdays)))


@with_options(LIST)
def list_(run: Run) -> None:
    """List the sequences with how many leads are on their way, paused, stopped and done.

    Examples:
    leadcli sequence
    leadcli sequence list --json
    """
    show_rows(run, domain.sequence_table(run.store()), all_of="all sequences")


@with_options(DETAIL)
def show(run: Run, name: Name) -> None:
    """Show one sequence in full.

    Examples:
    leadcli sequence show intro
    """
    run.show(domain.sequence_card(run.store(), name))


@with_options(LIST)
def due(run: Run) -> None:
    """List what comes next for whom, the earliest first, and who is paused, with the reason.

    Examples:
    leadcli sequence due
    leadcli sequence due --by sequence
    """
    show_rows(run, domain.due_table(run.store()), all_of="all leads on their way")


@with_options(CHANGE)
def rm(run: Run, names: Names) -> None:
    """Delete sequences; their leads get no further step. Undo brings both back.

    Examples:
    leadcli sequence rm intro
    """
    run.show(domain.remove_sequences(run.store(write=True), names))


@with_options(CHANGE)
def allow(run: Run, names: Names) -> None:
    """Let sequences send their mail from this machine; says what that is.

    Sequences you add are allowed already. A desk from elsewhere, a restored backup or other steps need it again.

    Examples:
    leadcli sequence allow intro
    """
    run.show(domain.allow_sequences(run.store(write=True), names))


@with_options(CHANGE)
def start(run: Run, name: Name, target: TargetText) -> None:
    """Start leads on a sequence. Those who must not or cannot get it are left out and named (exit 4).

    --dry-run shows who gets what when.

    Examples:
    leadcli sequence start intro 12
    leadcli sequence start intro source:Event --dry-run
    leadcli sequence start intro source:Event --yes
    """
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, target))
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif run.dry_run:
        run.show(domain.start_preview(store, name, selection))
    elif _confirm_start(run, name, selection):
        run.show(domain.start_sequence(store, name, selection))


def _confirm_start(run: Run, name: str, target: domain.Target) -> bool:
    """Leads that were named are started; those of a filter are counted first, as with mail."""
    if target.explicit or len(target.ids) < 2 or run.yes:
        return True
    what = f"{name} on {domain.count_words(len(target.ids))}"
    return run.ask(f"Start {what}?", would=f"this would start {what}")


Change = Callable[..., ResultNote]


def _change(run: Run, name: str, words: list[str], change: Change) -> None:
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, words))
    show_note(run, selection)
    run.show(change(store, name, selection))


@with_options(CHANGE)
def pause(run: Run, name: Name, target: TargetText) -> None:
    """Pause leads: no step is taken until they are resumed.

    Examples:
    leadcli sequence pause intro 12
    """
    _change(run, name, target, domain.pause_sequence)


@with_options(CHANGE)
def resume(run: Run, name: Name, target: TargetText) -> None:
    """Let paused leads go on; a step that came due meanwhile is due now.

    Examples:
    leadcli sequence resume intro 12
    """
    _change(run, name, target, domain.resume_sequence)


@with_options(CHANGE)
def stop(run: Run, name: Name, target: TargetText) -> None:
    """Stop leads for good; they can be started anew.

    Examples:
    leadcli sequence stop intro 12
    """
    _change(run, name, target, domain.stop_sequence)


SEQUENCE = Subcommands(
    {
        "add": add, "edit": edit, "list": list_, "show": show, "due": due, "rm": rm, "allow": allow, "start": start,
        "pause": pause, "resume": resume, "stop": stop,
    },
    alone="list",
)  # fmt: skip
