"""The terminal: its console, its width, its pager, and text cut to a width. The one place that makes a Rich console."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.theme import Theme

from leadcli.model.kinds import Choice, Kind
from leadcli.screen.output import Output, write_output
from leadcli.screen.safe import make_safe

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

# What is drawn in which style, for each setting `theme`. Every style says again what stands in words or signs as well.
# The colours of choices (grey to white) are those a terminal can show on its background.
THEMES = {
    "auto": {
        "heading": "bold", "badge": "not bold", "faint": "dim", "late": "red", "bar": "none", "grey": "dim",
        "white": "none",
    },
    "dark": {
        "heading": "bold bright_cyan", "badge": "not bold bright_white", "faint": "bright_black", "late": "bright_red",
        "bar": "bright_green", "grey": "bright_black", "red": "bright_red", "green": "bright_green",
        "yellow": "bright_yellow", "blue": "bright_blue", "magenta": "bright_magenta", "cyan": "bright_cyan",
    },
    "light": {
        "heading": "bold blue", "badge": "not bold black", "faint": "magenta", "late": "bold red", "bar": "blue",
        "grey": "bright_black", "yellow": "dark_goldenrod", "cyan": "dark_cyan", "green": "dark_green",
        "white": "black",
    },
}  # fmt: skip
# Of a status without a colour of its own.
_STATES = {"open": "cyan", "won": "green", "lost": "red", "recycled": "grey"}
WIDE = 10_000  # a drawn table that goes to a file or a pipe is never cut


def make_console(output: Output) -> Console:
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
        theme=Theme(THEMES.get(output.theme, THEMES["auto"])),
    )


def draw_page(output: Output, to: Console, *parts: RenderableType) -> None:
    """Draw the parts below one another, through the pager when they are taller than the screen."""
    with to.capture() as capture:
        for part in parts:
            to.print(part, soft_wrap=getattr(part, "overflow", "") == "ignore")
    text = "\n".join(line.rstrip(" ") for line in capture.get().split("\n"))
    tall = output.on_terminal and text.count("\n") >= to.size.height and _is_attended(output)
    if not (tall and not output.no_pager and not output.plain and _page_text(text, output.pager())):
        write_output([text], output)


def choice_style(kind: Kind, value: object, output: Output) -> str:
    """The colour the desk gives a choice, else that of its state; '' for any other value."""
    return option_style(kind.vocabulary, value, output) if value is not None and isinstance(kind, Choice) else ""


def option_style(vocabulary: str, label: object, output: Output) -> str:
    """The same for a value of a choice list."""
    option = next((each for each in output.look.options(vocabulary) if each.label == label), None)
    return (option.colour or _STATES.get(option.state, "")) if option else ""


def cut_text(text: str, width: int, *, ascii_only: bool = False) -> str:
    """Text no wider than so many terminal cells, an ellipsis where something is missing: never inside a number."""
    if cell_len(text) <= width:
        return text
    mark = "~" if ascii_only else "…"
    part = set_cell_size(text, max(width - 1, 0))
    before, _, begun = part.rpartition(" ")
    word = begun + text[len(part) :].partition(" ")[0]
    if before.strip() and word != begun and any(letter.isdigit() for letter in word):
        part = before
    return part.rstrip() + mark if width > 0 else ""


def _is_attended(output: Output) -> bool:
    """Somebody can turn the pages: a terminal without a size belongs to a program, and a pager there waits for ever."""
    try:
        return os.get_terminal_size(output.stdout.fileno()).lines > 0
    except OSError:
        return True


def _page_text(text: str, named: str) -> bool:
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


PATIENCE, TICK = 1.0, 0.1  # seconds


class Progress:
    """`with progress("Importing", total, output) as bar: bar.reach(500)`; silent where nobody looks."""

    def __init__(self, what: str, total: int | None, output: Output) -> None:
        self.what, self.total, self.output = make_safe(what), total, output
        self.done = 0
        self.watched = output.stderr.isatty() and not output.quiet and not output.plain
        self.started = self.painted = monotonic()
        self.bar: RichProgress | None = None
        self.task: TaskID | None = None

    def reach(self, done: int, total: int | None = None) -> None:
        """So many are done by now, of so many if that changed."""
        self.done, self.total = done, total or self.total
        if not self.watched:
            return
        now = monotonic()
        if now - self.started >= PATIENCE and now - self.painted >= TICK:
            self.painted = now
            self._paint()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def _paint(self) -> None:
        # No thread of its own: an import forks workers, and a fork while a thread paints can lock up.
        if self.bar is None:
            self.bar = _make_rich_bar(self.output)
            self.task = self.bar.add_task(self.what, total=self.total, rate="", left="")
            self.bar.start()
        assert self.task is not None
        seconds = max(monotonic() - self.started, 0.001)
        left = "" if not self.total else _clock(max(self.total - self.done, 0) * seconds / max(self.done, 1)) + " left"
        self.bar.update(
            self.task, completed=self.done, total=self.total, rate=f"{self.done / seconds:,.0f}/s", left=left
        )
        self.bar.refresh()


def show_progress(what: str, total: int | None, output: Output) -> Progress:
    """A bar for `total` steps (None: nobody knows how many)."""
    return Progress(what, total, output)


def _make_rich_bar(output: Output) -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    colour = {"never": None}.get(output.color, "auto")
    to = Console(file=output.stderr, markup=False, emoji=False, highlight=False, color_system=colour)  # type: ignore[arg-type]
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:,.0f}  {task.fields[rate]}  {task.fields[left]}", markup=False),
    )
    return Progress(*columns, console=to, transient=True, auto_refresh=False)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
