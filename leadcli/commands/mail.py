"""The command mail: one letter to many leads, filled in for each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from leadcli.commands.options import ChangeOptions, TargetText, with_completion
from leadcli.commands.share_by_mail import _warn_if_open
from leadcli.commands.shared import read_text, show_note, target_words
from leadcli.domain.leads import edit, targets
from leadcli.domain.leads.targets import Target
from leadcli.domain.work.mail import lead_mail, templates, transport
from leadcli.domain.work.mail.lead_mail import MailBatch, MailOptions
from leadcli.domain.work.mail.templates import Template
from leadcli.errors import Usage
from leadcli.model.results import PlainText, ResultNote
from leadcli.run import Run


def _option(flags: str, about: str, metavar: str | None = None, *, offers: str = "") -> Any:
    return typer.Option(
        *flags.split(), help=about, metavar=metavar, rich_help_panel="The letter", show_default=False,
        autocompletion=with_completion(offers) if offers else None,
    )  # fmt: skip


def mail(
    run: Run,
    target: TargetText,
    writing: ChangeOptions,
    template: Annotated[str, _option("--template", "The template to fill in.", "NAME", offers="template")] = "",
    subject: Annotated[str, _option("--subject", "Instead of a template: the subject.", "TEXT")] = "",
    body: Annotated[str, _option("--body", "Instead of a template: the text, from FILE or -.", "FILE")] = "",
    draft: Annotated[str, _option("--draft", "Send nothing; write .eml files there.", "DIR")] = "",
    limit: Annotated[int, _option("--limit -l", "At most so many letters; 0 is all.", "N")] = 0,
    delay: Annotated[str, _option("--delay", "Wait between two letters: 2s, 500ms, 1m.", "TIME")] = "",
    resend_unknown: Annotated[bool, _option("--resend-unknown", "Again to those who may have got it already.")] = False,
) -> None:
    """Write to leads: one letter, filled in for each.

    Leads without e-mail, with do_not_contact or tagged no-mail or unsubscribed are skipped and named (exit 4). A lead
    gets the same template once, unless --force. What was sent stands on its timeline.

    Examples:
    leadcli mail @hot --template intro --dry-run
    leadcli mail @hot --template intro --yes --delay 2s
    leadcli mail 12 --subject "Your quote" --body quote.txt
    """
    if limit < 0:
        raise Usage(f"--limit {limit} is less than nothing.", hint="--limit 0 writes to all")
    how = MailOptions(_seconds(delay), writing.force, resend_unknown, limit, bool(draft))
    store = run.store(write=True)
    letter = _letter_text(run, template, subject, body)
    selection = targets.resolve_target(store, target_words(run, target))
    show_note(run, selection)
    if not selection.ids:
        run.show(edit.no_match_note(store, selection))
        return
    _mail_leads(run, selection, lead_mail.prepare_mail(store, selection, letter, how=how), how=how, folder=draft)


def _mail_leads(run: Run, target: Target, batch: MailBatch, *, how: MailOptions, folder: str) -> None:
    """Show, write or send what was prepared."""
    store = run.store(write=True)
    if run.dry_run:
        run.show(PlainText(lead_mail.mail_messages(batch)))
        run.say(lead_mail.skipped_text(batch), always=bool(batch.code))
        run.code = max(run.code, batch.code)
    elif not batch.letters:
        run.show(ResultNote(f"No letter left; {lead_mail.skipped_text(batch)}.", code=batch.code))
    elif folder:
        run.show(lead_mail.write_drafts(store, batch, Path(folder), force=how.force))
    elif _confirm_mail(run, target, batch):
        _warn_if_open(run)
        run.show(lead_mail.send_mail(store, batch, transport.choose_transport(run.config), how=how))


def _letter_text(run: Run, template: str, subject: str, body: str) -> Template:
    if template and (subject or body):
        raise Usage("--template brings its own subject and text.", hint="give --template, or --subject and --body")
    if template:
        return templates.find_template(run.store(), template)
    if not subject or not body:
        raise Usage("which letter? --template NAME is needed, or --subject TEXT and --body FILE.",
                    hint="the templates there are: leadcli template")  # fmt: skip
    return Template("", subject, read_text(body, option="--body"))


def _confirm_mail(run: Run, target: Target, batch: MailBatch) -> bool:
    """Letters to a filter show the first one and ask; those to ids that were named go."""
    if target.explicit or len(target.ids) < 2 or run.yes:
        return True
    if run.may_ask:
        run.say(lead_mail.preview_mail(batch))
    letter = f"{batch.what} to {lead_mail.count_words(len(batch.letters))}"
    return run.ask(f"Send {letter}?", would=f"this would send {letter}")


def _seconds(text: str) -> float:
    """2s, 500ms, 1m, 2 -> seconds."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*(ms|s|m|)", text.strip().casefold(), re.ASCII)
    if text and not match:
        raise Usage(f"--delay '{text}' is not a time.", hint="write it like 2s, 500ms or 1m")
    return float(match[1]) * {"ms": 0.001, "s": 1, "m": 60, "": 1}[match[2]] if match else 0
