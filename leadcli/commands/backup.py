"""The command backup: a consistent, checked copy of the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import CHANGE, with_options
from leadcli.run import Run


@with_options(CHANGE)
def backup(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; an older backup there is replaced.")],
) -> None:
    """Copy the database, consistent even while others write, and check the copy.

    The copy is a database of its own: leadcli --db FILE list. It takes its place only when it is complete.

    Examples:
    leadcli backup ~/backups/leads-$(date +%F).db
    leadcli -q backup /mnt/usb/leads.db
    """
    if run.dry_run:
        run.say(f"Would back up {run.path} to {file}.")
        return
    run.show(domain.backup_desk(run.store(), Path(file).expanduser(), force=run.force))
