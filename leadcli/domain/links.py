"""Which customer a text names: its id (A4), or the name of an account or a contact."""

from __future__ import annotations

import re

from leadcli import matching
from leadcli.errors import NotFound, Usage
from leadcli.fields import Field
from leadcli.kinds import Reference
from leadcli.store import lookup
from leadcli.store.store import Store


def linked(store: Store, field: Field, text: str) -> int | None:
    """The id that a link field gets from what was typed; None for nothing. NotFound when nothing is called that."""
    kind = field.kind
    assert isinstance(kind, Reference)
    text = text.strip()
    if not text:
        return None
    found = named(store, kind.record, text)
    if found is None:
        raise NotFound(
            f"no {kind.record} is called '{text}'.", hint=f"list them: leadcli {store.type(kind.record).table}"
        )
    return found


def named(store: Store, record: str, text: str) -> int | None:
    """The record a text names, or None when none is called that.

    A name counts whatever its case, accents and legal form; of several namesakes the one spelt exactly so. NotFound for
    an id that does not exist, Usage when several could be meant.
    """
    letter = store.type(record).letter
    numbered = re.fullmatch(rf"[#]?{letter}?(\d{{1,18}})", text.strip(), re.IGNORECASE)
    if numbered:
        id = store.merged_into(record, int(numbered[1]))
        store.get(record, id, fields=("id",))
        return id
    if record == "opportunity":
        return None
    found = lookup.namesakes(store, record, text)
    if len(found) < 2:
        return found[0] if found else None
    rows = store.fetch(record, found, fields=("id", "name"))
    same = [row for row in rows if matching.fold(row["name"]) == matching.fold(text)] or rows
    if len(same) > 1:
        several = ", ".join(f"{letter}{row['id']} ({row['name']})" for row in same[:5])
        raise Usage(
            f"several {store.type(record).table} are called '{text}': {several}.",
            hint=f"name one by its id: {letter}{same[0]['id']}",
        )
    return int(same[0]["id"])
