"""The command rm: deletes records; undo brings them back."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import (
    CARDS,
    CARE,
    CHANGE,
    OptionSpec,
    TargetText,
    confirm_bulk,
    show_note,
    target_words,
    with_options,
)
from leadcli.model.fields import BY_LETTER
from leadcli.run import Run


@with_options(
    OptionSpec("--erase", "For good, out of history, search, imports and outbox too.", panel=CARE, type=bool), CHANGE
)
def rm(run: Run, target: TargetText, erase: bool) -> None:
    """Delete leads, customers or tasks; the history keeps them and undo brings them back.

    With --erase no value of theirs stays in the file and its log: it asks, and cannot be undone.

    Examples:
    leadcli rm 13
    leadcli rm status:lost closed:..2024 --yes
    leadcli rm 13 --erase
    """
    store = run.store(write=True)
    selection = domain.resolve_target(
        store, target_words(run, target), records=(*CARDS, "activity", "attachment", "document")
    )
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif erase:
        _erase(run, selection)
    elif confirm_bulk(run, selection, lambda what: f"Delete {what}", always=True):
        run.show(domain.delete_records(store, selection))


def _erase(run: Run, selection: domain.Target) -> None:
    """Asks whoever is there, also about one record that was named."""
    store = run.store(write=True)
    what = f"{len(selection.ids)} {BY_LETTER.get(selection.record, store.type(selection.record)).table}"
    if len(selection.ids) == 1:
        what = f"{selection.record} {selection.ids[0]}"
    if run.may_ask and not run.yes:
        run.say(domain.preview_edit(store, selection))
    if run.dry_run or run.ask(f"Erase {what} for good? This cannot be undone.", would=f"this would erase {what}"):
        run.show(domain.erase_records(store, selection))
