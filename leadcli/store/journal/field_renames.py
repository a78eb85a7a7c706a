"""What fields of one's own are called now that the journal knows by older names, or by their column once removed."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from leadcli.model.kinds import Record
from leadcli.store.journal.operation import DELETE, INSERT
from leadcli.store.schema import quoted
from leadcli.store.store import CUSTOMISED

if TYPE_CHECKING:
    from leadcli.store.store import Store

_Own = Mapping[int, tuple[str, str]]  # custom field -> its name and column


class Namings:
    """The names at any change the journal had when this was made, read once; those of now are the registry's."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._since, self._own = _past(store)
        self._any = any(self._own)
        self._found: dict[tuple[str, int], Mapping[str, str]] = {}
        self._records = store.records

    def names(self, record: str, change: int) -> Mapping[str, str]:
        """Name in the journal at a change -> name now, of those that differ.

        The value of a field that is removed by now is called as `removed_fields` does.
        """
        if record not in CUSTOMISED or not self._any:
            return {}
        if self._records is not self.store.records:  # undo brought a field back, or took one away
            self._records, self._found = self.store.records, {}
        place = bisect_left(self._since, change) - 1
        if (record, place) not in self._found:
            self._found[record, place] = self._names(record, self._own[place])
        return self._found[record, place]

    def several(self) -> list[str]:
        """What any of them was ever called in the journal; nothing as long as each had one name only."""
        if all(before.items() <= after.items() for before, after in pairwise(self._own)):
            return []
        every = {pair for own in self._own for pair in own.values()}
        return sorted({called for name, column in every for called in (name, key(column))})

    def _names(self, record: str, own: _Own) -> Mapping[str, str]:
        now = {field.sql_column: field.name for field in self.store.type(record).fields.values() if field.custom}
        then = dict(own.values())
        was_removed = now.keys() - then.values()
        names = {name: now.get(column) or key(column) for name, column in then.items()}
        names |= {key(column): now[column] for column in was_removed}
        return {name: called for name, called in names.items() if name != called}


def _past(store: Store) -> tuple[list[int], list[_Own]]:
    """The changes after which the fields of one's own were others, and which there were from then on.

    Read backwards from what there is now: the journal says of a change what was before it.
    """
    own: dict[int, tuple[str, str]] = {
        id: (name, column) for id, name, column in store.select('SELECT id, name, "column" FROM custom_fields')
    }
    sql = f"""SELECT id, record_id, field, old FROM changes WHERE record = 'custom_field'
              AND field IN ('{INSERT}', '{DELETE}', 'name') ORDER BY id DESC"""
    past: list[tuple[int, _Own]] = []
    for change, id, field, old in store.select(sql):
        past.append((change, dict(own)))
        if field == INSERT:
            own.pop(id, None)
        elif field == DELETE:
            kept = json.loads(old)
            own[id] = kept["name"], kept["column"]
        else:
            own[id] = old, own[id][1]
    past.append((0, own))
    return [change for change, _ in past[::-1]], [fields for _, fields in past[::-1]]


_MARK = "column "  # no field is called so: their names have no spaces


def key(column: str) -> str:
    """What the journal calls the value of a removed field."""
    return f"{_MARK}{column}"


def is_key(name: str) -> bool:
    return name.startswith(_MARK)


class RemovedFields:
    """The columns that removed fields left in this desk, read once an operation and kind of record."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._found: dict[str, Mapping[str, str]] = {}

    def forget(self) -> None:
        """A field was added or removed just now."""
        self._found = {}

    def columns(self, record: str) -> Mapping[str, str]:
        """What the journal calls each value -> its column."""
        if record not in CUSTOMISED:
            return {}
        if record not in self._found:
            type_ = self.store.type(record)
            known = {field.sql_column for field in type_.stored()}
            there = (row[1] for row in self.store.select(f"PRAGMA table_info({type_.table})"))
            left = (column for column in there if column.startswith("x_") and column not in known)
            self._found[record] = {key(column): column for column in left}
        return self._found[record]

    def values(self, record: str, ids: Sequence[int]) -> dict[int, Record]:
        """What these records have in such columns: id -> {name in the journal: value}, empty ones left out."""
        columns = self.columns(record)
        if not columns:
            return {}
        listed = ", ".join(map(quoted, columns.values()))
        sql = f"""SELECT id, {listed} FROM {self.store.type(record).table}
                  WHERE id IN (SELECT value FROM json_each(?))"""
        return {
            row[0]: {name: value for name, value in zip(columns, row[1:], strict=True) if value is not None}
            for row in self.store.select(sql, (str(list(ids)),))
        }

    def flat(self, record: str, values: Mapping[str, Any]) -> Record:
        """The part of a record as the journal keeps it that goes into such columns: column -> value."""
        given = {name: value for name, value in values.items() if is_key(name)}
        return {column: given[name] for name, column in self.columns(record).items() if name in given} if given else {}
