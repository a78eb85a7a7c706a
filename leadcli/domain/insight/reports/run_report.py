"""Runs a report: its declaration, its filter and days become one Table, the same for every format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from leadcli import query as filters
from leadcli.domain.insight.reports import declared as declared
from leadcli.domain.insight.reports import engine, finish, groups, measures
from leadcli.domain.insight.reports.declared import CUSTOM, REPORTS, Report, ReportRequest, check_period, refuse_custom
from leadcli.domain.leads import lists, saved_views
from leadcli.errors import Usage, unknown_name
from leadcli.model.results import Chart, Column, Page, PlainText, Table
from leadcli.query import Query
from leadcli.store.store import Store
from leadcli.text.dates import words as date_words
from leadcli.text.dates.words import Span

MOST_SUMS = 2  # amounts in a title that has little room


class ReportPlan(NamedTuple):
    """A report with its filter and days worked out."""

    report: Report
    asked: ReportRequest
    query: Query
    window: Span


def make_table(store: Store, plan: ReportPlan) -> Table | Page:
    """The table of a planned report; for all kinds but the dashboard."""
    if plan.report.kind == "groups":
        return _grouped_table(store, plan)
    refuse_custom(plan.report, plan.asked)
    return _digest(store, plan) if plan.report.kind == "digest" else _special_report(store, plan)


def explain_report(store: Store, asked: ReportRequest) -> PlainText:
    """How the filter of a report is read; nothing is run."""
    plan = plan_report(store, declared.open_report(store, asked))
    return PlainText("\n".join(filters.explain_query(plan.query, store.context)[:-1]) + "\n")


def plan_report(store: Store, asked: ReportRequest) -> ReportPlan:
    """Which report, over which leads, on which days. Usage for an unknown name, filter or date."""
    if asked.name:
        report = REPORTS.get(asked.name.casefold())
        if report is None:
            raise unknown_name("report", asked.name, declared.report_names(store), hint="all reports: leadcli report")
    elif asked.by:
        report = CUSTOM
    else:
        raise Usage("which report?", hint="list them: leadcli report; or make one: leadcli report --by source")
    window = date_words.parse_window(asked.since, asked.until, store.context.today)
    typed = saved_views.parse_with_views(store, asked.words)
    base = report.base
    if base == "is:open" and typed.text and filters.mentions_state(typed):
        base = ""
    found = filters.combine(saved_views.parse_with_views(store, [base]), typed) if base else typed
    if report.kind in ("groups", "funnel", "velocity", "quality", "duplicates", "calibration"):
        found = _within_dates(store, found, report.date, window)
    return ReportPlan(report, asked, found, window)


def _within_dates(store: Store, query: Query, date: str, window: Span) -> Query:
    if not window.first and not window.last:
        return query
    text = f"{date}:{window.first or ''}..{window.last or ''}"
    return filters.combine(query, saved_views.parse_with_views(store, [text]))


def _grouped_table(store: Store, plan: ReportPlan) -> Table:
    report, asked = plan.report, plan.asked
    period = check_period(asked.period) or report.period or "day"
    names = list(asked.by or report.by)
    if asked.period and not any(groups.is_date(store, name) for name in names):
        names.append(report.date)
    dimensions = groups.grouping_named(store, names, period)
    if report.base:
        dimensions = [group._replace(always=()) if group.name == "status" else group for group in dimensions]
    wanted = measures.measures_named(asked.measures or report.measures)
    _refuse_clash(dimensions, wanted)
    cube = engine.group_leads(store, plan.query, engine.Frame(dimensions, wanted))
    columns, rows, totals = cube.columns(), cube.rows(), cube.totals
    if asked.compare:
        cube, (columns, rows, totals) = _comparison_table(store, plan, cube)
    drawn = [each.name for each in wanted]
    chart = Chart(report.chart, dimensions[0].name, report.measure if report.measure in drawn else drawn[0],
                  report.other if report.other in drawn else "")  # fmt: skip
    if not any(cube.cells.values()) or not cube.overall:
        rows = []
    keys = extra_columns(store, plan, cube.currency, columns)
    return Table(columns, rows, _title(store, plan, dimensions, cube), _footer(store, plan, cube), dimensions[0].name,
                 totals=totals, extra=keys, chart=chart, empty=_empty(plan))  # fmt: skip


def _comparison_table(
    store: Store, plan: ReportPlan, cube: engine.GroupedSums
) -> tuple[engine.GroupedSums, finish.Beside]:
    """The cube and the one of the days before, side by side, with the same currencies told apart."""
    before = finish.previous_period(plan.window, store.context.today)
    whole = plan_report(store, plan.asked._replace(since="", until="")).query
    again = _within_dates(store, whole, plan.report.date, before)
    window = plan.window._replace(last=plan.window.last or store.context.today)
    then = engine.group_leads(store, again, engine.Frame(cube.groups, cube.measures, before, cube.known))
    now = engine.group_leads(store, plan.query, engine.Frame(cube.groups, cube.measures, window, then.known))
    return now, finish.compare_tables(now, then)


def _refuse_clash(dimensions: Sequence[groups.Grouping], wanted: Sequence[measures.Measure]) -> None:
    clash = {group.name for group in dimensions} & {measure.name for measure in wanted}
    if clash:
        raise Usage(f"{clash.pop()} cannot be both the group and the measure.", hint="choose another --by or --measure")


def _special_report(store: Store, plan: ReportPlan) -> Table:
    from leadcli.domain.insight.reports import funnel as funnel_counts
    from leadcli.domain.insight.reports import others

    if plan.report.kind == "activity":
        columns, rows, totals = others.activity_table(store, plan.query, plan.window)
    else:
        make = {
            "funnel": funnel_counts.funnel_rows,
            "velocity": funnel_counts.velocity_rows,
            "quality": others.quality_table,
            "duplicates": others.duplicates_table,
            "calibration": others.calibration_table,
        }
        columns, rows, totals = make[plan.report.kind](store, plan.query)
    title = f"{plan.report.title}{_day_range(plan.window)}"
    chart = Chart(plan.report.chart, columns[0].name, plan.report.measure)
    footer = "Merge them: leadcli dedupe" if plan.report.name == "duplicates" and rows else ""
    return Table(columns, rows, title=title, key=columns[0].name, totals=totals, footer=footer, chart=chart,
                 extra=extra_columns(store, plan, store.context.currency, columns), empty=_empty(plan))  # fmt: skip


def _digest(store: Store, plan: ReportPlan) -> Table:
    from leadcli.domain.insight.reports import digest

    window = digest.digest_days(store, plan.report.name, plan.window)
    ahead = 7 if plan.report.name == "weekly" else 0
    columns, rows, totals = digest.digest_page(store, plan.query, window, limit=plan.asked.limit, ahead=ahead)
    said = ", ".join(f"{count} {name}" for name, count in totals.items() if name != "count" and count)
    title = f"{plan.report.title}{_day_range(window)}"
    shown = totals if not plan.asked.drawn else None
    if plan.asked.drawn:
        columns = [column for column in columns if column.name != "currency"]
    keys = extra_columns(store, plan, store.context.currency, columns)
    return Table(columns, rows, title=title, footer=said, totals=shown, group="section", extra=keys,
                 empty="Nothing new, nothing due. Whom to call: leadcli next")  # fmt: skip


def extra_columns(store: Store, plan: ReportPlan, currency: str | None, columns: Sequence[Column]) -> dict[str, Any]:
    """The keys a report's JSON has beside rows and totals."""
    text = plan.query.text or "is:any"
    name = plan.asked.called or plan.report.name
    return {
        "report": name,
        "filter": text,
        "generated": store.now,
        "currency": currency,
        "columns": [column.name for column in columns],
    }


def _title(store: Store, plan: ReportPlan, dimensions: Sequence[groups.Grouping], cube: engine.GroupedSums) -> str:
    report, asked = plan.report, plan.asked
    title = report.title
    if asked.by or report is CUSTOM:
        title = f"Leads by {' and '.join(group.label for group in dimensions)}"
    elif period := next((group.period for group in dimensions if group.period), ""):
        title = f"{title.removesuffix(' by month')} per {period}"
    said = [title, *_sum_words(store, cube, most=MOST_SUMS if asked.beside else 0)]
    return ", ".join(said) + _day_range(plan.window)


def _sum_words(store: Store, cube: engine.GroupedSums, *, most: int) -> list[str]:
    """ "120 leads", "€312,400.00": one amount a currency; "in 7 currencies" where they are more than `most`."""
    names = [measure.name for measure in cube.measures]
    said = []
    if "count" in names:
        count = cube.totals["count"]
        said.append(f"{count:,} lead{'' if count == 1 else 's'}")
    if "value" in names:
        at = sum(len(measure.parts) for measure in cube.measures[: names.index("value")])
        sums = sorted((code, parts[at]) for code, parts in cube.overall.items() if parts[at])
        said += [f"in {len(sums)} currencies"] if most and len(sums) > most else lists.money(store, sums)
    return said


def _day_range(window: Span) -> str:
    """ ", 2026-11-01 … 2026-11-22", or which end is open."""
    if window.first and window.last:
        return f", {window.first} … {window.last}"
    return f", since {window.first}" if window.first else f", until {window.last}" if window.last else ""


def _footer(store: Store, plan: ReportPlan, cube: engine.GroupedSums) -> str:
    """What a seller would ask next; only worked out for eyes."""
    from leadcli.domain.insight.reports import finish

    if not plan.asked.drawn or not cube.overall:
        return ""
    if plan.report.name == "pipeline" and not plan.asked.custom:
        return finish.pipeline_remark(store, plan.query)
    if "weighted" in [measure.name for measure in cube.measures]:
        return finish.unweighted_remark(store, plan.query)
    return ""


def _empty(plan: ReportPlan) -> str:
    if plan.report.kind != "groups":
        return "Nothing to report yet."
    return (
        f"No leads to report: {plan.query.text}"
        if plan.query.text
        else 'No leads yet. Add one: leadcli add "Ada Lovelace"'
    )
