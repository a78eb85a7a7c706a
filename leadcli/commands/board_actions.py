"""What the keys of the interactive board do: the same domain calls as the commands of their names."""

from __future__ import annotations

from collections.abc import Sequence

from leadcli import domain, query
from leadcli.commands import editor
from leadcli.errors import Usage
from leadcli.model.results import Board, Card
from leadcli.run import Run
from leadcli.store.store import Store

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
        return self._with_remarks(
            editor.edit_record_form(self.run, self.store(f"edit {lead}"), self._one(lead)).sentence
        )

    def undo(self) -> str:
        """Take back the last operation."""
        return domain.undo_operation(self.store("undo")).sentence

    def _one(self, lead: int) -> domain.Target:
        selection = domain.resolve_target(self.run.store(), [str(lead)])
        if not selection.ids:
            raise Usage(f"lead {lead} is gone.")
        return selection
