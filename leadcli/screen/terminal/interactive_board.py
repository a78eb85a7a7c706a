"""The windows that open over the interactive board: a card in full, a question, a choice, the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from rich.cells import cell_len
from rich.text import Text
from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from leadcli.errors import LeadError
from leadcli.model.kinds import Record
from leadcli.model.results import Board, Card, Lane
from leadcli.screen.formats.sentences import card_sentences
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe
from leadcli.screen.terminal.board import LEAST, board_head, card_lines, colour_mark
from leadcli.screen.terminal.console import option_style

COLOURS = ("red", "green", "yellow", "blue", "magenta", "cyan", "white")  # those Rich and Textual both know
FRAME = """
Window { align: center middle; }
Window > Vertical { width: 80%; max-width: 100; height: auto; max-height: 90%; border: round $accent; padding: 0 1; }
Window VerticalScroll { height: auto; max-height: 30; }
Window .heading { text-style: bold; }
Window .problem { color: $error; height: auto; }
Window OptionList { height: auto; max-height: 20; border: none; }
"""


class DialogWindow(ModalScreen[str | None]):
    """Escape closes it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss", "Close")]

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.heading = heading

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(self.heading), classes="heading")
            yield from self.inside()

    def inside(self) -> ComposeResult:
        """What stands below the heading."""
        yield from ()


class CardDialog(DialogWindow):
    """Lines to read; enter or escape closes them."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter,space,q", "dismiss", "Close")]

    def __init__(self, heading: str, lines: str) -> None:
        super().__init__(heading)
        self.lines = lines

    def inside(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Text(self.lines))


class QuestionDialog(DialogWindow):
    """One line of text. What `check` says is wrong with it stands below, and the box stays open."""

    def __init__(self, heading: str, text: str = "", *, check: Callable[[str], str] = lambda text: "") -> None:
        super().__init__(heading)
        self.text, self.check = text, check

    def inside(self) -> ComposeResult:
        yield Input(self.text)
        yield Static(classes="problem")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        problem = self.check(event.value)
        if problem:
            self.query_one(".problem", Static).update(Text(make_safe(problem, lines=True)))
        else:
            self.dismiss(event.value)


class ChoiceDialog(DialogWindow):
    """One of several."""

    def __init__(self, heading: str, choices: Sequence[str]) -> None:
        super().__init__(heading)
        self.choices = choices

    def inside(self) -> ComposeResult:
        yield OptionList(*(Option(Text(choice)) for choice in self.choices))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.choices[event.option_index])


HELP = """arrows, h j k l   go to another card
H L, shift+arrows move the card one lane; the mouse drags it anywhere
enter             the lead in full
e                 edit it in your editor
n                 add a note
x                 close it as lost, with a reason
c                 make a customer of it
/                 filter, such as owner:me value:5k..; empty shows all again
u                 undo the last operation
r                 do it again
?                 these keys
q                 quit

On a card: !! urgent, ! high priority; late 3d: a task is overdue by three days, else how old the lead is;
snoozed: left alone until a day. In the head of a lane: how many leads, and what they are worth."""


def _some_words(text: str) -> str:
    return "" if text.strip() else "The reason Other needs a few words."


class BoardDesk(Protocol):
    """What the board asks for and what its keys do. Each deed returns the sentence to show, or raises LeadError."""

    words: str

    def board(self, words: str) -> Board: ...
    def reasons(self, lane: str) -> Sequence[str]: ...
    def move(self, lead: int, lane: str, *, reason: str = "", note: str = "") -> str: ...
    def card(self, lead: int) -> Card: ...
    def note(self, lead: int, text: str) -> str: ...
    def lost_lane(self) -> str: ...
    def review(self, lead: int) -> str: ...
    def convert(self, lead: int) -> str: ...
    def edit(self, lead: int) -> str: ...
    def undo(self) -> str: ...
    def redo(self) -> str: ...


class CardView(Static):
    """One lead; pressing the mouse on it takes it up."""

    def __init__(self, record: Record, output: Output, *, lane: int, place: int) -> None:
        first, second, third = card_lines(record, output)
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append_text(colour_mark(Text(first, "bold"), record, output, known=COLOURS)).append(
            f"\n{second}\n"
        ).append(third, "dim")
        super().__init__(text, classes="card")
        self.lead, self.lane, self.place = int(record["id"]), lane, place


class LaneView(VerticalScroll, can_focus=False):
    """One lane with its head and cards."""

    def __init__(self, lane: Lane, number: int, output: Output) -> None:
        super().__init__(classes="lane")
        self.lane, self.number, self.output = lane, number, output

    def compose(self) -> ComposeResult:
        yield Static(self._head(), classes="head")
        for place, record in enumerate(self.lane.cards):
            yield CardView(record, self.output, lane=self.number, place=place)
        hidden = self.lane.count - len(self.lane.cards)
        if hidden > 0:
            yield Static(Text(f"+ {hidden} more", "dim"))

    def on_resize(self, event: events.Resize) -> None:
        """The sums that fit into the new width."""
        self.query_one(".head", Static).update(self._head(event.size.width - 3))

    def _head(self, room: int = 0) -> Text:
        """The lane's name in its colour, how many cards it has, and what they are worth below."""
        assert isinstance(self.app, BoardApp)
        title, worth = board_head(self.lane, self.output, room)
        head = Text(f"{title}\n{worth}")
        style = option_style(self.app.now.by, self.lane.name, self.output)
        if style in COLOURS:
            head.stylize(style, 0, len(make_safe(self.lane.name)))
        return head


class Lanes(Horizontal):
    """All lanes of the board as it is now."""

    def compose(self) -> ComposeResult:
        assert isinstance(self.app, BoardApp)
        for number, lane in enumerate(self.app.now.lanes):
            yield LaneView(lane, number, self.app.output)


class BoardApp(App[None]):
    """The board; `lane` and `place` say which card is chosen."""

    CSS = (
        FRAME
        + """
    #filter { height: 1; display: none; color: $warning; padding: 0 1; }
    .filtered #filter { display: block; }
    #strip { height: 1; display: none; }
    .lane { width: 1fr; min-width: 18; border-right: solid $panel; padding: 0 1; }
    .lane { scrollbar-size-vertical: 1; }
    .head { text-style: bold; height: 2; margin: 0 0 1 0; text-wrap: nowrap; text-overflow: ellipsis; }
    .card { height: 4; padding: 0 0 1 0; text-wrap: nowrap; text-overflow: ellipsis; }
    .chosen { background: $accent 40%; }
    .taken { background: $warning 30%; }
    .over { background: $boost; }
    .narrow #strip { display: block; }
    .narrow .lane { display: none; border: none; }
    .narrow .lane.here { display: block; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "go(-1, 0)", "Left", show=False),
        Binding("right,l", "go(1, 0)", "Right", show=False),
        Binding("up,k", "go(0, -1)", "Up", show=False),
        Binding("down,j", "go(0, 1)", "Down", show=False),
        Binding("H,shift+left", "carry(-1)", "Move left", show=False),
        Binding("L,shift+right", "carry(1)", "Move right"),
        Binding("enter", "open", "Show"),
        Binding("e", "edit", "Edit"),
        Binding("n", "note", "Note"),
        Binding("x", "lost", "Lost"),
        Binding("c", "convert", "Convert"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("u", "undo", "Undo"),
        Binding("r", "redo", "Redo"),
        Binding("question_mark", "keys", "Help", key_display="?"),
        Binding("q", "quit", "Quit"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, desk: BoardDesk, output: Output) -> None:
        super().__init__()
        # The app puts streams of its own in place of the program's.
        self.desk, self.output, self.words = desk, output._replace(out=output.stdout), desk.words
        self.now = desk.board(self.words)
        self.lane = next((number for number, lane in enumerate(self.now.lanes) if lane.cards), 0)
        self.place = 0
        self.taken: CardView | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="filter")
        yield Static(id="strip")
        yield Lanes()
        yield Footer()

    def on_mount(self) -> None:
        self._choose()

    def on_resize(self, event: events.Resize) -> None:
        """Too narrow for all lanes: one at a time, under a strip of counts."""
        narrow = event.size.width < LEAST * len(self.now.lanes)
        self.screen_stack[0].set_class(narrow, "narrow")
        self._choose()

    def _fatal_error(self) -> None:
        """Leave at an unexpected error without showing it: Textual would print what the variables hold."""
        self._close_messages_no_wait()

    def run_through(self) -> None:
        """Run until it is left; an unexpected error is raised for whoever reports it."""
        self.run()
        if self._exception:
            raise self._exception

    # Which card

    @property
    def chosen(self) -> Record | None:
        cards = self.now.lanes[self.lane].cards if self.now.lanes else ()
        return cards[self.place] if self.place < len(cards) else None

    def action_go(self, across: int, down: int) -> None:
        self.lane = min(max(self.lane + across, 0), len(self.now.lanes) - 1)
        self.place = max(self.place + down, 0)
        self._choose()

    def _choose(self) -> None:
        """Mark the chosen card, within what its lane has."""
        cards = self.now.lanes[self.lane].cards
        self.place = min(self.place, max(len(cards) - 1, 0))
        for view in self.query(CardView):
            chosen = (view.lane, view.place) == (self.lane, self.place)
            view.set_class(chosen, "chosen")
            if chosen:
                view.scroll_visible(animate=False)
        for lane in self.query(LaneView):
            lane.set_class(lane.number == self.lane, "here")
        self.query_one("#strip", Static).update(self._strip())
        self.screen_stack[0].set_class(bool(self.words.strip()), "filtered")
        shown = f"Filter: {make_safe(self.words)}  (/ changes it, empty shows all)"
        self.query_one("#filter", Static).update(Text(shown, no_wrap=True, overflow="ellipsis"))

    def _strip(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        labels = [f" {make_safe(lane.name)} {lane.count} " for lane in self.now.lanes]
        first = max(self.lane - 1, 0) if sum(map(cell_len, labels)) > self.size.width else 0
        for number, label in list(enumerate(labels))[first:]:
            text.append(label, "reverse" if number == self.lane else "")
        return text

    async def _again(self, lead: int | None = None) -> None:
        """Read the board anew; the chosen card is `lead` if it is still there."""
        self.now = self.desk.board(self.words)
        self.lane = min(self.lane, len(self.now.lanes) - 1)
        for number, lane in enumerate(self.now.lanes):
            for place, card in enumerate(lane.cards):
                if card["id"] == lead:
                    self.lane, self.place = number, place
        await self.query_one(Lanes).recompose()
        self._choose()

    async def _do(self, deed: Callable[[], str], lead: int | None = None) -> None:
        """A deed, its sentence or its error, and the board after it."""
        try:
            self.notify(make_safe(deed(), lines=True), markup=False)
        except LeadError as error:
            hint = f"\n{error.hint}" if error.hint else ""
            self.notify(make_safe(error.message + hint, lines=True), severity="error", markup=False)
        await self._again(lead)

    # What keys do

    def action_carry(self, across: int) -> None:
        to = self.lane + across
        if self.chosen and 0 <= to < len(self.now.lanes):
            self.carry(int(self.chosen["id"]), self.now.lanes[to].name)

    @work(exclusive=True)
    async def carry(self, lead: int, lane: str) -> None:
        """Move a lead to a lane; one that is lost there gets a reason first."""
        reason, note = "", ""
        if reasons := self.desk.reasons(lane):
            chosen = await self.push_screen_wait(
                ChoiceDialog(f"Why was lead {lead} lost?", [make_safe(each) for each in reasons])
            )
            if chosen is None:
                return
            reason = chosen
            if reason.casefold() == "other":
                answer = await self.push_screen_wait(QuestionDialog("What happened?", check=_some_words))
                if answer is None:
                    return
                note = answer
        await self._do(lambda: self.desk.move(lead, lane, reason=reason, note=note), lead)

    def action_lost(self) -> None:
        if self.chosen:
            self.carry(int(self.chosen["id"]), self.desk.lost_lane())

    def action_open(self) -> None:
        if self.chosen:
            card = self.desk.card(int(self.chosen["id"]))
            heading, *lines = card_sentences(card, self.output)
            self.push_screen(CardDialog(heading.rstrip("\n"), "".join(lines)))

    def action_keys(self) -> None:
        self.push_screen(CardDialog("Keys", HELP))

    @work(exclusive=True)
    async def action_note(self) -> None:
        if not self.chosen:
            return
        lead = int(self.chosen["id"])
        text = await self.push_screen_wait(QuestionDialog(f"Note on lead {lead}"))
        if text and text.strip():
            await self._do(lambda: self.desk.note(lead, text), lead)

    @work(exclusive=True)
    async def action_convert(self) -> None:
        if not self.chosen:
            return
        lead = int(self.chosen["id"])
        try:
            review = self.desk.review(lead)
        except LeadError as error:
            self.notify(make_safe(error.message), severity="error", markup=False)
            return
        if (
            await self.push_screen_wait(ChoiceDialog(make_safe(review, lines=True), ["Convert", "Leave it"]))
            == "Convert"
        ):
            await self._do(lambda: self.desk.convert(lead), lead)

    @work(exclusive=True)
    async def action_filter(self) -> None:
        text = await self.push_screen_wait(QuestionDialog("Filter", self.words, check=self._filter_problem))
        if text is not None:
            self.words = text
            await self._again()

    def _filter_problem(self, text: str) -> str:
        """What is wrong with a filter, its remedy included; '' of one that can be used."""
        try:
            self.desk.board(text)
        except LeadError as error:
            return "\n".join(filter(None, (error.message, error.hint)))
        return ""

    async def action_edit(self) -> None:
        if self.chosen:
            lead = int(self.chosen["id"])
            with self.suspend():
                sentences: list[str] = []
                try:
                    sentences.append(self.desk.edit(lead))
                except LeadError as error:
                    sentences.append(error.message)
            await self._do(lambda: sentences[0], lead)

    async def action_undo(self) -> None:
        await self._do(self.desk.undo, int(self.chosen["id"]) if self.chosen else None)

    async def action_redo(self) -> None:
        await self._do(self.desk.redo, int(self.chosen["id"]) if self.chosen else None)

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        view = self._under(event, CardView)
        if isinstance(view, CardView):
            self.taken, self.lane, self.place = view, view.lane, view.place
            view.add_class("taken")
            self._choose()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        over = self._under(event, LaneView) if self.taken else None
        for lane in self.query(LaneView):
            lane.set_class(lane is over, "over")

    def on_mouse_up(self, event: events.MouseUp) -> None:
        taken, self.taken = self.taken, None
        if taken is None:
            return
        taken.remove_class("taken")
        self.query(LaneView).remove_class("over")
        lane = self._under(event, LaneView)
        if isinstance(lane, LaneView) and lane.number != taken.lane:
            self.carry(taken.lead, lane.lane.name)

    def _under(self, event: events.MouseEvent, kind: type[Widget]) -> Widget | None:
        """The card or lane under the mouse."""
        from textual.errors import NoWidget

        try:
            widget, _ = self.screen.get_widget_at(int(event.screen_x), int(event.screen_y))
        except NoWidget:
            return None
        return next((each for each in widget.ancestors_with_self if isinstance(each, kind)), None)
