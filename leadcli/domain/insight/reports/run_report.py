"""Runs a report: from its declaration, filter and days to one Table, the same for every format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from leadcli import query as filters
from leadcli.domain.insight.reports import declared, engine, finish, groups, measures
from leadcli.domain.insight.reports.declared import CUSTOM, REPORTS, Report, ReportRequest, check_period, refuse_custom
from leadcli.domain.leads import lists, saved_views
from leadcli.errors import Usage, unknown_name
from leadcli.model.results import Chart, Column, Page, PlainText, Table
from leadcli.query import Query
from leadcli.store.store import Store
from leadcli.text.dates import words as date_words
from leadcli.text.dates.words import Span

MAX_AMOUNTS = 2  # amounts in a title that has little room


class ReportPlan(NamedTuple):
    """A report, the request for it, and the query and days that follow from both."""

    report: Report
    request: ReportRequest
    query: Query
    window: Span


def make_table(store: Store, plan: ReportPlan) -> Table | Page:
    """The table of a planned report of any kind but the dashboard. Usage for options that its kind does not take."""
    if plan.report.kind == "groups":
        return _grouped_table(store, plan)
    refuse_custom(plan.report, plan.request)
    return _digest_report(store, plan) if plan.report.kind == "digest" else _special_report(store, plan)


def explain_report(store: Store, request: ReportRequest) -> PlainText:
    """How the filter of a report is read. The report itself is not run."""
    plan = plan_report(store, declared.resolve_saved_report(store, request))
    return PlainText("\n".join(filters.explain_query(plan.query, store.context)[:-1]) + "\n")


def plan_report(store: Store, request: ReportRequest) -> ReportPlan:
    """Resolve a request: which report, which leads, which days. Usage for an unknown name, filter or date."""
    if request.name:
        report = REPORTS.get(request.name.casefold())
        if report is None:
            raise unknown_name(
                "report", request.name, declared.list_report_names(store), hint="all reports: leadcli report"
            )
    elif request.by:
        report = CUSTOM
    else:
        raise Usage("which report?", hint="list them: leadcli report; or make one: leadcli report --by source")
    window = date_words.parse_window(request.since, request.until, store.context.today)
    typed = saved_views.parse_with_views(store, request.words)
    base = report.base
    if base == "is:open" and typed.text and filters.mentions_state(typed):
        base = ""
    query = filters.combine(saved_views.parse_with_views(store, [base]), typed) if base else typed
    if report.kind in ("groups", "funnel", "velocity", "quality", "duplicates", "calibration"):
        query = _limit_to_dates(store, query, report.date, window)
    return ReportPlan(report, request, query, window)


def _limit_to_dates(store: Store, query: Query, date: str, window: Span) -> Query:
    if not window.first and not window.last:
        return query
    text = f"{date}:{window.first or ''}..{window.last or ''}"
    return filters.combine(query, saved_views.parse_with_views(store, [text]))


def _grouped_table(store: Store, plan: ReportPlan) -> Table:
    report, request = plan.report, plan.request
    period = check_period(request.period) or report.period or "day"
    names = list(request.by or report.by)
    if request.period and not any(groups.is_date(store, name) for name in names):
        names.append(report.date)
    dimensions = groups.find_groupings(store, names, period)
    if report.base:
        dimensions = [group._replace(always=()) if group.name == "status" else group for group in dimensions]
    chosen_measures = measures.find_measures(request.measures or report.measures)
    _refuse_group_as_measure(dimensions, chosen_measures)
    cube = engine.group_leads(store, plan.query, engine.GroupingRequest(dimensions, chosen_measures))
    columns, rows, totals = cube.columns(), cube.rows(), cube.totals
    if request.compare:
        cube, (columns, rows, totals) = _comparison_table(store, plan, cube)
    measure_names = [each.name for each in chosen_measures]
    chart = Chart(
        report.chart,
        dimensions[0].name,
        report.measure if report.measure in measure_names else measure_names[0],
        report.other if report.other in measure_names else "",
    )
    if not any(cube.cells.values()) or not cube.overall:
        rows = []
    keys = make_json_keys(store, plan, cube.currency, columns)
    title, footer = _make_title(store, plan, dimensions, cube), _make_footer(store, plan, cube)
    return Table(columns, rows, title, footer, dimensions[0].name, totals=totals, extra=keys, chart=chart,
                 empty=_explain_empty(plan))  # fmt: skip


def _comparison_table(
    store: Store, plan: ReportPlan, cube: engine.GroupedSums
) -> tuple[engine.GroupedSums, finish.ComparedTable]:
    """Compare the report with the same report for the days before.

    Both are computed with the currencies of both, so that they have the same rows.
    """
    previous_days = finish.find_previous_days(plan.window, store.context.today)
    undated_query = plan_report(store, plan.request._replace(since="", until="")).query
    previous_query = _limit_to_dates(store, undated_query, plan.report.date, previous_days)
    window = plan.window._replace(last=plan.window.last or store.context.today)
    previous = engine.group_leads(
        store, previous_query, engine.GroupingRequest(cube.groups, cube.measures, previous_days, cube.currencies)
    )
    current = engine.group_leads(
        store, plan.query, engine.GroupingRequest(cube.groups, cube.measures, window, previous.currencies)
    )
    return current, finish.compare_tables(current, previous)


def _refuse_group_as_measure(
    dimensions: Sequence[groups.Grouping], chosen_measures: Sequence[measures.Measure]
) -> None:
    clash = {group.name for group in dimensions} & {measure.name for measure in chosen_measures}
    if clash:
        raise Usage(f"{clash.pop()} cannot be both the group and the measure.", hint="choose another --by or --measure")


def _special_report(store: Store, plan: ReportPlan) -> Table:
    from leadcli.domain.insight.reports import funnel as funnel_counts
    from leadcli.domain.insight.reports import others

    if plan.report.kind == "activity":
        columns, rows, totals = others.count_activities(store, plan.query, plan.window)
    else:
        make = {
            "funnel": funnel_counts.measure_funnel,
            "velocity": funnel_counts.measure_velocity,
            "quality": others.count_missing_values,
            "duplicates": others.count_duplicates,
            "calibration": others.compare_scores_with_outcomes,
        }
        columns, rows, totals = make[plan.report.kind](store, plan.query)
    title = f"{plan.report.title}{_format_days(plan.window)}"
    chart = Chart(plan.report.chart, columns[0].name, plan.report.measure)
    footer = "Merge them: leadcli dedupe" if plan.report.name == "duplicates" and rows else ""
    keys = make_json_keys(store, plan, store.context.currency, columns)
    return Table(columns, rows, title=title, key=columns[0].name, totals=totals, footer=footer, chart=chart,
                 extra=keys, empty=_explain_empty(plan))  # fmt: skip


def _digest_report(store: Store, plan: ReportPlan) -> Table:
    from leadcli.domain.insight.reports import digest

    window = digest.choose_days(store, plan.report.name, plan.window)
    ahead = 7 if plan.report.name == "weekly" else 0
    columns, rows, totals = digest.make_digest(store, plan.query, window, limit=plan.request.limit, ahead=ahead)
    counts_line = ", ".join(f"{count} {name}" for name, count in totals.items() if name != "count" and count)
    title = f"{plan.report.title}{_format_days(window)}"
    shown = totals if not plan.request.drawn else None
    if plan.request.drawn:
        columns = [column for column in columns if column.name != "currency"]
    keys = make_json_keys(store, plan, store.context.currency, columns)
    return Table(columns, rows, title=title, footer=counts_line, totals=shown, group="section", extra=keys,
                 empty="Nothing new, nothing due. Whom to call: leadcli next")  # fmt: skip


def make_json_keys(store: Store, plan: ReportPlan, currency: str | None, columns: Sequence[Column]) -> dict[str, Any]:
    """The keys of a report's JSON besides rows and totals."""
    text = plan.query.text or "is:any"
    name = plan.request.saved_name or plan.report.name
    return {
        "report": name,
        "filter": text,
        "generated": store.now,
        "currency": currency,
        "columns": [column.name for column in columns],
    }


def _make_title(store: Store, plan: ReportPlan, dimensions: Sequence[groups.Grouping], cube: engine.GroupedSums) -> str:
    report, request = plan.report, plan.request
    title = report.title
    if request.by or report is CUSTOM:
        title = f"Leads by {' and '.join(group.label for group in dimensions)}"
    elif period := next((group.period for group in dimensions if group.period), ""):
        title = f"{title.removesuffix(' by month')} per {period}"
    parts = [title, *_format_totals(store, cube, most=MAX_AMOUNTS if request.is_part else 0)]
    return ", ".join(parts) + _format_days(plan.window)


def _format_totals(store: Store, cube: engine.GroupedSums, *, most: int) -> list[str]:
    """ "120 leads", "€312,400.00": one amount a currency. "in 7 currencies" for more than `most` (0 is no bound)."""
    names = [measure.name for measure in cube.measures]
    texts = []
    if "count" in names:
        count = cube.totals["count"]
        texts.append(f"{count:,} lead{'' if count == 1 else 's'}")
    if "value" in names:
        at = sum(len(measure.parts) for measure in cube.measures[: names.index("value")])
        sums = sorted((code, parts[at]) for code, parts in cube.overall.items() if parts[at])
        texts += [f"in {len(sums)} currencies"] if most and len(sums) > most else lists.money(store, sums)
    return texts


def _format_days(window: Span) -> str:
    """The end of a title: ", 2026-11-01 … 2026-11-22", ", since ...", ", until ...", or nothing."""
    if window.first and window.last:
        return f", {window.first} … {window.last}"
    return f", since {window.first}" if window.first else f", until {window.last}" if window.last else ""


def _make_footer(store: Store, plan: ReportPlan, cube: engine.GroupedSums) -> str:
    """A remark below the table, for a screen or a mail only: it costs further queries."""
    from leadcli.domain.insight.reports import finish

    if not plan.request.drawn or not cube.overall:
        return ""
    if plan.report.name == "pipeline" and not plan.request.is_custom:
        return finish.describe_pipeline(store, plan.query)
    if "weighted" in [measure.name for measure in cube.measures]:
        return finish.describe_unweighted(store, plan.query)
    return ""


def _explain_empty(plan: ReportPlan) -> str:
    if plan.report.kind != "groups":
        return "Nothing to report yet."
    return (
        f"No leads to report: {plan.query.text}"
        if plan.query.text
        else 'No leads yet. Add one: leadcli add "Ada Lovelace"'
    )
