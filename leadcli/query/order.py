"""`--sort field,-field` -> ORDER BY: empty values last, ties by the highest id first."""

from __future__ import annotations

from leadcli.errors import Usage, unknown_name
from leadcli.model.fields import RECORDS, Field, RecordType
from leadcli.model.kinds import Choice, Context, Reference
from leadcli.model.kinds.many import ManyKind
from leadcli.query.scope import field_title, find_field, sql_expression
from leadcli.text.money import PRECISION

# A vocabulary longer than this (campaigns of years) is sorted by the alphabet: nobody knows its order.
_KNOWN_ORDER = 50


def order_by(sort: str, record: RecordType, context: Context) -> str:
    """The ORDER BY of `sort` over the row alias `r`; '' is newest first. Raises Usage for an unknown field.

    Choices sort by their place in the vocabulary, money by major units (currencies are not converted), links by name.
    """
    terms: list[str] = []
    for field, down in _keys(sort, record):
        if field.name == "id":
            return ", ".join([*terms, "r.id DESC" if down else "r.id"])
        terms.append(f"{_key(field, record, context)} {'DESC' if down else 'ASC NULLS LAST'}")
    return ", ".join([*terms, "r.id DESC"])


def describe_order(sort: str, record: RecordType) -> str:
    """`sort` in English: newest first; value (descending), name."""
    names = [
        f"{field_title(field)} (descending)" if down else field_title(field) for field, down in _keys(sort, record)
    ]
    return ", then ".join(names) or "newest first"


def _keys(sort: str, record: RecordType) -> list[tuple[Field, bool]]:
    keys = []
    for word in filter(None, (part.strip() for part in sort.split(","))):
        name = word.removeprefix("-").strip()
        field = find_field(record, name)
        if field is None:
            raise unknown_name(
                "field",
                name,
                list(record.fields),
                hint="write --sort FIELD or --sort -FIELD (see: leadcli field list).",
            )
        keys.append((field, word.startswith("-")))
    return keys


def _key(field: Field, record: RecordType, context: Context) -> str:
    value, family = sql_expression(field), field.kind.filter
    if isinstance(field.kind, ManyKind):
        return _first(field, record)
    if isinstance(field.kind, Reference):
        return f"(SELECT name COLLATE NOCASE FROM {RECORDS[field.kind.record].table} WHERE id = {value})"
    if isinstance(field.kind, Choice) and 0 < len(context.options(field.kind.vocabulary)) <= _KNOWN_ORDER:
        vocabulary = field.kind.vocabulary.replace("'", "''")
        return f"(SELECT position FROM options WHERE field = '{vocabulary}' AND label = {value})"
    if family == "money" and "currency" in record.fields:
        whole, mills = (
            ", ".join(f"'{code}'" for code, each in PRECISION.items() if each == places) for places in (0, 3)
        )
        factor = f"CASE WHEN r.currency IN ({whole}) THEN 1000 WHEN r.currency IN ({mills}) THEN 1 ELSE 10 END"
        return f"{value} * {factor}"
    if family == "due":
        return f"CASE WHEN r.{field.sql_column} IS NOT NULL THEN start_of({value}) END"
    if family == "decimal":
        return f"CAST({value} AS NUMERIC)"
    if field.name == "name" and "name_key" in record.indexes:
        return "r.name_key"
    return f"{value} COLLATE NOCASE" if family in ("text", "exact", "choice", "email", "phone") else value


def _first(field: Field, record: RecordType) -> str:
    """The primary value of a list."""
    assert isinstance(field.kind, ManyKind)
    column = field.kind.columns[0]
    if column == "label":
        raise Usage(f"cannot sort by {field_title(field)}: it is a list.", hint="sort by city, street or country.")
    inside = f"record = '{record.name}' AND record_id = r.id AND position = 0"
    return f"(SELECT {column} COLLATE NOCASE FROM {field.kind.many} WHERE {inside})"
