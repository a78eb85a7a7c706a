"""Report mail: sends a report or a card to colleagues. A regular report reaches an address once a day."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import NamedTuple

from leadcli.domain.work.mail import transport as mail_transport
from leadcli.domain.work.mail.message import (
    Attachment,
    MailText,
    Message,
    OutcomeUnknown,
    RecipientRejected,
    check_address,
    compose_message,
)
from leadcli.domain.work.mail.transport import Transport
from leadcli.errors import Busy, Failed, LeadError
from leadcli.model.results import ResultNote
from leadcli.store.outbox import OutboxEntry
from leadcli.store.store import Store


class ReportMail(NamedTuple):
    """A report as text and HTML.

    `name` is shown to people ("report daily"). `key` identifies the report with its filter: the same key is sent once a
    day to an address. A report without a key is always sent.
    """

    name: str
    subject: str
    text: str
    html: str
    key: str = ""
    attachments: Sequence[Attachment] = ()
    personal: bool = False  # a person sends it, to a customer: no marks of a list or of a program


def compose_messages(store: Store, bulletin: ReportMail, recipients: Sequence[str]) -> list[Message]:
    """One message for each different address. Raises Usage for an invalid address."""
    addresses = dict.fromkeys(check_address(each, option="--email") for each in recipients)
    regular = bool(bulletin.key) and not bulletin.personal
    letter = MailText(
        "", bulletin.subject, bulletin.text, bulletin.html, sender=store.config["mail.from"],
        list=bulletin.name if regular else "", automatic=regular, attachments=bulletin.attachments,
    )  # fmt: skip
    return [compose_message(letter._replace(recipient=each), now=store.desk.now) for each in addresses]


def join_messages(messages: Sequence[Message]) -> str:
    """The text of the messages, one after the other."""
    return "\n".join(each.text for each in messages)


def send_messages(
    store: Store, bulletin: ReportMail, messages: Sequence[Message], transport: Transport, *, over: Collection[str]
) -> ResultNote:
    """Send the messages. `over` are the outbox states that do not prevent sending (see resendable_states).

    Raises Busy when one may be tried again, Failed when one was not sent for good.
    """
    sent: list[str] = []
    before: list[str] = []
    unsure: list[str] = []
    leaving: list[str] = []
    errors: list[LeadError] = []
    try:
        for message in messages:
            entry = OutboxEntry(_key(store, bulletin, message.recipient), message.recipient, message.subject)
            outcome = mail_transport.send_once(store, transport, message, entry, over=over)
            if outcome.error:
                errors.append(outcome.error)
                if not isinstance(outcome.error, (RecipientRejected, OutcomeUnknown)):
                    break  # no other address will fare better
            else:
                groups = {mail_transport.UNKNOWN: unsure, mail_transport.SENDING: leaving}
                (sent if outcome.now else groups.get(outcome.state, before)).append(message.recipient)
    finally:
        transport.close()
    if unsure:
        errors.append(Failed(f"whether {bulletin.name} reached {', '.join(unsure)} today is unknown; not sent again.",
                             hint="look whether it came; to send it again: --resend-unknown"))  # fmt: skip
    sentences = [f"Sent {bulletin.name} to {', '.join(sent)}."] if sent else []
    sentences += [f"{', '.join(before)} had {bulletin.name} today already; --force sends it again."] if before else []
    sentences += [f"Another run is sending {bulletin.name} to {', '.join(leaving)}."] if leaving else []
    sentence = " ".join(sentences)
    if errors:
        raise _combined_error(errors, sentence)
    return ResultNote(sentence, json={"sent": sent, "already": [*before, *leaving]})


def _key(store: Store, bulletin: ReportMail, recipient: str) -> str:
    """The outbox key. A report without a key gets a new one each time."""
    if not bulletin.key:
        return f"{bulletin.name} {uuid.uuid4()}"
    return f"{bulletin.key} to {recipient} on {store.today}"


def _combined_error(errors: Sequence[LeadError], sentence: str) -> LeadError:
    """One error for all. Busy has priority, because a second run sends only what is missing."""
    first = next((each for each in errors if isinstance(each, Busy)), errors[0])
    others = list(dict.fromkeys(each.message for each in errors if each.message != first.message))
    return type(first)(" ".join([first.message, *others, *([sentence] if sentence else [])]), hint=first.hint)
