"""What an import teaches the desk: new values of vocabularies, one spelling each, and custom fields for
extra columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from leadcli.domain.leads import record_values
from leadcli.domain.upkeep import custom_fields
from leadcli.errors import Busy, Refused, Usage, nearest_name
from leadcli.model.fields import Field, RecordType, custom_field
from leadcli.model.kinds import Choice, option_key
from leadcli.store.bulk.staging import Stage
from leadcli.store.journal.operation import Operation
from leadcli.store.reads import records as record_reads
from leadcli.store.store import Store

MOST_EXTRA = 500  # a table of SQLite has 2000 columns at most


class LearnedValues:
    """The labels met in the files, by vocabulary, first met first; `new` are those the desk did not know."""

    def __init__(self, type_: RecordType) -> None:
        # Where the stage has their labels: a column, and the side table it is in.
        self.columns = {field.kind.vocabulary: (field.sql_column, "") for field in type_.fields.values()
                        if isinstance(field.kind, Choice) and not field.sql}  # fmt: skip
        self.columns["product"] = ("product", "products")
        self.labels: dict[str, dict[str, str]] = {}
        self.variants: list[tuple[str, str, str]] = []
        self.new: dict[str, list[str]] = {}

    def add_labels(self, options: Mapping[str, Iterable[str]]) -> None:
        """Labels of one more batch of rows. The first spelling of a value is its spelling."""
        for vocabulary, labels in options.items():
            known = self.labels.setdefault(vocabulary, {})
            for label in labels:
                first = known.setdefault(option_key(label), label)
                if first != label and (vocabulary, first, label) not in self.variants:
                    self.variants.append((vocabulary, first, label))

    def unify_spelling(self, stage: Stage) -> None:
        """One spelling for each value of the stage."""
        for vocabulary, first, label in self.variants:
            column, side = self.columns[vocabulary]
            stage.respell(column, first, label, side=side)

    def add_to_desk(self, operation: Operation, stage: Stage) -> None:
        """Add what the desk lacks, now that nobody else can; a spelling it has by now is taken over.

        Only what rows bring that are taken, not what skipped ones say.
        """
        store = operation.store
        store.forget()
        for vocabulary, labels in self.labels.items():
            known = {option.key: option.label for option in store.options(vocabulary)}
            new = []
            column, side = self.columns[vocabulary]
            for key, label in labels.items():
                if key in known:
                    if known[key] != label:
                        stage.respell(column, known[key], label, side=side)
                elif not (vocabulary == "owner" and label == store.context.me):
                    new.append(label)
            taken = stage.labels_in_use(column, new, side=side)
            if new := [label for label in new if label in taken]:
                self.new[vocabulary] = new
                _add_options(operation, vocabulary, new)

    def sentences(self, store: Store) -> list[str]:
        """ "new source: Evnt (did you mean Event?), Fair"."""
        lines = []
        for vocabulary, labels in self.new.items():
            older = [option.label for option in store.options(vocabulary) if option.label not in labels]
            new_labels = []
            for label in labels[:20]:
                close = nearest_name(label, older)
                new_labels.append(f"{label} (did you mean '{close}'?)" if close else label)
            rest = f" and {len(labels) - 20} more" if len(labels) > 20 else ""
            lines.append(f"new {vocabulary.replace('_', ' ')}: {', '.join(new_labels)}{rest}")
        return lines


def _add_options(operation: Operation, vocabulary: str, labels: Sequence[str]) -> None:
    if vocabulary == "status":
        for label in labels:
            record_values.add_option(operation, vocabulary, label, state="open")
        return
    # Not add_option, which reads the vocabulary anew for each: a file may bring a thousand campaigns.
    position = max((option.position for option in operation.store.options(vocabulary)), default=-1)
    for number, label in enumerate(labels, start=1):
        operation.insert("option", {
            "field": vocabulary, "key": option_key(label), "label": label, "position": position + number, "active": 1,
        })  # fmt: skip


def extra_fields(store: Store, headers: Sequence[str]) -> dict[str, Field]:
    """Custom text fields for columns that feed nothing: header -> field, not yet in the desk. Usage for too many."""
    if len(headers) > MOST_EXTRA:
        raise Usage(
            f"{len(headers):,} columns have no field, and an import makes {MOST_EXTRA} custom ones at most.",
            hint="name those you want: --map COLUMN=FIELD, without --extra custom",
        )
    fields: dict[str, Field] = {}
    for header in headers:
        name = re.sub(r"\W+", "_", header.strip().casefold()).strip("_")[:36] or "column"
        name = name if not name[0].isdigit() else f"column_{name}"
        taken = {field.name for field in fields.values()}
        for candidate in (name, f"my_{name}", *(f"my_{name}_{number}" for number in range(2, 1000))):
            if candidate not in taken and _is_free(store, candidate):
                fields[header] = custom_field(candidate, type="text", column=record_reads.free_column(store, candidate))
                break
    return fields


def _is_free(store: Store, name: str) -> bool:
    try:
        return custom_fields.check_free_name(store, name) == name
    except Refused:
        return False


def add_fields(operation: Operation, fields: Iterable[Field]) -> None:
    """The custom fields join the desk in the import's own operation, but for those it has got meanwhile.

    Busy for one that somebody made otherwise.
    """
    there = {row["name"]: row for row in operation.store.every("custom_field")}
    last = max((row["position"] or 0 for row in there.values()), default=0)
    for number, field in enumerate(fields, start=1):
        same = there.get(field.name)
        if same and (same["column"], same["type"]) == (field.sql_column, "text"):
            continue
        if same:
            raise Busy(f"a field {field.name} was made while files were read; nothing was imported.", hint="try again")
        row = {"name": field.name, "column": field.sql_column, "type": "text", "position": last + number, "required": 0}
        operation.insert("custom_field", row)
