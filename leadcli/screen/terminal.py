"""The terminal: its console, its width, its pager, and text cut to a width. The one place that makes a Rich console."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from leadcli.screen.files import deliver
from leadcli.screen.output import Output

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDE = 10_000  # a drawn table that goes to a file or a pipe is never cut


def console(output: Output) -> Console:
    """A console that reads nothing into the text; `--color` over the environment (NO_COLOR, FORCE_COLOR, TERM)."""
    forced = {"always": True, "never": False}.get(output.color)
    if output.path and forced is None:
        forced = False
    return Console(
        file=output.stdout,
        width=output.width or (None if output.on_terminal else WIDE),
        force_terminal=forced,
        no_color=True if output.color == "never" else False if forced else None,
        color_system="standard" if forced and not output.on_terminal else None if forced is False else "auto",
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        legacy_windows=False,
    )


def draw(output: Output, to: Console, *parts: RenderableType) -> None:
    """Draw the parts below one another, through the pager when they are taller than the screen."""
    with to.capture() as capture:
        for part in parts:
            to.print(part)
    text = "\n".join(line.rstrip(" ") for line in capture.get().split("\n"))
    tall = output.on_terminal and text.count("\n") >= to.size.height and _attended(output)
    if not (tall and not output.no_pager and not output.plain and _paged(text, output.pager())):
        deliver([text], output)


def cut(text: str, width: int, *, ascii_only: bool = False) -> str:
    """Text no wider than so many terminal cells, an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    mark = "~" if ascii_only else "…"
    return set_cell_size(text, max(width - 1, 0)).rstrip() + mark if width > 0 else ""


def _attended(output: Output) -> bool:
    """Somebody can turn the pages: a terminal without a size belongs to a program, and a pager there waits for ever."""
    try:
        return os.get_terminal_size(output.stdout.fileno()).lines > 0
    except OSError:
        return True


def _paged(text: str, named: str) -> bool:
    """Show through the pager named, LEADCLI_PAGER, PAGER or less; False when there is none to use."""
    import shlex
    import subprocess

    pager = named or os.environ.get("LEADCLI_PAGER") or os.environ.get("PAGER") or "less -FIRX"
    command = shlex.split(pager)
    if not command or command == ["cat"] or os.environ.get("TERM", "dumb") == "dumb":
        return False
    environment = {"LESS": "FIRX", **os.environ}
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, encoding="utf-8", errors="replace")
    except OSError:
        return False
    assert process.stdin
    try:
        process.stdin.write(text)
        process.stdin.close()
    except BrokenPipeError:
        pass  # the reader saw enough
    while True:
        try:
            process.wait()
            return True
        except KeyboardInterrupt:  # Ctrl-C belongs to the pager while it is open
            continue
