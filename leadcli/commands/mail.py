"""The command mail: one letter to many leads, filled in for each; and reports and cards sent to colleagues."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from leadcli import domain
from leadcli.commands.options import (
    BODY,
    CHANGE,
    LETTER,
    LIMIT,
    RESEND_UNKNOWN,
    SUBJECT,
    OptionSpec,
    TargetText,
    read_text,
    show_note,
    target_words,
    with_options,
)
from leadcli.errors import Usage
from leadcli.model.results import Card, Page, PlainText, ResultNote, Table
from leadcli.run import Run


@with_options(
    OptionSpec("--template", "The template to fill in.", "NAME", panel=LETTER, offers="template"),
    SUBJECT,
    BODY,
    OptionSpec("--draft", "Send nothing; write .eml files there.", "DIR", panel=LETTER),
    LIMIT.but("At most so many letters; 0 is all.", panel=LETTER),
    OptionSpec("--delay", "Wait between two letters: 2s, 500ms, 1m.", "TIME", panel=LETTER),
    RESEND_UNKNOWN,
    CHANGE,
)
def mail(
    run: Run, target: TargetText, template: str, subject: str, body: str, draft: str, delay: str, resend_unknown: bool
) -> None:  # fmt: skip
    """Write to leads: one letter, filled in for each.

    Leads without e-mail, with do_not_contact or tagged no-mail or unsubscribed are skipped and named (exit 4). A lead
    gets the same template once, unless --force. What was sent stands on its timeline.

    Examples:
    leadcli mail @hot --template intro --dry-run
    leadcli mail @hot --template intro --yes --delay 2s
    leadcli mail 12 --subject "Your quote" --body quote.txt
    """
    how = domain.MailOptions(_seconds(delay), run.force, resend_unknown, run.limit or 0, bool(draft))
    store = run.store(write=True)
    letter = _letter_text(run, template, subject, body)
    selection = domain.resolve_target(store, target_words(run, target))
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
        return
    _mail_leads(run, selection, domain.prepare_mail(store, selection, letter, how=how), how=how, folder=draft)


def _mail_leads(
    run: Run, target: domain.Target, batch: domain.MailBatch, *, how: domain.MailOptions, folder: str
) -> None:
    """Show, write or send what was prepared."""
    store = run.store(write=True)
    if run.dry_run:
        run.show(PlainText(domain.mail_messages(batch)))
        run.say(domain.skipped_text(batch), always=bool(batch.code))
        run.code = max(run.code, batch.code)
    elif not batch.letters:
        run.show(ResultNote(f"No letter left; {domain.skipped_text(batch)}.", code=batch.code))
    elif folder:
        run.show(domain.write_drafts(store, batch, Path(folder), force=how.force))
    elif _confirm_mail(run, target, batch):
        _warn_if_open(run)
        run.show(domain.send_mail(store, batch, domain.choose_transport(run.config), how=how))


def _letter_text(run: Run, template: str, subject: str, body: str) -> domain.Template:
    if template and (subject or body):
        raise Usage("--template brings its own subject and text.", hint="give --template, or --subject and --body")
    if template:
        return domain.find_template(run.store(), template)
    if not subject or not body:
        raise Usage("which letter? --template NAME is needed, or --subject TEXT and --body FILE.",
                    hint="the templates there are: leadcli template")  # fmt: skip
    return domain.Template("", subject, read_text(body, option="--body"))


def _confirm_mail(run: Run, target: domain.Target, batch: domain.MailBatch) -> bool:
    """Letters to a filter show the first one and ask; those to ids that were named go."""
    if target.explicit or len(target.ids) < 2 or run.yes:
        return True
    if run.may_ask:
        run.say(domain.preview_mail(batch))
    letter = f"{batch.what} to {domain.count_words(len(batch.letters))}"
    return run.ask(f"Send {letter}?", would=f"this would send {letter}")


def _seconds(text: str) -> float:
    """2s, 500ms, 1m, 2 -> seconds."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*(ms|s|m|)", text.strip().casefold(), re.ASCII)
    if text and not match:
        raise Usage(f"--delay '{text}' is not a time.", hint="write it like 2s, 500ms or 1m")
    return float(match[1]) * {"ms": 0.001, "s": 1, "m": 60, "": 1}[match[2]] if match else 0


# Reports and cards to colleagues


def _warn_if_open(run: Run) -> None:
    if warning := domain.exposed_settings_warning(run.config, run.config.path):
        run.warn(warning)


def send_report(
    run: Run, report: Table | Page, request: domain.ReportRequest, email: Sequence[str], *, attach: bool,
    resend_unknown: bool,
) -> None:  # fmt: skip
    """Send a report to the addresses of --email, or print the messages with --dry-run."""
    table = report if isinstance(report, Table) else report.table
    extra = table.extra or {}
    name = str(extra.get("report", "report"))
    title, _, rest = report.title.partition(",")
    description = table.footer if table.group else rest.strip() if isinstance(report, Table) else report.subtitle
    subject = f"{title} – {description} ({run.today})" if description else f"{title} ({run.today})"
    span = (request.since, request.until, request.period, "compare" if request.compare else "")
    key = " ".join(filter(None, ["report", name, *request.words, *request.by, *request.measures, *span]))
    body = run.mailed(report)
    attached = [domain.Attachment(f"{name}-{run.today}.csv", "text/csv", body.csv)] if attach else []
    bulletin = domain.ReportMail(f"report {name}", subject, body.text, body.html, key, attached)
    _send(run, bulletin, email, domain.resendable_states(force=run.force, resend_unknown=resend_unknown))


def send_cards(run: Run, cards: list[Card], email: Sequence[str]) -> None:
    """Send records in full to the addresses of --email."""
    if not cards:
        run.show(ResultNote("Nothing matches; no mail was sent."))
        return
    body = run.mailed(cards)
    others = f" and {len(cards) - 1} more" if len(cards) > 1 else ""
    _send(
        run,
        domain.ReportMail(f"card {cards[0].heading}", f"{cards[0].heading}{others}", body.text, body.html),
        email,
        domain.resendable_states(),
    )


def send_document(run: Run, card: Card, email: Sequence[str], *, resend_unknown: bool) -> None:
    """Send a document to the addresses of --email, with its page attached: HTML, or PDF where --format says so."""
    assert card.paper
    page, body = run.printed(card), run.mailed([card])
    run.format = ""  # it was the page's, not that of the sentence
    name = re.sub(r"[^\w.-]+", "-", card.paper.title).strip("-.") or "document"
    kind = "application/pdf" if page.startswith(b"%PDF-") else "text/html"
    attached = [domain.Attachment(f"{name}.{kind.rpartition('/')[2]}", kind, page)]
    sender = f" from {card.paper.sender[0]}" if card.paper.sender else ""
    # The same page goes to an address once a day, a changed one again.
    key = f"document {card.record['id']} {hashlib.sha256(page).hexdigest()}"
    title = card.paper.title
    bulletin = domain.ReportMail(
        f"{title[:1].lower()}{title[1:]}", title + sender, body.text, body.html, key, attached, personal=True
    )
    _send(run, bulletin, email, domain.resendable_states(force=run.force, resend_unknown=resend_unknown))


def _send(run: Run, bulletin: domain.ReportMail, email: Sequence[str], over: Collection[str]) -> None:
    messages = domain.compose_messages(run.store(), bulletin, email)
    if run.dry_run:
        run.show(PlainText(domain.join_messages(messages)))
        return
    _warn_if_open(run)
    leaving = domain.choose_transport(run.config)
    store = run.store(write=True)
    run.show(domain.send_messages(store, bulletin, messages, leaving, over=over))
