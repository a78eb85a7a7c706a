"""Mail to leads: sends one template to many leads, once to each, and logs it on their timelines."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from leadcli.domain.leads import lists
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import activities
from leadcli.domain.work.attachments import file_name
from leadcli.domain.work.mail import templates
from leadcli.domain.work.mail import transport as mail_transport
from leadcli.domain.work.mail.message import MailText, Message, OutcomeUnknown, RecipientRejected, compose_message
from leadcli.domain.work.mail.templates import FilledTemplate, Template
from leadcli.domain.work.mail.transport import Transport
from leadcli.errors import Interrupted, LeadError, Refused
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote
from leadcli.store import outbox
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store
from leadcli.system.file_writer import write_text

NOT_TO_BE_MAILED = ("no-mail", "unsubscribed")
_PAGE = 1000
_NAMED = 5


class PreparedMail(NamedTuple):
    """A message to one lead, ready to send, with its entry in the outbox."""

    lead: int
    name: str
    text: str
    message: Message
    entry: outbox.OutboxEntry


class SkippedLead(NamedTuple):
    """A lead that gets no mail, with the reason. `missed` is false when it had the mail already."""

    lead: int
    name: str
    reason: str
    missed: bool = True


class MailBatch(NamedTuple):
    """All messages of one command. `what` is the name of the template, or the subject of a text typed by hand."""

    what: str
    letters: Sequence[PreparedMail]
    skipped: Sequence[SkippedLead]

    @property
    def code(self) -> int:
        """Exit code: 4 when a lead was missed, else 0."""
        return 4 if any(each.missed for each in self.skipped) else 0


class MailOptions(NamedTuple):
    """The options of sending.

    `delay` is seconds between two messages, `limit` the most messages (0 is all). `force` and `resend_unknown` send
    again what was sent or may have been sent. `draft` marks messages that are written to files only.
    """

    delay: float = 0
    force: bool = False
    resend_unknown: bool = False
    limit: int = 0
    draft: bool = False


# Prepare: all templates are filled in before the first message is sent, so that an error in one stops all


def prepare_mail(store: Store, target: Target, template: Template, *, how: MailOptions) -> MailBatch:
    """Fill in the template for each lead, and skip the leads that must not or cannot get it.

    Raises Usage when the template cannot be filled in for a lead.
    """
    fill = templates.template_filler(store, template)
    over = mail_transport.resendable_states(force=how.force, resend_unknown=how.resend_unknown)
    letters: list[PreparedMail] = []
    skipped: list[SkippedLead] = []
    lead_by_address: dict[str, int] = {}
    for lead, state in _prepare_each(store, target, template):
        if how.limit and len(letters) == how.limit:
            break
        reason = reason_to_skip(lead) or _already_sent(
            state, over, lead_by_address.get((lead["email"] or "").casefold())
        )
        if reason:
            skipped.append(SkippedLead(lead["id"], lead["name"], reason[0], reason[1]))
            continue
        lead_by_address[lead["email"].casefold()] = lead["id"]
        key = _key(store, template, lead["id"])
        letters.append(compose_letter(store, lead, fill(lead), key=key, draft=how.draft))
    return MailBatch(template.name or f"'{template.subject}'", letters, skipped)


def compose_letter(
    store: Store, lead: Record, filled: FilledTemplate, *, key: str, draft: bool = False
) -> PreparedMail:
    """A letter to a lead that has an e-mail, whose outbox key is `key`."""
    letter = MailText(
        lead["email"], filled.subject, filled.text, sender=store.config["mail.from"],
        unsubscribe=store.config["mail.unsubscribe"], draft=draft,
    )  # fmt: skip
    message = compose_message(letter, now=store.desk.now)
    entry = outbox.OutboxEntry(key, message.recipient, message.subject, lead["id"], filled.template or None)
    return PreparedMail(lead["id"], lead["name"], filled.text, message, entry)


def _prepare_each(store: Store, target: Target, template: Template) -> Iterator[tuple[Record, tuple[str, str] | None]]:
    """Each lead with the state and time of this message in the outbox, None without one."""
    for start in range(0, len(target.ids), _PAGE):
        rows = store.fetch("lead", target.ids[start : start + _PAGE])
        keys = {row["id"]: _key(store, template, row["id"]) for row in rows}
        known = outbox.message_states(store, keys.values())
        for row in rows:
            yield row, known.get(keys[row["id"]])


def _key(store: Store, template: Template, lead: int) -> str:
    """The outbox key. A template is sent to a lead once, a text typed by hand once a day."""
    if template.name:
        return f"template {template.name.casefold()} to lead {lead}"
    digest = hashlib.sha256(f"{template.subject}\0{template.body}".encode()).hexdigest()[:32]
    return f"letter {digest} to lead {lead} on {store.today}"


def reason_to_skip(lead: Record) -> tuple[str, bool] | None:
    """(reason, missed) for a lead that must not or cannot get mail."""
    if not lead["email"]:
        return "no e-mail", True
    if lead["do_not_contact"]:
        return "do not contact", True
    tags = {tag.casefold() for tag in lead["tags"] or ()}
    tag = next((each for each in NOT_TO_BE_MAILED if each in tags), "")
    return (f"tagged {tag}", True) if tag else None


def _already_sent(state: tuple[str, str] | None, over: Collection[str], other: int | None) -> tuple[str, bool] | None:
    """(reason, missed) for a message that was sent before. `other` is a lead of this run with the same address."""
    if other:
        return f"same e-mail as lead {other}", False
    if state is None or state[0] in over:
        return None
    reasons = {
        mail_transport.SENT: (f"had it on {state[1][:10]}", False),
        mail_transport.SENDING: ("another run is sending it", False),
        mail_transport.UNKNOWN: (f"may have had it on {state[1][:10]}, see --resend-unknown", True),
    }
    return reasons.get(state[0])


def mail_messages(batch: MailBatch) -> str:
    """The text of the messages: one as it is, several as a mailbox (RFC 4155)."""
    if len(batch.letters) == 1:
        return batch.letters[0].message.text
    messages = []
    for each in batch.letters:
        lines = each.message.text.split("\n")
        text = "\n".join(f">{line}" if line.startswith("From ") else line for line in lines)
        messages.append(f"From leadcli@localhost Thu Jan  1 00:00:00 1970\n{text}\n")
    return "".join(messages)


def preview_mail(batch: MailBatch) -> str:
    """The first message as its reader sees it, and the skipped leads."""
    first = batch.letters[0]
    head = f"To: {first.message.recipient}\nSubject: {first.message.subject}\n\n{first.text.strip()}\n"
    return "\n".join(part for part in (head, skipped_text(batch)) if part)


# Send


def send_mail(store: Store, batch: MailBatch, transport: Transport, *, how: MailOptions) -> ResultNote:
    """Send the messages one by one, and log on the timeline what was sent, even after an error.

    The exit code is 4 when a lead was missed. Raises Busy when the server is away or answers "later": a second run
    sends the rest. Raises Failed when no message was sent. Any other error than a rejected recipient stops the run.
    """
    sent: list[PreparedMail] = []
    refused: list[tuple[PreparedMail, LeadError]] = []
    skipped = list(batch.skipped)
    over = mail_transport.resendable_states(force=how.force, resend_unknown=how.resend_unknown)
    try:
        for number, each in enumerate(batch.letters):
            if number and how.delay:
                time.sleep(how.delay)
            outcome = mail_transport.send_once(store, transport, each.message, each.entry, over=over)
            if not outcome.now:  # another run was faster
                reason = _already_sent((outcome.state, store.now), over, None)
                skipped.append(SkippedLead(each.lead, each.name, *(reason or ("another run has it", False))))
            elif outcome.error is None:
                sent.append(each)
            elif isinstance(outcome.error, (RecipientRejected, OutcomeUnknown)):
                refused.append((each, outcome.error))
            else:  # no other letter will fare better
                raise _stopped_error(batch, sent, outcome.error)
    except KeyboardInterrupt:
        raise _stopped_error(batch, sent, Interrupted("interrupted.", hint="the same command goes on")) from None
    finally:
        transport.close()
        _log_letters(store, batch, sent)
    if refused and not sent:
        raise _stopped_error(batch, sent, refused[0][1])
    return _mail_note(store, batch._replace(skipped=skipped), sent, refused)


def _stopped_error(batch: MailBatch, sent: Sequence[PreparedMail], error: LeadError) -> LeadError:
    """The same error with the number of messages sent before it."""
    sentence = f"{error.message} Sent {batch.what} to {len(sent)} of {count_words(len(batch.letters))}."
    return type(error)(sentence, hint=error.hint)


def _log_letters(store: Store, batch: MailBatch, sent: Sequence[PreparedMail]) -> None:
    """Log an e-mail on the timeline of each lead that was mailed, in one operation."""
    with begin_operation(store, f"mail {batch.what}") as operation:
        log_letters(operation, sent)


def log_letters(operation: Operation, sent: Sequence[PreparedMail]) -> None:
    """Put letters that left, and those that a killed run left behind, on the timelines of their leads."""
    mine = {each.entry.key: each for each in sent}
    messages = outbox.unlogged_messages(operation.store, mine)
    for each in messages:
        what = {"kind": "email", "direction": "out", "at": each.at, "text": each.subject}
        if letter := mine.get(each.key):
            what |= {"text": f"{each.subject}\n\n{letter.text.strip()}", "message_id": letter.message.id}
        activities.add_activity(operation, ("lead", each.lead), what)
    outbox.mark_logged(operation.store, [each.id for each in messages], operation.id)


def _mail_note(
    store: Store, batch: MailBatch, sent: Sequence[PreparedMail], refused: Sequence[tuple[PreparedMail, LeadError]]
) -> ResultNote:
    verdict = f"Sent {batch.what} to {count_words(len(sent))}"
    parts = [verdict, f"{len(refused)} refused" if refused else "", skipped_text(batch)]
    ids = [each.lead for each in sent]
    return ResultNote(
        f"{'; '.join(part for part in parts if part)}.",
        ids,
        lists.record_table(store, store.fetch("lead", ids)),
        warnings=[f"lead {each.lead} ({each.name}): {error.message}" for each, error in refused],
        code=4 if refused else batch.code,
    )


def skipped_text(batch: MailBatch) -> str:
    """ "skipped 2 (no e-mail: 3 Linus T.; do not contact: 7 Grace Hopper)", '' for no skipped lead."""
    by_reason: dict[str, list[str]] = {}
    for each in batch.skipped:
        by_reason.setdefault(each.reason, []).append(f"{each.lead} {each.name}")
    named = [
        f"{reason}: {', '.join(names[:_NAMED])}{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}"
        for reason, names in by_reason.items()
    ]
    return f"skipped {len(batch.skipped)} ({'; '.join(named)})" if named else ""


def count_words(count: int) -> str:
    """ "1 lead", "3 leads"."""
    return "1 lead" if count == 1 else f"{count} leads"


# Drafts


def write_drafts(store: Store, batch: MailBatch, folder: Path, *, force: bool = False) -> ResultNote:
    """Write each message as an .eml file, to be sent by hand from a mail program. Sends and logs nothing.

    Raises Refused when a file exists, unless `force`: it may hold later edits.
    """
    names = {
        each.lead: folder / file_name(f"{each.lead}-{each.entry.template or 'letter'}.eml") for each in batch.letters
    }
    existing = [str(path) for path in names.values() if os.path.lexists(path)]
    if existing and not force:
        raise Refused(f"{', '.join(existing[:3])} {'is' if len(existing) == 1 else 'are'} there already.",
                      hint="write over with --force, or choose another folder")  # fmt: skip
    for each in batch.letters:
        write_text(names[each.lead], each.message.text, exclusive=not force)
    parts = [f"Wrote {len(names)} {'draft' if len(names) == 1 else 'drafts'} to {folder}", skipped_text(batch)]
    ids = [each.lead for each in batch.letters]
    shown = lists.record_table(store, store.fetch("lead", ids))
    return ResultNote(f"{'; '.join(part for part in parts if part)}.", ids, shown, code=batch.code)
