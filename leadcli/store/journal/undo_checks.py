"""The undo checks: conflicts with later operations on the same fields, and with what came to depend on it since."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from leadcli.errors import Refused
from leadcli.model.fields import CUSTOMERS
from leadcli.model.kinds import Choice
from leadcli.store.journal.batch import DELETE, INSERT
from leadcli.store.journal.field_renames import FieldRenames
from leadcli.store.journal.operation import Operation
from leadcli.store.reads import records
from leadcli.store.schema import quote_name
from leadcli.store.store import CUSTOMISED

if TYPE_CHECKING:
    from leadcli.store.store import Store

LOOKED_AT = 6  # of the changes that forbid an undo: five are named, the sixth is "and more"


def changes_under_new_names(store: Store, number: int) -> list[tuple[int, str, str, int, str]]:
    """The first later changes of fields that an operation changed when they were called otherwise: (operation, command,
    record, id, field).
    """
    namings = FieldRenames(store)
    names = namings.names_of_renamed()
    if not names:
        return []
    among = "IN (SELECT value FROM json_each(:names))"
    rows = store.connection.execute(
        f"""SELECT c.id, c.field, n.id, n.operation, o.command, n.record, n.record_id, n.field FROM changes c
            JOIN changes n ON n.record = c.record AND n.record_id = c.record_id AND n.operation > c.operation
             AND n.field <> c.field AND n.field {among}
            JOIN operations o ON o.id = n.operation AND o.undone_by IS NULL AND o.undoes IS NULL
            WHERE c.operation = :number AND c.field {among} ORDER BY n.operation""",
        {"names": json.dumps(names), "number": number},
    )

    def now(record: str, change: int, field: str) -> str:
        return namings.names(record, change).get(field, field)

    conflicts = (
        (operation, command, record, id, later)
        for before, earlier, after, operation, command, record, id, later in rows
        if now(record, before, earlier) == now(record, after, later)
    )
    return list(islice(conflicts, LOOKED_AT))


def refuse_orphans(store: Store, running: Operation) -> None:
    """A record that goes must not leave later notes, files or orders without an owner."""
    for child in ("activities", "attachments", "documents"):
        if not store.select(f"SELECT EXISTS (SELECT 1 FROM {child})")[0][0]:
            continue
        # From the records that went to what hangs on them, never through all there is: hence CROSS JOIN.
        rows = store.select(
            f"""SELECT c.record, c.record_id FROM changes d
                CROSS JOIN {child} c ON c.record_id = d.record_id AND c.record = d.record
                WHERE d.operation = ? AND d.field = '{DELETE}' AND ({_gone(store)}) LIMIT 1""",
            (running.id,),
        )
        if rows:
            record, number = rows[0]
            id = f"{store.type(record).letter}{number}"
            raise Refused(
                f"operation {running.undoes} cannot be undone: {record} {id} has {child} added since.",
                hint=f"see them: leadcli show {id}; delete them first, or keep the {record}",
            )


def _gone(store: Store) -> str:
    """SQL that is true for a change `d` of a record that is no more."""
    return " OR ".join(
        f"d.record = '{record}' AND NOT EXISTS (SELECT 1 FROM {store.type(record).table} r WHERE r.id = d.record_id)"
        for record in CUSTOMISED
    )


def refuse_links(store: Store, running: Operation) -> None:
    """A customer that goes must not be one that later records point to."""
    for record in CUSTOMERS:
        type_ = store.type(record)
        ids = list(running.touched.get(record, ()))
        there = {row["id"] for row in store.fetch(record, ids, fields=("id",))}
        gone = [id for id in ids if id not in there]
        for id, pointing in store.pointing_to(record, gone).items() if gone else ():
            raise Refused(
                f"operation {running.undoes} cannot be undone: {record} {type_.letter}{id} "
                f"is the {record} of {', '.join(pointing[:5])} since.",
                hint="unlink or undo those first; see: leadcli history",
            )


def refuse_used_values(store: Store, running: Operation) -> None:
    """A field or a choice that goes must not be one that records were given since (open lists just learn again)."""
    undoes = store.select("SELECT undoes FROM operations WHERE id = ?", (running.undoes,))[0][0]
    # The redo of a removed field leaves its values where they are, for the next undo.
    sql = "SELECT record, old FROM changes WHERE operation = ? AND record IN (?, 'option') AND field = ?"
    for record, text in store.select(sql, (running.id, "option" if undoes else "custom_field", DELETE)):
        gone = json.loads(text)
        what = _used_field(store, gone) if record == "custom_field" else _used_choice(store, gone)
        if what:
            raise Refused(
                f"operation {running.undoes} cannot be undone: {what} since.",
                hint="remove it instead: leadcli field rm NAME, or leadcli field edit NAME --remove-choice A",
            )


def _used_field(store: Store, gone: dict[str, str]) -> str:
    for record in CUSTOMISED:
        table = store.type(record).table
        count = store.select(f"SELECT count({quote_name(gone['column'])}) FROM {table}")[0][0]
        if count:
            return f"field {gone['name']} was filled in for {count} {table if count != 1 else record}"
    return ""


def _used_choice(store: Store, gone: dict[str, str]) -> str:
    for type_, field, ids in records.users_of_value(store, gone["field"], gone["label"]):
        if isinstance(field.kind, Choice) and not field.kind.open:
            return f"{gone['field'].replace('_', ' ')} {gone['label']} was given to {type_.name} {type_.letter}{ids[0]}"
    return ""


def refuse_twins(store: Store, running: Operation) -> None:
    """A field that comes back must not meet another that took its name, nor a lead one that has its identity."""
    twins = store.select("SELECT name FROM custom_fields GROUP BY name HAVING count(*) > 1 LIMIT 1")
    if twins:
        raise Refused(
            f"operation {running.undoes} cannot be undone: another field called {twins[0][0]} was added since.",
            hint=f"rename that one first: leadcli field edit {twins[0][0]} --rename OTHER",
        )
    same = store.select(
        f"""SELECT l.id, t.id FROM changes c
            CROSS JOIN leads l ON l.id BETWEEN c.record_id AND coalesce(c.last_id, c.record_id)
            CROSS JOIN leads t ON {records.ids_with_uid("t", "l.uid")} AND t.id <> l.id
            WHERE c.operation = ? AND c.record = 'lead' AND c.field = '{INSERT}' LIMIT 1""",
        (running.id,),
    )
    if same:
        raise Refused(
            f"operation {running.undoes} cannot be undone: lead {same[0][1]} was imported as lead {same[0][0]} since.",
            hint=f"take that one away first: leadcli rm {same[0][1]}",
        )
