"""Columns computed from the data: match keys, dates of the next task and the last contact, kept with every change.

They are written with every change and recorded by none, so that `undo` restores them by computing them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from leadcli.model.kinds import Record
from leadcli.store.match_key_columns import KEYED_BY, match_key_columns
from leadcli.store.search.index_text import _PAGE, SEARCHED, index_lead, rebuild_all, remove_from_index, search_texts

if TYPE_CHECKING:
    from leadcli.store.store import Store

_NONE = ("", "")


def recompute_keys(store: Store, record: str, id: int, values: Mapping[str, Any]) -> dict[str, str | None]:
    """The match keys of a record of which `values` change; {} when no key depends on them."""
    sources = KEYED_BY.get(record, ())
    if not any(name in values for name in sources):
        return {}
    return match_key_columns(record, {**store.get(record, id, fields=sources), **values})


class Derived:
    """The columns and full-text indexes that one operation has to bring up to date before it commits."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.inserted: set[int] = set()
        self.before: dict[int, tuple[str, str]] = {}
        self.task_dates_dirty: set[int] = set()
        self.is_rebuild_due = False  # most leads are deleted: the full-text indexes are rebuilt for the rest

    def remember(self, lead: int) -> None:
        """Keep what the full-text index holds for a lead: FTS5 needs the old text to delete it."""
        if lead not in self.inserted and lead not in self.before:
            texts = search_texts(self.store, self.store.fetch("lead", [lead], fields=SEARCHED))
            self.before[lead] = texts.get(lead, _NONE)

    def remember_many(self, leads: Iterable[Mapping[str, Any]]) -> None:
        """`remember` for many leads, which were just read."""
        rows = [row for row in leads if row["id"] not in self.inserted and row["id"] not in self.before]
        self.before |= search_texts(self.store, rows)

    def remember_work(self, leads: Iterable[int]) -> None:
        """`remember` for many leads whose activities come or go: their task dates are computed again as well."""
        ids = sorted(set(leads))
        self.remember_many(self.store.fetch("lead", ids, fields=SEARCHED))
        self.task_dates_dirty.update(ids)

    def flush(self) -> None:
        """Bring the full-text indexes and the task dates of changed leads up to date."""
        write = self.store.connection
        touched = [] if self.is_rebuild_due else list(self.inserted | self.before.keys())
        for start in range(0, len(touched), _PAGE):
            ids = touched[start : start + _PAGE]
            now = search_texts(self.store, self.store.fetch("lead", ids, fields=SEARCHED))
            moved = [id for id in ids if self.before.get(id, _NONE) != now.get(id, _NONE)]
            remove_from_index(write, {id: self.before[id] for id in moved if id in self.before})
            index_lead(write, {id: now[id] for id in moved if id in now})
        if self.is_rebuild_due:
            rebuild_all(self.store)
        write.executemany(WORK, [(lead,) for lead in self.task_dates_dirty])
        self.inserted, self.before, self.task_dates_dirty, self.is_rebuild_due = set(), {}, set(), False


# A task is an activity with a due date; a plan for the future is no contact yet, so a later read asks again
# (fields.py).
# Of due days and due moments the first of each is kept, the one with the smaller text as due_at (see fields.py).
WORK = """UPDATE leads SET
    (due_at, other_due_at) = (
        SELECT min(first), CASE WHEN count(*) > 1 THEN max(first) END FROM (
            SELECT min(due_at) AS first FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id
            AND due_at IS NOT NULL AND done_at IS NULL GROUP BY length(due_at))),
    activity_at = (SELECT max(at) FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id),
    contacted_at = (SELECT max(at) FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id
                    AND due_at IS NULL AND kind IN ('call', 'email', 'meeting', 'visit'))
    WHERE id = ?"""


def without_empty_fields(record: Record) -> Record:
    """A record without its empty fields, as the journal keeps a deleted one."""
    return {name: value for name, value in record.items() if value is not None and value != []}
