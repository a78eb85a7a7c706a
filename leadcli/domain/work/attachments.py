"""Attachments: files stored in the database with a record. Their names are data and never used as paths."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from leadcli.domain.leads import lists
from leadcli.domain.leads.targets import Target
from leadcli.errors import Busy, Failed, NotFound, Usage
from leadcli.model.fields import ATTACHMENT
from leadcli.model.kinds import Record
from leadcli.model.results import Column, ResultNote, Table
from leadcli.store.journal import blobs
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import timeline
from leadcli.store.store import Store
from leadcli.system.file_writer import create_file, make_folder, resolve_target

_TRIES, _QUIET = 4, 0.1  # times a file is read, and seconds for which nobody must have written to it
_LONGEST = 200  # bytes of a name: file systems take 255, and a number may be added
_ODD = re.compile(r"[\x00-\x1f\x7f/\\]+")


class StoredFile(NamedTuple):
    """The name of a file without its directory, and its content."""

    name: str
    content: bytes


def attach_files(store: Store, target: Target, paths: Sequence[str]) -> ResultNote:
    """Attach files to each record of the target, all or none.

    Raises NotFound for a missing file, Usage for one that is not regular or is larger than `attach_max` bytes.
    """
    if not paths:
        raise Usage("which file?", hint="leadcli attach 12 offer.pdf")
    files = [read_file(store, path) for path in paths]
    with begin_operation(store) as operation:
        ids = [attach_file(operation, (target.record, id), file) for id in target.ids for file in files]
        fresh = store.fetch(target.record, target.ids)
    verb = store.desk.choose_verb("Attached", "attach")
    what = files[0].name if len(files) == 1 else f"{len(files)} files"
    type_ = store.type(target.record)
    whom = f"{type_.name} {type_.letter}{target.ids[0]}" if len(target.ids) == 1 else f"{len(target.ids)} {type_.table}"
    named = f" as F{ids[0]}" if len(ids) == 1 else ""
    return ResultNote(
        f"{verb} {what} to {whom}{named}.",
        [f"F{id}" for id in ids],
        lists.record_table(store, fresh, record=target.record),
    )


def read_file(store: Store, path: str) -> StoredFile:
    """Read a file. Raises NotFound, Failed when it cannot be read, Usage when it is not regular or too large."""
    most = int(store.config["attach_max"])
    try:
        # Opening a pipe would wait for its writer: look first, and never wait.
        _refuse_unless_regular(path, os.stat(path))
        content = _read_unchanged(path, most + 1)
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}.", hint="check the name, and the folder you are in") from None
    except (OSError, ValueError) as error:
        raise Failed(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(content) > most:
        raise Usage(
            f"{path} is larger than {_size_text(most)}, the most that attach takes.",
            hint="allow more: leadcli config attach_max 100MB",
        )
    return StoredFile(file_name(path), content)


def _read_unchanged(path: str, most: int) -> bytes:
    """The first `most` bytes of a file that nobody writes to meanwhile. Raises Busy when somebody goes on doing so.

    A file that was written to just now is given a moment first: its writer may only be pausing.
    """
    for _ in range(_TRIES):
        if time.time() - os.stat(path).st_mtime < _QUIET:
            time.sleep(_QUIET)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(file.fileno())
            _refuse_unless_regular(path, before)
            is_quiet = not 0 <= time.time() - before.st_mtime < _QUIET
            content = file.read(most)
            after = os.fstat(file.fileno())
        if is_quiet and (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size):
            return content
    raise Busy(
        f"{path} is being written to, and would be kept half old and half new.", hint="try again when it is done"
    )


def _refuse_unless_regular(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Usage(
            f"{path} is a directory; only regular files can be attached.",
            hint="name the files in it, or an archive of it",
        )
    if not stat.S_ISREG(status.st_mode):
        raise Usage(f"{path} is a device or a pipe; only regular files can be attached.")


def file_name(path: str) -> str:
    """The last part of a path as a safe name of at most 200 bytes: `../../x` is `x`. Never empty."""
    name = _ODD.sub("_", re.split(r"[/\\]", path.rstrip("/\\"))[-1]).strip().encode("utf-8", "replace")
    if len(name) > _LONGEST:
        stem, dot, suffix = name.rpartition(b".")
        name = stem[: _LONGEST - 1 - len(suffix)] + dot + suffix if dot and len(suffix) < 20 else name[:_LONGEST]
    text = name.decode("utf-8", "ignore")
    return text if text.strip(". ") else "file"


def attach_file(operation: Operation, owner: tuple[str, int], file: StoredFile) -> int:
    """Attach one file to one record inside an operation. Returns the id of the attachment."""
    from mimetypes import guess_type

    store = operation.store
    values = {
        "record": owner[0], "record_id": owner[1], "name": file.name, "size": len(file.content),
        "type": guess_type(file.name)[0] or "application/octet-stream", "sha256": blobs.store_blob(store, file.content),
        "created_at": operation.at, "created_by": store.actor or None,
    }  # fmt: skip
    return operation.insert("attachment", values)


def attachment_table(store: Store, target: Target) -> Table:
    """The files of a record, and of the records it was converted from or to."""
    columns = [
        Column(name, name, ATTACHMENT.fields[name].kind, at)
        for at, name in enumerate(("id", "name", "type", "size", "sha256"))
    ]
    return Table(columns, _attachments_of(store, target), empty="No files. Attach one: leadcli attach 12 offer.pdf")


def _attachments_of(store: Store, target: Target) -> list[Record]:
    ids = [each for id in target.ids for each in timeline.children_of(store, "attachment", target.record, id)]
    return store.fetch("attachment", list(dict.fromkeys(ids)))


def save_attachments(store: Store, target: Target, folder: Path) -> ResultNote:
    """Write attachments into a folder, which is created if missing. An existing file is not overwritten.

    A name in use gets a number. A target of attachments saves these, any other record saves all its files.
    Files are 0600, new folders 0700. Raises NotFound when there is nothing to save.
    """
    rows = store.fetch("attachment", target.ids) if target.record == "attachment" else _attachments_of(store, target)
    if not rows:
        raise NotFound("there are no files to save.", hint="what is attached: leadcli attach list ID")
    contents = [(row["name"], blobs.read_blob(store, row["sha256"])) for row in rows]
    try:
        make_folder(resolve_target(folder))
        written = [_write_file(folder, name, content) for name, content in contents]
    except OSError as error:
        raise Failed(f"{error.filename or folder} cannot be written: {error.strerror or error}.") from error
    place = str(written[0]) if len(written) == 1 else f"{len(written)} files to {folder}"
    return ResultNote(
        f"Saved {place}.",
        [str(path) for path in written],
        json=[{"id": f"F{row['id']}", "path": str(path)} for row, path in zip(rows, written, strict=True)],
    )


def _write_file(folder: Path, name: str, content: bytes) -> Path:
    """Create a file (0600) under this name or the next free one. Returns its path."""
    for each in _file_names(file_name(name)):
        path = folder / each
        try:
            descriptor = create_file(path)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return path
    raise OSError(errno.EEXIST, "too many files of that name", name)


def _file_names(name: str) -> Iterator[str]:
    """`offer.pdf`, `offer-2.pdf`, `offer-3.pdf` ..."""
    yield name
    stem, suffix = os.path.splitext(name)
    yield from (f"{stem}-{number}{suffix}" for number in range(2, 10_000))


def remove_attachments(store: Store, target: Target) -> ResultNote:
    """Remove attachments. Undo restores them."""
    with begin_operation(store) as operation:
        gone = [operation.delete("attachment", id) for id in target.ids]
        fresh = [row for gone_ in gone for row in store.fetch(gone_["record"], [gone_["record_id"]])]
    what = f"F{gone[0]['id']} {gone[0]['name']}" if len(gone) == 1 else f"{len(gone)} files"
    verb, undo = store.desk.choose_verb("Removed", "remove"), store.desk.undo_hint
    return ResultNote(f"{verb} {what}.{undo}", [f"F{row['id']}" for row in gone], lists.record_table(store, fresh))


def _size_text(count: int) -> str:
    """25000000 -> 25 MB."""
    for unit, factor in (("GB", 1000**3), ("MB", 1000**2), ("kB", 1000)):
        if count >= factor:
            return f"{count / factor:g} {unit}"
    return f"{count} bytes"
