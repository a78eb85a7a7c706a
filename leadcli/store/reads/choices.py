"""The lists that choices keep as JSON: statuses that may follow, statuses a type allows, other spellings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leadcli.errors import BadDatabase
from leadcli.store import engine

if TYPE_CHECKING:
    from leadcli.store.store import Store

LISTS = ("allow", "next", "also")


def items(option: Sequence[Any], text: str) -> tuple[str, ...]:
    """A list kept as JSON in a row of `options` that begins (field, key, label). Raises BadDatabase when it is none."""
    values = read(text)
    if values is None:
        raise BadDatabase(
            f"the choice '{option[2]}' of {option[0]} holds a list that cannot be read.",
            hint="empty that list, after a copy was made: leadcli doctor --fix",
        )
    return values


def read(text: str) -> tuple[str, ...] | None:
    """The texts of a JSON array; None for anything else."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(values) if isinstance(values, list) and all(isinstance(each, str) for each in values) else None


def unreadable(store: Store) -> list[tuple[int, str, str]]:
    """(id, column, sentence) of each list that cannot be read."""
    rows = engine.select(store.connection, f"SELECT id, label, field, {', '.join(LISTS)} FROM options ORDER BY id")
    return [
        (row[0], name, f"the choice '{row[1]}' of {row[2]} holds a list that cannot be read ({name})")
        for row in rows
        for name, text in zip(LISTS, row[3:], strict=True)
        if text and read(text) is None
    ]


def empty(store: Store) -> None:
    """Empty the lists that cannot be read: any status may follow, no other spelling is known."""
    lists = unreadable(store)
    with engine.transaction(store.connection, lock_timeout=store.desk.lock_timeout):
        for id, name, _ in lists:
            store.connection.execute(f"UPDATE options SET {name} = NULL WHERE id = ?", (id,))
    store.forget()
