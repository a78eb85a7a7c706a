"""Writes the file of personal settings: one value at a time, comments and order kept, complete or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from leadcli.config import FLAG, FOLDERS, WHOLE, Config, read_file, setting
from leadcli.database_files import refuse_database
from leadcli.errors import Failed, NotFound


def set_setting(path: Path | None, key: str, text: str) -> Any:
    """Write one setting into the file; returns its value. Raises Usage, NotFound without a home, Failed."""
    value = Config({}).parsed(key, text)
    place, document = _opened(path)
    table, _, name = key.rpartition(".")
    within = document.setdefault(table, {}) if table else document
    kind = setting(key).kind
    if kind is FOLDERS:
        within[name] = [str(folder) for folder in value]
    else:
        within[name] = bool(value) if kind is FLAG else value if kind is WHOLE else kind.plain(value, {})
    _keep(place, document)
    return value


def unset_setting(path: Path | None, key: str) -> bool:
    """Take one setting out of the file; False when it was not there. Raises Usage, NotFound without a home, Failed."""
    setting(key)
    place, document = _opened(path)
    table, _, name = key.rpartition(".")
    within = document.get(table, {}) if table else document
    if name not in within:
        return False
    del within[name]
    if table and not within:
        del document[table]
    _keep(place, document)
    return True


def write_text(path: Path, text: str) -> None:
    """The whole file or nothing of it: beside its place, then renamed. 0600, since it may name a password command."""
    refuse_database(path)
    target = path.resolve()  # a link to a file in some dotfiles folder stays a link
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise Failed(f"{path} cannot be written: {error.strerror}.") from error


def _opened(path: Path | None) -> tuple[Path, Any]:
    import tomlkit

    if path is None:
        raise NotFound("there is no home directory to keep settings in.", hint="name a file: LEADCLI_CONFIG=FILE")
    read_file(path)  # says what is wrong with it in the same words as everywhere
    if not path.exists():
        return path, tomlkit.document()
    with path.open(encoding="utf-8", newline="") as file:  # line ends stay as they are
        return path, tomlkit.parse(file.read())


def _keep(path: Path, document: Any) -> None:
    import tomlkit

    write_text(path, tomlkit.dumps(document))
