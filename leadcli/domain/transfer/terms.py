"""What an import was told: mapping, policy and how values are written, from its options and its profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.errors import Usage, unknown
from leadcli.kinds import option_key

POLICIES = ("skip", "fill", "update", "create", "error")
KEYS = ("external_id", "uid", "email", "phone+name", "name+company")


class Terms(NamedTuple):
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
    date_format: str = ""
    decimal: str = ""
    phone_region: str = ""
    profile: str = ""
    rejects: str = ""
    with_skips: bool = False

    def checked(self) -> Terms:
        """The same, spelt as leadcli spells it. Usage names an option's value that is none of those it can have."""
        if self.on_duplicate not in POLICIES:
            raise unknown("--on-duplicate", self.on_duplicate, POLICIES, title="Known")
        if self.extra not in ("", "custom"):
            raise unknown("--extra", self.extra, ("custom",), title="Known")
        if self.decimal not in ("", ".", ",", "point", "comma"):
            raise Usage(f"--decimal '{self.decimal}' is no point and no comma.", hint="--decimal , or --decimal .")
        if self.blank_clears and self.on_duplicate != "update":
            raise Usage("--blank-clears only means something with --on-duplicate update.", hint="add it")
        if self.with_skips and not self.rejects:
            raise Usage("--with-skips only means something with --rejects FILE.", hint="add --rejects FILE")
        if self.date_format:
            from leadcli.isodates import by_format

            by_format("2026-11-22", self.date_format)
        return self._replace(
            match=_keys(self.match), decimal={"point": ".", "comma": ","}.get(self.decimal, self.decimal),
            phone_region=_region(self.phone_region),
        )  # fmt: skip

    def reading(self) -> str:
        """Everything that decides what becomes of a row: rows read otherwise are other rows."""
        told: dict[str, Any] = self._asdict()
        for free in ("strict", "rejects", "with_skips", "delimiter", "encoding", "profile"):
            del told[free]
        return repr({name: _plain(value) for name, value in sorted(told.items())})


def _plain(value: Any) -> Any:
    """A mapping as sorted pairs, so that equal terms are written equally."""
    if isinstance(value, Mapping):
        return sorted((key, _plain(each)) for key, each in value.items())
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _keys(said: Sequence[str]) -> tuple[str, ...]:
    """The match keys asked for, in their fixed order."""
    known = {option_key(key.replace("+", "")): key for key in KEYS} | {"phone": KEYS[3], "id": KEYS[0]}
    known |= {"emails": KEYS[2], "phonesname": KEYS[3], "company": KEYS[4], "name": KEYS[4]}
    found = set()
    for word in said:
        key = known.get(option_key(word.replace("+", "")))
        if key is None:
            raise unknown("--match key", word, KEYS, title="Keys")
        found.add(key)
    return tuple(key for key in KEYS if key in found)


def _region(text: str) -> str:
    if not text:
        return ""
    from leadcli.phones import region_of

    found = region_of(text)
    if not found:
        raise Usage(f"--phone-region '{text}' is no country.", hint="write its code of two letters, such as GB or DE")
    return found
