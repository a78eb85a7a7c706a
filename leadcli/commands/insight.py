"""Commands that tell how things stand: report."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.leads import writing_store
from leadcli.commands.options import Mailing, QueryText, Reading
from leadcli.domain import reports
from leadcli.domain.reports.arranging import arranged
from leadcli.errors import NotFound, Usage
from leadcli.run import Run
from leadcli.table import Page, Table

CUSTOM, KEEP = "A report of your own", "Keep it"


def report(
    run: Run,
    words: QueryText,
    reading: Reading,
    mailing: Mailing,
    measure: Annotated[str, typer.Option("--measure", help="count, value, weighted, average, rate or age; several with commas.", metavar="A,B", rich_help_panel=CUSTOM, show_default=False)] = "",
    period: Annotated[str, typer.Option("--period", help="day, week, month, quarter or year.", metavar="PERIOD", rich_help_panel=CUSTOM, show_default=False)] = "",
    since: Annotated[str, typer.Option("--since", help="From this day on.", metavar="DATE", rich_help_panel=CUSTOM, show_default=False)] = "",
    until: Annotated[str, typer.Option("--until", help="Up to this day, included.", metavar="DATE", rich_help_panel=CUSTOM, show_default=False)] = "",
    compare: Annotated[bool, typer.Option("--compare", help="Beside the equal number of days before.", rich_help_panel=CUSTOM, show_default=False)] = False,
    save: Annotated[str, typer.Option("--save", help="Keep this report as NAME.", metavar="NAME", rich_help_panel=KEEP, show_default=False)] = "",
    delete: Annotated[str, typer.Option("--delete", help="Forget the saved report NAME.", metavar="NAME", rich_help_panel=KEEP, show_default=False)] = "",
    if_any: Annotated[bool, typer.Option("--if-any", help="Print and send nothing when there is nothing to report.", show_default=False)] = False,
    ascii: Annotated[bool, typer.Option("--ascii", help="Charts of plain ASCII characters.", show_default=False)] = False,  # noqa: A002
) -> None:
    """Show a report: NAME [QUERY]. Without a name the reports there are.

    Formats: chart, table, tsv, csv, json, jsonl, md, html; a file's suffix says which. All leads of all time count, unless
    a filter, --since or --until say otherwise; forecast, aging and stale look at open leads only.

    Examples:
    leadcli report pipeline owner:me
    leadcli report created --period week --since 2026-11
    leadcli report --by city,status --measure value,rate --save cities
    leadcli report dashboard -o desk.html
    leadcli report daily --email ann@example.com --if-any
    """  # fmt: skip
    run.ascii = ascii
    if delete:
        run.show(reports.delete(run.store(write=True), delete))
        return
    by = [name.strip() for name in reading.by.split(",") if name.strip()]
    name, query = _named(words, custom=bool(by))
    if not name and not by:
        if query or measure or period or compare or save:
            raise Usage("which report?", hint="list them: leadcli report; or make one: leadcli report --by source")
        run.show(reports.catalogue(run.store() if run.path.exists() else None))
        return
    measures = [each.strip() for each in measure.split(",") if each.strip()]
    drawn = run.output.drawn or bool(mailing.email)
    asked = reports.Asked(name, query, by, measures, period, since, until, compare, reading.limit, drawn)
    if reading.explain:
        run.show(reports.explain(run.store(), asked))
    elif save:
        store = writing_store(run)
        reports.run(store, asked)
        run.show(reports.save(store, save, asked))
    else:
        made = reports.run(run.store(), asked)
        if if_any and _empty(made):
            run.code = NotFound.code if reading.fail_empty else 0
        elif mailing.email:
            from leadcli.commands.mailing import send_report

            send_report(run, _arranged(made, reading), asked, mailing)
        else:
            run.show(_arranged(made, reading))


def _named(words: list[str], *, custom: bool) -> tuple[str, list[str]]:
    """The report's name and the filter after it; with --by the first word may be a filter already."""
    if not words:
        return "", []
    first = words[0].casefold()
    plain = first.replace("-", "").replace("_", "").isalnum() and not first[0].isdigit()
    return (first, words[1:]) if plain or not custom else ("", words)


def _empty(made: Table | Page) -> bool:
    return not (made if isinstance(made, Table) else made.table).rows


def _arranged(made: Table | Page, reading: Reading) -> Table | Page:
    return arranged(made, reading.columns, reading.sort, reading.limit) if isinstance(made, Table) else made
