"""A progress bar on standard error: only on a terminal, only for work that lasts longer than a second."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from leadcli.screen.output import Output
from leadcli.screen.safe import safe

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

PATIENCE, TICK = 1.0, 0.1  # seconds


class Progress:
    """`with progress("Importing", total, output) as bar: bar.advance(500)`; silent where nobody looks."""

    def __init__(self, what: str, total: int | None, output: Output) -> None:
        self.what, self.total, self.output = safe(what), total, output
        self.done = 0
        self.watched = output.stderr.isatty() and not output.quiet and not output.plain
        self.started = self.painted = monotonic()
        self.bar: RichProgress | None = None
        self.task: TaskID | None = None

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.reach(self.done + count)

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
            self.bar = _rich_bar(self.output)
            self.task = self.bar.add_task(self.what, total=self.total, rate="", left="")
            self.bar.start()
        assert self.task is not None
        seconds = max(monotonic() - self.started, 0.001)
        left = "" if not self.total else _clock(max(self.total - self.done, 0) * seconds / max(self.done, 1)) + " left"
        self.bar.update(
            self.task, completed=self.done, total=self.total, rate=f"{self.done / seconds:,.0f}/s", left=left
        )
        self.bar.refresh()


def progress(what: str, total: int | None, output: Output) -> Progress:
    """A bar for `total` steps (None: nobody knows how many)."""
    return Progress(what, total, output)


def _rich_bar(output: Output) -> RichProgress:
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
