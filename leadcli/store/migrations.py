"""Brings an older file up to date: named steps kept by sqlite-utils' Migrations, in one transaction, after a copy.

Tables, columns and indexes that the registry has and a file lacks are added; anything else is a step, applied once and
in order. What lacks is decided under the lock, since another process may have been faster. Each step and its record
share a savepoint of sqlite-utils inside this transaction, so that a killed run leaves the old file or the new one.

The step of migration that keeps due dates which were typed as days as those days.

An older file kept a day as the moment at which it began where it was typed. Which zone that was stands nowhere, but the
journal has the command line: a date typed there as a day was at midnight in a zone in which it means this day.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlite_utils import Database, Migrations

from leadcli.errors import BadDatabase, LeadError
from leadcli.model.computed import last_letter_sql
from leadcli.model.fields import RECORDS
from leadcli.store import engine, schema
from leadcli.store.engine import follower_mark
from leadcli.store.people_views import drop_views, refresh_views
from leadcli.store.safety_copy import copy_beside
from leadcli.text.dates import words as date_words

if TYPE_CHECKING:
    from leadcli.store.engine import Connection

_MOMENT = 20  # letters of a stored moment
# UTC offsets in use, in minutes.
_OFFSETS = (
    *range(-12 * 60, 15 * 60, 60), -570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825,
)  # fmt: skip
_ADDING = ("task add", "log", "note", "add")  # the commands that made tasks, as the history has them
_TODAY = "today"  # what a task was due when nobody said when


class Origin(NamedTuple):
    """When a due date was written, and how it was typed; '' where the journal cannot tell."""

    at: str = ""
    typed: str = ""


_UNKNOWN = Origin()
_Days = Callable[[str, Origin], str | None]  # day_of


def convert_due_days(connection: Connection) -> None:
    """Days instead of moments in tasks, in what the journal keeps of tasks, and in the marks of rules on leads."""
    origins, read_day = _origins(connection), lru_cache(maxsize=65536)(day_of)
    days: dict[tuple[int, str], str] = {}  # (lead, moment): the day
    for id, record, owner, due in connection.execute(
        "SELECT id, record, record_id, due_at FROM activities WHERE due_at IS NOT NULL"
    ).fetchall():
        day = read_day(due, origins.get(id, _UNKNOWN))
        if day:
            connection.execute("UPDATE activities SET due_at = ? WHERE id = ?", (day, id))
            days |= {(owner, due): day} if record == "lead" else {}
    days |= _convert_deleted(connection, origins, read_day)
    _convert_changed(connection, origins, read_day)
    _convert_marks(connection, days)
    connection.execute("""
        UPDATE leads SET (due_at, other_due_at) = (
            SELECT min(first), CASE WHEN count(*) > 1 THEN max(first) END FROM (
                SELECT min(due_at) AS first FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id
                AND due_at IS NOT NULL AND done_at IS NULL GROUP BY length(due_at)))
        WHERE due_at IS NOT NULL""")


def _origins(connection: Connection) -> dict[int, Origin]:
    """Task -> where its due date comes from: the operation that added it first."""
    rules = {f"rule {name}": _typed_in_rule(actions) for name, actions in connection.execute(
        "SELECT name, actions FROM rules")}  # fmt: skip
    tasks = {row[0] for row in connection.execute("SELECT id FROM activities WHERE due_at IS NOT NULL")}
    origins: dict[int, Origin] = {}
    sql = """SELECT c.record_id, coalesce(c.last_id, c.record_id), c.field, c.reason, o.command, o.at
             FROM changes c JOIN operations o ON o.id = c.operation
             WHERE c.record = 'activity' AND c.field IN ('+', '-') ORDER BY c.id DESC"""
    for first, last, field, reason, command, at in connection.execute(sql):
        if field == "-":
            tasks.add(first)
            continue
        origin = Origin(at, rules.get(reason, "") if reason else typed_due(command))
        origins.update((id, origin) for id in range(first, last + 1) if id in tasks)
    return origins


def _typed_in_rule(actions: Any) -> str:
    try:
        return str(json.loads(actions).get("due") or _TODAY)
    except (TypeError, ValueError, AttributeError):
        return ""


@lru_cache(maxsize=4096)
def typed_due(command: str) -> str:
    """When a command line of the history says a task is due: --due, today without one, '' where it adds no task."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    if not command.startswith(tuple(f"{name} " for name in _ADDING)):
        return ""
    words = words[: words.index("--")] if "--" in words else words
    typed = [word.partition("=")[2] for word in words if word.startswith("--due=")]
    typed += [after for word, after in pairwise(words) if word == "--due"]
    return typed[-1] if typed else _TODAY


def day_of(due: str, origin: Origin) -> str | None:
    """The day that a stored moment was meant to be, or None for a time of day.

    A date typed as a day: the day it means in a zone in which the moment is a midnight. Else the day that begins at the
    moment here. Else, unless it was typed with a time, the day in the nearest zone in which the moment is a midnight.
    """
    if len(due) != _MOMENT:
        return None
    try:
        candidates = list(_midnights(due))
    except (ValueError, OverflowError, OSError):
        return None
    if origin.typed:
        for day, offset in candidates:
            if _means(origin, day, offset):
                return day.isoformat()
    here = date_words.local_day(due)
    if date_words.start_of(here.isoformat()) == due:
        return here.isoformat()
    if not candidates or (origin.typed and not _is_typed_day(origin.typed)):
        return None
    return candidates[0][0].isoformat()


def _midnights(due: str) -> Iterator[tuple[date, timedelta]]:
    """(day, UTC offset) of the zones in which a moment is a midnight, the nearest to the one here first."""
    moment = datetime.fromisoformat(due.replace("Z", "+00:00"))
    here = moment.astimezone().utcoffset() or timedelta()
    for offset in sorted((timedelta(minutes=each) for each in _OFFSETS), key=lambda each: (abs(each - here), -each)):
        local = moment + offset
        if (local.hour, local.minute, local.second) == (0, 0, 0):
            yield local.date(), offset


def _means(origin: Origin, day: date, offset: timedelta) -> bool:
    """What was typed, read in a zone at the time it was written, is this day."""
    try:
        written = datetime.fromisoformat(origin.at.replace("Z", "+00:00")).astimezone(UTC) + offset
        return date_words.parse_day(origin.typed, written.date()) == day
    except (LeadError, ValueError, OverflowError):
        return False


def _is_typed_day(typed: str) -> bool:
    try:
        return bool(date_words.parse_day(typed, date(2026, 1, 1)))
    except LeadError:
        return False


def _convert_deleted(connection: Connection, origins: dict[int, Origin], read_day: _Days) -> dict[tuple[int, str], str]:
    """The tasks that the journal keeps whole; their days as convert_due_days collects them."""
    days: dict[tuple[int, str], str] = {}
    sql = "SELECT id, record_id, old FROM changes WHERE record = 'activity' AND field = '-'"
    for change, id, text in connection.execute(sql).fetchall():
        task = json.loads(text)
        due = task.get("due_at")
        day = read_day(due, origins.get(id, _UNKNOWN)) if due else None
        if day:
            whole = json.dumps({**task, "due_at": day}, ensure_ascii=False)
            connection.execute("UPDATE changes SET old = ? WHERE id = ?", (whole, change))
            days |= {(task["record_id"], due): day} if task.get("record") == "lead" else {}
    return days


def _convert_changed(connection: Connection, origins: dict[int, Origin], read_day: _Days) -> None:
    """Due dates that were changed: what was, and what came instead."""
    sql = "SELECT id, record_id, old, new FROM changes WHERE record = 'activity' AND field = 'due_at'"
    for change, id, *values in connection.execute(sql).fetchall():
        days = [due and (read_day(due, origins.get(id, _UNKNOWN)) or due) for due in values]
        connection.execute("UPDATE changes SET old = ?, new = ? WHERE id = ?", (*days, change))


def _convert_marks(connection: Connection, days: dict[tuple[int, str], str]) -> None:
    """A rule that acted on an overdue task has noted which: it must know it again."""
    sql = "SELECT id, record_id, new FROM changes WHERE record = 'lead' AND field LIKE 'rule %' AND length(new) = 20"
    marks = [(days[(lead, due)], id) for id, lead, due in connection.execute(sql) if (lead, due) in days]
    connection.executemany("UPDATE changes SET new = ? WHERE id = ?", marks)


class Upgrade(NamedTuple):
    """What was done: the formats before and after, and the copy made first."""

    old_format: int
    new_format: int
    copied: Path

    def __str__(self) -> str:
        formats = f"from format {self.old_format} to {self.new_format}" if self.old_format < self.new_format else (
            f"(format {self.new_format})")  # fmt: skip
        return f"upgraded the desk {formats}; the copy is {self.copied}."


def open_database(connection: engine.Connection) -> Database:
    """An open connection as sqlite-utils sees it; neither its plugins nor its settings touch the connection."""
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def upgrade_file(path: Path, *, lock_timeout: float | None) -> Upgrade | None:
    """Bring the file up to date. None when it lacked no data: another process was faster, or only an index was missing.

    Raises BadDatabase, Busy after `lock_timeout`, Failed when there is no room for the copy.
    """
    with closing(engine.connect(path, write=True, lock_timeout=lock_timeout)) as connection:
        with engine.transaction(connection, lock_timeout=lock_timeout):
            if not schema.is_outdated(connection):
                return None
            old_format = connection.execute("PRAGMA user_version").fetchone()[0]
            copied = _copy_before(path, lock_timeout) if lacks_data(connection) else None
            _upgrade_schema(connection)
        return Upgrade(old_format, schema.VERSION, copied) if copied else None


def _copy_before(path: Path, lock_timeout: float | None) -> Path:
    """The copy, by a connection of its own: SQLite does not copy from one that holds the lock."""
    with closing(engine.connect(path, write=False, lock_timeout=lock_timeout)) as connection:
        return copy_beside(connection, path, f"before-{schema.registry_fingerprint()}")


def _upgrade_schema(connection: engine.Connection) -> None:
    database = open_database(connection)
    drop_views(connection)
    statements = {schema.statement_name(each): each for each in schema.schema_statements(RECORDS.values())}
    there = _names_in(connection)
    for name, statement in statements.items():
        if statement.startswith("CREATE TABLE") and name not in there:
            connection.execute(statement)
    for table, definition in missing_columns(connection):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")
    there = _names_in(connection)
    for name, statement in statements.items():
        if name not in there:
            connection.execute(statement)
    _adopt_records(database)
    steps().apply(database)
    refresh_views(connection)
    fingerprint = schema.registry_fingerprint()
    if not connection.execute("UPDATE settings SET value = ? WHERE name = 'registry'", (fingerprint,)).rowcount:
        connection.execute("INSERT INTO settings (name, value) VALUES ('registry', ?)", (fingerprint,))
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _names_in(connection: engine.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}


def _adopt_records(database: Database) -> None:
    """The records of steps that a file of an earlier format keeps in a table of leadcli's own move to sqlite-utils'."""
    steps().ensure_migrations_table(database)
    if schema.OLD_STEP_TABLE not in database.table_names():
        return
    old = database.table(schema.OLD_STEP_TABLE)
    rows = [{"migration_set": schema.STEP_SET, "name": row["name"], "applied_at": row["at"]} for row in old.rows]
    database.table(schema.STEP_TABLE).insert_all(rows, ignore=True)
    old.drop()


def lacks_data(connection: engine.Connection) -> bool:
    """True when the file lacks more than what makes it faster: a column, or a step that was not applied."""
    return bool(missing_columns(connection) or pending_steps(connection))


def pending_steps(connection: engine.Connection) -> list[str]:
    """The named steps this program has and the file has not gone through."""
    database = open_database(connection)
    applied = {each.name for each in steps().applied(database)}
    if schema.OLD_STEP_TABLE in database.table_names():
        applied |= {row["name"] for row in database.table(schema.OLD_STEP_TABLE).rows}
    return [name for name in schema.STEPS if name not in applied]


def missing_columns(connection: engine.Connection) -> list[tuple[str, str]]:
    """(table, column definition) of what a new file would have and this one lacks."""
    missing = []
    for record in RECORDS.values():
        # Not sqlite-utils' columns, which leave out those that SQLite computes.
        there = {row[1] for row in connection.execute(f"PRAGMA table_xinfo({record.table})")}
        missing += [(record.table, text) for name, text in schema.columns_of(record).items() if name not in there]
    return missing


def may_upgrade(connection: engine.Connection, path: Path, *, write: bool) -> bool:
    """Whether to bring a file up to date: a follower never, for reading only a file of this user's own.

    False means to read it as it is; BadDatabase where that cannot be, as the file lacks something.
    """
    if follower_mark(path) is not None:
        if lacks_data(connection):
            raise BadDatabase(
                f"{path} follows a desk that an older leadcli wrote, and a follower cannot be brought up to date.",
                hint="write to the desk it follows with this version once: any change brings it up to date",
            )
        return False
    if write or not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid():
        return True
    if lacks_data(connection):
        raise BadDatabase(
            f"{path} was written by an older leadcli and belongs to another user, so reading does not change it.",
            hint="let its owner run a command, or bring it up to date yourself: leadcli doctor --fix",
        )
    return False


def steps() -> Migrations:
    """The steps that change shape or data, in the order of schema.STEPS."""
    migrations = Migrations(schema.STEP_SET)
    for name in schema.STEPS:
        migrations(name=name)(_STEPS[name])
    return migrations


def _deduplicate_keys(database: Database) -> None:
    """Keys that repeat their value, and moments of leads that never moved, are stored no more."""
    for table in schema.KEYED:
        _deduplicate_list_keys(database.conn, table)
    lead = RECORDS["lead"]
    names = ("uid", "name_key")
    for name in names:
        database.table("leads").drop_index(f"leads_{name}")
    database.execute("""UPDATE leads SET moved_at = CASE WHEN status_at <> created_at THEN status_at END,
                        other_name_key = nullif(coalesce(name_key, ''), coalesce(lower(name), ''))""")
    definitions = schema.virtual_columns(lead)
    for name in ("name_key", "status_at"):
        database.execute(f"ALTER TABLE leads DROP COLUMN {name}")
        database.execute(f"ALTER TABLE leads ADD COLUMN {definitions[name]}")
    for name in names:
        database.execute(schema.index_sql(lead, name))


def _deduplicate_list_keys(connection: engine.Connection, table: str) -> None:
    """Not by sqlite-utils' transform, which loses computed columns."""
    names, usual = ", ".join(schema.list_columns(table)), schema.KEYED[table]
    connection.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    connection.execute(schema.list_table_sql(table))
    connection.execute(
        f"INSERT INTO {table} ({names}, other_key) SELECT {names}, nullif(key, {usual}) FROM {table}_before"
    )
    connection.execute(f"DROP TABLE {table}_before")
    connection.execute(f"CREATE INDEX {table}_key ON {table}(key)")


def _index_closed(database: Database) -> None:
    """What was won and lost lately is read from one index, which is there already."""
    database.execute("DROP INDEX IF EXISTS leads_closed_at")


def _days_as_days(database: Database) -> None:
    """A due date typed as a day is kept as that day."""
    convert_due_days(database.conn)


def _find_last_letters(database: Database) -> None:
    """Leads with an e-mail on their timeline know who wrote last."""
    of_lead = "a.record = 'lead' AND a.record_id = leads.id"
    database.execute(f"""
        UPDATE leads SET unanswered_at = {last_letter_sql("in", of_lead)},
            awaiting_at = {last_letter_sql("out", of_lead)}
        WHERE id IN (SELECT record_id FROM activities WHERE record = 'lead' AND kind = 'email')""")


_STEPS: dict[str, Callable[[Database], None]] = {
    "store-once": _deduplicate_keys,
    "closed-together": _index_closed,
    "due-days": _days_as_days,
    "last-letters": _find_last_letters,
}
