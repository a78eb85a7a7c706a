"""The windows that open over the interactive board: a card in full, a question, a choice, the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

FRAME = """
Window { align: center middle; }
Window > Vertical { width: 80%; max-width: 100; height: auto; max-height: 90%; border: round $accent; padding: 0 1; }
Window VerticalScroll { height: auto; max-height: 30; }
Window .heading { text-style: bold; }
Window OptionList { height: auto; max-height: 20; border: none; }
"""


class Window(ModalScreen[str | None]):
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


class Reading(Window):
    """Lines to read; enter or escape closes them."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter,space,q", "dismiss", "Close")]

    def __init__(self, heading: str, lines: str) -> None:
        super().__init__(heading)
        self.lines = lines

    def inside(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Text(self.lines))


class Question(Window):
    """One line of text."""

    def __init__(self, heading: str, text: str = "") -> None:
        super().__init__(heading)
        self.text = text

    def inside(self) -> ComposeResult:
        yield Input(self.text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Choice(Window):
    """One of several."""

    def __init__(self, heading: str, choices: Sequence[str]) -> None:
        super().__init__(heading)
        self.choices = choices

    def inside(self) -> ComposeResult:
        yield OptionList(*(Option(Text(choice)) for choice in self.choices))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.choices[event.option_index])
