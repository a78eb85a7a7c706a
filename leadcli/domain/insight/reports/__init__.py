"""Reports: a declaration (see declared.py) and the leads it is about become one Table, the same for every format.

    run(store, ReportRequest("sources", ["owner:me"]))              # a ready-made report over a filter
    run(store, ReportRequest(by=["city"], measures=["average"]))    # one of your own
    list_reports(store), save_report(store, name, request), delete_report(store, name)

`declared` lists the reports. `run_report` runs one. `groups` and `measures` are its dimensions and figures. `engine`
sums them up in SQL. `funnel` computes funnel and velocity from the journal. `others` has the reports that do not group
leads. `finish` compares periods, sorts and cuts finished tables. `digest` and `dashboard` put several lists or reports
on one page. SQL may be written only here, in the store and in query.
"""

from __future__ import annotations

from leadcli.domain.insight.reports import declared, run_report
from leadcli.domain.insight.reports.declared import (
    REPORTS,
    ReportRequest,
    delete_report,
    list_reports,
    refuse_custom,
)
from leadcli.domain.insight.reports.run_report import explain_report
from leadcli.model.results import Page, ResultNote, Table
from leadcli.store.store import Store

__all__ = ["REPORTS", "ReportRequest", "delete_report", "explain_report", "list_reports", "run", "save_report"]


def run(store: Store, request: ReportRequest) -> Table | Page:
    """The Table of a report, or a Page for the dashboard. Usage for an unknown name, field, measure or period."""
    plan = run_report.plan_report(store, declared.resolve_saved_report(store, request))
    if plan.report.kind != "dashboard":
        return run_report.make_table(store, plan)
    refuse_custom(plan.report, plan.request)
    from leadcli.domain.insight.reports import dashboard

    return dashboard.make_dashboard(store, plan.request, run_report.make_json_keys(store, plan, None, ()))


def save_report(store: Store, name: str, request: ReportRequest) -> ResultNote:
    """Save a report under a name. It is run first, so that a report with an error is not saved."""
    run(store, request)
    return declared.save_definition(store, name, request)
