"""Lists of choices that cannot be read: named, and emptied after a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadcli.store import engine
from leadcli.store.reads.choices import LISTS, parse_list

if TYPE_CHECKING:
    from leadcli.store.store import Store


def unreadable_lists(store: Store) -> list[tuple[int, str, str]]:
    """(id, column, sentence) of each list that cannot be read."""
    rows = engine.select(store.connection, f"SELECT id, label, field, {', '.join(LISTS)} FROM options ORDER BY id")
    return [
        (row[0], name, f"the choice '{row[1]}' of {row[2]} holds a list that cannot be read ({name})")
        for row in rows
        for name, text in zip(LISTS, row[3:], strict=True)
        if text and parse_list(text) is None
    ]


def empty_unreadable_lists(store: Store) -> None:
    """Empty the lists that cannot be read: any status may follow, no other spelling is known."""
    lists = unreadable_lists(store)
    with engine.transaction(store.connection, lock_timeout=store.desk.lock_timeout):
        for id, name, _ in lists:
            store.connection.execute(f"UPDATE options SET {name} = NULL WHERE id = ?", (id,))
    store.forget()
