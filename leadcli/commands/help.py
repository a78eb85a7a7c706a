"""The command help: explains a command or a topic."""

from __future__ import annotations

from importlib import resources
from typing import Annotated, Any

import typer

from leadcli.commands.options import OptionSpec, with_options
from leadcli.commands.typer_commands import Group
from leadcli.errors import unknown_name
from leadcli.model.results import PlainText
from leadcli.run import Run

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
        from leadcli.commands import man_page

        run.show(PlainText(man_page.man_page(context.find_root())))
        return
    topic = " ".join(words).casefold()
    if topic in TOPICS:
        run.show(PlainText(resources.files(__package__).joinpath("topics", f"{topic}.txt").read_text("utf-8")))
        return
    text = _explain_topic(context.find_root(), words)
    if text:  # on a terminal Typer has drawn it already
        run.show(PlainText(text))


def _explain_topic(at: Any, words: list[str]) -> str:
    """The help of a command named by its words. Usage with a suggestion for a name nobody knows."""
    for number, word in enumerate(words):
        name = at.command.aliases.get(word, word) if isinstance(at.command, Group) else word
        if not isinstance(at.command, Group) or name not in at.command.entries:
            known = [*at.command.entries, *TOPICS] if not number else getattr(at.command, "entries", ())
            raise unknown_name("command or topic", word, known, hint="all commands: leadcli help")
        at = typer.Context(at.command.real(name), parent=at, info_name=name)
    return str(at.get_help())
