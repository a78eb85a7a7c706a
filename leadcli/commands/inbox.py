"""The command inbox: mail that came in becomes leads and activities."""

from __future__ import annotations

import shutil
import sys
import tempfile
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import CHANGE, PROFILE, SINCE, OptionSpec, with_options, writing_store
from leadcli.errors import Usage
from leadcli.run import Run

FORM, SERVER = "Web forms", "Mail server"


@with_options(
    CHANGE,
    OptionSpec("--verbose", "Name every message that was passed over, and why.", type=bool),
    OptionSpec("--imap", "Fetch what is new from the server of mail.imap_host.", panel=SERVER, type=bool),
    SINCE.but("Only what arrived on that day or later.", panel=SERVER),
    OptionSpec("--form", "Standard input is what a web form sent: JSON or name=value.", panel=FORM, type=bool),
    PROFILE.but("The import profile that maps its fields.", panel=FORM),
    OptionSpec("--honeypot", "A field that only robots fill in, repeatable.", "FIELD", panel=FORM, many=True),
)
def inbox(
    run: Run,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|-...", help="An .eml file, a mailbox (mbox), a Maildir, or - for a pipe.",
            default_factory=list, show_default=False,
        ),
    ],
    verbose: bool, imap: bool, since: str, form: bool, profile: str, honeypot: list[str],
) -> None:  # fmt: skip
    """Take mail that came in: a stranger becomes a lead, a known sender's mail stands on the timeline of their lead.

    The same message is never taken twice. Attached files are kept. What a program sent (a bounce, an out-of-office
    note, a newsletter) makes no lead and is no contact; what is passed over is counted by reason.

    Examples:
    leadcli inbox message.eml
    leadcli inbox ~/mail/sales.mbox ~/Maildir --dry-run
    leadcli -q inbox - < message.eml
    leadcli -q inbox --imap
    leadcli inbox --form --honeypot fax < body.json
    """
    _refuse_what_has_no_use(form=form, imap=imap, profile=profile, honeypot=honeypot, since=since)
    if form:
        _take_form(run, files, domain.FormRequest(b"", profile, honeypot))
    elif imap:
        if files:
            raise Usage("--imap reads a mail server, and no files.", hint="leadcli inbox --imap")
        run.show(domain.take_imap_mail(writing_store(run), since=since, verbose=verbose))
    else:
        _take_files(run, files, verbose=verbose)


def _refuse_what_has_no_use(*, form: bool, imap: bool, **values: object) -> None:
    """Usage for an option of another source of mail."""
    if form and imap:
        raise Usage("--form and --imap are two sources.", hint="give one of them")
    of = {"profile": "form", "honeypot": "form", "since": "imap"}
    is_on = {"form": form, "imap": imap}
    for name, value in values.items():
        if value and not is_on[of[name]]:
            raise Usage(f"--{name} only means something with --{of[name]}.")


def _take_files(run: Run, files: list[str], *, verbose: bool) -> None:
    if not files:
        raise Usage(
            "which mail? Name a file, a mailbox or a Maildir.", hint="leadcli inbox message.eml, or - for a pipe"
        )
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


def _take_form(run: Run, files: list[str], request: domain.FormRequest) -> None:
    if files not in ([], ["-"]):
        raise Usage("--form reads standard input.", hint="leadcli inbox --form < body.json")
    if sys.stdin is None or sys.stdin.isatty():
        raise Usage("--form reads standard input, and that is a terminal.", hint="leadcli inbox --form < body.json")
    body = sys.stdin.buffer.read(domain.LARGEST_FORM + 1)
    run.show(domain.take_form(writing_store(run), request._replace(body=body)))
