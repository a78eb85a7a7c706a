"""Rows of cells under a mapping -> a column of texts for each field, a whole column at once where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.columns.header_recognition import Column
from leadcli.domain.data.import_.columns.map_by_row import gatherer, strip_prefixes, tag_cell
from leadcli.domain.data.import_.columns.mapping import Mapping
from leadcli.domain.data.import_.columns.vocabulary import ADDRESS, PERSON
from leadcli.model.fields import RecordType
from leadcli.text.csv_guard import unguard_cell

Columns = dict[str, Sequence[str]]
NAMES = ("salutation", "first_name", "middle_name", "last_name")


def filled_fields(mapping: Mapping) -> tuple[str, ...]:
    """The fields rows under this mapping can fill, in the order of the file."""
    fields: dict[str, None] = {}
    for name in mapping.mapped_fields():
        fields.update(dict.fromkeys(NAMES if name == PERSON else (name,)))
    if _direct_places(mapping) is None:
        fields["addresses"] = None
    return tuple(fields)


def transposer(
    mapping: Mapping, *, guarded: bool, record: RecordType, is_leadcli_export: bool = False
) -> Callable[[Sequence[Sequence[str]]], Columns]:
    """A function that takes rows of cells and gives, by field, the texts of all rows; '' is an empty one.

    The cells of an export of leadcli (`is_leadcli_export`) have nothing in them that other programs put there.

    The same as map_by_row.gatherer row by row, which it leaves mappings to where several columns make one value.
    """
    places = _direct_places(mapping)
    if places is not None:
        consent = any(column.part == optouts.CONSENT for column in mapping.columns)
        return lambda rows: _transpose(
            places, rows, guarded=guarded, is_leadcli_export=is_leadcli_export, consent=consent
        )
    texts = gatherer(mapping, guarded=guarded, record=record)
    fields = filled_fields(mapping)

    def gather(rows: Sequence[Sequence[str]]) -> Columns:
        texts_of_rows = [texts(cells) for cells in rows]
        return {field: [each.get(field, "") for each in texts_of_rows] for field in fields}

    return gather


def _direct_places(mapping: Mapping) -> dict[str, int] | None:
    """field -> its only column; None when a field is made of several columns or takes more than its text."""
    places: dict[str, int] = {}
    for column in mapping.columns:
        if not column.field:
            continue
        if column.field in places or column.field == PERSON or not _is_direct(column):
            return None
        places[column.field] = column.place
    return places


def _is_direct(column: Column) -> bool:
    if column.field in ("emails", "phones"):
        return column.part == "value" and not column.label
    return not (column.field in ADDRESS and column.group) and not (column.field == "value" and column.label)


# What a cell of other programs is mended by, and the marks without one of which it needs no mending.
_CLEANERS: dict[str, tuple[Callable[[str], str], str]] = {
    "emails": (strip_prefixes, ":'"), "phones": (strip_prefixes, ":'"), "tags": (tag_cell, ":*[\"")
}  # fmt: skip


def _transpose(
    places: dict[str, int],
    rows: Sequence[Sequence[str]],
    *,
    guarded: bool,
    is_leadcli_export: bool,
    consent: bool = False,
) -> Columns:
    columns = list(zip(*rows, strict=True))
    texts: Columns = {}
    for field, place in places.items():
        column: Sequence[str] = columns[place] if columns else ()
        whole = "".join(column)
        if guarded and "'" in whole:
            column = [unguard_cell(cell) if cell[:1] == "'" else cell for cell in column]
        if consent and field == optouts.FIELD:
            column = list(map(optouts.consent_text, column))
        mend, marks = _CLEANERS.get(field, (str, ""))
        if not is_leadcli_export and any(mark in whole for mark in marks):
            column = list(map(mend, column))
        texts[field] = column
    return texts
