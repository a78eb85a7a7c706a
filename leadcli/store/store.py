"""Store: one open desk. It reads records (get, find, count, rows), its registry with custom fields, its vocabularies.

Reads are plain SELECTs that give dicts; every write goes through `begin_operation` of store/journal/operation.py.

The first look at a file, before anything is read from it: does it hold SQL that would run by itself?

A desk may come from anybody. leadcli has no trigger and no view, and computes only the columns that
`schema.computed_columns` lists; what looks different is judged in `strange_objects`, which is loaded only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from leadcli.errors import NotFound
from leadcli.model.carriers import NamedTuple
from leadcli.model.fields import RECORDS, Field, RecordType, custom_field, list_hint
from leadcli.model.kinds import ChoiceOption, Context, Record, Reference
from leadcli.query import Query, compile_where, order_by
from leadcli.store import engine, schema
from leadcli.store.failures import translate

# SQLite itself leaves out most tables in 40 microseconds: a computed column says AS, a virtual table has no page.
_SUSPECTS = """SELECT type, name, tbl_name, sql FROM sqlite_schema
               WHERE type IN ('trigger', 'view') OR type = 'table' AND (rootpage = 0 OR sql LIKE '%as%')"""


def refuse_strange_schema(connection: engine.Connection, path: Path) -> None:
    """Raise StrangeSchema (exit 6) for SQL in the file that is not leadcli's and would run by itself."""
    suspects = find_suspects(connection)
    if not suspects:
        return
    from leadcli.store.checks.strange_objects import StrangeSchema, judge

    objects = judge(connection, suspects)
    if objects:
        raise StrangeSchema(path, objects)


def find_suspects(connection: engine.Connection) -> list[tuple[str, str, str, str]]:
    """(type, name, table, SQL) of all in the file that is no plain table, search table or index of leadcli's kind."""
    rows: list[Any] = connection.execute(_SUSPECTS).fetchall()
    return [row for row in rows if row[0] != "table" or not _is_plain(row[1], row[3].lower())]


def _is_plain(name: str, sql: str) -> bool:
    """A table without computed columns but ours, or one of our full-text tables. `sql` in small letters."""
    if sql.lstrip().startswith("create virtual"):
        return name.lower() in schema.SEARCH and "using fts5(" in sql and "content=''" in sql
    for literal in schema.computed_columns():
        sql = sql.replace(literal.lower(), " ")
    at = sql.find("as")
    while at >= 0:
        if not _continues(sql[at - 1 : at]) and not _continues(sql[at + 2 : at + 3]):
            return False
        at = sql.find("as", at + 2)
    return True


def _continues(letter: str) -> bool:
    """It belongs to a word, so that an `as` beside it is only a part of one."""
    return letter.isalnum() or letter in ("_", "$")


PAGE = 1000
# More matches than this and walking the ids is cheaper than collecting and sorting what an index finds.
_MANY = 2000


class Session(NamedTuple):
    """What a store needs to know about this run: who, when, which command, and the personal settings."""

    actor: str
    now: datetime
    context: Context
    command: str = ""
    config: Mapping[str, Any] = {}
    lock_timeout: float | None = engine.LOCK_TIMEOUT
    waiting: Any = None
    keep: bool = True
    react: Callable[[Any], None] | None = None  # what the desk does by itself after an operation (journal.Operation)
    hooks: bool = True  # false with --no-hooks: no hook, and no command or mail of a rule
    apart: bool = False  # sums of money: each currency by itself, nothing converted
    warn: Callable[[str], None] = lambda sentence: None  # says what went not quite as asked
    say: Callable[[str], None] = lambda sentence: None  # says what was done besides; silent with --quiet

    def choose_verb(self, done: str, would: str) -> str:
        """How a sentence about a change begins: "Added", or "Would add" in a dry run."""
        return done if self.keep else f"Would {would}"

    @property
    def undo_hint(self) -> str:
        """How a sentence about a change ends: " Undo: leadcli undo", nothing in a dry run."""
        return " Undo: leadcli undo" if self.keep else ""


class Store:
    """One open database. `context` is the run's, with this desk's vocabularies."""

    def __init__(
        self, connection: engine.Connection, desk: Session, *, path: Path | None = None, write: bool = False
    ) -> None:
        self.connection, self.desk, self.path, self.write = connection, desk, path, write
        self.context = desk.context._replace(options=self.options)
        self.upgraded = ""  # what was done to an older file before it was opened
        self.running: Any = None  # an operation that several verbs share (journal.join_operations)
        self.last_operation: int | None = None  # the last one this store committed
        self.warned: set[str] = set()  # the rules that were warned of in this run
        self._options: dict[str, list[ChoiceOption]] = {}

    def renew(self, desk: Session) -> None:
        """Another deed of a program that goes on: its own moment and command."""
        self.desk = desk
        self.warned.clear()
        self.context = desk.context._replace(options=self.options)

    @property
    def config(self) -> Mapping[str, Any]:
        return self.desk.config

    @property
    def actor(self) -> str:
        return self.desk.actor

    @property
    def now(self) -> str:
        """This moment, UTC text."""
        return utc_text(self.desk.now)

    @property
    def today(self) -> str:
        return self.desk.context.today.isoformat()

    @cached_property
    def records(self) -> Mapping[str, RecordType]:
        """The registry with this desk's custom fields."""
        sql = 'SELECT name, type, "column", coalesce(required, 0) FROM custom_fields ORDER BY position, id'
        customs = [custom_field(row[0], type=row[1], column=row[2], required=bool(row[3])) for row in self.select(sql)]
        return {**RECORDS, **{name: RECORDS[name].with_fields(customs) for name in CUSTOMISED}} if customs else RECORDS

    def type(self, record: str) -> RecordType:
        return self.records[record]

    def forget(self) -> None:
        """Read vocabularies and custom fields anew: one of them was just written."""
        self._options = {}
        self.__dict__.pop("records", None)

    def options(self, vocabulary: str) -> Sequence[ChoiceOption]:
        """The values of a vocabulary in order, inactive ones included."""
        if not self._options:
            sql = """SELECT field, key, label, position, coalesce(colour, ''), coalesce(state, ''), active, rot_days,
                            allow, next, id,
                            price, coalesce(currency, ''), also FROM options ORDER BY position, id"""
            for row in self.select(sql):
                allow, follow, also = (_choice_list(row, text) if text else () for text in (*row[8:10], row[13]))
                self._options.setdefault(row[0], []).append(
                    ChoiceOption._make([*row[:8], allow, follow, *row[10:13], also])
                )
        return self._options.get(vocabulary, [])

    def select(self, sql: str, parameters: Any = ()) -> list[Any]:
        """Rows of a reading statement as tuples."""
        return engine.select(self.connection, sql, parameters)

    def bound(self, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Parameters with :today and :now, which computed fields use."""
        return {"today": self.today, "now": self.now, **(parameters or {})}

    def get(self, record: str, id: int, *, fields: Iterable[str] | None = None) -> Record:
        """One record, all its fields unless `fields` says which. NotFound when there is none."""
        records = self.fetch(record, [id], fields=fields)
        if not records:
            raise NotFound(f"no {record} {self.type(record).letter}{id}.", hint=list_hint(record))
        return records[0]

    def fetch(self, record: str, ids: Sequence[int], *, fields: Iterable[str] | None = None) -> list[Record]:
        """The records with these ids that exist, in the order of `ids` (ints, whose list is JSON as it is written)."""
        selected = self._select_fields(record, fields)
        sql = f"""SELECT {self.columns(selected)} FROM {self.type(record).table} r
                  WHERE r.id IN (SELECT value FROM json_each(:ids))"""
        rows = self.select(sql, self.bound({"ids": str(list(ids))}))
        by_id = {row["id"]: row for row in self._to_records(record, selected, rows)}
        return [by_id[id] for id in ids if id in by_id]

    def count(self, record: str, query: Query, *, limit: int = 0) -> int:
        """How many match; counting stops at `limit` when one is given."""
        condition, table = compile_where(query, self.context), self.type(record).table
        if not limit:
            from leadcli.store.reads import counts

            return counts.count_rows(self, table, condition)
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} r WHERE {condition.sql} LIMIT {limit})"
        return int(self.select(sql, self.bound(condition.params))[0][0])

    def ids(self, record: str, query: Query, *, sort: str = "", limit: int = 0) -> list[int]:
        """The ids that match, in order."""
        return [row[0] for row in self.cursor(record, query, "r.id", sort=sort, limit=limit)]

    def find(
        self, record: str, query: Query, *, fields: Iterable[str] | None = None, sort: str = "", limit: int = 0
    ) -> list[Record]:
        """The records that match, as a list."""
        return list(self.rows(record, query, fields=fields, sort=sort, limit=limit))

    def rows(
        self, record: str, query: Query, *, fields: Iterable[str] | None = None, sort: str = "", limit: int = 0
    ) -> Iterator[Record]:
        """The records that match, a page in memory at a time; one consistent read while it is iterated."""
        selected = self._select_fields(record, fields)
        cursor = self.cursor(record, query, self.columns(selected), sort=sort, limit=limit)
        while page := cursor.fetchmany(PAGE):
            yield from self._to_records(record, selected, page)

    def every(self, record: str) -> list[Record]:
        """All rows of a small record (views, rules, templates), by id."""
        names = [field.name for field in self.type(record).stored()]
        columns = ", ".join(schema.quote_name(self.type(record).fields[name].sql_column) for name in names)
        return [
            dict(zip(names, row, strict=True))
            for row in self.select(f"SELECT {columns} FROM {self.type(record).table} ORDER BY id")
        ]

    def find_named(self, record: str, name: str, **values: str) -> Record | None:
        """The row of a small record called `name` (in any case) whose other fields equal `values`, or None."""
        key = name.casefold()
        for row in self.every(record):
            if row["name"].casefold() == key and all(row[field] == value for field, value in values.items()):
                return row
        return None

    def cursor(self, record: str, query: Query, columns: str, *, sort: str, limit: int) -> Any:
        """A running SELECT of these columns, of the records that match."""
        condition = compile_where(query, self.context)
        parameters = self.bound(condition.params)
        type_, by = self.type(record), order_by(sort, self.type(record), self.context)
        walk = ""
        if by in ("r.id", "r.id DESC") and condition.sql != "1":
            # Where a list of ids comes first (free text, an e-mail), those are walked in any case.
            many = condition.sql.startswith("r.id IN (SELECT ")
            probe = f"SELECT count(*) FROM (SELECT 1 FROM {type_.table} r WHERE {condition.sql} LIMIT {_MANY + 1})"
            walk = "NOT INDEXED" if many or self.select(probe, parameters)[0][0] > _MANY else ""
        sql = f"SELECT {columns} FROM {type_.table} r {walk} WHERE {condition.sql} ORDER BY {by}"
        try:
            return self.connection.execute(f"{sql} LIMIT {limit}" if limit else sql, parameters)
        except engine.Error as error:
            raise translate(error, str(self.path or "")) from error

    def _select_fields(self, record: str, fields: Iterable[str] | None) -> list[Field]:
        """The fields asked for; the id always, the currency wherever money is."""
        every = self.type(record).fields
        if fields is None:
            return list(every.values())
        names = dict.fromkeys(["id", *fields])
        if "currency" in every and any(every[name].kind.filter in ("money", "many") for name in names if name in every):
            names["currency"] = None
        return [every[name] for name in names]

    def columns(self, fields: Sequence[Field]) -> str:
        """What to SELECT for fields that are no lists."""
        flat = (field for field in fields if field.sql or not field.kind.many)
        return ", ".join(field.sql or f"r.{schema.quote_name(field.sql_column)}" for field in flat)

    def _to_records(self, record: str, fields: Sequence[Field], rows: Sequence[Any]) -> list[Record]:
        """Rows -> dicts, the many-valued fields filled in by one SELECT each."""
        names = [field.name for field in fields if field.sql or not field.kind.many]
        records = [dict(zip(names, row, strict=True)) for row in rows]
        for field in fields:
            if field.kind.many and not field.sql:
                lists = self.lists(record, field, [row["id"] for row in records])
                for row in records:
                    row[field.name] = lists.get(row["id"], [])
        return records

    def lists(self, record: str, field: Field, ids: Sequence[int]) -> dict[int, list[Any]]:
        """A many-valued field of several records: id -> its items in order."""
        columns: tuple[str, ...] = field.kind.columns  # type: ignore[attr-defined]
        # Neighbours: one walk through the table instead of many look-ups.
        close = ids and max(ids) - min(ids) < 2 * len(ids)
        among = "BETWEEN :low AND :high" if close else "IN (SELECT value FROM json_each(:ids))"
        sql = f"""SELECT record_id, {", ".join(columns)} FROM {field.kind.many}
                  WHERE record = :record AND record_id {among} ORDER BY record_id, position"""
        bound = {"low": min(ids), "high": max(ids)} if close else {"ids": str(list(ids))}
        items_of: dict[int, list[Any]] = {}
        for row in self.select(sql, {"record": record, **bound}) if ids else ():
            item = row[1] if len(columns) == 1 else dict(zip(columns, row[1:], strict=True))
            items_of.setdefault(row[0], []).append(item)
        return items_of

    def setting(self, name: str) -> str:
        """A setting that travels with the desk; '' when it is not there."""
        rows = self.select("SELECT value FROM settings WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def holders(self, table: str, item: Record, *, record: str = "lead") -> list[int]:
        """Ids of the records that have this e-mail or phone, by its match key; the newest first."""
        from leadcli.store.match_key_columns import side_key  # only loaded where a key is looked up

        sql = f"SELECT DISTINCT record_id FROM {table} WHERE key = ? AND record = ? ORDER BY record_id DESC LIMIT 20"
        return [row[0] for row in self.select(sql, (side_key(table, item), record))]

    def children(self, child: str, record: str, id: int) -> list[int]:
        """Ids of the activities, attachments or documents that belong to a record."""
        return self.children_of(child, record, [id]).get(id, [])

    def children_of(self, child: str, record: str, ids: Sequence[int]) -> dict[int, list[int]]:
        """`children` of several records: id -> ids of the activities, attachments or documents."""
        sql = f"""SELECT record_id, id FROM {self.type(child).table} WHERE record = ?
                  AND record_id IN (SELECT value FROM json_each(?)) ORDER BY record_id, id"""
        children: dict[int, list[int]] = {}
        for id, each in self.select(sql, (record, str(list(ids)))):
            children.setdefault(id, []).append(each)
        return children

    def pointing_to(self, record: str, ids: Sequence[int]) -> dict[int, list[str]]:
        """Id -> "lead 12", "contact C9": the records whose link is one of these."""
        names: dict[int, list[str]] = {}
        for type_ in self.records.values():
            for field in type_.stored():
                if isinstance(field.kind, Reference) and field.kind.record == record:
                    column = schema.quote_name(field.sql_column)
                    sql = f"""SELECT {column}, id FROM {type_.table}
                              WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY id"""
                    for id, other in self.select(sql, (str(list(ids)),)):
                        names.setdefault(id, []).append(f"{type_.name} {type_.letter}{other}")
        return {id: names[id] for id in ids if id in names}

    def merged_into(self, record: str, id: int) -> int:
        """Where a record merged away lives on (chains followed); `id` itself when it was not merged."""
        seen = {id}
        while rows := self.select("SELECT new_id FROM merged WHERE kind = ? AND old_id = ?", (record, id)):
            id = rows[0][0]
            if id in seen:
                break
            seen.add(id)
        return id

    def close(self) -> None:
        engine.close(self.connection, self.path, wrote=self.write)


CUSTOMISED = ("lead", "account", "contact", "opportunity")


def _choice_list(option: Sequence[Any], text: str) -> tuple[str, ...]:
    from leadcli.store.reads.choices import choice_list  # most desks never set what is kept as JSON

    return choice_list(option, text)


def utc_text(now: datetime) -> str:
    """An aware time -> UTC text."""
    from datetime import UTC

    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def open_store(path: Path, desk: Session, *, write: bool) -> Store:
    """Open an existing desk. Raises NotFound, BadDatabase, Busy, Failed.

    An older file is brought up to date first (reading, only one's own); `upgraded` then says so, and names the copy.
    """
    engine.identify(path, schema.VERSION)
    try:
        connection = _connect(path, desk, write=write)
        upgraded = None
        if schema.is_outdated(connection):
            from leadcli.store import migrations  # it loads sqlite-utils

            if migrations.may_upgrade(connection, path, write=write):
                # SQLite before 3.51.3 leaves the write-ahead log, for which no other connection may be open.
                connection.close()
                upgraded = migrations.upgrade_file(path, lock_timeout=desk.lock_timeout)
                connection = _connect(path, desk, write=write)
        store = Store(connection, desk, path=path, write=write)
        store.upgraded = str(upgraded or "")
        return store
    except engine.FAILURES as error:
        raise translate(error, str(path)) from error


def _connect(path: Path, desk: Session, *, write: bool) -> engine.Connection:
    connection = engine.connect(path, write=write, lock_timeout=desk.lock_timeout)
    refuse_strange_schema(connection, path)
    return connection


def create_store(path: Path, desk: Session, fill: Any, *, replace: bool = False) -> bool:
    """Make a new desk at `path`; `fill(store)` writes its vocabulary. False when another process made it first."""

    def build(connection: engine.Connection) -> None:
        schema.build_schema(connection)
        fill(Store(connection, desk, write=True))

    return engine.create(path, build, replace=replace)


def memory_store(desk: Session, fill: Any) -> Store:
    """A desk in memory, for dry runs where there is no file yet."""
    connection = engine.memory()
    schema.build_schema(connection)
    store = Store(connection, desk, write=True)
    fill(store)
    return store
