"""The outbox: which message was claimed, sent, refused - so that two runs at once send it once.

Not journaled: a mail that left cannot be taken back, so `undo` must not forget it. A message is claimed in a short
transaction of its own before it is sent; its key says what may leave only once.

For the same reason how far a mailbox was read is kept here: after an undo, what was fetched is not fetched again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

from leadcli.store import engine

if TYPE_CHECKING:
    from leadcli.store.store import Store

SENDING, SENT, LATER, FAILED, UNKNOWN = "sending", "sent", "later", "failed", "unknown"
# A run that has been sending for longer was killed: what became of its message nobody knows.
_KILLED_AFTER = "-15 minutes"
_AGO = "at < strftime('%Y-%m-%dT%H:%M:%SZ', :now, '{}')"
_STATE = f"CASE WHEN state = '{SENDING}' AND {_AGO.format(_KILLED_AFTER)} THEN '{UNKNOWN}' ELSE state END"


class OutboxEntry(NamedTuple):
    """One message that may leave once: its `key`, and for letters to leads the lead and the template."""

    key: str
    recipient: str
    subject: str
    lead: int | None = None
    template: str | None = None


class SentMessage(NamedTuple):
    """A letter that left and is not on its lead's timeline yet."""

    id: int
    key: str
    lead: int
    template: str | None
    subject: str
    recipient: str
    at: str


def claim_messages(store: Store, entry: OutboxEntry, *, over: Collection[str]) -> str:
    """Take a message to send it now: '' when it is ours, else the state that forbids it.

    `over` are the states of an earlier attempt that do not stand in the way; `sending` always does. Raises Busy.
    """
    desk = store.desk
    with engine.transaction(store.connection, waiting=desk.waiting, lock_timeout=desk.lock_timeout, keep=desk.keep):
        state = message_states(store, [entry.key]).get(entry.key, ("", ""))[0]
        if state and (state == SENDING or state not in over):
            return state
        store.connection.execute(
            """INSERT INTO outbox (key, recipient, subject, lead, template, state, at) VALUES (?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (key) DO UPDATE SET recipient = excluded.recipient, subject = excluded.subject,
               state = excluded.state, at = excluded.at, error = NULL, operation = NULL""",
            (*entry, SENDING, store.now),
        )
    return ""


def settle_message(store: Store, key: str, state: str, *, error: str = "") -> None:
    """Say what became of a claimed message."""
    desk = store.desk
    with engine.transaction(store.connection, waiting=desk.waiting, lock_timeout=desk.lock_timeout, keep=desk.keep):
        store.connection.execute(
            "UPDATE outbox SET state = ?, error = ?, at = ? WHERE key = ?", (state, error or None, store.now, key)
        )


def message_states(store: Store, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """key -> (state, when) of those that were ever claimed."""
    sql = f"SELECT key, {_STATE}, at FROM outbox WHERE key IN (SELECT value FROM json_each(:keys))"
    return {row[0]: (row[1], row[2]) for row in store.select(sql, store.bound({"keys": json.dumps(list(keys))}))}


def unlogged_messages(store: Store, keys: Iterable[str]) -> list[SentMessage]:
    """Letters to leads that left and are on no timeline: those with these keys, and what a killed run left behind."""
    sql = f"""SELECT id, key, lead, template, coalesce(subject, ''), recipient, at FROM outbox
              WHERE state = '{SENT}' AND operation IS NULL AND lead IN (SELECT id FROM leads)
              AND (key IN (SELECT value FROM json_each(:keys)) OR {_AGO.format("-1 hour")}) ORDER BY id"""
    return [SentMessage(*row) for row in store.select(sql, store.bound({"keys": json.dumps(list(keys))}))]


def mark_logged(store: Store, ids: Iterable[int], operation: int) -> None:
    """Note, inside the operation that put them there, that these letters are on the timeline."""
    store.connection.executemany("UPDATE outbox SET operation = ? WHERE id = ?", [(operation, id) for id in ids])


def mail_position(store: Store, mailbox: str) -> str:
    """How far a mailbox was read, as `remember_position` was told; '' for one that was not."""
    rows = store.select("SELECT position FROM fetched_mail WHERE mailbox = ?", (mailbox,))
    return str(rows[0][0]) if rows else ""


def remember_position(store: Store, mailbox: str, position: str) -> None:
    """Note how far a mailbox was read. Raises Busy."""
    desk = store.desk
    with engine.transaction(store.connection, waiting=desk.waiting, lock_timeout=desk.lock_timeout, keep=desk.keep):
        store.connection.execute("INSERT OR REPLACE INTO fetched_mail VALUES (?, ?)", (mailbox, position))
