"""Small named rows of the desk - views, rules, templates - found by name."""

from __future__ import annotations

from leadcli.kinds import Record
from leadcli.store.store import Store


def find_row(store: Store, record: str, name: str, **same: str) -> Record | None:
    """The row called `name` (in any case) whose other fields equal `same`, or None."""
    wanted = name.casefold()
    for row in store.every(record):
        if row["name"].casefold() == wanted and all(row[field] == value for field, value in same.items()):
            return row
    return None
