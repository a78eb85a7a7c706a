"""Turns a plain function into a Typer command: options filled in, examples and help from its docstring."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any, get_origin, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from leadcli import domain
from leadcli.commands.options import CARE, EVERYWHERE, GLOBAL, HOW, OPTIONS_WITH_VALUE, WHAT, FieldOptionSet, OptionSpec
from leadcli.errors import Interrupted, unknown_name
from leadcli.run import Run

if TYPE_CHECKING:
    from leadcli.store.journal.operation import Operation

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
Function = Callable[..., Any]
PANELS = {"Arguments": 0, "Options": 1, WHAT: 3, CARE: 4, HOW: 5, EVERYWHERE: 6}  # any other comes third
COMPLETING = "_LEADCLI_COMPLETE"  # a shell that asks for completions sets this variable


# A command in a table: the panel it stands in, its line of help, and where it is ("module:name").
Entry = tuple[str, str, str]


class Subcommands:
    """A command of several words (`task add`, `task done`): its functions by name.

    `alone` is what the bare name does, `otherwise` what it does before a word that is none of the names; '' is an
    error.
    """

    def __init__(self, commands: Mapping[str, Function], *, alone: str = "", otherwise: str = "") -> None:
        self.commands, self.alone, self.otherwise = commands, alone, otherwise


def load_target(target: str) -> Function | Subcommands:
    """The function, or the subcommands, at "module:name"."""
    module, _, name = target.partition(":")
    command: Function | Subcommands = getattr(import_module(module), name)
    return command


# A function becomes a command


def make_command(function: Function, *, name: str) -> Command:
    """The Typer command of a function: its options, and those of every command."""
    called, options = expand_options(function)
    about, examples = _split_docstring(function)
    app = typer.Typer(add_completion=False, context_settings=HELP)
    app.command(name, cls=Command, help=about)(called)
    built = get_command(app)
    assert isinstance(built, Command)
    built.params += options
    built.examples = examples
    return built


def declared_options(function: Function) -> list[OptionSpec | FieldOptionSet]:
    """The options `with_options` names for a command, in the order of its help."""
    return getattr(function, "options", [])


def expand_options(function: Function) -> tuple[Function, list[TyperOption]]:
    """What Typer may call, with the arguments that are Typer's own, and the declared options."""
    hints = get_type_hints(function, include_extras=True)
    arguments = [Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    for each in inspect.signature(function).parameters.values():
        if get_origin(hints[each.name]) is Annotated:
            arguments.append(each.replace(annotation=hints[each.name], kind=Parameter.KEYWORD_ONLY))
    called = _make_callback(function, takes_context="context" in hints)
    called.__signature__ = Signature(arguments)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in arguments}
    specs = [
        spec
        for each in declared_options(function)
        for spec in (each.declared() if isinstance(each, FieldOptionSet) else [each])
    ]
    return called, [make_option(spec) for spec in (*specs, *GLOBAL)]


def make_option(spec: OptionSpec) -> TyperOption:
    """The Typer option of a declaration."""
    is_flag = spec.type is bool
    return TyperOption(
        param_decls=[spec.name, *spec.flags.split()], type=None if is_flag else spec.type, is_flag=is_flag,
        multiple=spec.many, default=spec.default, metavar=spec.metavar, help=spec.about, required=spec.required,
        show_default=spec.shows_default, rich_help_panel=spec.panel,
        autocompletion=completion_for(spec) if COMPLETING in os.environ else None,
    )  # fmt: skip


def completion_for(spec: OptionSpec) -> Function | None:
    """What a shell may offer as the value of an option."""
    from leadcli.commands import completions

    return completions.complete_option(spec.offers)


def _make_callback(function: Function, *, takes_context: bool) -> Function:
    """Sets the options of the run, and calls the command with its own."""
    declared = declared_options(function)
    of_run = [each for each in (*declared, *GLOBAL) if isinstance(each, OptionSpec) and each.of_run]
    lists = [each.name for each in declared if isinstance(each, OptionSpec) and each.many]
    fields = next((each for each in declared if isinstance(each, FieldOptionSet)), None)

    def called(context: typer.Context, **typed: Any) -> None:
        run = context.find_object(Run)
        assert run
        run.take_options({each.name: value for each in of_run if (value := typed.pop(each.name)) != each.default})
        typed |= {name: list(typed[name]) for name in lists if name in typed}
        if fields:
            typed["values"] = fields.collect(typed)
        if takes_context:
            typed["context"] = context
        run.react = _run_automation
        try:
            function(run, **typed)
        except KeyboardInterrupt:
            raise Interrupted("interrupted; nothing was changed.") from None

    return called


def _run_automation(operation: Operation) -> None:
    domain.run_automation(operation)


def _split_docstring(function: Function) -> tuple[str, list[str]]:
    """A docstring -> what stands above "Examples:", and the example lines below it."""
    about, _, below = inspect.cleandoc(function.__doc__ or "").partition("\nExamples:\n")
    return about.strip(), [line.strip() for line in below.splitlines() if line.strip()]


# Help


class HelpMixin:
    """Help: Rich panels on a terminal, the same words without boxes elsewhere and for screen readers."""

    examples: Sequence[str] = ()
    epilog: str | None
    help: str | None
    rich_markup_mode: Any

    def prepare(self: Any, context: typer.Context) -> None:
        """Choose the look, and keep square brackets from being read as markup."""
        for option in self.params:
            set_metavar(option)
        everywhere = any(getattr(option, "rich_help_panel", None) == EVERYWHERE for option in self.params)
        for option in self.get_params(context) if everywhere else ():
            if option.name == "help":
                option.rich_help_panel = EVERYWHERE
        run = context.find_object(Run)
        if run:
            run.survive_settings()
        boxed = bool(sys.stdout) and sys.stdout.isatty() and not (run and run.plain)
        self.rich_markup_mode = "rich" if boxed else None
        below = "".join(f"\n  {line}" for line in self.examples)
        if not boxed:
            self.epilog = f"\b\nExamples:{below}" if below else None  # \b keeps the lines as they are
            return
        if run and run.color == "never":
            from typer import rich_utils

            rich_utils.COLOR_SYSTEM = None
        self.epilog = _escape_markup(f"Examples:{below}") if below else None
        self.help = _escape_markup(_join_lines(self.help or ""))
        for option in self.params:
            option.help = _escape_markup(option.help or "")

    def panels(self: Any, context: typer.Context, formatter: Any) -> None:
        """Arguments and options by panel."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(context):
            record = option.get_help_record(context)
            if record:
                usual = "Arguments" if option.param_type_name == "argument" else "Options"
                panels.setdefault(getattr(option, "rich_help_panel", None) or usual, []).append(record)
        for panel in sorted(panels, key=lambda name: PANELS.get(name, 2)):
            with formatter.section(panel):
                formatter.write_dl(panels[panel])


def set_metavar(option: Any) -> None:
    """What help calls the value of an argument or option that names none itself."""
    if option.param_type_name == "argument":
        option.metavar = option.metavar or option.name.upper()
    elif not option.metavar and not option.is_flag:
        option.metavar = "N" if option.type.name in ("integer", "float") else "TEXT"


def _join_lines(text: str) -> str:
    """Each paragraph in one line: the terminal is where it is wrapped, and only there."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _escape_markup(text: str) -> str:
    from rich.markup import escape

    return escape(text)


class Command(HelpMixin, TyperCommand):
    """A command with examples."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.prepare(ctx)
        super().format_help(ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.panels(ctx, formatter)


class Group(HelpMixin, TyperGroup):
    """Commands from a table; each is loaded when it is called, and none for the list of all."""

    entries: Mapping[str, Entry] = {}
    aliases: Mapping[str, str] = {}
    subcommands: Subcommands | None = None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.prepare(ctx)
        super().format_help(ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, (panel, about, _) in self.entries.items():
            panels.setdefault(panel or "Commands", []).append((name, about))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows, col_max=16)
        self.panels(ctx, formatter)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in with the help line: the list of commands loads none of them."""
        entry = self.entries.get(self.aliases.get(cmd_name, cmd_name))
        return entry and TyperCommand(cmd_name, help=entry[1], rich_help_panel=entry[0] or None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, loaded. Raises Usage with the nearest name."""
        word = args[0]
        name = self.aliases.get(word, word)
        if name not in self.entries:
            before = f"{ctx.info_name} " if ctx.parent else ""
            raise unknown_name("command", before + word, [before + each for each in (*self.entries, *self.aliases)],
                          hint=f"all commands: {ctx.command_path} --help")  # fmt: skip
        return name, self.real(name), args[1:]

    def real(self, name: str) -> Any:
        """The command called `name`, which is in the table."""
        _, about, where = self.entries[name]
        target = self.subcommands.commands[name] if self.subcommands else load_target(where)
        return (
            make_subcommand_group(target, name=name, about=about)
            if isinstance(target, Subcommands)
            else make_command(target, name=name)
        )


class SubcommandGroup(Group):
    """A command of several words, each loaded when it is called."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        assert self.subcommands
        if {"-h", "--help"} & set(args[:1]):
            return super().parse_args(ctx, args)
        at = first_word_index(args)
        if at is not None and args[at] in self.entries:
            args = [args[at], *args[:at], *args[at + 1 :]]
        elif usual := self.subcommands.otherwise if at == 0 else self.subcommands.alone or self.subcommands.otherwise:
            args = [usual, *args]
        return super().parse_args(ctx, args)


def first_word_index(args: Sequence[str]) -> int | None:
    """Where the first word stands that is neither an option of every command nor its value."""
    words = (at for at, word in enumerate(args) if not word.startswith("-"))
    return next((at for at in words if not at or args[at - 1] not in OPTIONS_WITH_VALUE), None)


def make_subcommand_group(subcommands: Subcommands, *, name: str, about: str) -> SubcommandGroup:
    """The Typer group of a command of several words."""
    group = get_command(make_application(SubcommandGroup, lambda: None, about=about))
    assert isinstance(group, SubcommandGroup)
    group.name, group.subcommands = name, subcommands
    group.invoke_without_command = False
    documented = {word: _split_docstring(function) for word, function in subcommands.commands.items()}
    group.entries = {word: ("", " ".join(text.split("\n\n")[0].split()), "") for word, (text, _) in documented.items()}
    group.examples = [line for _, lines in documented.values() for line in lines[:1]]
    return group


def make_application(kind: type[Group], begin: Function, *, about: str) -> typer.Typer:
    """A Typer application of a group; `begin` is called before any of its commands."""
    app = typer.Typer(cls=kind, add_completion=False, context_settings=HELP)
    app.callback(invoke_without_command=True, help=about)(begin)
    return app
