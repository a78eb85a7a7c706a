"""Which rows of a stage become leads, and with which ids: kept as runs of row numbers, since most rows do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# The rows first ... last become leads. The id of a lead is the number of its row plus `shift`.
BIRTHS = "CREATE TABLE scratch.births (first INTEGER PRIMARY KEY, last INTEGER, shift INTEGER)"
NEW_ID = "s.n + b.shift"
Run = tuple[int, int]  # the first and the last row number, none missing between


def new_rows_sql(table: str = "stage") -> str:
    """SQL for those rows `s` of a table of the stage, by n, that become leads, in order; NEW_ID is the lead's."""
    return f"births b CROSS JOIN {table} s ON s.n BETWEEN b.first AND b.last"


def new_id_sql(n: str) -> str:
    """SQL for the id of the lead that row n, a new one, became."""
    return f"(SELECT {n} + b.shift FROM births b WHERE b.first <= {n} ORDER BY b.first DESC LIMIT 1)"


def find_runs(numbers: Iterable[int]) -> Iterator[Run]:
    """Group growing numbers into runs without gaps."""
    return join_runs((number, number) for number in numbers)


def join_runs(parts: Iterable[Run]) -> Iterator[Run]:
    """Growing runs, joined where one follows another without a gap."""
    start, end = 0, -1
    for first, last in parts:
        if first != end + 1:
            if end >= start:
                yield start, end
            start = first
        end = last
    if end >= start:
        yield start, end


def subtract_rows(parts: Iterable[Run], gone: Iterable[int]) -> Iterator[Run]:
    """Growing runs without the growing numbers in `gone`."""
    going = iter(gone)
    one = next(going, None)
    for start, end in parts:
        while one is not None and one <= end:
            if one > start:
                yield start, one - 1
            start, one = max(start, one + 1), next(going, None)
        if start <= end:
            yield start, end


def birth_rows(parts: Iterable[Run], first: int) -> Iterator[tuple[int, int, int]]:
    """Rows of `births` for growing runs, whose ids follow each other from `first` on."""
    for start, end in parts:
        yield start, end, first - start
        first += end - start + 1
