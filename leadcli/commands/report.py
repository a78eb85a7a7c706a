"""The command report: charts and numbers, ready-made or your own."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.mail import send_report
from leadcli.commands.options import (
    ASCII,
    CURRENCIES,
    FORCE,
    LIST,
    MAIL,
    RESEND_UNKNOWN,
    SAVE,
    SHARE,
    SINCE,
    UNTIL,
    WHAT,
    OptionSpec,
    require_receiver,
    with_completion,
    with_options,
    without,
    writing_store,
)
from leadcli.errors import NotFound, Usage
from leadcli.model.results import Page, Table, arrange_table
from leadcli.run import Run

ReportText = Annotated[
    list[str],
    typer.Argument(
        metavar="[NAME] [QUERY]...", default_factory=list, show_default=False, autocompletion=with_completion("report"),
        help="A report (see: leadcli report), then a filter such as owner:me (see: leadcli help filter).",
    ),
]  # fmt: skip


@with_options(
    without(LIST, "all"),
    CURRENCIES,
    OptionSpec("--measure", "count, value, weighted, average, rate or age.", "A,B", panel=WHAT,
               offers="words:count value weighted average rate age"),
    OptionSpec("--period", "day, week, month, quarter or year.", "PERIOD", panel=WHAT,
               offers="words:day week month quarter year"),
    SINCE.but(panel=WHAT),
    UNTIL.but("Up to this day, included.", panel=WHAT),
    OptionSpec("--compare", "Beside as many days before.", panel=WHAT, type=bool),
    OptionSpec("--if-any", "Print and send nothing when it is empty.", panel=WHAT, type=bool),
    SAVE.but(panel=WHAT),
    OptionSpec("--delete", "Forget a saved report.", panel=WHAT, type=bool),
    ASCII,
    SHARE,
    OptionSpec("--attach", "The numbers as a file with it.", "csv", panel=MAIL, offers="words:csv"),
    FORCE.but("Again to those who had it today.", panel=MAIL),
    RESEND_UNKNOWN.but(panel=MAIL),
)  # fmt: skip
def report(
    run: Run, words: ReportText, measure: str, period: str, since: str, until: str, compare: bool, if_any: bool,
    save: str, delete: bool, email: list[str], attach: str, resend_unknown: bool,
) -> None:  # fmt: skip
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
    require_receiver(run, email)
    if attach not in ("", "csv"):
        raise Usage(f"--attach '{attach}' is not csv.", hint="--attach csv")
    by, measures = _split_names(run.by), _split_names(measure)
    name, query = _split_name_and_query(words, custom=bool(by))
    if not name and not by:
        if query or any((measure, period, since, until, compare, save, delete)):
            raise Usage("which report?", hint="list them: leadcli report; or make one: leadcli report --by source")
        run.by = ""
        show_rows(run, domain.list_reports(run.store() if run.path.exists() else None), all_of="all reports")
        return
    request = domain.ReportRequest(
        name, query, by, measures, period, since, until, compare, run.limit, run.output.drawn or bool(email)
    )
    if delete:
        run.show(domain.delete_report(run.store(write=True), name))
    elif run.explain:
        run.show(domain.explain_report(run.store(), request))
    elif save:
        run.show(domain.save_report(writing_store(run), save, request))
    else:
        _show_report(run, request, email, if_any=if_any, attach=bool(attach), resend_unknown=resend_unknown)


def _show_report(
    run: Run, request: domain.ReportRequest, email: list[str], *, if_any: bool, attach: bool, resend_unknown: bool
) -> None:
    """Show the report, or send it to the addresses of --email; nothing of an empty one with `if_any`."""
    result = _arrange_result(run, domain.run_report(run.store(), request))
    if not if_any or not _is_empty(result):
        if email:
            send_report(run, result, request, email, attach=attach, resend_unknown=resend_unknown)
        else:
            run.show(result)
    elif run.fail_empty:
        raise NotFound("nothing to report.")


def _split_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _split_name_and_query(words: list[str], *, custom: bool) -> tuple[str, list[str]]:
    """(name of the report, words of the filter). With --by, the first word may belong to the filter."""
    if not words:
        return "", []
    first = words[0]
    plain = first.replace("-", "").replace("_", "").isalnum() and not first[0].isdigit()
    return (first, words[1:]) if plain or not custom else ("", words)


def _is_empty(result: Table | Page) -> bool:
    return not (result if isinstance(result, Table) else result.table).rows


def _arrange_result(run: Run, result: Table | Page) -> Table | Page:
    if isinstance(result, Page):
        return result
    return arrange_table(result, fields=run.fields, sort=run.sort, limit=0 if result.group else run.limit)
