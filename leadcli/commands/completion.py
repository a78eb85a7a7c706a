"""The command completion: the completion script of a shell."""

from __future__ import annotations

from importlib import resources
from typing import Annotated

import typer

from leadcli.commands.typer_commands import COMPLETING
from leadcli.errors import unknown_name
from leadcli.model.results import PlainText
from leadcli.run import Run

SHELLS = ("bash", "zsh", "fish")


def _complete_shells(ctx: typer.Context, incomplete: str) -> list[str]:
    return list(SHELLS)


# Completion


def completion(
    run: Run,
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="Your shell.", autocompletion=_complete_shells)],
) -> None:
    """Print the completion script of a shell.

    For good: put the line into ~/.bashrc or ~/.zshrc; for fish, the script into its completions folder.

    Examples:
    eval "$(leadcli completion bash)"
    eval "$(leadcli completion zsh)"
    leadcli completion fish > ~/.config/fish/completions/leadcli.fish
    """
    if shell not in SHELLS:
        raise unknown_name("shell", shell, SHELLS, title="Shells")
    if shell == "bash":
        run.show(PlainText(resources.files(__package__).joinpath("completion.bash").read_text("utf-8")))
        return
    from typer._completion_shared import get_completion_script

    run.show(PlainText(get_completion_script(prog_name="leadcli", complete_var=COMPLETING, shell=shell)))
