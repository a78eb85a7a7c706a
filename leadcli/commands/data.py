"""Commands that move data in and out: import, export."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadcli.commands.leads import writing_store
from leadcli.commands.options import QueryText, Reading, Writing
from leadcli.domain import listing, setup, views
from leadcli.domain.transfer import exporting, importing
from leadcli.domain.transfer.terms import Terms
from leadcli.errors import Usage
from leadcli.run import Run

READING, POLICY, MAPPING = "How the file is written", "What becomes of its rows", "What its columns mean"


def _option(flags: str, panel: str, about: str, metavar: str | None = None) -> Any:
    return typer.Option(*flags.split(), help=about, metavar=metavar, rich_help_panel=panel, show_default=False)


def import_(
    run: Run,
    writing: Writing,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", default_factory=list, show_default=False,
                                  help="CSV, TSV, JSON, JSON lines, vCard or .xlsx; - is standard input.")
    ],
    map_: Annotated[
        list[str], typer.Option("--map", metavar="COLUMN=FIELD", default_factory=list, rich_help_panel=MAPPING,
                                help="What a column means; COLUMN=- ignores it. Repeatable.")
    ],
    set_: Annotated[
        list[str], typer.Option("--set", metavar="FIELD=VALUE", default_factory=list, rich_help_panel=MAPPING,
                                help="The same value in every row. Repeatable.")
    ],
    tag: Annotated[
        list[str], typer.Option("--tag", metavar="TAG", default_factory=list, rich_help_panel=MAPPING,
                                help="A tag for every row. Repeatable.")
    ],
    profile: Annotated[str, _option("--profile", MAPPING, "Use a saved mapping.", "NAME")] = "",
    save_profile: Annotated[str, _option("--save-profile", MAPPING, "Save this mapping.", "NAME")] = "",
    extra: Annotated[str, _option("--extra", MAPPING, "'custom': unknown columns become text fields.", "custom")] = "",
    template: Annotated[
        bool, _option("--template", MAPPING, "Print an empty CSV with the right headers; import nothing.")
    ] = False,
    on_duplicate: Annotated[
        str, _option("--on-duplicate", POLICY, "A lead that is there: skip (default), fill, update, create or error.",
                     "POLICY")
    ] = "skip",
    match: Annotated[
        str, _option("--match", POLICY, "Known by: external_id,uid,email,phone+name,name+company.", "KEYS")
    ] = "",
    blank_clears: Annotated[bool, _option("--blank-clears", POLICY, "With update: an empty cell erases.")] = False,
    create_options: Annotated[
        bool, _option("--create-options", POLICY, "Unknown statuses, types and priorities become new ones.")
    ] = False,
    strict: Annotated[bool, _option("--strict", POLICY, "Any bad row: nothing is imported.")] = False,
    rejects: Annotated[str, _option("--rejects", POLICY, "Write bad rows and their errors here.", "FILE")] = "",
    delimiter: Annotated[str, _option("--delimiter", READING, "Between cells: , ; tab |", "CHARACTER")] = "",
    encoding: Annotated[str, _option("--encoding", READING, "Such as cp1252; auto guesses.", "NAME")] = "",
    date_format: Annotated[str, _option("--date-format", READING, "Such as %d.%m.%Y.", "FORMAT")] = "",
    decimal: Annotated[str, _option("--decimal", READING, "Of amounts: . or ,", "MARK")] = "",
    phone_region: Annotated[str, _option("--phone-region", READING, "Country of numbers without +.", "CODE")] = "",
) -> None:
    """Import leads from files, as one operation that one undo takes back.

    Columns are recognised by their names; --dry-run shows how, with the same counts as the real run. Nothing is dropped
    silently: rows that cannot be taken are counted, named and written to --rejects, and the exit code is 4.

    Examples:
    leadcli import expo.csv --dry-run
    leadcli import expo.csv --tag expo26 --set source=Event --rejects bad.csv
    leadcli import --template > leads.csv
    """
    run.patient = True
    if template:
        run.show(importing.template(run.store() if run.path.exists() else setup.in_memory(run.desk())))
        return
    terms = Terms(
        map=dict(_pair(text, "--map") for text in map_), set=dict(_pair(text, "--set") for text in set_), tags=tag,
        match=[word.strip() for word in match.split(",") if word.strip()] or Terms().match, on_duplicate=on_duplicate,
        strict=strict, create_options=create_options, blank_clears=blank_clears, extra=extra, delimiter=delimiter,
        encoding=encoding, date_format=date_format, decimal=decimal, phone_region=phone_region, rejects=rejects,
    )  # fmt: skip
    with run.progress("Importing") as bar:
        wish = importing.Wish(profile, save_profile, bar.reach)
        note = importing.import_files(writing_store(run), files, terms, wish)
    run.show(note)


def _pair(text: str, option: str) -> tuple[str, str]:
    """COLUMN=FIELD; a column's name may have an equals sign in it, a field's never has."""
    left, equals, right = text.rpartition("=") if option == "--map" else text.partition("=")
    if not equals or not left.strip():
        raise Usage(f"{option} '{text}' has no =.", hint=f"write {option} \"{'COLUMN=FIELD' if option == '--map' else 'FIELD=VALUE'}\"")
    return left.strip(), right.strip()


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
        run.show(listing.explain(store, listing.Wanted(query, sort=reading.sort or "id", all=True)))
        return
    run.format = run.format or ("" if run.file and run.file != "-" else "csv")
    run.guard, run.excel = not raw, excel
    count = store.count("lead", views.parse(store, query))
    run.fields = listing.own_names(store.type("lead"), reading.columns)
    run.show(exporting.table(store, query, fields=reading.columns, sort=reading.sort, limit=reading.limit or 0))
    if run.file and run.file != "-":
        run.say(f"Exported {count:,} lead{'' if count == 1 else 's'} to {run.file}.")
