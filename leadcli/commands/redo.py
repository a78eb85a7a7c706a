"""The command redo."""

from __future__ import annotations

from leadcli.commands.options import ChangeOptions
from leadcli.domain.upkeep import undo
from leadcli.run import Run


def redo(run: Run, writing: ChangeOptions) -> None:
    """Do again what was just undone.

    Examples:
    leadcli redo
    leadcli redo --dry-run
    """
    run.show(undo.redo_operation(run.store(write=True)))
