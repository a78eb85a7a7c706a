"""A scan of a desk for duplicates: in full, or of what is new since the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leadcli.domain.data.duplicates import groups as duplicate_groups
from leadcli.domain.data.duplicates.groups import MIN_SCORE, DuplicateGroup
from leadcli.store.engine import give_back
from leadcli.store.reads import duplicate_keys
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.domain.data.duplicates.linkage.linker import ScanResult, TrainedModel
    from leadcli.domain.data.duplicates.linkage.scan_cache import ScanCache
    from leadcli.domain.data.duplicates.linkage.value_codes import LeadColumns

Progress = Callable[[int, int], object]
Pair = tuple[int, int]
LARGE = 20_000  # leads; fewer are compared anew in about a second
_MIN_LEADS_PER_CHANGE = (
    20  # where more than one lead in so many changed, comparing all anew is as quick and learns anew
)


class DeskScan(NamedTuple):
    """A scan, the pairs of ids that cannot be linked, and the groups of MIN_SCORE or more if known."""

    scan: ScanResult
    cannot_link: Sequence[Pair]
    groups: list[DuplicateGroup] | None = None


class CacheOptions(NamedTuple):
    """Where a scan is cached: `folder` (None: nowhere). `renew` compares all leads anew.

    `large` is the number of leads from which a scan is cached.
    """

    folder: Path | None = None
    renew: bool = False
    large: int = LARGE


NO_CACHE = CacheOptions()


def scan_desk(
    store: Store, record: str, progress: Progress = lambda done, total: None, *, cache: CacheOptions = NO_CACHE
) -> DeskScan:
    """Every likely pair of the records; of a large desk only what changed since the last scan is compared."""
    cannot_link, total = duplicate_keys.known_distinct_pairs(store, record), duplicate_keys.count_records(store, record)
    if record != "lead" or total < cache.large or not cache.folder or not store.path:
        return DeskScan(scan_whole(store, record, progress, total), cannot_link)
    from leadcli.domain.data.duplicates.linkage import scan_cache

    file = cache.folder / f"duplicates-{sha256(str(store.path.resolve()).encode()).hexdigest()[:16]}"
    operation = duplicate_keys.last_operation(store)
    with duplicate_groups.pause_garbage_collection():
        cached = None if cache.renew else scan_cache.load_scan(file)
        desk_scan = cached and _update_scan(store, cached, cannot_link, total)
        if not cached or not desk_scan:
            every = scan_whole(store, record, progress, total)
            desk_scan = DeskScan(every, cannot_link, duplicate_groups.find_groups(every, cannot_link=cannot_link))
        if not cached or desk_scan.groups is not cached.groups or operation > cached.operation + _MIN_LEADS_PER_CHANGE:
            landmark = duplicate_keys.last_operation_mark(store, operation)
            keys, pairs, trained, _ = desk_scan.scan
            scan_cache.save_scan(
                file,
                scan_cache.ScanCache(
                    operation, landmark, keys, pairs, trained, list(cannot_link), desk_scan.groups or []
                ),
            )
    return desk_scan


def scan_whole(
    store: Store, record: str, progress: Progress, total: int, *, trained: TrainedModel | None = None
) -> ScanResult:
    """All records compared; the weights are trained on them unless a trained model is passed."""
    from leadcli.domain.data.duplicates.linkage import linker

    with duplicate_groups.pause_garbage_collection():
        columns = _desk_columns(store, record)
        give_back(store.connection)  # comparing goes on without the file, and needs the room
        scan = linker.scan_leads(columns, lambda share: progress(int(share * total), total), trained=trained)
        return (
            duplicate_groups.add_external_id_pairs(scan, duplicate_keys.find_twins(store)) if record == "lead" else scan
        )


def _desk_columns(store: Store, record: str, ids: Sequence[int] | None = None) -> LeadColumns:
    from leadcli.domain.data.duplicates.linkage import value_codes

    return value_codes.build_columns(
        duplicate_keys.match_keys(store, record, ids),
        duplicate_keys.emails(store, record, ids),
        duplicate_keys.phones(store, record, ids),
    )


def _update_scan(store: Store, cached: ScanCache, cannot_link: Sequence[Pair], total: int) -> DeskScan | None:
    """The cached scan brought up to date; None where it is of another desk or another past, or too much has changed."""
    if duplicate_keys.last_operation_mark(store, cached.operation) != cached.landmark:
        return None
    changed = duplicate_keys.changed_since(store, "lead", cached.operation, most=total // _MIN_LEADS_PER_CHANGE)
    if changed is None:
        return None
    import numpy as np

    from leadcli.domain.data.duplicates.linkage import linker, scan_cache
    from leadcli.domain.data.duplicates.linkage.comparison import LazyComparator

    if not changed and cached.cannot_link == list(cannot_link) and len(cached.blocking_keys.ids) == total:
        comparator = LazyComparator(cached.blocking_keys, lambda ids: _desk_columns(store, "lead", ids))
        return DeskScan(
            linker.ScanResult(cached.blocking_keys, cached.pairs, cached.trained, comparator),
            cannot_link,
            cached.groups,
        )
    scan, touched = scan_cache.update_scan(
        (cached.blocking_keys, cached.pairs, cached.trained), changed, _desk_columns(store, "lead", changed),
        lambda ids: _desk_columns(store, "lead", ids),
    )  # fmt: skip
    if len(scan.blocking_keys.ids) != total:
        return None
    ids = scan.blocking_keys.ids
    scan = duplicate_groups.add_external_id_pairs(scan, duplicate_keys.find_twins(store, ids[touched].tolist()))
    for pair in duplicate_groups.group_positions(scan, set(cached.cannot_link) ^ set(cannot_link)):
        touched[list(pair)] = True
    near = scan_cache.neighbours(scan, touched, linker.odds_of_score(MIN_SCORE - 0.5))
    if isinstance(scan.comparator, LazyComparator):
        scan.comparator.load_leads(np.flatnonzero(near))
    again = duplicate_groups.find_groups(scan_cache.keep_pairs_in(scan, near), cannot_link=cannot_link)
    moved = set(changed) | set(ids[np.flatnonzero(near)].tolist())
    same = [group for group in cached.groups if moved.isdisjoint(group.leads)]
    return DeskScan(scan, cannot_link, duplicate_groups.sort_groups([*same, *again]))
