"""Writes the file of personal settings: one value at a time, comments and order kept, complete or not at all.

The file is read again under a lock of its folder, so that of several changes at once none is lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leadcli.config.settings import FLAG, FOLDERS, WHOLE, Config, read_file, setting
from leadcli.errors import Failed, NotFound
from leadcli.system.file_writer import folder_lock, make_folder, resolve_target, write_text


def set_setting(path: Path | None, key: str, text: str) -> Any:
    """Write one setting into the file; returns its value. Raises Usage, NotFound without a home, Failed."""
    value = Config({}).parsed(key, text)
    table, _, name = key.rpartition(".")
    kind = setting(key).kind
    with _change_document(path) as document:
        within = document.setdefault(table, {}) if table else document
        if kind is FOLDERS:
            within[name] = [str(folder) for folder in value]
        else:
            within[name] = bool(value) if kind is FLAG else value if kind is WHOLE else kind.plain(value, {})
    return value


def unset_setting(path: Path | None, key: str) -> bool:
    """Take one setting out of the file; False when it was not there. Raises Usage, NotFound without a home, Failed."""
    setting(key)
    if path is not None and not path.exists():
        return False
    table, _, name = key.rpartition(".")
    with _change_document(path) as document:
        within = document.get(table, {}) if table else document
        if name not in within:
            return False
        del within[name]
        if table and not within:
            del document[table]
    return True


@contextmanager
def _change_document(path: Path | None) -> Iterator[Any]:
    """The document to change, as it is under the lock; it is written when the block ends, unless it stayed the same."""
    import tomlkit

    if path is None:
        raise NotFound("there is no home directory to keep settings in.", hint="name a file: LEADCLI_CONFIG=FILE")
    folder = os.path.dirname(resolve_target(path))
    try:
        make_folder(folder)
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror or error}.") from error
    with folder_lock(folder):
        document = _read_document(path)
        before = tomlkit.dumps(document)
        yield document
        if tomlkit.dumps(document) != before:
            write_text(path, tomlkit.dumps(document))


def _read_document(path: Path) -> Any:
    import tomlkit

    read_file(path)  # says what is wrong with it in the same words as everywhere
    if not path.exists():
        return tomlkit.document()
    with path.open(encoding="utf-8", newline="") as file:  # line ends stay as they are
        return tomlkit.parse(file.read())
