"""Columns computed from the data: match keys, dates of the next task and the last contact, kept with every change.

They are written with every change and recorded by none, so that `undo` restores them by computing them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from leadcli.model.computed import CONTACT_TEST, last_letter_sql
from leadcli.model.kinds import Record
from leadcli.store.search.index_text import (
    PAGE,
    SEARCHED,
    add_words,
    index_lead,
    rebuild_all,
    remove_from_index,
    search_texts,
)
from leadcli.text import match_keys

if TYPE_CHECKING:
    from leadcli.store.store import Store

_NONE = ("", "")


class Derived:
    """The columns and full-text indexes that one operation has to bring up to date before it commits."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.inserted: set[int] = set()
        self.before: dict[int, tuple[str, str]] = {}
        self.task_dates_dirty: set[int] = set()
        self.is_rebuild_due = False  # most leads are deleted: the full-text indexes are rebuilt for the rest

    def remember(self, leads: Iterable[int]) -> None:
        """Keep what the full-text index holds for leads: FTS5 needs the old text to delete it."""
        ids = [id for id in dict.fromkeys(leads) if id not in self.inserted and id not in self.before]
        for start in range(0, len(ids), PAGE):
            self.remember_rows(self.store.fetch("lead", ids[start : start + PAGE], fields=SEARCHED))

    def remember_rows(self, leads: Iterable[Mapping[str, Any]]) -> None:
        """`remember` for leads that were just read."""
        rows = [row for row in leads if row["id"] not in self.inserted and row["id"] not in self.before]
        self.before |= search_texts(self.store, rows) if rows else {}

    def remember_work(self, leads: Iterable[int]) -> None:
        """`remember` for leads whose activities come or go: their task dates are computed again as well."""
        ids = sorted(set(leads))
        self.remember(ids)
        self.task_dates_dirty.update(ids)

    def add_texts(self, texts: Iterable[tuple[int, str | None]]) -> None:
        """Leads are found by these texts too: (lead, text). A lead that is indexed anew at the end needs none.

        An index without positions takes further words of a row as they come, so nothing has to be read.
        """
        added = [each for each in texts if each[1] and each[0] not in self.inserted and each[0] not in self.before]
        folded = {text: match_keys.fold_text(text or "") for _, text in added}  # many leads often get the same one
        add_words(self.store.connection, ((lead, folded[text]) for lead, text in added))

    def flush(self) -> None:
        """Bring the full-text indexes and the task dates of changed leads up to date."""
        write = self.store.connection
        touched = [] if self.is_rebuild_due else sorted(self.inserted | self.before.keys())
        for start in range(0, len(touched), PAGE):
            ids = touched[start : start + PAGE]
            now = search_texts(self.store, self.store.fetch("lead", ids, fields=SEARCHED))
            held = {id: _changed_texts(self.before.get(id, _NONE), now.get(id, _NONE)) for id in ids}
            remove_from_index(write, held)
            index_lead(write, {id: _changed_texts(now.get(id, _NONE), self.before.get(id, _NONE)) for id in ids})
        if self.is_rebuild_due:
            rebuild_all(self.store)
        if self.task_dates_dirty:
            write.execute(WORK, (json.dumps(list(self.task_dates_dirty)),))
        self.inserted, self.before, self.task_dates_dirty, self.is_rebuild_due = set(), {}, set(), False


# A task is an activity with a due date; a plan for the future is no contact yet, so a later read asks again
# (fields.py).
# Of due days and due moments the first of each is kept, the one with the smaller text as due_at (see fields.py).
_OF_LEAD = "a.record = 'lead' AND a.record_id = leads.id"
WORK = f"""UPDATE leads SET
    (due_at, other_due_at) = (
        SELECT min(first), CASE WHEN count(*) > 1 THEN max(first) END FROM (
            SELECT min(due_at) AS first FROM activities a WHERE {_OF_LEAD}
            AND due_at IS NOT NULL AND done_at IS NULL GROUP BY length(due_at))),
    activity_at = (SELECT max(at) FROM activities a WHERE {_OF_LEAD}),
    contacted_at = (SELECT max(at) FROM activities a WHERE {_OF_LEAD} AND {CONTACT_TEST}),
    unanswered_at = {last_letter_sql("in", _OF_LEAD)},
    awaiting_at = {last_letter_sql("out", _OF_LEAD)}
    WHERE id IN (SELECT value FROM json_each(?))"""


def _changed_texts(texts: tuple[str, str], others: tuple[str, str]) -> tuple[str, str]:
    """What differs from the other texts of the same lead, '' where nothing does."""
    words, name = (text if text != other else "" for text, other in zip(texts, others, strict=True))
    return words, name


def without_empty_fields(record: Mapping[str, Any]) -> Record:
    """A record without its empty fields, as the journal keeps a deleted one."""
    return {name: value for name, value in record.items() if value is not None and value != []}
