"""The promises of speed and size, a row each: what is measured, against what, and the bound."""

from __future__ import annotations

from typing import NamedTuple

from measure import Sample, figure, peak, seconds, size, times, total

from leadcli.fields import LEAD, Field

MILLION = 1_000_000
CSV, DB = f"{{csv_{MILLION}}}", f"{{db_{MILLION}}}"


class Row(NamedTuple):
    """One line of the benchmark: ours divided by base must stay at or below bound."""

    name: str
    ours: Sample
    base: Sample
    bound: float
    runs: int = 9
    unit: str = "s"
    quick: bool = False


def flat(name: str, bound: float, *words: str, copy: bool = False) -> Row:
    """The same command on the large database against the small one; `copy` for commands that write."""
    kind = "copy" if copy else "db"
    return Row(
        f"flat: {name}",
        seconds("leadcli", "--db", f"{{{kind}_{{large}}}}", *words),
        seconds("leadcli", "--db", f"{{{kind}_{{small}}}}", *words),
        bound,
        quick=True,
    )


def report(name: str, sql: str) -> Row:
    """A report over a million leads against its bare SQL in the sqlite3 shell plus one start."""
    start = seconds("leadcli", "--db", "{db_1000}", "report", name)
    bare = total(seconds("sqlite3", DB, sql), start)
    return Row(f"report: {name}", seconds("leadcli", "--db", DB, "report", name), bare, 1.5, runs=3)


def exported(field: Field) -> str:
    """A column of the export as SQL; many values in one cell as the export writes them."""
    if not field.kind.many:
        return f"r.{field.sql_column}"
    table, value = {"products": ("lead_products", "product"), "addresses": ("addresses", "street")}.get(
        field.name, (field.name, "value")
    )
    return f"(select group_concat({value}, ';') from {table} where record = 'lead' and record_id = r.id)"


EXPORTED = f"select {', '.join(exported(field) for field in LEAD.fields.values() if field.exported)} from leads r"
LIST = ("leadcli", "--db", "{db_{small}}", "list", "--limit", "25")
MINIMAL = ("--db", "{plain_{small}}", "--limit", "25")
PIPED = seconds("python", "{here}/minimal_piped.py", *MINIMAL)
IMPORT = seconds("leadcli", "--db", "{new}", "import", CSV)
ADD = ("add", "Zoe Bench", "--email", "zoe{number}@bench.example.com")

ROWS = [
    Row(
        "start: list on a terminal, against minimal Typer + Rich + sqlite3",
        seconds(*LIST, terminal=True),
        seconds("python", "{here}/minimal_rich.py", *MINIMAL, terminal=True),
        1.25, runs=15, quick=True,
    ),
    Row("start: list on a pipe, against minimal Typer + sqlite3", seconds(*LIST), PIPED, 1.15, runs=15, quick=True),
    Row(
        "add on a small file, against minimal Typer + sqlite3",
        seconds("leadcli", "--db", "{copy_{small}}", *ADD), PIPED, 1.6, quick=True,
    ),
    flat("list", 1.3, "list", "--limit", "25"),
    flat("indexed filter, status and owner", 1.3, "list", "status:qualified", "owner:ann", "--limit", "25"),
    flat("indexed filter, e-mail", 1.3, "list", "email:{email}"),
    flat("free text, common word", 1.3, "list", "ada", "--limit", "25"),
    flat("free text, rare word", 1.3, "list", "{word}"),
    flat("show", 1.3, "show", "500"),
    flat("add", 1.3, *ADD, copy=True),
    flat("status", 1.3, "status", "500", "{turn}", "--force", copy=True),
    flat("name contains, common", 1.5, "list", "name:ovela", "--limit", "25"),
    flat("name contains, rare", 1.5, "list", "name:{name}", "--limit", "25"),
    flat("next", 1.5, "next", "--limit", "10"),
    flat("count", 1.5, "list", "--count"),
    flat("board", 2, "board", "--limit", "5"),
    Row(
        "import: 1,000,000 rows, against sqlite-utils insert --csv",
        IMPORT, seconds("sqlite-utils", "insert", "{new}", "leads", CSV, "--csv"), 0.5, runs=1,
    ),
    Row(
        "import: 1,000,000 rows, against ten times 100,000",
        IMPORT, times(10, seconds("leadcli", "--db", "{new}", "import", "{csv_100000}")), 1.2, runs=1,
    ),
    Row("import: peak memory in MiB", peak("leadcli", "--db", "{new}", "import", CSV), figure(200), 1, 1, "MiB"),
    Row("import: the same rows again", seconds("leadcli", "--db", f"{{fresh_{MILLION}}}", "import", CSV), IMPORT, 1, 1),
    Row("import: database against CSV", size(DB), size(CSV), 5, 1, "B"),
    Row("import: undo", seconds("leadcli", "--db", f"{{fresh_{MILLION}}}", "undo"), IMPORT, 1, 1),
    Row(
        "export: 1,000,000 rows as CSV, against sqlite3 -csv",
        seconds("leadcli", "--db", DB, "export"),
        seconds("sqlite3", "-csv", DB, EXPORTED), 3, runs=1,
    ),
    report("pipeline", "select status, currency, count(*), sum(value) from leads group by 1, 2"),
    report("created", "select substr(created_at, 1, 10), currency, count(*), sum(value) from leads group by 1, 2"),
    report("sources", "select source, currency, count(*), sum(value) from leads group by 1, 2"),
    report("owners", "select owner, currency, count(*), sum(value) from leads group by 1, 2"),
    report("lost", "select lost_reason, currency, count(*), sum(value) from leads where status = 'Lost' group by 1, 2"),
    report(
        "forecast",
        "select substr(expected_close, 1, 7), currency, count(*), sum(value), sum(value * probability / 100) from leads"
        " where status in ('New', 'Contacted', 'Qualified') group by 1, 2",
    ),
]  # fmt: skip
