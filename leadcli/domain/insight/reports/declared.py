"""The ready-made reports, a declaration each: what is grouped, what is measured, over which leads, drawn how."""

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

    `kind` says who makes it: groups (the engine, from `by`, `measures`, `period`), or one that reads the journal or
    other records. `base` is the filter it always has (is:open gives way to a state in the user's own filter). `date`
    is the field --since and --until bound. `chart` is a shape of table.Chart, `measure` and `other` what it draws.
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
    """A report as it was asked for. `since` and `until` are texts as typed; `drawn` wants a footer for eyes.

    `beside` is one of several on a page, whose title must be short.
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
    beside: bool = False
    called: str = ""  # the name it was saved under

    @property
    def custom(self) -> bool:
        """It asks for something a ready-made report does not have by itself."""
        return bool(self.by or self.measures or self.period or self.compare)


def refuse_custom(report: Report, asked: ReportRequest) -> None:
    """Reports that are not made of groups have columns of their own. Usage."""
    if asked.custom:
        option = "by" if asked.by else "measure" if asked.measures else "period" if asked.period else "compare"
        raise Usage(
            f"report {report.name} cannot be changed by --{option}.",
            hint="it takes a filter, --since and --until; your own columns: leadcli report --by FIELD",
        )


def check_period(period: str) -> str:
    """Usage with a suggestion for a period nobody knows."""
    if period and period not in PERIODS:
        raise unknown_name("period", period, PERIODS, title="Periods")
    return period


_PLAN = ("by", "measures", "period", "since", "until", "compare")


def report_catalogue(store: Store | None) -> Table:
    """All reports, ready-made and saved: name, title, what it tells."""
    rows: list[Record] = [{"name": each.name, "title": each.title, "about": each.about} for each in REPORTS.values()]
    for row in _rows(store) if store else ():
        rows.append({"name": row["name"], "title": row["name"], "about": f"saved: {saved_command(_request_of(row))}"})
    columns = (Column("name", "report", TEXT, 0), Column("title", "title", TEXT, 0), Column("about", "tells", TEXT, 1))
    return Table(columns, rows, key="name")


def save_definition(store: Store, name: str, asked: ReportRequest) -> ResultNote:
    """Keep a report under a name; one of the same name is replaced. Refused for the name of a ready-made one."""
    name = saved_views.check_view_name(name)
    if name in REPORTS:
        raise Refused(f"{name} is a ready-made report.", hint="choose another name")
    values = {
        "query": filters.join_words(asked.words),
        "plan": json.dumps({"report": asked.name, **{key: getattr(asked, key) for key in _PLAN}}),
    }
    old = store.find_named("view", name, kind=saved_views.REPORT)
    with begin_operation(store) as operation:
        if old:
            operation.update("view", old["id"], values)
        else:
            operation.insert("view", {"name": name, "kind": saved_views.REPORT, **values})
    return ResultNote(
        f"Saved report {name} ({saved_command(asked)}). Run it: leadcli report {name}",
        json={"name": name, "title": name},
    )


def delete_report(store: Store, name: str) -> ResultNote:
    """Forget a saved report. Usage when there is none of that name."""
    row = store.find_named("view", name, kind=saved_views.REPORT)
    if row is None:
        raise unknown_name("saved report", name, [each["name"] for each in _rows(store)], title="Saved reports")
    with begin_operation(store) as operation:
        operation.delete("view", row["id"])
    return ResultNote(f"Deleted report {row['name']}. Undo: leadcli undo", json={"name": row["name"]})


def open_report(store: Store, asked: ReportRequest) -> ReportRequest:
    """What a saved name stands for, what was typed now taking the place of what was saved; others as they are."""
    row = store.find_named("view", asked.name, kind=saved_views.REPORT) if asked.name not in REPORTS else None
    if row is None:
        return asked
    kept = _request_of(row)
    typed = {key: getattr(asked, key) or getattr(kept, key) for key in _PLAN}
    words = [*kept.words, *asked.words]
    if kept.words and asked.words:
        words = [f"({filters.join_words(kept.words)})", f"({filters.join_words(asked.words)})"]
    return asked._replace(name=kept.name, called=row["name"], words=words, **typed)


def report_names(store: Store) -> list[str]:
    """Every report there is."""
    return [*REPORTS, *(row["name"] for row in _rows(store))]


def saved_command(asked: ReportRequest) -> str:
    """How one would type it: `sources status:won --by source,owner`."""
    given = {
        "by": ",".join(asked.by), "measure": ",".join(asked.measures), "period": asked.period, "since": asked.since,
        "until": asked.until,
    }  # fmt: skip
    options = [f"--{option} {text}" for option, text in given.items() if text] + ["--compare"] * asked.compare
    return " ".join(filter(None, [asked.name, filters.join_words(asked.words), *options]))


def _rows(store: Store) -> list[Record]:
    return [row for row in store.every("view") if row["kind"] == saved_views.REPORT]


def _request_of(row: Record) -> ReportRequest:
    try:
        plan = json.loads(row["plan"])
        kept = {key: plan[key] for key in _PLAN if key in plan}
        return ReportRequest(plan.get("report", ""), [row["query"]] if row["query"] else [], **kept)
    except (TypeError, ValueError) as error:
        raise Usage(
            f"the saved report {row['name']} cannot be read.", hint=f"forget it: leadcli report {row['name']} --delete"
        ) from error
