"""Compares leads of a large file of which only those asked about are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from leadcli.domain.linkage.census import Whole
from leadcli.domain.linkage.columns import Codes, Columns, Longs
from leadcli.domain.linkage.features import features
from leadcli.domain.linkage.likeness import Judge, Likeness
from leadcli.domain.linkage.marks import Marks, marks
from leadcli.domain.linkage.texts import Levels, Reals
from leadcli.errors import Busy

Read = Callable[[list[int]], Columns]


class Distant:
    """Judges like a Judge of the whole file, places and all; `read` gives the columns of leads by ascending id."""

    def __init__(self, every: Marks, read: Read) -> None:
        self.every, self.read = every, read
        self.judges: list[tuple[Longs, Judge]] = []

    def names(self, left: Codes, right: Codes) -> tuple[Levels, Levels, Reals, Reals]:
        """As Judge.names."""
        judge, one, other = self._near(left, right)
        return judge.names(one, other)

    def completed(self, left: Codes, right: Codes, names: tuple[Levels, Levels, Reals, Reals]) -> Likeness:
        """As Judge.completed."""
        judge, one, other = self._near(left, right)
        return judge.completed(one, other, names)

    def likeness(self, left: Codes, right: Codes) -> Likeness:
        """As Judge.likeness."""
        judge, one, other = self._near(left, right)
        return judge.likeness(one, other)

    def equal_keys(self, left: Codes, right: Codes) -> NDArray[np.bool_]:
        """As Judge.equal_keys."""
        judge, one, other = self._near(left, right)
        return judge.equal_keys(one, other)

    def shared_emails(self, left: Codes, right: Codes) -> list[str]:
        """As Judge.shared_emails."""
        judge, one, other = self._near(left, right)
        return judge.shared_emails(one, other)

    def _near(self, left: Codes, right: Codes) -> tuple[Judge, Codes, Codes]:
        """A judge of these leads, read unless they are among those asked about before; their places with it."""
        asked = np.unique(np.concatenate([left, right])).astype(np.int64)
        places, judge = next((pair for pair in self.judges if _has(pair[0], asked)), None) or self.meet(asked)
        one, other = (np.searchsorted(places, side).astype(np.int32) for side in (left, right))
        return judge, one, other

    @cached_property
    def _whole(self) -> Whole:
        return Whole(self.every)

    def meet(self, places: Longs) -> tuple[Longs, Judge]:
        """Read these leads (places, ascending) in one go, since they are going to be compared.

        Raises Busy when one of them was deleted since the scan began.
        """
        columns = self.read(self.every.ids[places].tolist())
        if len(columns.ids) != len(places):
            raise Busy("leads were deleted while they were compared.", hint="run it again")
        found = features(columns)
        judge = Judge(columns, found, self._whole.census(columns, found, marks(columns, found)))
        self.judges.append((places, judge))
        return places, judge


def _has(places: Longs, asked: Longs) -> bool:
    at = np.searchsorted(places, asked)
    return bool((np.append(places, -1)[at] == asked).all())
