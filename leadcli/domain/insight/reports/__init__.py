"""Reports: a declaration (see declared.py) and the leads it is about become one Table, the same for every format.

    run(store, Asked("sources", ["owner:me"]))              # a ready-made report over a filter
    run(store, Asked(by=["city"], measures=["average"]))    # one of your own
    catalogue(store), save(store, name, asked), delete(store, name)

Ways in: `declared` says which reports there are, `run_report` runs one, `groups` and `measures` are what it is made of,
`engine` sums up, `funnel` reads funnel and velocity, `others` what is not about groups of leads, `digest` and
`dashboard` put lists and reports together. Only here, in the store and in query may SQL be written.
"""

from __future__ import annotations

from leadcli.domain.insight.reports import declared, run_report
from leadcli.domain.insight.reports.declared import (
    REPORTS,
    ReportRequest,
    delete_report,
    refuse_custom,
    report_catalogue,
)
from leadcli.domain.insight.reports.run_report import explain_report
from leadcli.model.results import Page, ResultNote, Table
from leadcli.store.store import Store

__all__ = ["REPORTS", "ReportRequest", "delete_report", "explain_report", "report_catalogue", "run", "save_report"]


def run(store: Store, request: ReportRequest) -> Table | Page:
    """Make a report: a Table (a Page for the dashboard). Usage for anything it does not know."""
    plan = run_report.plan_report(store, declared.resolve_saved_report(store, request))
    if plan.report.kind != "dashboard":
        return run_report.make_table(store, plan)
    refuse_custom(plan.report, plan.request)
    from leadcli.domain.insight.reports import dashboard

    return dashboard.dashboard_page(store, plan.request, run_report.json_keys(store, plan, None, ()))


def save_report(store: Store, name: str, request: ReportRequest) -> ResultNote:
    """Keep a report under a name, once it was made: what cannot be made is not kept."""
    run(store, request)
    return declared.save_definition(store, name, request)
