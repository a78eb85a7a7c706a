"""What rules do to all new leads of an import, and the journal's notes of what a rule did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from leadcli.store.journal.operation import Operation
from leadcli.store.match_key_columns import KEYED_BY
from leadcli.store.search.index_text import SEARCHED


def _among_ids(ids: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """SQL over `r` for these ids, and its parameters; ids without a gap, as an import gives them, need no list."""
    if isinstance(ids, range):
        return "r.id BETWEEN :low AND :high", {"low": ids.start, "high": ids.stop - 1}
    low, high = min(ids, default=0), max(ids, default=0)
    if high - low + 1 == len(ids) == len(set(ids)):
        return "r.id BETWEEN :low AND :high", {"low": low, "high": high}
    return "r.id IN (SELECT value FROM json_each(:ids))", {"ids": json.dumps(list(ids))}


def can_set_in_bulk(name: str) -> bool:
    """A flat field whose text is in no search index and behind no match key: one UPDATE sets it for all."""
    return name not in SEARCHED and name not in KEYED_BY["lead"]


def attach_tasks(operation: Operation, ids: Sequence[int], text: str, due_at: str, *, reason: str) -> None:
    """One task for each lead, of its owner. The search index and the dates of the leads are the caller's to tell."""
    among, bound = _among_ids(ids)
    bound |= {
        "at": operation.at, "text": text, "due": due_at,
        "actor": operation.store.actor or None,
    }  # fmt: skip
    last = operation.store.connection.execute(
        f"""INSERT INTO activities (record, record_id, kind, text, at, due_at, owner, created_at, created_by)
            SELECT 'lead', r.id, 'task', :text, :at, :due, coalesce(r.owner, :actor), :at, :actor FROM leads r
            WHERE {among} ORDER BY r.id""",
        bound,
    ).lastrowid
    assert last
    operation.block("activity", last - len(ids) + 1, last, reason=reason)


def remember_effects(operation: Operation, ids: Sequence[int], field: str, period: str, *, reason: str) -> None:
    """Note in the journal that something happened to these leads; `period` is SQL over `r` that says in which time."""
    among, bound = _among_ids(ids)
    operation.store.connection.execute(
        f"""INSERT INTO changes (operation, record, record_id, field, new, reason)
            SELECT :operation, 'lead', r.id, :field, {period}, :reason FROM leads r WHERE {among} ORDER BY r.id""",
        {**bound, "operation": operation.id, "field": field, "reason": reason},
    )
    _mark_updated(operation, ids)


def _mark_updated(operation: Operation, ids: Sequence[int]) -> None:
    operation.touched.setdefault("lead", {}).update(dict.fromkeys(operation.in_no_block(ids)))
    operation.changes += 1
