"""Events that rules react to: leads that an operation added, changed, moved or lost, and leads that became due."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.model.fields import LEAD
from leadcli.model.kinds import Record
from leadcli.query import Query, compile_where
from leadcli.query.choices import LAST_SIGN
from leadcli.store.journal.batch import restored_values

if TYPE_CHECKING:
    from leadcli.store.store import Store

_OURS = "c.operation = :operation AND c.id <= :upto AND c.record = 'lead'"
_ADDED = f"""r.id IN (SELECT l.id FROM changes c JOIN leads l ON l.id BETWEEN c.record_id
             AND coalesce(c.last_id, c.record_id) WHERE {_OURS} AND c.field = '+')"""
_CHANGED = f"r.id IN (SELECT c.record_id FROM changes c WHERE {_OURS} AND {{}}) AND NOT {_ADDED}"
# What happened to a lead, as SQL over the alias `r`. A lost one was moved, and a moved one was changed.
EVENTS = {
    "added": _ADDED,
    "changed": _CHANGED.format("c.field NOT IN ('+', '-', 'updated_at')"),
    "status": _CHANGED.format("c.field = 'status'"),
    "lost": _CHANGED.format("c.field = 'status' AND c.new IN (SELECT value FROM json_each(:lost))"),
    "converted": _CHANGED.format("c.field = 'converted_at' AND c.new IS NOT NULL"),
}
# What time does, with the text that says which time it was.
PERIODS = {
    "stale": LAST_SIGN,
    "overdue": LEAD.fields["due"].sql,
    "neglected": LEAD.fields["touch_due"].sql,
    "unanswered": LEAD.fields["unanswered_at"].sql,
}


def last_change_of(store: Store) -> int:
    """The number of the journal's last row: what comes later is a reaction."""
    return int(store.select("SELECT coalesce(max(id), 0) FROM changes")[0][0])


def leads_of_event(store: Store, event: str, query: Query, *, operation: int, upto: int) -> list[int]:
    """Ids of the leads to which the event happened in this operation and that match, in order."""
    condition = compile_where(query, store.context)
    sql = f"SELECT r.id FROM leads r WHERE {EVENTS[event]} AND {condition.sql} ORDER BY r.id"
    return [row[0] for row in store.select(sql, _operation_bounds(store, condition.params, operation, upto))]


def _operation_bounds(store: Store, params: dict[str, Any], operation: int, upto: int) -> dict[str, Any]:
    lost = [option.label for option in store.options("status") if option.state == "lost"]
    return store.bound({**params, "operation": operation, "upto": upto, "lost": json.dumps(lost)})


def due_leads(store: Store, event: str, query: Query, mark: str) -> list[int]:
    """Ids of the leads that match and for which `mark` was not noted (see bulk_update.py) in their period."""
    condition = compile_where(query, store.context)
    sql = f"""SELECT r.id FROM leads r WHERE {condition.sql} AND NOT EXISTS (
              SELECT 1 FROM changes c JOIN operations o ON o.id = c.operation
              WHERE c.record = 'lead' AND c.record_id = r.id AND c.field = :mark AND c.new IS {PERIODS[event]}
              AND o.undone_by IS NULL AND o.undoes IS NULL) ORDER BY r.id"""
    return [row[0] for row in store.select(sql, store.bound({**condition.params, "mark": mark}))]


def values_before(store: Store, operation: int, ids: Sequence[int]) -> Iterator[tuple[int, Record]]:
    """(id, {field: what it was}) of the leads this operation changed."""
    sql = """SELECT record_id, field, old FROM changes WHERE operation = ? AND record = 'lead'
             AND record_id IN (SELECT value FROM json_each(?)) AND field NOT IN ('+', '-')
             ORDER BY record_id, id DESC"""
    fields = {**LEAD.fields, **store.type("lead").fields}
    values: dict[int, Record] = {id: {} for id in ids}
    for id, name, old in store.select(sql, (operation, json.dumps(list(ids)))):
        if name in fields:
            values[id][name] = restored_values(fields[name], old)  # the first change of a field is read last
    yield from values.items()


def count_open_leads(store: Store, owners: Sequence[str], *, without: Sequence[int]) -> dict[str, int]:
    """How many open leads each of these owners has, these ids left out."""
    labels = [option.label for option in store.options("status") if option.state == "open"]
    sql = """SELECT owner, count(*) FROM leads WHERE owner IN (SELECT value FROM json_each(?))
             AND status IN (SELECT value FROM json_each(?)) AND id NOT IN (SELECT value FROM json_each(?)) GROUP BY 1"""
    rows = store.select(sql, (json.dumps(list(owners)), json.dumps(labels), json.dumps(list(without))))
    return dict.fromkeys(owners, 0) | dict(rows)
