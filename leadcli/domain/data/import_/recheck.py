"""What went from the desk while files were read: fields and values the rows rely on. Looked at under the lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadcli.domain.pipeline import rules
from leadcli.errors import Busy
from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Choice
from leadcli.store.bulk.row_matching import RowMatcher
from leadcli.store.bulk.staging import Stage
from leadcli.store.store import Store

AGAIN = "nothing was imported. Import again"


class DeskSnapshot:
    """The closed vocabularies and the fields a row was read against."""

    def __init__(self, store: Store, type_: RecordType, *, added: Sequence[Field]) -> None:
        self.type, self.added = type_, {field.name for field in added}
        self.first = rules.first_open_status(store)
        self.labels = {name: {option.label for option in store.options(_vocabulary(type_.fields[name]))}
                       for name in _closed_fields(type_)}  # fmt: skip

    def compare(self, store: Store, stage: Stage, *, create: bool) -> None:
        """Refuse rows whose value went, follow values that are spelt otherwise now. Busy for a field that went.

        With `create` a value that went is a new one, as always.
        """
        store.forget()
        self._check_fields(store, stage)
        for name, before in self.labels.items():
            field = self.type.fields[name]
            gone = before - {option.label for option in store.options(_vocabulary(field))}
            if name == "status" and self.first in gone:
                raise Busy(f"the first status changed while files were read; {AGAIN}.", hint="all: leadcli status")
            for label in sorted(gone):
                self._check_value(store, stage, field, label, create=create)

    def _check_fields(self, store: Store, stage: Stage) -> None:
        now: Mapping[str, Field] = store.type("lead").fields
        for field in self.type.fields.values():
            if not field.custom or field.name in self.added or field.sql_column not in stage.columns:
                continue
            same = now.get(field.name)
            if same is None or same.column != field.column or type(same.kind) is not type(field.kind):
                raise Busy(f"the field {field.name} went or changed while files were read; {AGAIN}.",
                           hint="your fields: leadcli field list")  # fmt: skip

    def _check_value(self, store: Store, stage: Stage, field: Field, label: str, *, create: bool) -> None:
        table, column = ("stage_products", "product") if field.kind.many else ("stage", field.sql_column)
        there = field.kind.many or column in stage.columns
        rows = RowMatcher(store, stage).rows_with(table, column, label) if there else ()
        kind = field.kind if isinstance(field.kind, Choice) else Choice(_vocabulary(field))
        try:
            now = str(kind.parse(label, store.context))
        except ValueError as error:
            for n in () if create else rows:
                stage.reject(n, field.name, f"'{label}' {error}")
            return
        if rows and not field.kind.many:
            stage.respell(column, now, label)


def _closed_fields(type_: RecordType) -> list[str]:
    """The fields whose values must be known: choices that are no open lists, and products."""
    return [name for name, field in type_.fields.items() if not field.sql and _vocabulary(field)]


def _vocabulary(field: Field) -> str:
    if field.name == "products":
        return "product"
    return field.kind.vocabulary if isinstance(field.kind, Choice) and not field.kind.open else ""
