"""The interactive board, played by Textual's pilot over a real desk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk

from leadcli.commands.board import BoardActions as Hand
from leadcli.domain.pipeline.board import BoardRequest
from leadcli.run import Run
from leadcli.screen.terminal.interactive_board import BoardApp, CardView, LaneView

Play = Callable[[BoardApp, Any], Awaitable[None]]


@pytest.fixture
def lanes(desk: Desk) -> Desk:
    desk.ok("add", "Ada [bold]x[/] \x1b[31m", "--value", "12.5k")
    desk.ok("add", "Bob")
    return desk


@pytest.fixture
def played(lanes: Desk) -> Iterator[Callable[..., None]]:
    """Plays a scene on the board of the desk."""
    run = Run(["board", "-i"], lanes.env)

    def scene(play: Play, *, size: tuple[int, int] = (120, 40), by: str = "status") -> None:
        async def run_scene() -> None:
            app = BoardApp(Hand(run, BoardRequest(by=by, limit=50)), run.output)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                await play(app, pilot)

        asyncio.run(run_scene())

    yield scene
    run.close()


async def settled(app: BoardApp, pilot: Any) -> None:
    await app.workers.wait_for_complete()
    await pilot.pause()


def test_a_key_moves_a_card_and_u_takes_it_back(lanes: Desk, played: Callable[..., None]) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        assert app.chosen["id"] == 2
        await pilot.press("L")
        await settled(app, pilot)
        assert (app.lane, app.chosen["id"]) == (1, 2)
        assert lanes.json("show", "2")["status"] == "Contacted"
        await pilot.press("shift+right")
        await settled(app, pilot)
        assert lanes.json("show", "2")["status"] == "Qualified"
        await pilot.press("u", "u")
        await settled(app, pilot)
        assert (app.lane, lanes.json("show", "2")["status"]) == (0, "New")
        await pilot.press("r")
        await settled(app, pilot)
        assert lanes.json("show", "2")["status"] == "Contacted"

    played(play)
    commands = [row["command"] for row in lanes.json("history")]
    assert commands[:5] == ["redo", "undo", "undo", "status 2 'Qualified'", "status 2 'Contacted'"]


def test_the_mouse_drags_a_card_to_a_lane(lanes: Desk, played: Callable[..., None]) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        card = next(view for view in app.query(CardView) if view.lead == 1)
        target = list(app.query(LaneView))[2]
        await pilot.mouse_down(card)
        assert app.chosen["id"] == 1
        await pilot.hover(target)
        assert target.has_class("over")
        await pilot.mouse_up(target)
        await settled(app, pilot)
        assert lanes.json("show", "1")["status"] == "Qualified"
        assert (app.lane, app.chosen["id"]) == (2, 1)

    played(play)


def test_arrows_and_letters_choose_cards(played: Callable[..., None]) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        for keys, lane, lead in (("j", 0, 1), ("down", 0, 1), ("k", 0, 2), ("l", 1, None), ("left", 0, 2), ("h", 0, 2)):
            await pilot.press(keys)
            assert (app.lane, app.chosen and app.chosen["id"]) == (lane, lead)

    played(play)


def test_a_lost_lead_needs_a_reason(lanes: Desk, played: Callable[..., None]) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("escape")
        await settled(app, pilot)
        assert lanes.json("show", "2")["status"] == "New"
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("down", "enter")
        await settled(app, pilot)
        lead = lanes.json("show", "2")
        assert (lead["status"], lead["lost_reason"]) == ("Lost", "Chose a competitor")
        await pilot.press("h", "h", "h", "h")
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("end", "enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "needs a few words" in str(app.screen.query_one(".problem").render())
        await pilot.press(*"moved", "enter")
        await settled(app, pilot)
        lead = lanes.json("show", "1")
        assert (lead["lost_reason"], lead["lost_note"]) == ("Other", "moved")

    played(play)


def test_notes_details_filter_and_help(lanes: Desk, played: Callable[..., None]) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        await pilot.press("n")
        await pilot.pause()
        await pilot.press(*"hello", "enter")
        await settled(app, pilot)
        assert lanes.json("activities")[0]["text"] == "hello"
        await pilot.press("enter")
        await pilot.pause()
        assert "hello" in str(app.screen.query("Static").last().render())
        await pilot.press("escape")
        await pilot.press("slash")
        await pilot.pause()
        await pilot.press(*"value:1k..", "enter")
        await settled(app, pilot)
        assert [view.lead for view in app.query(CardView)] == [1]
        await pilot.press("slash")
        await pilot.pause()
        assert "value:1k.." in str(app.query_one("#filter").render())
        await pilot.press("end", *" statsu:new", "enter")
        await pilot.pause()
        box = app.screen
        assert box.query_one("Input").value == "value:1k.. statsu:new"
        assert "did you mean 'status'?" in str(box.query_one(".problem").render())
        assert app.words == "value:1k.."
        await pilot.press(*["backspace"] * 11, "enter")
        await settled(app, pilot)
        assert app.words == "value:1k.."
        await pilot.press("question_mark")
        await pilot.pause()
        keys = str(app.screen.query("Static").last().render())
        assert "drags it anywhere" in keys
        assert "!! urgent, ! high priority; late 3d" in keys

    played(play)


def test_convert_is_reviewed_first(lanes: Desk, played: Callable[..., None]) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("down", "enter")
        await settled(app, pilot)
        assert lanes.json("accounts") == []
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("enter")
        await settled(app, pilot)
        assert lanes.json("show", "2")["account"] == "A1"
        await pilot.press("u")
        await settled(app, pilot)
        assert lanes.json("accounts") == []

    played(play)


def test_a_refused_move_is_said_and_changes_nothing(desk: Desk) -> None:
    desk.ok("init", "--preset", "espocrm")
    desk.ok("add", "Ada")
    run = Run(["board", "-i"], desk.env)

    async def run_scene() -> None:
        app = BoardApp(Hand(run, BoardRequest(limit=50)), run.output)
        async with app.run_test(size=(140, 40), notifications=True) as pilot:
            app.carry(1, "Converted")
            await settled(app, pilot)
            assert "Assigned" in " ".join(str(toast.render()) for toast in app.screen.query("Toast"))

    asyncio.run(run_scene())
    run.close()
    assert desk.json("show", "1")["status"] == "New"


def test_other_lanes_set_their_field(lanes: Desk, played: Callable[..., None]) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        names = [lane.name for lane in app.now.lanes]
        app.carry(2, "High")
        await settled(app, pilot)
        assert lanes.json("show", "2")["priority"] == "High"
        app.carry(2, names[-1])
        await settled(app, pilot)
        assert (names[-1], lanes.json("show", "2")["priority"]) == ("(none)", None)

    played(play, by="priority")


@pytest.mark.parametrize(("width", "shown"), [(160, 5), (80, 1), (40, 1)])
def test_a_narrow_board_is_one_lane_at_a_time(played: Callable[..., None], width: int, shown: int) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        assert sum(lane.display for lane in app.query(LaneView)) == shown
        assert app.query_one("#strip").display == (shown == 1)

    played(play, size=(width, 30))


def test_markup_and_escapes_are_only_text(played: Callable[..., None], tmp_path: Path) -> None:
    async def play(app: BoardApp, pilot: Any) -> None:
        view = next(view for view in app.query(CardView) if view.lead == 1)
        assert "[bold]x[/] ^[[31m" in str(view.render())

    played(play)


def test_a_card_has_its_three_lines_and_a_lane_its_sum_however_narrow(desk: Desk) -> None:
    desk.ok("add", "Ada Lovelace of London and Manchester", "--company", "Analytical Engines Limited", "--value", "5k")
    for code in ("USD", "GBP", "SEK"):
        desk.ok("add", f"Bob {code}", "--value", f"12500 {code}")
    run = Run(["board", "-i"], desk.env)

    async def run_scene() -> None:
        app = BoardApp(Hand(run, BoardRequest(limit=50)), run.output)
        async with app.run_test(size=(110, 30)) as pilot:
            await pilot.pause()
            view = next(view for view in app.query(CardView) if view.lead == 1)
            lines = [view.render_line(y).text.strip() for y in range(3)]
            assert lines[0].startswith("1 Ada Lovelace")
            assert lines[0].endswith("…")
            assert lines[2] == "€5k · 0d"
            head = str(next(iter(app.query(".head"))).render()).split("\n")
            assert head[0] == "New (4)"
            assert head[1].endswith(("currencies", "…"))
            assert len(head[1]) <= 19

    asyncio.run(run_scene())
    run.close()


def test_any_colour_of_the_desk_is_shown_or_left_out(desk: Desk) -> None:
    desk.ok("add", "Ada", "--priority", "urgent")
    desk.ok("add", "Bob", "--priority", "high")
    desk.ok("field", "edit", "priority", "--choice", "Urgent", "--colour", "grey")
    desk.ok("field", "edit", "priority", "--choice", "High", "--colour", "#ff8800")
    desk.ok("field", "edit", "status", "--choice", "New", "--colour", "grey")
    run = Run(["board", "-i"], desk.env)

    async def run_scene() -> None:
        app = BoardApp(Hand(run, BoardRequest(limit=50)), run.output)
        async with app.run_test(size=(110, 30)) as pilot:
            await pilot.pause()
            lines = [view.render_line(0).text.strip() for view in app.query(CardView)]
            assert lines == ["2 ! Bob", "1 !! Ada"]

    asyncio.run(run_scene())
    run.close()
    assert "1 !! Ada" in desk.terminal(120, "board")
