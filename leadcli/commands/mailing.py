"""Commands that write to people: mail, template; and reports and cards sent to colleagues."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer

from leadcli.commands.adding import writing_store
from leadcli.commands.building import Family
from leadcli.commands.handed import text_of
from leadcli.commands.leads import tell, words_of
from leadcli.commands.options import Mailing, Reading, Sharing, TargetText, Writing, offering
from leadcli.domain import edits, targets
from leadcli.domain.mail import bulletins, letters, outbox, templates, transport
from leadcli.domain.mail.bulletins import Bulletin
from leadcli.domain.mail.letters import Batch, Sending
from leadcli.domain.mail.message import Attachment
from leadcli.domain.mail.templates import Template
from leadcli.domain.reports import Asked
from leadcli.domain.targets import Target
from leadcli.errors import Usage
from leadcli.run import Run
from leadcli.table import Card, Note, Page, Table, Text


def _option(flags: str, about: str, metavar: str | None = None, *, offers: str = "") -> Any:
    return typer.Option(
        *flags.split(), help=about, metavar=metavar, rich_help_panel="The letter", show_default=False,
        autocompletion=offering(offers) if offers else None,
    )  # fmt: skip


_NAME = {"metavar": "NAME", "help": "Name of a template, such as intro.", "show_default": False}
Name = Annotated[str, typer.Argument(**_NAME, autocompletion=offering("template"))]


def mail(
    run: Run,
    target: TargetText,
    writing: Writing,
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
    how = Sending(_seconds(delay), writing.force, resend_unknown, limit, bool(draft))
    store = run.store(write=True)
    letter = _letter(run, template, subject, body)
    found = targets.resolve(store, words_of(run, target))
    tell(run, found)
    if not found.ids:
        run.show(edits.nothing(store, found))
        return
    _handle(run, found, letters.prepare(store, found, letter, how=how), how=how, folder=draft)


def _handle(run: Run, found: Target, batch: Batch, *, how: Sending, folder: str) -> None:
    """Show, write or send what was prepared."""
    store = run.store(write=True)
    if run.dry_run:
        run.show(Text(letters.messages(batch)))
        run.say(letters.left_out(batch), always=bool(batch.code))
        run.code = max(run.code, batch.code)
    elif not batch.letters:
        run.show(Note(f"No letter left; {letters.left_out(batch)}.", code=batch.code))
    elif folder:
        run.show(letters.draft(store, batch, Path(folder), force=how.force))
    elif _agreed(run, found, batch):
        _warn_if_open(run)
        run.show(letters.send(store, batch, transport.chosen(run.config), how=how))


def _letter(run: Run, template: str, subject: str, body: str) -> Template:
    if template and (subject or body):
        raise Usage("--template brings its own subject and text.", hint="give --template, or --subject and --body")
    if template:
        return templates.named(run.store(), template)
    if not subject or not body:
        raise Usage("which letter? --template NAME is needed, or --subject TEXT and --body FILE.",
                    hint="the templates there are: leadcli template")  # fmt: skip
    return Template("", subject, text_of(body, option="--body"))


def _agreed(run: Run, found: Target, batch: Batch) -> bool:
    """Letters to a filter show the first one and ask; those to ids that were named go."""
    if found.explicit or len(found.ids) < 2 or run.yes:
        return True
    if run.may_ask:
        run.say(letters.preview(batch))
    letter = f"{batch.what} to {letters.counted(len(batch.letters))}"
    return run.ask(f"Send {letter}?", would=f"this would send {letter}")


def _seconds(text: str) -> float:
    """2s, 500ms, 1m, 2 -> seconds."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*(ms|s|m|)", text.strip().casefold(), re.ASCII)
    if text and not match:
        raise Usage(f"--delay '{text}' is not a time.", hint="write it like 2s, 500ms or 1m")
    return float(match[1]) * {"ms": 0.001, "s": 1, "m": 60, "": 1}[match[2]] if match else 0


def _warn_if_open(run: Run) -> None:
    if warning := transport.open_to_others(run.config, run.config.path):
        run.warn(warning)


# Templates

Subject = Annotated[str | None, _option("--subject", "Its subject; may have fields too.", "TEXT")]
Body = Annotated[str | None, _option("--body", "Its text, from FILE or -.", "FILE")]


def template_add(run: Run, name: Name, writing: Writing, subject: Subject = None, body: Body = None) -> None:
    """Keep a mail template: Jinja2 with a lead's fields, checked now.

    Examples:
    leadcli template add intro --subject "Hello {{ first_name or name }}" --body intro.txt
    echo "Dear {{ name }}, ..." | leadcli template add short --subject "Hello" --body -
    """
    if subject is None or body is None:
        example = f"leadcli template add {name} --subject Hello --body FILE"
        raise Usage("a template needs --subject TEXT and --body FILE.", hint=example)
    run.show(templates.add(writing_store(run), Template(name, subject, text_of(body, option="--body"))))


def template_list(run: Run, reading: Reading) -> None:
    """List the mail templates.

    Examples:
    leadcli template
    leadcli template list --json
    """
    run.show(templates.table(run.store()))


def template_show(run: Run, name: Name, reading: Reading) -> None:
    """Show a mail template as it was written.

    Examples:
    leadcli template show intro
    leadcli template show intro --json
    """
    if reading.format or reading.json:
        run.show(templates.card(run.store(), name))
    else:
        run.show(Text(templates.text(run.store(), name)))


def template_edit(run: Run, name: Name, writing: Writing, subject: Subject = None, body: Body = None) -> None:
    """Change the subject or the text of a mail template.

    Examples:
    leadcli template edit intro --subject "Good morning {{ name }}"
    leadcli template edit intro --body intro.txt
    """
    text = None if body is None else text_of(body, option="--body")
    run.show(templates.edit(run.store(write=True), name, subject=subject, body=text))


def template_rm(run: Run, name: Name, writing: Writing) -> None:
    """Delete a mail template; undo brings it back.

    Examples:
    leadcli template rm intro
    """
    run.show(templates.remove(run.store(write=True), name))


TEMPLATE = Family(
    {"add": template_add, "list": template_list, "show": template_show, "edit": template_edit, "rm": template_rm},
    alone="list",
)


# Reports and cards to colleagues


def send_report(run: Run, made: Table | Page, asked: Asked, mailing: Mailing) -> None:
    """Send a report to the addresses of --email, or print the messages with --dry-run."""
    table = made if isinstance(made, Table) else made.table
    extra = table.extra or {}
    name = str(extra.get("report", "report"))
    title, _, rest = made.title.partition(",")
    told = table.footer if table.group else rest.strip() if isinstance(made, Table) else made.subtitle
    subject = f"{title} – {told} ({run.today})" if told else f"{title} ({run.today})"
    said = (asked.since, asked.until, asked.period, "compare" if asked.compare else "")
    key = " ".join(filter(None, ["report", name, *asked.words, *asked.by, *asked.measures, *said]))
    body = run.mailed(made)
    attached = [Attachment(f"{name}-{run.today}.csv", "text/csv", body.csv)] if mailing.attach else []
    bulletin = Bulletin(f"report {name}", subject, body.text, body.html, key, attached)
    _send(run, bulletin, mailing, outbox.over(force=mailing.force, resend_unknown=mailing.resend_unknown))


def send_cards(run: Run, cards: list[Card], sharing: Sharing) -> None:
    """Send records in full to the addresses of --email."""
    if not cards:
        run.show(Note("Nothing matches; no mail was sent."))
        return
    body = run.mailed(cards)
    more = f" and {len(cards) - 1} more" if len(cards) > 1 else ""
    _send(
        run,
        Bulletin(f"card {cards[0].heading}", f"{cards[0].heading}{more}", body.text, body.html),
        sharing,
        outbox.over(),
    )


def _send(run: Run, bulletin: Bulletin, how: Sharing, over: Collection[str]) -> None:
    messages = bulletins.compose_all(run.store(), bulletin, how.email)
    if how.dry_run:
        run.show(Text(bulletins.messages(messages)))
        return
    _warn_if_open(run)
    leaving = transport.chosen(run.config)
    store = run.store(write=True)
    run.show(bulletins.send(store, bulletin, messages, leaving, over=over))
