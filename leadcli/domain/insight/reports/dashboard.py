"""The dashboard: the most important figures and reports on one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from leadcli import query as filters
from leadcli.domain.insight.reports import run_report
from leadcli.domain.insight.reports.declared import ReportRequest
from leadcli.domain.insight.reports.measures import percent
from leadcli.domain.leads import lists, saved_views
from leadcli.model.kinds import TEXT, Record
from leadcli.model.results import Column, Figure, Page, Table
from leadcli.query import Query
from leadcli.store.reads import currency_totals
from leadcli.store.store import Store

WEEKS = 12
COLUMNS = (Column("report", "report", TEXT, 0), Column("row", "row", TEXT, 0), Column("measure", "measure", TEXT, 0),
           Column("value", "value", TEXT, 0), Column("currency", "currency", TEXT, 1))  # fmt: skip
_LATE = {0: "nothing is late", 1: "task to catch up on"}


def make_dashboard(store: Store, request: ReportRequest, extra: Mapping[str, Any]) -> Page:
    """The reports over the same leads. `table` of the page holds every number, one a row, for files and pipes."""
    tables = [_make_part(store, request, each) for each in _make_part_requests(store, request)]
    parts, for_people = [complete for complete, _ in tables], [table for _, table in tables]
    count = run_report.count_matching(store, run_report.plan_report(store, request).query, "is:any")
    rows = [row for part in parts for row in _list_values(part)]
    keys = {**extra, "columns": [column.name for column in COLUMNS], "currency": _find_common_currency(parts)}
    table = Table(COLUMNS, rows, title="Lead desk", key="report", totals={"count": count}, extra=keys)
    figures = _make_figures(store, run_report.plan_report(store, request).query, parts)
    today = store.context.today
    return Page(
        "Lead desk",
        f"{today:%A}, {today.isoformat()}" + (f" · {extra['filter']}" if request.words else ""),
        table,
        for_people,
        figures,
    )


def _make_part_requests(store: Store, request: ReportRequest) -> list[ReportRequest]:
    start = store.context.today - timedelta(days=7 * WEEKS - 1 + store.context.today.weekday())
    weeks = ReportRequest("created", period="week", since=request.since or start.isoformat())
    names = ("forecast", "conversion", "sources", "owners", "lost", "aging", "activity")
    return [ReportRequest("pipeline"), weeks, *map(ReportRequest, names)]


def _make_part(store: Store, request: ReportRequest, part_request: ReportRequest) -> tuple[Table, Table]:
    """One report with the filter and days of the whole page, complete and as people see it."""
    part = part_request._replace(
        words=request.words,
        since=request.since or part_request.since,
        until=request.until or part_request.until,
        is_part=True,
    )
    plan = run_report.plan_report(store, part)
    if plan.report.kind == "groups":
        complete, for_people = run_report.make_grouped_tables(store, plan)
        return complete._replace(rows=list(complete.rows)), for_people._replace(rows=list(for_people.rows))
    table = run_report.make_table(store, plan)
    assert isinstance(table, Table)
    table = table._replace(rows=list(table.rows))
    return table, table


def _list_values(part: Table) -> Iterator[Record]:
    """A report in long form: one record (report, row, measure, value, currency) for each value."""
    first, *rest = part.columns
    for row in part.rows:
        for column in rest:
            value = row.get(column.name)
            if value is not None and column.name != "currency":
                money = column.kind.filter == "money"
                currency = row["currency"] if money else None
                yield {"report": (part.extra or {})["report"], "row": str(row[first.name]), "measure": column.name,
                       "value": column.kind.plain(value, row), "currency": currency}  # fmt: skip


def _find_common_currency(parts: Sequence[Table]) -> str | None:
    currencies = {(part.extra or {})["currency"] for part in parts}
    return currencies.pop() if len(currencies) == 1 else None


def _make_figures(store: Store, query: Query, parts: Sequence[Table]) -> list[Figure]:
    """The numbers above the charts."""

    def count(text: str) -> int:
        return run_report.count_matching(store, query, text)

    forecast = next(part for part in parts if (part.extra or {})["report"] == "forecast")
    weighted: dict[str, int] = {}
    for row in forecast.rows:
        weighted[row["currency"]] = weighted.get(row["currency"], 0) + (row["weighted"] or 0)
    won, closed = count("is:won"), count("is:closed")
    late, due = count("is:overdue"), count("is:open due:today not is:overdue")
    return [
        Figure("Open leads", f"{count('is:open'):,}", _format_value(store, query, "is:open")),
        Figure(
            "Weighted",
            lists.short_sums(weighted.items(), store.context.currency),
            "open value × probability",
        ),
        Figure(
            "Won this month", f"{count('is:won closed:month'):,}", _format_value(store, query, "is:won closed:month")
        ),
        Figure("Win rate", f"{percent(won, closed):g} %" if closed else "–", f"{won:,} of {closed:,} closed"),
        Figure(
            "Overdue",
            f"{late:,}",
            _LATE.get(late, "tasks to catch up on"),
        ),
        Figure("Due today", f"{due:,}", "leadcli next"),
    ]


def _format_value(store: Store, query: Query, text: str) -> str:
    """The value of the leads that also match `text`. Exact up to MAX_AMOUNTS currencies, rounded beyond."""
    matching = filters.combine(query, saved_views.parse_with_views(store, [text]))
    sums = currency_totals.sum_values(store, "lead", matching).sums
    return (
        " + ".join(lists.money(store, sums))
        if len(sums) <= lists.MAX_AMOUNTS
        else lists.short_sums(sums, store.context.currency)
    )
