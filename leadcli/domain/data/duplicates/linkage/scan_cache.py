"""The cache of a scan of a large desk: a file in the cache folder, mapped into memory and checked before use."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.data.duplicates.groups import DuplicateGroup
from leadcli.domain.data.duplicates.linkage.blocking_keys import (
    BlockingKeys,
    build_blocking_keys,
    build_key_forms,
    drop_leads,
    join_keys,
)
from leadcli.domain.data.duplicates.linkage.candidate_pairs import find_new_pairs
from leadcli.domain.data.duplicates.linkage.comparison import LazyComparator, ReadColumns
from leadcli.domain.data.duplicates.linkage.em import WeightModel
from leadcli.domain.data.duplicates.linkage.linker import (
    ScanResult,
    ScoredPairs,
    TrainedModel,
    order_pairs,
    score_candidates,
    split_pairs,
)
from leadcli.domain.data.duplicates.linkage.value_codes import LeadColumns
from leadcli.errors import Failed
from leadcli.system import __version__
from leadcli.system.file_writer import make_folder, replace_file

_FORMAT = f"leadcli duplicates 1 {__version__}\n".encode()
_ALIGNED = 64
_BETWEEN, _AFTER = "\x1f", "\x1e"  # reasons of one group, groups

Arrays = Mapping[str, NDArray[Any]]


class ScanCache(NamedTuple):
    """A scan as of one operation (`landmark` tells it from others of its number), and the groups listed by it, which
    depend on the `cannot_link` pairs of ids."""

    operation: int
    landmark: str
    blocking_keys: BlockingKeys
    pairs: ScoredPairs
    trained: TrainedModel
    cannot_link: list[tuple[int, int]]
    groups: list[DuplicateGroup]


def save_scan(path: Path, cache: ScanCache) -> None:
    """Put it into the file, whole or not at all, for its owner's eyes only. A folder that cannot be written is no
    matter: the next scan takes longer."""
    header = {
        "operation": cache.operation, "landmark": cache.landmark, "apart": cache.cannot_link,
        "prior": cache.trained.weights.prior_odds, "size": cache.trained.lead_count,
        "firms": cache.trained.colleague_pairs, "largest": cache.trained.block_limits,
    }  # fmt: skip
    with suppress(OSError, Failed):
        make_folder(path.parent)
        with replace_file(path) as file:
            for part in _write_arrays(header, _arrays(cache)):
                file.write(part)


def load_scan(path: Path) -> ScanCache | None:
    """What is in the file; None where there is none, or another version's, or a damaged one."""
    try:
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header, arrays = _read_arrays(memory)
        return _read_scan(header, arrays)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _arrays(cache: ScanCache) -> dict[str, NDArray[Any]]:
    groups = cache.groups
    reasons = _AFTER.join(_BETWEEN.join(group.reasons) for group in groups).encode()
    return {
        **{f"marks {name}": array for name, array in cache.blocking_keys._asdict().items()},
        **{f"pairs {name}": array for name, array in cache.pairs._asdict().items()},
        **{f"bits {field}": table for field, table in cache.trained.weights.level_weights.items()},
        "scores": np.array([group.score for group in groups], np.int16),
        "certain": np.array([group.certain for group in groups], bool),
        "sizes": np.array([len(group.leads) for group in groups], np.int32),
        "members": np.array([lead for group in groups for lead in group.leads], np.int64),
        "reasons": np.frombuffer(reasons, np.uint8),
    }


def _write_arrays(header: Mapping[str, Any], arrays: Arrays) -> Iterator[bytes | memoryview]:
    """The first line, the length of the head, the head (JSON), the arrays."""
    parts = [np.ascontiguousarray(array) for array in arrays.values()]
    check = 0
    for part in parts:
        check = crc32(part.data if part.size else b"", check)
    shapes = [[name, part.dtype.str, part.shape] for name, part in zip(arrays, parts, strict=True)]
    head = json.dumps({**header, "arrays": shapes, "check": check}).encode()
    yield _FORMAT
    yield len(head).to_bytes(8, "little")
    yield head
    at = len(_FORMAT) + 8 + len(head)
    for part in parts:
        yield bytes(-at % _ALIGNED)
        yield part.data.cast("B") if part.size else b""
        at += -at % _ALIGNED + part.nbytes


def _read_arrays(memory: mmap.mmap) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    if memory[: len(_FORMAT)] != _FORMAT:
        raise ValueError("another shape")
    at = len(_FORMAT) + 8
    end = at + int.from_bytes(memory[len(_FORMAT) : at], "little")
    header = json.loads(memory[at:end])
    at, check = end, 0
    arrays = {}
    for name, kind, shape in header["arrays"]:
        at += -at % _ALIGNED
        array = np.frombuffer(memory, np.dtype(kind), int(np.prod(shape)), at).reshape(shape)
        check = crc32(array.data if array.size else b"", check)
        arrays[name] = array
        at += array.nbytes
    if check != header["check"]:
        raise ValueError("damaged")
    return header, arrays


def _read_scan(header: Mapping[str, Any], arrays: Arrays) -> ScanCache:
    def part(title: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(title): array for name, array in arrays.items() if name.startswith(title)}

    model = WeightModel(header["prior"], part("bits "))
    return ScanCache(
        header["operation"], header["landmark"], BlockingKeys(**part("marks ")), ScoredPairs(**part("pairs ")),
        TrainedModel(model, header["size"], header["firms"], header["largest"]),
        [(one, other) for one, other in header["apart"]], list(_read_groups(arrays)),
    )  # fmt: skip


def _read_groups(arrays: Arrays) -> Iterator[DuplicateGroup]:
    scores, certain, members = arrays["scores"].tolist(), arrays["certain"].tolist(), arrays["members"].tolist()
    ends = np.cumsum(arrays["sizes"]).tolist()
    reasons = arrays["reasons"].tobytes().decode().split(_AFTER) if ends else []
    for score, sure, begin, end, reason in zip(scores, certain, [0, *ends[:-1]], ends, reasons, strict=True):
        yield DuplicateGroup(score, reason.split(_BETWEEN) if reason else [], members[begin:end], sure)


def update_scan(
    before: tuple[BlockingKeys, ScoredPairs, TrainedModel],
    changed: Sequence[int],
    columns: LeadColumns,
    read: ReadColumns,
) -> tuple[ScanResult, NDArray[np.bool_]]:
    """The scan as if all had been compared, and the places of leads that changed or lost a neighbour by it.

    `changed` are ids of leads that are new, gone or have other values; `columns` those of them that are there.
    """
    old_keys, pairs, trained = before
    is_gone = np.isin(old_keys.ids, np.array(changed, np.int64))
    keys = join_keys(drop_leads(old_keys, is_gone), build_blocking_keys(columns, build_key_forms(columns)))
    place = np.searchsorted(keys.ids, old_keys.ids).astype(np.int32)
    lost = is_gone[pairs.left] | is_gone[pairs.right]
    left = pairs.select(lost)
    partners = np.concatenate([left.left, left.right])
    remaining = pairs.select(~lost)
    remaining = remaining._replace(left=place[remaining.left], right=place[remaining.right])
    is_new = np.zeros(len(keys.ids), bool)
    is_new[np.searchsorted(keys.ids, columns.ids)] = True
    comparator = LazyComparator(keys, read)
    candidates = find_new_pairs(keys, is_new, trained.block_limits)
    comparator.load_leads(
        np.unique(np.concatenate([*split_pairs(candidates.strong), *split_pairs(candidates.weak)])).astype(np.int64)
    )
    new = score_candidates(comparator, candidates, trained)
    is_touched = is_new.copy()
    is_touched[place[partners[~is_gone[partners]]]] = True
    return ScanResult(keys, order_pairs(remaining, new), trained, comparator), is_touched


def neighbours(scan: ScanResult, is_touched: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """The touched places and all that hang together with them by pairs above `least` bits."""
    near = scan.pairs.odds > least
    left, right = scan.pairs.left[near], scan.pairs.right[near]
    is_near = is_touched.copy()
    while (edge := is_near[left] != is_near[right]).any():
        is_near[left[edge]] = is_near[right[edge]] = True
    return is_near


def keep_pairs_in(scan: ScanResult, places: NDArray[np.bool_]) -> ScanResult:
    """The scan without the pairs that lie elsewhere."""
    return scan._replace(pairs=scan.pairs.select(places[scan.pairs.left]))
