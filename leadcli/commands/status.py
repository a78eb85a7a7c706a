"""The command status: moves leads in the pipeline, or shows it."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import (
    CHANGE,
    CURRENCIES,
    NOTE,
    REASON,
    confirm_bulk,
    find_target,
    show_note,
    with_completion,
    with_options,
)
from leadcli.errors import Usage
from leadcli.run import Run

StatusText = Annotated[
    list[str],
    typer.Argument(
        metavar="[TARGET]... [STATUS]", default_factory=list, show_default=False,
        autocompletion=with_completion("status"),
        help="Leads (ids, a filter, @view, an e-mail or phone, the name of an open one), and their new status.",
    ),
]  # fmt: skip


@with_options(NOTE, REASON, CURRENCIES, CHANGE)
def status(run: Run, words: StatusText, note: str, reason: str) -> None:
    """Move leads to another status; alone, show the pipeline.

    Examples:
    leadcli status
    leadcli status 12 14-16 contacted
    leadcli status source:Event status:new contacted --yes
    """
    if not words:
        run.show(domain.pipeline_table(run.store(), drawn=run.output.drawn))
        return
    if len(words) == 1:
        raise Usage(
            f"which lead, or which status? '{words[0]}' is only one of the two.", hint="leadcli status 12 contacted"
        )
    store = run.store(write=True)
    status_option = domain.find_status(store, words[-1])
    selection = find_target(run, store, words[:-1])
    show_note(run, selection)
    move = domain.MoveRequest(status_option.label, note, reason, run.force)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection, lambda what: f"Move {what} to {status_option.label}"):
        run.show(domain.move_leads(store, selection, move))
