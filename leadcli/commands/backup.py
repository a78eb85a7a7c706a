"""The command backup: a consistent, checked copy of the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import CHANGE, OptionSpec, with_options
from leadcli.run import Run


@with_options(
    OptionSpec("--keep", "In a folder: a dated file; older ones go but for these, such as 7d,4w,12m.", "RULE"),
    CHANGE,
)
def backup(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; an older backup there is replaced.")],
    keep: str,
) -> None:
    """Copy the database, consistent even while others write, and check the copy.

    The copy is a database of its own: leadcli --db FILE list. It takes its place only when it is complete.

    Examples:
    leadcli backup ~/backups/leads-$(date +%F).db
    leadcli -q backup /mnt/usb/leads.db
    leadcli -q backup /mnt/usb --keep 7d,4w,12m
    """
    if keep:
        run.show(domain.backup_series(run.store(), Path(file).expanduser(), keep, dry_run=run.dry_run))
        return
    if run.dry_run:
        run.say(f"Would back up {run.path} to {file}.")
        return
    run.show(domain.backup_desk(run.store(), Path(file).expanduser(), force=run.force))
