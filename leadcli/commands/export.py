"""The command export: leads as CSV, JSON, Markdown, vCard, Excel or a database."""

from __future__ import annotations

from pathlib import Path

from leadcli import domain
from leadcli.commands.options import LIST, OptionSpec, QueryText, with_options, without
from leadcli.errors import Usage
from leadcli.run import Run


@with_options(
    OptionSpec("--excel", "Byte order mark and CRLF, as Excel likes it.", type=bool, of_run=True),
    OptionSpec("--with", "Into each lead: activities, tasks, history (JSON).", "A,B", many=True, name="with_"),
    without(LIST, "by", "all"),
)
def export(run: Run, query: QueryText, with_: list[str]) -> None:
    """Export leads, all of them unless a filter says which, as CSV unless -o or --format says how.

    Formats: csv, tsv, json, jsonl, xlsx, vcf, md, and db: a copy of the whole database, or with a filter a plain one of
    those leads for other programs. What comes out as CSV, import takes back. Cells that look like formulas get one
    leading apostrophe, which import removes; --raw leaves it out.

    Examples:
    leadcli export -o leads.csv
    leadcli export status:qualified -o hot.xlsx
    leadcli export --with activities,tasks -o leads.json
    leadcli export -o backup-$(date +%F).db
    leadcli export is:open -o open.db
    """
    if run.explain:
        run.show(domain.explain_query(run.store(), domain.ListRequest(query, sort=run.sort or "id", all=True)))
        return
    parts = domain.parse_parts(with_)
    request = domain.ExportRequest(query, run.fields, run.sort, run.limit or 0, parts)
    if _is_database_export(run):
        _export_database(run, request)
        return
    _export_file(run, request)


def _export_file(run: Run, request: domain.ExportRequest) -> None:
    store = run.store()
    run.format = run.format or ("" if run.line or run.output.path else "csv")
    if request.parts and not run.output.json:
        raise Usage(
            f"--with {','.join(request.parts)} needs a format in which a lead has room for lists: JSON.",
            hint="write -o leads.json, or --format jsonl",
        )
    count = store.count("lead", domain.parse_with_views(store, request.query))
    names = domain.resolve_column_names(store.type("lead"), request.fields)
    run.fields = [*names, *request.parts] if names else []
    run.show(domain.export_table(store, request))
    if run.file and run.file != "-":
        count = min(count, request.limit or count)
        run.say(f"Exported {count:,} lead{'' if count == 1 else 's'} to {run.file}.")


def _is_database_export(run: Run) -> bool:
    return run.format == "db" or (not run.format and run.file.lower().endswith(".db"))


def _export_database(run: Run, request: domain.ExportRequest) -> None:
    path, run.format, run.file = run.file, "", ""
    if path in ("", "-"):
        raise Usage("a database is no text to print.", hint="write a file: -o leads.db")
    run.fields = ()
    run.show(domain.export_database(run.store(), Path(path).expanduser(), request))
