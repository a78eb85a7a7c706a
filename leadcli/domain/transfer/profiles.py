"""Saved mappings: one TOML file a profile in the settings' folder `imports`, readable and shareable."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from leadcli.domain.transfer.terms import KEYS, Terms
from leadcli.errors import Failed, NotFound, Usage, nearest, unknown
from leadcli.file_writer import write_text
from leadcli.store.store import Store

_TEXTS = ("on_duplicate", "decimal", "date_format", "delimiter", "encoding", "phone_region", "extra")
_FLAGS = ("create_options", "blank_clears", "strict")
_KEYS = ("match", "map", "set", "values", *_TEXTS, *_FLAGS)


def load(store: Store, name: str, given: Terms) -> Terms:
    """The profile's terms under those given on the command line, which win one by one.

    Usage for a profile there is none of, with the nearest name, and for what its file says wrong.
    """
    path = _path(store, name)
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        known, hint = _names(path.parent), "save one: --save-profile NAME"
        raise unknown("profile", name, known, title="Profiles", hint=hint) from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Usage(f"{path} is not TOML: {error}.", hint="mend it, or save it anew: --save-profile") from error
    _check(path, told)
    usual = Terms()
    for key in (*_TEXTS, *_FLAGS):
        if key in told and getattr(given, key) == getattr(usual, key):
            given = given._replace(**{key: told[key]})
    if "match" in told and tuple(given.match) == KEYS:
        given = given._replace(match=tuple(told["match"]))
    fixed = {field: str(text) for field, text in told.get("set", {}).items() if field != "tags"}
    tags = told.get("set", {}).get("tags", [])
    return given._replace(
        map={**{str(k): str(v) for k, v in told.get("map", {}).items()}, **given.map},
        set={**fixed, **given.set},
        tags=tuple(dict.fromkeys([*([tags] if isinstance(tags, str) else tags), *given.tags])),
        values={field: {str(k): str(v) for k, v in table.items()} for field, table in told.get("values", {}).items()},
        profile=name,
    )  # fmt: skip


def save(store: Store, name: str, terms: Terms, mapped: dict[str, str]) -> Path:
    """Write a profile: the mapping as it was (column -> field or '-') and the terms it was used with."""
    import tomlkit

    usual = Terms()
    document = tomlkit.document()
    if tuple(terms.match) != tuple(usual.match):
        document["match"] = list(terms.match)
    for key in (*_TEXTS, *_FLAGS):
        if getattr(terms, key) != getattr(usual, key):
            document[key] = getattr(terms, key)
    document["map"] = mapped
    fixed: dict[str, Any] = dict(terms.set)
    if terms.tags:
        fixed["tags"] = list(terms.tags)
    if fixed:
        document["set"] = fixed
    if terms.values:
        document["values"] = {field: dict(table) for field, table in terms.values.items()}
    path = _path(store, name)
    write_text(path, tomlkit.dumps(document))
    return path


def _path(store: Store, name: str) -> Path:
    if not re.fullmatch(r"[^\W_][\w .-]{0,60}", name):
        raise Usage(f"'{name}' cannot be the name of a profile.", hint="use letters, digits, - and _")
    folder: Path | None = getattr(store.config, "imports", None)
    if folder is None:
        hint = "name a settings file: LEADCLI_CONFIG=FILE"
        raise NotFound("there is no home directory to keep profiles in.", hint=hint)
    return folder / f"{name}.toml"


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []


def _check(path: Path, told: dict[str, Any]) -> None:
    for key, value in told.items():
        if key not in _KEYS:
            close = nearest(key, _KEYS)
            said = f" Did you mean '{close}'?" if close else ""
            raise Usage(f"{path}: unknown key '{key}'.{said}", hint=f"keys: {', '.join(_KEYS)}")
        wanted = dict if key in ("map", "set", "values") else list if key == "match" else bool if key in _FLAGS else str
        if not isinstance(value, wanted):
            raise Usage(f"{path}: '{key}' must be a {_SAID[wanted]}.", hint="see: leadcli import --help")
    for field, table in told.get("values", {}).items():
        if not isinstance(table, dict):
            raise Usage(f"{path}: [values.{field}] must be a table.", hint='such as "Neu" = "new"')


_SAID = {dict: "table", list: "list", bool: "true or false", str: "text"}
