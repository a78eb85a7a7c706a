"""Writes the file of personal settings: one value at a time, comments and order kept, complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leadcli.config.settings import FLAG, FOLDERS, WHOLE, Config, read_file, setting
from leadcli.errors import NotFound
from leadcli.system.file_writer import write_text


def set_setting(path: Path | None, key: str, text: str) -> Any:
    """Write one setting into the file; returns its value. Raises Usage, NotFound without a home, Failed."""
    value = Config({}).parsed(key, text)
    place, document = _open_document(path)
    table, _, name = key.rpartition(".")
    within = document.setdefault(table, {}) if table else document
    kind = setting(key).kind
    if kind is FOLDERS:
        within[name] = [str(folder) for folder in value]
    else:
        within[name] = bool(value) if kind is FLAG else value if kind is WHOLE else kind.plain(value, {})
    _write_document(place, document)
    return value


def unset_setting(path: Path | None, key: str) -> bool:
    """Take one setting out of the file; False when it was not there. Raises Usage, NotFound without a home, Failed."""
    setting(key)
    place, document = _open_document(path)
    table, _, name = key.rpartition(".")
    within = document.get(table, {}) if table else document
    if name not in within:
        return False
    del within[name]
    if table and not within:
        del document[table]
    _write_document(place, document)
    return True


def _open_document(path: Path | None) -> tuple[Path, Any]:
    import tomlkit

    if path is None:
        raise NotFound("there is no home directory to keep settings in.", hint="name a file: LEADCLI_CONFIG=FILE")
    read_file(path)  # says what is wrong with it in the same words as everywhere
    if not path.exists():
        return path, tomlkit.document()
    with path.open(encoding="utf-8", newline="") as file:  # line ends stay as they are
        return path, tomlkit.parse(file.read())


def _write_document(path: Path, document: Any) -> None:
    import tomlkit

    write_text(path, tomlkit.dumps(document))
