"""The command inbox: mail that came in becomes leads and activities."""

from __future__ import annotations

import shutil
import sys
import tempfile
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import CHANGE, OptionSpec, with_options, writing_store
from leadcli.errors import Usage
from leadcli.run import Run


@with_options(CHANGE, OptionSpec("--verbose", "Name every message that was passed over, and why.", type=bool))
def inbox(
    run: Run,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE|-...", help="An .eml file, a mailbox (mbox), a Maildir, or - for a pipe."),
    ],
    verbose: bool,
) -> None:
    """Take mail that came in: a stranger becomes a lead, a known sender's mail stands on the timeline of their lead.

    The same message is never taken twice. Attached files are kept. What a program sent (a bounce, an out-of-office
    note, a newsletter) makes no lead and is no contact; what is passed over is counted by reason.

    Examples:
    leadcli inbox message.eml
    leadcli inbox ~/mail/sales.mbox ~/Maildir --dry-run
    leadcli -q inbox - < message.eml
    """
    domain.check_mail_sources([file for file in files if file != "-"])
    if "-" not in files:
        run.show(domain.take_mail(writing_store(run), files, verbose=verbose))
        return
    if sys.stdin is None or sys.stdin.isatty():
        raise Usage("- reads a message from standard input, and that is a terminal.", hint="leadcli inbox message.eml")
    with tempfile.TemporaryFile() as staged:  # the pipe is read to its end before the desk is locked
        shutil.copyfileobj(sys.stdin.buffer, staged)
        staged.seek(0)
        sources = [staged if file == "-" else file for file in files]
        run.show(domain.take_mail(writing_store(run), sources, verbose=verbose))
