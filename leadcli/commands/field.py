"""The command field: custom fields and choice lists."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import ACTIVE, CHANGE, CHOICE, LIST, REQUIRED, OptionSpec, with_options, writing_store
from leadcli.commands.typer_commands import Subcommands
from leadcli.run import Run

Name = Annotated[str, typer.Argument(metavar="NAME", help="The field.")]


@with_options(LIST)
def list_(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The choices of this field.", show_default=False)] = "",
) -> None:
    """List all fields, or the choices of one.

    Examples:
    leadcli field list
    leadcli field list status
    leadcli field list --json
    """
    if name:
        show_rows(run, domain.field_choices(run.store(), name), all_of=f"all choices of {name}")
    else:
        show_rows(run, domain.field_table(run.store()), all_of="all fields")


@with_options(
    OptionSpec(
        "--type",
        f"{', '.join(domain.FIELD_TYPES)}; a file is kept as its name.",
        "TYPE",
        required=True,
        default=None,
        offers=f"words:{' '.join(domain.FIELD_TYPES)}",
        name="type_",
    ),
    CHOICE,
    REQUIRED,
    CHANGE,
)
def add(run: Run, name: Name, type_: str, choice: list[str], required: bool) -> None:
    """Add a field of your own. It filters, lists, imports and exports like any other.

    Examples:
    leadcli field add segment --type choice --choice EMEA --choice APAC
    leadcli field add seats --type number
    leadcli edit 12 --set seats=40
    """
    run.show(domain.add_field(writing_store(run), name, type_, labels=choice, required=required))


@with_options(
    CHOICE.but("Add this choice, or act on it."),
    OptionSpec("--remove-choice", "Take it away.", many=True),
    OptionSpec("--replace-with", "What takes the place of a removed one.", name="replacement"),
    OptionSpec("--rename", "A new name of the choice; without --choice, of the field."),
    REQUIRED.but(
        "A new lead must have the field; lost_reason: a lost lead must have one.",
        flags="--required/--optional",
        default=None,
    ),
    OptionSpec("--after", "Put the choice behind this one.", "CHOICE"),
    OptionSpec("--state", "open, won, lost or recycled (statuses, stages).", offers="words:open won lost recycled"),
    OptionSpec("--colour", "Its colour; '' for none.", default=None),
    OptionSpec("--rot-days", "A lead rots after so many days in it; 0 never.", type=int),
    OptionSpec("--next", "Statuses that may follow it; '' for any.", "A,B", default=None),
    OptionSpec("--allow", "Statuses a type allows; '' for all.", "A,B", default=None),
    ACTIVE.but("Whether the choice is offered."),
    CHANGE,
)
def edit(
    run: Run, name: Name, choice: list[str], remove_choice: list[str], rename: str, required: bool | None, **change: Any
) -> None:
    """Change a field of your own, or the choices of any list: status, type, source, lost_reason, priority and others.

    A choice in use is removed only with --replace-with. --rename, --after, --state, --colour, --rot-days, --next,
    --allow and --inactive act on the --choice named.

    Examples:
    leadcli field edit status --choice nurturing --after contacted
    leadcli field edit type --choice wholesale --allow new,qualified,converted,lost
    leadcli field edit source --remove-choice Campaign --replace-with Event
    """
    of_field, of_choice = ("", rename) if choice else (rename, "")
    choices = domain.ChoiceChange(tuple(choice), tuple(remove_choice), rename=of_choice, **change)
    run.show(domain.edit_field(writing_store(run), name, domain.FieldChange(of_field, required), choices))


@with_options(CHANGE)
def rm(run: Run, name: Name) -> None:
    """Remove a field of your own. Undo brings it back with all its values.

    Examples:
    leadcli field rm seats
    leadcli undo
    """
    run.show(domain.remove_field(run.store(write=True), name))


FIELD = Subcommands({"list": list_, "add": add, "edit": edit, "rm": rm}, alone="list")
