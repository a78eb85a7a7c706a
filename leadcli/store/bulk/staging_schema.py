"""The staging tables of an import, created once, and the ids its rows get as new leads.

All of them are in a scratch database that belongs to one connection (see staging.py). `stage` has a column for each
column of leads that some file fills, and a table of SIDES for each many-valued field. The ids of the new leads are
stored as ranges of row numbers, since most rows of an import become leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from leadcli.store.schema import quote_name

SIDES: Mapping[str, tuple[str, ...]] = {
    "emails": ("value", "label", "key"),
    "phones": ("value", "e164", "label", "key"),
    "tags": ("value", "key"),
    "addresses": ("label", "street", "city", "region", "postcode", "country"),
    "products": ("product", "quantity", "price"),
}
# The rows first ... last become leads. The id of a lead is the number of its row plus `shift`.
_NEW_IDS = "CREATE TABLE scratch.new_ids (first INTEGER PRIMARY KEY, last INTEGER, shift INTEGER)"
_TABLES = (
    # Rows that are no leads: (file, row number, field, error, cells as JSON).
    "CREATE TABLE scratch.rejects (file INTEGER, number INTEGER, field TEXT, error TEXT, cells TEXT)",
    # The cells of rows that may yet be rejected or skipped, as JSON.
    "CREATE TABLE scratch.raw_rows (n INTEGER PRIMARY KEY, cells TEXT)",
    # The rows first ... last of each file.
    "CREATE TABLE scratch.row_ranges (first INTEGER PRIMARY KEY, last INTEGER, file INTEGER)",
    # Keys that several rows may have, and the rows that have one of them (for one kind of key at a time).
    "CREATE TABLE scratch.repeated_keys (kind TEXT, key, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    "CREATE TABLE scratch.rows_by_key (key, n INTEGER)",
    # Rows that may be a lead or an earlier row; `inside` has the bits of StagedRow.
    "CREATE TABLE scratch.candidates (n INTEGER PRIMARY KEY, inside INTEGER)",
    # The rows that share a key which two people may have.
    "CREATE TABLE scratch.weak_keys (kind TEXT, key TEXT, n INTEGER, PRIMARY KEY (kind, key, n)) WITHOUT ROWID",
    """CREATE TABLE scratch.key_owners (kind TEXT, key TEXT, target INTEGER, uid TEXT, PRIMARY KEY (kind, key))
       WITHOUT ROWID""",
    # What becomes of a row that is not simply new; `lead` is an id, or minus the number of an earlier row.
    "CREATE TABLE scratch.outcomes (n INTEGER PRIMARY KEY, outcome TEXT, lead INTEGER, key TEXT)",
    # Merged leads: where each lives on, however often that one was merged again; and by what it was known.
    "CREATE TABLE scratch.merged_leads (old INTEGER PRIMARY KEY, lead INTEGER)",
    "CREATE TABLE scratch.merged_keys (kind TEXT, key TEXT, lead INTEGER, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    _NEW_IDS,
)
# The scratch database of the search words has a connection of its own.
SEARCH_TABLES = ("CREATE TABLE scratch.row_words (n INTEGER PRIMARY KEY, words TEXT, name_key TEXT)", _NEW_IDS)
NEW_ID = "s.n + b.shift"
RowRange = tuple[int, int]  # the first and the last row number, none missing between


def staging_tables(columns: Sequence[str]) -> Iterator[str]:
    """The statements that create the staging tables; `columns` are those of `stage`, "n" first."""
    defaulted = ", ".join(f"{quote_name(name)} DEFAULT ''" for name in columns[1:])
    yield f"CREATE TABLE scratch.stage (n INTEGER PRIMARY KEY, {defaulted})"
    for side, names in SIDES.items():
        yield (
            f"CREATE TABLE scratch.stage_{side} (n INTEGER, position INTEGER, {', '.join(names)}, "
            "PRIMARY KEY (n, position)) WITHOUT ROWID"
        )
    yield from _TABLES


def new_rows_sql(table: str = "stage") -> str:
    """SQL for those rows `s` of a table of the stage, by n, that become leads, in order; NEW_ID is the lead's."""
    return f"new_ids b CROSS JOIN {table} s ON s.n BETWEEN b.first AND b.last"


def new_id_sql(n: str) -> str:
    """SQL for the id of the lead that row n, a new one, became."""
    return f"(SELECT {n} + b.shift FROM new_ids b WHERE b.first <= {n} ORDER BY b.first DESC LIMIT 1)"


def find_ranges(numbers: Iterable[int]) -> Iterator[RowRange]:
    """Group growing numbers into ranges without gaps."""
    return join_ranges((number, number) for number in numbers)


def join_ranges(parts: Iterable[RowRange]) -> Iterator[RowRange]:
    """Growing ranges, joined where one follows another without a gap."""
    start, end = 0, -1
    for first, last in parts:
        if first != end + 1:
            if end >= start:
                yield start, end
            start = first
        end = last
    if end >= start:
        yield start, end


def subtract_rows(parts: Iterable[RowRange], gone: Iterable[int]) -> Iterator[RowRange]:
    """Growing ranges without the growing numbers in `gone`."""
    going = iter(gone)
    one = next(going, None)
    for start, end in parts:
        while one is not None and one <= end:
            if one > start:
                yield start, one - 1
            start, one = max(start, one + 1), next(going, None)
        if start <= end:
            yield start, end


def new_id_rows(parts: Iterable[RowRange], first: int) -> Iterator[tuple[int, int, int]]:
    """Rows of `new_ids` for growing ranges, whose ids follow each other from `first` on."""
    for start, end in parts:
        yield start, end, first - start
        first += end - start + 1
