"""A scan brought up to date: only what changed since is compared, with the weights that were learnt before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.blocks import meeting
from leadcli.domain.linkage.columns import Columns
from leadcli.domain.linkage.distant import Distant, Read
from leadcli.domain.linkage.features import features
from leadcli.domain.linkage.linker import Learnt, Pairs, Scan, halves, met, ordered
from leadcli.domain.linkage.marks import Marks, marks, together, without


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
