"""Rows of cells -> rows of a stage: every value read, checked and keyed, every problem named. Knows no database.

It works a column at a time: a million rows pass through here, and what is done once a column costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import compress, repeat
from typing import Any, NamedTuple

from leadcli.domain.data.import_.columns.map_by_row import Columns
from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.rows.contacts import Contacts, Lists
from leadcli.domain.data.import_.rows.identity import Identity
from leadcli.domain.data.import_.rows.new_lead_defaults import NewLeadDefaults
from leadcli.domain.data.import_.rows.row_batch import Plain, RowBatch
from leadcli.domain.data.import_.rows.values import (
    InvalidValue,
    MoneyColumn,
    Sum,
    Unread,
    ValueReader,
    fill_blanks,
    value_reader,
)
from leadcli.model.fields import RecordType
from leadcli.model.kinds import Choice, Context, Money
from leadcli.store.match_key_columns import LEAD_KEYS

# The stage's own columns, before those of the fields.
STAGE_COLUMNS = ("n", "file", "number", "key", "former", "hash", "defaulted", "reachable", *LEAD_KEYS)


class Batch(NamedTuple):
    """Converted rows, in plain tuples that a pipe carries.

    `rows` are tuples in the order of `columns`, those of the stage that hold anything in this batch; `lists` table ->
    rows (n, position, ...); `words` (n, what the row is found by, name key). `rejects` are (number, field, error, cells
    as JSON), `warnings` (number, field, text, reason); `options` the labels met by vocabulary; `forms` how many
    amounts show each form, field -> [points, commas]; `originals` (n, cells as JSON) of rows that may yet be rejected.
    """

    read: int
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    lists: dict[str, list[tuple[Any, ...]]]
    words: list[tuple[Any, ...]]
    rejects: list[tuple[int, str, str, str]]
    warnings: list[tuple[int, str, str, str]]
    options: dict[str, list[str]]
    forms: dict[str, list[int]]
    originals: list[tuple[int, str]]


class ImportContext(NamedTuple):
    """What a row is read against: the desk's fields and vocabularies, the moment, and the options."""

    type: RecordType
    context: Context
    terms: ImportOptions
    lead_defaults: NewLeadDefaults
    filled_fields: Sequence[str]  # fields the file, --set or --tag bring
    milliseconds: int  # since 1970, for new uids
    file: int = 0
    is_leadcli_export: bool = False  # an export of leadcli's own: lists hold no more than one value where it wrote one
    keep: bool = False  # the original cells of good rows too, since they may be rejected later


class RowConverter:
    """`converter.convert(first n, rows)` -> Batch."""

    def __init__(self, import_context: ImportContext, gather: Callable[[Sequence[Sequence[str]]], Columns]) -> None:
        self.import_context, self.gather = import_context, gather
        fields, terms, context = import_context.type.fields, import_context.terms, import_context.context
        scalar = [name for name in import_context.filled_fields if not fields[name].kind.many]
        self.money = {name: MoneyColumn(fields[name], terms, context.currency)
                      for name in scalar if isinstance(fields[name].kind, Money)}  # fmt: skip
        self.read: dict[str, ValueReader] = {
            name: value_reader(fields[name], terms, context) for name in scalar if name not in self.money
        }
        self.contacts = Contacts(
            import_context.type,
            terms,
            context,
            import_context.filled_fields,
            is_leadcli_export=import_context.is_leadcli_export,
        )
        self.identity = Identity(terms, import_context.filled_fields, import_context.milliseconds)
        self.choices = {name: kind.vocabulary for name in scalar if isinstance(kind := fields[name].kind, Choice)}
        self.fields = tuple(dict.fromkeys([*scalar, *import_context.lead_defaults.fields, "uid", "description"]))
        self.columns = (*STAGE_COLUMNS, *(fields[name].sql_column for name in self.fields),
                        *(f"{name}_{part}" for name in self.money for part in ("form", "other", "said")))  # fmt: skip
        self.required = [field.name for field in fields.values() if field.required]

    def convert(self, first: int, rows: Sequence[Plain]) -> Batch:
        """`first` numbers the first of these rows among all rows of the import."""
        work = RowBatch(rows, first)
        texts = self.gather(work.cells)
        for name, text in self.import_context.terms.set.items():
            texts[name] = [text] * work.count
        for name, read in self.read.items():
            work.columns[name] = self._read_column(work, read, texts.get(name) or [""] * work.count)
        self._read_amounts(work, texts)
        lists = self.contacts.read(work, texts)
        self._keep_texts(work)
        self._check_required(work, lists)
        defaulted = self.import_context.lead_defaults.complete(work, lists)
        defaulted = self.identity.assign_uids(work, defaulted)
        return self._build_batch(work, lists, defaulted, rows)

    def _read_column(self, work: RowBatch, read: ValueReader, texts: Sequence[str]) -> list[Any]:
        values = read.column(texts)
        if read.wrong:
            for place, value in enumerate(values):
                if type(value) is InvalidValue:
                    work.wrong.setdefault(place, value)
                elif type(value) is Unread:
                    work.warnings.append((place, value))
                    values[place] = None
        return values

    def _read_amounts(self, work: RowBatch, texts: Columns) -> None:
        """Amounts become minor units of the row's currency; what only the whole column decides goes along."""
        for name, column in self.money.items():
            cells = texts.get(name) or [""] * work.count
            codes = work.columns.get("currency") or [None] * work.count
            amounts = [column[text, code or ""] if text else None for text, code in zip(cells, codes, strict=True)]
            for place, value in enumerate(amounts):
                if type(value) is InvalidValue:
                    work.wrong.setdefault(place, value)
                    amounts[place] = None
                elif type(value) is Unread:
                    work.warnings.append((place, value))
                    amounts[place] = None
            work.columns[name] = [value and value.units for value in amounts]
            work.columns["currency"] = [
                code or (value.currency if value else None) for code, value in zip(codes, amounts, strict=True)
            ]
            work.amount_columns += self._amount_columns(work, name, amounts, cells)

    def _keep_texts(self, work: RowBatch) -> None:
        """What could not be read goes into the description as `Label: text`."""
        for place, unread in work.warnings:
            if unread.note:
                texts = work.columns["description"] = work.column("description")
                texts[place] = "\n\n".join(filter(None, [texts[place], unread.note]))

    def _amount_columns(
        self, work: RowBatch, name: str, amounts: list[Sum | None], cells: Sequence[str]
    ) -> list[list[Any]]:
        forms = [value.form if value else 0 for value in amounts]
        if not any(forms):
            return [forms, *([[None] * work.count] * 2)]
        work.forms[name] = [forms.count(1), forms.count(2)]
        others = [value and value.other for value in amounts]
        return [forms, others, [text if form else None for text, form in zip(cells, forms, strict=True)]]

    def _check_required(self, work: RowBatch, lists: Lists) -> None:
        for name in self.required:
            listed = {row[0] for row in lists.rows.get(name, ())}
            for place, (n, value) in enumerate(zip(work.n, work.column(name), strict=True)):
                if value is None and n not in listed:
                    work.wrong.setdefault(place, InvalidValue(name, "is empty and required"))

    def _build_batch(self, work: RowBatch, lists: Lists, defaulted: list[int], rows: Sequence[Plain]) -> Batch:
        wrong = work.wrong
        # A stage has '' for what is missing: binding a None takes Python's sqlite3 ten times as long.
        stage_values, words = self.identity.build_keys(work, lists, defaulted)
        values = (
            *stage_values,
            *(fill_blanks(work.columns.get(name, ())) for name in self.fields),
            *map(fill_blanks, work.amount_columns),
        )
        named = zip(self.columns[3:], values, strict=True)
        filled_columns = {name: column for name, column in named if any(column) or any(value != "" for value in column)}
        staged = list(
            zip(work.n, repeat(self.import_context.file), work.numbers, *filled_columns.values(), strict=False)
        )
        sides = lists.rows
        if wrong:
            gone = {work.n[place] for place in wrong}
            staged, words = _without(staged, gone), _without(words, gone)
            sides = {side: _without(side_rows, gone) for side, side_rows in sides.items()}
        rejects = [(row[0], "", row[2], _cells_json(row[1])) for row in rows if row[2]]
        rejects += [(work.numbers[at], *each, _cells_json(work.cells[at])) for at, each in sorted(wrong.items())]
        doubts = [(at, (each.field, each.text, each.reason)) for at, each in work.warnings] + lists.warnings
        doubts.sort(key=lambda doubt: doubt[0])
        warnings = [(work.numbers[at], *each) for at, each in doubts if at not in wrong]
        originals = list(zip(work.n, map(_cells_json, work.cells), strict=True)) if self.import_context.keep else []
        columns = (*STAGE_COLUMNS[:3], *filled_columns)
        met = self._labels_by_vocabulary(filled_columns, work, sides)
        return Batch(len(rows), columns, staged, sides, words, rejects, warnings, met, work.forms, originals)

    def _labels_by_vocabulary(
        self, filled_columns: dict[str, Sequence[Any]], work: RowBatch, sides: dict[str, list[tuple[Any, ...]]]
    ) -> dict[str, list[str]]:
        """The labels of vocabularies in good rows, first met first."""
        labels_by_vocabulary = {}
        good = [place not in work.wrong for place in range(work.count)]
        for name, vocabulary in self.choices.items():
            if labels := filled_columns.get(self.import_context.type.fields[name].sql_column):
                labels_by_vocabulary[vocabulary] = list(filter(None, dict.fromkeys(compress(labels, good))))
        if sides.get("products"):
            labels_by_vocabulary["product"] = list(dict.fromkeys([row[2] for row in sides["products"]]))
        return labels_by_vocabulary


def _without(rows: list[tuple[Any, ...]], gone: set[int]) -> list[tuple[Any, ...]]:
    """Rows of the stage, which begin with their n, less those that are gone."""
    return [row for row in rows if row[0] not in gone]


def _cells_json(cells: Sequence[str]) -> str:
    return json.dumps(list(cells), ensure_ascii=False)
