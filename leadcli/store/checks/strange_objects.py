"""What of a stranger's in a file would run by itself, by its name, with what it would do and the remedy.

A trigger on a desk's tables would change leads behind a command's back, a view in place of a table or a computed column
would run whatever it says each time a list is drawn. Tables, views and indexes of the user's own under other names, and
what Litestream keeps, are nobody's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from leadcli.errors import BadDatabase
from leadcli.store import engine, schema

_NAMED = 3  # so many an error names
_LONGEST = 60  # letters of a name
_REFERS = r"(?is)\b(?:into|update(?:\s+or\s+\w+)?|from|join)\s+(?:(?:main|\"main\")\s*\.\s*)?[\"`\[']?({names})\b"
_COMMENT = r"--[^\n]*|/\*.*?\*/"
_TEXT = _COMMENT + r"|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]"


class StrangeObject(NamedTuple):
    """Something of a stranger's in the file; `kind` is trigger, view, table or column, `table` the one it is about."""

    kind: str
    name: str
    table: str

    @property
    def sentence(self) -> str:
        """What it is and what it would do."""
        name = on_one_line(self.name)
        if self.kind == "trigger":
            return f"the trigger {name} would run its own SQL when {on_one_line(self.table)} changes"
        if self.kind == "column":
            return f"the column {name} of {self.table} is computed by SQL that is not leadcli's"
        article = "a view" if self.kind == "view" else "a virtual table"
        return f"{name} is {article}, where leadcli keeps a table"

    @property
    def remedy(self) -> str:
        """How to be rid of it."""
        name = schema.quote_name(on_one_line(self.name))
        if self.kind == "trigger":
            return f"take it out, after a copy: leadcli doctor --fix; or: DROP TRIGGER {name}"
        if self.kind == "column":
            return f"ask who made it, or: ALTER TABLE {self.table} DROP COLUMN {name}"
        return "restore a backup; this is not a file leadcli wrote"


class StrangeSchema(BadDatabase):
    """The file holds SQL that would run by itself; `objects` are what was met."""

    def __init__(self, path: Path, objects: Sequence[StrangeObject]) -> None:
        count = len(objects)
        rest = f" and {count - _NAMED} more" if count > _NAMED else ""
        listed = "; ".join(each.sentence for each in objects[:_NAMED])
        super().__init__(f"{path} is not used as it is: {listed}{rest}.", hint=objects[0].remedy)
        self.objects = objects

    @property
    def only_triggers(self) -> bool:
        """Nothing but what can be taken out without a loss."""
        return all(each.kind == "trigger" for each in self.objects)


def on_one_line(name: str) -> str:
    """A stranger's name inside a sentence, where it may neither begin a line of its own nor go on for ever."""
    line = " ".join(name.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def judge(connection: engine.Connection, suspects: Sequence[tuple[str, str, str, str]]) -> list[StrangeObject]:
    """What is strange among the suspects: (type, name, table, SQL) each. Nothing of it is run."""
    tables = schema.table_names()
    views = {name.lower() for kind, name, _, _ in suspects if kind == "view"}
    objects: list[StrangeObject] = []
    for kind, name, table, sql in suspects:
        if kind == "trigger":
            if _touches(table.lower(), sql, views=views):
                objects.append(StrangeObject("trigger", name, table))
        elif name.lower() not in tables:
            continue
        elif kind == "view":
            objects.append(StrangeObject("view", name, name))
        elif sql.lower().lstrip().startswith("create virtual"):
            objects.append(StrangeObject("table", name, name))
        else:
            objects += _computed(connection, name, sql.lower())
    return objects


def drop_triggers(path: Path, objects: Sequence[StrangeObject], *, copied: Path) -> list[str]:
    """Take the triggers out of the file, after a copy of it at `copied` was made; the names of what went."""
    names = [each.name for each in objects if each.kind == "trigger"]
    connection = engine.connect(path, write=True)
    try:
        engine.copy(connection, copied)
        with engine.transaction(connection):
            for name in names:
                connection.execute(f"DROP TRIGGER {schema.quote_name(name)}")
    finally:
        connection.close()
    return names


def _touches(table: str, sql: str, *, views: set[str]) -> bool:
    """A trigger on our tables; or on another table, which a foreign key may set off, that reaches for ours."""
    import re

    names = schema.table_names()
    if table in names or any(table.startswith(f"{name}_") for name in schema.SEARCH):
        return True
    if table in views:  # INSTEAD OF: only who writes to that view sets it off
        return False
    text = re.sub(_COMMENT, " ", sql, flags=re.DOTALL)
    return bool(re.search(_REFERS.format(names="|".join(sorted(names))), text))


def _computed(connection: engine.Connection, table: str, sql: str) -> list[StrangeObject]:
    """The computed columns of a table that are not as leadcli makes them; those of ours if all have names of ours."""
    import re

    for literal in schema.computed_columns():
        sql = sql.replace(literal.lower(), " ")
    if not re.search(r"\bas\s*\(", re.sub(_TEXT, " ", sql, flags=re.DOTALL)):
        return []  # a word in a name or a text
    columns = connection.execute(f"PRAGMA table_xinfo({schema.quote_name(table)})").fetchall()
    computed = [row[1] for row in columns if row[6] in (2, 3)]
    ours = {literal.split()[0] for literal in schema.computed_columns()}
    strange = [name for name in computed if name not in ours] or computed
    return [StrangeObject("column", name, table) for name in strange]
