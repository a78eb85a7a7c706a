"""How values look: show() is the one door, and the only place that picks a format.

The domain returns a Table, Card, Board, Note or Text (see table.py); `show` writes it as the Output asks for. Data goes
to standard output, everything said about it to standard error. Only formats that need Rich or Jinja2 load them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import chain

from leadcli.errors import LeadError, NotFound, Usage, unknown_name
from leadcli.model.kinds import Record
from leadcli.model.results import Board, Card, Column, Page, Pages, PlainText, ResultNote, Shown, Table
from leadcli.screen.formats import plain, sentences
from leadcli.screen.output import (
    FORMATS,
    Output,
    discard_output,
    write_file,
    write_line,
    write_output,
    write_output_bytes,
    write_text,
)
from leadcli.screen.safe import make_safe

__all__ = [
    "FORMATS",
    "Output",
    "discard_output",
    "make_safe",
    "say_error",
    "say_sentence",
    "say_warning",
    "show_value",
    "write_file",
    "write_output",
    "write_text",
]  # fmt: skip


def show_value(value: Shown | list[Card], output: Output) -> int:
    """Show what the domain returned; the exit code.

    3 with --fail-empty when there was no row, a Note's own code, else 0. A list of cards is several records in full.
    Raises Usage for an unknown format, Failed when the disk is full, BrokenPipeError when the reader left.
    """
    if isinstance(value, Table):
        return _show_table(value, output)
    if isinstance(value, ResultNote):
        return _show_note(value, output)
    if isinstance(value, Board):
        return _show_board(value, output)
    if isinstance(value, Page):
        return _show_page(value, output)
    if isinstance(value, PlainText):
        _show_text(value, output)
        return 0
    _show_cards([value] if isinstance(value, Card) else value, output, one=isinstance(value, Card))
    return 0


def say_sentence(sentence: str, output: Output, *, always: bool = False) -> None:
    """A remark for people, on standard error; nothing with --quiet, unless it explains an exit code (`always`)."""
    if sentence and (always or not output.quiet):
        write_line(_wrap_words(make_safe(sentence, lines=True), output), output)


def say_warning(sentence: str, output: Output) -> None:
    """A warning, on standard error, also with --quiet."""
    write_line(_wrap_words(f"Warning: {make_safe(sentence, lines=True)}", output), output)


def say_error(error: LeadError, output: Output) -> int:
    """`Error:` and `Hint:` on standard error, or with --json one object; the exit code."""
    if output.format in ("json", "jsonl"):
        import json

        answer = {"code": error.code, "kind": error.kind, "message": error.message, "hint": error.hint}
        write_line(json.dumps({"error": answer}), output)
        return error.code
    write_line(f"Error: {make_safe(error.message, lines=True)}", output)
    if error.hint:
        write_line(f"Hint:  {make_safe(error.hint, lines=True)}", output)
    return error.code


def _show_table(table: Table, output: Output) -> int:
    first, rows = _peek(table, output)
    if output.fields:
        table = table._replace(columns=_choose_columns(table.columns, output.fields, table.group))
    _write_table(table._replace(rows=rows), output)
    if first is None and output.fail_empty:
        return _fail_empty(output)
    if output.chosen == "screen":
        say_sentence(table.footer if first is not None else table.empty or table.footer, output)
    return 0


def _wrap_words(sentence: str, output: Output) -> str:
    """A sentence in lines no wider than the terminal, so that none ends inside a word or a number."""
    if not output.stderr.isatty():
        return sentence
    import shutil
    import textwrap

    width = output.width or shutil.get_terminal_size().columns
    lines = []
    for line in sentence.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        fits = len(line) <= width
        lines += [line] if fits else textwrap.wrap(
            line, width, subsequent_indent=indent and f"{indent}  ", break_long_words=False, break_on_hyphens=False
        )  # fmt: skip
    return "\n".join(lines)


def _fail_empty(output: Output) -> int:
    """--fail-empty makes an error of no rows, and no error is silent."""
    return say_error(NotFound("nothing matches."), output)


def _peek(table: Table, output: Output) -> tuple[object, Iterable[Record]]:
    """The first row or page, None when there is none, and all rows again; a CSV takes them by the page."""
    if isinstance(table.rows, Pages) and output.chosen == "csv":
        page = next(table.rows.pages, None)
        pages = table.rows.pages if page is None else chain([page], table.rows.pages)
        return page, Pages(table.rows.rows, pages)
    rows = iter(table.rows)
    first = next(rows, None)
    return first, rows if first is None else chain([first], rows)


def _show_page(page: Page, output: Output) -> int:
    """Pictures one below the other for eyes, one page as HTML or Markdown, one long table for programs."""
    chosen = output.chosen
    if chosen == "html":
        write_output([_html(page, output)], output)
    elif chosen == "md":
        write_output(plain.page_markdown(page, output), output)
    elif not output.drawn:
        return _show_table(page.table, output)
    elif output.plain:
        write_output(sentences.page_sentences(page, output), output)
    else:
        from leadcli.screen.terminal.charts import show_page

        show_page(page, output)
    return _fail_empty(output) if output.fail_empty and not page.table.rows else 0


def _write_table(table: Table, output: Output) -> None:
    chosen = output.chosen
    if output.drawn:
        _draw_table(table, output)
    elif chosen == "html":
        write_output([_html(table, output)], output)
    elif chosen == "line":
        from leadcli.screen.formats.plain import line_text

        write_output(line_text(table, output), output)
    elif chosen == "vcf":
        from leadcli.screen.formats.plain import vcard_text

        write_output(vcard_text(table, output), output)
    elif chosen == "xlsx":
        from leadcli.screen.formats.workbook import fill_workbook

        write_output_bytes(lambda file: fill_workbook(table, file), output)
    elif chosen == "pdf":
        raise Usage("only one document is written as PDF.", hint="write HTML and print it from a browser: -o FILE.html")
    else:
        write_output(plain.WRITERS[chosen](table, output), output)


def _draw_table(table: Table, output: Output) -> None:
    if output.plain:
        rows = list(table.rows)
        write_output(sentences.table_sentences(table._replace(rows=rows), output) if rows else [], output)
    elif table.chart and output.chosen != "table":
        from leadcli.screen.terminal.charts import show_chart

        show_chart(table, output)
    else:
        from leadcli.screen.terminal.table import show_table

        show_table(table, output)


def _show_cards(cards: Sequence[Card], output: Output, *, one: bool) -> None:
    cards = [_narrow_columns(card, output.fields) for card in cards]
    chosen = output.chosen
    if output.drawn and not output.plain:
        from leadcli.screen.terminal.card import show_cards

        show_cards(cards, output)
    elif chosen == "json" and one:
        encode = plain.encoder(output)
        write_output([encode(plain.card_object(cards[0])) + "\n"], output)
    elif chosen in ("json", "jsonl"):
        encode = plain.encoder(output, one_line=chosen == "jsonl")
        objects = [plain.card_object(card) for card in cards]
        write_output(
            [encode(objects) + "\n"] if chosen == "json" else [encode(each) + "\n" for each in objects], output
        )
    elif output.drawn or chosen in ("tsv", "md"):
        write_output(chain.from_iterable(_card_text(card, output) for card in cards), output)
    elif one and cards[0].paper and chosen in ("html", "pdf"):
        _write_paper(cards[0], output)
    elif chosen == "html":
        write_output([_html(card, output) for card in cards], output)
    else:
        columns = cards[0].columns if cards else ()
        _write_table(Table(columns, [card.record for card in cards]), output)


def _write_paper(card: Card, output: Output) -> None:
    """A document as a page to print."""
    from leadcli.screen.formats import paper

    if output.chosen == "html":
        write_output([paper.document_page(card, output.look)], output)
    else:
        pdf = paper.document_pdf(card, output.look)
        write_output_bytes(lambda file: file.writelines([pdf]), output)


def _card_text(card: Card, output: Output) -> Iterator[str]:
    if output.drawn:
        return sentences.card_sentences(card, output)
    return plain.card_markdown(card, output) if output.chosen == "md" else plain.card_tsv(card, output)


def _narrow_columns(card: Card, fields: Sequence[str]) -> Card:
    """The card with only the fields asked for."""
    if not fields:
        return card
    columns = _choose_columns(card.columns, fields)
    return card._replace(groups=[("", columns)], columns=columns, sections=(), extra=None)


def _choose_columns(columns: Sequence[Column], fields: Sequence[str], group: str = "") -> list[Column]:
    """The columns named, by name or heading, and the one that makes groups. Usage with a suggestion for another."""
    by_name = {column.label: column for column in columns} | {column.name: column for column in columns}
    names = [field.casefold().replace("-", "_") for field in fields]
    for name, word in zip(names, fields, strict=True):
        if name not in by_name:
            hint = "fields: " + ", ".join(column.name for column in columns)
            raise unknown_name("field", word, [column.name for column in columns], hint=hint)
    return [by_name[name] for name in dict.fromkeys([*names, *([group] if group else [])])]


def _show_board(board: Board, output: Output) -> int:
    from leadcli.screen.terminal.board import board_json, board_rows, board_tsv, show_board

    chosen = output.chosen
    if output.drawn:
        write_output(sentences.board_sentences(board, output), output) if output.plain else show_board(board, output)
    elif chosen == "json":
        write_output(board_json(board, output), output)
    elif chosen == "count":
        write_output([f"{sum(lane.count for lane in board.lanes)}\n"], output)
    elif chosen == "tsv":
        write_output(board_tsv(board, output), output)
    else:
        columns, rows = board_rows(board, output)
        _write_table(Table(columns, rows, title=board.title), output)
    return _fail_empty(output) if output.fail_empty and not any(lane.count for lane in board.lanes) else 0


def _show_note(note: ResultNote, output: Output) -> int:
    """The data of a note and its sentence; where the exit code is not 0, the sentence says why, in any format."""
    for warning in note.warnings:
        say_warning(warning, output)
    chosen = output.chosen
    if chosen == "screen" and not output.quiet:
        sentence = _wrap_words(make_safe(note.sentence, lines=True), output)
        write_text(f"{sentence}\n" if sentence else "", output.stdout)
        return note.code
    plainly = chosen != "json" and output.format in ("", "ids")
    if chosen == "json" and note.json is not None:
        write_output([plain.encoder(output)(note.json) + "\n"], output)
    elif chosen != "screen":
        _write_note(note, output)
    if plainly or note.code:
        sentence = "\n".join(note.problems) if output.quiet and note.problems else note.sentence
        say_sentence(sentence, output, always=bool(note.code))
    return note.code


def _write_note(note: ResultNote, output: Output) -> None:
    """What a note says to programs: ids, how many they are, or the records."""
    if output.format in ("", "ids"):
        write_text("".join(f"{each}\n" for each in note.ids), output.stdout)
    elif output.format == "count":
        write_text(f"{len(note.ids)}\n", output.stdout)
    else:
        _write_table(note.records or Table((), ()), output)


def _show_text(text: PlainText, output: Output) -> None:
    ending = "" if text.text.endswith("\n") else "\n"
    write_output([(make_safe(text.text, lines=True) if output.on_terminal else text.text) + ending], output)


def _html(value: Table | Card | Page, output: Output) -> str:
    return str(import_module("leadcli.screen.formats.html").html_page(value, output))
