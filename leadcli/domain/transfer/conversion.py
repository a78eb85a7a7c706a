"""Rows of cells -> rows of a stage: every value read, checked and keyed, every problem named. Knows no database."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from leadcli.domain.records import uid_of
from leadcli.domain.transfer.contacts import Contacts, Lists
from leadcli.domain.transfer.newcomers import BITS, Newcomers
from leadcli.domain.transfer.terms import Terms
from leadcli.domain.transfer.values import Memory, MoneyColumn, Sum, Wrong, memory
from leadcli.fields import RecordType
from leadcli.kinds import Choice, Context, Money
from leadcli.store import derived


Texts = dict[str, str]
Plain = tuple[int, Sequence[str], str]  # a rows.Row as a pipe carries it


class Batch(NamedTuple):
    """Converted rows, in plain tuples that a pipe carries.

    `rows` are tuples in the order of Converter.columns; `lists` table -> rows (n, position, ...). `rejects` are (number,
    field, error, cells as JSON), `warnings` (number, field, text, reason); `options` the labels met by vocabulary;
    `forms` what amounts told, field -> [points, commas].
    """

    read: int
    rows: list[tuple[Any, ...]]
    lists: dict[str, list[tuple[Any, ...]]]
    rejects: list[tuple[int, str, str, str]]
    warnings: list[tuple[int, str, str, str]]
    options: dict[str, dict[str, int]]
    forms: dict[str, list[int]]
    originals: list[tuple[int, str]]


class World(NamedTuple):
    """What a row is read against: the desk's fields and vocabularies, the moment, and what was told."""

    type: RecordType
    context: Context
    terms: Terms
    newcomers: Newcomers
    fed: Sequence[str]  # fields the file or --set brings
    file: int = 0
    keep: bool = False  # the original cells of good rows too, since they may be rejected later


# The stage's own columns, before those of the fields.
KEYS = tuple(derived.columns("lead", {}))
OWN = ("n", "file", "number", "key", "hash", "made", "reachable", "words", *KEYS)


class Converter:
    """`converter.convert(first n, rows)` -> Batch."""

    def __init__(self, world: World, gather: Callable[[Sequence[str]], Texts], now: int) -> None:
        self.world, self.gather, self.now = world, gather, now
        fields, terms, context = world.type.fields, world.terms, world.context
        scalar = [name for name in world.fed if not fields[name].kind.many]
        self.money = {name: MoneyColumn(fields[name], terms, context.currency)
                      for name in scalar if isinstance(fields[name].kind, Money)}  # fmt: skip
        self.read: dict[str, Memory] = {
            name: memory(fields[name], terms, context) for name in scalar if name not in self.money
        }
        self.contacts = Contacts(world.type, terms, context, world.fed)
        self.choices = {name: kind.vocabulary for name in scalar if isinstance(kind := fields[name].kind, Choice)}
        self.fields = tuple(dict.fromkeys([*scalar, *world.newcomers.fields, "uid"]))
        self.place = {name: place for place, name in enumerate(self.fields)}
        self.columns = (*OWN, *(fields[name].sql_column for name in self.fields),
                        *(f"{name}_{part}" for name in self.money for part in ("form", "other", "said")))  # fmt: skip
        self._salted = blake2b(terms.reading().encode(), digest_size=8)
        self.required = [field for field in fields.values() if field.required]

    def convert(self, first: int, rows: Sequence[Plain]) -> Batch:
        """`first` numbers the first of these rows among all rows of the import."""
        batch = Batch(len(rows), [], {}, [], [], {}, {}, [])
        good = []
        for n, row in enumerate(rows, first):
            if row[2]:
                self._reject(batch, row, Wrong("", row[2]))
            else:
                good.append((n, row))
        texts = [self.gather(row[1]) for _, row in good]
        if told := self.world.terms.set:
            for each in texts:
                each.update(told)
        columns = {name: read.column([each.get(name) for each in texts]) for name, read in self.read.items()}
        tainted = [self.place[name] for name, read in self.read.items() if read.wrong]
        ordered = [columns.get(name, [None] * len(good)) for name in self.fields]
        noise = os.urandom(8 * len(good))
        for place, ((n, row), text) in enumerate(zip(good, texts, strict=True)):
            values = [column[place] for column in ordered]
            wrong = next((values[at] for at in tainted if type(values[at]) is Wrong), None)
            staged = wrong or self._row(batch, (n, row), text, values, noise[8 * place : 8 * place + 8])
            if staged:
                self._reject(batch, row, staged)
        self._met(batch)
        return batch

    def _row(self, batch: Batch, at: tuple[int, Plain], text: Texts, values: list[Any], noise: bytes) -> Wrong | None:
        """Stage one row, or say what is wrong with it."""
        n, row = at
        place = self.place
        more = self._amounts(batch, text, values)
        if isinstance(more, Wrong):
            return more
        country = values[place["country"]] if "country" in place else None
        currency = values[place["currency"]] if "currency" in place else None
        lists = self.contacts.read(text, country, currency)
        if isinstance(lists, Wrong):
            return lists
        known = {name: value for name, value in zip(self.fields, values, strict=True) if value is not None}
        known.update(lists.items)
        if self.required and (lacking := next((f for f in self.required if not known.get(f.name)), None)):
            return Wrong(lacking.name, "is empty and required")
        made = self.world.newcomers.complete(known)
        if isinstance(made, Wrong):
            return made
        if "uid" not in known:
            known["uid"] = uid_of(self.now, _counted(n, noise))
            made |= BITS["uid"]
        batch.warnings.extend((row[0], *warning) for warning in lists.warnings)
        for table, rows in lists.rows(n).items():
            batch.lists.setdefault(table, []).extend(rows)
        keys = derived.columns("lead", known)
        reachable = 1 if known.get("emails") or known.get("phones") else 0
        batch.rows.append((
            n, self.world.file, row[0], _number(self._key(known, lists, keys)), self._hash(row[1]), made,
            reachable, derived.words(known), *keys.values(), *map(known.get, self.fields), *more,
        ))  # fmt: skip
        if self.world.keep:
            batch.originals.append((n, json.dumps(list(row[1]), ensure_ascii=False)))
        return None

    def _amounts(self, batch: Batch, text: Texts, values: list[Any]) -> list[Any] | Wrong:
        """Amounts become minor units of the row's currency; what decides late goes along."""
        more: list[Any] = []
        place = self.place
        for name, column in self.money.items():
            said = text.get(name)
            found = column[said, values[place["currency"]] or ""] if said else None
            if type(found) is Wrong:
                return found
            if found is None:
                more += (0, None, None)
                continue
            assert isinstance(found, Sum)
            values[place[name]] = found.units
            values[place["currency"]] = values[place["currency"]] or found.currency
            more += (found.form, found.other, said if found.form else None)
            if found.form in (1, 2):
                batch.forms.setdefault(name, [0, 0])[found.form - 1] += 1
        return more

    def _key(self, known: Mapping[str, Any], lists: Lists, keys: Mapping[str, str | None]) -> str:
        """By what this row is known again: its first match key, else its name."""
        name = keys["name_key"]
        for key in self.world.terms.match:
            if key in ("external_id", "uid") and key in self.read and known.get(key):
                return f"{key}\0{known[key]}"
            if key == "email" and lists.email_keys:
                return f"email\0{lists.email_keys[0]}"
            if key == "phone+name" and lists.phone_keys and name:
                return f"phone\0{lists.phone_keys[0]}\0{name}"
            if key == "name+company" and name and known.get("company"):
                return f"company\0{name}\0{keys['company_key']}"
        return f"name\0{name}"

    def _hash(self, cells: Sequence[str]) -> int:
        hashed = self._salted.copy()
        hashed.update("\0".join(cells).encode())  # no cell has a NUL in it
        return _signed(hashed.digest())

    def _reject(self, batch: Batch, row: Plain, found: Wrong) -> None:
        batch.rejects.append((row[0], found.field, found.error, json.dumps(list(row[1]), ensure_ascii=False)))

    def _met(self, batch: Batch) -> None:
        """The labels of vocabularies in these rows, first met first."""
        for name, vocabulary in self.choices.items():
            at = len(OWN) + self.place[name]
            labels = batch.options.setdefault(vocabulary, {})
            labels.update(dict.fromkeys((row[at] for row in batch.rows if row[at] is not None), 1))


def _counted(n: int, noise: bytes) -> bytes:
    """80 bits for a uid: they grow with the row's number, so that its index grows at its end only."""
    number = (n >> 20 & 0xFFF) << 64 | (n & 0xFFFFF) << 42 | int.from_bytes(noise, "big") >> 22
    return number.to_bytes(10, "big")


def _number(text: str) -> int:
    return _signed(blake2b(text.encode(), digest_size=8).digest())


def _signed(digest: bytes) -> int:
    return int.from_bytes(digest, "big", signed=True)

