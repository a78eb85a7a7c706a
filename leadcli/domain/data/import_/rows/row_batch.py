"""A batch of rows on its way from cells to a staging table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadcli.domain.data.import_.rows.values import InvalidValue, Unread

Plain = tuple[int, Sequence[str], str]  # a rows.Row as a pipe carries it


class RowBatch:
    """A batch on its way: values by field in columns, the lists, and what is wrong, by the row's place."""

    def __init__(self, rows: Sequence[Plain], first: int) -> None:
        good = [(n, number, cells) for n, (number, cells, error) in enumerate(rows, first) if not error]
        self.n = [n for n, _, _ in good]
        self.numbers = [number for _, number, _ in good]
        self.cells = [cells for _, _, cells in good]
        self.count = len(good)
        self.columns: dict[str, list[Any]] = {}
        self.uids: list[str | None] = []  # those the rows brought, before the others were given one
        self.amount_columns: list[list[Any]] = []
        self.wrong: dict[int, InvalidValue] = {}
        self.warnings: list[tuple[int, Unread]] = []
        self.forms: dict[str, list[int]] = {}

    def column(self, name: str) -> list[Any]:
        """The values of a field, None where it has none."""
        return self.columns.get(name) or [None] * self.count
