"""The search indexes as a whole, compared with the data and built again; rows that belong to nobody, dropped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from leadcli import matching
from leadcli.store import engine, health, schema
from leadcli.store.blocks import notes_of
from leadcli.store.derived import SEARCHED, words

if TYPE_CHECKING:
    from leadcli.store.store import Store

_PAGE = 2000


def unindexed(store: Store) -> list[str]:
    """How the search index differs from the data: both are read in the order of their words, side by side."""
    wanted = engine.memory()
    try:
        for statement in (schema.SEARCH, schema.NAME_SEARCH):
            wanted.execute(statement)
        for rows in indexed(store):
            wanted.executemany(
                "INSERT INTO search(rowid, words) VALUES (?, ?)", [(id, text) for id, text, _ in rows if text]
            )
            wanted.executemany(
                "INSERT INTO name_search(rowid, name) VALUES (?, ?)", [(id, name) for id, _, name in rows if name]
            )
        return [said for table in ("search", "name_search") if (said := _difference(store, wanted, table))]
    finally:
        wanted.close()


def _difference(store: Store, wanted: engine.Connection, table: str) -> str:
    for have, want in zip_longest(engine.terms(store.connection, table), engine.terms(wanted, table)):
        if have != want:
            word = min(pair[0] for pair in (have, want) if pair)
            return f"the index {table} does not match the data (first at '{word}'); searches may miss leads"
    return ""


def indexed(store: Store) -> Iterator[list[tuple[int, str, str]]]:
    """What the search indexes should hold, a page at a time: (id, words, name)."""
    last = store.select("SELECT coalesce(max(id), 0) FROM leads")[0][0]
    for start in range(1, last + 1, _PAGE):
        ids = range(start, start + _PAGE)
        notes = notes_of(store, ids)
        yield [
            (row["id"], words(row, notes.get(row["id"], ())), matching.name_key(row["name"] or ""))
            for row in store.fetch("lead", ids, fields=SEARCHED)
        ]


def reindex(store: Store) -> None:
    """Build both search indexes again from the data."""
    write = store.connection
    with engine.transaction(write, lock_timeout=store.desk.lock_timeout):
        for table in ("search", "name_search"):
            write.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")
        for rows in indexed(store):
            write.executemany("INSERT INTO search(rowid, words) VALUES (?, ?)", [row[:2] for row in rows if row[1]])
            names = [(id, name) for id, _, name in rows if name]
            write.executemany("INSERT INTO name_search(rowid, name) VALUES (?, ?)", names)


def drop_ownerless(store: Store) -> None:
    """Delete rows of side tables whose record is gone. Nothing refers to them, so there is nothing to undo."""
    with engine.transaction(store.connection, lock_timeout=store.desk.lock_timeout):
        for table in health.OWNED:
            key = "record, record_id, position" if table in health.KEYLESS else "id"
            gone = f"SELECT {key} FROM {table} c WHERE {health.gone(store)}"
            store.connection.execute(f"DELETE FROM {table} WHERE ({key}) IN ({gone})")
