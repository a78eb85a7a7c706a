"""The command rm: deletes records; undo brings them back."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import CARDS, CHANGE, TargetText, confirm_bulk, show_note, target_words, with_options
from leadcli.run import Run


@with_options(CHANGE)
def rm(run: Run, target: TargetText) -> None:
    """Delete leads, customers or tasks; the history keeps them and undo brings them back.

    Examples:
    leadcli rm 13
    leadcli rm status:lost closed:..2024 --yes
    """
    store = run.store(write=True)
    selection = domain.resolve_target(
        store, target_words(run, target), records=(*CARDS, "activity", "attachment", "document")
    )
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection, lambda what: f"Delete {what}", always=True):
        run.show(domain.delete_records(store, selection))
