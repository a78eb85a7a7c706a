"""What a scan of a large file learnt and found, in a file of the cache folder: mapped into memory, never trusted."""

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

from leadcli import __version__
from leadcli.domain.data.duplicates.groups import DuplicateGroup
from leadcli.domain.data.duplicates.linkage.blocking_keys import (
    BlockingKeys,
    build_blocking_keys,
    build_key_forms,
    concatenate,
    drop_leads,
)
from leadcli.domain.data.duplicates.linkage.candidate_pairs import pairs_meeting
from leadcli.domain.data.duplicates.linkage.comparison import DistantComparator, Read
from leadcli.domain.data.duplicates.linkage.em import WeightModel
from leadcli.domain.data.duplicates.linkage.linker import (
    ScanResult,
    ScoredPairs,
    TrainedModel,
    match_new_leads,
    order_pairs,
    split_pairs,
)
from leadcli.domain.data.duplicates.linkage.value_codes import LeadColumns
from leadcli.errors import Failed
from leadcli.system.file_writer import make_folder, replace_file

_SHAPE = f"leadcli duplicates 1 {__version__}\n".encode()
_ALIGNED = 64
_BETWEEN, _AFTER = "\x1f", "\x1e"  # reasons of one group, groups

Arrays = Mapping[str, NDArray[Any]]


class ScanCache(NamedTuple):
    """A scan as of one operation (`landmark` tells it from others of its number), and the groups listed by it, which
    depend on the pairs of ids told `apart`."""

    operation: int
    landmark: str
    marks: BlockingKeys
    pairs: ScoredPairs
    learnt: TrainedModel
    apart: list[tuple[int, int]]
    groups: list[DuplicateGroup]


def save_scan(path: Path, kept: ScanCache) -> None:
    """Put it into the file, whole or not at all, for its owner's eyes only. A folder that cannot be written is no
    matter: the next scan takes longer."""
    told = {
        "operation": kept.operation, "landmark": kept.landmark, "apart": kept.apart,
        "prior": kept.learnt.model.prior, "size": kept.learnt.size, "firms": kept.learnt.firms,
        "largest": kept.learnt.largest,
    }  # fmt: skip
    with suppress(OSError, Failed):
        make_folder(path.parent)
        with replace_file(path) as file:
            for part in _write_arrays(told, _arrays(kept)):
                file.write(part)


def load_scan(path: Path) -> ScanCache | None:
    """What is in the file; None where there is none, or another version's, or a damaged one."""
    try:
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        told, arrays = _read_arrays(memory)
        return _read_scan(told, arrays)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _arrays(kept: ScanCache) -> dict[str, NDArray[Any]]:
    groups = kept.groups
    reasons = _AFTER.join(_BETWEEN.join(group.reasons) for group in groups).encode()
    return {
        **{f"marks {name}": array for name, array in kept.marks._asdict().items()},
        **{f"pairs {name}": array for name, array in kept.pairs._asdict().items()},
        **{f"bits {field}": table for field, table in kept.learnt.model.tables.items()},
        "scores": np.array([group.score for group in groups], np.int16),
        "certain": np.array([group.certain for group in groups], bool),
        "sizes": np.array([len(group.leads) for group in groups], np.int32),
        "members": np.array([lead for group in groups for lead in group.leads], np.int64),
        "reasons": np.frombuffer(reasons, np.uint8),
    }


def _write_arrays(told: Mapping[str, Any], arrays: Arrays) -> Iterator[bytes | memoryview]:
    """The first line, the length of the head, the head (JSON), the arrays."""
    parts = [np.ascontiguousarray(array) for array in arrays.values()]
    check = 0
    for part in parts:
        check = crc32(part.data if part.size else b"", check)
    shapes = [[name, part.dtype.str, part.shape] for name, part in zip(arrays, parts, strict=True)]
    head = json.dumps({**told, "arrays": shapes, "check": check}).encode()
    yield _SHAPE
    yield len(head).to_bytes(8, "little")
    yield head
    at = len(_SHAPE) + 8 + len(head)
    for part in parts:
        yield bytes(-at % _ALIGNED)
        yield part.data.cast("B") if part.size else b""
        at += -at % _ALIGNED + part.nbytes


def _read_arrays(memory: mmap.mmap) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    if memory[: len(_SHAPE)] != _SHAPE:
        raise ValueError("another shape")
    at = len(_SHAPE) + 8
    end = at + int.from_bytes(memory[len(_SHAPE) : at], "little")
    told = json.loads(memory[at:end])
    at, check = end, 0
    arrays = {}
    for name, kind, shape in told["arrays"]:
        at += -at % _ALIGNED
        array = np.frombuffer(memory, np.dtype(kind), int(np.prod(shape)), at).reshape(shape)
        check = crc32(array.data if array.size else b"", check)
        arrays[name] = array
        at += array.nbytes
    if check != told["check"]:
        raise ValueError("damaged")
    return told, arrays


def _read_scan(told: Mapping[str, Any], arrays: Arrays) -> ScanCache:
    def part(title: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(title): array for name, array in arrays.items() if name.startswith(title)}

    model = WeightModel(told["prior"], part("bits "))
    return ScanCache(
        told["operation"], told["landmark"], BlockingKeys(**part("marks ")), ScoredPairs(**part("pairs ")),
        TrainedModel(model, told["size"], told["firms"], told["largest"]),
        [(one, other) for one, other in told["apart"]], list(_read_groups(arrays)),
    )  # fmt: skip


def _read_groups(arrays: Arrays) -> Iterator[DuplicateGroup]:
    scores, certain, members = arrays["scores"].tolist(), arrays["certain"].tolist(), arrays["members"].tolist()
    ends = np.cumsum(arrays["sizes"]).tolist()
    reasons = arrays["reasons"].tobytes().decode().split(_AFTER) if ends else []
    for score, sure, begin, end, why in zip(scores, certain, [0, *ends[:-1]], ends, reasons, strict=True):
        yield DuplicateGroup(score, why.split(_BETWEEN) if why else [], members[begin:end], sure)


def update_scan(
    before: tuple[BlockingKeys, ScoredPairs, TrainedModel], changed: Sequence[int], columns: LeadColumns, read: Read
) -> tuple[ScanResult, NDArray[np.bool_]]:
    """The scan as if all had been compared, and the places of leads that changed or lost a neighbour by it.

    `changed` are ids of leads that are new, gone or have other values; `columns` those of them that are there.
    """
    known, pairs, learnt = before
    gone = np.isin(known.ids, np.array(changed, np.int64))
    every = concatenate(drop_leads(known, gone), build_blocking_keys(columns, build_key_forms(columns)))
    place = np.searchsorted(every.ids, known.ids).astype(np.int32)
    lost = gone[pairs.left] | gone[pairs.right]
    left = pairs.only(lost)
    alone = np.concatenate([left.left, left.right])
    stay = pairs.only(~lost)
    stay = stay._replace(left=place[stay.left], right=place[stay.right])
    fresh = np.zeros(len(every.ids), bool)
    fresh[np.searchsorted(every.ids, columns.ids)] = True
    judge = DistantComparator(every, read)
    asked = pairs_meeting(every, fresh, learnt.largest)
    judge.meet(np.unique(np.concatenate([*split_pairs(asked.sure), *split_pairs(asked.rest)])).astype(np.int64))
    new = match_new_leads(judge, asked, learnt)
    touched = fresh.copy()
    touched[place[alone[~gone[alone]]]] = True
    return ScanResult(every, order_pairs(stay, new), learnt, judge), touched


def neighbours(scanned: ScanResult, touched: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """The touched places and all that hang together with them by pairs above `least` bits."""
    near = scanned.pairs.odds > least
    left, right = scanned.pairs.left[near], scanned.pairs.right[near]
    found = touched.copy()
    while (edge := found[left] != found[right]).any():
        found[left[edge]] = found[right[edge]] = True
    return found


def restrict(scanned: ScanResult, places: NDArray[np.bool_]) -> ScanResult:
    """The scan without the pairs that lie elsewhere."""
    return scanned._replace(pairs=scanned.pairs.only(places[scanned.pairs.left]))
