"""Inserts the new rows of an import's stage as leads, in a few statements and as one block of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.model.fields import RecordType
from leadcli.store import engine, failures, match_key_columns, schema
from leadcli.store.bulk.staging import Stage
from leadcli.store.bulk.staging_schema import NEW_ID, SIDES, new_id_sql, new_rows_sql
from leadcli.store.journal import bulk_update
from leadcli.store.journal import rule_effects as gifting
from leadcli.store.journal.operation import Operation
from leadcli.store.journal.rule_effects import RuleEffect
from leadcli.store.reads import records
from leadcli.store.schema import quote_name

if TYPE_CHECKING:
    from leadcli.store.store import Store


_MANY = 5000  # leads; of fewer every index is updated sooner than dropped and built again


class Block(NamedTuple):
    """The ids of the new leads, first to last; empty when last is below first."""

    first: int
    last: int


def insert_leads(
    operation: Operation, stage: Stage, fields: Sequence[str], *, gifts: Callable[[], Sequence[RuleEffect]]
) -> None:
    """Add every row without an outcome as a lead, in the order of the files; their ids follow each other.

    `fields` are the columns of `leads` the stage holds. Rows that were known or merged are in `outcomes`. `gifts` is
    called when there is a new lead: it returns what rules set on each of them.
    """
    store = operation.store
    first = 1 + store.select("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'leads'")[0][0]
    block = Block(first, first + stage.give_ids(first) - 1)
    if block.last < block.first:
        return
    effects = gifts()
    alike = gifting.effect_columns(store, effects, operation.at)
    stage.words.begin(store, block.last - first + 1, gifting.effect_words(effects))
    with indexes_rebuilt_last(store, block, [*fields, *alike]):
        _insert_rows(operation, stage, fields, alike)
        for side, names in SIDES.items():
            table = store.type("lead").fields[side].kind.many
            side_values = {name: _stage_value(name) for name in names}
            if "key" in side_values:
                side_values["other_key"] = f"nullif({side_values.pop('key')}, {schema.KEYED[table]})"
            _run(store, f"""INSERT INTO {table} (record, record_id, position, {", ".join(side_values)})
                            SELECT 'lead', {NEW_ID}, s.position, {", ".join(side_values.values())}
                            FROM {new_rows_sql(f"stage_{side}")}""")  # fmt: skip
        for tag in gifting.effect_tags(effects):
            _add_tag(store, block, tag)
    stage.words.write(store)
    operation.block("lead", block.first, block.last, gifts=gifting.note_effects(effects))
    for gift in effects:
        if gift.task:
            bulk_update.attach_tasks(operation, range(block.first, block.last + 1), *gift.task, reason=gift.reason)


def remember_rows(operation: Operation, digests: Sequence[str]) -> None:
    """Keep what the rows were, so that they are known again: new, merged and skipped ones; and the files."""
    store = operation.store
    lead = f"CASE WHEN f.lead > 0 THEN f.lead ELSE {new_id_sql('-f.lead')} END"
    # In the order of the keys, so that the pages are filled one after another.
    _run(store, f"""INSERT OR REPLACE INTO import_rows
                    SELECT s.key, s.hash, {NEW_ID}, {operation.id} FROM {new_rows_sql()}
                    UNION ALL SELECT s.key, s.hash, {lead}, {operation.id}
                    FROM outcomes f CROSS JOIN stage s ON s.n = f.n
                    WHERE f.outcome IN ('merge', 'same', 'skipped') ORDER BY 1""")  # fmt: skip
    rows = [(digest, operation.id) for digest in digests]
    store.connection.executemany("INSERT OR REPLACE INTO import_files VALUES (?, ?)", rows)


def is_committed(store: Store, operation: int | None, digests: Sequence[str]) -> bool:
    """The import of these files was committed under this number."""
    sql = "SELECT 1 FROM import_files WHERE operation = ? AND digest = ?"
    return all(store.select(sql, (operation, digest)) for digest in digests)


def import_time(store: Store, digest: str) -> str:
    """The moment when a file of these bytes was imported, '' if it never was or that was undone."""
    sql = """SELECT o.at FROM import_files f JOIN operations o ON o.id = f.operation
             WHERE f.digest = ? AND o.undone_by IS NULL"""
    rows = store.select(sql, (digest,))
    return str(rows[0][0]) if rows else ""


def replace_taken_uids(store: Store, stage: Stage, uids: Iterator[str]) -> None:
    """Give a new uid to rows that become new leads although another lead or row has the uid they bring."""
    has_file_uid = f"s.defaulted & {stage.uid_default_bit} = 0"
    taken = store.select(f"""
        SELECT n FROM (SELECT n, uid, row_number() OVER (PARTITION BY uid ORDER BY n) AS turn FROM stage s
                       WHERE {has_file_uid} AND NOT EXISTS (SELECT 1 FROM outcomes f WHERE f.n = s.n)) s
        WHERE turn > 1 OR EXISTS (SELECT 1 FROM leads l WHERE {records.ids_with_uid("l", "s.uid")})""")
    for (n,) in taken:
        store.connection.execute("UPDATE stage SET uid = ? WHERE n = ?", (next(uids), n))


def _insert_rows(operation: Operation, stage: Stage, fields: Sequence[str], alike: Mapping[str, Any]) -> None:
    store = operation.store
    now, actor = f"'{operation.at}'", "'" + store.actor.replace("'", "''") + "'" if store.actor else "NULL"
    values = {name: _stage_value(quote_name(name)) for name in (*fields, *match_key_columns.LEAD_KEYS)}
    del values["name_key"]
    values["other_name_key"] = "nullif(s.name_key, lower(s.name))"
    for stamp, usual in (("created_at", now), ("updated_at", now), ("created_by", actor)):
        stamp_value = values.get(stamp, "NULL")
        # A lead that brings its uid was a lead before: it has no other author than the one it names.
        is_without_author = f"s.defaulted & {stage.uid_default_bit} = 0" if stamp == "created_by" else "0"
        values[stamp] = f"coalesce({stamp_value}, CASE WHEN {is_without_author} THEN NULL ELSE {usual} END)"
    values |= {column: f":g{number}" for number, column in enumerate(alike)}
    columns = ", ".join(map(quote_name, values))
    _run(store, f"""INSERT INTO leads (id, {columns}) SELECT {NEW_ID}, {", ".join(values.values())}
                    FROM {new_rows_sql()}""",
         {f"g{number}": value for number, value in enumerate(alike.values())})  # fmt: skip


def _stage_value(column: str) -> str:
    """SQL for the value of a column of the stage, NULL for ''.

    nullif() would copy each of a million texts, and a copy takes a lock that other threads need.
    """
    return f"CASE WHEN s.{column} <> '' THEN s.{column} END"


def _add_tag(store: Store, block: Block, tag: str) -> None:
    """Give all new leads a tag, after their own."""
    after = "(SELECT max(t.position) + 1 FROM tags t WHERE t.record = 'lead' AND t.record_id = l.id)"
    _run(store, f"""INSERT INTO tags (record, record_id, position, value, other_key)
                    SELECT 'lead', l.id, coalesce({after}, 0), :tag, nullif(:key, :tag) FROM leads l
                    WHERE l.id BETWEEN :first AND :last ORDER BY l.id""",
         {"tag": tag, "key": tag.casefold(), **block._asdict()})  # fmt: skip


@contextmanager
def indexes_rebuilt_last(store: Store, block: Block, fields: Sequence[str]) -> Iterator[None]:
    """Where many leads come, more than there are, building the indexes anew beats adding to them row by row."""
    count = block.last - block.first + 1
    is_worth_it = count > block.first and count >= _MANY
    with rebuild_indexes(store, _indexes(store.type("lead"), fields) if is_worth_it else []):
        yield


def _indexes(type_: RecordType, fields: Sequence[str]) -> list[str]:
    """The statements that make those of columns the new rows fill."""
    filled = {*fields, *match_key_columns.LEAD_KEYS, "created_at"}
    names = [name for name in type_.indexes if filled & {*name.split(", ")}]
    return [*(schema.index_sql(type_, name) for name in names), *schema.SIDE_INDEXES]


@contextmanager
def rebuild_indexes(store: Store, statements: Sequence[str]) -> Iterator[None]:
    """Drop the indexes these statements make, and make them again at the end."""
    for statement in statements:
        _run(store, f"DROP INDEX IF EXISTS {schema.index_name(statement)}")
    yield
    for statement in statements:
        engine.give_back(store.connection)
        _run(store, statement)
    if statements:
        engine.give_back(store.connection)


def _run(store: Store, sql: str, bound: Mapping[str, Any] = {}) -> None:
    try:
        store.connection.execute(sql, bound)
    except engine.Error as error:
        raise failures.translate(error, failures.file_of(store.connection)) from error
