"""Keys that several rows of a stage have, and whom a key leads to.

RepeatedKeys suspects keys while the rows come in, and compares them once all are there: sorting a million keys to find
the few that are there twice takes far longer than marking each in a table as it comes. KeyOwners are the leads or
earlier rows that the keys of settled rows lead to, in memory while a page of rows is settled, then in the staging table
key_owners. Most keys are looked up once and have no owner yet: a table of marks tells without SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from mmap import mmap
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from leadcli.store.engine import give_back

if TYPE_CHECKING:
    from leadcli.store.engine import Connection

_SLOTS = 1 << 24  # of a million keys three in a hundred are suspected wrongly; its pages come with their first mark
_PENDING = 5000  # keys in memory
Key = tuple[str, str]  # kind and text
# Where the stage has keys, and of what kind they are: "row" is what an import remembers a row by.
_KINDS: Mapping[str, str] = {
    "key": "row", "external_id": "external_id", "uid": "uid", "emails": "email", "phones": "phone",
}  # fmt: skip
WEAK: Mapping[str, str] = {"phone+name": "phone", "name+company": "company"}  # two people may share these
_BITS = {kind: 1 << place for place, kind in enumerate(_KINDS.values())}


class StagingTables(Protocol):
    """The stage, as far as repeated keys know it."""

    connection: Connection
    filled_fields: Sequence[str]

    def run(self, sql: str, parameters: Any = ()) -> None: ...

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None: ...

    def select(self, sql: str, parameters: Any = ()) -> list[Any]: ...


class Owner(NamedTuple):
    """Whom a key leads to: a lead's id, or minus the number of an earlier row; `uid` is the uid that row brought."""

    target: int
    uid: str | None


class KeyOwners:
    """The first row or lead of each key; later ones do not take it over."""

    def __init__(self, stage: StagingTables) -> None:
        self.stage = stage
        self._marks: mmap | None = None
        self._pending: dict[Key, Owner] = {}
        self._doubtful: set[Key] = set()  # pending keys that the table may have already

    def mark(self, key: Key) -> None:
        """Note that there is something to find under a key."""
        self._marks = marks = self._marks or mmap(-1, _SLOTS)
        marks[hash(key) % _SLOTS] = 1

    def is_marked(self, key: Key) -> bool:
        """False is certain, True only likely."""
        return self._marks is not None and self._marks[hash(key) % _SLOTS] == 1

    def add(self, target: int, uid: str | None, keys: Sequence[Key]) -> None:
        """From now on these keys mean `target`."""
        owner, pending = Owner(target, uid), self._pending
        for key in keys:
            if key in pending:
                continue
            if self.is_marked(key):
                self._doubtful.add(key)
            else:
                self.mark(key)
            pending[key] = owner
        if len(pending) > _PENDING:
            self.flush()

    def get(self, kind: str, key: str) -> Owner | None:
        """The earlier row that has this key, or the lead it went into."""
        return self.find(kind, (key,)).get(key)

    def find(self, kind: str, keys: Sequence[str]) -> dict[str, Owner]:
        """The owners of those of the keys that have one."""
        owners: dict[str, Owner] = {}
        stored: list[str] = []  # keys that the table may have
        for key in keys:
            pair = (kind, key)
            owner = self._pending.get(pair)
            if owner:
                owners[key] = owner
            if pair in self._doubtful if owner else self.is_marked(pair):
                stored.append(key)
        if stored:
            marks = ", ".join("?" * len(stored))
            sql = f"SELECT key, target, uid FROM key_owners WHERE kind = ? AND key IN ({marks})"
            owners.update((key, Owner(target, uid)) for key, target, uid in self.stage.select(sql, (kind, *stored)))
        return owners

    def flush(self) -> None:
        """Write what is in memory to the table."""
        rows = [(*key, *owner) for key, owner in self._pending.items()]
        if rows:
            self.stage.run_many("INSERT OR IGNORE INTO key_owners VALUES (?, ?, ?, ?)", rows)
        self._pending.clear()
        self._doubtful.clear()

    def close(self) -> None:
        """No more keys are asked for: the memory goes back."""
        self.flush()
        if self._marks is not None:
            self._marks.close()
        self._marks = None


class RepeatedKeys:
    """What rows of a stage have in common with each other."""

    def __init__(self, stage: StagingTables) -> None:
        self.stage = stage
        # A slot for many a key, in it a bit for each kind. Its pages come with their first mark.
        self._marks = mmap(-1, _SLOTS)
        self._suspected: set[str] = set()  # the kinds of which some key may be there twice

    def add_rows(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Rows that join the stage, as tuples in the order of `columns`."""
        for name in ("key", *(name for name in ("external_id", "uid") if name in self.stage.filled_fields)):
            if name in columns:
                self._mark_keys(name, rows, columns.index(name))

    def add_side_rows(self, side: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows of one of its side tables, their key last."""
        if side in _KINDS:
            self._mark_keys(side, rows, -1)

    def _mark_keys(self, where: str, rows: Sequence[Sequence[Any]], place: int) -> None:
        kind, marks = _KINDS[where], self._marks
        bit, again = _BITS[kind], []
        for row in rows:
            key = row[place]
            slot = hash(key) % _SLOTS
            if not marks[slot] & bit:
                marks[slot] |= bit
            elif key != "":
                again.append((kind, key))
        if again:
            self._suspected.add(kind)
            self.stage.run_many("INSERT OR IGNORE INTO repeated_keys VALUES (?, ?)", again)

    def number_repeats(self) -> None:
        """Rows with the same key get different keys by their order. No rows may be added afterwards."""
        self._marks.close()
        if "row" not in self._suspected:
            return
        self._share("row")
        twice = (
            f"SELECT n, key, row_number() OVER (PARTITION BY key ORDER BY n) FROM rows_by_key WHERE key IN ({_TWICE})"
        )
        rows = self.stage.connection.execute(twice)
        again = ((_next_key(key, number), n) for n, key, number in rows if number > 1)
        self.stage.run_many("UPDATE stage SET key = ? WHERE n = ?", again)

    def mark_shared(self, keys: Sequence[str]) -> None:
        """Note in `special` which rows share one of these keys of theirs with another (a few too many do no harm)."""
        for key in filter(self._is_suspected, keys):
            self._share(key)
            self.stage.run(f"""INSERT INTO candidates SELECT n, {3 if key in WEAK else 1} FROM rows_by_key
                               WHERE key IN ({_TWICE}) ON CONFLICT (n) DO UPDATE SET inside = inside | excluded.inside
                            """)
            if key in WEAK:
                self.stage.run(f"""INSERT OR IGNORE INTO weak_keys SELECT ?, key, n FROM rows_by_key
                                   WHERE key IN ({_TWICE})""", (WEAK[key],))  # fmt: skip
        give_back(self.stage.connection)

    def _is_suspected(self, key: str) -> bool:
        """Whether several rows may share a key of this kind."""
        if key == "name+company":
            return bool(self.stage.select("SELECT 1 FROM stage WHERE reachable = 0 LIMIT 1"))
        return WEAK.get(key, key) in self._suspected

    def _share(self, key: str) -> None:
        self.stage.run("DELETE FROM rows_by_key")
        self.stage.run(f"INSERT INTO rows_by_key {_SHARED[key]}")


def _next_key(key: int, number: int) -> int:
    """The key of the second, third ... row of one key: any 64 bits that are the same next time."""
    mixed = (key ^ number * 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return mixed - (1 << 64) if mixed >> 63 else mixed


def _suspects_sql(kind: str, table: str, key: str) -> str:
    return f"SELECT t.{key}, t.n FROM {table} t CROSS JOIN repeated_keys p ON p.kind = '{kind}' AND p.key = t.{key}"


_TWICE = "SELECT key FROM rows_by_key GROUP BY key HAVING count(*) > 1"
# Key and number of the rows that may share a key with another one.
_SHARED: Mapping[str, str] = {
    "row": _suspects_sql("row", "stage", "key"),
    "external_id": _suspects_sql("external_id", "stage", "external_id"),
    "uid": _suspects_sql("uid", "stage", "uid"),
    "email": _suspects_sql("email", "stage_emails", "key"),
    # A switchboard's number alone makes nobody doubtful: few share a number and a name.
    "phone+name": """SELECT t.key || char(0) || s.name_key, t.n FROM stage_phones t CROSS JOIN repeated_keys p
                     ON p.kind = 'phone' AND p.key = t.key CROSS JOIN stage s ON s.n = t.n WHERE s.name_key <> ''""",
    # Counts only where somebody can neither be written to nor called: in most files nobody is such.
    "name+company": """SELECT name_key || char(0) || company_key, n FROM stage WHERE (name_key, company_key) IN (
                       SELECT name_key, company_key FROM stage
                       WHERE reachable = 0 AND name_key <> '' AND company_key <> '')""",
}
