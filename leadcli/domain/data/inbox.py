"""Received mail: an unknown sender becomes a lead, a known sender's message is logged on their lead. None twice."""

from __future__ import annotations

import pickle
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from email.utils import parseaddr
from typing import IO, Any, BinaryIO, NamedTuple

from leadcli.domain.leads import create, lists, record_values
from leadcli.domain.pipeline import rules
from leadcli.domain.work import activities, attachments
from leadcli.domain.work.mail import imap, incoming, mailbox, transport
from leadcli.domain.work.mail.incoming import IncomingMail
from leadcli.errors import LeadError
from leadcli.model.kinds import EMAIL
from leadcli.model.results import ResultNote, format_count
from leadcli.store import outbox
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import records as record_reads
from leadcli.store.store import Store
from leadcli.text.dates import words as date_words

SOURCE = "Email"
_MAX_WARNINGS = 20  # shown one by one; the rest is counted
# What the timeline calls mail of a program. It is no e-mail there, so that it is no contact.
_OUTCOMES = {"bounce": "undelivered", "delay": "delayed", "receipt": "receipt", "answer": "automatic answer"}
_TNEF = ("winmail.dat", "win.dat")


class PassedMessage(NamedTuple):
    """A message that made no lead and is on none: its number, writer, subject, and the kind of program that sent it."""

    number: int
    sender: str
    subject: str
    reason: str


def take_mail(store: Store, sources: Iterable[str | BinaryIO], *, verbose: bool = False) -> ResultNote:
    """Take the messages of files, mailboxes, Maildirs and streams, in one operation. Exit code 4 when some could not
    be taken.

    A message is logged on the sender's open lead, else on the lead that was won. Any other sender becomes a new lead,
    unless a program sent the message (a bounce, a newsletter). Those passed over are counted by reason, and each is
    named with `verbose`.
    """
    return _take_contents(store, _read_contents(sources), verbose=verbose)


def take_imap_mail(store: Store, *, since: str = "", verbose: bool = False) -> ResultNote:
    """Take what is new in the folder of the settings mail.imap_*, as `take_mail` does.

    `since` leaves out what arrived before that day. Where the connection breaks, what came before it is taken, and the
    exit code is that of the error. Raises Usage, Failed, NotFound, Busy.
    """
    config = store.config
    place = imap.parse_mailbox(config["mail.imap_host"], config["mail.imap_user"], config["mail.imap_folder"])
    day = date_words.parse_day(since, store.context.today, forward=False) if since else None
    reader = imap.ImapReader(place, lambda: transport.imap_password(config), timeout=config["mail.timeout"])
    reader.open()
    try:
        position = imap.parse_position(outbox.mail_position(store, place.key))
        note = _take_contents(store, reader.messages(position, day), verbose=verbose)
    finally:
        reader.close()
    if reader.position != position and reader.position.validity:
        outbox.remember_position(store, place.key, reader.position.text())
    if reader.error is None:
        return note
    warnings = [*note.warnings, f"{reader.error.message} The rest is taken the next time"]
    return note._replace(warnings=warnings, code=reader.error.code)


def _take_contents(store: Store, contents: Iterable[bytes], *, verbose: bool) -> ResultNote:
    counts: Counter[str] = Counter()
    touched: dict[int, None] = {}
    warnings: list[str] = []
    passed: list[PassedMessage] = []
    with tempfile.TemporaryFile() as parsed:
        # Parsing may take long and needs no lock. A big mailbox is never in memory as a whole.
        _parse_messages(store, contents, parsed, counts, warnings)
        parsed.seek(0)
        with begin_operation(store) as operation:
            for number, mail in _parsed_messages(parsed):
                try:
                    outcome, lead = _take_message(operation, mail, warnings)
                except (ValueError, LeadError) as error:
                    outcome, lead = "rejected", None
                    warnings.append(_rejection(number, error))
                counts[outcome] += 1
                if outcome == "passed":
                    passed.append(PassedMessage(number, mail.address, mail.subject, mail.automatic or "own"))
                if lead:
                    touched[lead] = None
            operation.react()
            fresh = store.fetch("lead", list(touched))
    if len(warnings) > _MAX_WARNINGS:
        warnings[_MAX_WARNINGS:] = [f"and {len(warnings) - _MAX_WARNINGS} more"]
    return ResultNote(
        _describe_counts(store, counts, Counter(each.reason for each in passed)),
        list(touched),
        lists.record_table(store, fresh),
        warnings=[*warnings, *(_describe_passed(each) for each in passed if verbose)],
        json=_inbox_json(counts, list(touched), passed),
        code=4 if counts["rejected"] else 0,
    )


def check_sources(paths: Iterable[str]) -> None:
    """Raises OSError for a file that cannot be opened, Usage for a folder that is no Maildir: before a desk is made."""
    for path in paths:
        if not mailbox.is_maildir(path):
            open(path, "rb").close()


def _read_contents(sources: Iterable[str | BinaryIO]) -> Iterator[bytes]:
    """The messages of all sources, one at a time. A text is the path of a file or of a Maildir."""
    for source in sources:
        if not isinstance(source, str):
            yield from mailbox.read_messages(source)
            continue
        for path in mailbox.maildir_files(source) if mailbox.is_maildir(source) else [source]:
            with open(path, "rb") as stream:
                yield from mailbox.read_messages(stream)


def _parse_messages(
    store: Store, contents: Iterable[bytes], parsed: IO[bytes], counts: Counter[str], warnings: list[str]
) -> None:
    """Write (number, message) of all that is not known yet into the file `parsed`."""
    for number, content in enumerate(contents, 1):
        try:
            mail = incoming.parse_message(content)
        except ValueError as error:
            counts["rejected"] += 1
            warnings.append(_rejection(number, error))
            continue
        if record_reads.has_message_id(store, mail.id):
            counts["known"] += 1
        else:
            pickle.dump((number, mail), parsed)


def _parsed_messages(parsed: IO[bytes]) -> Iterator[tuple[int, IncomingMail]]:
    while True:
        try:
            yield pickle.load(parsed)
        except EOFError:
            return


def _rejection(number: int, error: Exception) -> str:
    return f"message {number} {error}" if isinstance(error, ValueError) else f"message {number}: {error}"


def _describe_passed(message: PassedMessage) -> str:
    subject = " ".join(message.subject.split())[:80]
    return f"passed over message {message.number} from {message.sender or 'nobody'} ({message.reason}): {subject}"


def _inbox_json(counts: Counter[str], leads: list[int], passed: list[PassedMessage]) -> dict[str, Any]:
    """Numbers of messages, the leads they are on, and what was passed over, by reason and one by one."""
    return {
        "new": counts["new"], "logged": counts["logged"], "known": counts["known"], "automatic": counts["passed"],
        "rejected": counts["rejected"], "reasons": dict(Counter(each.reason for each in passed)), "leads": leads,
        "passed": [{"message": each.number, "from": each.sender, "subject": each.subject, "reason": each.reason}
                   for each in passed],
    }  # fmt: skip


def _describe_counts(store: Store, counts: Counter[str], reasons: Counter[str]) -> str:
    total = counts.total()
    by_reason = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    parts = [
        format_count(counts["new"], "new lead", grouped=False),
        f"{counts['logged']} logged", f"{counts['known']} known already",
        *([f"{counts['passed']} automatic passed over ({by_reason})"] if counts["passed"] else []),
        *([f"{counts['rejected']} rejected"] if counts["rejected"] else []),
    ]  # fmt: skip
    verb = store.desk.choose_verb("Read", "read")
    undo = store.desk.undo_hint if counts["new"] or counts["logged"] else ""
    return f"{verb} {format_count(total, 'message', grouped=False)}: {', '.join(parts)}.{undo}"


def _take_message(operation: Operation, mail: IncomingMail, warnings: list[str]) -> tuple[str, int | None]:
    """Log one message on its lead: (outcome, lead id). ValueError for a sender that is no address."""
    store = operation.store
    if record_reads.has_message_id(store, mail.id):
        return "known", None
    if mail.automatic in ("bounce", "delay"):
        return _take_report(operation, mail)
    address = _valid_address(store, mail.address)
    if address.casefold() == parseaddr(str(store.config["mail.from"]))[1].casefold():
        return _take_letter(operation, mail)
    lead = lead_of_address(store, address)
    if lead is None and mail.automatic:
        return "passed", None
    outcome = "logged" if lead else "new"
    lead = lead or _new_lead(operation, mail, address)
    _log_message(operation, lead, mail, direction="in")
    _keep_files(operation, lead, mail.files, warnings)
    return outcome, lead


def _take_letter(operation: Operation, mail: IncomingMail) -> tuple[str, int | None]:
    """Log a message that the user wrote in a mail program on the leads it went to."""
    holders = [lead_of_address(operation.store, each) for each in mail.recipients]
    leads = list(dict.fromkeys(lead for lead in holders if lead))
    for lead in leads:
        _log_message(operation, lead, mail, direction="out")
    return ("logged", leads[0]) if leads else ("passed", None)


def _take_report(operation: Operation, mail: IncomingMail) -> tuple[str, int | None]:
    """Log a report that mail was not delivered, or not yet, on the leads whose addresses it names."""
    by_lead = {lead_of_address(operation.store, each): each for each in mail.failed}
    leads = {lead: address for lead, address in by_lead.items() if lead}
    became = "did not arrive" if mail.automatic == "bounce" else "is late"
    for lead, address in leads.items():
        _log_message(operation, lead, mail._replace(subject=f"Mail to {address} {became}: {mail.subject}"))
    return ("logged", next(iter(leads))) if leads else ("passed", None)


def _valid_address(store: Store, text: str) -> str:
    """The address of a sender. Those of an office's own network (ed@firma.local) are taken too."""
    try:
        address = EMAIL.parse(text, store.context)
    except ValueError:
        if not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63}){0,9}", text):
            raise
        return text
    if not address:
        raise ValueError("has no sender")
    return str(address)


def _log_message(operation: Operation, lead: int, mail: IncomingMail, *, direction: str = "") -> None:
    """Put a message on the timeline, dated when it was written. What a program sent is no e-mail there: no contact."""
    text = "\n\n".join(part for part in (mail.subject, mail.text) if part) or "(no text)"
    values: dict[str, Any] = {"text": text, "message_id": mail.id}
    values["at"] = min(mail.at, operation.at) if mail.at else operation.at
    if mail.automatic:
        values |= {"kind": "other", "outcome": _OUTCOMES.get(mail.automatic, "automatic")}
    else:
        values |= {"kind": "email", "direction": direction}
    activities.add_activity(operation, ("lead", lead), values)


def lead_of_address(store: Store, address: str) -> int | None:
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


def _new_lead(operation: Operation, mail: IncomingMail, address: str) -> int:
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
        if file.name.casefold() in _TNEF:
            warnings.append(
                f"{file.name} of lead {lead} is Outlook's wrapper around the files that were sent; it is kept as it is"
            )
