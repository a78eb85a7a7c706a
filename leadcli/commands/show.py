"""The command show: records in full."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ListOptions, ShareOptions, TargetText
from leadcli.commands.shared import CARDS, show_note, target_words
from leadcli.domain.leads import card, lists, targets
from leadcli.run import Run


def show(
    run: Run,
    target: TargetText,
    reading: ListOptions,
    sharing: ShareOptions,
    history: Annotated[
        bool, typer.Option("--history", help="Every change of every field too.", show_default=False)
    ] = False,
) -> None:
    """Show leads and customers in full: fields, tasks, timeline, files.

    Examples:
    leadcli show 12
    leadcli show ada@acme.com --history
    leadcli show A4 C9 --json
    leadcli show 12 --email bob@example.com
    """
    store = run.store()
    selection = targets.resolve_target(store, target_words(run, target), records=CARDS)
    show_note(run, selection)
    run.fields = lists.resolve_column_names(store.type(selection.record), reading.columns)
    shown = card.record_cards(store, selection, history=history)
    if sharing.email:
        from leadcli.commands.share_by_mail import send_cards

        send_cards(run, shown, sharing)
        return
    run.show(shown[0] if len(shown) == 1 and selection.explicit else shown)  # type: ignore[arg-type]
