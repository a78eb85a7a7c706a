"""The command help: explains a command or a topic.

The man page, made of what --help says: leadcli help --man > leadcli.1
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Annotated, Any

import typer

from leadcli import __version__
from leadcli.commands.elsewhere import point_to_ours
from leadcli.commands.options import OptionSpec, with_options
from leadcli.commands.typer_commands import Group, set_metavar
from leadcli.errors import unknown_name
from leadcli.model.results import PlainText
from leadcli.run import Run

_LEAST_PROSE = 80  # a shorter line above another one is not prose that was wrapped
_LEAST_ROOM = 24  # columns that the second column of a list needs
TOPICS = ("filter", "dates", "formats", "exit-codes", "environment", "cron", "scripting", "accessibility")


def _complete_help(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    commands = getattr(ctx.find_root().command, "entries", {})
    return [*((name, about) for name, (_, about, _) in commands.items()), *((topic, "") for topic in TOPICS)]


# Help


@with_options(OptionSpec("--man", "Print the manual page.", type=bool))
def help_(
    run: Run,
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[COMMAND|TOPIC]",
            default_factory=list,
            show_default=False,
            help="A command, or one of the topics above.",
            autocompletion=_complete_help,
        ),
    ],
    man: bool = False,
) -> None:
    """Explain a command or a topic.

    Topics: filter, dates, formats, exit-codes, environment, cron, scripting, accessibility.

    Examples:
    leadcli help edit
    leadcli help filter
    leadcli help --man > leadcli.1
    """
    run.survive_settings()
    if man:
        run.show(PlainText(man_page(context.find_root())))
        return
    topic = " ".join(words).casefold()
    if topic in TOPICS:
        text = resources.files(__package__).joinpath("topics", f"{topic}.txt").read_text("utf-8")
        run.show(PlainText(fit_topic(text, shutil.get_terminal_size().columns) if run.output.on_terminal else text))
        return
    text = _explain_topic(context.find_root(), words)
    if text:  # on a terminal Typer has drawn it already
        run.show(PlainText(text))


def fit_topic(text: str, width: int) -> str:
    """A topic for a terminal: paragraphs wrapped to its width, lines of a list continued below their beginning."""
    blocks = []
    for block in text.rstrip("\n").split("\n\n"):
        lines = block.split("\n")
        if not any(line.startswith(" ") or len(line) < _LEAST_PROSE for line in lines[:-1]):
            blocks.append(textwrap.fill(" ".join(lines), width, break_long_words=False, break_on_hyphens=False))
            continue
        blocks.append("\n".join(_fit_line(line, width) for line in lines))
    return "\n\n".join(blocks) + "\n"


def _fit_line(line: str, width: int) -> str:
    """A line of a list: what does not fit goes on under its second column, or indented where that leaves no room."""
    if len(line) <= width:
        return line
    columns = list(re.finditer(r"  +(?=\S)", line.lstrip()))
    margin = len(line) - len(line.lstrip())
    at = margin + columns[-1].end() if columns else margin + 2
    if at > width - _LEAST_ROOM:
        at = margin + 4
    return textwrap.fill(
        line, width, subsequent_indent=" " * at, break_long_words=False, break_on_hyphens=False, drop_whitespace=True,
        replace_whitespace=False,
    )  # fmt: skip


def _explain_topic(at: Any, words: list[str]) -> str:
    """The help of a command named by its words. Usage with a suggestion for a name nobody knows."""
    for number, word in enumerate(words):
        name = at.command.aliases.get(word, word) if isinstance(at.command, Group) else word
        if not isinstance(at.command, Group) or name not in at.command.entries:
            known = [*at.command.entries, *TOPICS] if not number else getattr(at.command, "entries", ())
            if not number:
                point_to_ours(word, [], known)
            raise unknown_name("command or topic", word, known, hint="all commands: leadcli help")
        at = typer.Context(at.command.real(name), parent=at, info_name=name)
    return str(at.get_help())


MAN_TOPICS = ("filter", "exit-codes", "environment", "cron")


def man_page(root: Any) -> str:
    """The whole page as roff, for man(1)."""
    group = root.command
    assert isinstance(group, Group)
    lines = [f'.TH LEADCLI 1 "" "leadcli {__version__}" "User Commands"', ".SH NAME",
             f"leadcli \\- {_escape_roff(group.help or '')}", ".SH SYNOPSIS", ".B leadcli",
             "[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]"]  # fmt: skip
    panel = ""
    for name, (section, _, _) in group.entries.items():
        if section != panel:
            lines.append(f'.SH "{section.upper()}"')
            panel = section
        lines += _command_section(typer.Context(group.real(name), parent=root, info_name=name), f"leadcli {name}")
    for topic in MAN_TOPICS:
        text = resources.files(__package__).joinpath("topics", f"{topic}.txt").read_text("utf-8")
        lines += [f'.SH "{topic.upper()}"', ".nf", *map(_escape_roff, text.splitlines()), ".fi"]
    lines += ['.SH "OPTIONS OF EVERY COMMAND"', *_option_section(root, group.get_params(root))]
    return "\n".join(lines) + "\n"


def _command_section(context: typer.Context, name: str) -> Iterator[str]:
    """A command, or each of its subcommands."""
    section: Any = context.command
    if isinstance(section, Group):
        for word in section.entries:
            yield from _command_section(
                typer.Context(section.real(word), parent=context, info_name=word), f"{name} {word}"
            )
        return
    yield f'.SS "{name}"'
    paragraphs = (section.help or "").replace("\b\n", "").split("\n\n")
    yield from _separate(_escape_roff(" ".join(text.split())) for text in paragraphs)
    general = {option.name for option in context.find_root().command.get_params(context.find_root())}
    yield from _option_section(context, [each for each in section.get_params(context) if each.name not in general])
    if section.examples:
        yield from (".PP", "Examples:", ".RS", ".nf", *map(_escape_roff, section.examples), ".fi", ".RE")


def _option_section(context: typer.Context, options: Iterable[Any]) -> Iterator[str]:
    """What --help says of each, without the panels."""
    for each in options:
        set_metavar(each)
        record = each.get_help_record(context)
        if record:
            yield from (".TP", f"\\fB{_escape_roff(record[0])}\\fR", _escape_roff(record[1]) or "\\&")


def _separate(paragraphs: Iterable[str]) -> Iterator[str]:
    for text in paragraphs:
        yield from (".PP", text)


def _escape_roff(text: str) -> str:
    """Text that troff takes for nothing but text."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
