"""Opens what `import` is given: a file or standard input, in the format its name or its first bytes tell."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import PurePath

from leadcli.domain.data.import_.readers.byte_source import ByteSource, open_feed
from leadcli.domain.data.import_.readers.delimited import Source
from leadcli.errors import Usage

SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".vcf": "vcard", ".vcard": "vcard", ".xlsx": "xlsx", ".xlsm": "xlsx",
}  # fmt: skip


def open_source(path: str, *, delimiter: str | None = None, encoding: str | None = None, sheet: str = "") -> Source:
    """The rows of a file, `-` for standard input; `delimiter` and `encoding` override what is recognised.

    `sheet` is the name or number of a workbook's sheet.

    Nothing is read twice from a pipe and no more than a block is held in memory. Errors: NotFound (3) for a missing
    file, Usage (2) for one that cannot be understood, Failed (1) for one that cannot be read or changes meanwhile;
    all of them may also come while the rows are iterated.
    """
    feed = open_feed(path)
    try:
        form = SUFFIXES.get(PurePath(path).suffix.casefold()) or recognise(feed.head())
        if form == "xlsx":
            return _sheet(feed, sheet)
        if sheet:
            raise Usage(f"{feed.name} is no workbook, so it has no sheet '{sheet}'.", hint="leave out --sheet")
        return _READERS[form](feed, delimiter, encoding)
    except BaseException:
        feed.close()
        raise


def recognise(head: bytes) -> str:
    """The format of an input without a telling name, by its first bytes; CSV when nothing else fits."""
    if head.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in head:
        return "xlsx"
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start[:18].upper().startswith((b"BEGIN:VCARD", b"BEGIN:VADDRESSBOOK")):
        return "vcard"
    if start.startswith(b"["):
        return "json"
    if start.startswith(b"{"):
        first = start.split(b"\n", 1)[0].rstrip()
        return "jsonl" if first.endswith(b"}") and first != start.rstrip() else "json"
    return "csv"


def _delimited(feed: ByteSource, delimiter: str | None, encoding: str | None) -> Source:
    from leadcli.domain.data.import_.readers import delimited

    return delimited.read(feed, delimiter=delimiter, encoding=encoding)


def _json(feed: ByteSource, delimiter: str | None, encoding: str | None) -> Source:
    from leadcli.domain.data.import_.readers import json_objects

    return json_objects.read(feed, encoding=encoding)


def _json_lines(feed: ByteSource, delimiter: str | None, encoding: str | None) -> Source:
    from leadcli.domain.data.import_.readers import json_objects

    return json_objects.read_lines(feed, encoding=encoding)


def _vcards(feed: ByteSource, delimiter: str | None, encoding: str | None) -> Source:
    from leadcli.domain.data.import_.readers import vcards

    return vcards.read(feed, encoding=encoding)


def _sheet(feed: ByteSource, sheet: str) -> Source:
    from leadcli.domain.data.import_.readers import workbook

    return workbook.read(feed, sheet=sheet)


_READERS: dict[str, Callable[[ByteSource, str | None, str | None], Source]] = {
    "csv": _delimited, "json": _json, "jsonl": _json_lines, "vcard": _vcards,
}  # fmt: skip
