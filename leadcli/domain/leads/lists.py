"""Lists of records: their rows, columns, order and footer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from leadcli import query
from leadcli.domain.leads import saved_views
from leadcli.errors import unknown_name
from leadcli.model.carriers import NamedTuple
from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import DUE, MOMENT, TEXT, Record
from leadcli.model.results import Column, PlainText, Table
from leadcli.query import Query
from leadcli.store.reads import currency_totals
from leadcli.store.store import PAGE, Store
from leadcli.text import money as money_text

# Default columns (on a terminal, in a pipe). Scripts rely on the piped order: append new ones.
COLUMNS = {
    "lead": (
        ("id", "name", "company", "value", "status", "owner", "due", "age"),
        ("id", "name", "company", "value", "currency", "status", "owner", "due", "created_at"),
    ),
    "account": (
        ("id", "name", "industry", "email", "phone", "city", "owner"),
        ("id", "name", "industry", "email", "phone", "city", "owner"),
    ),
    "contact": (
        ("id", "name", "job_title", "account", "email", "phone", "owner"),
        ("id", "name", "job_title", "account", "email", "phone", "owner"),
    ),
    "opportunity": (
        ("id", "name", "account", "value", "stage", "probability", "expected_close", "owner"),
        ("id", "name", "account", "value", "currency", "stage", "probability", "expected_close", "owner"),
    ),
}
COUNTED = 10_000


class ListRequest(NamedTuple):
    """What a list shows. `complete` takes every field (JSON). `drawn` is for a terminal: limited, with a footer."""

    words: Sequence[str] = ()
    fields: Sequence[str] = ()
    sort: str = ""
    limit: int | None = None
    by: str = ""
    all: bool = False
    complete: bool = False
    drawn: bool = False


def parse_query(store: Store, request: ListRequest, *, record: str = "lead") -> Query:
    """The filter that was typed, with the default view added for leads unless it names a state or `all` was said."""
    criteria = saved_views.parse_with_views(store, request.words, record=record)
    if record != "lead" or request.all or query.mentions_state(criteria):
        return criteria
    default = str(store.config.get("default_view") or "is:open")
    return query.combine(saved_views.parse_with_views(store, [default]), criteria)


def list_table(store: Store, request: ListRequest, *, record: str = "lead") -> Table:
    """The list, newest first. Columns are those of --fields, all of them (`complete`), or the default ones."""
    type_ = store.type(record)
    criteria = parse_query(store, request, record=record)
    columns = chosen_columns(type_, request)
    by = field_named(type_, request.by) if request.by else None
    sort = ",".join(part for part in (by.name if by else "", request.sort or ("-id" if by else "")) if part)
    limit = row_limit(store, request.limit, drawn=request.drawn)
    fields = [column.name for column in columns] + ([by.name] if by else [])
    if by and by.name not in [column.name for column in columns]:
        columns = [*columns, as_column(by)]
    if request.drawn and "snoozed_until" in type_.fields:
        fields.append("snoozed_until")
    rows = store.rows(record, criteria, fields=fields, sort=sort, limit=limit)
    shown = list(rows) if request.drawn else rows
    if isinstance(shown, list) and not request.fields:
        columns = [*columns[:2], *_snooze_column(store, shown), *columns[2:]]
    footer = _footer(store, record, criteria, len(shown)) if isinstance(shown, list) else ""
    return Table(columns, shown, footer=footer, group=by.name if by else "", empty=_empty(store, record, criteria))


def _snooze_column(store: Store, rows: Sequence[Record]) -> list[Column]:
    """A column that marks who is snoozed, where somebody is; the text is put into the rows. It stands behind the name,
    so that it is the first of the second line on a very narrow screen.
    """
    for row in rows:
        row["snoozed"] = snooze_text(store, row) or None
    return [Column("snoozed", "snoozed", TEXT, 1)] if any(row["snoozed"] for row in rows) else []


def snooze_text(store: Store, row: Record) -> str:
    """`until 2026-12-04`, or `until 2026-12-04 14:00`: how long a record is left alone; '' when it is not."""
    until = row.get("snoozed_until")
    return f"until {MOMENT.spoken(until)}" if until and DUE.is_ahead(until, store.context) else ""


def row_limit(store: Store, limit: int | None, *, drawn: bool) -> int:
    """The number of rows: the option, else the setting for a terminal. 0 means all, the default in a pipe."""
    if limit is not None:
        return limit
    return int(store.config["list_limit"]) if drawn else 0


def count_matches(store: Store, request: ListRequest, *, record: str = "lead") -> int:
    """How many records the list has, its limit included."""
    total = store.count(record, parse_query(store, request, record=record))
    return min(total, request.limit) if request.limit else total


def explain_query(store: Store, request: ListRequest, *, record: str = "lead") -> PlainText:
    """How the filter is read; nothing is run."""
    criteria = parse_query(store, request, record=record)
    return PlainText("\n".join(query.explain_query(criteria, store.context, sort=request.sort)) + "\n")


def chosen_columns(type_: RecordType, request: ListRequest) -> list[Column]:
    """The columns of a list. Usage with a suggestion for an unknown field."""
    if request.fields:
        return [as_column(field) for field in dict.fromkeys(field_named(type_, word) for word in request.fields)]
    if request.complete:
        return all_columns(type_)
    drawn, piped = COLUMNS[type_.name]
    return [as_column(type_.fields[name]) for name in (drawn if request.drawn else piped)]


def all_columns(type_: RecordType) -> list[Column]:
    return [as_column(field) for field in type_.fields.values()]


def as_column(field: Field) -> Column:
    return Column(field.name, field.title, field.kind, field.list)


def field_named(type_: RecordType, word: str) -> Field:
    """The field called `word`. Usage with a suggestion otherwise."""
    field = type_.find(word)
    if field is None:
        raise unknown_name("field", word, type_.fields, hint="all fields: --fields help")
    return field


def resolve_column_names(type_: RecordType, words: Sequence[str]) -> list[str]:
    """Field names for the words of --fields: aliases become the name, what is no field of the record stays as it is."""
    pairs = [(type_.find(word), word) for word in words]
    return [field.name if field else word for field, word in pairs]


def field_names(type_: RecordType) -> PlainText:
    """The fields a list can show, one a line."""
    width = max(map(len, type_.fields))
    return PlainText("".join(f"{field.name:{width}}  {field.help or field.title}\n" for field in type_.fields.values()))


def _footer(store: Store, record: str, criteria: Query, shown: int) -> str:
    """ "14 of 120 leads, €86,300.00"; beyond 10,000 matches only that, so that a page stays flat at a million."""
    table_ = store.type(record).table
    total = store.count(record, criteria, limit=COUNTED + 1)
    if total > COUNTED:
        return f"{shown:,} of {COUNTED:,}+ {table_}"
    noun = table_ if total != 1 else record
    summary = f"{shown} of {total:,} {noun}" if shown != total else f"{total:,} {noun}"
    if "value" not in store.type(record).fields:
        return summary
    worth = currency_totals.sum_values(store, record, criteria)
    amounts = ", ".join([summary, *money(store, worth.sums)])
    return f"{amounts}; {worth.remark}" if worth.remark else amounts


def money(store: Store, sums: Sequence[tuple[str, int]]) -> list[str]:
    """(currency, minor units) as amounts in the notation of the locale."""
    return [
        money_text.format_amount(units, currency or None, str(store.config.get("locale") or ""))
        for currency, units in sums
    ]


MAX_AMOUNTS = 2  # amounts side by side where there is little room


def short_sums(sums: Iterable[tuple[str, int]], first: str) -> str:
    """ "€12.5k + $3k + 5 more currencies": rounded, the currency `first` in front. A dash for nothing."""
    in_order = sorted(sums, key=lambda each: (each[0] != first, -each[1], each[0]))
    texts = [money_text.short_amount(units, currency) for currency, units in in_order if units]
    remaining = len(texts) - MAX_AMOUNTS
    if remaining > 1:
        texts[MAX_AMOUNTS:] = [f"{remaining} more currencies"]
    return " + ".join(texts) or "–"


def _empty(store: Store, record: str, criteria: Query) -> str:
    if criteria.text in ("", "is:open"):
        return f"No {store.type(record).table} yet." + (
            ' Add one: leadcli add "Ada Lovelace" --company "Analytical Engines"' if record == "lead" else ""
        )
    return f"Nothing matches: {criteria.text}"


def record_table(store: Store, rows: Iterable[Record], *, record: str = "lead") -> Table:
    """The changed records, complete, for --json."""
    return Table(all_columns(store.type(record)), rows)


def changed_records(store: Store, ids: Sequence[int], *, record: str = "lead") -> Table:
    """`record_table` of these records as they are now.

    Many are read only when they are shown, unless they must be read before a dry run takes their changes back.
    """
    if len(ids) <= PAGE or not store.desk.keep:
        return record_table(store, store.fetch(record, ids), record=record)
    pages = (store.fetch(record, ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))
    return record_table(store, chain.from_iterable(pages), record=record)
