"""Reports and cards sent to colleagues by mail."""

from __future__ import annotations

from collections.abc import Collection

from leadcli.commands.options import MailOptions, ShareOptions
from leadcli.domain.insight.reports import ReportRequest
from leadcli.domain.work.mail import report_mail, transport
from leadcli.domain.work.mail.message import Attachment
from leadcli.domain.work.mail.report_mail import ReportMail
from leadcli.model.results import Card, Page, PlainText, ResultNote, Table
from leadcli.run import Run


def _warn_if_open(run: Run) -> None:
    if warning := transport.exposed_settings_warning(run.config, run.config.path):
        run.warn(warning)


# Reports and cards to colleagues


def send_report(run: Run, report: Table | Page, request: ReportRequest, mailing: MailOptions) -> None:
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
    attached = [Attachment(f"{name}-{run.today}.csv", "text/csv", body.csv)] if mailing.attach else []
    bulletin = ReportMail(f"report {name}", subject, body.text, body.html, key, attached)
    _send(
        run, bulletin, mailing, transport.resendable_states(force=mailing.force, resend_unknown=mailing.resend_unknown)
    )


def send_cards(run: Run, cards: list[Card], sharing: ShareOptions) -> None:
    """Send records in full to the addresses of --email."""
    if not cards:
        run.show(ResultNote("Nothing matches; no mail was sent."))
        return
    body = run.mailed(cards)
    others = f" and {len(cards) - 1} more" if len(cards) > 1 else ""
    _send(
        run,
        ReportMail(f"card {cards[0].heading}", f"{cards[0].heading}{others}", body.text, body.html),
        sharing,
        transport.resendable_states(),
    )


def _send(run: Run, bulletin: ReportMail, how: ShareOptions, over: Collection[str]) -> None:
    messages = report_mail.compose_messages(run.store(), bulletin, how.email)
    if how.dry_run:
        run.show(PlainText(report_mail.join_messages(messages)))
        return
    _warn_if_open(run)
    leaving = transport.choose_transport(run.config)
    store = run.store(write=True)
    run.show(report_mail.send_messages(store, bulletin, messages, leaving, over=over))
