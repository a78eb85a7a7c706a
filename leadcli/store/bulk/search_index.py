"""The full-text index of the new leads of an import: texts kept beside the stage, indexed by a second thread.

Indexing the words of a million leads takes almost as long as writing the leads, and SQLite writes a file from one
thread. So where a desk has no leads yet its search indexes are made in another file meanwhile, and carried over whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from leadcli.store import schema
from leadcli.store.bulk.staging_schema import NEW_ID, SEARCH_TABLES, new_rows_sql
from leadcli.store.engine import insert_rows
from leadcli.store.search.index_text import INDEXES

if TYPE_CHECKING:
    from leadcli.store.engine import Connection
    from leadcli.store.store import Store

MANY = 20_000  # leads; fewer are indexed sooner than a thread is at work
_NEW_ROWS = new_rows_sql("row_words")
# (id, text) of every new lead for each of schema.SEARCH; `:effect_words` is what all of them are found by.
_TEXTS = {
    "search": f"SELECT {NEW_ID}, s.words || :effect_words FROM {_NEW_ROWS} WHERE s.words || :effect_words <> ''",
    "name_search": f"SELECT {NEW_ID}, s.name_key FROM {_NEW_ROWS} WHERE s.name_key <> ''",
}
_PARTS = {"data": "?, ?", "idx": "?, ?, ?"}  # the tables that an index without texts and sizes consists of
_LOOK = 0.05  # seconds
_PAGE = 500  # rows


class Words:
    """The words of a stage's rows, in a scratch database that is theirs alone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._effect_words = ""
        self._beside = False
        self._failed: BaseException | None = None
        # Not the thread's own join and is_alive: after an interrupted join() Python takes a thread for ended.
        self._idle = Event()
        self._idle.set()
        for table in SEARCH_TABLES:
            connection.execute(table)
        connection.execute("BEGIN")

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """(n, words, name key) of rows of the stage, '' where there is none."""
        insert_rows(self._connection, "row_words", rows)

    def begin(self, store: Store, count: int, effect_words: str) -> None:
        """The rows in the stage's `new_ids` become `count` leads, each of them found by `effect_words` too."""
        self._connection.executemany(
            "INSERT INTO new_ids VALUES (?, ?, ?)", store.connection.execute("SELECT * FROM new_ids")
        )
        self._effect_words = effect_words and f" {effect_words}"
        if count >= MANY and not store.select("SELECT 1 FROM leads LIMIT 1"):
            self._beside = True
            thread = Thread(target=self._index, daemon=True)
            self._idle.clear()
            thread.start()

    def write(self, store: Store) -> None:
        """Add the new leads to the search indexes of the desk."""
        self._idle.wait()
        if self._failed:
            raise self._failed
        for table in INDEXES:
            if self._beside:
                _carry(self._connection, store.connection, table)
            else:
                texts = self._texts(_TEXTS[table])
                while page := texts.fetchmany(_PAGE):
                    insert_rows(store.connection, f"{table} (rowid, {INDEXES[table]})", page)

    def stop(self) -> None:
        """Nobody wants the indexes any more. Who goes on before the thread rests takes its file from under it, so
        nothing interrupts this.
        """
        while not self._idle.is_set():
            with suppress(KeyboardInterrupt):
                self._connection.interrupt()
                self._idle.wait(_LOOK)

    def _index(self) -> None:
        try:
            for table, texts in _TEXTS.items():
                self._connection.execute(schema.search_table_sql(table, "scratch."))
                self._texts(f"INSERT INTO {table} (rowid, {INDEXES[table]}) {texts}")
            self._connection.execute("COMMIT")  # only now everything stands in the tables of the indexes
        except BaseException as error:  # no memory, for one: `write` raises it again
            self._failed = error
        finally:
            self._idle.set()

    def _texts(self, sql: str) -> Any:
        return self._connection.execute(sql, {"effect_words": self._effect_words})


def _carry(source: Connection, target: Connection, table: str) -> None:
    """Replace an index by another one of its kind: as a new table, of which nobody remembers anything."""
    target.execute(f"DROP TABLE {table}")
    target.execute(schema.search_table_sql(table))
    for part, marks in _PARTS.items():
        target.execute(f"DELETE FROM {table}_{part}")
        rows = source.execute(f"SELECT * FROM {table}_{part}")
        target.executemany(f"INSERT INTO {table}_{part} VALUES ({marks})", rows)
