"""Which column of a file feeds which field of a lead, from its headers and some of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from typing import NamedTuple

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.columns.column_rules import apply_rules, cells_of
from leadcli.domain.data.import_.columns.header_recognition import ADDRESS, PERSON, Column, HeaderRecogniser, key_of
from leadcli.errors import Usage, nearest_name, unknown_name
from leadcli.model.fields import LEAD, RecordType
from leadcli.model.kinds import Choice, Context

IGNORE = "-"
UNKNOWN = ("unmapped", "likely", "foreign", "strange")  # how a column feeds nothing that nobody decided about
BOOKKEEPING = ("_row", "_error")  # what `--rejects` adds to a file
STAMPS = ("uid", "created_at", "updated_at")  # columns that together stand in leadcli's own exports only
PRIMARY = {"email": "emails", "phone": "phones"}


class Mapping(NamedTuple):
    """What every column of a file is taken for; `shared` has the fields of one value that several columns feed."""

    columns: tuple[Column, ...]
    shared: Dictionary[str, tuple[str, ...]]

    def mapped_fields(self) -> tuple[str, ...]:
        """The fields that some column feeds, each once, in file order."""
        return tuple(dict.fromkeys(column.field for column in self.columns if column.field))

    def is_named(self, field: str) -> bool:
        """Some column has the field's own name, or was mapped to it by hand, and says of it what it says."""
        return any(
            column.field == field and column.how in ("name", "told") and column.part != optouts.CONSENT
            for column in self.columns
        )

    def unmapped(self) -> tuple[Column, ...]:
        """The columns that feed nothing without having been told to: each is to be named to the user."""
        return tuple(column for column in self.columns if not column.field and column.how != "ignored")


def map_columns(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]] = (),
    *,
    user_mapping: Dictionary[str, str] | None = None,
    record: RecordType = LEAD,
) -> Mapping:
    """The mapping of a file with these `headers`, of which `sample` holds some rows of cells.

    `user_mapping` is column -> field, `-` to ignore the column. It wins over what is recognised. A file that leadcli
    exported is known by its column `uid`: what leadcli computes is ignored there. With leadcli's stamps too (see
    `is_leadcli_export`) a column is what it is called and nothing else. Usage (2) for a column the file does not have
    and for a field that cannot be imported, each with the nearest one suggested.
    """
    recogniser = HeaderRecogniser(record)
    orders = _user_columns(headers, user_mapping or {}, recogniser, record)
    ignored = _ignored_headers(headers, recogniser, record)
    columns = []
    exact = is_leadcli_export(headers)
    for place, header in enumerate(headers):
        column = orders.get(place) or (
            Column(place, header, how="ignored")
            if header in ignored
            else _exact_column(place, header, recogniser)
            if exact
            else recogniser.column(place, header)
        )
        columns.append(column._replace(sample=_first_text(row[place] for row in sample if place < len(row))))
    if not exact:
        columns = apply_rules(columns, sample, recogniser)
    return Mapping(tuple(columns), _shared_fields(columns, record))


def leave_out_strange(
    mapping: Mapping,
    sample: Sequence[Sequence[str]],
    read: tuple[RecordType, Context],
    *,
    translated: Dictionary[str, Dictionary[str, str]],
) -> Mapping:
    """The mapping without columns of a closed vocabulary none of whose cells the desk knows: how is `strange` then.

    Their `suggestion` is the field. A column that was mapped by hand, or whose values a profile translates, stays.
    """
    record, context = read

    def judge(column: Column) -> Column:
        kind = record.fields[column.field].kind if column.field in record.fields else None
        if not isinstance(kind, Choice) or kind.open or column.how == "told" or column.field in translated:
            return column
        cells = cells_of(column, sample)
        if not cells or any(kind.is_known(cell, context) for cell in set(cells)):
            return column
        return column._replace(field="", how="strange", suggestion=column.field)

    columns = [judge(column) for column in mapping.columns]
    return Mapping(tuple(columns), _shared_fields(columns, record))


def is_leadcli_export(headers: Sequence[str]) -> bool:
    """The columns are those of an export of leadcli's own: its cells are to be read as they were written."""
    return all(name in headers for name in STAMPS)


def _exact_column(place: int, header: str, recogniser: HeaderRecogniser) -> Column:
    column = Column(place, header)
    return column._replace(field=header, how="name") if header in recogniser.importable else column


def _ignored_headers(headers: Sequence[str], recogniser: HeaderRecogniser, record: RecordType) -> set[str]:
    computed = set(record.fields) - set(recogniser.importable) if "uid" in headers else set()
    return {*computed, *BOOKKEEPING}


def _user_columns(
    headers: Sequence[str], user_mapping: Dictionary[str, str], recogniser: HeaderRecogniser, record: RecordType
) -> dict[int, Column]:
    columns = {}
    keys = [key_of(header) for header in headers]
    for name, target in user_mapping.items():
        if name not in headers and key_of(name) not in keys:
            close = nearest_name(name, headers)
            raise Usage(
                f"there is no column '{name}'." + (f" Did you mean '{close}'?" if close else ""),
                hint=f"columns: {', '.join(headers[:20])}",
            )
        place = headers.index(name) if name in headers else keys.index(key_of(name))
        columns[place] = _user_column(place, headers[place], target.strip(), recogniser, record)
    return columns


def _user_column(place: int, header: str, target: str, recogniser: HeaderRecogniser, record: RecordType) -> Column:
    if target == IGNORE:
        return Column(place, header, how="ignored")
    known = record.find(target)
    field = PERSON if target == PERSON else known.name if known else ""
    field = PRIMARY.get(field, field)
    if field not in recogniser.importable:
        raise unknown_name("field", target, (*recogniser.importable, *PRIMARY), hint="all fields: leadcli field list")
    column = recogniser.column(place, header)  # it may know a label and which columns belong together
    part = optouts.REFUSAL if field == optouts.FIELD else "value"
    return column._replace(how="told") if column.field == field else Column(place, header, field, "told", part=part)


def _shared_fields(columns: list[Column], record: RecordType) -> dict[str, tuple[str, ...]]:
    headers: dict[str, list[str]] = {}
    for column in columns:
        known = record.fields.get(column.field)
        if column.field == PERSON or (known and not known.kind.many and column.field not in ADDRESS):
            headers.setdefault(column.field, []).append(column.header)
    return {field: tuple(names) for field, names in headers.items() if len(names) > 1}


def _first_text(texts: Iterable[str]) -> str:
    return next((text.strip() for text in texts if text.strip()), "")
