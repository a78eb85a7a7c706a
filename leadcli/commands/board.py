"""The command board: the pipeline as a kanban board, printed or interactive."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from leadcli.commands.options import ListOptions, QueryText
from leadcli.domain.leads import lists
from leadcli.domain.pipeline import board as kanban
from leadcli.errors import Usage
from leadcli.run import Run

MIN_WIDTH = 10


NoHooks = Annotated[
    bool, typer.Option("--no-hooks", help="With -i: no hooks, no command or mail of a rule.", show_default=False)
]


def board(
    run: Run,
    query: QueryText,
    reading: ListOptions,
    interactive: Annotated[
        bool, typer.Option("-i", "--interactive", help="Move cards with keys and mouse.", show_default=False)
    ] = False,
    no_hooks: NoHooks = False,
    width: Annotated[int, typer.Option("--width", help="Draw it so wide.", metavar="N", show_default=False)] = 0,
    ascii_: Annotated[
        bool, typer.Option("--ascii", help="No other letters than ASCII for lines and marks.", show_default=False)
    ] = False,
) -> None:
    """Show the pipeline as a kanban board: a lane for each status, or for each value of --by FIELD.

    Counts and sums are of all leads in a lane; --limit says how many cards are shown of each (5 on a terminal).

    Examples:
    leadcli board owner:me --limit 3
    leadcli board --by owner
    leadcli board -i @hot
    """
    if width and width < MIN_WIDTH:
        raise Usage(f"--width {width} is too narrow for anything.", hint=f"{MIN_WIDTH} or more")
    store = run.store()
    run.width, run.ascii, run.hooks = width, ascii_, not no_hooks
    run.fields = lists.resolve_column_names(store.type("lead"), reading.columns)
    limit = reading.limit if reading.limit is not None else kanban.CARDS if run.output.drawn else 0
    request = kanban.BoardRequest(query, reading.by, limit, reading.columns, run.output.complete)
    if reading.explain:
        run.show(kanban.explain_board(store, request))
    elif interactive and _can_be_interactive():
        from leadcli.commands.board_actions import CARDS, BoardActions

        limit = CARDS if reading.limit is None else reading.limit
        run.play(BoardActions(run, request._replace(limit=limit, complete=False)))
    else:
        run.show(kanban.build_board(store, request))
        if interactive:
            run.say("The interactive board needs a terminal; this is the printed one.")


def _can_be_interactive() -> bool:
    """Standard input and output are a terminal that can be drawn on."""
    streams = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    return streams and os.environ.get("TERM", "dumb") != "dumb"
