"""The ready-made reports, one declaration each, and the reports that a user saved.

A declaration says by what leads are grouped, what is measured, over which leads, and how it is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leadcli import query as filters
from leadcli.domain.leads import saved_views
from leadcli.errors import Refused, Usage, unknown_name
from leadcli.model.kinds import TEXT, Record
from leadcli.model.results import Column, ResultNote, Table
from leadcli.store.journal.operation import begin_operation
from leadcli.store.store import Store

PERIODS = ("day", "week", "month", "quarter", "year")


class Report(NamedTuple):
    """One report.

    `kind` says which code computes it. `groups` is the engine (from `by`, `measures`, `period`). Others read the
    journal or other records. `base` is the filter it always has. When the user's filter names a state, `is:open` is
    dropped. `date` is the field that --since and --until bound. `chart` is a shape of results.Chart. `measure` and
    `other` are the columns it draws.
    """

    name: str
    title: str
    about: str
    by: Sequence[str] = ()
    measures: Sequence[str] = ("count", "value")
    base: str = ""
    date: str = "created_at"
    period: str = ""
    chart: str = "bars"
    measure: str = "count"
    other: str = ""
    kind: str = "groups"


_DEAL = ("count", "value", "rate")

REPORTS: Mapping[str, Report] = {
    each.name: each
    for each in (
        Report("pipeline", "Pipeline by status", "how many leads stand where, and what they are worth", ("status",)),
        Report("created", "Leads created", "new leads by day, or --period", ("created_at",), period="day",
               chart="months"),
        Report("sources", "Leads by source", "where leads come from, and how many were won", ("source",), _DEAL),
        Report("owners", "Leads by owner", "who works on what, and wins how much", ("owner",), _DEAL),
        Report("campaigns", "Leads by campaign", "what each campaign brought", ("campaign",), _DEAL),
        Report("conversion", "Conversion", "of the leads created, how many reached each status", kind="funnel",
               chart="funnel"),
        Report("velocity", "Days in each status", "how long leads stay in each status, and until they close",
               kind="velocity", measure="median"),
        Report("lost", "Lost leads by reason", "why leads were lost", ("lost_reason",), base="is:lost",
               date="closed_at"),
        Report("aging", "Open leads by age", "how old the open leads are", ("age",), base="is:open"),
        Report("stale", "Stale leads by status", "open leads nobody touched for too long", ("status",),
               ("count", "value", "age"), base="is:stale"),
        Report("forecast", "Forecast by month", "value and weighted value by expected close", ("expected_close",),
               ("count", "value", "weighted"), base="is:open", date="expected_close", period="month", chart="months",
               measure="value", other="weighted"),
        Report("activity", "Activity by owner", "calls, e-mails, meetings, visits and tasks", kind="activity"),
        Report("duplicates", "Certain duplicates", "leads that share an e-mail, a phone or an external id",
               kind="duplicates"),
        Report("quality", "What is missing", "leads without owner, close date or contact", kind="quality"),
        Report("calibration", "Scores that came true", "closed leads by their score when new, and how many were won",
               kind="calibration", measure="rate", other="predicted"),
        Report("daily", "Daily digest", "new, moved, won, lost, overdue and next: yesterday and today", kind="digest",
               chart=""),
        Report("weekly", "Weekly digest", "the same for the last seven days", kind="digest", chart=""),
        Report("dashboard", "Lead desk", "the important reports on one page", kind="dashboard", chart=""),
    )
}  # fmt: skip
CUSTOM = Report("custom", "Leads", "grouped and measured as asked", chart="bars")


class ReportRequest(NamedTuple):
    """Which report to run, with the user's options.

    `words` is the filter. `since` and `until` are texts as typed. `drawn` is true for a screen or a mail, where the
    table has a footer. `is_part` is true for one of several reports on a page, whose title must be short.
    """

    name: str = ""
    words: Sequence[str] = ()
    by: Sequence[str] = ()
    measures: Sequence[str] = ()
    period: str = ""
    since: str = ""
    until: str = ""
    compare: bool = False
    limit: int | None = None
    drawn: bool = False
    is_part: bool = False
    saved_name: str = ""  # the name it was saved under

    @property
    def is_custom(self) -> bool:
        """It changes the groups, measures or period of a ready-made report, or compares."""
        return bool(self.by or self.measures or self.period or self.compare)


def refuse_custom(report: Report, request: ReportRequest) -> None:
    """Usage for options of grouped reports on a report that is not grouped: its columns are fixed."""
    if request.is_custom:
        option = "by" if request.by else "measure" if request.measures else "period" if request.period else "compare"
        raise Usage(
            f"report {report.name} cannot be changed by --{option}.",
            hint="it takes a filter, --since and --until; your own columns: leadcli report --by FIELD",
        )


def check_period(period: str) -> str:
    """The period itself. Usage with a suggestion for an unknown one."""
    if period and period not in PERIODS:
        raise unknown_name("period", period, PERIODS, title="Periods")
    return period


_PLAN_FIELDS = ("by", "measures", "period", "since", "until", "compare")


def list_reports(store: Store | None) -> Table:
    """All reports, ready-made and saved: name, title, what each shows."""
    rows: list[Record] = [{"name": each.name, "title": each.title, "about": each.about} for each in REPORTS.values()]
    for row in _saved_rows(store) if store else ():
        rows.append(
            {"name": row["name"], "title": row["name"], "about": f"saved: {format_command(_parse_request(row))}"}
        )
    columns = (
        Column("name", "report", TEXT, 0),
        Column("title", "title", TEXT, 0),
        Column("about", "tells", TEXT, 1, whole=True),
    )
    return Table(columns, rows, key="name")


def save_definition(store: Store, name: str, request: ReportRequest) -> ResultNote:
    """Save a report under a name and replace one of that name. Refused for the name of a ready-made report."""
    name = saved_views.check_view_name(name)
    if name in REPORTS:
        raise Refused(f"{name} is a ready-made report.", hint="choose another name")
    values = {
        "query": filters.join_words(request.words),
        "plan": json.dumps({"report": request.name, **{key: getattr(request, key) for key in _PLAN_FIELDS}}),
    }
    old = store.find_named("view", name, kind=saved_views.REPORT)
    with begin_operation(store) as operation:
        if old:
            operation.update("view", old["id"], values)
        else:
            operation.insert("view", {"name": name, "kind": saved_views.REPORT, **values})
    return ResultNote(
        f"Saved report {name} ({format_command(request)}). Run it: leadcli report {name}",
        json={"name": name, "title": name},
    )


def delete_report(store: Store, name: str) -> ResultNote:
    """Delete a saved report. Usage when there is none of that name."""
    row = store.find_named("view", name, kind=saved_views.REPORT)
    if row is None:
        raise unknown_name("saved report", name, [each["name"] for each in _saved_rows(store)], title="Saved reports")
    with begin_operation(store) as operation:
        operation.delete("view", row["id"])
    return ResultNote(f"Deleted report {row['name']}. Undo: leadcli undo", json={"name": row["name"]})


def resolve_saved_report(store: Store, request: ReportRequest) -> ReportRequest:
    """Replace the name of a saved report by what was saved. Options typed now win, both filters apply.

    A request for any other report is returned unchanged.
    """
    row = store.find_named("view", request.name, kind=saved_views.REPORT) if request.name not in REPORTS else None
    if row is None:
        return request
    saved = _parse_request(row)
    typed = {key: getattr(request, key) or getattr(saved, key) for key in _PLAN_FIELDS}
    words = [*saved.words, *request.words]
    if saved.words and request.words:
        words = [f"({filters.join_words(saved.words)})", f"({filters.join_words(request.words)})"]
    return request._replace(name=saved.name, saved_name=row["name"], words=words, **typed)


def list_report_names(store: Store) -> list[str]:
    """The names of all reports, ready-made and saved."""
    return [*REPORTS, *(row["name"] for row in _saved_rows(store))]


def format_command(request: ReportRequest) -> str:
    """The request as it would be typed: `sources status:won --by source,owner`."""
    values = {
        "by": ",".join(request.by),
        "measure": ",".join(request.measures),
        "period": request.period,
        "since": request.since,
        "until": request.until,
    }
    options = [f"--{option} {text}" for option, text in values.items() if text] + ["--compare"] * request.compare
    return " ".join(filter(None, [request.name, filters.join_words(request.words), *options]))


def _saved_rows(store: Store) -> list[Record]:
    return [row for row in store.every("view") if row["kind"] == saved_views.REPORT]


def _parse_request(row: Record) -> ReportRequest:
    try:
        plan = json.loads(row["plan"])
        values = {key: plan[key] for key in _PLAN_FIELDS if key in plan}
        return ReportRequest(plan.get("report", ""), [row["query"]] if row["query"] else [], **values)
    except (TypeError, ValueError) as error:
        raise Usage(
            f"the saved report {row['name']} cannot be read.", hint=f"forget it: leadcli report {row['name']} --delete"
        ) from error
