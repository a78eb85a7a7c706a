"""Runs a report: from its declaration, filter and days to one Table, the same for every format.

What is done with a computed report: comparing it with the days before, remarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from leadcli import query as filters
from leadcli.domain.insight.reports import declared, engine, groups, measures
from leadcli.domain.insight.reports.declared import CUSTOM, REPORTS, Report, ReportRequest, check_period, refuse_custom
from leadcli.domain.insight.reports.engine import GroupedSums
from leadcli.domain.insight.reports.measures import percent
from leadcli.domain.insight.reports.others import median
from leadcli.domain.leads import lists, saved_views
from leadcli.errors import Usage, unknown_name
from leadcli.model.fields import LEAD
from leadcli.model.kinds import Record
from leadcli.model.results import Chart, Column, Page, PlainText, Table, format_count
from leadcli.query import Query
from leadcli.store.reads import currency_totals
from leadcli.store.store import Store
from leadcli.text.dates import words as date_words
from leadcli.text.dates.words import Span

BEFORE_SUFFIX = "_before"


def find_previous_days(window: Span, today: date) -> Span:
    """As many days just before `window`, or as many whole months before whole months. Usage without --since."""
    if window.first is None:
        raise Usage("--compare needs to know which days.", hint="add --since, such as --since month")
    first, last = window.first, window.last or today
    if last < first:
        raise Usage(f"--compare: {first} has not come yet.", hint="choose an earlier --since")
    end = first - timedelta(days=1)
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
        return Span(date(year, month + 1, 1), end, "")
    return Span(first - (last - first) - timedelta(days=1), end, "")


ComparedTable = tuple[list[Column], list[Record], Record]


def compare_tables(current: GroupedSums, previous: GroupedSums) -> ComparedTable:
    """Columns, rows and totals with a further column for each measure of the days before.

    Rows are matched by their labels. Periods are matched in order, the first with the first.
    """
    names = [measure.name for measure in current.measures]
    previous_rows = dict(_rows_by_key(previous))
    rows = []
    for key, row in _rows_by_key(current):
        was = previous_rows.pop(key, {})
        rows.append({**row, **{name + BEFORE_SUFFIX: was.get(name, _zero_value(name)) for name in names}})
    for row in previous_rows.values():
        empty = {name: _zero_value(name) for name in names}
        rows.append({**row, **empty, **{name + BEFORE_SUFFIX: row[name] for name in names}})
    columns = current.columns()
    previous_columns = [
        Column(measure.name + BEFORE_SUFFIX, f"{measure.label} before", measure.kind, 2) for measure in current.measures
    ]
    at = len(current.groups) + len(current.measures)
    totals = {**current.totals, **{name + BEFORE_SUFFIX: previous.totals[name] for name in names}}
    return [*columns[:at], *previous_columns, *columns[at:]], rows, totals


def _rows_by_key(cube: GroupedSums) -> Iterator[tuple[Any, Record]]:
    """(key, row): the key is the labels, or for periods the position after the first, with the currency."""
    dated = len(cube.groups) == 1 and bool(cube.groups[0].period)
    places: dict[Any, int] = {}
    for row in cube.rows():
        labels = tuple(row[group.name] for group in cube.groups)
        yield (places.setdefault(labels, len(places)) if dated else labels, row["currency"]), row


def _zero_value(name: str) -> int | None:
    return 0 if name in ("count", "value", "weighted") else None


def count_matching(store: Store, query: Query, text: str) -> int:
    """How many of the leads also match the filter `text`."""
    return store.count("lead", filters.combine(query, saved_views.parse_with_views(store, [text])))


def describe_pipeline(store: Store, query: Query) -> str:
    """ "Conversion 58.6 % of closed (17 of 29) · median age of open leads 23 days"."""
    parts = []
    won, closed = count_matching(store, query, "is:won"), count_matching(store, query, "is:closed")
    if closed:
        parts.append(f"Conversion {percent(won, closed):g} % of closed ({won:,} of {closed:,})")
    age = median_open_age(store, query)
    if age is not None:
        parts.append(f"median age of open leads {age:g} day{'' if age == 1 else 's'}")
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def median_open_age(store: Store, query: Query) -> float | None:
    """The median age of open leads in days. None when none is open."""
    condition = filters.compile_where(
        filters.combine(query, saved_views.parse_with_views(store, ["is:open"])), store.context
    )
    sql = f"SELECT {LEAD.fields['age'].sql}, count(*) FROM leads r WHERE {condition.sql} GROUP BY 1 ORDER BY 1"
    histogram = [(age or 0, count) for age, count in store.select(sql, store.bound(condition.params))]
    return median(histogram) if histogram else None


def describe_unweighted(store: Store, query: Query) -> str:
    """How many leads the weighted sum leaves out. '' for none."""
    count = count_matching(store, query, "has:value no:probability")
    if not count:
        return ""
    subject = "1 lead has no probability and is" if count == 1 else f"{count:,} leads have no probability and are"
    return f"{subject} left out of weighted"


def describe_undated(store: Store, query: Query) -> str:
    """How many closed leads came without the day on which they were closed. '' for none."""
    count = count_matching(store, query, "is:closed no:closed_at")
    return f"{format_count(count, 'lead')} closed on an unknown day, counted in no time until close" if count else ""


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
    window = date_words.parse_window(request.since, request.until, store.context.today, order=store.context.date_order)
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
    complete, for_people = make_grouped_tables(store, plan)
    return for_people if plan.request.drawn else complete


def make_grouped_tables(store: Store, plan: ReportPlan) -> tuple[Table, Table]:
    """The table of a grouped report twice: with a row for each currency, and with one row a group for people.

    Both are the same where all money is in one currency, or could be converted, or each currency was asked for.
    """
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
    if not any(cube.cells.values()) or not cube.overall:
        rows = []
    keys = make_json_keys(store, plan, cube.currency, columns) | currency_totals.json_keys(cube.total)
    title, footer = _make_title(store, plan, dimensions, cube), _make_footer(store, plan, cube)
    table = Table(columns, rows, title, footer, dimensions[0].name, totals=totals, extra=keys,
                  chart=_choose_chart(report, dimensions, chosen_measures), empty=_explain_empty(plan))  # fmt: skip
    apart = store.desk.apart or "currency" in [group.name for group in dimensions]
    if cube.currency is not None or request.compare or apart or not rows:
        return table, table
    folded = cube.folded(lambda sums: lists.short_sums(sums, store.context.currency))
    counts = [each for each in chosen_measures if not each.money]
    return table, table._replace(
        columns=folded.columns(), rows=folded.rows(), chart=_choose_chart(report, dimensions, counts)
    )


def _choose_chart(
    report: Report, dimensions: Sequence[groups.Grouping], drawn: Sequence[measures.Measure]
) -> Chart | None:
    """The chart of a grouped report: of its own measures where they are among those that can be drawn."""
    names = [each.name for each in drawn]
    if not names:
        return None
    measure = report.measure if report.measure in names else names[0]
    return Chart(report.chart, dimensions[0].name, measure, report.other if report.other in names else "")


def _comparison_table(
    store: Store, plan: ReportPlan, cube: engine.GroupedSums
) -> tuple[engine.GroupedSums, ComparedTable]:
    """Compare the report with the same report for the days before.

    Both are computed with the currencies of both, so that they have the same rows.
    """
    previous_days = find_previous_days(plan.window, store.context.today)
    undated_query = plan_report(store, plan.request._replace(since="", until="")).query
    previous_query = _limit_to_dates(store, undated_query, plan.report.date, previous_days)
    window = plan.window._replace(last=plan.window.last or store.context.today)
    previous = engine.group_leads(
        store, previous_query, engine.GroupingRequest(cube.groups, cube.measures, previous_days, cube.currencies)
    )
    current = engine.group_leads(
        store, plan.query, engine.GroupingRequest(cube.groups, cube.measures, window, previous.currencies)
    )
    if current.total.missing or previous.total.missing:  # a rate that one of them lacks: neither is converted
        shared = current.currencies | previous.currencies
        current, previous = (
            engine.group_leads(store, query, engine.GroupingRequest(cube.groups, cube.measures, days, shared, True))
            for query, days in ((plan.query, window), (previous_query, previous_days))
        )
    return current, compare_tables(current, previous)


def _refuse_group_as_measure(
    dimensions: Sequence[groups.Grouping], chosen_measures: Sequence[measures.Measure]
) -> None:
    clash = {group.name for group in dimensions} & {measure.name for measure in chosen_measures}
    if clash:
        raise Usage(f"{clash.pop()} cannot be both the group and the measure.", hint="choose another --by or --measure")


def _special_report(store: Store, plan: ReportPlan) -> Table:
    from leadcli.domain.insight.reports import others
    from leadcli.domain.insight.reports import others as funnel_counts

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
    if plan.report.kind == "velocity" and plan.request.drawn:
        footer = describe_undated(store, plan.query)
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
    parts = [title, *_format_totals(store, cube, most=lists.MAX_AMOUNTS if request.is_part else 0)]
    return ", ".join(parts) + _format_days(plan.window)


def _format_totals(store: Store, cube: engine.GroupedSums, *, most: int) -> list[str]:
    """ "120 leads", "€312,400.00": one amount a currency. "in 7 currencies" for more than `most` (0 is no bound)."""
    names = [measure.name for measure in cube.measures]
    texts = []
    if "count" in names:
        count = cube.totals["count"]
        texts.append(format_count(count, "lead"))
    if "value" in names:
        at = sum(len(measure.parts) for measure in cube.measures[: names.index("value")])
        sums = [(code, currency_totals.round_half_up(parts[at])) for code, parts in cube.overall.items() if parts[at]]
        if most and len(sums) > most:
            texts.append(f"in {len(sums)} currencies")
        elif len(sums) > lists.MAX_AMOUNTS:
            texts.append(lists.short_sums(sums, store.context.currency))
        else:
            texts += lists.money(store, sorted(sums))
    return texts


def _format_days(window: Span) -> str:
    """The end of a title: ", 2026-11-01 … 2026-11-22", ", since ...", ", until ...", or nothing."""
    if window.first and window.last:
        return f", {window.first} … {window.last}"
    return f", since {window.first}" if window.first else f", until {window.last}" if window.last else ""


def _make_footer(store: Store, plan: ReportPlan, cube: engine.GroupedSums) -> str:
    """A remark below the table, for a screen or a mail only: it costs further queries."""

    if not plan.request.drawn or not cube.overall:
        return ""
    remark = ""
    if plan.report.name == "pipeline" and not plan.request.is_custom:
        remark = describe_pipeline(store, plan.query)
    elif plan.report.date == "closed_at" and (plan.window.first or plan.window.last):
        undated = count_matching(
            store, plan_report(store, plan.request._replace(since="", until="")).query, "no:closed_at"
        )
        remark = f"{format_count(undated, 'lead')} closed on an unknown day, not counted here" if undated else ""
    elif "weighted" in [measure.name for measure in cube.measures]:
        remark = describe_unweighted(store, plan.query)
    return " · ".join(filter(None, [remark, cube.total.remark]))


def _explain_empty(plan: ReportPlan) -> str:
    if plan.report.kind != "groups":
        return "Nothing to report yet."
    return (
        f"No leads to report: {plan.query.text}"
        if plan.query.text
        else 'No leads yet. Add one: leadcli add "Ada Lovelace"'
    )
