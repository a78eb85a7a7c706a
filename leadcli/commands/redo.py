"""The command redo."""

from __future__ import annotations

from leadcli.commands.options import Writing
from leadcli.domain.upkeep import undo
from leadcli.run import Run


def redo(run: Run, writing: Writing) -> None:
    """Do again what was just undone.

    Examples:
    leadcli redo
    leadcli redo --dry-run
    """
    run.show(undo.redo(run.store(write=True)))
