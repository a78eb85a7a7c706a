"""A scan of a desk for duplicates: in full, or of what is new since the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leadcli.domain.data.duplicates import groups as duplicate_groups
from leadcli.domain.data.duplicates.groups import LEAST, DuplicateGroup
from leadcli.store.bulk.temp_database import give_back
from leadcli.store.reads import duplicate_keys
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.domain.data.duplicates.linkage.linker import ScanResult, TrainedModel
    from leadcli.domain.data.duplicates.linkage.scan_cache import ScanCache
    from leadcli.domain.data.duplicates.linkage.value_codes import LeadColumns

Told = Callable[[int, int], object]
Pair = tuple[int, int]
LARGE = 20_000  # leads; fewer are compared anew in about a second
_NEWS = 20  # where more than one lead in so many changed, comparing all anew is as quick and learns anew


class DeskScan(NamedTuple):
    """A scan, the pairs of ids told apart, and the groups it lists as usual where those are known already."""

    scan: ScanResult
    apart: Sequence[Pair]
    groups: list[DuplicateGroup] | None = None


class KnownScan(NamedTuple):
    """Where what a scan learnt is kept, in a folder (None: nowhere); `renew`: all is compared anew all the same;
    `large`: from how many leads on it is worth keeping."""

    folder: Path | None = None
    renew: bool = False
    large: int = LARGE


NOWHERE = KnownScan()


def scan_desk(
    store: Store, record: str, told: Told = lambda done, total: None, *, memory: KnownScan = NOWHERE
) -> DeskScan:
    """Every likely pair of the records; of a large desk only what changed since the last scan is compared."""
    apart, total = duplicate_keys.known_distinct_pairs(store, record), duplicate_keys.count_records(store, record)
    if record != "lead" or total < memory.large or not memory.folder or not store.path:
        return DeskScan(scan_whole(store, record, told, total), apart)
    from leadcli.domain.data.duplicates.linkage import scan_cache

    file = memory.folder / f"duplicates-{sha256(str(store.path.resolve()).encode()).hexdigest()[:16]}"
    operation = duplicate_keys.last_operation(store)
    with duplicate_groups.is_no_collection():
        before = None if memory.renew else scan_cache.load_scan(file)
        found = before and _update_scan(store, before, apart, total)
        if not before or not found:
            every = scan_whole(store, record, told, total)
            found = DeskScan(every, apart, duplicate_groups.find_groups(every, apart=apart))
        if not before or found.groups is not before.groups or operation > before.operation + _NEWS:
            landmark = duplicate_keys.last_operation_mark(store, operation)
            marks, pairs, learnt, _ = found.scan
            scan_cache.save_scan(
                file, scan_cache.ScanCache(operation, landmark, marks, pairs, learnt, list(apart), found.groups or [])
            )
    return found


def scan_whole(store: Store, record: str, told: Told, total: int, *, learnt: TrainedModel | None = None) -> ScanResult:
    """All records compared; the weights are learnt from them unless given."""
    from leadcli.domain.data.duplicates.linkage import linker

    with duplicate_groups.is_no_collection():
        columns = _desk_columns(store, record)
        give_back(store.connection)  # comparing goes on without the file, and needs the room
        scanned = linker.scan_leads(columns, lambda share: told(int(share * total), total), learnt=learnt)
        return duplicate_groups.add_twins(scanned, duplicate_keys.find_twins(store)) if record == "lead" else scanned


def _desk_columns(store: Store, record: str, ids: Sequence[int] | None = None) -> LeadColumns:
    from leadcli.domain.data.duplicates.linkage import value_codes

    return value_codes.build_columns(
        duplicate_keys.match_keys(store, record, ids),
        duplicate_keys.emails(store, record, ids),
        duplicate_keys.phones(store, record, ids),
    )


def _update_scan(store: Store, before: ScanCache, apart: Sequence[Pair], total: int) -> DeskScan | None:
    """The kept scan brought up to date; None where it is of another desk or another past, or too much has changed."""
    if duplicate_keys.last_operation_mark(store, before.operation) != before.landmark:
        return None
    changed = duplicate_keys.changed_since(store, "lead", before.operation, most=total // _NEWS)
    if changed is None:
        return None
    import numpy as np

    from leadcli.domain.data.duplicates.linkage import linker, reasons, scan_cache
    from leadcli.domain.data.duplicates.linkage.comparison import DistantComparator

    if not changed and before.apart == list(apart) and len(before.marks.ids) == total:
        judge = DistantComparator(before.marks, lambda ids: _desk_columns(store, "lead", ids))
        return DeskScan(linker.ScanResult(before.marks, before.pairs, before.learnt, judge), apart, before.groups)
    scanned, touched = scan_cache.update_scan(
        (before.marks, before.pairs, before.learnt), changed, _desk_columns(store, "lead", changed),
        lambda ids: _desk_columns(store, "lead", ids),
    )  # fmt: skip
    if len(scanned.marks.ids) != total:
        return None
    ids = scanned.marks.ids
    scanned = duplicate_groups.add_twins(scanned, duplicate_keys.find_twins(store, ids[touched].tolist()))
    for pair in duplicate_groups.group_positions(scanned, set(before.apart) ^ set(apart)):
        touched[list(pair)] = True
    near = scan_cache.neighbours(scanned, touched, reasons.odds_of_score(LEAST - 0.5))
    if isinstance(scanned.comparing, DistantComparator):
        scanned.comparing.meet(np.flatnonzero(near))
    again = duplicate_groups.find_groups(scan_cache.restrict(scanned, near), apart=apart)
    moved = set(changed) | set(ids[np.flatnonzero(near)].tolist())
    same = [group for group in before.groups if moved.isdisjoint(group.leads)]
    return DeskScan(scanned, apart, duplicate_groups.sort_groups([*same, *again]))
