"""Quotes, orders and invoices of a lead or a customer: adds, lists, shows, edits and removes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from leadcli.domain.customers import letterheads
from leadcli.domain.leads import lists, record_values
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import activities
from leadcli.errors import Refused, Usage, unknown_name
from leadcli.model.fields import DOCUMENT
from leadcli.model.kinds import MONEY, TEXT, Id, Record
from leadcli.model.results import Card, Column, ResultNote, Table
from leadcli.store.journal.operation import begin_operation
from leadcli.store.reads import timeline
from leadcli.store.reads import timeline as activity_reads
from leadcli.store.store import Store
from leadcli.text import money as money_text

KINDS = ("quote", "order", "invoice")
_TOTAL = Column("total", "total", MONEY, 1)
_LINE_COLUMNS = (
    Column("quantity", "quantity", TEXT),
    Column("text", "text", TEXT),
    Column("price", "price", MONEY),
    Column("amount", "amount", MONEY),
)


class DocumentRequest(NamedTuple):
    """A document as it was typed; None leaves a field as it is."""

    kind: str | None = None
    number: str | None = None
    date: str | None = None
    status: str | None = None
    currency: str | None = None
    lines: Sequence[str] = ()


def add_document(store: Store, target: Target, request: DocumentRequest, *, force: bool = False) -> ResultNote:
    """Add a document to each record, by default with the next free number and today's date.

    Without lines, those of the record's products, else its item and value. Refused when the number is taken, unless
    forced.
    """
    ids: list[int] = []
    unpriced: dict[str, None] = {}
    with begin_operation(store) as operation:
        for owner in store.fetch(target.record, target.ids):
            values = _read_request(
                store, request._replace(kind=request.kind or "order"), {"currency": owner.get("currency")}
            )
            values["number"] = values.get("number") or activity_reads.next_number(store, values["kind"])
            values["date"] = values.get("date") or store.today
            if not values.get("lines"):
                values["lines"] = _default_lines(target.record, owner)
                unpriced |= dict.fromkeys(_unpriced_products(owner))
            values["currency"] = values.get("currency") or owner.get("currency") or store.context.currency
            _refuse_taken_number(store, values["kind"], values["number"], force=force)
            ids.append(
                record_values.insert_record(
                    operation, "document", {**values, "record": target.record, "record_id": owner["id"]}
                )
            )
        rows = store.fetch("document", ids)
        owners = store.fetch(target.record, target.ids)
    verb = store.desk.choose_verb("Added", "add")
    sentence = (
        f"{verb} {len(ids)} documents."
        if len(ids) != 1
        else f"{verb} {rows[0]['kind']} {rows[0]['number']} (D{ids[0]}): {_format_total(store, rows[0])}."
    )
    warnings = [f"product {product} has no price: its line is 0" for product in unpriced]
    table = lists.record_table(store, owners, record=target.record)
    return ResultNote(sentence, [f"D{id}" for id in ids], table, warnings=warnings)


def _read_request(store: Store, request: DocumentRequest, old: Mapping[str, Any]) -> Record:
    """Parse a request into stored values, its lines in the currency of the document. Usage for an unknown kind."""
    typed: dict[str, str | Sequence[str]] = {
        name: text for name, text in zip(DocumentRequest._fields[:5], request[:5], strict=True) if text is not None
    }
    if request.lines:
        typed["lines"] = list(request.lines)
    values = record_values.parse_values(store, "document", typed, old=old).values
    if "kind" in values:
        kind = str(values["kind"] or "").casefold()
        if kind not in KINDS:
            raise unknown_name("kind of document", str(values["kind"] or ""), KINDS, title="Kinds")
        values["kind"] = kind
    return values


def _default_lines(record: str, owner: Record) -> list[Record]:
    """Lines of the products of a record, else one of its item and value. Usage when it has none of them."""
    if owner.get("products"):
        return [
            {"text": item["product"], "quantity": item["quantity"], "price": item["price"] or 0}
            for item in owner["products"]
        ]
    if owner.get("item") is None and owner.get("value") is None:
        raise Usage(
            f"{record} {owner['id']} has neither products nor an item nor a value to make lines of.",
            hint='say what it is for: --line "Pump;2;120"',
        )
    return [{"text": owner.get("item") or owner["name"], "quantity": "1", "price": owner.get("value") or 0}]


def _unpriced_products(owner: Record) -> list[str]:
    """The products of a record that have no price."""
    return [item["product"] for item in owner.get("products") or () if item["price"] is None]


def _refuse_taken_number(store: Store, kind: Any, number: Any, *, force: bool, but: int | None = None) -> None:
    taken = activity_reads.number_taken(store, kind, number)
    if taken not in (None, but) and not force:
        raise Refused(f"{kind} {number} exists already (D{taken}).", hint="leave --number out for the next free one")


def edit_document(store: Store, target: Target, request: DocumentRequest, *, force: bool = False) -> ResultNote:
    """Change documents; --line replaces all lines. Another currency keeps the prices' major units."""
    if request == DocumentRequest():
        raise Usage("nothing to change.", hint="say what: --kind, --number, --date, --status, --line")
    with begin_operation(store) as operation:
        for old in store.fetch("document", target.ids):
            values = _read_request(store, request, old)
            kind, number = values.get("kind", old["kind"]), values.get("number", old["number"])
            if (kind, number) != (old["kind"], old["number"]):
                _refuse_taken_number(store, kind, number, force=force, but=old["id"])
            if "currency" in values and "lines" not in values:
                values["lines"] = [_convert_price(line, old["currency"], values["currency"]) for line in old["lines"]]
            record_values.update_record(operation, "document", old["id"], values)
        rows = _add_totals(store, store.fetch("document", target.ids))
    verb = store.desk.choose_verb("Changed", "change")
    what = (
        f"{rows[0]['kind']} {rows[0]['number']} (D{rows[0]['id']}): {_format_total(store, rows[0])}"
        if len(rows) == 1
        else f"{len(rows)} documents"
    )
    return ResultNote(f"{verb} {what}.", [f"D{row['id']}" for row in rows], Table(_document_columns(), rows))


def _convert_price(line: Record, old: str | None, new: str | None) -> Record:
    """A line with the same major units in another currency."""
    return {**line, "price": int(money_text.major_units(line["price"], old) * money_text.minor_unit_scale(new))}


def document_table(store: Store, target: Target | None) -> Table:
    """The documents of records and of the records linked to them, or all documents, newest first."""
    owners = (
        None
        if target is None
        else [owner for id in target.ids for owner in timeline.related_records(store, target.record, id)]
    )
    rows = _add_totals(store, store.fetch("document", activity_reads.document_rows(store, owners)))
    return Table(_document_columns(), rows, empty="No documents. Make one: leadcli document add 12 --kind order")


def document_card(store: Store, id: int) -> Card:
    """One document with its lines."""
    row = _add_totals(store, [store.get("document", id)])[0]
    columns = _document_columns()
    lines = [{**line, "currency": row["currency"], "amount": _line_amount(line)} for line in row["lines"]]
    section = Table(_LINE_COLUMNS, lines, title="Lines")
    shown = [
        column
        for column in columns
        if column.name not in ("id", "kind", "number", "lines", "currency") and row.get(column.name)
    ]
    return Card(
        f"{str(row['kind']).capitalize()} {row['number']}  D{id}",
        str(row["status"] or ""),
        [("", shown)],
        row,
        columns,
        [section],
        paper=letterheads.compose_paper(store, row, total=_format_total(store, row)),
    )


def _document_columns() -> list[Column]:
    fields = [
        lists.as_column(DOCUMENT.fields[name]) for name in ("kind", "number", "date", "status", "currency", "lines")
    ]
    owner = (Column("lead", "lead", TEXT, 2), _TOTAL)
    return [Column("id", "id", Id("D"), 0), owner[0], *fields, owner[1]]


def _add_totals(store: Store, rows: list[Record]) -> list[Record]:
    """Add to each document the record it belongs to (`lead`) and its total in minor units."""
    for row in rows:
        row["lead"], row["total"] = activities.owner_reference(row), sum(map(_line_amount, row["lines"]))
    return rows


def _line_amount(line: Record) -> int:
    """Quantity x price, in whole minor units, halves up."""
    return int((Decimal(line["quantity"]) * line["price"]).quantize(Decimal(1), ROUND_HALF_UP))


def _format_total(store: Store, row: Record) -> str:
    return lists.money(store, [(row["currency"] or "", sum(map(_line_amount, row["lines"])))])[0]


def remove_documents(store: Store, target: Target) -> ResultNote:
    """Remove documents. Undo restores them."""
    with begin_operation(store) as operation:
        deleted = _add_totals(
            store,
            [{**dict.fromkeys(DOCUMENT.fields), "lines": [], **operation.delete("document", id)} for id in target.ids],
        )
    what = (
        f"{deleted[0]['kind']} {deleted[0]['number']} (D{deleted[0]['id']})"
        if len(deleted) == 1
        else f"{len(deleted)} documents"
    )
    verb, undo = store.desk.choose_verb("Removed", "remove"), store.desk.undo_hint
    return ResultNote(
        f"{verb} {what}.{undo}", [f"D{row['id']}" for row in deleted], Table(_document_columns(), deleted)
    )
