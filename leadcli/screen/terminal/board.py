"""A kanban board: side by side on a terminal, or one lane below another; rows and JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.model.kinds import DUE, TEXT, Record
from leadcli.model.results import Board, Column, Lane
from leadcli.screen.formats.plain import encoder, json_object, plain_cells, tab_line
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe
from leadcli.text import money as money_text
from leadcli.text.dates import words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

LEAST, MOST, GAP = 18, 32, 1
ROW = ("id", "name", "company", "value", "currency", "owner", "due", "created_at")  # appended to, never reordered


def board_rows(board: Board, output: Output) -> tuple[list[Column], list[Record]]:
    """A card a row, its lane first: the board as a plain list."""
    by_name = {column.name: column for column in board.columns}
    names = list(output.fields) or list(ROW)
    further = [by_name[name] for name in names if name in by_name and name != board.by]
    rows = [{**card, board.by: lane.name} for lane in board.lanes for card in lane.cards]
    return [Column(board.by, board.by, TEXT, 0), *further], rows


def board_tsv(board: Board, output: Output) -> Iterator[str]:
    """`status<TAB>id<TAB>name...`, one card a line."""
    columns, rows = board_rows(board, output)
    cells, guarded = plain_cells(columns), output.guard
    if output.header:
        yield tab_line([column.name for column in columns], guarded=guarded)
    yield from (tab_line([row[board.by], *cells(row)[1:]], guarded=guarded) for row in rows)


def board_json(board: Board, output: Output) -> Iterator[str]:
    """{"columns": [{"name", "count", "value", "leads": [...]}]}; several currencies: value null, by_currency."""
    build = json_object(board.columns)
    lanes = [{"name": lane.name, "count": lane.count, **_value(lane), "leads": [build(card) for card in lane.cards]}
             for lane in board.lanes]  # fmt: skip
    yield encoder(output)({"columns": lanes, **board.extra}) + "\n"


def show_board(board: Board, output: Output) -> None:
    """Draw the board as wide as the terminal; below 18 cells a lane, one lane under another."""
    from leadcli.screen.terminal.console import draw_page, make_console

    to = make_console(output)
    width = to.width if output.on_terminal or output.width else 100
    room = (width - GAP * (len(board.lanes) - 1)) // max(len(board.lanes), 1)
    parts = _side_by_side(board, min(room, MOST), output) if room >= LEAST else _stacked(board, width, output)
    draw_page(output, to, *parts)


def _side_by_side(board: Board, room: int, output: Output) -> Iterator[RenderableType]:
    from rich.cells import cell_len
    from rich.text import Text

    from leadcli.screen.terminal.console import option_style

    between = " " * GAP
    heads = [board_head(lane, output, room) for lane in board.lanes]
    fits = all(cell_len(" ".join(head)) <= room for head in heads)
    heads = [(" ".join(head), "") for head in heads] if fits else heads
    for line in range(1 if fits else 2):
        titles = Text(style="heading")
        for head, lane in zip(heads, board.lanes, strict=True):
            titles.append(between if titles.plain else "").append(
                _pad(head[line], room, output), style="" if line else option_style(board.by, lane.name, output)
            )
        yield titles
    rule = "-" if output.ascii else "─"
    yield Text(rule * (room * len(board.lanes) + GAP * (len(board.lanes) - 1)), style="faint")
    columns = [_lane_lines(lane, output) for lane in board.lanes]
    for at in range(max(map(len, columns), default=0)):
        line_text = Text()
        for column in columns:
            text, style, card = column[at] if at < len(column) else ("", "", {})
            cell = Text(_pad(text, room, output), style=style)
            line_text.append_text(colour_mark(cell, card, output)).append(between)
        yield line_text
    for lane in board.lanes:
        if hidden := _hidden_line(lane):
            yield Text(f"{make_safe(lane.name)}: {hidden}", style="faint")


def _stacked(board: Board, width: int, output: Output) -> Iterator[RenderableType]:
    from rich.cells import cell_len
    from rich.text import Text

    from leadcli.screen.terminal.console import cut_text, option_style

    for lane in board.lanes:
        name = board_head(lane, output)[0]
        head = " ".join(filter(None, board_head(lane, output, width - cell_len(name) - 1)))
        line = Text(cut_text(head, width, ascii_only=output.ascii), style="heading")
        line.stylize(option_style(board.by, lane.name, output), 0, cell_len(make_safe(lane.name)))
        yield line
        for card in lane.cards:
            first, company, facts = card_lines(card, output)
            yield colour_mark(Text(cut_text(f"  {first}", width, ascii_only=output.ascii)), card, output)
            behind = _gap(output) + facts if facts else ""
            company = cut_text(company, width - 5 - cell_len(behind), ascii_only=output.ascii)
            yield Text(f"     {company}{behind}", style="faint")
        if hidden := _hidden_line(lane):
            yield Text(f"  {hidden}", style="faint")


def card_lines(card: Record, output: Output) -> tuple[str, str, str]:
    """`12 !! Ada Lovelace`, the company or a dash, `€12.5k · 3d` (with `late 2d` when a task is overdue, or `snoozed`).

    The marks stand for an urgent or high priority, so that nobody needs to see colours.
    """
    from leadcli.screen.terminal.table import is_sayable

    dash = "-" if output.ascii else "–"
    facts = []
    if card.get("value") is not None:
        facts.append(money_text.short_amount(card["value"], card.get("currency")))
    late = "snoozed" if card.get("snoozed") else _late(card, output)
    if late:
        facts.append(late)
    elif card.get("age") is not None:
        facts.append(words.age_text(card["age"]))
    name, company = make_safe(card.get("name") or ""), make_safe(card.get("company") or dash)
    facts_line = is_sayable(_gap(output).join(facts), output)
    first = " ".join(filter(None, (str(card["id"]), card.get("mark"), is_sayable(name, output))))
    return first, is_sayable(company, output), facts_line


def _late(card: Record, output: Output) -> str:
    due = DUE.show(card.get("due"), card, output.look)
    return due if due.startswith("late ") else ""


def _lane_lines(lane: Lane, output: Output) -> list[tuple[str, str, Record]]:
    """(text, style, the card whose mark stands in it) of each line."""
    lines: list[tuple[str, str, Record]] = []
    for card in lane.cards:
        first, second, third = card_lines(card, output)
        lines += [("", "", {})] if lines else []
        lines += [(first, "bold", card), (second, "", {}), (third, "dim", {})]
    return lines


def colour_mark(line: Text, card: Record, output: Output, *, known: Sequence[str] = ()) -> Text:
    """The first line of a card, its `!!` in the colour of the priority, if that is one of the `known` (else any)."""
    from leadcli.screen.terminal.console import option_style

    mark = str(card.get("mark") or "")
    style = option_style("priority", card.get("priority"), output) if mark else ""
    at = line.plain.find(f" {mark} ") + 1
    if style and at and (not known or style in known):
        line.stylize(style, at, at + len(mark))
    return line


def board_head(lane: Lane, output: Output, room: int = 0) -> tuple[str, str]:
    """`New (3)` and `€15.3k`; of several currencies those that fit into `room`, and how many do not."""
    from rich.cells import cell_len

    from leadcli.screen.terminal.table import is_sayable

    sums = [money_text.short_amount(units, currency) for currency, units in lane.value if units]
    money = " + ".join(sums)
    for count in range(len(sums) - 1, 0, -1):
        if not room or cell_len(money) <= room:
            break
        money = f"{' + '.join(sums[:count])} + {len(sums) - count}"
        money += f" {'currency' if len(sums) - count == 1 else 'currencies'}"
    if room and cell_len(money) > room and sums:
        money = f"{sums[0]} + …"
    return is_sayable(f"{make_safe(lane.name)} ({lane.count})", output), is_sayable(money, output)


def _hidden_line(lane: Lane) -> str:
    hidden = lane.count - len(lane.cards)
    return f"+ {hidden} more: leadcli list {make_safe(lane.query)}" if hidden > 0 and lane.query else ""


def _gap(output: Output) -> str:
    return " - " if output.ascii else " · "


def _pad(text: str, room: int, output: Output) -> str:
    from rich.cells import cell_len

    from leadcli.screen.terminal.console import cut_text

    shown = cut_text(text, room, ascii_only=output.ascii)
    return shown + " " * (room - cell_len(shown))


def _value(lane: Lane) -> dict[str, Any]:
    amounts = {currency: float(money_text.major_units(units, currency)) for currency, units in lane.value}
    if len(amounts) > 1:
        return {"value": None, "by_currency": amounts}
    return {"value": next(iter(amounts.values()), 0.0)}
