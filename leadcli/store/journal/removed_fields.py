"""Values of removed fields: they stay in their columns for undo, and go and come back with their records.

The journal keeps such a value under its column, not under a name: a new field of the same name has another column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.model.kinds import Record
from leadcli.store.schema import quote_name
from leadcli.store.store import CUSTOMISED

if TYPE_CHECKING:
    from leadcli.store.store import Store

_MARK = "column "  # no field is called so: their names have no spaces


def removed_field_key(column: str) -> str:
    """What the journal calls the value of a removed field."""
    return f"{_MARK}{column}"


def is_removed_field_key(name: str) -> bool:
    return name.startswith(_MARK)


class RemovedFields:
    """The columns that removed fields left in this desk, read once an operation and kind of record."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._columns: dict[str, Mapping[str, str]] = {}

    def forget(self) -> None:
        """A field was added or removed just now."""
        self._columns = {}

    def columns(self, record: str) -> Mapping[str, str]:
        """What the journal calls each value -> its column."""
        if record not in CUSTOMISED:
            return {}
        if record not in self._columns:
            type_ = self.store.type(record)
            known = {field.sql_column for field in type_.stored()}
            there = (row[1] for row in self.store.select(f"PRAGMA table_info({type_.table})"))
            left = (column for column in there if column.startswith("x_") and column not in known)
            self._columns[record] = {removed_field_key(column): column for column in left}
        return self._columns[record]

    def values(self, record: str, ids: Sequence[int]) -> dict[int, Record]:
        """What these records have in such columns: id -> {name in the journal: value}, empty ones left out."""
        columns = self.columns(record)
        if not columns:
            return {}
        listed = ", ".join(map(quote_name, columns.values()))
        sql = f"""SELECT id, {listed} FROM {self.store.type(record).table}
                  WHERE id IN (SELECT value FROM json_each(?))"""
        return {
            row[0]: {name: value for name, value in zip(columns, row[1:], strict=True) if value is not None}
            for row in self.store.select(sql, (str(list(ids)),))
        }

    def flat(self, record: str, values: Mapping[str, Any]) -> Record:
        """The part of a record as the journal keeps it that goes into such columns: column -> value."""
        removed = {name: value for name, value in values.items() if is_removed_field_key(name)}
        return (
            {column: removed[name] for name, column in self.columns(record).items() if name in removed}
            if removed
            else {}
        )
