"""The command add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.options import (
    CHANGE,
    DUE,
    NOTE,
    TASK,
    WORK,
    FieldOptionSet,
    FieldValues,
    OptionSpec,
    with_options,
    writing_store,
)
from leadcli.errors import Usage
from leadcli.run import Run


@with_options(
    OptionSpec("--name", "The same as NAME.", panel="Person", name="called"),
    NOTE.but("A first note.", panel=WORK),
    TASK,
    DUE.but(panel=WORK, metavar=None),
    OptionSpec("--copy", "Start from this lead's fields.", "ID", type=int),
    OptionSpec("--edit", "Open the lead as a form in $EDITOR first.", type=bool, name="form"),
    OptionSpec("--json-in", "Fields from a JSON object in FILE or -.", "FILE"),
    FieldOptionSet("lead", skip=("name",)),
    CHANGE,
)
def add(
    run: Run, values: FieldValues, called: str, note: str, task: str, due: str, copy: int | None, form: bool,
    json_in: str, name: Annotated[str, typer.Argument(help="What the lead is called.", show_default=False)] = "",
) -> None:  # fmt: skip
    """Add one lead.

    One of NAME, a person's name, --company, --email or --phone is enough. In a pipe the new id is printed, nothing
    else.

    Examples:
    leadcli add "Ada Lovelace" --company "Analytical Engines" --email ada@acme.com --value 12.5k --tag expo26
    id=$(leadcli add --company "Foo GmbH")
    leadcli add "Bob Noyce" --phone "work:+1 202 555 0143" --task "call back" --due tomorrow
    """
    if name and called and name != called:
        raise Usage(f"two names: '{name}' and '{called}'.", hint="give one of them")
    typed: dict[str, str | Sequence[str]] = dict(values.replaced)
    if name or called:
        typed["name"] = name or called
    if json_in:
        from leadcli.commands.options import read_text

        typed = {**domain.read_json_lead(read_text(json_in, option="--json-in"), "lead"), **typed}
    store = writing_store(run)
    if form:
        from leadcli.commands import edit

        typed = dict(edit.new_lead_form(run, store, typed))
    extra = domain.CreateOptions(note, task, due, copy, run.force)
    run.show(domain.create_lead(store, typed, extra=extra))
