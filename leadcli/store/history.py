"""Reads the journal: operations, their changes, and the changes of one record with its linked ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.kinds import Record
from leadcli.store import gifts
from leadcli.store.journal import BLOCK, INSERT
from leadcli.store.timeline import family

if TYPE_CHECKING:
    from leadcli.store.store import Store

OPERATION = ("id", "at", "actor", "command", "note", "leads", "undoes", "undone_by")
CHANGE = ("operation", "record", "record_id", "field", "old", "new", "last_id", "reason")
_LISTED = 1000


class Which(NamedTuple):
    """Which operations: one by its number; by whom; between two UTC moments, the first one in; at most so many."""

    number: int | None = None
    actor: str = ""
    start: str | None = None
    end: str | None = None
    limit: int = 0


def operations(store: Store, which: Which) -> list[Record]:
    """Operations, newest first."""
    conditions: dict[str, tuple[str, Any]] = {
        "number": ("id = :number", which.number),
        "actor": ("actor = :actor", which.actor or None),
        "start": ("at >= :start", which.start),
        "end": ("at < :end", which.end),
    }
    used = {name: pair for name, pair in conditions.items() if pair[1] is not None}
    where = " AND ".join(sql for sql, _ in used.values()) or "1"
    most = f" LIMIT {which.limit}" if which.limit else ""
    sql = f"SELECT {', '.join(OPERATION)} FROM operations WHERE {where} ORDER BY id DESC{most}"
    rows = store.select(sql, {name: value for name, (_, value) in used.items()})
    return [{**dict(zip(OPERATION, row, strict=True)), "note": row[4] or ""} for row in rows]


def changes(store: Store, operation: int, *, limit: int = _LISTED) -> list[Record]:
    """The changes of one operation in order, the first thousand of them."""
    sql = f"SELECT {', '.join(CHANGE)} FROM changes WHERE operation = ? ORDER BY id LIMIT {limit}"
    return [*gifts.of_blocks(dict(zip(CHANGE, row, strict=True)) for row in store.select(sql, (operation,)))]


def of_record(store: Store, record: str, id: int) -> Iterator[tuple[Record, list[Record]]]:
    """(operation, changes) of a record, of what belongs to it and of its family, newest first."""
    found: dict[int, list[Record]] = {}
    for owner in family(store, record, id):
        for row in _changes_of(store, *owner):
            found.setdefault(row["operation"], []).append(row)
        for child in ("activity", "attachment", "document"):
            for each in store.children(child, *owner):
                for row in _changes_of(store, child, each):
                    found.setdefault(row["operation"], []).append(row)
    for number in sorted(found, reverse=True):
        yield operations(store, Which(number))[0], found[number]


def _changes_of(store: Store, record: str, id: int) -> Sequence[Record]:
    """Its own changes, and the block of inserts it came in (which never crosses a multiple of BLOCK)."""
    columns = ", ".join(CHANGE)
    sql = f"""SELECT {columns}, id FROM changes WHERE record = ?1 AND record_id = ?2
              UNION SELECT {columns}, id FROM changes WHERE record = ?1 AND field = '{INSERT}'
                    AND record_id BETWEEN ?3 AND ?2 AND last_id >= ?2
              ORDER BY 9"""
    rows = [dict(zip(CHANGE, row[:-1], strict=True)) for row in store.select(sql, (record, id, id // BLOCK * BLOCK))]
    own = [{**row, "record_id": id, "last_id": id} if row["field"] == INSERT else row for row in rows]
    return gifts.opened(own, gifts.tagged(store, own))
