"""The text a lead is found by, and the full-text index kept in step with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from leadcli.store.engine import insert_rows
from leadcli.store.match_key_columns import phone_key
from leadcli.store.schema import SEARCH
from leadcli.text import match_keys

if TYPE_CHECKING:
    from leadcli.store.engine import Connection
    from leadcli.store.store import Store

PAGE = 500  # leads read at a time
_FTS_VERSION = 4  # of the tables an FTS5 index consists of
INDEXES = {
    table: column for table, (column, _) in SEARCH.items()
}  # in the order in which `search_texts` gives their words
SEARCHED = ("name", "first_name", "middle_name", "last_name", "company", "emails", "phones", "tags", "description")


def search_words(record: Mapping[str, Any], notes: Iterable[str] = ()) -> str:
    """The text a lead is found by, folded: what people call it, its addresses and numbers, tags, description, notes."""
    parts = [record.get(name) for name in ("name", "first_name", "middle_name", "last_name", "company", "description")]
    parts += [item["value"] for item in record.get("emails") or ()]
    for item in record.get("phones") or ():
        typed = "".join(filter(str.isdigit, item["value"]))
        key = phone_key(item)
        parts += [typed, key] if typed != key else [key]
    parts += record.get("tags") or ()
    return match_keys.fold_text(" ".join(part for part in (*parts, *notes) if part))


def search_texts(store: Store, leads: Iterable[Mapping[str, Any]]) -> dict[int, tuple[str, str]]:
    """What the search indexes hold of these leads, in the order of INDEXES; of SEARCHED fields empty ones may lack."""
    leads = list(leads)
    notes: dict[int, list[str]] = {}
    sql = """SELECT record_id, text FROM activities WHERE record = 'lead' AND text IS NOT NULL
             AND record_id IN (SELECT value FROM json_each(?)) ORDER BY id"""
    for lead, text in store.select(sql, (json.dumps([row["id"] for row in leads]),)):
        notes.setdefault(lead, []).append(text)
    return {
        row["id"]: (search_words(row, notes.get(row["id"], ())), match_keys.name_key(row.get("name") or ""))
        for row in leads
    }


def indexed_texts(store: Store, ids: range | None = None) -> Iterator[dict[int, tuple[str, str]]]:
    """`search_texts` of the leads among `ids`, or of all, a page at a time."""
    if ids is None:
        low, high = store.select("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM leads")[0]
        ids = range(low, high + 1)
    for start in range(0, len(ids), PAGE):
        yield search_texts(store, store.fetch("lead", ids[start : start + PAGE], fields=SEARCHED))


def rebuild_all(store: Store) -> None:
    """Rebuild both full-text indexes from the data."""
    write = store.connection
    for table in INDEXES:
        write.execute(f"INSERT OR REPLACE INTO {table}_config VALUES ('version', {_FTS_VERSION})")  # may be damaged
        write.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")
    for rows in indexed_texts(store):
        index_lead(write, rows)


def index_lead(write: Connection, rows: Mapping[int, tuple[str, str]]) -> None:
    """Add leads to the full-text indexes; `rows` are as `search_texts` returns them.

    FTS5 writes what it holds in memory to the file whenever a row comes with a lower number than the one before.
    """
    for place, (table, column) in enumerate(INDEXES.items()):
        filled = [(id, texts[place]) for id, texts in sorted(rows.items()) if texts[place]]
        insert_rows(write, f"{table}(rowid, {column})", filled)


def add_words(write: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Further words, folded, of leads that are in the index already."""
    insert_rows(write, "search(rowid, words)", sorted((id, words) for id, words in rows if words))


def remove_from_index(write: Connection, rows: Mapping[int, tuple[str, str]]) -> None:
    """Delete leads from the full-text indexes, which are contentless: FTS5 needs the text that was indexed."""
    for place, (table, column) in enumerate(INDEXES.items()):
        held = [("delete", id, texts[place]) for id, texts in sorted(rows.items()) if texts[place]]
        insert_rows(write, f"{table}({table}, rowid, {column})", held)


def read_terms(connection: Connection, table: str) -> Iterator[tuple[str, int]]:
    """The words of a full-text index in order, each with the number of rows that have it."""
    name = f"terms_of_{table}"
    readonly = connection.execute("PRAGMA query_only").fetchone()[0]
    connection.execute("PRAGMA query_only = OFF")  # the virtual table is temporary: the file stays as it is
    connection.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{name} USING fts5vocab(main, {table}, row)")
    connection.execute(f"PRAGMA query_only = {readonly}")
    yield from connection.execute(f"SELECT term, doc FROM temp.{name}")
