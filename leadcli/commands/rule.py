"""The command rule: what the desk does by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import is_reordered, show_rows
from leadcli.commands.options import (
    CHANGE,
    DETAIL,
    DUE,
    LIST,
    SET,
    TAG,
    TASK,
    UNTAG,
    OptionSpec,
    QueryText,
    split_pair,
    with_completion,
    with_options,
    without,
    writing_store,
)
from leadcli.commands.typer_commands import Subcommands
from leadcli.run import Run

WHEN, DOES = "When", "What it does"
NEW = typer.Argument(metavar="NAME", help="The rule.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The rule.", autocompletion=with_completion("rule"))]
Names = Annotated[
    list[str], typer.Argument(metavar="NAME...", help="The rules.", autocompletion=with_completion("rule"))
]


@with_options(
    OptionSpec(
        "--on",
        f"One of {', '.join(domain.RULE_EVENTS)}.",
        "EVENT",
        panel=WHEN,
        required=True,
        default=None,
        offers="event",
    ),
    SET.but("Set a field, repeatable.", metavar="FIELD=VALUE", panel=DOES, name="set_"),
    TAG.but(panel=DOES),
    UNTAG.but("Take a tag away, repeatable.", panel=DOES),
    OptionSpec("--if", "Only leads that match this filter.", "QUERY", panel=WHEN, name="if_"),
    TASK.but("Plan a task for the lead's owner.", metavar="TEXT", panel=DOES),
    DUE.but("When it is due, counted from then: +1d, fri.", panel=DOES),
    OptionSpec("--assign", "round-robin:ann,bob or least-busy:ann,bob.", "WAY", panel=DOES),
    OptionSpec("--mail", "Write to the lead.", "TEMPLATE", panel=DOES, offers="template"),
    OptionSpec("--run", "Run this; it reads the leads as JSON lines.", "COMMAND", panel=DOES, name="command"),
    CHANGE,
)
def add(
    run: Run, name: Annotated[str, NEW], on: str, set_: list[str], tag: list[str], untag: list[str], if_: str,
    task: str, due: str, assign: str, mail: str, command: str,
) -> None:  # fmt: skip
    """Add a rule: when something happens to leads that match a filter, do something with them.

    What you type here may run commands and send mail; a rule that came with a desk waits for `leadcli rule allow`.

    Rules act in the order they were added, inside the operation that set them off: one undo takes back both. They set
    off no other rules. Those of time (stale, overdue, neglected, unanswered) wait for `leadcli rule run`, and leave
    out who is snoozed.

    Examples:
    leadcli rule add web-to-ann --on added --if "source:web value:5k.." --set owner=ann --task "call back" --due +1d
    leadcli rule add spread --on added --if no:owner --assign round-robin:ann,bob,eva
    leadcli rule add rotten --on stale --tag rotten --task "revive or lose" --due today
    """
    actions = domain.Actions(dict(map(split_pair, set_)), tag, untag, task, due, assign, mail, command)
    run.show(domain.add_rule(writing_store(run), domain.Rule(name, on, if_, actions), force=run.force))


@with_options(LIST)
def list_(run: Run) -> None:
    """List the rules in the order in which they act.

    Examples:
    leadcli rule list
    leadcli rule list --json
    """
    show_rows(run, domain.rule_table(run.store()), all_of="all rules")


@with_options(DETAIL)
def show(run: Run, name: Name) -> None:
    """Show one rule in full.

    Examples:
    leadcli rule show web-to-ann
    """
    run.show(domain.rule_card(run.store(), name))


@with_options(without(LIST, "all", "explain"))
def test(run: Run, name: Name, query: QueryText) -> None:
    """Show the leads a rule fits now, and do nothing.

    Examples:
    leadcli rule test web-to-ann
    leadcli rule test rotten owner:me
    """
    limit = domain.row_limit(run.store(), run.limit, drawn=run.output.chosen == "screen")
    request = domain.ListRequest((), run.fields, limit=0 if is_reordered(run) else limit,
                                drawn=run.output.chosen == "screen", complete=run.output.complete)  # fmt: skip
    show_rows(run, domain.test_rule(run.store(), name, query, request=request), limit=limit)


@with_options(CHANGE)
def allow(run: Run, names: Names) -> None:
    """Let rules run their commands and send their mail on this machine; says what that is.

    Rules you add are allowed already. A desk from elsewhere, a restored backup or a changed text needs it again.

    Examples:
    leadcli rule allow greet
    leadcli rule allow greet tell --dry-run
    """
    run.show(domain.allow_rules(run.store(write=True), names))


@with_options(CHANGE)
def on_(run: Run, names: Names) -> None:
    """Let rules act again.

    Examples:
    leadcli rule on web-to-ann
    """
    run.show(domain.switch_rules(run.store(write=True), names, on=True))


@with_options(CHANGE)
def off(run: Run, names: Names) -> None:
    """Let rules rest; they are kept.

    Examples:
    leadcli rule off web-to-ann spread
    """
    run.show(domain.switch_rules(run.store(write=True), names, on=False))


@with_options(CHANGE)
def rm(run: Run, names: Names) -> None:
    """Delete rules; undo brings them back.

    Examples:
    leadcli rule rm web-to-ann
    """
    run.show(domain.remove_rules(run.store(write=True), names))


@with_options(CHANGE)
def run_(
    run: Run,
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
    """Run the rules of time: from cron. Each acts once per lead and period, and leaves out who is snoozed.

    Examples:
    leadcli -q rule run
    leadcli rule run rotten --dry-run
    """
    run.show(domain.run_timed_rules(run.store(write=True), names))


RULE = Subcommands(
    {
        "add": add, "list": list_, "show": show, "test": test, "allow": allow, "on": on_, "off": off, "rm": rm,
        "run": run_,
    },
    alone="list",
)  # fmt: skip
