"""Reads for finding duplicates: match keys for a scan, equal values, pairs marked as distinct, merged records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from leadcli.model.fields import BELONGINGS
from leadcli.model.kinds import Reference
from leadcli.store.journal.batch import DELETE, INSERT
from leadcli.store.match_key_columns import KEYED_BY
from leadcli.store.reads import records as record_reads
from leadcli.store.schema import quote_name

if TYPE_CHECKING:
    from leadcli.store.store import Store

Batch = tuple[str, ...]
_SPAN = 20_000  # ids read at a time
_KEYS = {
    "lead": ("r.person_key", "r.company_key", "r.address_key", "r.birthday"),
    "account": ("NULL", "r.company_key", "r.address_key", "NULL"),
    "contact": (
        "r.person_key", "(SELECT a.company_key FROM accounts a WHERE a.id = r.account)", "r.address_key", "r.birthday",
    ),
}  # fmt: skip
_AMONG = "IN (SELECT value FROM json_each(?))"
_SHARED = 5_000  # a value more records hold says nothing of who they are


def match_keys(store: Store, record: str, ids: Sequence[int] | None = None) -> Iterator[Batch]:
    """Ids between spaces, then person_key, company_key, address_key and birthday between line ends, '' for none: of all
    records or these ids, some thousand at a time, by id. Few large texts are read far sooner than many small rows.
    """
    columns = ", ".join(f"{key} AS k{at}" for at, key in enumerate(_KEYS[record]))
    sql = f"SELECT r.id, {columns} FROM {store.type(record).table} r WHERE r.id {{}} ORDER BY {{}}r.id"
    yield from _batches(store, record, sql, [f"coalesce(k{at}, '')" for at in range(4)], ids)


def emails(store: Store, record: str, ids: Sequence[int] | None = None) -> Iterator[Batch]:
    """Ids of records between spaces, their e-mail keys between line ends."""
    sql = f"""SELECT record_id AS id, key FROM emails WHERE record = '{record}' AND record_id {{}}
              ORDER BY {{}}record_id, position"""
    yield from _batches(store, record, sql, [r"replace(key, char(10), '')"], ids)


def phones(store: Store, record: str, ids: Sequence[int] | None = None) -> Iterator[Batch]:
    """Ids of records, and the last fifteen digits: of the whole number, or as typed without the zeros in front."""
    sql = f"""SELECT record_id AS id, substr(ltrim(key, '0'), -15) AS key FROM phones
              WHERE record = '{record}' AND record_id {{}}
              AND length(ltrim(key, '0')) > 4 AND key NOT GLOB '*[^0-9]*'
              ORDER BY {{}}record_id, position"""
    yield from _batches(store, record, sql, ["key"], ids)


def _batches(store: Store, record: str, sql: str, columns: Sequence[str], ids: Sequence[int] | None) -> Iterator[Batch]:
    joined = ", ".join(f"group_concat({column}, char(10))" for column in columns)
    if ids is None:
        table = store.type(record).table
        bounds = f"SELECT coalesce((SELECT min(id) FROM {table}), 0), coalesce((SELECT max(id) FROM {table}), -1)"
        least, most = store.select(bounds)[0]
        spans: Iterator[tuple[object, ...]] = ((at, at + _SPAN - 1) for at in range(least, most + 1, _SPAN))
    else:
        spans = ((json.dumps(ids[at : at + _SPAN]),) for at in range(0, len(ids), _SPAN))
    # the plus keeps a few ids from being looked for among all records, in the order asked for
    among = ("BETWEEN ? AND ?", "") if ids is None else (_AMONG, "+")
    for span in spans:
        row = store.select(f"SELECT group_concat(id, ' '), {joined} FROM ({sql.format(*among)})", span)[0]
        if row[0] is not None:
            yield row


def count_records(store: Store, record: str) -> int:
    """How many records there are."""
    return int(store.select(f"SELECT count(*) FROM {store.type(record).table}")[0][0])


# Groups of equal values

_EQUAL = {
    "email": "SELECT key, record_id FROM emails WHERE record = '{record}' AND key <> ''",
    "phone": "SELECT key, record_id FROM phones WHERE record = '{record}' AND key <> ''",
    "name": "SELECT {name}, id FROM {table} WHERE {name} IS NOT NULL",
    "company": "SELECT company_key, id FROM {table} WHERE company_key IS NOT NULL",
    "external_id": "SELECT external_id, id FROM {table} WHERE external_id IS NOT NULL",
}
VALUES = ("email", "phone", "name", "company")


def equal_values(store: Store, record: str, by: str) -> list[tuple[str, list[int]]]:
    """(value, ids) of the records that are equal on `by` (normalised), two or more each."""
    named = {"record": record, "table": store.type(record).table}
    named["name"] = "company_key" if record == "account" else "coalesce(person_key, name_key)"
    source = _EQUAL[by].format(**named)
    sql = f"""WITH found(value, id) AS ({source}) SELECT value, json_group_array(DISTINCT id) FROM found
              GROUP BY value HAVING count(DISTINCT id) > 1"""
    return [(str(value), sorted(json.loads(ids))) for value, ids in store.select(sql)]


def find_twins(store: Store, ids: Sequence[int] | None = None) -> list[tuple[int, int]]:
    """Pairs of leads with one external id; with `ids` those of the external ids that these have."""
    among = "external_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1" if ids is None else f"id {_AMONG}"
    sql = f"""SELECT json_group_array(id) FROM leads INDEXED BY leads_external_id WHERE external_id IN
              (SELECT external_id FROM leads WHERE {among}) GROUP BY external_id HAVING count(*) > 1"""
    groups = (sorted(json.loads(row[0])) for row in store.select(sql, () if ids is None else (json.dumps(ids),)))
    return [(one, other) for shared in groups if len(shared) < _SHARED for one, other in pairwise(shared)]


# What changed since


def last_operation(store: Store) -> int:
    """The number of the last operation, 0 before the first."""
    return int(store.select("SELECT coalesce(max(id), 0) FROM operations")[0][0])


def last_operation_mark(store: Store, operation: int) -> str:
    """A text that no other desk, and no other past of this one, has for an operation of this number; '' for none."""
    sql = "SELECT id, at, actor, command FROM operations WHERE id IN (?, (SELECT min(id) FROM operations)) ORDER BY id"
    rows = [list(row) for row in store.select(sql, (operation,))]
    return json.dumps(rows) if rows and rows[-1][0] == operation else ""


def changed_since(store: Store, record: str, since: int, *, most: int) -> list[int] | None:
    """Ids of records added, taken away, or changed in what they are compared by, after an operation; None if there are
    more than `most`."""
    fields = (*KEYED_BY[record], "emails", "phones", "birthday", "external_id", INSERT, DELETE)
    sql = f"""SELECT DISTINCT record_id, coalesce(last_id, record_id) FROM changes INDEXED BY changes_operation
              WHERE operation > ? AND record = ? AND field IN ({", ".join(map(repr, fields))}) LIMIT {most + 1}"""
    rows = store.select(sql, (since, record))
    if len(rows) > most or sum(last - first + 1 for first, last in rows) > 2 * most:
        return None
    return sorted({id for first, last in rows for id in range(first, last + 1)})


# Marked as distinct, and merged


def known_distinct_pairs(store: Store, record: str) -> list[tuple[int, int]]:
    """Pairs of ids that somebody marked as no duplicates; for merged records, the ids they live on in."""
    rows = store.select("SELECT first_uid, other_uid FROM not_duplicates WHERE kind = ?", (record,))
    id_of = {uid: _surviving_id(store, record, uid) for row in rows for uid in row}
    pairs = {(min(one, other), max(one, other)) for one, other in ((id_of[a], id_of[b]) for a, b in rows)}
    return sorted((one, other) for one, other in pairs if one and one != other)


def _surviving_id(store: Store, record: str, uid: str) -> int:
    """The record with this identity, or the one it lives on in; 0 when it is gone."""
    if record != "lead":
        return store.merged_into(record, int(uid[1:]))
    rows = store.select(f"SELECT id FROM leads l WHERE {record_reads.ids_with_uid('l', ':uid')}", {"uid": uid})
    rows = rows or store.select("SELECT old_id FROM merged WHERE kind = 'lead' AND old_uid = ?", (uid,))
    return store.merged_into("lead", rows[0][0]) if rows else 0


def list_belongings(store: Store, record: str, ids: Sequence[int]) -> dict[int, list[tuple[str, int, str]]]:
    """Id -> (record, id, field) of the children of these records and of the records whose field links to them."""
    belongings: dict[int, list[tuple[str, int, str]]] = {}
    named = json.dumps(list(ids))
    for child in BELONGINGS:
        sql = f"SELECT record_id, id FROM {store.type(child).table} WHERE record_id {_AMONG} AND record = ? ORDER BY id"
        for owner, id in store.select(sql, (named, record)):
            belongings.setdefault(owner, []).append((child, id, "record_id"))
    for type_ in store.records.values():
        for field in type_.stored():
            if isinstance(field.kind, Reference) and field.kind.record == record:
                column = quote_name(field.sql_column)
                sql = f"SELECT {column}, id FROM {type_.table} WHERE {column} {_AMONG} ORDER BY id"
                for owner, id in store.select(sql, (named,)):
                    belongings.setdefault(owner, []).append((type_.name, id, field.name))
    return belongings


# A new lead


def namesakes_of(store: Store, person_keys: Sequence[str], *, limit: int) -> list[Mapping[str, Any]]:
    """Leads of one of these person keys, the newest first: id, name, status, company_key, address_key, domains."""
    names = ("id", "name", "status", "company_key", "address_key")
    # Key by key, for the index has the newest of one key at hand: half the desk may be called John Smith.
    sql = f"SELECT {', '.join(names)} FROM leads WHERE person_key = ? ORDER BY id DESC LIMIT {limit}"
    rows = [row for key in dict.fromkeys(person_keys) for row in store.select(sql, (key,))]
    leads = [dict(zip(names, row, strict=True)) for row in sorted(rows, reverse=True)[:limit]]
    by_id: dict[int, set[str]] = {row["id"]: set() for row in leads}
    mails = f"SELECT record_id, key FROM emails WHERE record = 'lead' AND record_id {_AMONG}"
    for id, key in store.select(mails, (json.dumps(list(by_id)),)) if leads else ():
        by_id[id].add(key.rpartition("@")[2])
    return [{**row, "domains": by_id[row["id"]]} for row in leads]
