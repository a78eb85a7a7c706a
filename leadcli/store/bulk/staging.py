"""The stage of an import: its rows in scratch tables, read and checked before the desk is locked.

Everything here is private to the connection and gone with it. Rows are numbered 1, 2, 3 ... over all files of the
import; a rejected row leaves a gap. What is missing is '' here, not NULL, which takes Python ten times as long to bind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.store import engine, failures
from leadcli.store.bulk.new_ids import BIRTHS, birth_rows, find_runs, join_runs, subtract_rows
from leadcli.store.bulk.repeated_keys import RepeatedKeys
from leadcli.store.bulk.search_index import Words
from leadcli.store.bulk.temp_database import beside, scratch
from leadcli.store.schema import quote_name

if TYPE_CHECKING:
    from leadcli.store.store import Store

SIDES: Mapping[str, tuple[str, ...]] = {
    "emails": ("value", "label", "key"),
    "phones": ("value", "e164", "label", "key"),
    "tags": ("value", "key"),
    "addresses": ("label", "street", "city", "region", "postcode", "country"),
    "products": ("product", "quantity", "price"),
}
_TABLES = (
    "CREATE TABLE scratch.rejects (file INTEGER, number INTEGER, field TEXT, error TEXT, cells TEXT)",
    "CREATE TABLE scratch.originals (n INTEGER PRIMARY KEY, cells TEXT)",
    "CREATE TABLE scratch.suspects (kind TEXT, key, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    "CREATE TABLE scratch.sharing (key, n INTEGER)",
    "CREATE TABLE scratch.special (n INTEGER PRIMARY KEY, inside INTEGER)",
    """CREATE TABLE scratch.key_owners (kind TEXT, key TEXT, target INTEGER, uid TEXT, PRIMARY KEY (kind, key))
       WITHOUT ROWID""",
    "CREATE TABLE scratch.rivals (kind TEXT, key TEXT, n INTEGER, PRIMARY KEY (kind, key, n)) WITHOUT ROWID",
    "CREATE TABLE scratch.fates (n INTEGER PRIMARY KEY, fate TEXT, lead INTEGER, key TEXT)",
    "CREATE TABLE scratch.runs (first INTEGER PRIMARY KEY, last INTEGER, file INTEGER)",
    BIRTHS,
)


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
    """The scratch tables; `columns` are those of the table `stage`, "n" first."""

    def __init__(self, connection: engine.Connection, words: Words) -> None:
        self.connection, self.words = connection, words
        self.uid_default_bit = 0
        self.columns: tuple[str, ...] = ()
        self.is_former = False  # some row has a key that older versions remembered it by
        self.filled_fields: Sequence[str] = ()  # the fields the files bring, each in some column
        self.repeats = RepeatedKeys(self)
        self._inserts: dict[str, str] = {}

    def open(self, columns: Sequence[str], *, uid_default_bit: int) -> None:
        """Create the staging tables, with every column that any of the files brings.

        `uid_default_bit` is the bit of the column `defaulted` that says the row brought no uid.
        """
        self.columns, self.uid_default_bit = tuple(columns), uid_default_bit
        named = ", ".join(f"{quote_name(name)} DEFAULT ''" for name in self.columns[1:])
        self.run(f"CREATE TABLE scratch.stage (n INTEGER PRIMARY KEY, {named})")
        for side, names in SIDES.items():
            keys = "n INTEGER, position INTEGER"
            columns = f"{keys}, {', '.join(names)}, PRIMARY KEY (n, position)"
            self.run(f"CREATE TABLE scratch.stage_{side} ({columns}) WITHOUT ROWID")
            marks = ", ".join("?" * (len(names) + 2))
            self._inserts[side] = f"INSERT INTO stage_{side} VALUES ({marks})"
        for table in _TABLES:
            self.run(table)

    def add(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Append rows of one file, given as tuples in the order of `columns`, which begin with "n" and "file"; what
        other columns hold is missing in them.
        """
        names, marks = ", ".join(map(quote_name, columns)), ", ".join("?" * len(columns))
        self.run_many(f"INSERT INTO stage ({names}) VALUES ({marks})", rows)
        self.run_many(
            "INSERT INTO runs VALUES (?, ?, ?)", [(*run, rows[0][1]) for run in find_runs(row[0] for row in rows)]
        )
        self.repeats.add_rows(columns, rows)
        self.is_former = self.is_former or "former" in columns

    def add_side(self, side: str, rows: Sequence[Sequence[Any]]) -> None:
        """Append e-mails, phones, tags, addresses or products: (n, position, ...)."""
        self.run_many(self._inserts[side], rows)
        self.repeats.add_side_rows(side, rows)

    def add_rejects(self, file: int, rejects: Iterable[tuple[int, str, str, str]]) -> None:
        self.run_many("INSERT INTO rejects VALUES (?, ?, ?, ?, ?)", [(file, *each) for each in rejects])

    def add_originals(self, rows: Iterable[tuple[int, str]]) -> None:
        self.run_many("INSERT INTO originals VALUES (?, ?)", rows)

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
        self.run("""INSERT INTO rejects SELECT file, number, ?, ?, (SELECT cells FROM originals o WHERE o.n = s.n)
                     FROM stage s WHERE n = ?""", (field, error, n))  # fmt: skip
        self.run("INSERT OR REPLACE INTO fates VALUES (?, 'rejected', NULL, NULL)", (n,))
        self.run("DELETE FROM stage WHERE n = ?", (n,))
        for side in SIDES:
            self.run(f"DELETE FROM stage_{side} WHERE n = ?", (n,))

    def give_ids(self, first: int) -> int:
        """The rows without a fate become leads: their ids follow each other from `first` on. How many they are."""
        staged = self.connection.execute("SELECT first, last FROM runs ORDER BY first")
        settled = (row[0] for row in self.connection.execute("SELECT n FROM fates ORDER BY n"))
        self.run_many(
            "INSERT INTO births VALUES (?, ?, ?)", birth_rows(join_runs(subtract_rows(staged, settled)), first)
        )
        return int(self.select("SELECT coalesce(sum(last - first + 1), 0) FROM births")[0][0])

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
                  SELECT 1 FROM fates f WHERE f.n = s.n AND f.fate <> 'merge')"""
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

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.connection.executemany(sql, rows)
        except engine.Error as error:
            raise failures.translate(error, failures.file_of(self.connection)) from error


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
