"""What is asked when records may be the same one: match keys for a scan, equal values, who was told apart or merged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from leadcli.kinds import Reference
from leadcli.store import lookup
from leadcli.store.schema import quoted

if TYPE_CHECKING:
    from leadcli.store.store import Store

Key = tuple[int, str | None, str | None, str | None, str | None]
_PAGE = 20_000
_KEYS = {
    "lead": "r.person_key, r.company_key, r.address_key, r.birthday",
    "account": "NULL, r.company_key, r.address_key, NULL",
    "contact": """r.person_key, (SELECT a.company_key FROM accounts a WHERE a.id = r.account), r.address_key,
                  r.birthday""",
}
_AMONG = "IN (SELECT value FROM json_each(?))"
_SHARED = 5_000  # a value more records hold says nothing of who they are


def keys(store: Store, record: str) -> Iterator[Key]:
    """(id, person_key, company_key, address_key, birthday) of all records, by id."""
    yield from _stream(store, f"SELECT r.id, {_KEYS[record]} FROM {store.type(record).table} r ORDER BY r.id")


def emails(store: Store, record: str) -> Iterator[tuple[int, str]]:
    """(id, e-mail key) of all records."""
    yield from _stream(store, f"SELECT record_id, key FROM emails WHERE record = '{record}' ORDER BY record_id")


def phones(store: Store, record: str) -> Iterator[tuple[int, str]]:
    """(id, digits) of all records: of the whole number, or as typed without the zeros in front."""
    sql = f"""SELECT record_id, ltrim(key, '0') FROM phones WHERE record = '{record}' AND length(ltrim(key, '0')) > 4
              AND key NOT GLOB '*[^0-9]*' ORDER BY record_id"""
    yield from _stream(store, sql)


def _stream(store: Store, sql: str) -> Iterator[Any]:
    cursor = store.connection.execute(sql)
    while page := cursor.fetchmany(_PAGE):
        yield from page


def count(store: Store, record: str) -> int:
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


def equal(store: Store, record: str, by: str) -> list[tuple[str, list[int]]]:
    """(value, ids) of the records that are equal on `by` (normalised), two or more each."""
    named = {"record": record, "table": store.type(record).table}
    named["name"] = "company_key" if record == "account" else "coalesce(person_key, name_key)"
    source = _EQUAL[by].format(**named)
    sql = f"""WITH found(value, id) AS ({source}) SELECT value, json_group_array(DISTINCT id) FROM found
              GROUP BY value HAVING count(DISTINCT id) > 1"""
    return [(str(value), sorted(json.loads(ids))) for value, ids in store.select(sql)]


def twins(store: Store) -> list[tuple[int, int]]:
    """Pairs of leads with one external id."""
    shared = [ids for _, ids in equal(store, "lead", "external_id") if len(ids) < _SHARED]
    return [(one, other) for ids in shared for one, other in pairwise(ids)]


# Told apart, and merged


def told_apart(store: Store, record: str) -> list[tuple[int, int]]:
    """Pairs of ids known to be two: as told, or of the records they were merged into since."""
    rows = store.select("SELECT first_uid, other_uid FROM not_duplicates WHERE kind = ?", (record,))
    found = {uid: _living(store, record, uid) for row in rows for uid in row}
    pairs = {(min(one, other), max(one, other)) for one, other in ((found[a], found[b]) for a, b in rows)}
    return sorted((one, other) for one, other in pairs if one and one != other)


def _living(store: Store, record: str, uid: str) -> int:
    """The record with this identity, or the one it lives on in; 0 when it is gone."""
    if record != "lead":
        return store.merged_into(record, int(uid[1:]))
    rows = store.select(f"SELECT id FROM leads l WHERE {lookup.same_uid('l', ':uid')}", {"uid": uid})
    rows = rows or store.select("SELECT old_id FROM merged WHERE kind = 'lead' AND old_uid = ?", (uid,))
    return store.merged_into("lead", rows[0][0]) if rows else 0


def belongings(store: Store, record: str, ids: Sequence[int]) -> dict[int, list[tuple[str, int, str]]]:
    """(record, id, field) of what hangs on these records or links to them, by the field that says so."""
    found: dict[int, list[tuple[str, int, str]]] = {}
    named = json.dumps(list(ids))
    for child in ("activity", "attachment", "document"):
        sql = f"SELECT record_id, id FROM {store.type(child).table} WHERE record_id {_AMONG} AND record = ? ORDER BY id"
        for owner, id in store.select(sql, (named, record)):
            found.setdefault(owner, []).append((child, id, "record_id"))
    for type_ in store.records.values():
        for field in type_.stored():
            if isinstance(field.kind, Reference) and field.kind.record == record:
                column = quoted(field.sql_column)
                sql = f"SELECT {column}, id FROM {type_.table} WHERE {column} {_AMONG} ORDER BY id"
                for owner, id in store.select(sql, (named,)):
                    found.setdefault(owner, []).append((type_.name, id, field.name))
    return found


# A new lead


def namesakes(store: Store, person_keys: Sequence[str], *, limit: int) -> list[Mapping[str, Any]]:
    """Leads of one of these person keys, the newest first: id, name, status, company_key, address_key, domains."""
    sql = f"""SELECT id, name, status, company_key, address_key FROM leads
              WHERE person_key {_AMONG} AND person_key IS NOT NULL ORDER BY id DESC LIMIT {limit}"""
    names = ("id", "name", "status", "company_key", "address_key")
    found = [dict(zip(names, row, strict=True)) for row in store.select(sql, (json.dumps(list(person_keys)),))]
    by_id: dict[int, set[str]] = {row["id"]: set() for row in found}
    mails = f"SELECT record_id, key FROM emails WHERE record = 'lead' AND record_id {_AMONG}"
    for id, key in store.select(mails, (json.dumps(list(by_id)),)) if found else ():
        by_id[id].add(key.rpartition("@")[2])
    return [{**row, "domains": by_id[row["id"]]} for row in found]
