"""The same change to many leads in a few statements, journaled like single ones: what rules do to an import.

Every function takes ids of leads that exist and whose search words are settled, and leaves out those that have the
value already.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from leadcli.store.journal.operation import STAMP, Operation
from leadcli.store.match_key_columns import KEYED_BY
from leadcli.store.schema import quote_name
from leadcli.store.search.index_text import SEARCHED
from leadcli.text import match_keys

_TAGS = "tags t WHERE t.record = 'lead' AND t.record_id = r.id"


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


def set_fields_of_many(operation: Operation, ids: Sequence[int], values: Mapping[str, Any], *, reason: str) -> None:
    """Set `settable` fields of leads."""
    write, type_ = operation.store.connection.execute, operation.store.type("lead")
    named = {name: quote_name(type_.fields[name].sql_column) for name in values}
    among, bound = _among_ids(ids)
    bound |= {"at": operation.at, "operation": operation.id, "reason": reason}
    bound |= {f"v{number}": value for number, value in enumerate(values.values())}
    differs = {name: f"r.{column} IS NOT :v{number}" for number, (name, column) in enumerate(named.items())}
    _stamp(operation, f"{among} AND ({' OR '.join(differs.values())})", bound)
    for number, (name, column) in enumerate(named.items()):
        write(
            f"""INSERT INTO changes (operation, record, record_id, field, old, new, reason)
                SELECT :operation, 'lead', r.id, '{name}', r.{column}, :v{number}, :reason FROM leads r
                WHERE {among} AND {differs[name]} ORDER BY r.id""",
            bound,
        )
    sets = [f"{column} = :v{number}" for number, column in enumerate(named.values())]
    sets.append(f"{STAMP} = :at")
    if "status" in values:  # who is in it already did not move
        sets.append(f"moved_at = CASE WHEN {differs['status']} THEN :at ELSE r.moved_at END")
    write(f"UPDATE leads AS r SET {', '.join(sets)} WHERE {among} AND ({' OR '.join(differs.values())})", bound)
    _mark_updated(operation, ids)


def _stamp(operation: Operation, condition: str, bound: Mapping[str, Any]) -> None:
    """Journal the new updated_at of those that are about to change."""
    operation.store.connection.execute(
        f"""INSERT INTO changes (operation, record, record_id, field, old, new)
            SELECT :operation, 'lead', r.id, '{STAMP}', r.{STAMP}, :at FROM leads r
            WHERE {condition} AND r.{STAMP} IS NOT :at ORDER BY r.id""",
        bound,
    )


def add_tag(operation: Operation, ids: Sequence[int], tag: str, *, reason: str) -> None:
    """Give leads a tag, after those they have."""
    write = operation.store.connection.execute
    among, bound = _among_ids(ids)
    bound |= {
        "at": operation.at, "operation": operation.id, "reason": reason, "tag": tag, "key": tag.casefold(),
    }  # fmt: skip
    without = f"{among} AND NOT EXISTS (SELECT 1 FROM {_TAGS} AND t.key = :key)"
    _stamp(operation, without, bound)
    had = f"(SELECT json_group_array(value) FROM (SELECT t.value FROM {_TAGS} ORDER BY t.position))"
    mark = write("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]
    write(
        f"""INSERT INTO changes (operation, record, record_id, field, old, new, reason)
            SELECT :operation, 'lead', r.id, 'tags', {had}, json_insert({had}, '$[#]', :tag), :reason
            FROM leads r WHERE {without} ORDER BY r.id""",
        bound,
    )
    bound |= {"mark": mark}
    fresh = "SELECT c.record_id FROM changes c WHERE c.operation = :operation AND c.id > :mark"
    write(
        f"""INSERT INTO tags (record, record_id, position, value, other_key)
            SELECT 'lead', r.id, coalesce((SELECT max(t.position) + 1 FROM {_TAGS}), 0), :tag, nullif(:key, :tag)
            FROM leads r WHERE r.id IN ({fresh}) ORDER BY r.id""",
        bound,
    )
    write(f"UPDATE leads SET {STAMP} = :at WHERE id IN ({fresh}) AND {STAMP} IS NOT :at", bound)
    _search_words_of(operation, f"SELECT record_id AS id FROM ({fresh})", bound, tag)
    _mark_updated(operation, ids)


def add_tasks(operation: Operation, ids: Sequence[int], text: str, due_at: str, *, reason: str) -> None:
    """One task for each lead; it belongs to the lead's owner."""
    attach_tasks(operation, ids, text, due_at, reason=reason)
    among, bound = _among_ids(ids)
    bound |= {"at": operation.at, "due": due_at}
    operation.store.connection.execute(
        f"""UPDATE leads AS r SET due_at = min(coalesce(r.due_at, :due), :due),
            other_due_at = CASE WHEN length(r.due_at) <> length(:due)
              THEN max(r.due_at, min(coalesce(r.other_due_at, :due), :due)) ELSE r.other_due_at END,
            activity_at = max(coalesce(r.activity_at, :at), :at) WHERE {among}""",
        bound,
    )
    _search_words_of(operation, f"SELECT r.id FROM leads r WHERE {among}", bound, text)


def attach_tasks(operation: Operation, ids: Sequence[int], text: str, due_at: str, *, reason: str) -> None:
    """The tasks alone, for leads that know of theirs already."""
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


def _search_words_of(operation: Operation, ids: str, bound: Mapping[str, Any], text: str) -> None:
    """Leads are found by these words too. An index without positions takes further words of a row as they come."""
    words = match_keys.fold_text(text)
    if words:
        sql = f"INSERT INTO search(rowid, words) SELECT i.id, :words FROM ({ids}) i"
        operation.store.connection.execute(sql, {**bound, "words": words})


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
