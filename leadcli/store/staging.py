"""The stage of an import: its rows in scratch tables, read and checked before the desk is locked.

Everything here is private to the connection and gone with it. Rows are numbered 1, 2, 3 ... over all files of the
import; a rejected row leaves a gap. What is missing is '' here, not NULL, which takes Python ten times as long to bind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.store import engine
from leadcli.store.memory import give_back
from leadcli.store.schema import quoted

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
    "CREATE TABLE scratch.repeated (kind TEXT, key TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    "CREATE TABLE scratch.special (n INTEGER PRIMARY KEY, inside INTEGER)",
    """CREATE TABLE scratch.answers (kind TEXT, key TEXT, target INTEGER, uid TEXT, PRIMARY KEY (kind, key))
       WITHOUT ROWID""",
    "CREATE TABLE scratch.fates (n INTEGER PRIMARY KEY, fate TEXT, lead INTEGER)",
    "CREATE TABLE scratch.born (n INTEGER PRIMARY KEY, id INTEGER)",
)


class Staged(NamedTuple):
    """One row of the stage as the policy needs it; `emails` and `phones` are match keys."""

    n: int
    file: int
    number: int
    uid: str | None
    external_id: str | None
    name_key: str | None
    company_key: str | None
    reachable: int
    inside: int  # another row of the stage has one of its keys
    emails: list[str]
    phones: list[str]


class Stage:
    """The scratch tables; `columns` are those of the table `stage`, "n" first."""

    def __init__(self, store: Store, *, made_uid: int = 0) -> None:
        self.connection, self.made_uid = store.connection, made_uid  # the bit of `made` that says: no uid of its own
        self.columns: tuple[str, ...] = ()
        self.fed: Sequence[str] = ()  # the fields the files bring, each in some column
        self._inserts: dict[str, str] = {}

    def open(self, columns: Sequence[str]) -> None:
        """Make the tables, with every column any of the files brings."""
        self.columns = tuple(columns)
        named = ", ".join(f"{quoted(name)} DEFAULT ''" for name in self.columns[1:])
        self._run(f"CREATE TABLE scratch.stage (n INTEGER PRIMARY KEY, {named})")
        for side, names in SIDES.items():
            keys = "n INTEGER, position INTEGER"
            columns = f"{keys}, {', '.join(names)}, PRIMARY KEY (n, position)"
            self._run(f"CREATE TABLE scratch.stage_{side} ({columns}) WITHOUT ROWID")
            marks = ", ".join("?" * (len(names) + 2))
            self._inserts[side] = f"INSERT INTO stage_{side} VALUES ({marks})"
        for table in _TABLES:
            self._run(table)

    def add(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Append rows, given as tuples in the order of `columns`; what other columns hold is missing in them."""
        names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
        self._many(f"INSERT INTO stage ({names}) VALUES ({marks})", rows)

    def add_side(self, side: str, rows: Sequence[Sequence[Any]]) -> None:
        """Append e-mails, phones, tags, addresses or products: (n, position, ...)."""
        self._many(self._inserts[side], rows)

    def add_rejects(self, file: int, rejects: Iterable[tuple[int, str, str, str]]) -> None:
        self._many("INSERT INTO rejects VALUES (?, ?, ?, ?, ?)", [(file, *each) for each in rejects])

    def add_originals(self, rows: Iterable[tuple[int, str]]) -> None:
        self._many("INSERT INTO originals VALUES (?, ?)", rows)

    def begin(self) -> None:
        """Many small inserts in one go; only scratch tables may be touched until `end`."""
        self._run("BEGIN")

    def end(self) -> None:
        self._run("COMMIT")

    # Amounts that their column decides about

    def decide(self, file: int, column: str, form: int) -> None:
        """The amounts of a column are written with a decimal comma (2): take the other reading of undecided cells."""
        if form == 2:
            self._run(f"UPDATE stage SET {quoted(column)} = {quoted(column + '_other')} WHERE file = ? AND "
                      f"{quoted(column + '_form')} = 3", (file,))  # fmt: skip

    def misfits(self, file: int, column: str, form: int) -> list[tuple[int, int, str, int]]:
        """(n, number, text, form) of the cells that do not fit the reading `form` (0: none was found)."""
        at = f"{quoted(column + '_form')}"
        sql = f"""SELECT n, number, {quoted(column + '_said')}, {at} FROM stage WHERE file = ? AND {at} <> 0
                  AND ({at} = 3 AND (? = 0 OR {quoted(column)} = '') OR {at} IN (1, 2) AND {at} <> ? AND ? <> 0)"""
        return self._rows(sql, (file, form, form, form))

    def reject(self, n: int, field: str, error: str) -> None:
        """Take a row off the stage again."""
        self._run("""INSERT INTO rejects SELECT file, number, ?, ?, (SELECT cells FROM originals o WHERE o.n = s.n)
                     FROM stage s WHERE n = ?""", (field, error, n))  # fmt: skip
        self._run("DELETE FROM stage WHERE n = ?", (n,))
        for side in SIDES:
            self._run(f"DELETE FROM stage_{side} WHERE n = ?", (n,))

    # What stands in the files

    def rejects(self) -> Iterator[tuple[int, int, str, str, str | None]]:
        """(file, row number, field, error, cells as JSON) in the order of the files."""
        yield from self.connection.execute("SELECT * FROM rejects ORDER BY file, number, rowid")

    def count_rejects(self) -> dict[int, int]:
        return dict(self._rows("SELECT file, count(*) FROM rejects GROUP BY file"))

    def respell(self, column: str, label: str, written: str, *, side: str = "") -> None:
        """One spelling for one value, in the stage or one of its SIDES."""
        self._run(f"UPDATE {_of(side)} SET {quoted(column)} = ? WHERE {quoted(column)} = ?", (label, written))

    def values(self, column: str, *, side: str = "") -> set[str]:
        """The different values of a column in the rows that are taken."""
        sql = f"""SELECT DISTINCT {quoted(column)} FROM {_of(side)} s WHERE NOT EXISTS (
                  SELECT 1 FROM fates f WHERE f.n = s.n AND f.fate <> 'merge')"""
        return {row[0] for row in self._rows(sql)}

    def find_repeated(self, keys: Sequence[str]) -> None:
        """Mark the rows that share a key with another row of the stage (a few too many do no harm)."""
        for key in keys:
            for statement in _REPEATED[key]:
                if all(name in self.columns for name in _NEEDS.get(key, ())):
                    self._run(statement)
                    give_back(self.connection)

    def number_keys(self) -> None:
        """Rows known again by one and the same key are told apart by their order."""
        self._run("CREATE INDEX scratch.stage_known ON stage(key, hash)")
        give_back(self.connection)
        twice = self._rows("""SELECT n, key, row_number() OVER (PARTITION BY key ORDER BY n) FROM stage
                              WHERE key IN (SELECT key FROM stage GROUP BY key HAVING count(*) > 1)""")  # fmt: skip
        again = [(_another(key, number), n) for n, key, number in twice if number > 1]
        self._many("UPDATE stage SET key = ? WHERE n = ?", again)

    def whole(self, n: int) -> dict[str, Any]:
        """Everything staged of one row: filled columns by name, lists of side rows without n and position."""
        row = self._rows("SELECT * FROM stage WHERE n = ?", (n,))[0]
        found: dict[str, Any] = {name: value for name, value in zip(self.columns, row, strict=True) if value != ""}
        for side, names in SIDES.items():
            listed = ", ".join(f"nullif({name}, '')" for name in names)
            found[side] = self._rows(f"SELECT {listed} FROM stage_{side} WHERE n = ? ORDER BY position", (n,))
        return found

    def _rows(self, sql: str, parameters: Any = ()) -> list[Any]:
        return engine.select(self.connection, sql, parameters)

    def _run(self, sql: str, parameters: Any = ()) -> None:
        try:
            self.connection.execute(sql, parameters)
        except engine.Error as error:
            raise engine.translate(error) from error

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.connection.executemany(sql, rows)
        except engine.Error as error:
            raise engine.translate(error) from error


def _another(key: int, number: int) -> int:
    """The key of the second, third ... row of one key: any 64 bits that are the same next time."""
    mixed = (key ^ number * 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return mixed - (1 << 64) if mixed >> 63 else mixed


def _repeating(kind: str, table: str, key: str, where: str = "") -> tuple[str, str]:
    return (
        f"INSERT OR IGNORE INTO repeated SELECT '{kind}', {key} FROM {table} WHERE {key} <> '' {where} "
        f"GROUP BY {key} HAVING count(*) > 1",
        f"INSERT OR IGNORE INTO special SELECT t.n, 1 FROM {table} t CROSS JOIN repeated r "
        f"ON r.kind = '{kind}' AND r.key = t.{key}",
    )


_REPEATED: Mapping[str, Sequence[str]] = {
    "external_id": _repeating("external_id", "stage", "external_id"),
    "uid": _repeating("uid", "stage", "uid"),
    "email": _repeating("email", "stage_emails", "key"),
    "phone+name": (
        """INSERT OR IGNORE INTO repeated SELECT 'tel', key FROM stage_phones WHERE key <> ''
           GROUP BY key HAVING count(*) > 1""",
        # A switchboard's number alone makes nobody doubtful: few share a number and a name.
        """INSERT OR IGNORE INTO repeated SELECT 'phone', t.key || char(0) || s.name_key FROM stage_phones t
           CROSS JOIN repeated r ON r.kind = 'tel' AND r.key = t.key CROSS JOIN stage s ON s.n = t.n
           WHERE s.name_key <> '' GROUP BY 2 HAVING count(*) > 1""",
        """INSERT OR IGNORE INTO special SELECT t.n, 1 FROM stage_phones t
           CROSS JOIN repeated r ON r.kind = 'tel' AND r.key = t.key CROSS JOIN stage s ON s.n = t.n
           WHERE EXISTS (SELECT 1 FROM repeated p WHERE p.kind = 'phone' AND p.key = t.key || char(0) || s.name_key)""",
    ),
    "name+company": (
        # Counts only where somebody can neither be written to nor called: in most files nobody is such.
        """INSERT OR IGNORE INTO repeated SELECT 'company', name_key || char(0) || company_key FROM stage
           WHERE name_key <> '' AND company_key <> '' AND EXISTS (SELECT 1 FROM stage WHERE reachable = 0)
           GROUP BY name_key, company_key
           HAVING count(*) > 1 AND min(reachable) = 0""",
        """INSERT OR IGNORE INTO special SELECT s.n, 1 FROM stage s CROSS JOIN repeated r
           ON r.kind = 'company' AND r.key = s.name_key || char(0) || s.company_key
           WHERE (SELECT 1 FROM repeated WHERE kind = 'company' LIMIT 1)""",
    ),
}  # fmt: skip
_NEEDS = {"external_id": ("external_id",), "uid": ("uid",)}


def _of(side: str) -> str:
    return f"stage_{side}" if side else "stage"
