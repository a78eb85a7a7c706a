"""The command attach: files kept with a lead, listed, saved, removed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import (
    CARDS,
    CHANGE,
    LIST,
    OUTPUT,
    OneTarget,
    TargetText,
    confirm_bulk,
    show_note,
    target_words,
    with_options,
    without,
)
from leadcli.commands.typer_commands import Subcommands
from leadcli.errors import Usage
from leadcli.model.results import format_count
from leadcli.run import Run


@with_options(CHANGE)
def add(
    run: Run,
    target: OneTarget,
    file: Annotated[
        list[str], typer.Argument(metavar="FILE...", default_factory=list, help="Regular files.", show_default=False)
    ],
) -> None:
    """Keep files with a lead or a customer, inside the database.

    Examples:
    leadcli attach 12 offer.pdf
    leadcli attach list 12
    leadcli attach save F5 -o ~/Downloads
    """
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, [target]), records=CARDS)
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection, lambda what: f"Keep {format_count(len(file), 'file')} with {what}"):
        run.show(domain.attach_files(store, selection, file))


@with_options(without(LIST, "all", "explain"))
def list_(run: Run, target: TargetText) -> None:
    """List the files of a lead or a customer.

    Examples:
    leadcli attach list 12
    leadcli attach list A4 --json
    """
    store = run.store()
    selection = domain.resolve_target(store, target_words(run, target), records=CARDS)
    show_note(run, selection)
    show_rows(run, domain.attachment_table(store, selection))


@with_options(
    OUTPUT.but("The folder; made if missing.", panel=None, metavar="DIR", default=".", shows_default=True, of_run=False)
)
def save(run: Run, target: TargetText, output: str) -> None:
    """Write attached files into a folder. Nothing there is overwritten: a taken name gets a number.

    Examples:
    leadcli attach save F5
    leadcli attach save 12 -o offers
    """
    store = run.store()
    selection = domain.resolve_target(store, target_words(run, target), records=(*CARDS, "attachment"))
    show_note(run, selection)
    run.show(domain.save_attachments(store, selection, Path(output).expanduser()))


@with_options(CHANGE)
def rm(run: Run, target: TargetText) -> None:
    """Remove attached files; undo brings them back.

    Examples:
    leadcli attach rm F5
    leadcli attach rm F5 F6 --dry-run
    """
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, target), records=(*CARDS, "attachment"))
    if selection.record != "attachment":
        raise Usage("which file? Name it by its number, such as F5.", hint="list them: leadcli attach list ID")
    run.show(domain.remove_attachments(store, selection))


ATTACH = Subcommands({"add": add, "list": list_, "save": save, "rm": rm}, otherwise="add")
