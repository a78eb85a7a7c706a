"""Commands that move data in and out: export."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import QueryText, Reading
from leadcli.domain import views
from leadcli.domain.transfer import exporting
from leadcli.run import Run


def export(
    run: Run,
    query: QueryText,
    reading: Reading,
    excel: Annotated[
        bool, typer.Option("--excel", help="Byte order mark and CRLF, as Excel likes it.", show_default=False)
    ] = False,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Leave cells alone that a spreadsheet would take for formulas.", show_default=False),
    ] = False,
) -> None:
    """Export leads, all of them unless a filter says which, as CSV unless -o or --format says how.

    What comes out, import takes back. Cells that look like formulas get one leading apostrophe, which import removes.

    Examples:
    leadcli export -o leads.csv
    leadcli export status:qualified -o hot.csv --excel
    leadcli export --fields name,email | head -2
    """
    store = run.store()
    if reading.explain:
        from leadcli.domain import listing

        run.show(listing.explain(store, listing.Wanted(query, sort=reading.sort or "id", all=True)))
        return
    run.format = run.format or ("" if run.file and run.file != "-" else "csv")
    run.guard, run.excel = not raw, excel
    count = store.count("lead", views.parse(store, query))
    run.show(exporting.table(store, query, fields=reading.columns, sort=reading.sort, limit=reading.limit or 0))
    if run.file and run.file != "-":
        run.say(f"Exported {count:,} lead{'' if count == 1 else 's'} to {run.file}.")
