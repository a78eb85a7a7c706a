"""What every list, report and detail page returns: values that say nothing of how they will look.

The domain fills them, the screen draws them. A row is a dict of stored values (see `kinds`); a column names the key and
the kind that knows how to show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from leadcli.errors import unknown_name
from leadcli.model.carriers import NamedTuple
from leadcli.model.kinds import Kind, Record


class Column(NamedTuple):
    """One column: `name` is the key in a row and in JSON; `priority` 0 is never dropped on a narrow screen, 9
    goes first. `whole` is never dropped and never cut: it wraps.
    """

    name: str
    label: str
    kind: Kind
    priority: int = 5
    whole: bool = False


Cells = dict[str, Sequence[Any]]  # a page of rows by column: name -> values


class Pages:
    """Rows that can be had by the page too, lists as finished cells; whoever reads them takes one way or the other."""

    def __init__(self, rows: Iterator[Record], pages: Iterator[Cells]) -> None:
        self.rows, self.pages = rows, pages

    def __iter__(self) -> Iterator[Record]:
        return self.rows


class Chart(NamedTuple):
    """How a report's table may be drawn: `shape` bars | funnel | months | trend, one row a mark."""

    shape: str
    label: str  # name of the column that names a row
    measure: str  # name of the column that gives its size
    other: str = ""  # a second measure shown beside it


class Table(NamedTuple):
    """A list or a report. `rows` may be an iterator: it is read once, and never while something is printed to a pipe.

    `footer` is a sentence for people (standard error). `key` is the column that --ids prints. `totals` is a report's
    last line. `extra` are further top-level JSON keys: with it, JSON is an object {**extra, "rows": [...], "totals":
    {...}}, without it a plain array. `group` names the column whose change starts a new group on a terminal.
    """

    columns: Sequence[Column]
    rows: Iterable[Record]
    title: str = ""
    footer: str = ""
    key: str = "id"
    totals: Record | None = None
    extra: Mapping[str, Any] | None = None
    chart: Chart | None = None
    group: str = ""
    empty: str = ""  # what a terminal says when there is nothing, with the next step


def arrange_table(
    table: Table, *, sort: str = "", by: str = "", limit: int | None = None, fields: Sequence[str] = ()
) -> Table:
    """A table with its rows sorted, grouped and cut, and its columns chosen; untouched where nothing was asked for.

    `sort` is FIELD,-FIELD; empty values stand last. Usage with a suggestion for a column it has not.
    """
    order = [word.strip() for word in (by, *sort.split(",")) if word.strip()]
    rows: Iterable[Record] = table.rows
    if order:
        rows = list(rows)
        for word in reversed(order):
            name = _column_named(table, word.removeprefix("-")).name
            filled = [row for row in rows if row.get(name) is not None]
            filled.sort(key=lambda row, name=name: _sort_key(row[name]), reverse=word.startswith("-"))  # type: ignore[misc]
            rows = filled + [row for row in rows if row.get(name) is None]
    if limit:
        rows = list(islice(rows, limit))
    table = table._replace(rows=rows, group=_column_named(table, by).name if by else table.group)
    if not fields:
        return table
    columns = [_column_named(table, name) for name in fields]
    names = {column.name for column in columns}
    extra = {**table.extra, "columns": [column.name for column in columns]} if table.extra else None
    chart = table.chart if table.chart and {table.chart.label, table.chart.measure} <= names else None
    return table._replace(columns=columns, extra=extra, chart=chart)


def _column_named(table: Table, name: str) -> Column:
    for column in table.columns:
        if column.name == name.casefold().replace("-", "_"):
            return column
    raise unknown_name("column", name, [column.name for column in table.columns], title="Columns")


def _sort_key(value: Any) -> tuple[bool, Any]:
    """Numbers before texts, texts in any case alike; a list by its text."""
    is_number = isinstance(value, int | float)
    return not is_number, value if is_number else str(value).casefold()


class Paper(NamedTuple):
    """What a document says on paper beside its lines; `size` is a page size of CSS: A4 or letter."""

    title: str
    sender: Sequence[str]
    receiver: Sequence[str]
    facts: Sequence[tuple[str, str]]
    total: str
    below: Sequence[str] = ()
    size: str = "A4"


class Card(NamedTuple):
    """One record in full: a heading, its fields by group, and tables below (tasks, activities, files)."""

    heading: str
    badges: str
    groups: Sequence[tuple[str, Sequence[Column]]]
    record: Record
    columns: Sequence[Column]  # everything, for JSON
    sections: Sequence[Table] = ()
    extra: Mapping[str, Any] | None = None  # further JSON keys
    paper: Paper | None = None  # a document: its HTML and PDF are a page to print


class Lane(NamedTuple):
    """One column of a board: its cards, and the count and money of all it holds, shown or not.

    `value` is [(currency, minor units)], one pair a currency; `query` finds the whole lane again.
    """

    name: str
    count: int  # type: ignore[assignment]  # a word people ask for beats tuple.count
    value: Sequence[tuple[str, int]]
    cards: Sequence[Record]
    query: str = ""
    colour: str = ""


class Board(NamedTuple):
    """A kanban board: lanes in order; `columns` describe the cards (all fields, for JSON).

    `remark` says how the sums came about; `extra` are further JSON keys.
    """

    title: str
    by: str
    lanes: Sequence[Lane]
    columns: Sequence[Column]
    remark: str = ""
    extra: Mapping[str, Any] = {}


class ResultNote(NamedTuple):
    """What a writing command did: one sentence, the ids it touched, and for --json the records or a ready value."""

    sentence: str
    ids: Sequence[int | str] = ()
    records: Table | None = None
    json: Any = None
    warnings: Sequence[str] = ()
    code: int = 0  # exit code: 4 when done in part
    problems: Sequence[str] = ()  # lines of the sentence that are said with --quiet too, on standard error


def format_count(count: int, noun: str, *, grouped: bool = True) -> str:
    """A number and its noun: "1 lead", "1,200 leads"; `grouped` is false for a number without commas."""
    return f"{count:{',' if grouped else ''}} {noun}{'' if count == 1 else 's'}"


def with_article(noun: str) -> str:
    """`a call`, `an e-mail`."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


class Figure(NamedTuple):
    """One number that says how things stand: "Open leads", "120", "€312,400.00"."""

    label: str
    text: str
    note: str = ""


class Page(NamedTuple):
    """Several reports on one page. `table` has all their numbers in one long list, for formats that show one table."""

    title: str
    subtitle: str
    table: Table
    parts: Sequence[Table]
    figures: Sequence[Figure] = ()


class PlainText(NamedTuple):
    """Ready text: help topics, completion scripts, a template; printed as it is."""

    text: str


Shown = Table | Card | Board | ResultNote | PlainText | Page
