"""The last touch to a report: which columns, in what order, how many rows; its totals stay those of all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadcli.errors import unknown
from leadcli.table import Column, Table


def arranged(table: Table, fields: Sequence[str], sort: str, limit: int | None) -> Table:
    """Usage with a suggestion for a column it does not have."""
    rows = list(table.rows)
    for word in reversed([part.strip() for part in sort.split(",") if part.strip()]):
        name = _column(table, word.removeprefix("-")).name
        filled = [row for row in rows if row.get(name) is not None]
        filled.sort(key=lambda row, name=name: _sortable(row[name]), reverse=word.startswith("-"))  # type: ignore[misc]
        rows = filled + [row for row in rows if row.get(name) is None]
    if limit and not table.group:
        rows = rows[:limit]
    if not fields:
        return table._replace(rows=rows)
    columns = [_column(table, name) for name in fields]
    extra = {**table.extra, "columns": [column.name for column in columns]} if table.extra else None
    chart = (
        table.chart
        if table.chart and {table.chart.label, table.chart.measure} <= {column.name for column in columns}
        else None
    )
    return table._replace(rows=rows, columns=columns, extra=extra, chart=chart)


def _column(table: Table, name: str) -> Column:
    for column in table.columns:
        if column.name == name.casefold().replace("-", "_"):
            return column
    raise unknown("column", name, [column.name for column in table.columns], title="Columns")


def _sortable(value: Any) -> tuple[bool, Any]:
    return isinstance(value, str), value.casefold() if isinstance(value, str) else value
