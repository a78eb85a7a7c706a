"""What belongs to many leads at once: activities and history, theirs and those of the records linked with them.

The same as timeline.py and history.py find for one record, by a few statements for a whole page of leads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from leadcli.kinds import Record
from leadcli.store import gifts
from leadcli.store.history import CHANGE, OPERATION
from leadcli.store.journal import BLOCK, INSERT

if TYPE_CHECKING:
    from leadcli.store.store import Store

# kin(lead, record, id): the lead itself, those merged into it, and the customer it became.
_KIN = """WITH RECURSIVE asked(id) AS (SELECT value FROM json_each(:ids)),
    own(lead, id) AS (SELECT id, id FROM asked
        UNION SELECT o.lead, m.old_id FROM own o JOIN merged m ON m.kind = 'lead' AND m.new_id = o.id),
    kin(lead, record, id) AS (SELECT lead, 'lead', id FROM own
        UNION SELECT r.id, 'account', r.account FROM asked JOIN leads r USING (id) WHERE r.account IS NOT NULL
        UNION SELECT r.id, 'contact', r.contact FROM asked JOIN leads r USING (id) WHERE r.contact IS NOT NULL
        UNION SELECT r.id, 'opportunity', r.opportunity FROM asked JOIN leads r USING (id)
              WHERE r.opportunity IS NOT NULL)"""
_CHILDREN = {"activity": "activities", "attachment": "attachments", "document": "documents"}


def activities(store: Store, ids: Sequence[int]) -> dict[int, list[Record]]:
    """lead -> all its activities and tasks, oldest first."""
    sql = f"""{_KIN} SELECT k.lead, a.id FROM kin k
              JOIN activities a ON a.record_id = k.id AND a.record = k.record ORDER BY k.lead, a.id"""
    pairs = store.select(sql, _bound(ids))
    by_id = {row["id"]: row for row in store.fetch("activity", sorted({id for _, id in pairs}))}
    found: dict[int, list[Record]] = {}
    for lead, id in pairs:
        found.setdefault(lead, []).append(by_id[id])
    return found


def history(store: Store, ids: Sequence[int]) -> dict[int, list[tuple[Record, list[Record]]]]:
    """lead -> (operation, changes), newest first."""
    changes: dict[int, dict[int, list[Record]]] = {}
    for lead, row in _changes(store, ids):
        changes.setdefault(lead, {}).setdefault(row["operation"], []).append(row)
    numbers = sorted({number for those in changes.values() for number in those})
    sql = f"SELECT {', '.join(OPERATION)} FROM operations WHERE id IN (SELECT value FROM json_each(:ids))"
    heads = {row[0]: {**dict(zip(OPERATION, row, strict=True)), "note": row[4] or ""}
             for row in store.select(sql, _bound(numbers))}  # fmt: skip
    return {
        lead: [(heads[number], those[number]) for number in sorted(those, reverse=True)]
        for lead, those in changes.items()
    }


def _changes(store: Store, ids: Sequence[int]) -> Iterator[tuple[int, Record]]:
    """Every change of the leads, of their kin and of what hangs on them, once, in order."""
    children = " ".join(
        f"UNION SELECT k.lead, '{child}', c.id FROM kin k JOIN {table} c ON c.record_id = k.id AND c.record = k.record"
        for child, table in _CHILDREN.items()
    )
    things = f"{_KIN}, things(lead, record, id) AS (SELECT * FROM kin {children})"
    columns = ", ".join(f"c.{name}" for name in CHANGE)
    sql = f"""{things} SELECT t.lead, c.id, {columns} FROM things t
              JOIN changes c ON c.record = t.record AND c.record_id = t.id"""
    found = {(row[0], row[1], row[3], row[4]): row[2:] for row in store.select(sql, _bound(ids))}
    members = store.select(f"{things} SELECT lead, record, id FROM things", _bound(ids))
    for record in sorted({record for _, record, _ in members}):
        owners: dict[int, list[int]] = {}
        for lead, _, id in (member for member in members if member[1] == record):
            owners.setdefault(id, []).append(lead)
        for change, row in _blocks(store, record, list(owners)):
            for id in (id for id in owners if row["record_id"] <= id <= row["last_id"]):
                own = tuple({**row, "record_id": id, "last_id": id}.values())
                found |= {(lead, change, record, id): own for lead in owners[id]}
    rows: dict[int, list[Record]] = {}
    for lead, change, record, id in sorted(found, key=lambda key: key[:2]):
        row = dict(zip(CHANGE, found[lead, change, record, id], strict=True))
        rows.setdefault(lead, []).append({**row, "last_id": id} if row["field"] == INSERT else row)
    tagged = gifts.tagged(store, chain.from_iterable(rows.values()))
    for lead, those in rows.items():
        yield from ((lead, row) for row in gifts.opened(those, tagged))


def _blocks(store: Store, record: str, ids: Sequence[int]) -> list[tuple[int, Record]]:
    """(change, row) of the blocks of inserts these records may have come in; none crosses a multiple of BLOCK."""
    sql = f"""SELECT c.id, {", ".join(f"c.{name}" for name in CHANGE)} FROM json_each(:ids) b
              JOIN changes c ON c.record = :record AND c.record_id BETWEEN b.value AND b.value + {BLOCK - 1}
              WHERE c.field = '{INSERT}' AND c.last_id > c.record_id"""
    starts = sorted({id // BLOCK * BLOCK for id in ids})
    rows = store.select(sql, {**_bound(starts), "record": record})
    return [(row[0], dict(zip(CHANGE, row[1:], strict=True))) for row in rows]


def _bound(ids: Sequence[int]) -> dict[str, Any]:
    return {"ids": json.dumps(list(ids))}
