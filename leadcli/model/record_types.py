"""What a field and a kind of record are; `fields.py` declares all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from leadcli.errors import Usage
from leadcli.model.kinds import TEXT, Context, Kind


class Field(NamedTuple):
    """One field of a record.

    `sql` is the expression of a computed field over the row alias `r` (parameters :today and :now), else ''.
    `aliases` are further spellings in filters, `headers` further headers in imports.
    `to` says where conversion carries it: "account contact opportunity.name". `merge` is the rule for two different
    values: first | union | highest | furthest | join | earliest | address | open | never.
    `list` is the priority of its column on a narrow screen (0 = never dropped). `column` is set where the stored column
    has another name (custom fields: x_NAME), or where a computed field has a column with an index.
    `check` is an SQL condition on the column.
    """

    name: str
    kind: Kind = TEXT
    help: str = ""
    group: str = ""
    aliases: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    option: str = ""
    writable: bool = True
    exported: bool = True
    copied: bool = False
    merge: str = "first"
    to: str = ""
    sql: str = ""
    list: int = 5
    label: str = ""
    custom: bool = False
    required: bool = False
    check: str = ""
    column: str = ""

    @property
    def stored(self) -> bool:
        """A column of the record's own table."""
        return not self.sql and not self.kind.many

    @property
    def sql_column(self) -> str:
        return self.column or self.name

    @property
    def flag(self) -> str:
        """Its option on the command line: --close, --email; a field of one's own has none but --set."""
        if self.custom:
            return f"--set {self.name}"
        return "--" + (self.option or self.name).replace("_", "-")

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ")

    def parse(self, text: str, context: Context) -> Any:
        """The stored value of what was typed. Usage names the option, the text and the reason."""
        try:
            return self.kind.parse(text, context)
        except ValueError as error:
            raise unreadable(self.flag, text, error) from error


# How the records of a kind are listed, for whoever named one that is not there.
_LISTS = {
    "lead": "leadcli list --all", "account": "leadcli accounts", "contact": "leadcli contacts",
    "opportunity": "leadcli opportunities", "document": "leadcli document", "activity": "leadcli activities",
    "attachment": "leadcli attach list TARGET",
}  # fmt: skip


def list_hint(record: str) -> str:
    """`those there are: leadcli accounts`; '' for a record that no command lists."""
    return f"those there are: {_LISTS[record]}" if record in _LISTS else ""


def unreadable(where: str, text: str, error: ValueError) -> Usage:
    """The error for a text that a field cannot hold, with the remedy of a BadValue.

    Libraries give whole sentences, our kinds the rest of one ("is not a number").
    """
    reason = str(error)
    joint = ": " if reason[:1].isupper() else " "
    return Usage(f"{where} '{text}'{joint}{reason}", hint=getattr(error, "hint", ""))


class RecordType(NamedTuple):
    """A kind of record: its table, the letter before its id ('' for leads), its fields by name."""

    name: str
    table: str
    letter: str
    fields: Mapping[str, Field]
    indexes: tuple[str, ...] = ()

    def find(self, word: str) -> Field | None:
        """The field called `word`, by name or alias, hyphens as underscores, in any case."""
        name = word.casefold().replace("-", "_")
        return self.fields.get(name) or next((field for field in self.fields.values() if name in field.aliases), None)

    def stored(self) -> Iterator[Field]:
        return (field for field in self.fields.values() if field.stored)

    def many(self) -> Iterator[Field]:
        return (field for field in self.fields.values() if field.kind.many and not field.sql)

    def writable(self) -> Iterator[Field]:
        return (field for field in self.fields.values() if field.writable)

    def with_fields(self, custom: Iterable[Field]) -> RecordType:
        """The same record with further (custom) fields after its own."""
        return self._replace(fields={**self.fields, **{field.name: field for field in custom}})


def record_type(name: str, table: str, letter: str, *fields: Field, indexes: tuple[str, ...] = ()) -> RecordType:
    return RecordType(name, table, letter, {field.name: field for field in fields}, indexes)
