"""Where the rows of a stage meet the leads that are there: which row is which lead, known rows, rows that repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.store.bulk.repeated_keys import KeyOwners
from leadcli.store.bulk.staging import Stage, StagedRow
from leadcli.store.bulk.staging_schema import new_id_sql
from leadcli.store.engine import give_back
from leadcli.store.reads import records
from leadcli.store.schema import quote_name

if TYPE_CHECKING:
    from leadcli.store.store import Store

PAGE = 500


class Skip(NamedTuple):
    """A skipped row, the lead it is, and the earlier row that became that lead, if one did. `key` is by what it was
    known, "merged" or "deleted" for what happened to its lead; `cells` are its own as JSON where they are kept.
    """

    file: int
    number: int
    lead: int
    earlier_file: int | None
    earlier_number: int | None
    key: str
    cells: str | None


class Person(NamedTuple):
    """A lead, or a row of the stage (then `id` is its n), and what tells it apart; `emails` are match keys."""

    id: int
    first_name: str | None
    last_name: str | None
    external_id: str | None
    emails: list[str]


class Silences(NamedTuple):
    """Whether some row gives no name of a person, only half of one, no external id, no e-mail."""

    person: bool
    half: bool
    external_id: bool
    emails: bool


class RowMatcher:
    """Questions about staged rows, asked while the desk is locked. Leads answer to the keys they had before."""

    def __init__(self, store: Store, stage: Stage) -> None:
        self.store, self.stage, self.connection = store, stage, store.connection
        self.is_met = False  # some lead is there that a row could be
        self.merged = False  # some lead was merged into another that is there
        self.owners = KeyOwners(stage)
        self._settled: list[tuple[int, str, int | None, str | None]] = []  # since the last page of rows

    def find_known(self) -> None:
        """Settle the rows an earlier import brought: the same again (unchanged), or of a lead deleted since (gone).

        What an undone operation brought does not count. A lead that was merged away lives on in another.
        """
        for sql in _MERGED:
            self.stage.run(sql)
        if self.store.select("SELECT 1 FROM import_rows LIMIT 1"):
            self.stage.run("CREATE INDEX scratch.stage_known ON stage(key, hash)")
            give_back(self.connection)
            self.stage.run(_GONE)
            self.stage.run(_UNCHANGED)
            if self.stage.is_former:
                self.stage.run(_FORMER)
        self.merged = bool(self.store.select("SELECT 1 FROM merged_leads LIMIT 1"))

    def is_all_known(self) -> bool:
        """Nothing is left to find out: the usual end of importing a file again."""
        return not self.store.select(f"SELECT 1 FROM stage s WHERE {_OPEN} LIMIT 1")

    def find_hits(self, keys: Sequence[str]) -> None:
        """Mark the rows that share one of these keys of theirs with a lead (a few too many do no harm)."""
        self.is_met = bool(self.store.select("SELECT 1 FROM leads LIMIT 1"))
        if not self.is_met:
            return
        for key in keys:
            self.stage.run(f"{_HITS[key]} WHERE {_OPEN}")
        if "name+company" in keys:
            self.stage.run("INSERT OR IGNORE INTO candidates SELECT n, 0 FROM weak_keys WHERE kind = 'company'")
        for marks in _MERGED_HITS if self.merged else ():
            if "s.external_id" not in marks or "external_id" in self.stage.columns:
                self.stage.run(f"{marks} AND {_OPEN}")

    def doubtful_rows(self) -> Iterator[StagedRow]:
        """The marked rows without an outcome, in order. A page is read before its rows are settled."""
        last = 0
        external, company = map(self._column, ("external_id", "company"))
        person = ", ".join(map(self._column, ("first_name", "last_name")))
        pair = f"CASE WHEN {company} <> '' THEN company_key END"  # a lead's company_key may come from its name
        uid = f"CASE WHEN defaulted & {self.stage.uid_default_bit} = 0 THEN uid END"
        sql = f"""SELECT s.n, s.file, s.number, {uid}, nullif({external}, ''), nullif(name_key, ''), {pair},
                  reachable, m.inside, {person}
                  FROM candidates m CROSS JOIN stage s ON s.n = m.n
                  WHERE m.n > ? AND NOT EXISTS (SELECT 1 FROM outcomes f WHERE f.n = m.n) ORDER BY m.n LIMIT {PAGE}"""
        while page := self.store.select(sql, (last,)):
            last = page[-1][0]
            emails, phones = self._keys("emails", page), self._keys("phones", page)
            for row in page:
                yield StagedRow(*(*row, emails.get(row[0], []), phones.get(row[0], [])))
            self.owners.flush()
            self.flush()
        self.owners.close()

    def _keys(self, side: str, page: Sequence[Sequence[Any]]) -> dict[int, list[str]]:
        keys: dict[int, list[str]] = {}
        sql = f"SELECT n, key FROM stage_{side} WHERE n BETWEEN ? AND ? ORDER BY n, position"
        if page[-1][0] - page[0][0] > 20 * PAGE:
            sql = sql.replace("BETWEEN ? AND ?", "IN (SELECT n FROM candidates WHERE n BETWEEN ? AND ?)")
        for n, key in self.store.select(sql, (page[0][0], page[-1][0])):
            keys.setdefault(n, []).append(key)
        return keys

    def _column(self, name: str) -> str:
        """SQL for a column of the stage that no file may bring."""
        return name if name in self.stage.columns else "''"

    def lead_of(self, kind: str, key: str) -> int | None:
        """The oldest lead that has this key; for an identity of a merged lead the one it lives on in."""
        if not self.is_met:
            return None
        rows = self.store.select(_LEADS[kind], {"key": key})
        if not rows and self.merged and kind in ("external_id", "uid"):
            rows = self.store.select("SELECT lead FROM merged_keys WHERE kind = ? AND key = ?", (kind, key))
        return rows[0][0] if rows else None

    def people_of(self, kind: str, parts: tuple[str, str], reachable: int, *, limit: int = -1) -> list[Person]:
        """The leads that share a phone and a name (kind phone), or a name and a company, the oldest first."""
        bound = {"key": parts[0], "more": parts[1], "reachable": reachable, "limit": limit}
        return [_person(row) for row in self.store.select(_PEOPLE[kind], bound)]

    def rivals(self, kind: str, key: str, *, limit: int) -> list[Person]:
        """The rows of the stage that share such a key, in order."""
        columns = ", ".join(map(self._column, ("first_name", "last_name", "external_id")))
        sql = f"""SELECT s.n, {columns},
                    (SELECT group_concat(e.key, char(10)) FROM stage_emails e WHERE e.n = s.n)
                  FROM weak_keys r CROSS JOIN stage s ON s.n = r.n
                  WHERE r.kind = ? AND r.key = ? ORDER BY r.n LIMIT ?"""
        return [_person(row) for row in self.store.select(sql, (kind, key, limit))]

    def silences(self) -> Silences:
        """What rows that share a key with another one leave out."""
        first, last, external = map(self._column, ("first_name", "last_name", "external_id"))
        sql = f"""SELECT max({first} = '' AND {last} = ''), max(({first} = '') <> ({last} = '')), max({external} = ''),
                    max(NOT EXISTS (SELECT 1 FROM stage_emails e WHERE e.n = s.n))
                  FROM candidates m CROSS JOIN stage s ON s.n = m.n WHERE m.inside & 2"""
        return Silences(*map(bool, self.store.select(sql)[0]))

    def survivor(self, n: int) -> int | None:
        """Where the lead lives on that an earlier import made of this row, if it was merged away since."""
        sql = f"SELECT a.lead {_BROUGHT} AND s.n = ?"
        rows = self.store.select(sql, (n,)) if self.merged else ()
        return rows[0][0] if rows else None

    def rows_with(self, table: str, column: str, value: str) -> list[int]:
        """The rows that have this value in a column of `stage` or of one of its side tables."""
        sql = f"SELECT DISTINCT n FROM {table} WHERE {quote_name(column)} = ? ORDER BY n"
        return [row[0] for row in self.store.select(sql, (value,))]

    def settle(self, n: int, fate: str, lead: int | None, *, key: str | None = None) -> None:
        """A row's outcome: unchanged, same, skipped, gone, merge (into a lead or an earlier row), rejected; `key` is by
        what its lead was known. A new row has none. They are written by `flush`.
        """
        self._settled.append((n, fate, lead, key))

    def flush(self) -> None:
        """Write the outcomes of the rows settled since the last time."""
        if self._settled:
            self.stage.run_many("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?)", self._settled)
        self._settled = []

    def merges(self) -> list[tuple[int, int]]:
        """(n, lead) of the rows to be merged, in order; an earlier row that was new is a lead by now."""
        return self.store.select(f"""
            SELECT f.n, CASE WHEN f.lead > 0 THEN f.lead ELSE {new_id_sql("-f.lead")} END FROM outcomes f
            WHERE f.outcome = 'merge' ORDER BY f.n""")

    def skips(self, limit: int = -1) -> Iterator[Skip]:
        """The rows that changed nothing because their lead is there, or was deleted since, in order."""
        sql = f"""SELECT s.file, s.number, CASE WHEN f.lead > 0 THEN f.lead ELSE {new_id_sql("-f.lead")} END,
                    e.file, e.number, CASE f.outcome WHEN 'gone' THEN 'deleted' ELSE f.key END, o.cells
                  FROM outcomes f CROSS JOIN stage s ON s.n = f.n LEFT JOIN stage e ON e.n = -f.lead
                  LEFT JOIN raw_rows o ON o.n = f.n
                  WHERE f.outcome IN ('skipped', 'gone') ORDER BY f.n LIMIT ?"""
        for row in self.connection.execute(sql, (limit,)):
            yield Skip(*row)

    def count_missed_optouts(self) -> int:
        """How many skipped rows say not to contact a lead that may be contacted still."""
        if "do_not_contact" not in self.stage.columns:
            return 0
        lead = f"CASE WHEN f.lead > 0 THEN f.lead ELSE {new_id_sql('-f.lead')} END"
        count: int = self.store.select(f"""
            SELECT count(*) FROM outcomes f JOIN stage s ON s.n = f.n JOIN leads l ON l.id = {lead}
            WHERE f.outcome = 'skipped' AND s.do_not_contact = 1 AND l.do_not_contact IS NOT 1""")[0][0]
        return count

    def counts(self) -> Mapping[tuple[int, str], int]:
        """(file, outcome) -> rows; 'new' are those without one."""
        where = "r.first = (SELECT max(first) FROM row_ranges WHERE first <= f.n)"
        sql = f"""SELECT r.file, f.outcome, count(*) FROM outcomes f CROSS JOIN row_ranges r ON {where} GROUP BY 1, 2
                  UNION ALL SELECT file, 'new', sum(last - first + 1) FROM row_ranges GROUP BY 1"""
        counts_by_fate: dict[tuple[int, str], int] = {
            (file, fate): count for file, fate, count in self.store.select(sql)
        }
        for file, fate in list(counts_by_fate):
            if fate != "new":
                counts_by_fate[file, "new"] -= counts_by_fate[file, fate]
        return counts_by_fate


_KNOWN = """FROM stage s CROSS JOIN import_rows i ON i.key = s.key CROSS JOIN operations o ON o.id = i.operation
            LEFT JOIN leads l ON l.id = i.record_id WHERE o.undone_by IS NULL"""
_LIVES = "(l.id IS NOT NULL OR EXISTS (SELECT 1 FROM merged_leads a WHERE a.old = i.record_id))"
_MERGED = (
    """INSERT OR IGNORE INTO merged_leads WITH RECURSIVE f(old, new) AS (
         SELECT old_id, new_id FROM merged WHERE kind = 'lead'
         UNION SELECT f.old, m.new_id FROM f CROSS JOIN merged m ON m.old_id = f.new AND m.kind = 'lead')
       SELECT f.old, l.id FROM f CROSS JOIN leads l ON l.id = f.new""",
    """INSERT OR IGNORE INTO merged_keys
       SELECT 'uid', m.old_uid, a.lead FROM merged m CROSS JOIN merged_leads a ON a.old = m.old_id
       WHERE m.kind = 'lead' AND m.old_uid IS NOT NULL ORDER BY m.id DESC""",
    """INSERT OR IGNORE INTO merged_keys SELECT 'external_id', json_extract(c.old, '$.external_id'), a.lead
       FROM merged_leads a CROSS JOIN changes c ON c.record = 'lead' AND c.record_id = a.old AND c.field = '-'
       WHERE json_extract(c.old, '$.external_id') <> '' ORDER BY c.id DESC""",
)
_BROUGHT = """FROM stage s CROSS JOIN import_rows i ON i.key = s.key CROSS JOIN operations o ON o.id = i.operation
              CROSS JOIN merged_leads a ON a.old = i.record_id WHERE o.undone_by IS NULL"""
_GONE = f"INSERT OR IGNORE INTO outcomes SELECT s.n, 'gone', i.record_id, NULL {_KNOWN} AND NOT {_LIVES}"
# Older versions remembered two people of one name under one key: only the very same cells are the same row there.
_FORMER = f"""INSERT OR IGNORE INTO outcomes
              SELECT s.n, CASE WHEN {_LIVES} THEN 'unchanged' ELSE 'gone' END, i.record_id, NULL
              {_KNOWN.replace("i.key = s.key", "i.key = s.former")} AND s.former <> '' AND i.hash = s.hash"""
_UNCHANGED = f"""INSERT OR IGNORE INTO outcomes SELECT s.n, 'unchanged', i.record_id, NULL {_KNOWN}
                 AND i.hash = s.hash AND {_LIVES}"""
_OPEN = "NOT EXISTS (SELECT 1 FROM outcomes f WHERE f.n = s.n)"
_MARK = "INSERT OR IGNORE INTO candidates SELECT s.n, 0 FROM"
_MERGED_HITS = (
    f"INSERT OR IGNORE INTO candidates SELECT s.n, 0 {_BROUGHT}",
    f"{_MARK} stage s CROSS JOIN merged_keys i ON i.kind = 'uid' AND i.key = s.uid WHERE 1",
    f"{_MARK} stage s CROSS JOIN merged_keys i ON i.kind = 'external_id' AND i.key = s.external_id WHERE 1",
)
_UNREACHABLE = """NOT (EXISTS (SELECT 1 FROM emails e WHERE e.record = 'lead' AND e.record_id = l.id)
                  OR EXISTS (SELECT 1 FROM phones e WHERE e.record = 'lead' AND e.record_id = l.id))"""
_HITS = {
    "external_id": f"{_MARK} stage s CROSS JOIN leads l ON l.external_id = s.external_id",
    "uid": f"{_MARK} stage s CROSS JOIN leads l ON {records.ids_with_uid('l', 's.uid')}",
    "email": f"{_MARK} stage_emails s CROSS JOIN emails e ON e.key = s.key AND e.record = 'lead'",
    "phone+name": f"{_MARK} stage_phones s CROSS JOIN phones e ON e.key = s.key AND e.record = 'lead'",
    # Counts only where either can neither be written to nor called. Rows that meet one lead are each other's rivals.
    "name+company": f"""INSERT OR IGNORE INTO weak_keys SELECT 'company', s.name_key || char(0) || s.company_key, s.n
                        FROM stage s CROSS JOIN leads l INDEXED BY leads_name_key
                        ON l.name_key = s.name_key AND l.company_key = s.company_key
                        AND (s.reachable = 0 OR {_UNREACHABLE})""",
}
_LEADS = {
    "external_id": "SELECT id FROM leads WHERE external_id = :key ORDER BY id LIMIT 1",
    "uid": f"SELECT id FROM leads l WHERE {records.ids_with_uid('l', ':key')} ORDER BY id LIMIT 1",
    "email": "SELECT min(record_id) FROM emails WHERE key = :key AND record = 'lead' HAVING count(*)",
}
_PERSON = """SELECT DISTINCT l.id, l.first_name, l.last_name, l.external_id, (SELECT group_concat(e.key, char(10))
             FROM emails e WHERE e.record = 'lead' AND e.record_id = l.id)"""
_PEOPLE = {
    "phone": f"""{_PERSON} FROM phones p CROSS JOIN leads l ON l.id = p.record_id
                WHERE p.key = :key AND p.record = 'lead' AND l.name_key = :more ORDER BY l.id LIMIT :limit""",
    "company": f"""{_PERSON} FROM leads l INDEXED BY leads_name_key WHERE l.name_key = :key AND l.company_key = :more
                  AND l.company IS NOT NULL
                  AND (:reachable = 0 OR {_UNREACHABLE})
                  ORDER BY l.id LIMIT :limit""",
}


def _person(row: Sequence[Any]) -> Person:
    id, first, last, external, emails = row
    return Person(id, first or None, last or None, external or None, emails.split("\n") if emails else [])
