"""A scan of a desk for duplicates: in full, or of what is new since the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leadcli.domain.data.duplicates import groups as duplicate_groups
from leadcli.domain.data.duplicates.groups import LEAST, Group
from leadcli.store.bulk.temp_database import give_back
from leadcli.store.reads import duplicate_keys
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.domain.data.duplicates.linkage.linker import Learnt, Scan
    from leadcli.domain.data.duplicates.linkage.scan_cache import Kept
    from leadcli.domain.data.duplicates.linkage.value_codes import Columns

Told = Callable[[int, int], object]
Pair = tuple[int, int]
LARGE = 20_000  # leads; fewer are compared anew in about a second
_NEWS = 20  # where more than one lead in so many changed, comparing all anew is as quick and learns anew


class Scanned(NamedTuple):
    """A scan, the pairs of ids told apart, and the groups it lists as usual where those are known already."""

    scan: Scan
    apart: Sequence[Pair]
    groups: list[Group] | None = None


class Memory(NamedTuple):
    """Where what a scan learnt is kept, in a folder (None: nowhere); `renew`: all is compared anew all the same;
    `large`: from how many leads on it is worth keeping."""

    folder: Path | None = None
    renew: bool = False
    large: int = LARGE


NOWHERE = Memory()


def scan(store: Store, record: str, told: Told = lambda done, total: None, *, memory: Memory = NOWHERE) -> Scanned:
    """Every likely pair of the records; of a large desk only what changed since the last scan is compared."""
    apart, total = duplicate_keys.told_apart(store, record), duplicate_keys.count(store, record)
    if record != "lead" or total < memory.large or not memory.folder or not store.path:
        return Scanned(whole(store, record, told, total), apart)
    from leadcli.domain.data.duplicates.linkage import scan_cache

    file = memory.folder / f"duplicates-{sha256(str(store.path.resolve()).encode()).hexdigest()[:16]}"
    operation = duplicate_keys.last_operation(store)
    with duplicate_groups.no_collection():
        before = None if memory.renew else scan_cache.load(file)
        found = before and _renewed(store, before, apart, total)
        if not before or not found:
            every = whole(store, record, told, total)
            found = Scanned(every, apart, duplicate_groups.groups(every, apart=apart))
        if not before or found.groups is not before.groups or operation > before.operation + _NEWS:
            landmark = duplicate_keys.landmark(store, operation)
            marks, pairs, learnt, _ = found.scan
            scan_cache.save(
                file, scan_cache.Kept(operation, landmark, marks, pairs, learnt, list(apart), found.groups or [])
            )
    return found


def whole(store: Store, record: str, told: Told, total: int, *, learnt: Learnt | None = None) -> Scan:
    """All records compared; the weights are learnt from them unless given."""
    from leadcli.domain.data.duplicates.linkage import linker

    with duplicate_groups.no_collection():
        columns = _columns(store, record)
        give_back(store.connection)  # comparing goes on without the file, and needs the room
        scanned = linker.scan(columns, lambda share: told(int(share * total), total), learnt=learnt)
        return duplicate_groups.with_twins(scanned, duplicate_keys.twins(store)) if record == "lead" else scanned


def _columns(store: Store, record: str, ids: Sequence[int] | None = None) -> Columns:
    from leadcli.domain.data.duplicates.linkage import value_codes

    return value_codes.columns(
        duplicate_keys.keys(store, record, ids),
        duplicate_keys.emails(store, record, ids),
        duplicate_keys.phones(store, record, ids),
    )


def _renewed(store: Store, before: Kept, apart: Sequence[Pair], total: int) -> Scanned | None:
    """The kept scan brought up to date; None where it is of another desk or another past, or too much has changed."""
    if duplicate_keys.landmark(store, before.operation) != before.landmark:
        return None
    changed = duplicate_keys.changed(store, "lead", before.operation, most=total // _NEWS)
    if changed is None:
        return None
    import numpy as np

    from leadcli.domain.data.duplicates.linkage import linker, reasons, scan_cache
    from leadcli.domain.data.duplicates.linkage.comparison import Distant

    if not changed and before.apart == list(apart) and len(before.marks.ids) == total:
        judge = Distant(before.marks, lambda ids: _columns(store, "lead", ids))
        return Scanned(linker.Scan(before.marks, before.pairs, before.learnt, judge), apart, before.groups)
    scanned, touched = scan_cache.renewed(
        (before.marks, before.pairs, before.learnt), changed, _columns(store, "lead", changed),
        lambda ids: _columns(store, "lead", ids),
    )  # fmt: skip
    if len(scanned.marks.ids) != total:
        return None
    ids = scanned.marks.ids
    scanned = duplicate_groups.with_twins(scanned, duplicate_keys.twins(store, ids[touched].tolist()))
    for pair in duplicate_groups.places(scanned, set(before.apart) ^ set(apart)):
        touched[list(pair)] = True
    near = scan_cache.around(scanned, touched, reasons.odds_of(LEAST - 0.5))
    if isinstance(scanned.comparing, Distant):
        scanned.comparing.meet(np.flatnonzero(near))
    again = duplicate_groups.groups(scan_cache.within(scanned, near), apart=apart)
    moved = set(changed) | set(ids[np.flatnonzero(near)].tolist())
    same = [group for group in before.groups if moved.isdisjoint(group.leads)]
    return Scanned(scanned, apart, duplicate_groups.in_order([*same, *again]))
