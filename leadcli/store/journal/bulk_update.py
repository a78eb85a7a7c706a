"""The same change to many leads, as rules make it: a few statements for all of them, journaled lead by lead.

The rows of leads and of the journal are what single changes (batch.py) write, and undo reads them alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.store.journal.batch import STAMP
from leadcli.store.journal.operation import Operation
from leadcli.store.match_key_columns import KEYED_BY, other_key
from leadcli.store.schema import quote_name
from leadcli.store.search.index_text import SEARCHED


def _among_ids(ids: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """SQL over `r` for these ids, and its parameters; ids without a gap, as an import gives them, need no list."""
    if isinstance(ids, range):
        return "r.id BETWEEN :low AND :high", {"low": ids.start, "high": ids.stop - 1}
    low, high = min(ids, default=0), max(ids, default=0)
    if high - low + 1 == len(ids) == len(set(ids)):
        return "r.id BETWEEN :low AND :high", {"low": low, "high": high}
    return "r.id IN (SELECT value FROM json_each(:ids))", {"ids": json.dumps(list(ids))}


class _FieldChange(NamedTuple):
    """A field, and SQL over `r`: what the journal says it was and is, and which leads it changes of."""

    name: str
    old: str
    new: str
    differs: str


_TAGS = """(SELECT group_concat(json_quote(value), ', ') FROM (SELECT value FROM tags
           WHERE record = 'lead' AND record_id = r.id ORDER BY position))"""
_ADDED_TAG = _FieldChange(
    "tags", f"'[' || coalesce({_TAGS}, '') || ']'", f"'[' || coalesce({_TAGS} || ', ', '') || json_quote(:tag) || ']'",
    "NOT EXISTS (SELECT 1 FROM tags t WHERE t.record = 'lead' AND t.record_id = r.id AND t.key = :key)",
)  # fmt: skip


def can_set_in_bulk(name: str) -> bool:
    """A flat field that one UPDATE sets for all leads: in no search index, behind no match key, no move."""
    return name not in SEARCHED and name not in KEYED_BY["lead"] and name != "status"


def set_fields(operation: Operation, ids: Sequence[int], values: Mapping[str, Any], *, reason: str) -> None:
    """Set fields for which `can_set_in_bulk` is true to the same values. Leads that have them already stay."""
    fields = operation.store.type("lead").fields
    columns = {name: quote_name(fields[name].sql_column) for name in values}
    bound = {f"v{place}": value for place, value in enumerate(values.values())}
    changes = [
        _FieldChange(name, f"r.{column}", f":v{place}", f"r.{column} IS NOT :v{place}")
        for place, (name, column) in enumerate(columns.items())
    ]
    sets = "".join(f", {column} = :v{place}" for place, column in enumerate(columns.values()))
    changed = _journal_changes(operation, ids, changes, bound, reason=reason)
    _stamp(operation, changed, sets, bound)


def add_tag(operation: Operation, ids: Sequence[int], tag: str, *, reason: str) -> None:
    """Give leads a tag after those they have. Leads that have it already stay. The search index learns it."""
    alias = other_key("tags", tag)
    bound = {"tag": tag, "key": alias or tag}
    changed = _journal_changes(operation, ids, [_ADDED_TAG], bound, reason=reason)
    among, span = _among_ids(changed)
    after = "(SELECT max(t.position) + 1 FROM tags t WHERE t.record = 'lead' AND t.record_id = r.id)"
    operation.store.connection.execute(
        f"""INSERT INTO tags (record, record_id, position, value, other_key)
            SELECT 'lead', r.id, coalesce({after}, 0), :tag, :alias FROM leads r WHERE {among} ORDER BY r.id""",
        {**span, "tag": tag, "alias": alias},
    )
    operation.derived.add_texts((id, tag) for id in changed)
    _stamp(operation, changed)


def _journal_changes(
    operation: Operation, ids: Sequence[int], changes: Sequence[_FieldChange], bound: Mapping[str, Any], *, reason: str
) -> list[int]:
    """Write the journal's rows of leads that are about to change: their updated_at, then each field. Their ids."""
    among, span = _among_ids(ids)
    differs = " OR ".join(f"({change.differs})" for change in changes)
    sql = f"SELECT r.id FROM leads r WHERE {among} AND ({differs}) ORDER BY r.id"
    changed = [row[0] for row in operation.store.select(sql, {**bound, **span})]
    among, span = _among_ids(changed)
    rows = [f"SELECT r.id, 0 AS place, '{STAMP}' AS field, r.{STAMP} AS old, :at AS new, NULL AS reason "
            f"FROM leads r WHERE {among} AND r.{STAMP} IS NOT :at"]  # fmt: skip
    rows += [
        f"SELECT r.id, {place}, '{name}', {old}, {new}, :reason FROM leads r WHERE {among} AND {differs}"
        for place, (name, old, new, differs) in enumerate(changes, 1)
    ]
    operation.store.connection.execute(
        f"""INSERT INTO changes (operation, record, record_id, field, old, new, reason)
            SELECT :operation, 'lead', id, field, old, new, reason FROM ({" UNION ALL ".join(rows)})
            ORDER BY id, place""",
        {**bound, **span, "at": operation.at, "operation": operation.id, "reason": reason},
    )
    return changed


def _stamp(operation: Operation, ids: Sequence[int], sets: str = "", bound: Mapping[str, Any] = {}) -> None:
    """Set the updated_at of changed leads, and what else `sets` says."""
    if ids:
        among, span = _among_ids(ids)
        sql = f"UPDATE leads AS r SET {STAMP} = :at{sets} WHERE {among}"
        operation.store.connection.execute(sql, {**bound, **span, "at": operation.at})
        operation.touched.setdefault("lead", {}).update(dict.fromkeys(ids))
        operation.changes += 1


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
