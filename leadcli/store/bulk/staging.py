"""The stage of an import: its rows in scratch tables, read and checked before the desk is locked.

Everything here is private to the connection and gone with it. Rows are numbered 1, 2, 3 ... over all files of the
import; a rejected row leaves a gap. What is missing is '' here, not NULL, which takes Python ten times as long to bind.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.store import engine, failures
from leadcli.store.bulk.repeated_keys import RepeatedKeys
from leadcli.store.bulk.search_index import Words
from leadcli.store.bulk.staging_schema import (
    SIDES,
    find_ranges,
    join_ranges,
    new_id_rows,
    staging_tables,
    subtract_rows,
)
from leadcli.store.schema import quote_name

if TYPE_CHECKING:
    from leadcli.store.store import Store

_SPARING = -4096  # KiB of cache for the desk meanwhile: sorting needs the memory
_SETTINGS = ("locking_mode = EXCLUSIVE", "journal_mode = MEMORY", "synchronous = OFF", "cache_size = -4096")


class StagedRow(NamedTuple):
    """One row of the stage as the policy needs it; `emails` and `phones` are match keys."""

    n: int
    file: int
    number: int
    uid: str | None
    external_id: str | None
    name_key: str | None
    company_key: str | None
    reachable: int
    inside: int  # bits: another row of the stage has one of its keys (1), one that two people may share (2)
    first_name: str | None
    last_name: str | None
    emails: list[str]
    phones: list[str]


class Stage:
    """The staging tables; `columns` are those of the table `stage`, "n" first."""

    def __init__(self, connection: engine.Connection, words: Words) -> None:
        self.connection, self.words = connection, words
        self.uid_default_bit = 0
        self.columns: tuple[str, ...] = ()
        self.is_former = False  # some row has a key that older versions remembered it by
        self.filled_fields: Sequence[str] = ()  # the fields the files bring, each in some column
        self.repeats = RepeatedKeys(self)

    def open(self, columns: Sequence[str], *, uid_default_bit: int) -> None:
        """Create the staging tables, with every column that any of the files brings.

        `uid_default_bit` is the bit of the column `defaulted` that says the row brought no uid.
        """
        self.columns, self.uid_default_bit = tuple(columns), uid_default_bit
        for table in staging_tables(self.columns):
            self.run(table)

    def add(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Append rows of one file, given as tuples in the order of `columns`, which begin with "n" and "file"; what
        other columns hold is missing in them.
        """
        self.insert(f"stage ({', '.join(map(quote_name, columns))})", rows)
        self.run_many(
            "INSERT INTO row_ranges VALUES (?, ?, ?)",
            [(*run, rows[0][1]) for run in find_ranges(row[0] for row in rows)],
        )
        self.repeats.add_rows(columns, rows)
        self.is_former = self.is_former or "former" in columns

    def add_side(self, side: str, rows: Sequence[Sequence[Any]]) -> None:
        """Append e-mails, phones, tags, addresses or products: (n, position, ...)."""
        self.insert(f"stage_{side}", rows)
        self.repeats.add_side_rows(side, rows)

    def add_rejects(self, file: int, rejects: Iterable[tuple[int, str, str, str]]) -> None:
        self.insert("rejects", [(file, *each) for each in rejects])

    def add_originals(self, rows: Sequence[tuple[int, str]]) -> None:
        self.insert("raw_rows", rows)

    def begin(self) -> None:
        """Many small inserts in one go; only scratch tables may be touched until `end`."""
        self.run("BEGIN")

    def end(self) -> None:
        self.run("COMMIT")

    # Amounts that their column decides about

    def decide(self, file: int, column: str, form: int) -> None:
        """The amounts of a column are written with a decimal comma (2): take the other reading of undecided cells."""
        if form == 2:
            self.run(f"UPDATE stage SET {quote_name(column)} = {quote_name(column + '_other')} WHERE file = ? AND "
                      f"{quote_name(column + '_form')} = 3", (file,))  # fmt: skip

    def misfits(self, file: int, column: str, form: int) -> list[tuple[int, int, str, int]]:
        """(n, number, text, form) of the cells that do not fit the reading `form` (0: none was found)."""
        at = f"{quote_name(column + '_form')}"
        sql = f"""SELECT n, number, {quote_name(column + "_said")}, {at} FROM stage WHERE file = ? AND {at} <> 0
                  AND ({at} = 3 AND (? = 0 OR {quote_name(column)} = '') OR {at} IN (1, 2) AND {at} <> ? AND ? <> 0)"""
        return self.select(sql, (file, form, form, form))

    def reject(self, n: int, field: str, error: str) -> None:
        """Take a row off the stage again."""
        self.run("""INSERT INTO rejects SELECT file, number, ?, ?, (SELECT cells FROM raw_rows o WHERE o.n = s.n)
                     FROM stage s WHERE n = ?""", (field, error, n))  # fmt: skip
        self.run("INSERT OR REPLACE INTO outcomes VALUES (?, 'rejected', NULL, NULL)", (n,))
        self.run("DELETE FROM stage WHERE n = ?", (n,))
        for side in SIDES:
            self.run(f"DELETE FROM stage_{side} WHERE n = ?", (n,))

    def give_ids(self, first: int) -> int:
        """The rows without an outcome become leads: their ids follow each other from `first` on. How many they are."""
        staged = self.connection.execute("SELECT first, last FROM row_ranges ORDER BY first")
        settled = (row[0] for row in self.connection.execute("SELECT n FROM outcomes ORDER BY n"))
        self.run_many(
            "INSERT INTO new_ids VALUES (?, ?, ?)", new_id_rows(join_ranges(subtract_rows(staged, settled)), first)
        )
        return int(self.select("SELECT coalesce(sum(last - first + 1), 0) FROM new_ids")[0][0])

    # What stands in the files

    def rejects(self) -> Iterator[tuple[int, int, str, str, str | None]]:
        """(file, row number, field, error, cells as JSON) in the order of the files."""
        yield from self.connection.execute("SELECT * FROM rejects ORDER BY file, number, rowid")

    def count_rejects(self) -> dict[int, int]:
        return dict(self.select("SELECT file, count(*) FROM rejects GROUP BY file"))

    def respell(self, column: str, label: str, written: str, *, side: str = "") -> None:
        """One spelling for one value, in the stage or one of its SIDES."""
        self.run(f"UPDATE {_of(side)} SET {quote_name(column)} = ? WHERE {quote_name(column)} = ?", (label, written))

    def labels_in_use(self, column: str, values: Iterable[str], *, side: str = "") -> set[str]:
        """Which of these values a column has in the rows that are taken."""
        sql = f"""SELECT {quote_name(column)} FROM {_of(side)} s WHERE NOT EXISTS (
                  SELECT 1 FROM outcomes f WHERE f.n = s.n AND f.outcome <> 'merge')"""
        labels, present = set(values), set[str]()
        with closing(self.connection.execute(sql)) as rows:
            while present < labels and (row := rows.fetchone()):  # most files have all of them in their first rows
                present |= {row[0]} & labels
        return present

    def whole(self, n: int) -> dict[str, Any]:
        """Everything staged of one row: filled columns by name, lists of side rows without n and position."""
        row = self.select("SELECT * FROM stage WHERE n = ?", (n,))[0]
        values: dict[str, Any] = {name: value for name, value in zip(self.columns, row, strict=True) if value != ""}
        for side, names in SIDES.items():
            listed = ", ".join(f"nullif({name}, '')" for name in names)
            values[side] = self.select(f"SELECT {listed} FROM stage_{side} WHERE n = ? ORDER BY position", (n,))
        return values

    def select(self, sql: str, parameters: Any = ()) -> list[Any]:
        return engine.select(self.connection, sql, parameters)

    def run(self, sql: str, parameters: Any = ()) -> None:
        try:
            self.connection.execute(sql, parameters)
        except engine.Error as error:
            raise failures.translate(error, failures.file_of(self.connection)) from error

    def insert(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows into a staging table, as many a statement as it takes."""
        try:
            engine.insert_rows(self.connection, into, rows)
        except engine.Error as error:
            raise failures.translate(error, failures.file_of(self.connection)) from error

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.connection.executemany(sql, rows)
        except engine.Error as error:
            raise failures.translate(error, failures.file_of(self.connection)) from error


@contextmanager
def scratch(connection: engine.Connection) -> Iterator[None]:
    """A second database, `scratch`, that belongs to this connection alone and is gone with it; never part of a commit.

    Temporary tables would do, were they not kept in memory by libraries built with SQLITE_TEMP_STORE=3 (pysqlite3's).
    The file has no name once it is open, so that a killed process leaves nobody's data behind.
    """
    handle, name = tempfile.mkstemp(prefix="leadcli-", suffix=".scratch")
    os.close(handle)
    try:
        connection.execute("ATTACH ? AS scratch", (name,))
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA scratch.{setting}")
        connection.execute("CREATE TABLE scratch.opened (at)")  # opens the file while it still has its name
        with suppress(OSError):
            os.unlink(name)
        with engine.few_pages(connection, _SPARING):
            yield
    except engine.Error as error:
        raise failures.translate(error, failures.file_of(connection)) from error
    finally:
        with suppress(engine.Error):  # an interrupted statement may still hold it; it goes with the connection
            connection.execute("DETACH scratch")
        with suppress(OSError):  # what the desk got is not undone by a file that cannot be removed
            os.unlink(name)


@contextmanager
def beside() -> Iterator[engine.Connection]:
    """A connection that has nothing but a `scratch` database of its own, for a thread of its own."""
    connection = engine.memory()
    try:
        with scratch(connection):
            yield connection
    finally:
        connection.close()


@contextmanager
def open_stage(store: Store) -> Iterator[Stage]:
    """An empty stage beside a desk."""
    with scratch(store.connection), beside() as other:
        stage = Stage(store.connection, Words(other))
        try:
            yield stage
        finally:
            stage.words.stop()


def _of(side: str) -> str:
    return f"stage_{side}" if side else "stage"
