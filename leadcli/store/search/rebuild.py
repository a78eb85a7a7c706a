"""The full-text indexes compared with the data and rebuilt; rows without an owner are dropped."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from leadcli.store import engine, schema
from leadcli.store.checks import health
from leadcli.store.search import index_text

if TYPE_CHECKING:
    from leadcli.store.store import Store


def missing_from_index(store: Store) -> list[str]:
    """How the search index differs from the data: both are read in the order of their words, side by side."""
    expected = engine.memory()
    try:
        for statement in map(schema.search_table_sql, schema.SEARCH):
            expected.execute(statement)
        for rows in index_text.indexed_texts(store):
            index_text.index_lead(expected, rows)
        return [difference for table in index_text.INDEXES if (difference := _index_difference(store, expected, table))]
    finally:
        expected.close()


def _index_difference(store: Store, expected: engine.Connection, table: str) -> str:
    for stored_term, expected_term in zip_longest(
        index_text.read_terms(store.connection, table), index_text.read_terms(expected, table)
    ):
        if stored_term != expected_term:
            word = min(pair[0] for pair in (stored_term, expected_term) if pair)
            return f"the index {table} does not match the data (first at '{word}'); searches may miss leads"
    return ""


def rebuild_index(store: Store) -> None:
    """Build both search indexes again from the data."""
    with engine.transaction(store.connection, lock_timeout=store.desk.lock_timeout):
        index_text.rebuild_all(store)


def drop_orphans(store: Store) -> None:
    """Delete rows of side tables whose record is gone. Nothing refers to them, so there is nothing to undo."""
    with engine.transaction(store.connection, lock_timeout=store.desk.lock_timeout):
        for table in health.OWNED:
            key = "record, record_id, position" if table in health.KEYLESS else "id"
            gone = f"SELECT {key} FROM {table} c WHERE {health.ownerless_condition(store)}"
            store.connection.execute(f"DELETE FROM {table} WHERE ({key}) IN ({gone})")
