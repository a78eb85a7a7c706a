"""Digests of the rows as leadcli wrote them: 32 bits a block of 16 records, by which a silent change is noticed.

SQLite sees a broken page, but not another letter in a note. Each operation that changes few records writes the digests
of their blocks anew before it commits; the journal says which. One that changes many (a large import, its undo) takes
theirs away, since computing them would cost a tenth of it: `doctor --verify` computes those that are missing.

Columns that are computed from others, the score, and what undo marks in older operations are left out; so are empty
columns, which is why a further column changes no digest.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from leadcli.model.fields import RECORDS
from leadcli.store import engine, failures, schema

BLOCK = 16  # ids
_MOST = 4096  # changes of an operation that refreshes digests at once
_LEFT_OUT = {"other_key", "score", "undone_by", *(name for names in schema.DERIVED.values() for name in names)}


class Part(NamedTuple):
    """What has digests of its own: a table, or the rows of a side table that belong to one kind of record."""

    name: str
    table: str
    id: str = "id"
    where: str = "1"

    def digest_sql(self, connection: engine.Connection, *, whole: bool) -> str:
        """SELECT (block, text) of one block (:first to :last) or of the whole table, in the order of the ids."""
        table = schema.quote_name(self.table)
        columns = sorted(row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in _LEFT_OUT)
        texts = (f"coalesce('{_escape(name)}=' || {schema.quote_name(name)} || char(31), '')" for name in columns)
        among = "" if whole else f" AND {self.id} BETWEEN :first AND :last"
        # Bytes, not text: what is no UTF-8 any more is to be compared as well.
        return f"""SELECT {self.id} / {BLOCK}, CAST(group_concat({" || ".join(texts)}, char(30)) AS BLOB) FROM {table}
                   WHERE {self.where}{among} GROUP BY {self.id} / {BLOCK}"""


@cache
def _parts() -> dict[str, Part]:
    tables = [*(type_.table for name, type_ in RECORDS.items() if name != "setting"), "operations", "changes"]
    parts = [Part(table, table) for table in tables]
    for owner, type_ in RECORDS.items():
        sides = dict.fromkeys(field.kind.many for field in type_.many())
        parts += [Part(f"{side} {owner}", side, "record_id", f"record = '{owner}'") for side in sides]
    return {part.name: part for part in parts}


def refresh_digests(connection: engine.Connection, operation: int) -> None:
    """Write the digests of what an operation changed, or take them away where that is much."""
    sql = """SELECT record, record_id, coalesce(last_id, record_id), id, field FROM changes
             WHERE operation = ? LIMIT ?"""
    rows = connection.execute(sql, (operation, _MOST + 1)).fetchall()
    if len(rows) > _MOST or sum(row[2] - row[1] + 1 for row in rows) > _MOST:
        connection.execute("DELETE FROM digests")
        return
    blocks: dict[str, set[int]] = {
        "operations": {operation // BLOCK},
        "changes": {row[3] // BLOCK for row in rows},
    }
    for record, first, last, _, field in rows:
        for name in _changed_parts(record, field):
            blocks.setdefault(name, set()).update(range(first // BLOCK, last // BLOCK + 1))
    parts = _parts()
    for name, numbers in blocks.items():
        _write(connection, parts[name], numbers)


@lru_cache(1024)
def _changed_parts(record: str, field: str) -> Sequence[str]:
    """What a change of this field is written to: the record's own table, which has its updated_at, and lists."""
    if record not in RECORDS or record == "setting":
        return ()
    lists = [each.kind.many for each in RECORDS[record].many() if field in ("+", "-", each.name)]
    return (RECORDS[record].table, *(f"{side} {record}" for side in lists))


def forget_digests(connection: engine.Connection) -> None:
    """Something else than an operation wrote into the file: nothing is known of it."""
    connection.execute("DELETE FROM digests")


def _write(connection: engine.Connection, part: Part, blocks: Iterable[int]) -> None:
    sql, numbers = part.digest_sql(connection, whole=False), sorted(blocks)
    there: list[tuple[str, int, int]] = []
    for number in numbers:
        bounds = {"first": number * BLOCK, "last": number * BLOCK + BLOCK - 1}
        there += ((part.name, block, zlib.crc32(text)) for block, text in connection.execute(sql, bounds))
    delete = "DELETE FROM digests WHERE name = ? AND block IN (SELECT value FROM json_each(?))"
    connection.execute(delete, (part.name, json.dumps(numbers)))
    engine.insert_rows(connection, "digests (name, block, digest)", there)


def _escape(name: str) -> str:
    return name.replace("'", "''")


class Comparison(NamedTuple):
    """The blocks of a part whose rows are not those that were written, and those that have no digest yet."""

    part: Part
    changed: list[int]
    missing: list[tuple[int, int]]  # (block, digest)

    def sentences(self) -> Iterator[str]:
        """One for each block that differs."""
        whose = f" of {self.part.where.removeprefix('record = ')[1:-1]}s" if self.part.id != "id" else ""
        for block in self.changed:
            first = max(block * BLOCK, 1)
            yield (
                f"{self.part.table}{whose} {first}-{block * BLOCK + BLOCK - 1} are not what leadcli wrote: another "
                "program changed them, or the disk did; compare them with a backup"
            )


def compare_digests(connection: engine.Connection) -> Iterator[Comparison]:
    """Every part of the desk as it is now against its digests. Raises the failures of a damaged file in our words."""
    for part in _parts().values():
        stored = dict(engine.select(connection, "SELECT block, digest FROM digests WHERE name = ?", (part.name,)))
        changed, missing = [], []
        try:
            for block, text in connection.execute(part.digest_sql(connection, whole=True)):
                digest = zlib.crc32(text)
                if block not in stored:
                    missing.append((block, digest))
                elif stored.pop(block) != digest:
                    changed.append(block)
        except engine.FAILURES as error:
            raise failures.translate(error, failures.file_of(connection)) from error
        yield Comparison(part, sorted([*changed, *stored]), missing)


def complete_digests(connection: engine.Connection, comparisons: Iterable[Comparison]) -> None:
    """Keep the digests that were missing. Somebody may have written meanwhile: what is there by now stays."""
    for each in comparisons:
        rows = [(each.part.name, block, digest) for block, digest in each.missing]
        connection.executemany("INSERT OR IGNORE INTO digests VALUES (?, ?, ?)", rows)
