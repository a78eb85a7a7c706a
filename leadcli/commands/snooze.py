"""The command snooze: leaves somebody out of `next` until a day."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import CHANGE, confirm_bulk, show_note, target_words, with_completion, with_options
from leadcli.errors import Usage
from leadcli.run import Run

TargetAndDate = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET... DATE|off", default_factory=list, show_default=False,
        autocompletion=with_completion("target and date"),
        help="Ids (12 C9), a filter, @view, an e-mail or phone, or -; and until when: fri, 2w, 4 dec; off ends it.",
    ),
]  # fmt: skip


@with_options(CHANGE)
def snooze(run: Run, words: TargetAndDate) -> None:
    """Leave leads, contacts or accounts out of next until a day; off ends it.

    Lists, boards and cards mark them. Mail from the lead ends it, too.

    Examples:
    leadcli snooze 12 fri
    leadcli snooze C9 2026-12-24
    leadcli snooze status:contacted owner:me 2w --yes
    leadcli snooze 12 off
    """
    if len(words) < 2:
        raise Usage("whom, and until when?", hint="leadcli snooze 12 fri, or: leadcli snooze 12 off")
    store = run.store(write=True)
    named, to = domain.split_due(store, words)
    until = domain.read_snooze(store, to)
    selection = domain.resolve_target(store, target_words(run, named), records=domain.SNOOZABLE)
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(
        run, selection, lambda what: f"Snooze {what} until {to}" if until else f"End the snooze of {what}"
    ):
        run.show(domain.snooze_records(store, selection, until))
