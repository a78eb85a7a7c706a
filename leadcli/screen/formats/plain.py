"""The formats that need no library: TSV, CSV, JSON, JSON lines, Markdown, ids, count. Each yields chunks of text.

Text for a terminal or a pipe is sanitised; CSV and JSON keep the data exact (JSON escapes what is not printable).
Functions of a column are looked up once, never a row: a million rows pass through here.

Formats that write a text a record: vCards, and --line, a template such as '{{ name }} <{{ email }}>'.

A template is Jinja2 in its sandbox, with the keys of --json; money is an exact decimal, a missing value is empty, a
key nobody knows is an error. What a record holds is sanitised; the template's own tabs and newlines stay.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress, islice
from operator import itemgetter
from typing import Any

from leadcli.errors import Usage, unknown_name
from leadcli.model.kinds import Day, Flag, Kind, Moment, Money, Record
from leadcli.model.results import Card, Cells, Column, Page, Pages, Table
from leadcli.screen.output import Output
from leadcli.screen.safe import escape_text, make_safe
from leadcli.text import money as money_text
from leadcli.text.vcards import write_vcard

BATCH = 2000
_FORMED = 20_000  # values whose form is remembered: amounts and days repeat
_MARKS = r"[\\`*_\[\]<>|~#]"
Reader = Callable[[Record], list[Any]]
Writer = Callable[[Table, Output], Iterator[str]]


def tsv(table: Table, output: Output) -> Iterator[str]:
    """Raw values between tabs, no header unless asked for; formulas held back where the format was named."""
    cells, guarded = plain_cells(table.columns), output.guard
    if output.header:
        yield tab_line([column.name for column in table.columns], guarded=guarded)
    for batch in batches(table.rows):
        yield "".join([tab_line(cells(row), guarded=guarded) for row in batch])


def tab_line(cells: Iterable[Any], *, guarded: bool = False) -> str:
    """A line of cells; `guarded` ones are read by a spreadsheet and an import as what they are, never as formulas."""
    texts = ["" if cell is None else cell if type(cell) is str else str(cell) for cell in cells]
    whole = "".join(texts)
    if not (whole.isascii() and whole.isprintable()):
        texts = [make_safe(text) for text in texts]
    if guarded:
        texts = list(map(_guarded_text, texts))
    return "\t".join(texts) + "\n"


def _guarded_text(text: str) -> str:
    """A cell between tabs: no formula, also not one in quotes, which a spreadsheet takes off."""
    from leadcli.text.csv_guard import guard_cell

    return '"' + text.replace('"', '""') + '"' if text[:1] == '"' else guard_cell(text)


def csv_text(table: Table, output: Output) -> Iterator[str]:
    """Raw values with a header; exact, but harmless on a terminal."""
    import csv

    cells = plain_cells(table.columns, guarded=output.guard)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n" if output.excel else "\n")
    shown: Callable[[str], str] = (lambda text: make_safe(text, lines=True)) if output.on_terminal else str
    writer.writerow(_heading(table.columns, guarded=output.guard))
    yield ("\ufeff" if output.excel else "") + shown(_take_batch(buffer))
    if isinstance(table.rows, Pages):
        read = _by_column(table.columns, guarded=output.guard)
        for page in table.rows.pages:
            writer.writerows(zip(*read(page), strict=True))
            yield shown(_take_batch(buffer))
        return
    for batch in batches(table.rows):
        writer.writerows(map(cells, batch))
        yield shown(_take_batch(buffer))


def _heading(columns: Sequence[Column], *, guarded: bool) -> list[str]:
    """The names of the columns; those of custom fields come from the desk's file."""
    from leadcli.text.csv_guard import guard_cell

    return [guard_cell(column.name) if guarded else column.name for column in columns]


def json_text(table: Table, output: Output) -> Iterator[str]:
    """An array of objects, or {**extra, "rows": [...], "totals": {...}} where a table has extra keys."""
    encode, indent = encoder(output), output.on_terminal
    build = json_object(table.columns)
    rows = (encode(build(row)) for row in table.rows)
    if table.extra is None:
        yield from _array(rows, indent=indent)
        yield "\n"
        return
    line, space = ("\n  ", " ") if indent else ("", "")
    yield "{"
    for key, value in table.extra.items():
        yield f"{line}{encode(key)}:{space}{_indent_lines(encode(value), indent)},"
    yield f'{line}"rows":{space}'
    yield from (_indent_lines(chunk, indent) for chunk in _array(rows, indent=indent))
    if table.totals is not None:
        yield f',{line}"totals":{space}{_indent_lines(encode(totals_object(table)), indent)}'
    yield "\n}\n" if indent else "}\n"


def jsonl(table: Table, output: Output) -> Iterator[str]:
    """One complete object a line."""
    encode, build = encoder(output, one_line=True), json_object(table.columns)
    for batch in batches(table.rows):
        yield "".join([encode(build(row)) + "\n" for row in batch])


def ids_text(table: Table, output: Output) -> Iterator[str]:
    """The key of each row, one a line."""
    kind = next((column.kind for column in table.columns if column.name == table.key), Kind())
    for batch in batches(table.rows):
        yield "".join([make_safe(kind.plain(row[table.key], row)) + "\n" for row in batch])


def count_text(table: Table, output: Output) -> Iterator[str]:
    """How many rows."""
    yield f"{sum(1 for _ in table.rows)}\n"


def markdown(table: Table, output: Output) -> Iterator[str]:
    """A pipe table as people read it; every letter Markdown or HTML would act on is escaped."""
    columns = table.columns
    if table.title:
        yield f"**{markdown_cell(table.title)}**\n\n"
    yield _escape_pipes(markdown_cell(column.label) for column in columns)
    yield _escape_pipes("--:" if column.kind.right else "---" for column in columns)
    for row in table.rows:
        yield _escape_pipes(
            markdown_cell(column.kind.show(row.get(column.name), row, output.look)) for column in columns
        )
    if table.totals:
        totals = totals_row(table)
        shown = (column.kind.show(totals.get(column.name), totals, output.look) for column in columns)
        yield _escape_pipes(f"**{markdown_cell(text)}**" if text else "" for text in shown)


def page_markdown(page: Page, output: Output) -> Iterator[str]:
    """A heading, the figures as a list, each report as a table."""
    yield f"# {markdown_cell(page.title)}\n\n{markdown_cell(page.subtitle)}\n\n"
    for figure in page.figures:
        note = f" ({markdown_cell(figure.note)})" if figure.note else ""
        yield f"- {markdown_cell(figure.label)}: **{markdown_cell(figure.text)}**{note}\n"
    for part in page.parts:
        yield f"\n## {markdown_cell(part.title)}\n\n"
        yield from markdown(part._replace(title=""), output)


def card_markdown(card: Card, output: Output) -> Iterator[str]:
    """A heading, the fields as a list, the sections as tables."""
    yield f"# {markdown_cell(card.heading)}\n\n"
    if card.badges:
        yield f"{markdown_cell(card.badges)}\n\n"
    for _, columns in card.groups:
        for column in columns:
            text = column.kind.show(card.record.get(column.name), card.record, output.look)
            if text:
                yield f"- {markdown_cell(column.label)}: {markdown_cell(text)}\n"
    for section in card.sections:
        yield f"\n## {markdown_cell(section.title)}\n\n"
        yield from markdown(section._replace(title=""), output)


def card_tsv(card: Card, output: Output) -> Iterator[str]:
    """`field<TAB>value` of each filled field, then `section<TAB>cells` of each row below."""
    cells, guarded = plain_cells(card.columns)(card.record), output.guard
    if output.header:
        yield tab_line(["field", "value"], guarded=guarded)
    for column, cell in zip(card.columns, cells, strict=True):
        if cell not in (None, ""):
            yield tab_line([column.name, cell], guarded=guarded)
    for section in card.sections:
        read = plain_cells(section.columns)
        for row in section.rows:
            yield tab_line([section.title.casefold(), *read(row)], guarded=guarded)


# ---- shared by the other modules of the screen


def plain_cells(columns: Sequence[Column], *, guarded: bool = False) -> Reader:
    """Row -> its raw cells: str, int or None. `guarded` disarms formulas in the columns that hold free text."""
    get = _reader(columns, "plain", str)
    if not guarded:
        return get
    from leadcli.text.csv_guard import DANGER, guard_cell

    free = [_may_be_formula(column.kind) for column in columns]

    def cells(row: Record) -> list[Any]:
        values = get(row)
        for cell in filter(None, compress(values, free)):
            if type(cell) is str and cell[0] in DANGER and guard_cell(cell) != cell:
                return [
                    guard_cell(each) if is_free and each and type(each) is str else each
                    for each, is_free in zip(values, free, strict=True)
                ]
        return values

    return cells


def _by_column(columns: Sequence[Column], *, guarded: bool) -> Callable[[Cells], list[Sequence[Any]]]:
    """Page -> the same cells as `plain_cells` has row by row; of the record a kind reads its currency and no more."""
    from leadcli.text.csv_guard import DANGER, DIGITS, guard_cell

    kinds = {column.name: column.kind for column in columns if _has_form(column.kind)}
    free = {column.name for column in columns if guarded and _may_be_formula(column.kind)}

    @lru_cache(maxsize=_FORMED)
    def formed(name: str, value: Any, code: str | None) -> Any:
        return kinds[name].plain(value, {"currency": code})

    def read(page: Cells) -> list[Sequence[Any]]:
        columns_read = []
        codes = page.get("currency") or [None] * len(page["id"])
        for column in columns:
            name, values = column.name, page[column.name]
            if values.count(None) == len(values):
                columns_read.append(values)
                continue
            if name in kinds:
                values = [
                    None if value is None else formed(name, value, code)
                    for value, code in zip(values, codes, strict=True)
                ]
            # Days begin with digits and are no number.
            signs = DANGER - DIGITS if isinstance(column.kind, Day | Moment) else DANGER
            if name in free and not signs.isdisjoint({value[0] for value in values if value}):
                values = [guard_cell(value) if value else value for value in values]
            columns_read.append(values)
        return columns_read

    return read


def _has_form(kind: Kind) -> bool:
    """Its plain text is not what is stored. Lists come as cells already."""
    return type(kind).plain is not Kind.plain and not kind.many


def _may_be_formula(kind: Kind) -> bool:
    """It is kept as text: also a day, since the file of another desk may hold anything where a day belongs."""
    return not kind.right and not isinstance(kind, Flag)


def json_object(columns: Sequence[Column]) -> Callable[[Record], dict[str, Any]]:
    """Row -> its JSON object, keys in the order of the columns."""
    names = [column.name for column in columns]
    get = _reader(columns, "json", list)
    return lambda row: dict(zip(names, get(row), strict=True))


def card_object(card: Card) -> dict[str, Any]:
    """A record in full as its JSON object."""
    return {**json_object(card.columns)(card.record), **(card.extra or {})}


def totals_row(table: Table) -> Record:
    """The totals as a last row for people: its first cell says what it is."""
    first, totals = table.columns[0], table.totals or {}
    named = first.kind.right or totals.get(first.name) is not None
    return {"currency": (table.extra or {}).get("currency"), **totals, **({} if named else {first.name: "total"})}


def totals_object(table: Table) -> dict[str, Any]:
    kinds = {column.name: column.kind for column in table.columns}
    totals = table.totals or {}
    record = {"currency": (table.extra or {}).get("currency"), **totals}
    return {name: kinds[name].json(value, record) if name in kinds else value for name, value in totals.items()}


def encoder(output: Output, *, one_line: bool = False) -> Callable[[Any], str]:
    """Value -> JSON text: indented on a terminal, where nothing in it may be alive; else compact."""
    import json

    if not output.on_terminal:
        return json.JSONEncoder(ensure_ascii=output.narrow, separators=(",", ":")).encode
    encode = json.JSONEncoder(ensure_ascii=output.narrow, indent=None if one_line else 2).encode
    return lambda value: escape_text(encode(value))


def markdown_cell(text: str) -> str:
    return "<br>".join(re.sub(_MARKS, r"\\\g<0>", make_safe(line)) for line in text.split("\n"))


def batches(rows: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


# ---- below here only this module


def _reader(columns: Sequence[Column], form: str, empty: Callable[[], Any]) -> Reader:
    """Reads a row's cells in one form (plain or json); only filled cells of kinds with a form of their own cost a call.

    `empty` makes what an empty list is in that form.
    """
    names = [column.name for column in columns]
    formatters = [
        (at, getattr(column.kind, form), column.kind.many)
        for at, column in enumerate(columns)
        if getattr(type(column.kind), form) is not getattr(Kind, form)
    ]
    filled = [(at, function) for at, function, many in formatters if not many]
    lists = [(at, function) for at, function, many in formatters if many]

    pick = itemgetter(*names) if len(names) > 1 else None  # one name would give a bare value

    def cells(row: Record) -> list[Any]:
        try:
            values = [*pick(row)] if pick else [*map(row.get, names)]
        except KeyError:
            values = [*map(row.get, names)]
        for at, function in filled:
            if (value := values[at]) is not None:
                values[at] = function(value, row)
        for at, function in lists:
            if value := values[at]:
                values[at] = function(value, row)
            else:
                values[at] = empty()
        return values

    return cells


def _take_batch(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _array(items: Iterable[str], *, indent: bool) -> Iterator[str]:
    opening, between, closing = ("[\n  ", ",\n  ", "\n]") if indent else ("[", ",", "]")
    lead = opening
    for item in items:
        yield lead + _indent_lines(item, indent)
        lead = between
    yield closing if lead == between else "[]"


def _indent_lines(text: str, indent: bool) -> str:
    return text.replace("\n", "\n  ") if indent else text


def _escape_pipes(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


WRITERS: Mapping[str, Writer] = {
    "tsv": tsv, "csv": csv_text, "json": json_text, "jsonl": jsonl, "ids": ids_text, "count": count_text,
    "md": markdown,
}  # fmt: skip


def vcard_text(table: Table, output: Output) -> Iterator[str]:
    """One card a row. Usage (2) for a table without names."""
    names = [column.name for column in table.columns]
    if "name" not in names:
        raise Usage("a vCard needs a name, and here is none.", hint="add name to --fields, or choose another format")
    for row in table.rows:
        text = write_vcard({name: row.get(name) for name in names})
        yield make_safe(text, lines=True) if output.on_terminal else text


def line_text(table: Table, output: Output) -> Iterator[str]:
    """The template filled in for each row. Usage for a template that cannot be read or names an unknown field."""
    from jinja2 import StrictUndefined, TemplateError, UndefinedError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_finalize)
    names = [column.name for column in table.columns]
    build, exact = json_object(table.columns), [column for column in table.columns if isinstance(column.kind, Money)]
    try:
        template = environment.from_string(output.line)
        for row in table.rows:
            yield template.render(_exact_value(build(row), exact, row)) + "\n"
    except UndefinedError as error:
        word = str(error).split("'")[1] if "'" in str(error) else ""
        if word and word not in names and "is undefined" in str(error):
            raise unknown_name("field", word, names, hint="all fields: leadcli list --fields help") from error
        raise _template_error(output.line, error) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, MemoryError) as error:
        raise _template_error(output.line, error) from error


def _exact_value(values: dict[str, Any], money: Sequence[Column], row: Record) -> dict[str, Any]:
    for column in money:
        units = row.get(column.name)
        values[column.name] = None if units is None else money_text.major_units(units, row.get("currency"))
    return values


def _finalize(value: Any) -> str:
    return "" if value is None else make_safe(str(value))


def _template_error(template: str, error: BaseException) -> Usage:
    reason = (getattr(error, "message", "") or str(error)).rstrip(".")
    return Usage(f"--line '{template}': {reason}.", hint="write it like '{{ name }} <{{ email }}>'.")
