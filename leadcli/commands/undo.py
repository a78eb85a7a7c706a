"""The command undo."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import CHANGE, with_completion, with_options
from leadcli.errors import Usage
from leadcli.run import Run


@with_options(CHANGE)
def undo(
    run: Run,
    operation: Annotated[
        str,
        typer.Argument(
            help="Its number; the last one without.", show_default=False, autocompletion=with_completion("operation")
        ),
    ] = "",
) -> None:
    """Take back the last operation, or the one with this number. It can be redone.

    Examples:
    leadcli undo
    leadcli undo 41 --dry-run
    leadcli history --limit 5
    """
    if operation and not re.fullmatch(r"\d{1,18}", operation):
        raise Usage(f"'{operation}' is not the number of an operation.", hint="list them: leadcli history")
    run.show(domain.undo_operation(run.store(write=True), int(operation) if operation else None))
