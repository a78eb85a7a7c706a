"""Which lead a row is, and what becomes of it: matched by keys in order, then skipped, filled, updated,
created, refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.rows.new_lead_defaults import BITS
from leadcli.domain.data.import_.weak_keys import WeakKeys
from leadcli.domain.leads import record_values
from leadcli.domain.pipeline import rules
from leadcli.model.fields import RecordType
from leadcli.model.kinds import Record
from leadcli.store.bulk.row_matching import RowMatcher
from leadcli.store.bulk.staging import Stage, StagedRow
from leadcli.store.journal.batch import Edit, values_differ
from leadcli.store.journal.operation import Operation

# A lead keeps these whatever a file says: its identity, and stamps that are leadcli's own.
PROTECTED = ("uid", "created_by", "updated_at")
KEEPS_ONE = ("status", "name")  # what a lead is never without
MERGED_AT_ONCE = 1000  # rows whose leads are held in memory
MERGED = "merged"  # the key of a row whose own lead was merged into another since


class Conflict(NamedTuple):
    """Two keys of a row belong to two leads; the first key won."""

    file: int
    number: int
    won: str
    other: str


class ChangedLeads:
    """Leads that rows are merged into: each is read once and written once, however many rows it takes."""

    def __init__(self, operation: Operation, ids: Sequence[int]) -> None:
        self.operation = operation
        self._before: dict[int, Record] = {
            row["id"]: row for row in operation.store.fetch("lead", list(dict.fromkeys(ids)))
        }
        self._present = dict(self._before)

    def present(self, id: int) -> Record:
        """The lead with what the rows before this one brought; the one it was merged into, where it is gone."""
        if id not in self._present:
            id = self.operation.store.merged_into("lead", id)
        if id not in self._present:
            self._before[id] = self._present[id] = self.operation.store.get("lead", id)
        return self._present[id]

    def change(self, lead: Record, values: Record) -> bool:
        """Give the present lead new values; new choices join the open lists. False when they are what it has."""
        record_values.learn_options(self.operation, self.operation.store.type("lead"), values)
        self._present[lead["id"]] = {**lead, **values}
        return any(values_differ(lead[name], value) for name, value in values.items())

    def write(self) -> None:
        edits = [
            Edit(before, {name: value for name, value in self._present[id].items() if value is not before[name]})
            for id, before in self._before.items()
            if self._present[id] is not before
        ]
        self.operation.write_edits("lead", edits)


class DuplicatePolicy:
    """Settles the doubtful rows of a stage, then merges those that are to be merged."""

    def __init__(
        self,
        operation: Operation,
        stage: Stage,
        terms: ImportOptions,
        keys: Sequence[str],
        *,
        releasing: Collection[int] = (),
    ) -> None:
        """`releasing` are the numbers of the files whose no takes an opt-out of the desk back."""
        self.operation, self.stage, self.terms, self.keys = operation, stage, terms, keys
        self.releasing, self.optouts = releasing, 0  # leads that keep an opt-out their row does not confirm
        self.matcher = RowMatcher(operation.store, stage)
        self.conflicts: list[Conflict] = []
        self.counted = 0  # conflicts
        self.weak = weak = WeakKeys(self.matcher)
        self.asks: Mapping[str, Callable[[StagedRow], Iterator[int]]] = {
            "external_id": self._text_matcher("external_id"), "uid": self._text_matcher("uid"), "email": self._by_email,
            "phone+name": weak.by_phone, "name+company": weak.by_company,
        }  # fmt: skip

    def settle(self) -> None:
        """Write a fate for every row that is not simply new."""
        self.stage.repeats.number_repeats()
        self.matcher.find_known()
        if self.terms.on_duplicate == "create" or self.matcher.is_all_known():
            return
        self.stage.repeats.mark_shared(self.keys)
        self.matcher.find_hits(self.keys)
        for row in self.matcher.doubtful_rows():
            self._settle(row)

    def _settle(self, row: StagedRow) -> None:
        target, key = self._target(row)
        policy = self.terms.on_duplicate
        if target is not None and policy == "error":
            who = f"lead {target}" if target > 0 else "an earlier row"
            self.stage.reject(row.n, "", f"is {who} already")
            return
        if target is not None:
            self.matcher.settle(row.n, "merge" if policy in ("fill", "update") else "skipped", target, key=key)
        if row.inside and (target is None or policy in ("fill", "update")):
            new_uid = row.uid if target is None else None
            keys = [*_strong_keys(row), *self.weak.marks(row)]
            self.matcher.owners.add(-row.n if target is None else target, new_uid, keys)

    def _target(self, row: StagedRow) -> tuple[int | None, str]:
        """The lead (or minus the earlier row) that the first hitting key leads to, and that key; else the one that its
        own, made of this row by an earlier import, was merged into.
        """
        keys_by_target: dict[int, str] = {}
        for key in self.keys:
            for target in self.asks[key](row):
                keys_by_target.setdefault(target, key)
        if len(keys_by_target) > 1:
            self.counted += 1
            if len(self.conflicts) < 5:
                (first, key), (second, other) = list(keys_by_target.items())[:2]
                self.conflicts.append(Conflict(row.file, row.number, f"{key} is {_target_name(first)}",
                                               f"{other} is {_target_name(second)}"))  # fmt: skip
        return next(iter(keys_by_target.items())) if keys_by_target else (self.matcher.survivor(row.n), MERGED)

    def _text_matcher(self, kind: str) -> Callable[[StagedRow], Iterator[int]]:
        def ask(row: StagedRow) -> Iterator[int]:
            key = row.external_id if kind == "external_id" else row.uid
            if key:
                yield from self._targets_of_key(row, kind, key)

        return ask

    def _by_email(self, row: StagedRow) -> Iterator[int]:
        for key in row.emails:
            yield from self._targets_of_key(row, "email", key)

    def _targets_of_key(self, row: StagedRow, kind: str, key: str) -> Iterator[int]:
        """The lead with this key, and the earlier row. Two rows that each bring a uid of their own are two leads."""
        lead = self.matcher.lead_of(kind, key)
        if lead is not None:
            yield lead
        hit = self.matcher.owners.get(kind, key) if row.inside else None
        if hit and not (kind != "uid" and hit.uid and row.uid and hit.uid != row.uid):
            yield hit.target

    def merge(self) -> tuple[dict[int, int], list[tuple[int, str]]]:
        """Bring the rows marked for it into their leads, in order. Updated rows by file; (n, error) of the refused."""
        updated: dict[int, int] = {}
        refused: list[tuple[int, str]] = []
        merges = self.matcher.merges()
        for start in range(0, len(merges), MERGED_AT_ONCE):
            part = merges[start : start + MERGED_AT_ONCE]
            leads = ChangedLeads(self.operation, [lead for _, lead in part])
            for n, id in part:
                row = self.stage.whole(n)
                error = self._merge(row, leads, id)
                if error:
                    refused.append((n, error))
                elif error is None:
                    updated[row["file"]] = updated.get(row["file"], 0) + 1
                else:
                    self.matcher.settle(n, "same", id)
            leads.write()
        self.matcher.flush()
        return updated, refused

    def _merge(self, row: Record, leads: ChangedLeads, id: int) -> str | None:
        """None: changed, '': nothing to change, else why it must not be."""
        operation = self.operation
        store, type_ = operation.store, operation.store.type("lead")
        row_values = values_of_row(type_, row, self.stage.filled_fields)
        old = leads.present(id)
        if row_values.get("phones"):
            row_values["phones"] = [_match_number(item, old["phones"] or ()) for item in row_values["phones"]]
        if self.terms.on_duplicate == "fill":
            values = record_values.fill_empty(type_, old, row_values)
            if row_values.get(optouts.FIELD):  # an opt-out on either side is one
                values[optouts.FIELD] = 1
        else:
            values = self._update_values(type_, old, row_values)
        if old[optouts.FIELD] and not values.get(optouts.FIELD, True) and row["file"] not in self.releasing:
            del values[optouts.FIELD]
            self.optouts += 1
        values = {name: value for name, value in values.items() if value != old[name]}
        plan = rules.plan_change(store, old, values, at=operation.at, next_rule=False)
        if plan.refusal:
            return f"{plan.refusal}, not {values['status']}"
        follows = {name: value for name, value in plan.values.items() if name not in values and value != old[name]}
        values = {**follows, **values}
        return None if values and leads.change(old, values) else ""

    def _update_values(self, type_: RecordType, old: Record, row_values: Record) -> Record:
        """What the file says, where it says something; with --blank-clears nothing too."""
        values = dict(row_values)
        if "tags" in values and "tags" not in self.stage.filled_fields:  # only --tag gave them
            values["tags"] = type_.fields["tags"].kind.merge(old["tags"] or [], values["tags"])  # type: ignore[attr-defined]
        if self.terms.blank_clears:
            for name in self.stage.filled_fields:
                if name not in values and name not in PROTECTED and name not in KEEPS_ONE:
                    values[name] = [] if type_.fields[name].kind.many else None
        return values


def _match_number(item: Record, numbers: Sequence[Record]) -> Record:
    """The number of a lead that these digits are, less the plus or zeros a spreadsheet took off; else the item."""
    typed = item["value"].strip()
    if typed.isascii() and typed.isdigit() and typed[0] != "0":
        for number in numbers:
            if typed in ((number["e164"] or "")[1:], "".join(filter(str.isdigit, number["value"])).lstrip("0")):
                return {**number, "label": item["label"] or number["label"]}
    return item


def values_of_row(type_: RecordType, row: Record, filled_fields: Sequence[str]) -> Record:
    """The values of a staged row that its file brought, by field, without those filled in by default."""
    values: Record = {}
    for field in type_.stored():
        value = row.get(field.sql_column)
        if value is not None and field.name not in PROTECTED and not row["defaulted"] & BITS.get(field.name, 0):
            values[field.name] = value
    for field in type_.many():
        columns: tuple[str, ...] = field.kind.columns  # type: ignore[attr-defined]
        rows = row.get(field.name)
        if rows:
            values[field.name] = [
                each[0] if len(columns) == 1 else dict(zip(columns, each, strict=False)) for each in rows
            ]
    return values


def _target_name(target: int) -> str:
    return f"lead {target}" if target > 0 else "an earlier row's"


def _strong_keys(row: StagedRow) -> Iterator[tuple[str, str]]:
    """The keys that nobody shares with another."""
    for kind, key in (("external_id", row.external_id), ("uid", row.uid)):
        if key:
            yield kind, key
    yield from (("email", key) for key in row.emails)
