"""Activities and tasks: what was said and done with a lead, and what is to be done next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadcli.store.journal import Operation

KINDS = ("note", "call", "email", "meeting", "visit", "task", "event", "other")


def add(operation: Operation, owner: tuple[str, int], values: Mapping[str, Any]) -> int:
    """Put an activity on a record's timeline inside an operation; it happened now unless `at` says otherwise."""
    stamps = {"at": operation.at, "created_at": operation.at, "created_by": operation.store.actor or None}
    return operation.insert("activity", {**stamps, "record": owner[0], "record_id": owner[1], **values})


def add_task(operation: Operation, owner: tuple[str, int], text: str, *, due: str, person: str | None = None) -> int:
    """A task: an activity with a due date (today unless one is named) and no done_at."""
    store = operation.store
    due_at = store.type("activity").fields["due_at"].parse(due or "today", store.context)
    return add(operation, owner, {"kind": "task", "text": text, "due_at": due_at, "at": operation.at, "owner": person or store.actor or None})
