"""The command redo."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import CHANGE, with_options
from leadcli.run import Run


@with_options(CHANGE)
def redo(run: Run) -> None:
    """Do again what was just undone.

    Examples:
    leadcli redo
    leadcli redo --dry-run
    """
    run.show(domain.redo_operation(run.store(write=True)))
