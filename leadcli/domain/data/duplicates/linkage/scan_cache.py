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
from leadcli.domain.data.duplicates.groups import Group
from leadcli.domain.data.duplicates.linkage.blocking_keys import Marks, features, marks, together, without
from leadcli.domain.data.duplicates.linkage.candidate_pairs import meeting
from leadcli.domain.data.duplicates.linkage.comparison import Distant, Read
from leadcli.domain.data.duplicates.linkage.em import Model
from leadcli.domain.data.duplicates.linkage.linker import Learnt, Pairs, Scan, halves, met, ordered
from leadcli.domain.data.duplicates.linkage.value_codes import Columns
from leadcli.errors import Failed
from leadcli.system.file_writer import make_folder, replace_file

_SHAPE = f"leadcli duplicates 1 {__version__}\n".encode()
_ALIGNED = 64
_BETWEEN, _AFTER = "\x1f", "\x1e"  # reasons of one group, groups

Arrays = Mapping[str, NDArray[Any]]


class Kept(NamedTuple):
    """A scan as of one operation (`landmark` tells it from others of its number), and the groups listed by it, which
    depend on the pairs of ids told `apart`."""

    operation: int
    landmark: str
    marks: Marks
    pairs: Pairs
    learnt: Learnt
    apart: list[tuple[int, int]]
    groups: list[Group]


def save(path: Path, kept: Kept) -> None:
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
            for part in _written(told, _arrays(kept)):
                file.write(part)


def load(path: Path) -> Kept | None:
    """What is in the file; None where there is none, or another version's, or a damaged one."""
    try:
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        told, arrays = _read(memory)
        return _kept(told, arrays)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _arrays(kept: Kept) -> dict[str, NDArray[Any]]:
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


def _written(told: Mapping[str, Any], arrays: Arrays) -> Iterator[bytes | memoryview]:
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


def _read(memory: mmap.mmap) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
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


def _kept(told: Mapping[str, Any], arrays: Arrays) -> Kept:
    def part(title: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(title): array for name, array in arrays.items() if name.startswith(title)}

    model = Model(told["prior"], part("bits "))
    return Kept(
        told["operation"], told["landmark"], Marks(**part("marks ")), Pairs(**part("pairs ")),
        Learnt(model, told["size"], told["firms"], told["largest"]),
        [(one, other) for one, other in told["apart"]], list(_groups(arrays)),
    )  # fmt: skip


def _groups(arrays: Arrays) -> Iterator[Group]:
    scores, certain, members = arrays["scores"].tolist(), arrays["certain"].tolist(), arrays["members"].tolist()
    ends = np.cumsum(arrays["sizes"]).tolist()
    reasons = arrays["reasons"].tobytes().decode().split(_AFTER) if ends else []
    for score, sure, begin, end, why in zip(scores, certain, [0, *ends[:-1]], ends, reasons, strict=True):
        yield Group(score, why.split(_BETWEEN) if why else [], members[begin:end], sure)


def renewed(
    before: tuple[Marks, Pairs, Learnt], changed: Sequence[int], columns: Columns, read: Read
) -> tuple[Scan, NDArray[np.bool_]]:
    """The scan as if all had been compared, and the places of leads that changed or lost a neighbour by it.

    `changed` are ids of leads that are new, gone or have other values; `columns` those of them that are there.
    """
    known, pairs, learnt = before
    gone = np.isin(known.ids, np.array(changed, np.int64))
    every = together(without(known, gone), marks(columns, features(columns)))
    place = np.searchsorted(every.ids, known.ids).astype(np.int32)
    lost = gone[pairs.left] | gone[pairs.right]
    left = pairs.only(lost)
    alone = np.concatenate([left.left, left.right])
    stay = pairs.only(~lost)
    stay = stay._replace(left=place[stay.left], right=place[stay.right])
    fresh = np.zeros(len(every.ids), bool)
    fresh[np.searchsorted(every.ids, columns.ids)] = True
    judge = Distant(every, read)
    asked = meeting(every, fresh, learnt.largest)
    judge.meet(np.unique(np.concatenate([*halves(asked.sure), *halves(asked.rest)])).astype(np.int64))
    new = met(judge, asked, learnt)
    touched = fresh.copy()
    touched[place[alone[~gone[alone]]]] = True
    return Scan(every, ordered(stay, new), learnt, judge), touched


def around(scanned: Scan, touched: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """The touched places and all that hang together with them by pairs above `least` bits."""
    near = scanned.pairs.odds > least
    left, right = scanned.pairs.left[near], scanned.pairs.right[near]
    found = touched.copy()
    while (edge := found[left] != found[right]).any():
        found[left[edge]] = found[right[edge]] = True
    return found


def within(scanned: Scan, places: NDArray[np.bool_]) -> Scan:
    """The scan without the pairs that lie elsewhere."""
    return scanned._replace(pairs=scanned.pairs.only(places[scanned.pairs.left]))
