"""What belongs to a record: its own activities, files and orders, and those of the records linked with it.

A conversion links lead, account, contact and opportunity; each of them shows what was done on all four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadcli import due_dates
from leadcli.kinds import Record

if TYPE_CHECKING:
    from leadcli.store.store import Store


def family(store: Store, record: str, id: int) -> list[tuple[str, int]]:
    """The record itself, those that were merged into it, then the records it was made from or became."""
    found: dict[tuple[str, int], None] = {(record, id): None}
    found |= {(record, old): None for old in merged_into(store, record, id)}
    if record == "lead":
        for link in ("account", "contact", "opportunity"):
            found |= {
                (link, row[0]): None
                for row in store.select(f"SELECT {link} FROM leads WHERE id = ? AND {link} IS NOT NULL", (id,))
            }
    else:
        found |= {
            ("lead", row[0]): None
            for row in store.select(f"SELECT id FROM leads WHERE {record} = ? ORDER BY id", (id,))
        }
    if record == "account":
        for child, table in (("contact", "contacts"), ("opportunity", "opportunities")):
            found |= {
                (child, row[0]): None
                for row in store.select(f"SELECT id FROM {table} WHERE account = ? ORDER BY id", (id,))
            }
    return list(found)


def merged_into(store: Store, record: str, id: int) -> list[int]:
    """Ids of the records that live on in this one, also those that were merged into them before."""
    found: dict[int, None] = {}
    asked = [id]
    while asked:
        sql = "SELECT old_id FROM merged WHERE kind = ? AND new_id = ? ORDER BY id"
        rows = store.select(sql, (record, asked.pop()))
        new = [row[0] for row in rows if row[0] not in found]
        found |= dict.fromkeys(new)
        asked += new
    return list(found)


def belonging(store: Store, child: str, record: str, id: int) -> list[int]:
    """Ids of activities, attachments or documents of a record and its family."""
    return [each for owner in family(store, record, id) for each in store.children(child, *owner)]


def activities(store: Store, record: str, id: int, *, tasks: bool) -> list[Record]:
    """Open tasks by due date, or everything that happened, newest first."""
    rows = store.fetch("activity", belonging(store, "activity", record, id))
    if tasks:
        return sorted((row for row in rows if row["due_at"] and not row["done_at"]), key=_due)
    return sorted((row for row in rows if not row["due_at"] or row["done_at"]), key=_when, reverse=True)


def _due(row: Record) -> Any:
    return due_dates.start_of(row["due_at"]), row["due_at"], row["id"]


def _when(row: Record) -> Any:
    return row["done_at"] or row["at"] or "", row["id"]
