"""The command field: custom fields and choice lists."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, ListOptions
from leadcli.commands.shared import writing_store
from leadcli.commands.typer_commands import Subcommands
from leadcli.domain.upkeep import custom_fields
from leadcli.domain.upkeep.choice_lists import ChoiceChange
from leadcli.domain.upkeep.custom_fields import FieldChange
from leadcli.run import Run

Name = Annotated[str, typer.Argument(metavar="NAME", help="The field.")]


def list_(
    run: Run,
    reading: ListOptions,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The choices of this field.", show_default=False)] = "",
) -> None:
    """List all fields, or the choices of one.

    Examples:
    leadcli field list
    leadcli field list status
    leadcli field list --json
    """
    run.show(custom_fields.field_choices(run.store(), name) if name else custom_fields.field_table(run.store()))


def add(
    run: Run,
    name: Name,
    writing: ChangeOptions,
    type_: Annotated[
        str,
        typer.Option("--type", help=f"{', '.join(custom_fields.TYPES)}; a file is kept as its name.", metavar="TYPE"),
    ],
    choice: Annotated[
        list[str], typer.Option("--choice", help="A choice, repeatable.", default_factory=list, show_default=False)
    ],
    required: Annotated[bool, typer.Option("--required", help="A new lead must have it.")] = False,
) -> None:
    """Add a field of your own. It filters, lists, imports and exports like any other.

    Examples:
    leadcli field add segment --type choice --choice EMEA --choice APAC
    leadcli field add seats --type number
    leadcli edit 12 --set seats=40
    """
    run.show(custom_fields.add_field(writing_store(run), name, type_, labels=choice, required=required))


ReplaceWith = Annotated[
    str, typer.Option("--replace-with", help="What takes the place of a removed one.", show_default=False)
]
Rename = Annotated[
    str,
    typer.Option("--rename", help="A new name of the choice; without --choice, of the field.", show_default=False),
]
Required = Annotated[
    bool | None, typer.Option("--required/--optional", help="A new lead must have the field.", show_default=False)
]
After = Annotated[
    str, typer.Option("--after", help="Put the choice behind this one.", metavar="CHOICE", show_default=False)
]
State = Annotated[
    str, typer.Option("--state", help="open, won, lost or recycled (statuses, stages).", show_default=False)
]
Colour = Annotated[str | None, typer.Option("--colour", help="Its colour; '' for none.", show_default=False)]
RotDays = Annotated[
    int | None,
    typer.Option("--rot-days", help="A lead rots after so many days in it; 0 never.", show_default=False),
]
Next = Annotated[
    str | None,
    typer.Option("--next", help="Statuses that may follow it; '' for any.", metavar="A,B", show_default=False),
]
Allow = Annotated[
    str | None,
    typer.Option("--allow", help="Statuses a type allows; '' for all.", metavar="A,B", show_default=False),
]
Active = Annotated[
    bool | None, typer.Option("--active/--inactive", help="Whether the choice is offered.", show_default=False)
]


def edit(
    run: Run,
    name: Name,
    writing: ChangeOptions,
    choice: Annotated[
        list[str],
        typer.Option("--choice", help="Add this choice, or act on it.", default_factory=list, show_default=False),
    ],
    gone: Annotated[
        list[str], typer.Option("--remove-choice", help="Take it away.", default_factory=list, show_default=False)
    ],
    replace_with: ReplaceWith = "",
    rename: Rename = "",
    required: Required = None,
    after: After = "",
    state: State = "",
    colour: Colour = None,
    rot_days: RotDays = None,
    next_: Next = None,
    allow: Allow = None,
    active: Active = None,
) -> None:
    """Change a field of your own, or the choices of any list: status, type, source, lost_reason, priority and others.

    A choice in use is removed only with --replace-with. --rename, --after, --state, --colour, --rot-days, --next,
    --allow and --inactive act on the --choice named.

    Examples:
    leadcli field edit status --choice nurturing --after contacted
    leadcli field edit type --choice wholesale --allow new,qualified,converted,lost
    leadcli field edit source --remove-choice Campaign --replace-with Event
    """
    of_field = rename if not choice else ""
    of_choice = rename if choice else ""
    change = ChoiceChange(
        tuple(choice), tuple(gone), replace_with, of_choice, after, state, colour, rot_days, next_, allow, active
    )
    run.show(custom_fields.edit_field(writing_store(run), name, FieldChange(of_field, required), change))


def rm(run: Run, name: Name, writing: ChangeOptions) -> None:
    """Remove a field of your own. Undo brings it back with all its values.

    Examples:
    leadcli field rm seats
    leadcli undo
    """
    run.show(custom_fields.remove_field(run.store(write=True), name))


FIELD = Subcommands({"list": list_, "add": add, "edit": edit, "rm": rm}, alone="list")
