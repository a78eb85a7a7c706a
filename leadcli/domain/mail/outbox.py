"""Sends a message once: claimed in the outbox before, its end written down after."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from leadcli.domain.mail.message import Message
from leadcli.domain.mail.transport import Transport, Unknown
from leadcli.errors import Busy, LeadError
from leadcli.store import outbox
from leadcli.store.outbox import FAILED, LATER, SENDING, SENT, UNKNOWN, Entry
from leadcli.store.store import Store

__all__ = ["FAILED", "LATER", "SENDING", "SENT", "UNKNOWN", "Entry", "Outcome", "over", "send"]


class Outcome(NamedTuple):
    """What became of a message: its state, whether this run brought it there, and the error if it was not sent."""

    state: str
    now: bool
    error: LeadError | None = None


def over(*, force: bool = False, resend_unknown: bool = False) -> Collection[str]:
    """The earlier attempts that do not stand in the way of sending.

    What failed may always be tried again, what was sent with --force, what may have been sent with --resend-unknown.
    """
    return {FAILED, LATER, *([SENT] if force else ()), *([UNKNOWN] if resend_unknown else ())}


def send(store: Store, transport: Transport, message: Message, entry: Entry, *, over: Collection[str]) -> Outcome:
    """Send a message unless it left before or is leaving now. Errors of the mail server come back in the outcome."""
    before = outbox.claim(store, entry, over=over)
    if before:
        return Outcome(before, False)
    try:
        transport.send(message)
    except LeadError as error:
        state = UNKNOWN if isinstance(error, Unknown) else LATER if isinstance(error, Busy) else FAILED
        outbox.settle(store, entry.key, state, error=error.message)
        return Outcome(state, True, error)
    except BaseException:
        outbox.settle(store, entry.key, UNKNOWN if transport.handing_over else LATER, error="interrupted")
        raise
    outbox.settle(store, entry.key, SENT)
    return Outcome(SENT, True)
