"""The options of an import: mapping, duplicate policy and how values are written, from options and a profile."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from leadcli.errors import Failed, NotFound, Usage, nearest_name, unknown_name
from leadcli.model.kinds import option_key
from leadcli.store.store import Store
from leadcli.system.file_writer import write_text

POLICIES = ("skip", "fill", "update", "create", "error")
KEYS = ("external_id", "uid", "email", "phone+name", "name+company")


class ImportOptions(NamedTuple):
    """The options of one import. Empty means: decide by looking at the file.

    `map` is column -> field or '-'; `set` field -> text for every row; `values` field -> {text in the file: text
    meant}.
    """

    map: Mapping[str, str] = {}
    set: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}
    tags: Sequence[str] = ()
    match: Sequence[str] = KEYS
    on_duplicate: str = "skip"
    strict: bool = False
    create_options: bool = False
    blank_clears: bool = False
    extra: str = ""
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    date_format: str = ""
    decimal: str = ""
    phone_region: str = ""
    profile: str = ""
    rejects: str = ""
    with_skips: bool = False

    def validate(self) -> ImportOptions:
        """The same, spelt as leadcli spells it. Usage names an option's value that is none of those it can have."""
        if self.on_duplicate not in POLICIES:
            raise unknown_name("--on-duplicate", self.on_duplicate, POLICIES, title="Known")
        if self.extra not in ("", "custom"):
            raise unknown_name("--extra", self.extra, ("custom",), title="Known")
        if self.decimal not in ("", ".", ",", "point", "comma"):
            raise Usage(f"--decimal '{self.decimal}' is no point and no comma.", hint="--decimal , or --decimal .")
        if self.blank_clears and self.on_duplicate != "update":
            raise Usage("--blank-clears only means something with --on-duplicate update.", hint="add it")
        if self.with_skips and not self.rejects:
            raise Usage("--with-skips only means something with --rejects FILE.", hint="add --rejects FILE")
        if self.date_format:
            from leadcli.text.dates.iso import parse_by_format

            parse_by_format("2026-11-22", self.date_format)
        return self._replace(
            match=_keys(self.match), decimal={"point": ".", "comma": ","}.get(self.decimal, self.decimal),
            phone_region=_region(self.phone_region),
        )  # fmt: skip

    def reading_key(self) -> str:
        """All options that decide how a row is read, as one text. It salts the hash of each row: rows read by other
        options are other rows.
        """
        options: dict[str, Any] = self._asdict()
        for free in ("strict", "rejects", "with_skips", "delimiter", "encoding", "profile"):
            del options[free]
        return repr({name: _plain(value) for name, value in sorted(options.items())})


def _plain(value: Any) -> Any:
    """A mapping as sorted pairs, so that equal terms are written equally."""
    if isinstance(value, Mapping):
        return sorted((key, _plain(each)) for key, each in value.items())
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _keys(words: Sequence[str]) -> tuple[str, ...]:
    """The match keys that the user named, in their fixed order."""
    known = {option_key(key.replace("+", "")): key for key in KEYS} | {"phone": KEYS[3], "id": KEYS[0]}
    known |= {"emails": KEYS[2], "phonesname": KEYS[3], "company": KEYS[4], "name": KEYS[4]}
    keys = set()
    for word in words:
        key = known.get(option_key(word.replace("+", "")))
        if key is None:
            raise unknown_name("--match key", word, KEYS, title="Keys")
        keys.add(key)
    return tuple(key for key in KEYS if key in keys)


def _region(text: str) -> str:
    if not text:
        return ""
    from leadcli.text.phones import region_of

    region = region_of(text)
    if not region:
        raise Usage(f"--phone-region '{text}' is no country.", hint="write its code of two letters, such as GB or DE")
    return region


_TEXTS = ("on_duplicate", "decimal", "date_format", "delimiter", "encoding", "phone_region", "extra")
_FLAGS = ("create_options", "blank_clears", "strict")
_KEYS = ("match", "map", "set", "values", *_TEXTS, *_FLAGS)


def load(store: Store, name: str, options: ImportOptions) -> ImportOptions:
    """The options of a profile, overridden one by one by those of the command line.

    Usage for a profile there is none of, with the nearest name, and for what its file says wrong.
    """
    path = _path(store, name)
    try:
        saved = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        known, hint = _names(path.parent), "save one: --save-profile NAME"
        raise unknown_name("profile", name, known, title="Profiles", hint=hint) from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Usage(f"{path} is not TOML: {error}.", hint="mend it, or save it anew: --save-profile") from error
    _check(path, saved)
    usual = ImportOptions()
    for key in (*_TEXTS, *_FLAGS):
        if key in saved and getattr(options, key) == getattr(usual, key):
            options = options._replace(**{key: saved[key]})
    if "match" in saved and tuple(options.match) == KEYS:
        options = options._replace(match=tuple(saved["match"]))
    fixed = {field: str(text) for field, text in saved.get("set", {}).items() if field != "tags"}
    tags = saved.get("set", {}).get("tags", [])
    return options._replace(
        map={**{str(k): str(v) for k, v in saved.get("map", {}).items()}, **options.map},
        set={**fixed, **options.set},
        tags=tuple(dict.fromkeys([*([tags] if isinstance(tags, str) else tags), *options.tags])),
        values={field: {str(k): str(v) for k, v in table.items()} for field, table in saved.get("values", {}).items()},
        profile=name,
    )  # fmt: skip


def save(store: Store, name: str, terms: ImportOptions, mapped: dict[str, str]) -> Path:
    """Write a profile: the mapping as it was (column -> field or '-') and the terms it was used with."""
    import tomlkit

    usual = ImportOptions()
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


def _check(path: Path, profile: dict[str, Any]) -> None:
    for key, value in profile.items():
        if key not in _KEYS:
            close = nearest_name(key, _KEYS)
            suggestion = f" Did you mean '{close}'?" if close else ""
            raise Usage(f"{path}: unknown key '{key}'.{suggestion}", hint=f"keys: {', '.join(_KEYS)}")
        expected_type = (
            dict if key in ("map", "set", "values") else list if key == "match" else bool if key in _FLAGS else str
        )
        if not isinstance(value, expected_type):
            raise Usage(f"{path}: '{key}' must be a {_TYPE_NAMES[expected_type]}.", hint="see: leadcli import --help")
    for field, table in profile.get("values", {}).items():
        if not isinstance(table, dict):
            raise Usage(f"{path}: [values.{field}] must be a table.", hint='such as "Neu" = "new"')


_TYPE_NAMES = {dict: "table", list: "list", bool: "true or false", str: "text"}
