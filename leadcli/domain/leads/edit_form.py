"""A record as a form to edit: `field: value`, one a line, longer texts indented below `field: |`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from leadcli.domain.leads.record_values import Typed
from leadcli.errors import LeadError, Usage, unknown_name
from leadcli.model.fields import RECORDS, Field, RecordType
from leadcli.model.kinds import Choice, LongText, Record
from leadcli.model.kinds.many import join_cell, split_cell
from leadcli.store.store import Store

_INDENT = "  "
FIRST_OF_LIST = ("email", "phone")  # computed fields that stand for the first of emails and phones


def write_form(store: Store, record: str, texts: Mapping[str, str], *, heading: str) -> str:
    """The form of a record: every writable field under its group, filled with `texts`."""
    groups: dict[str, list[Field]] = {}
    for field in store.type(record).writable():
        groups.setdefault(field.group or "Fields", []).append(field)
    lines = [f"# {heading}", "# One field a line; what is left empty is emptied. Lines that begin with # are remarks.",
             "# Several values are joined by ; and a label stands before its value: work:ann@x.com"]  # fmt: skip
    for group, fields in groups.items():
        lines += ["", f"# {group}"]
        for field in fields:
            lines += _choice_comment(store, field)
            lines += _form_entry(field.name, texts.get(field.name, ""))
    return "\n".join(lines) + "\n"


def _choice_comment(store: Store, field: Field) -> Iterator[str]:
    """A remark with the values of a closed list."""
    if isinstance(field.kind, Choice) and not field.kind.open:
        labels = [option.label for option in store.options(field.kind.vocabulary) if option.active]
        if labels:
            yield f"# {field.name} is one of: {', '.join(labels)}"


def _form_entry(name: str, text: str) -> list[str]:
    if "\n" not in text and text[:1] not in ("|", " "):
        return [f"{name}: {text}".rstrip()]
    return [f"{name}: |", *(f"{_INDENT}{line}".rstrip() for line in text.split("\n"))]


def form_texts(type_: RecordType, row: Record) -> dict[str, str]:
    """A record's writable fields as the form shows them."""
    return {field.name: field.kind.plain(row.get(field.name), row) for field in type_.writable()}


def read_form(type_: RecordType, form: str, *, above: int = 0) -> dict[str, str]:
    """A form -> the text of each field in it. Usage names the line that is wrong, counted with so many lines above."""
    texts: dict[str, str] = {}
    block = ""
    for number, line in enumerate(form.replace("\r\n", "\n").split("\n"), 1 + above):
        if block and (line.startswith(_INDENT) or not line.strip()):
            texts[block] += "\n" + line.removeprefix(_INDENT)
            continue
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, text = line.partition(":")
        field = type_.fields.get(name.strip().casefold().replace("-", "_"))
        if not colon or field is None:
            raise _line_error(type_, name.strip(), number, colon)
        if field.name in texts:
            raise Usage(f"line {number}: {field.name} stands there twice.")
        block = field.name if text.strip() == "|" else ""
        texts[field.name] = "" if block else text.strip()
    return {
        name: text.strip("\n") if isinstance(type_.fields[name].kind, LongText) else text.strip()
        for name, text in texts.items()
    }


def place_error(type_: RecordType, form: str, error: LeadError, *, above: int = 0) -> str:
    """What is wrong with a form, by the line, counted with so many lines above, and the field it is about."""
    for number, line in enumerate(form.split("\n"), 1 + above):
        field = type_.fields.get(line.partition(":")[0].strip().casefold().replace("-", "_"))
        if field and error.message.startswith(f"{field.flag} "):
            return f"line {number}: {field.name}{error.message.removeprefix(field.flag)}"
    return error.message


def _line_error(type_: RecordType, name: str, number: int, colon: str) -> Usage:
    if not colon:
        return Usage(
            f"line {number}: '{name[:40]}' is no `field: value`.",
            hint="longer texts are indented by two spaces below `field: |`",
        )
    error = unknown_name("field", name, type_.fields)
    return Usage(f"line {number}: {error.message}")


def changed_values(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The fields whose text differs. A line that was removed changes nothing."""
    return {name: text for name, text in after.items() if text != before.get(name, "")}


def typed_values(type_: RecordType, texts: Mapping[str, str]) -> dict[str, str | list[str]]:
    """Texts of a form in the shape that command-line options have."""
    return {name: _option_values(type_.fields[name], text) for name, text in texts.items()}


def _option_values(field: Field, text: str) -> str | list[str]:
    """The values of a list one by one. Tags, phones and addresses stay one cell, which their kind splits."""
    if not field.kind.many or field.name in ("tags", "phones", "addresses"):
        return text
    return split_cell(text, ";\n")


def read_json_lead(text: str, record: str) -> Typed:
    """A JSON object of fields, as `show --json` prints it -> texts as from options. Usage for anything else.

    Read-only fields (id, created_at ...) and empty values are skipped.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Usage(f"--json-in is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise Usage(
            "--json-in is not one JSON object.", hint='write {"name": "Ada Lovelace", "emails": ["ada@acme.com"]}'
        )
    type_ = RECORDS[record]
    writable = {word: value for word, value in data.items() if _is_filled_in(type_.find(word), value)}
    try:
        return typed_texts(type_, writable)
    except Usage as error:
        raise Usage(f"--json-in: {error.message}", hint=error.hint) from error


def _is_filled_in(field: Field | None, value: object) -> bool:
    """A value to take over: not empty, and not one that leadcli works out itself."""
    return value not in (None, [], "") and (field is None or field.writable or field.name in FIRST_OF_LIST)


def typed_texts(type_: RecordType, values: Mapping[str, object]) -> dict[str, str | list[str]]:
    """{field: a value of Python or JSON} -> {field name: texts as from options}. Usage for a value that is none.

    `email` and `phone` stand for a list of one, unless the list is there too.
    """
    texts: dict[str, str | list[str]] = {}
    for word, value in values.items():
        field = type_.find(word)
        name = field.name if field else word
        if name in FIRST_OF_LIST:
            if not values.get(f"{name}s"):
                texts[f"{name}s"] = [_value_text(word, value)]
        elif isinstance(value, list | tuple):
            texts[name] = _list_texts(field, word, value)
        else:
            texts[name] = _value_text(word, value)
    return texts


def _value_text(word: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        text = format(Decimal(str(value)), "f")
        return f"{text}0" if len(text.partition(".")[2]) == 3 else text  # 1.234 could be read as two amounts
    if isinstance(value, datetime):
        return f"{value.astimezone() if value.tzinfo else value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str | int):
        raise Usage(f"{word} is {_excerpt(value)}; a text or a number was expected.")
    return str(value)


def _excerpt(value: object) -> str:
    return json.dumps(value, default=repr)[:40]


def _list_texts(field: Field | None, word: str, value: Sequence[object]) -> str | list[str]:
    """A list of texts or objects -> the texts that options take."""
    if field is not None and field.name == "addresses":
        return json.dumps(list(value))
    texts = [_item_parts(word, item) if isinstance(item, dict) else ("", _value_text(word, item)) for item in value]
    if field is not None and field.name == "phones":
        return [join_cell([pair]) for pair in texts]  # escaped: a number may hold ; and : itself
    return [f"{label}:{text}" if label else text for label, text in texts]


def _item_parts(word: str, item: Record) -> tuple[str, str]:
    """(label, value) of an item; an item without a label has ''. Usage when there is no value."""
    if item.get("product"):
        price = f" @{item['price']}" if item.get("price") is not None else ""
        return "", f"{item['product']} x{item.get('quantity') or 1}{price}"
    if not item.get("value"):
        raise Usage(f"{word} has {_excerpt(item)}, which has no value.", hint='write {"value": ..., "label": ...}')
    return str(item.get("label") or ""), str(item["value"])
