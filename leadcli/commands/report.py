"""The command report: charts and numbers, ready-made or your own."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.option_spec import OptionSpec
from leadcli.commands.options import GROUPS, HOW, WHAT, ListOptions, MailOptions, OptionGroup, with_completion
from leadcli.commands.shared import writing_store
from leadcli.domain.insight import reports
from leadcli.domain.insight.reports.finish import arrange_table
from leadcli.errors import NotFound, Usage
from leadcli.model.results import Page, Table
from leadcli.run import Run


class ReportOptions(OptionGroup):
    """Options that define a report, and those that say what is done with it."""

    measure: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    compare: bool = False
    save: str = ""
    delete: bool = False
    if_any: bool = False
    ascii: bool = False

    def tell(self, run: Run) -> None:
        """Pass --ascii on to the run, which draws the charts."""
        run.ascii = run.ascii or self.ascii

    @property
    def measures(self) -> list[str]:
        """The names given to --measure."""
        return [name.strip() for name in self.measure.split(",") if name.strip()]

    @property
    def has_definition(self) -> bool:
        """An option is set that needs the name of a report."""
        return any((self.measure, self.period, self.since, self.until, self.compare, self.save, self.delete))


GROUPS[ReportOptions] = (
    OptionSpec("measure", "--measure", WHAT, "count, value, weighted, average, rate or age.", "A,B", default=""),
    OptionSpec("period", "--period", WHAT, "day, week, month, quarter or year.", "PERIOD", default=""),
    OptionSpec("since", "--since", WHAT, "From this day on.", "DATE", default=""),
    OptionSpec("until", "--until", WHAT, "Up to this day, included.", "DATE", default=""),
    OptionSpec("compare", "--compare", WHAT, "Beside as many days before.", type=bool, default=False),
    OptionSpec("if_any", "--if-any", WHAT, "Print and send nothing when it is empty.", type=bool, default=False),
    OptionSpec("save", "--save", WHAT, "Keep this report as NAME.", "NAME", default=""),
    OptionSpec("delete", "--delete", WHAT, "Forget a saved report.", type=bool, default=False),
    OptionSpec("ascii", "--ascii", HOW, "Charts of plain ASCII characters.", type=bool, default=False),
)


ReportText = Annotated[
    list[str],
    typer.Argument(
        metavar="[NAME] [QUERY]...", default_factory=list, show_default=False, autocompletion=with_completion("report"),
        help="A report (see: leadcli report), then a filter such as owner:me (see: leadcli help filter).",
    ),
]  # fmt: skip


def report(run: Run, words: ReportText, reading: ListOptions, reporting: ReportOptions, mailing: MailOptions) -> None:
    """Show a report: NAME [QUERY]. Without a name the reports there are.

    Formats: chart, table, tsv, csv, json, jsonl, md, html; a file's suffix says which. All leads of all time count,
    unless a filter, --since or --until say otherwise; forecast, aging and stale look at open leads only.

    Examples:
    leadcli report pipeline owner:me
    leadcli report created --period week --since 2026-11
    leadcli report --by city,status --measure value,rate --save cities
    leadcli report dashboard -o desk.html
    leadcli report daily --email ann@example.com --if-any
    """
    by = [name.strip() for name in reading.by.split(",") if name.strip()]
    name, query = _split_name_and_query(words, custom=bool(by))
    if not name and not by:
        if query or reporting.has_definition:
            raise Usage("which report?", hint="list them: leadcli report; or make one: leadcli report --by source")
        run.show(reports.list_reports(run.store() if run.path.exists() else None))
        return
    request = reports.ReportRequest(
        name, query, by, reporting.measures, reporting.period, reporting.since, reporting.until, reporting.compare,
        reading.limit, run.output.drawn or bool(mailing.email),
    )  # fmt: skip
    if reporting.delete:
        run.show(reports.delete_report(run.store(write=True), name))
    elif reading.explain:
        run.show(reports.explain_report(run.store(), request))
    elif reporting.save:
        run.show(reports.save_report(writing_store(run), reporting.save, request))
    else:
        result = _arrange_result(reports.run(run.store(), request), reading)
        if reporting.if_any and _is_empty(result):
            if reading.fail_empty:
                raise NotFound("nothing to report.")
            return
        _show_or_send(run, result, request, mailing)


def _show_or_send(run: Run, result: Table | Page, request: reports.ReportRequest, mailing: MailOptions) -> None:
    if not mailing.email:
        run.show(result)
        return
    from leadcli.commands.share_by_mail import send_report

    send_report(run, result, request, mailing)


def _split_name_and_query(words: list[str], *, custom: bool) -> tuple[str, list[str]]:
    """(name of the report, words of the filter). With --by, the first word may belong to the filter."""
    if not words:
        return "", []
    first = words[0]
    plain = first.replace("-", "").replace("_", "").isalnum() and not first[0].isdigit()
    return (first, words[1:]) if plain or not custom else ("", words)


def _is_empty(result: Table | Page) -> bool:
    return not (result if isinstance(result, Table) else result.table).rows


def _arrange_result(result: Table | Page, reading: ListOptions) -> Table | Page:
    return arrange_table(result, reading.columns, reading.sort, reading.limit) if isinstance(result, Table) else result
