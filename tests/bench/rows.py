"""The promises of speed and size, a row each: what is measured, against what, and the bound."""

from __future__ import annotations

from typing import NamedTuple

from crowd import last_transaction, slowest_add
from measure import Sample, figure, peak, seconds, size, times, total

from leadcli.model.fields import LEAD, Field

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


def crowded(name: str, *, same: bool) -> Row:
    """The slowest of the adds that go on while two files are imported, against the longer import's transaction."""
    rows = 200_000
    return Row(
        f"two imports of {rows:,} rows, {name}: slowest add, against transaction",
        slowest_add(rows, same=same), last_transaction(rows, same=same), 1, runs=1,
    )  # fmt: skip


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
SCAN = ("leadcli", "--db", DB, "dedupe", "--full", "--count")
ADD = ("add", "Zoe Bench", "--email", "zoe{number}@bench.example.com")
ONE_MORE = ("add", "Kim Bench", "--email", "kim{number}@bench.example.com")  # the same copy has those of ADD already

OPEN = "status in ('New', 'Contacted', 'Qualified')"
LIVE = "join operations o on o.id = c.operation and o.undone_by is null and o.undoes is null"
SUMS = "currency, count(*), sum(value)"
RATE = f"{SUMS}, sum(status = 'Converted'), sum(status in ('Converted', 'Lost'))"
AGE = "cast(julianday(date(coalesce(closed_at, 'now'))) - julianday(date(created_at)) as integer)"
LACKING = "owner is null", "expected_close is null", "value is null", "source is null", "due_at is null"
NOBODY = "id not in (select record_id from emails) and id not in (select record_id from phones)"
NEWS = "select count(*), sum({0} >= date('now', '-{1} days')), max({0}) from leads"
# What somebody would type into the sqlite3 shell to see the same numbers.
BARE = {
    "pipeline": f"select status, {SUMS} from leads group by 1, 2",
    "created": f"select substr(created_at, 1, 10), {SUMS} from leads group by 1, 2",
    "sources": f"select source, {RATE} from leads group by 1, 2",
    "owners": f"select owner, {RATE} from leads group by 1, 2",
    "campaigns": f"select campaign, {RATE} from leads group by 1, 2",
    "lost": f"select lost_reason, {SUMS} from leads where status = 'Lost' group by 1, 2",
    "aging": f"select {AGE}, {SUMS} from leads where {OPEN} group by 1, 2",
    "stale": f"select status, {SUMS}, avg({AGE}) from leads where {OPEN}"
    " and max(status_at, coalesce(activity_at, ''), updated_at) < date('now', '-30 days') group by 1, 2",
    "forecast": f"select substr(expected_close, 1, 7), {SUMS}, sum(value * probability / 100) from leads where {OPEN}"
    " group by 1, 2",
    "conversion": "with m as (select c.record_id as id, max(c.old = 'Contacted' or c.new = 'Contacted') as contacted,"
    f" max(c.old = 'Qualified' or c.new = 'Qualified') as qualified from changes c {LIVE} where c.record = 'lead'"
    " and c.field = 'status' group by 1) select status, contacted, qualified, count(*) from leads left join m using(id)"
    " group by 1, 2, 3",
    "velocity": "with m as (select c.record_id as id, c.old as status, o.at, lag(o.at) over (partition by c.record_id"
    f" order by c.operation) as began from changes c {LIVE} where c.record = 'lead' and c.field = 'status')"
    " select m.status, cast(julianday(m.at) - julianday(coalesce(began, created_at)) as integer), count(*)"
    " from m join leads using (id) group by 1, 2; select cast(julianday(closed_at) - julianday(created_at) as integer),"
    " count(*) from leads where closed_at is not null group by 1",
    "activity": "select coalesce(owner, created_by), kind, count(*) from activities group by 1, 2",
    "duplicates": "select count(*) from emails where key in (select key from emails group by 1 having count(*) > 1);"
    " select count(*) from phones where key in (select key from phones group by 1 having count(*) > 1)",
    "quality": f"select count(*), {', '.join(f'sum({each})' for each in (*LACKING, NOBODY))} from leads",
    "daily": f"{NEWS.format('created_at', 1)}; {NEWS.format('closed_at', 1)}",
    "weekly": f"{NEWS.format('created_at', 6)}; {NEWS.format('closed_at', 6)}",
}

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
    flat("add", 1.3, *ONE_MORE, copy=True),
    flat("status", 1.3, "status", "500", "{turn}", "--force", copy=True),
    flat("name contains, common", 1.5, "list", "name:ovela", "--limit", "25"),
    flat("name contains, rare", 1.5, "list", "name:{name}", "--limit", "25"),
    flat("next", 1.5, "next", "--limit", "10"),
    Row(
        "next on 100,000 leads, against list",
        seconds("leadcli", "--db", "{db_100000}", "next"),
        seconds("leadcli", "--db", "{db_100000}", "list", "--limit", "25"),
        1.5,
    ),
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
    Row(
        "import: 100,000 rows with two rules on every lead, against none",
        seconds("leadcli", "--db", "{ruled}", "import", "{csv_100000}"),
        seconds("leadcli", "--db", "{new}", "import", "{csv_100000}"), 1.3, runs=3,
    ),
    Row("score: --refresh on 1,000,000 leads", seconds("leadcli", "--db", f"{{fresh_{MILLION}}}", "score", "--refresh"),
        figure(20), 1, 1),
    Row("import: undo", seconds("leadcli", "--db", f"{{fresh_{MILLION}}}", "undo"), IMPORT, 1, 1),
    crowded("different rows", same=False),
    crowded("the same rows", same=True),
    Row(
        "export: 1,000,000 rows as CSV, against sqlite3 -csv",
        seconds("leadcli", "--db", DB, "export"),
        seconds("sqlite3", "-csv", DB, EXPORTED), 3, runs=1,
    ),
    Row("dedupe: 1,000,000 leads, against 45 seconds", seconds(*SCAN), figure(45), 1, runs=1),
    Row("dedupe: peak memory in MiB", peak(*SCAN), figure(800), 1, 1, "MiB"),
    Row(
        "dedupe: 1,000 new among 1,000,000, against 3 seconds",
        seconds("leadcli", "--db", f"{{scanned_{MILLION}}}", "dedupe", "--count"), figure(3), 1, runs=1,
    ),
    *(report(name, sql) for name, sql in BARE.items()),
]  # fmt: skip
