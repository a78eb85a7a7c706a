"""Received mail: an unknown sender becomes a lead, a known sender's message is logged on their lead. None twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

from leadcli.domain.leads import create, lists, record_values
from leadcli.domain.pipeline import rules
from leadcli.domain.work import activities, attachments
from leadcli.domain.work.mail import mailbox
from leadcli.domain.work.mail.mailbox import ReceivedMessage
from leadcli.errors import LeadError
from leadcli.model.kinds import EMAIL
from leadcli.model.results import ResultNote
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import records as record_reads
from leadcli.store.store import Store

SOURCE = "Email"
_MAX_WARNINGS = 20  # shown one by one; the rest is counted


class MessageCounts(NamedTuple):
    """How many messages had each outcome. Their sum is the number of messages read."""

    new: int = 0
    logged: int = 0
    known: int = 0
    passed: int = 0
    rejected: int = 0


def take_mail(store: Store, stream: BinaryIO) -> ResultNote:
    """Take the messages of an .eml file or a mailbox, in one operation. Exit code 4 when some could not be taken.

    A message is logged on the sender's open lead, else on the lead that was won. Any other sender becomes a new lead,
    unless a program sent the message (a bounce, a newsletter).
    """
    counts = MessageCounts()
    touched: dict[int, None] = {}
    warnings: list[str] = []
    with begin_operation(store) as operation:
        for number, content in enumerate(mailbox.read_messages(stream), 1):
            try:
                received = mailbox.parse_message(content)
                outcome, lead = _take_message(operation, received, warnings)
            except (ValueError, LeadError) as error:
                outcome, lead = "rejected", None
                warnings.append(
                    f"message {number} {error}" if isinstance(error, ValueError) else f"message {number}: {error}"
                )
            counts = counts._replace(**{outcome: getattr(counts, outcome) + 1})
            if lead:
                touched[lead] = None
        operation.react()
        fresh = store.fetch("lead", list(touched))
    if len(warnings) > _MAX_WARNINGS:
        warnings[_MAX_WARNINGS:] = [f"and {len(warnings) - _MAX_WARNINGS} more"]
    return ResultNote(
        _describe_counts(store, counts),
        list(touched),
        lists.record_table(store, fresh),
        warnings=warnings,
        code=4 if counts.rejected else 0,
    )


def _describe_counts(store: Store, counts: MessageCounts) -> str:
    total = sum(counts)
    parts = [
        f"{counts.new} new lead{'' if counts.new == 1 else 's'}",
        f"{counts.logged} logged", f"{counts.known} known already",
        *([f"{counts.passed} automatic passed over"] if counts.passed else []),
        *([f"{counts.rejected} rejected"] if counts.rejected else []),
    ]  # fmt: skip
    verb = "Read" if store.desk.keep else "Would read"
    undo = " Undo: leadcli undo" if store.desk.keep and (counts.new or counts.logged) else ""
    return f"{verb} {total} message{'' if total == 1 else 's'}: {', '.join(parts)}.{undo}"


def _take_message(operation: Operation, mail: ReceivedMessage, warnings: list[str]) -> tuple[str, int | None]:
    """Log one message on its lead: (field of MessageCounts, lead id). ValueError for a sender that is no address."""
    store = operation.store
    if record_reads.has_message_id(store, mail.id):
        return "known", None
    address = EMAIL.parse(mail.address, store.context)
    if not address:
        raise ValueError("has no sender")
    lead = _lead_of_sender(store, address)
    if lead is None and mail.automatic:
        return "passed", None
    outcome = "logged" if lead else "new"
    lead = lead or _new_lead(operation, mail, address)
    text = "\n\n".join(part for part in (mail.subject, mail.body) if part) or "(no text)"
    at = min(mail.at, operation.at) if mail.at else operation.at
    values = {"kind": "email", "direction": "in", "text": text, "at": at, "message_id": mail.id}
    activities.add_activity(operation, ("lead", lead), values)
    _keep_files(operation, lead, mail.files, warnings)
    return outcome, lead


def _lead_of_sender(store: Store, address: str) -> int | None:
    """The newest open lead that has the address, else the newest won one. None for strangers and lost leads."""
    ids = store.holders("emails", {"value": address})
    states = {
        row["id"]: rules.status_state(store, row["status"]) for row in store.fetch("lead", ids, fields=("status",))
    }
    for state in ("open", "won"):
        for id in ids:
            if states[id] == state:
                return id
    return None


def _new_lead(operation: Operation, mail: ReceivedMessage, address: str) -> int:
    store = operation.store
    source = store.type("lead").fields["source"].parse(SOURCE, store.context)
    values = {"name": mail.name or None, "emails": [{"value": address, "label": None}], "source": source}
    create.complete_lead(store, values)
    return record_values.insert_record(operation, "lead", values)


def _keep_files(operation: Operation, lead: int, files: Iterable[attachments.StoredFile], warnings: list[str]) -> None:
    most = int(operation.store.config["attach_max"])
    for file in files:
        if len(file.content) > most:
            warnings.append(f"{file.name} of lead {lead} is larger than attach_max and was left out")
        elif file.content:
            attachments.attach_file(operation, ("lead", lead), file)
