"""Progress is shown on a terminal only, and only for work above a second."""

from __future__ import annotations

from screen.shown import Stream

from leadcli.screen import Output
from leadcli.screen.terminal.console import PATIENCE, show_progress


def watched(*, terminal: bool, seconds: float, quiet: bool = False) -> str:
    err = Stream(terminal=terminal)
    with show_progress("Importing", 1000, Output(err=err, quiet=quiet)) as bar:
        bar.started -= seconds
        bar.painted -= seconds
        bar.reach(500)
    return err.text


def test_long_work_on_a_terminal_shows_rate_and_time_left() -> None:
    out = watched(terminal=True, seconds=2 * PATIENCE)
    assert "Importing" in out
    assert "/s" in out
    assert "left" in out


def test_short_work_quiet_work_and_pipes_show_nothing() -> None:
    assert watched(terminal=True, seconds=0) == ""
    assert watched(terminal=True, seconds=5, quiet=True) == ""
    assert watched(terminal=False, seconds=5) == ""
