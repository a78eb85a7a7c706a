"""Blocks of neighbouring records taken away by a few statements: what undoing an import of a million rows needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leadcli.fields import Field, RecordType
from leadcli.kinds import Record
from leadcli.store.derived import SEARCHED, words
from leadcli.store.journal import DELETE, Operation
from leadcli.store.schema import quoted

if TYPE_CHECKING:
    from leadcli.store.store import Store

WORTH_IT = 64
_PAGE = 2000


def remove(store: Store, running: Operation, record: str, span: tuple[int, int]) -> None:
    """Delete the records first..last, each kept whole in the journal by one INSERT ... SELECT.

    The kept text has the same shape as that of a single delete (journal.py), so that they come back the same way.
    """
    type_ = store.type(record)
    if record == "lead":
        _forget_words(store, span)
    low_high = {"low": span[0], "high": span[1]}
    sql = f"""INSERT INTO changes (operation, record, record_id, field, old)
              SELECT {running.id}, '{record}', r.id, '{DELETE}', {_kept(store, type_, low_high)} FROM {type_.table} r
              WHERE r.id BETWEEN :low AND :high ORDER BY r.id DESC"""
    gone = store.connection.execute(sql, low_high).rowcount
    for field in type_.many():
        store.connection.execute(
            f"DELETE FROM {field.kind.many} WHERE record = '{record}' AND record_id BETWEEN :low AND :high", low_high
        )
    store.connection.execute(f"DELETE FROM {type_.table} WHERE id BETWEEN :low AND :high", low_high)
    running.changes += 1
    running.leads += gone if record == "lead" else 0


def _kept(store: Store, type_: RecordType, span: dict[str, int]) -> str:
    """SQL for a record as JSON; columns and lists that are empty in the whole block are left out, nulls
    dropped (RFC 7396).
    """
    flat = [field for field in type_.stored() if field.name != "id"]
    sums = ", ".join(f"count({quoted(field.sql_column)})" for field in flat)
    counts = store.select(f"SELECT {sums} FROM {type_.table} WHERE id BETWEEN :low AND :high", span)[0]
    parts = [
        f"'{field.name}', r.{quoted(field.sql_column)}" for field, count in zip(flat, counts, strict=True) if count
    ]
    parts += [
        f"'{field.name}', json({_listed(type_.name, field)})"
        for field in type_.many()
        if _used(store, type_.name, field, span)
    ]
    return f"json_patch('{{}}', json_object({', '.join(parts)}))"


def _used(store: Store, record: str, field: Field, span: dict[str, int]) -> bool:
    sql = f"SELECT 1 FROM {field.kind.many} WHERE record = '{record}' AND record_id BETWEEN :low AND :high LIMIT 1"
    return bool(store.select(sql, span))


def _listed(record: str, field: Field) -> str:
    names: tuple[str, ...] = field.kind.columns  # type: ignore[attr-defined]
    item = names[0] if len(names) == 1 else f"json_object({', '.join(f'{name!r}, {name}' for name in names)})"
    inner = (
        f"SELECT {item} AS item FROM {field.kind.many} WHERE record = '{record}' AND record_id = r.id ORDER BY position"
    )
    wrap = "item" if len(names) == 1 else "json(item)"
    return f"(SELECT CASE WHEN count(*) THEN json_group_array({wrap}) END FROM ({inner}))"


def _forget_words(store: Store, span: tuple[int, int]) -> None:
    """Take a block out of the search indexes, which must be told the old text."""
    from leadcli.matching import name_key

    for start in range(span[0], span[1] + 1, _PAGE):
        ids = range(start, min(start + _PAGE, span[1] + 1))
        found = store.fetch("lead", ids, fields=SEARCHED)
        notes = notes_of(store, ids)
        rows: list[tuple[Any, ...]] = [(row["id"], words(row, notes.get(row["id"], ()))) for row in found]
        names = [(row["id"], name_key(row["name"] or "")) for row in found]
        store.connection.executemany(
            "INSERT INTO search(search, rowid, words) VALUES ('delete', ?, ?)", [row for row in rows if row[1]]
        )
        store.connection.executemany(
            "INSERT INTO name_search(name_search, rowid, name) VALUES ('delete', ?, ?)",
            [row for row in names if row[1]],
        )


def notes_of(store: Store, ids: range) -> dict[int, list[str]]:
    """Texts of activities by lead."""
    found: dict[int, list[str]] = {}
    sql = """SELECT record_id, text FROM activities
             WHERE record = 'lead' AND record_id BETWEEN ? AND ? AND text IS NOT NULL ORDER BY id"""
    for id, text in store.select(sql, (ids[0], ids[-1])):
        found.setdefault(id, []).append(text)
    return found


def seed(store: Store, options: Sequence[Record], settings: Sequence[tuple[str, str]]) -> None:
    """The vocabulary of a new desk, before its first operation: there is nothing yet that undo could go back to."""
    store.connection.executemany(
        """INSERT INTO options (field, key, label, position, colour, state, next, also, active)
           VALUES (:field, :key, :label, :position, :colour, :state, :next, :also, 1)""",
        options,
    )
    store.connection.executemany("INSERT INTO settings (name, value) VALUES (?, ?)", settings)
