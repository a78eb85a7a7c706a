"""The command doctor: checks the desk and all around it, and mends what is safe to mend."""

from __future__ import annotations

from pathlib import Path

import typer

from leadcli import domain
from leadcli.commands.config import setting_commands
from leadcli.commands.list import show_rows
from leadcli.commands.options import LIST, OptionSpec, with_options, without
from leadcli.errors import Damaged, Unforeseen
from leadcli.run import Run
from leadcli.store.checks.strange_objects import StrangeSchema


@with_options(
    OptionSpec("--fix", "Mend what is safe to mend, after a copy.", type=bool),
    OptionSpec("--mail", "See whether mail could leave, too.", type=bool),
    OptionSpec("--cron", "See whether it would work from cron, too.", type=bool),
    OptionSpec("--adopt", "Check this file, made from a dump, and mark it as a desk.", "FILE"),
    OptionSpec("--strict", "Hints count as problems: exit 4.", type=bool),
    without(LIST, "all", "explain"),
)
def doctor(run: Run, context: typer.Context, fix: bool, mail: bool, cron: bool, adopt: str, strict: bool) -> None:
    """Check the database, its leads, settings, rules, views, templates and hooks.

    Exit 0 when all is well or there are only hints, 4 when there are problems, 6 when the file itself is damaged.

    Examples:
    leadcli doctor
    leadcli doctor --fix
    leadcli doctor --mail --cron --json
    leadcli doctor --adopt restored.db
    """
    if adopt:
        run.show(domain.adopt_file(Path(adopt)))
        return
    run.survive_settings()
    request = domain.DoctorRequest(mail, cron, fix, strict, setting_commands(context))
    try:
        report = _examine(run, request)
    except (Damaged, Unforeseen) as error:
        report = domain.damage_report(run.explain_failure(error) or error)
    _tell(run, report)


def _examine(run: Run, request: domain.DoctorRequest) -> domain.DoctorReport:
    """The report on the desk; a stranger's triggers are taken out first where mending was asked for."""
    try:
        return domain.examine_desk(run.store(write=request.fix), request)
    except StrangeSchema as strange:
        if not request.fix or not strange.only_triggers:
            return domain.strange_report(strange)
        cleaned = domain.drop_triggers(run.path, strange, run.desk().now)
        report = domain.examine_desk(run.store(write=True), request)
        return report._replace(done=[*cleaned, *report.done])


def _tell(run: Run, report: domain.DoctorReport) -> None:
    for sentence in report.done:
        run.say(sentence)
    if run.output.complete:
        run.show(report.note())
    else:
        show_rows(run, report.table())
    if report.code and not run.output.complete and (run.quiet or run.output.chosen != "screen"):
        run.say(report.sentence, always=True)
    run.code = max(run.code, report.code)
