"""The command rule: what the desk does by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, ListOptions, QueryText, with_completion
from leadcli.commands.shared import writing_store
from leadcli.commands.typer_commands import Subcommands
from leadcli.domain.leads import lists
from leadcli.domain.work.automation import rules, triggers
from leadcli.domain.work.automation.actions import Actions
from leadcli.domain.work.automation.rule import Rule
from leadcli.errors import Usage
from leadcli.run import Run

WHEN, DOES = "When", "What it does"
NEW = typer.Argument(metavar="NAME", help="The rule.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The rule.", autocompletion=with_completion("rule"))]
Names = Annotated[
    list[str], typer.Argument(metavar="NAME...", help="The rules.", autocompletion=with_completion("rule"))
]


def _option(flag: str, panel: str, about: str, metavar: str, offers: str = "") -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        flag, help=about, metavar=metavar, rich_help_panel=panel, show_default=False,
        autocompletion=with_completion(offers) if offers else None,
    )  # fmt: skip
    return option


def _many(flag: str, about: str, metavar: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        flag, help=about, metavar=metavar, rich_help_panel=DOES, show_default=False, default_factory=list
    )
    return option


def add(
    run: Run,
    writing: ChangeOptions,
    name: Annotated[str, NEW],
    on: Annotated[str, _option("--on", WHEN, f"One of {', '.join(rules.RULE_EVENTS)}.", "EVENT", "event")],
    set_: Annotated[list[str], _many("--set", "Set a field, repeatable.", "FIELD=VALUE")],
    tag: Annotated[list[str], _many("--tag", "Give a tag, repeatable.", "TAG")],
    untag: Annotated[list[str], _many("--untag", "Take a tag away, repeatable.", "TAG")],
    if_: Annotated[str, _option("--if", WHEN, "Only leads that match this filter.", "QUERY")] = "",
    task: Annotated[str, _option("--task", DOES, "Plan a task for the lead's owner.", "TEXT")] = "",
    due: Annotated[str, _option("--due", DOES, "When it is due, counted from then: +1d, fri.", "DATE")] = "",
    assign: Annotated[str, _option("--assign", DOES, "round-robin:ann,bob or least-busy:ann,bob.", "WAY")] = "",
    mail: Annotated[str, _option("--mail", DOES, "Write to the lead.", "TEMPLATE", "template")] = "",
    command: Annotated[str, _option("--run", DOES, "Run this; it reads the leads as JSON lines.", "COMMAND")] = "",
) -> None:
    """Add a rule: when something happens to leads that match a filter, do something with them.

    What you type here may run commands and send mail; a rule that came with a desk waits for `leadcli rule allow`.

    Rules act in the order they were added, inside the operation that set them off: one undo takes back both. They set
    off no other rules. stale and overdue wait for `leadcli rule run`.

    Examples:
    leadcli rule add web-to-ann --on added --if "source:web value:5k.." --set owner=ann --task "call back" --due +1d
    leadcli rule add spread --on added --if no:owner --assign round-robin:ann,bob,eva
    leadcli rule add rotten --on stale --tag rotten --task "revive or lose" --due today
    """
    pairs = dict(map(_split_pair, set_))
    run.show(rules.add_rule(writing_store(run), Rule(
        name, on, if_, Actions(pairs, tag, untag, task, due, assign, mail, command)), force=writing.force))  # fmt: skip


def _split_pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise Usage(f"--set '{text}' has no value.", hint="write --set FIELD=VALUE")
    return key.strip(), value


def list_(run: Run, reading: ListOptions) -> None:
    """List the rules in the order in which they act.

    Examples:
    leadcli rule list
    leadcli rule list --json
    """
    run.show(rules.rule_table(run.store()))


def show(run: Run, name: Name, reading: ListOptions) -> None:
    """Show one rule in full.

    Examples:
    leadcli rule show web-to-ann
    """
    run.show(rules.rule_card(run.store(), name))


def test(run: Run, name: Name, query: QueryText, reading: ListOptions) -> None:
    """Show the leads a rule fits now, and do nothing.

    Examples:
    leadcli rule test web-to-ann
    leadcli rule test rotten owner:me
    """
    request = lists.ListRequest((), reading.columns, limit=reading.limit, drawn=run.output.chosen == "screen",
                            complete=run.output.complete)  # fmt: skip
    run.show(rules.test_rule(run.store(), name, query, request=request))


def allow(run: Run, writing: ChangeOptions, names: Names) -> None:
    """Let rules run their commands and send their mail on this machine; says what that is.

    Rules you add are allowed already. A desk from elsewhere, a restored backup or a changed text needs it again.

    Examples:
    leadcli rule allow greet
    leadcli rule allow greet tell --dry-run
    """
    run.show(rules.allow_rules(run.store(write=True), names))


def on_(run: Run, writing: ChangeOptions, names: Names) -> None:
    """Let rules act again.

    Examples:
    leadcli rule on web-to-ann
    """
    run.show(rules.switch_rules(run.store(write=True), names, on=True))


def off(run: Run, writing: ChangeOptions, names: Names) -> None:
    """Let rules rest; they are kept.

    Examples:
    leadcli rule off web-to-ann spread
    """
    run.show(rules.switch_rules(run.store(write=True), names, on=False))


def rm(run: Run, writing: ChangeOptions, names: Names) -> None:
    """Delete rules; undo brings them back.

    Examples:
    leadcli rule rm web-to-ann
    """
    run.show(rules.remove_rules(run.store(write=True), names))


def run_(
    run: Run,
    writing: ChangeOptions,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME]...",
            help="These only.",
            default_factory=list,
            show_default=False,
            autocompletion=with_completion("rule"),
        ),
    ],
) -> None:
    """Run the rules of time, stale and overdue: from cron. Each acts once per lead and period.

    Examples:
    leadcli -q rule run
    leadcli rule run rotten --dry-run
    """
    run.show(triggers.run_timed_rules(run.store(write=True), names))


RULE = Subcommands(
    {
        "add": add, "list": list_, "show": show, "test": test, "allow": allow, "on": on_, "off": off, "rm": rm,
        "run": run_,
    },
    alone="list",
)  # fmt: skip
