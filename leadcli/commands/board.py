"""The command board: the pipeline as a kanban board, printed or interactive.

What the keys of the interactive board do: the same domain calls as the commands of their names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from leadcli import domain, query
from leadcli.commands import edit
from leadcli.commands.options import ASCII, CURRENCIES, LIST, NO_HOOKS, OptionSpec, QueryText, with_options, without
from leadcli.errors import Usage
from leadcli.model.results import Board, Card
from leadcli.run import Run
from leadcli.store.store import Store

MIN_WIDTH = 10


@with_options(
    OptionSpec("--interactive -i", "Move cards with keys and mouse.", type=bool),
    NO_HOOKS.but("With -i: no hooks, no command or mail of a rule.", panel=None),
    OptionSpec("--width", "Draw it so wide.", "N", type=int, default=0, of_run=True),
    ASCII.but("No other letters than ASCII for lines and marks.", panel=None),
    without(LIST, "sort", "all"),
    CURRENCIES,
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


CARDS = 50


class BoardActions:
    """The desk as the board sees it. Each deed is one operation, named in the history as the command it stands for."""

    def __init__(self, run: Run, request: domain.BoardRequest) -> None:
        self.run, self.request = run, request
        self.words = query.join_words(request.words)
        self._by_status = request.by in ("", "status")
        self.remarks: list[str] = []  # what hooks and rules had to say of the deed

    def store(self, command: str) -> Store:
        """The desk for a deed; the moment is that of the deed, not of the board's opening."""
        vars(self.run).pop("now", None)  # the board may have been open for hours
        store = self.run.store(write=True)
        self.remarks.clear()
        remark = self.remarks.append  # standard error is behind the board
        store.renew(self.run.desk()._replace(command=command, warn=remark, say=remark))
        return store

    def _with_remarks(self, sentence: str) -> str:
        return "\n".join([sentence, *self.remarks])

    def board(self, words: str) -> Board:
        """The board with a filter."""
        return domain.build_board(self.run.store(), self.request._replace(words=[words] if words.strip() else []))

    def reasons(self, lane: str) -> Sequence[str]:
        """Lost reasons, one of which a move to this lane needs; none for other lanes."""
        store = self.run.store()
        lost = self._by_status and domain.status_state(store, lane) == "lost"
        return domain.lost_reasons(store) if lost and domain.is_reason_required(store) else ()

    def lost_lane(self) -> str:
        """Where a lost lead goes: the first lost status."""
        statuses = domain.statuses_of(self.run.store())
        return next(option.label for option in statuses if option.state == "lost")

    def move(self, lead: int, lane: str, *, reason: str = "", note: str = "") -> str:
        """Move a lead to a status, or give it the lane's value."""
        if not self._by_status and not reason:
            store = self.store(f"edit {lead} --{self.request.by} '{lane}'")
            return self._with_remarks(domain.move_card(store, self.request.by, lead, lane).sentence)
        options = {"reason": reason, "note": note}
        words = [f"status {lead} '{lane}'", *(f"--{name} '{text}'" for name, text in options.items() if text)]
        move = domain.MoveRequest(lane, note, reason)
        return self._with_remarks(domain.move_leads(self.store(" ".join(words)), self._one(lead), move).sentence)

    def card(self, lead: int) -> Card:
        """A lead in full."""
        return domain.record_cards(self.run.store(), self._one(lead))[0]

    def note(self, lead: int, text: str) -> str:
        """A note on the timeline."""
        store = self.store(f"note {lead}")
        return self._with_remarks(domain.log_activity(store, self._one(lead), domain.LogEntry(text)).sentence)

    def review(self, lead: int) -> str:
        """What a conversion would make; nothing stays."""
        return domain.convert_leads(
            self.store(f"convert {lead}"), self._one(lead), domain.ConvertRequest(), keep=False
        ).sentence

    def convert(self, lead: int) -> str:
        """Make a customer."""
        store = self.store(f"convert {lead}")
        return self._with_remarks(domain.convert_leads(store, self._one(lead), domain.ConvertRequest()).sentence)

    def edit(self, lead: int) -> str:
        """The lead as a form in the editor."""
        return self._with_remarks(edit.edit_record_form(self.run, self.store(f"edit {lead}"), self._one(lead)).sentence)

    def undo(self) -> str:
        """Take back the last operation."""
        return domain.undo_operation(self.store("undo")).sentence

    def redo(self) -> str:
        """Do again what was undone."""
        return domain.redo_operation(self.store("redo")).sentence

    def _one(self, lead: int) -> domain.Target:
        selection = domain.resolve_target(self.run.store(), [str(lead)])
        if not selection.ids:
            raise Usage(f"lead {lead} is gone.")
        return selection
