"""The files of an import, opened and understood: their columns, what these feed, and how their rows are converted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from leadcli.domain.data.import_.columns.map_by_row import filled_fields, transposer
from leadcli.domain.data.import_.columns.mapping import (
    PRIMARY,
    UNKNOWN,
    Mapping,
    is_leadcli_export,
    leave_out_strange,
    map_columns,
)
from leadcli.domain.data.import_.columns.optouts import FIELD
from leadcli.domain.data.import_.learning import extra_fields
from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.readers.delimited import Row, Source
from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.domain.data.import_.rows.context import ImportContext, RowConverter
from leadcli.domain.data.import_.rows.new_lead_defaults import read_lead_defaults
from leadcli.domain.leads import create
from leadcli.errors import Usage
from leadcli.model.fields import Field, RecordType
from leadcli.store.store import Store

SAMPLED, SAMPLED_BYTES = 100, 1 << 20  # rows that are looked at first, fewer where they are long


class InputFile(NamedTuple):
    """One file: its columns, and its rows through `converter`. `rows` are iterated once."""

    number: int
    source: Source
    mapping: Mapping
    filled_fields: tuple[str, ...]
    rows: Iterator[Row]
    converter: RowConverter
    releases: bool  # a no of its column do_not_contact takes an opt-out of the desk back
    pointed: bool  # its amounts have a decimal point unless they say otherwise: JSON, and leadcli's own exports

    def expected(self, done: int, before: int) -> int | None:
        """How many rows it will have been in all, by the share of the file's bytes that was read."""
        size, reached = self.source.feed.size, self.source.feed.reached
        return before + max(done, done * size // reached) if size and reached else None


class InputFiles(NamedTuple):
    """All files of one import. `extra` are the custom fields it adds."""

    files: Sequence[InputFile]
    type: RecordType
    terms: ImportOptions
    extra: Sequence[Field]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the stage that holds all of them."""
        return tuple(dict.fromkeys(column for file in self.files for column in file.converter.columns))

    @property
    def filled_fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for file in self.files for name in file.filled_fields))

    def close(self) -> None:
        for file in self.files:
            file.source.close()


def open_inputs(store: Store, paths: Sequence[str], terms: ImportOptions) -> InputFiles:
    """Open the files and work out their mappings.

    NotFound (3), Usage (2), Failed (1) as reading.open_source; Usage for orders no file can obey.
    """
    if not paths:
        raise Usage("no file to import.", hint="leadcli import FILE, or - for standard input")
    if list(paths).count("-") > 1:
        raise Usage("standard input can be read only once.", hint="give - once")
    sources: list[Source] = []
    try:
        for path in paths:
            sources.append(
                open_source(path, delimiter=terms.delimiter or None, encoding=terms.encoding or None, sheet=terms.sheet)
            )
        return _map_sources(store, sources, terms)
    except BaseException:
        for source in sources:
            source.close()
        raise


def _map_sources(store: Store, sources: Sequence[Source], terms: ImportOptions) -> InputFiles:
    type_ = store.type("lead")
    terms = terms._replace(set=_resolve_set_values(type_, terms))
    samples = [_read_sample(source) for source in sources]
    extra: dict[str, Field] = {}
    if terms.extra:
        unmapped = dict.fromkeys(
            column.header
            for source, sample in zip(sources, samples, strict=True)
            for column in _map_source(
                store, (source, sample), _user_mapping(terms, source, sources), (type_, terms)
            ).unmapped()
            if column.how in UNKNOWN
        )
        extra = extra_fields(store, list(unmapped))
        type_ = type_.with_fields(extra.values())
    files = []
    for number, (source, sample) in enumerate(zip(sources, samples, strict=True)):
        user_mapping = _user_mapping(terms, source, sources)
        user_mapping.update({header: field.name for header, field in extra.items()
                     if header in source.headers and header not in user_mapping})  # fmt: skip
        columns = _map_source(store, (source, sample), user_mapping, (type_, terms))
        files.append(_build_input(store, (number, source, chain(sample, source.rows)), columns, (type_, terms)))
    return InputFiles(files, type_, terms, list(extra.values()))


def _read_sample(source: Source) -> list[Row]:
    sample: list[Row] = []
    while (
        len(sample) < SAMPLED and source.feed.reached <= SAMPLED_BYTES and (next_rows := list(islice(source.rows, 1)))
    ):
        sample += next_rows
    return sample


def _map_source(
    store: Store,
    sampled: tuple[Source, Sequence[Row]],
    user_mapping: dict[str, str],
    read: tuple[RecordType, ImportOptions],
) -> Mapping:
    source, sample = sampled
    type_, terms = read
    cells = [row.cells for row in sample if not row.error]
    mapping = map_columns(source.headers, cells, user_mapping=user_mapping, record=type_)
    if terms.create_options:
        return mapping
    return leave_out_strange(mapping, cells, (type_, store.context), translated=terms.values)


def _user_mapping(terms: ImportOptions, source: Source, sources: Sequence[Source]) -> dict[str, str]:
    """The orders for this file. A column that only other files or the profile know is no mistake here."""
    elsewhere = {header for other in sources if other is not source for header in other.headers}
    lenient = terms.profile != ""
    return {column: field for column, field in terms.map.items()
            if column in source.headers or not (lenient or column in elsewhere)}  # fmt: skip


def _build_input(
    store: Store, opened: tuple[int, Source, Iterator[Row]], columns: Mapping, read: tuple[RecordType, ImportOptions]
) -> InputFile:
    number, source, rows = opened
    type_, terms = read
    fields = dict.fromkeys(brought := filled_fields(columns))
    if terms.tags:
        fields["tags"] = None
    fields.update(dict.fromkeys(terms.set))
    used = tuple(name for name in fields if name in type_.fields)
    import_context = ImportContext(
        type_, store.context, terms, read_lead_defaults(store, used), used, int(store.desk.now.timestamp() * 1000),
        file=number,
        keep=bool(terms.rejects),
        is_leadcli_export=is_leadcli_export(source.headers),
    )  # fmt: skip
    gather = transposer(
        columns, guarded=source.guarded, record=type_, is_leadcli_export=import_context.is_leadcli_export
    )
    pointed = source.format in ("json", "jsonl") or "uid" in source.headers
    releases = FIELD in terms.set or (source.format != "vcard" and columns.is_named(FIELD))
    return InputFile(number, source, columns, brought, rows, RowConverter(import_context, gather), releases, pointed)


def _resolve_set_values(type_: RecordType, terms: ImportOptions) -> dict[str, str]:
    """--set by the fields' own names. Usage for an unknown field or one no file can bring."""
    from leadcli.domain.leads.record_values import find_field

    texts = {}
    for word, text in terms.set.items():
        field = type_.fields.get(PRIMARY.get(word, word)) or find_field(type_, word)
        name = PRIMARY.get(field.name, field.name)
        if not type_.fields[name].exported or type_.fields[name].sql:
            raise Usage(f"'{word}' cannot be set by an import.", hint=create.explain_read_only(field))
        texts[name] = text
    return texts
