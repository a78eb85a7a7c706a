"""Lists, cards, reports and the dashboard as HTML: one self-contained page, or the body of a mail.

A page has its style and its SVG pictures inside, no script, nothing from elsewhere; light and dark follow the reader's
system, and it prints. A mail has inline styles and tables only. Everything a record holds passes the sanitiser, then
Jinja2's autoescape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.model.kinds import LONG, TEXT, Look, Money, Record
from leadcli.model.results import Card, Column, Figure, Page, Table
from leadcli.screen.formats.plain import csv_text, totals_row
from leadcli.screen.formats.svg_charts import PLOT, SMALL, chart_pictures
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe
from leadcli.screen.terminal.charts import bar_shares

if TYPE_CHECKING:
    from jinja2 import Environment

ON_DASHBOARD = 8
# Columns a telephone shows side by side.
_PHONE = 4


@cache
def template_environment() -> Environment:
    """The templates, autoescaping everything."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parents[1] / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html_page(value: Table | Card | Page, output: Output) -> str:
    """A complete HTML document of what a command returned."""
    look = output.look
    if isinstance(value, Page):
        parts = [html_section(part, look, most=ON_DASHBOARD) for part in value.parts]
        figures = [[make_safe(text) for text in figure] for figure in value.figures]
        return _render_page(value.title, value.subtitle, look, parts=parts, figures=figures)
    if isinstance(value, Card):
        return _render_page(
            value.heading,
            value.badges,
            look,
            parts=[html_section(each, look) for each in value.sections],
            facts=list(_facts(value, look)),
        )
    section = html_section(value, look)
    heading = value.title.partition(",")[0] or "Leads"
    return _render_page(
        heading, value.title.partition(",")[2].strip(), look, parts=[{**section, "title": "", "rest": ""}]
    )


def mail_page(
    tables: Sequence[Table], look: Look, *, title: str, subtitle: str = "", figures: Sequence[Sequence[str]] = ()
) -> str:
    """The HTML body of a mail that carries one report or several.

    Rows of each table are read once, so give lists, not iterators, when the plain text is made of the same tables.
    `figures` are (label, text, note) triples, as Page.figures. Inline styles only; a bar is a <div> with a width; no
    picture, no link elsewhere. Safe for any record: everything is escaped.
    """
    parts = [_mail_part(html_section(table, look), _shares(table)) for table in tables]
    shown = [[make_safe(text) for text in figure] for figure in figures]
    return (
        template_environment()
        .get_template("mail.html")
        .render(title=make_safe(title), subtitle=make_safe(subtitle), parts=parts, figures=shown)
    )


def _mail_part(part: dict[str, Any], shares: Any) -> dict[str, Any]:
    """A part of a mail. A list too wide for a telephone has two lines a row: mail programs know no media query."""
    wide = len(part["header"]) > _PHONE and not shares and not part["totals"]
    return {**part, "shares": shares, "stacked": wide}


def plain_text(tables: Sequence[Table], look: Look, *, title: str = "", figures: Sequence[Sequence[str]] = ()) -> str:
    """The same reports as text for the plain part of a mail: aligned columns, no cell wider than 40 letters."""
    lines = [make_safe(title), ""] if title else []
    for label, text, note in figures:
        lines.append(f"{make_safe(label)}: {make_safe(text)}" + (f" ({make_safe(note)})" if note else ""))
    for table in tables:
        lines += ["", *_text_table(table, look)]
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def html_section(table: Table, look: Look, *, most: int = 30) -> dict[str, Any]:
    """A table ready for a template: title, header, rows of cells by group, totals, pictures."""
    rows = list(table.rows)
    table = table._replace(rows=rows)
    columns = [column for column in table.columns if column.name != table.group and not _page_notes(column, table)]
    totals = totals_row(table) if table.totals else None
    title, _, rest = table.title.partition(",")
    return {
        "name": (table.extra or {}).get("report", ""),
        "title": make_safe(title),
        "rest": make_safe(rest.strip()),
        "header": [(make_safe(column.label), column.kind.right) for column in columns],
        "groups": list(_groups(table, columns, rows, look)),
        "totals": _cells(columns, totals, look) if totals else [],
        "pictures": chart_pictures(table, look, most=most),
        "footer": make_safe(table.footer),
        "empty": make_safe(table.empty or "Nothing to show."),
        "wide": bool(table.chart and table.chart.shape == "months") or len(columns) > 6,
    }


def _page_notes(column: Column, table: Table) -> bool:
    """A currency is not said again beside amounts that already name it."""
    return column.name == "currency" and any(isinstance(each.kind, Money) for each in table.columns)


def _render_page(title: str, subtitle: str, look: Look, **parts: Any) -> str:
    context = {"figures": [], "facts": [], **parts}
    return (
        template_environment()
        .get_template("page.html")
        .render(
            title=make_safe(title),
            subtitle=make_safe(subtitle),
            today=look.today.isoformat(),
            plot=PLOT,
            small=SMALL,
            **context,
        )
    )


def _groups(
    table: Table, columns: Sequence[Column], rows: Sequence[Record], look: Look
) -> Iterator[tuple[str, list[list[tuple[str, bool]]]]]:
    """(name of the group or '', its rows as cells)."""
    last: Any = object()
    cells: list[list[tuple[str, bool]]] = []
    for row in rows:
        group = row.get(table.group) if table.group else ""
        if group != last:
            cells = []
            yield make_safe(str(group or "")), cells
            last = group
        cells.append(_cells(columns, row, look))


def _cells(columns: Sequence[Column], row: Record, look: Look) -> list[tuple[str, bool]]:
    return [(make_safe(column.kind.show(row.get(column.name), row, look)), column.kind.right) for column in columns]


def _facts(card: Card, look: Look) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for name, columns in card.groups:
        facts = [
            (
                make_safe(column.label),
                make_safe(column.kind.show(card.record.get(column.name), card.record, look), lines=True),
            )
            for column in columns
        ]
        if any(text for _, text in facts):
            yield make_safe(name), [(label, text) for label, text in facts if text]


def _shares(table: Table) -> list[int]:
    """Each row's bar in percent; none for a table without a picture."""
    if not table.chart or not table.chart.shape:
        return []
    return [round(100 * share) for share in bar_shares(list(table.rows), table)]


def _text_table(table: Table, look: Look) -> Iterator[str]:
    section = html_section(table, look)
    yield table.title and make_safe(table.title)
    every = [cells for _, rows in section["groups"] for cells in rows]
    if not every:
        yield "  " + section["empty"]
        return
    lined = [section["header"], *every, *([section["totals"]] if section["totals"] else [])]
    widths = [min(max(len(cells[at][0]) for cells in lined), 40) for at in range(len(section["header"]))]

    def line(cells: Sequence[tuple[str, bool]]) -> str:
        return "  " + "  ".join(text[:width].rjust(width) if right else text[:width].ljust(width)
                                for (text, right), width in zip(cells, widths, strict=True))  # fmt: skip

    for name, rows in section["groups"]:
        if name:
            yield f"{name.capitalize()}:"
        yield from map(line, rows)
    if section["totals"]:
        yield line(section["totals"])


_FACTS = (Column("field", "field", TEXT, 0), Column("value", "value", LONG, 0))


class MailBody(NamedTuple):
    """The body of a mail in both forms, and its numbers as CSV without formulas."""

    text: str
    html: str
    csv: bytes


def mail_body(value: Table | Page | list[Card], output: Output) -> MailBody:
    """What a command returned, as a mail shows it."""
    title, subtitle, figures, tables = _mail_parts(value, output)
    text = plain_text(tables, output.look, title=title if isinstance(value, Page) else "", figures=figures)
    html = mail_page(tables, output.look, title=title, subtitle=subtitle, figures=figures)
    table = value if isinstance(value, Table) else value.table if isinstance(value, Page) else tables[0]
    written = csv_text(table, output._replace(format="csv", raw=False, excel=True, file="attached.csv"))
    return MailBody(text, html, "".join(written).encode("utf-8", "replace"))


def _mail_parts(value: Table | Page | list[Card], output: Output) -> tuple[str, str, Sequence[Figure], Sequence[Table]]:
    """(title, subtitle, figures, tables)."""
    if isinstance(value, Table):
        title, _, rest = value.title.partition(",")
        return title or "Report", rest.strip(), (), [value]
    if isinstance(value, Page):
        return value.title, value.subtitle, value.figures, value.parts
    tables = [each for card in value for each in (_plain_facts(card, output), *card.sections)]
    return (value[0].heading if len(value) == 1 else f"{len(value)} records"), "", (), tables


def _plain_facts(card: Card, output: Output) -> Table:
    """The filled fields of a card as a table of two columns."""
    rows = []
    for _, columns in card.groups:
        for column in columns:
            if shown := column.kind.show(card.record.get(column.name), card.record, output.look):
                rows.append({"field": column.label, "value": shown})
    return Table(_FACTS, rows, title=card.heading.replace(",", " ") + (f", {card.badges}" if card.badges else ""))
