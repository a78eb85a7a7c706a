"""What belongs to many leads at once: activities and history, theirs and those of the records linked with them.

Those of a whole page of leads take a few statements; the functions for one record follow at the end.

Finds leads for the first of several reasons that holds, best first, by one SELECT that can stay within an index.

Reads the work on leads: activities and tasks by their own filter and by that of their leads, document numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.model.fields import BELONGINGS, RECORDS
from leadcli.model.kinds import Record
from leadcli.query import Condition, Query, compile_where, order_by
from leadcli.store.journal import rule_effects
from leadcli.store.journal.batch import INSERT
from leadcli.store.journal.operation import BLOCK
from leadcli.text.dates import words

if TYPE_CHECKING:
    from leadcli.store.store import Store


def read_activities(store: Store, activities: Query, leads: Query | None, *, sort: str, limit: int = 0) -> list[Record]:
    """Activities that match `own`, and whose lead matches `leads` when that is given."""
    where, parameters = _activity_condition(store, activities, leads)
    by = order_by(sort, store.type("activity"), store.context)
    sql = f"SELECT r.id FROM activities r WHERE {where} ORDER BY {by}" + (f" LIMIT {limit}" if limit else "")
    return store.fetch("activity", [row[0] for row in store.select(sql, store.bound(parameters))])


def read_timeline(store: Store, activities: Query, leads: Query | None, *, limit: int = 0) -> list[Record]:
    """Activities as in `read_activities`, newest first; tasks stand at the moment when they are due.

    Each kind is cut to `limit` by itself first, so that the index on the time of activities serves.
    """
    where, parameters = _activity_condition(store, activities, leads)
    most = f"LIMIT {limit or -1}"
    sql = f"""SELECT id FROM (
        SELECT * FROM (SELECT r.id, r.at AS moment FROM activities r WHERE {where} AND r.due_at IS NULL
                       ORDER BY r.at DESC, r.id DESC {most})
        UNION ALL SELECT * FROM (SELECT r.id, start_of(r.due_at) AS moment FROM activities r
                       WHERE {where} AND r.due_at IS NOT NULL ORDER BY moment DESC, r.id DESC {most}))
        ORDER BY moment DESC, id DESC {most}"""
    return store.fetch("activity", [row[0] for row in store.select(sql, store.bound(parameters))])


def _activity_condition(store: Store, activities: Query, leads: Query | None) -> tuple[str, dict[str, Any]]:
    """SQL over activities `r`, and its values: they match, and so do their leads where there is a filter over those."""
    condition = compile_where(activities, store.context)
    if leads is None:
        return condition.sql, condition.params
    sql, named = split_activity_query(compile_where(leads, store.context), "of")
    of_leads = f"r.record = 'lead' AND r.record_id IN (SELECT r.id FROM leads r WHERE {sql})"
    return f"{condition.sql} AND {of_leads}", {**condition.params, **named}


def split_activity_query(condition: Condition, mark: str) -> tuple[str, dict[str, Any]]:
    """A condition's SQL and values under names of their own: every filter numbers its values from 0."""
    values = {f"{mark}{name[1:]}": value for name, value in condition.params.items()}
    return re.sub(r":p(\d+)\b", rf":{mark}\1", condition.sql), values


def number_taken(store: Store, kind: str, number: str) -> int | None:
    """The document of this kind that has the number, or None."""
    rows = store.select("SELECT id FROM documents WHERE kind = ? AND number = ? LIMIT 1", (kind, number))
    return int(rows[0][0]) if rows else None


def next_number(store: Store, kind: str) -> str:
    """One more than the highest whole number a document of this kind has."""
    whole = "number <> '' AND number NOT GLOB '*[^0-9]*' AND length(number) < 16"
    sql = f"SELECT max(CAST(number AS INTEGER)) FROM documents WHERE kind = ? AND {whole}"
    return str((store.select(sql, (kind,))[0][0] or 0) + 1)


def document_rows(store: Store, owners: Iterable[tuple[str, int]] | None) -> list[int]:
    """Ids of the documents of these records, or of all, the newest first."""
    if owners is None:
        return [row[0] for row in store.select("SELECT id FROM documents ORDER BY id DESC")]
    return sorted((id for owner in owners for id in store.children("document", *owner)), reverse=True)


def product_counts(store: Store) -> dict[str, int]:
    """How many leads want each product."""
    sql = "SELECT product, count(DISTINCT record_id) FROM lead_products WHERE record = 'lead' GROUP BY product"
    return dict(store.select(sql))


def product_holders(store: Store, product: str) -> list[tuple[str, int]]:
    """The records that want a product: ("lead", 12)."""
    return [
        (row[0], row[1])
        for row in store.select("SELECT DISTINCT record, record_id FROM lead_products WHERE product = ?", (product,))
    ]


# kin(lead, record, id): the related records of a lead: itself, those merged into it, and the customer it became.
_KIN = """WITH RECURSIVE asked(id) AS (SELECT value FROM json_each(:ids)),
    own(lead, id) AS (SELECT id, id FROM asked
        UNION SELECT o.lead, m.old_id FROM own o JOIN merged m ON m.kind = 'lead' AND m.new_id = o.id),
    kin(lead, record, id) AS (SELECT lead, 'lead', id FROM own
        UNION SELECT r.id, 'account', r.account FROM asked JOIN leads r USING (id) WHERE r.account IS NOT NULL
        UNION SELECT r.id, 'contact', r.contact FROM asked JOIN leads r USING (id) WHERE r.contact IS NOT NULL
        UNION SELECT r.id, 'opportunity', r.opportunity FROM asked JOIN leads r USING (id)
              WHERE r.opportunity IS NOT NULL)"""
_CHILDREN = {name: RECORDS[name].table for name in BELONGINGS}


def activities_of_many(store: Store, ids: Sequence[int]) -> dict[int, list[Record]]:
    """lead -> all its activities and tasks, oldest first."""
    sql = f"""{_KIN} SELECT k.lead, a.id FROM kin k
              JOIN activities a ON a.record_id = k.id AND a.record = k.record ORDER BY k.lead, a.id"""
    pairs = store.select(sql, _bind_ids(ids))
    by_id = {row["id"]: row for row in store.fetch("activity", sorted({id for _, id in pairs}))}
    activities: dict[int, list[Record]] = {}
    for lead, id in pairs:
        activities.setdefault(lead, []).append(by_id[id])
    return activities


def history_of_many(store: Store, ids: Sequence[int]) -> dict[int, list[tuple[Record, list[Record]]]]:
    """lead -> (operation, changes), newest first."""
    changes: dict[int, dict[int, list[Record]]] = {}
    for lead, row in _changes(store, ids):
        changes.setdefault(lead, {}).setdefault(row["operation"], []).append(row)
    numbers = sorted({number for rows in changes.values() for number in rows})
    sql = f"SELECT {', '.join(OPERATION)} FROM operations WHERE id IN (SELECT value FROM json_each(:ids))"
    heads = {row[0]: {**dict(zip(OPERATION, row, strict=True)), "note": row[4] or ""}
             for row in store.select(sql, _bind_ids(numbers))}  # fmt: skip
    return {
        lead: [(heads[number], rows[number]) for number in sorted(rows, reverse=True)] for lead, rows in changes.items()
    }


def _changes(store: Store, ids: Sequence[int]) -> Iterator[tuple[int, Record]]:
    """Every change of the leads, of their related records and of what belongs to them, once, in order."""
    children = " ".join(
        f"UNION SELECT k.lead, '{child}', c.id FROM kin k JOIN {table} c ON c.record_id = k.id AND c.record = k.record"
        for child, table in _CHILDREN.items()
    )
    things = f"{_KIN}, things(lead, record, id) AS (SELECT * FROM kin {children})"
    columns = ", ".join(f"c.{name}" for name in CHANGE)
    sql = f"""{things} SELECT t.lead, c.id, {columns} FROM things t
              JOIN changes c ON c.record = t.record AND c.record_id = t.id"""
    cells = {(row[0], row[1], row[3], row[4]): row[2:] for row in store.select(sql, _bind_ids(ids))}
    members = store.select(f"{things} SELECT lead, record, id FROM things", _bind_ids(ids))
    for record in sorted({record for _, record, _ in members}):
        owners: dict[int, list[int]] = {}
        for lead, _, id in (member for member in members if member[1] == record):
            owners.setdefault(id, []).append(lead)
        for change, row in _blocks_of(store, record, list(owners)):
            for id in (id for id in owners if row["record_id"] <= id <= row["last_id"]):
                row_cells = tuple({**row, "record_id": id, "last_id": id}.values())
                cells |= {(lead, change, record, id): row_cells for lead in owners[id]}
    rows: dict[int, list[Record]] = {}
    for lead, change, record, id in sorted(cells, key=lambda key: key[:2]):
        row = dict(zip(CHANGE, cells[lead, change, record, id], strict=True))
        rows.setdefault(lead, []).append({**row, "last_id": id} if row["field"] == INSERT else row)
    tagged = rule_effects.tag_effects(store, chain.from_iterable(rows.values()))
    for lead, lead_rows in rows.items():
        yield from ((lead, row) for row in rule_effects.open_effects(lead_rows, tagged))


def _blocks_of(store: Store, record: str, ids: Sequence[int]) -> list[tuple[int, Record]]:
    """(change, row) of the blocks of inserts these records may have come in; none crosses a multiple of BLOCK."""
    sql = f"""SELECT c.id, {", ".join(f"c.{name}" for name in CHANGE)} FROM json_each(:ids) b
              JOIN changes c ON c.record = :record AND c.record_id BETWEEN b.value AND b.value + {BLOCK - 1}
              WHERE c.field = '{INSERT}' AND c.last_id > c.record_id"""
    starts = sorted({id // BLOCK * BLOCK for id in ids})
    rows = store.select(sql, {**_bind_ids(starts), "record": record})
    return [(row[0], dict(zip(CHANGE, row[1:], strict=True))) for row in rows]


def _bind_ids(ids: Sequence[int]) -> dict[str, Any]:
    return {"ids": json.dumps(list(ids))}


def related_records(store: Store, record: str, id: int) -> list[tuple[str, int]]:
    """The record itself, those that were merged into it, then the records it was made from or became."""
    records: dict[tuple[str, int], None] = {(record, id): None}
    records |= {(record, old): None for old in records_merged_into(store, record, id)}
    if record == "lead":
        for link in ("account", "contact", "opportunity"):
            records |= {
                (link, row[0]): None
                for row in store.select(f"SELECT {link} FROM leads WHERE id = ? AND {link} IS NOT NULL", (id,))
            }
    else:
        records |= {
            ("lead", row[0]): None
            for row in store.select(f"SELECT id FROM leads WHERE {record} = ? ORDER BY id", (id,))
        }
    if record == "account":
        for child, table in (("contact", "contacts"), ("opportunity", "opportunities")):
            records |= {
                (child, row[0]): None
                for row in store.select(f"SELECT id FROM {table} WHERE account = ? ORDER BY id", (id,))
            }
    return list(records)


def records_merged_into(store: Store, record: str, id: int) -> list[int]:
    """Ids of the records that live on in this one, also those that were merged into them before."""
    ids: dict[int, None] = {}
    pending = [id]
    while pending:
        sql = "SELECT old_id FROM merged WHERE kind = ? AND new_id = ? ORDER BY id"
        rows = store.select(sql, (record, pending.pop()))
        new = [row[0] for row in rows if row[0] not in ids]
        ids |= dict.fromkeys(new)
        pending += new
    return list(ids)


def children_of(store: Store, child: str, record: str, id: int) -> list[int]:
    """Ids of activities, attachments or documents of a record and its family."""
    return [each for owner in related_records(store, record, id) for each in store.children(child, *owner)]


def timeline_of(store: Store, record: str, id: int, *, tasks: bool) -> list[Record]:
    """Open tasks by due date, or everything that happened, newest first."""
    rows = store.fetch("activity", children_of(store, "activity", record, id))
    if tasks:
        return sorted((row for row in rows if row["due_at"] and not row["done_at"]), key=_due)
    return sorted((row for row in rows if not row["due_at"] or row["done_at"]), key=_when, reverse=True)


def _due(row: Record) -> Any:
    return words.start_of(row["due_at"]), row["due_at"], row["id"]


def _when(row: Record) -> Any:
    return row["done_at"] or row["at"] or "", row["id"]


OPERATION = ("id", "at", "actor", "command", "note", "leads", "undoes", "undone_by")
CHANGE = ("operation", "record", "record_id", "field", "old", "new", "last_id", "reason")
_LISTED = 1000


class OperationFilter(NamedTuple):
    """Which operations: one by its number; by whom; between two UTC moments, the first one in; at most so many."""

    number: int | None = None
    actor: str = ""
    start: str | None = None
    end: str | None = None
    limit: int = 0


def read_operations(store: Store, which: OperationFilter) -> list[Record]:
    """Operations, newest first."""
    conditions: dict[str, tuple[str, Any]] = {
        "number": ("id = :number", which.number),
        "actor": ("actor = :actor", which.actor or None),
        "start": ("at >= :start", which.start),
        "end": ("at < :end", which.end),
    }
    used = {name: pair for name, pair in conditions.items() if pair[1] is not None}
    where = " AND ".join(sql for sql, _ in used.values()) or "1"
    most = f" LIMIT {which.limit}" if which.limit else ""
    sql = f"SELECT {', '.join(OPERATION)} FROM operations WHERE {where} ORDER BY id DESC{most}"
    rows = store.select(sql, {name: value for name, (_, value) in used.items()})
    return [{**dict(zip(OPERATION, row, strict=True)), "note": row[4] or ""} for row in rows]


def read_changes(store: Store, operation: int, *, complete: bool = False) -> list[Record]:
    """The changes of one operation in order, the first thousand of them.

    With `complete` all of them, and what rules did to new leads for each lead.
    """
    limit = -1 if complete else _LISTED
    sql = f"SELECT {', '.join(CHANGE)} FROM changes WHERE operation = ? ORDER BY id LIMIT {limit}"
    rows = (dict(zip(CHANGE, row, strict=True)) for row in store.select(sql, (operation,)))
    return [*rule_effects.effects_of_blocks(rows, each=complete)]


def changes_of_record(store: Store, record: str, id: int) -> Iterator[tuple[Record, list[Record]]]:
    """(operation, changes) of a record, of what belongs to it and of its family, newest first."""
    changes: dict[int, list[Record]] = {}
    for owner in related_records(store, record, id):
        for row in _changes_of(store, *owner):
            changes.setdefault(row["operation"], []).append(row)
        for child in BELONGINGS:
            for each in store.children(child, *owner):
                for row in _changes_of(store, child, each):
                    changes.setdefault(row["operation"], []).append(row)
    for number in sorted(changes, reverse=True):
        yield read_operations(store, OperationFilter(number))[0], changes[number]


def _changes_of(store: Store, record: str, id: int) -> Sequence[Record]:
    """Its changes, and the row of the range it was inserted with, which never crosses a multiple of BLOCK."""
    columns = ", ".join(CHANGE)
    sql = f"""SELECT {columns}, id FROM changes WHERE record = ?1 AND record_id = ?2
              UNION SELECT {columns}, id FROM changes WHERE record = ?1 AND field = '{INSERT}'
                    AND record_id BETWEEN ?3 AND ?2 AND last_id >= ?2
              ORDER BY 9"""
    rows = [dict(zip(CHANGE, row[:-1], strict=True)) for row in store.select(sql, (record, id, id // BLOCK * BLOCK))]
    record_changes = [{**row, "record_id": id, "last_id": id} if row["field"] == INSERT else row for row in rows]
    return rule_effects.open_effects(record_changes, rule_effects.tag_effects(store, record_changes))


# How the records of one reason follow each other: a field, and SQL over its value `{}`.
_ORDERS = {
    "unanswered": ("unanswered_at", "{}"),
    "due": ("due", "start_of({})"),
    "touch": ("touch_due", "{}"),
    "close": ("expected_close", "{}"),
    "newest": ("id", "-{}"),
    "longest": ("updated_at", "{}"),
    "highest": ("score", "-{}"),
}
# Which way a table is walked: by which index, and in which order. A walk in order may stop early.
_WALKS = {
    "unanswered": ("INDEXED BY leads_unanswered_at", "r.unanswered_at"),
    "due": ("INDEXED BY leads_due_at", "r.due_at"),
    "touch": ("INDEXED BY leads_touch_at", "r.touch_at"),
    "close": ("INDEXED BY leads_expected_close", "r.expected_close"),
    "oldest": ("INDEXED BY leads_created_at", "r.created_at"),
    "newest": ("NOT INDEXED", "r.id DESC"),
    "": ("", ""),
}
_WINDOW = 1000  # a walk in order stops after so many: the order within a reason is another one than the walk's
# The customers that may need something: with work of their own, with a lead that wrote, or to be kept in touch with.
_CUSTOMERS = """r.id IN (SELECT record_id FROM activities WHERE customer = '{record}'
                UNION SELECT {record} FROM leads WHERE unanswered_at IS NOT NULL AND {record} IS NOT NULL
                UNION SELECT id FROM {table} WHERE touch_every IS NOT NULL)"""


class ReasonQuery(NamedTuple):
    """One reason: the records it holds for, and how they follow each other (a key of _ORDERS)."""

    query: Query
    order: str


class ReasonMatch(NamedTuple):
    """A record, the place of its first reason, and what it is ordered by within that."""

    id: int
    place: int
    key: Any


def newest_id(store: Store) -> int:
    """The highest id of a lead, 0 when there is none."""
    return int(store.select("SELECT max(id) FROM leads")[0][0] or 0)


def find_first_reasons(
    store: Store, among: Query, reasons: Sequence[ReasonQuery], *, walk: str = "", limit: int = 0
) -> list[ReasonMatch]:
    """The records `among` for which a reason holds, in the order of the reasons; `walk` of leads is a key of _WALKS.

    A walk in order looks at the first matches only: each of them must have a reason.
    """
    type_ = store.type(among.record.name)
    parameters: dict[str, Any] = {}
    cases, keys, columns = [], [], {}
    for place, reason in enumerate(reasons):
        sql, named = split_activity_query(compile_where(reason.query, store.context), f"r{place}_")
        parameters |= named
        cases.append(f"WHEN {sql} THEN {place}")
        name, key = _ORDERS[reason.order]
        columns[name] = type_.fields[name].sql or f"r.{name}"
        keys.append(f"WHEN {place} THEN {key.format(f'k_{name}')}")
    condition = compile_where(among, store.context)
    index, order = _WALKS[walk]
    customers = "" if type_.name == "lead" else f"{_CUSTOMERS.format(record=type_.name, table=type_.table)} AND "
    selected = ", ".join(f"{sql} AS k_{name}" for name, sql in columns.items())
    matches = f"""SELECT r.id, CASE {" ".join(cases)} END AS reason, {selected}
                  FROM {type_.table} r {index} WHERE {customers}{condition.sql}"""
    if order and limit:
        matches += f" ORDER BY {order} LIMIT {max(limit, _WINDOW)}"
    # Materialized: otherwise SQLite would compute `reason` again at each use.
    sql = f"""WITH r AS MATERIALIZED ({matches}) SELECT id, reason, CASE reason {" ".join(keys)} END AS key
              FROM r WHERE reason IS NOT NULL ORDER BY reason, key, id DESC"""
    if limit:
        sql += f" LIMIT {limit}"
    rows = store.select(sql, store.bound({**condition.params, **parameters}))
    return [ReasonMatch(*row) for row in rows]
