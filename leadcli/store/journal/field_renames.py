"""Renames of custom fields: from a name in the journal (of a removed field its column) to the name it has now."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from leadcli.store.journal.batch import DELETE, INSERT
from leadcli.store.journal.removed_fields import removed_field_key
from leadcli.store.store import CUSTOMISED

if TYPE_CHECKING:
    from leadcli.store.store import Store

_NamesByColumn = Mapping[int, tuple[str, str]]  # custom field -> its name and column


class FieldRenames:
    """The names at any change the journal had when this was made, read once; those of now are the registry's."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._since, self._past = _past_names(store)
        self._any = any(self._past)
        self._renames: dict[tuple[str, int], Mapping[str, str]] = {}
        self._records = store.records

    def names(self, record: str, change: int) -> Mapping[str, str]:
        """Name in the journal at a change -> name now, of those that differ.

        The value of a field that is removed by now has the name that removed_fields.py gives it.
        """
        if record not in CUSTOMISED or not self._any:
            return {}
        if self._records is not self.store.records:  # undo brought a field back, or took one away
            self._records, self._renames = self.store.records, {}
        place = bisect_left(self._since, change) - 1
        if (record, place) not in self._renames:
            self._renames[record, place] = self._names(record, self._past[place])
        return self._renames[record, place]

    def names_of_renamed(self) -> list[str]:
        """Every name that a custom field ever had in the journal; [] while no field was renamed or removed."""
        if all(before.items() <= after.items() for before, after in pairwise(self._past)):
            return []
        every = {pair for past in self._past for pair in past.values()}
        return sorted({called for name, column in every for called in (name, removed_field_key(column))})

    def _names(self, record: str, past_names: _NamesByColumn) -> Mapping[str, str]:
        now = {field.sql_column: field.name for field in self.store.type(record).fields.values() if field.custom}
        then = dict(past_names.values())
        was_removed = now.keys() - then.values()
        names = {name: now.get(column) or removed_field_key(column) for name, column in then.items()}
        names |= {removed_field_key(column): now[column] for column in was_removed}
        return {name: called for name, called in names.items() if name != called}


def _past_names(store: Store) -> tuple[list[int], list[_NamesByColumn]]:
    """The ids of the changes after which the custom fields were others, and the fields that there were from then on.

    Read backwards from what there is now: the journal says of a change what was before it.
    """
    present: dict[int, tuple[str, str]] = {
        id: (name, column) for id, name, column in store.select('SELECT id, name, "column" FROM custom_fields')
    }
    sql = f"""SELECT id, record_id, field, old FROM changes WHERE record = 'custom_field'
              AND field IN ('{INSERT}', '{DELETE}', 'name') ORDER BY id DESC"""
    past: list[tuple[int, _NamesByColumn]] = []
    for change, id, field, old in store.select(sql):
        past.append((change, dict(present)))
        if field == INSERT:
            present.pop(id, None)
        elif field == DELETE:
            deleted = json.loads(old)
            present[id] = deleted["name"], deleted["column"]
        else:
            present[id] = old, present[id][1]
    past.append((0, present))
    return [change for change, _ in past[::-1]], [fields for _, fields in past[::-1]]
