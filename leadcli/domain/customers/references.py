"""Resolves a typed reference to a customer: an id (A4), or the name of an account or a contact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leadcli.errors import NotFound, Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import Record, Reference
from leadcli.store.journal.operation import Operation
from leadcli.store.reads import records
from leadcli.store.store import Store
from leadcli.text import match_keys


def resolve_reference(store: Store, field: Field, text: str) -> int | None:
    """The id that a typed text gives a reference field; None for an empty text. NotFound when no record matches."""
    kind = field.kind
    assert isinstance(kind, Reference)
    text = text.strip()
    if not text:
        return None
    record_id = record_by_name(store, kind.record, text)
    if record_id is None:
        raise NotFound(
            f"no {kind.record} is called '{text}'.", hint=f"list them: leadcli {store.type(kind.record).table}"
        )
    return record_id


def record_by_name(store: Store, record: str, text: str) -> int | None:
    """The record a text names, or None when none is called that.

    Names match whatever their case, accents and legal form. Of several matches the one with the same spelling is
    taken. NotFound for an id that does not exist, Usage when several records match.
    """
    letter = store.type(record).letter
    numbered = re.fullmatch(rf"[#]?{letter}?(\d{{1,18}})", text.strip(), re.IGNORECASE)
    if numbered:
        id = store.merged_into(record, int(numbered[1]))
        store.get(record, id, fields=("id",))
        return id
    if record == "opportunity":
        return None
    ids = records.records_named(store, record, text)
    if len(ids) < 2:
        return ids[0] if ids else None
    rows = store.fetch(record, ids, fields=("id", "name"))
    same = [row for row in rows if match_keys.fold_text(row["name"]) == match_keys.fold_text(text)] or rows
    if len(same) > 1:
        candidates = ", ".join(f"{letter}{row['id']} ({row['name']})" for row in same[:5])
        raise Usage(
            f"several {store.type(record).table} are called '{text}': {candidates}.",
            hint=f"name one by its id: {letter}{same[0]['id']}",
        )
    return int(same[0]["id"])


def apply_customer_rules(operation: Operation, record: str, old: Record, values: Mapping[str, Any]) -> Record:
    """The fields that follow a change: closed_at follows the stage of an opportunity. Usage without name or stage."""
    letter = operation.store.type(record).letter
    if record in ("account", "contact", "opportunity") and "name" in values and not values["name"]:
        raise Usage(f"{record} {letter}{old['id']} cannot be without a name.", hint='give another: --name "NAME"')
    if record != "opportunity" or "stage" not in values:
        return {}
    if values["stage"] is None:
        raise Usage(
            "an opportunity cannot be without a stage.", hint=f"move it: leadcli edit O{old['id']} --stage STAGE"
        )
    return apply_stage(operation.store, old, values["stage"], at=operation.at)


def apply_stage(store: Store, old: Record, stage: str, *, at: str) -> Record:
    """closed_at for a stage: now when it closes the opportunity, none when it opens it again."""
    states = {option.label: option.state for option in store.options("stage")}
    state, before = states.get(stage, "open"), states.get(old["stage"], "open")
    if state == "open":
        return {"closed_at": None}
    return {"closed_at": old["closed_at"] if state == before and old["closed_at"] else at}
