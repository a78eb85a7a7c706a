"""The command add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, FieldOptionSet, FieldValues
from leadcli.commands.shared import writing_store
from leadcli.domain.leads import create as lead_creation
from leadcli.errors import Usage
from leadcli.run import Run

NameText = Annotated[
    str, typer.Option("--name", help="The same as NAME.", rich_help_panel="Person", show_default=False)
]
NoteText = Annotated[str, typer.Option("--note", help="A first note.", rich_help_panel="Work", show_default=False)]
TaskText = Annotated[str, typer.Option("--task", help="A first task.", rich_help_panel="Work", show_default=False)]
DueText = Annotated[
    str, typer.Option("--due", help="When the task is due.", rich_help_panel="Work", show_default=False)
]
CopyId = Annotated[
    int | None, typer.Option("--copy", help="Start from this lead's fields.", metavar="ID", show_default=False)
]
JsonIn = Annotated[
    str, typer.Option("--json-in", help="Fields from a JSON object in FILE or -.", metavar="FILE", show_default=False)
]


def add(
    run: Run,
    values: Annotated[FieldValues, FieldOptionSet("lead", skip=("name",))],
    writing: ChangeOptions,
    name: Annotated[str, typer.Argument(help="What the lead is called.", show_default=False)] = "",
    called: NameText = "",
    note: NoteText = "",
    task: TaskText = "",
    due: DueText = "",
    copy: CopyId = None,
    form: Annotated[bool, typer.Option("--edit", help="Open the lead as a form in $EDITOR first.")] = False,
    json_in: JsonIn = "",
) -> None:
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
        from leadcli.commands.shared import read_text
        from leadcli.domain.leads import edit_form

        typed = {**edit_form.read_json_lead(read_text(json_in, option="--json-in"), "lead"), **typed}
    store = writing_store(run)
    if form:
        from leadcli.commands import editor

        typed = dict(editor.new_lead_form(run, store, typed))
    extra = lead_creation.CreateOptions(note, task, due, copy, writing.force)
    run.show(lead_creation.create_lead(store, typed, extra=extra))
