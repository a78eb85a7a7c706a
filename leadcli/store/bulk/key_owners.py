"""Whom a key of a settled row means: in memory while a page of rows is settled, then in the staging table key_owners.

Most keys are asked for once and belong to nobody yet: a table of marks says so without SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from mmap import mmap
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from leadcli.store.bulk.staging import Stage

_SLOTS = 1 << 24  # one byte a key; its pages come with their first mark
_PENDING = 5000  # keys in memory

Key = tuple[str, str]  # kind and text


class Owner(NamedTuple):
    """Whom a key leads to: a lead's id, or minus the number of an earlier row; `uid` is the uid that row brought."""

    target: int
    uid: str | None


class KeyOwners:
    """The first row or lead of each key; later ones do not take it over."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._marks: mmap | None = None
        self._pending: dict[Key, Owner] = {}
        self._doubtful: set[Key] = set()  # pending keys that the table may have already

    def mark(self, key: Key) -> None:
        """Note that there is something to find under a key."""
        self._marks = marks = self._marks or mmap(-1, _SLOTS)
        marks[hash(key) % _SLOTS] = 1

    def is_marked(self, key: Key) -> bool:
        """False is certain, True only likely."""
        return self._marks is not None and self._marks[hash(key) % _SLOTS] == 1

    def add(self, target: int, uid: str | None, keys: Sequence[Key]) -> None:
        """From now on these keys mean `target`."""
        owner, pending = Owner(target, uid), self._pending
        for key in keys:
            if key in pending:
                continue
            if self.is_marked(key):
                self._doubtful.add(key)
            else:
                self.mark(key)
            pending[key] = owner
        if len(pending) > _PENDING:
            self.flush()

    def get(self, kind: str, key: str) -> Owner | None:
        """The earlier row that has this key, or the lead it went into."""
        return self.find(kind, (key,)).get(key)

    def find(self, kind: str, keys: Sequence[str]) -> dict[str, Owner]:
        """The owners of those of the keys that have one."""
        owners: dict[str, Owner] = {}
        stored: list[str] = []  # keys that the table may have
        for key in keys:
            pair = (kind, key)
            owner = self._pending.get(pair)
            if owner:
                owners[key] = owner
            if pair in self._doubtful if owner else self.is_marked(pair):
                stored.append(key)
        if stored:
            marks = ", ".join("?" * len(stored))
            sql = f"SELECT key, target, uid FROM key_owners WHERE kind = ? AND key IN ({marks})"
            owners.update((key, Owner(target, uid)) for key, target, uid in self.stage.select(sql, (kind, *stored)))
        return owners

    def flush(self) -> None:
        """Write what is in memory to the table."""
        rows = [(*key, *owner) for key, owner in self._pending.items()]
        if rows:
            self.stage.run_many("INSERT OR IGNORE INTO key_owners VALUES (?, ?, ?, ?)", rows)
        self._pending.clear()
        self._doubtful.clear()

    def close(self) -> None:
        """No more keys are asked for: the memory goes back."""
        self.flush()
        if self._marks is not None:
            self._marks.close()
        self._marks = None
