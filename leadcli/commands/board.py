"""The command board: the pipeline as a kanban board, printed or interactive."""

from __future__ import annotations

import os
import sys

from leadcli import domain
from leadcli.commands.options import ASCII, LIST, NO_HOOKS, OptionSpec, QueryText, with_options, without
from leadcli.errors import Usage
from leadcli.run import Run

MIN_WIDTH = 10


@with_options(
    OptionSpec("--interactive -i", "Move cards with keys and mouse.", type=bool),
    NO_HOOKS.but("With -i: no hooks, no command or mail of a rule.", panel=None),
    OptionSpec("--width", "Draw it so wide.", "N", type=int, default=0, of_run=True),
    ASCII.but("No other letters than ASCII for lines and marks.", panel=None),
    without(LIST, "sort", "all"),
)
def board(run: Run, query: QueryText, interactive: bool) -> None:
    """Show the pipeline as a kanban board: a lane for each status, or for each value of --by FIELD.

    Counts and sums are of all leads in a lane; --limit says how many cards are shown of each (5 on a terminal).

    Examples:
    leadcli board owner:me --limit 3
    leadcli board --by owner
    leadcli board -i @hot
    """
    if run.width and run.width < MIN_WIDTH:
        raise Usage(f"--width {run.width} is too narrow for anything.", hint=f"{MIN_WIDTH} or more")
    store = run.store()
    run.fields = domain.resolve_column_names(store.type("lead"), run.fields)
    limit = run.limit if run.limit is not None else domain.BOARD_CARDS if run.output.drawn else 0
    request = domain.BoardRequest(query, run.by, limit, run.fields, run.output.complete)
    if run.explain:
        run.show(domain.explain_board(store, request))
    elif interactive and _can_be_interactive():
        from leadcli.commands.board_actions import CARDS, BoardActions

        limit = CARDS if run.limit is None else run.limit
        run.play(BoardActions(run, request._replace(limit=limit, complete=False)))
    else:
        run.show(domain.build_board(store, request))
        if interactive:
            run.say("The interactive board needs a terminal; this is the printed one.")


def _can_be_interactive() -> bool:
    """Standard input and output are a terminal that can be drawn on."""
    streams = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    return streams and os.environ.get("TERM", "dumb") != "dumb"
