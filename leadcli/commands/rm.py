"""The command rm: deletes records; undo brings them back."""

from __future__ import annotations

from leadcli.commands.options import TargetText, Writing
from leadcli.commands.shared import CARDS, careful, tell, words_of
from leadcli.domain.leads import delete, edit, targets
from leadcli.run import Run


def rm(run: Run, target: TargetText, writing: Writing) -> None:
    """Delete leads, customers or tasks; the history keeps them and undo brings them back.

    Examples:
    leadcli rm 13
    leadcli rm status:lost closed:..2024 --yes
    """
    store = run.store(write=True)
    found = targets.resolve(store, words_of(run, target), records=(*CARDS, "activity", "attachment", "document"))
    tell(run, found)
    if not found.ids:
        run.show(edit.nothing(store, found))
    elif careful(run, found, delete.remove):
        run.show(delete.remove(store, found))
