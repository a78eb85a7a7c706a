"""Web forms: what a visitor sends becomes a lead, or an activity on their lead. The same body is taken once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from leadcli.domain.data import inbox
from leadcli.domain.data.import_ import options as import_options
from leadcli.domain.data.import_.columns.map_by_row import gatherer
from leadcli.domain.data.import_.columns.mapping import map_columns
from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.readers.form_body import LARGEST, read_form_body
from leadcli.domain.leads import create, lists, record_values
from leadcli.domain.work import activities
from leadcli.errors import LeadError, Usage
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import records as record_reads
from leadcli.store.store import Store

SOURCE = "Website"
LARGEST_BODY = LARGEST
# What is for the desk to say of a lead, not for whoever fills in a form; --profile may map a field to it all the same.
_OURS = ("Pipeline", "BANT", "Work", "Record", "Customer")


class FormRequest(NamedTuple):
    """A body, the import profile that maps its fields, and fields that only robots fill in."""

    body: bytes
    profile: str = ""
    honeypot: Sequence[str] = ()


class _Submission(NamedTuple):
    """A form that was read: values of a lead, and what else was written, as lines `Field: text`."""

    values: Record
    message: str
    warnings: Sequence[str]


def take_form(store: Store, request: FormRequest) -> ResultNote:
    """Take one submission: from somebody unknown a new lead, else an activity; a robot's is dropped without a word.

    The exit code is 4 where it is rejected: it is no form, or names nobody.
    """
    try:
        fields = read_form_body(request.body)
        traps = {trap.casefold() for trap in request.honeypot}
        if any(name.casefold() in traps for name, _ in fields):
            return ResultNote("")
        submission = _read_submission(store, fields, request.profile)
        with begin_operation(store) as operation:
            outcome, lead = _take(operation, submission, _body_id(fields))
            operation.react()
            rows = store.fetch("lead", [lead] if lead else [])
    except ValueError as error:
        return ResultNote(f"The form was rejected: it {error}.", json=_form_json("rejected"), code=4,
                          problems=[f"The form was rejected: it {error}."])  # fmt: skip
    return ResultNote(
        _sentence(store, outcome, rows), [lead] if lead else [], lists.record_table(store, rows),
        warnings=submission.warnings, json=_form_json(outcome, lead),
    )  # fmt: skip


def _read_submission(store: Store, fields: Sequence[tuple[str, str]], profile: str) -> _Submission:
    """The fields as an import would read them. What cannot be read, or is for the desk to say, is kept as text.

    ValueError for an e-mail that is none: nobody could be answered.
    """
    type_ = store.type("lead")
    terms = import_options.load(store, profile, ImportOptions()) if profile else ImportOptions()
    headers, cells = [name for name, _ in fields], [text for _, text in fields]
    orders = {column: field for column, field in terms.map.items() if column in headers}
    mapping = map_columns(headers, [cells], user_mapping=orders, record=type_)
    columns = tuple(
        column._replace(field="") if _is_ours(store, column.field) and column.how != "told" else column
        for column in mapping.columns
    )
    texts = gatherer(mapping._replace(columns=columns), guarded=False, record=type_)(cells)
    message = texts.pop("description", "")
    values, unread = _parse_texts(store, {**texts, **terms.set})
    texts_left = [f"{column.header}: {cells[column.place]}" for column in columns if not column.field]
    texts_left += [f"{type_.fields[name].title}: {texts.get(name, '')}" for name in unread]
    warnings = [f"{name} '{texts.get(name, '')}' cannot be read; it is kept as text" for name in unread]
    return _Submission(values, "\n".join(filter(None, [message, *texts_left])), warnings)


def _is_ours(store: Store, name: str) -> bool:
    field = store.type("lead").fields.get(name)
    return field is not None and field.group in _OURS


def _parse_texts(store: Store, texts: dict[str, str]) -> tuple[Record, list[str]]:
    """Stored values, and the names of the fields that cannot be read."""
    texts = {name: text for name, text in texts.items() if text}
    unread: list[str] = []
    while True:
        try:
            return record_values.parse_values(store, "lead", texts).values, unread
        except Usage:
            name = next(name for name in texts if not _is_readable(store, texts, name))
            if name == "emails":
                raise ValueError(f"has an e-mail that is none: {texts[name][:80]}") from None
            unread.append(name)
            texts = {each: text for each, text in texts.items() if each != name}


def _is_readable(store: Store, texts: dict[str, str], name: str) -> bool:
    beside: dict[str, str] = {each: texts[each] for each in ("currency", "country") if each in texts}
    try:
        record_values.parse_values(store, "lead", beside | {name: texts[name]})
    except Usage:
        return False
    return True


def _body_id(fields: Sequence[tuple[str, str]]) -> str:
    """The id under which a submission is known again, whatever the order of its fields."""
    digest = hashlib.sha256(repr(sorted(fields)).encode()).hexdigest()
    return f"<form-{digest[:40]}@leadcli>"


def _take(operation: Operation, submission: _Submission, id: str) -> tuple[str, int | None]:
    """(new, logged or known; the lead)."""
    store = operation.store
    if record_reads.has_message_id(store, id):
        return "known", None
    addresses = [each["value"] for each in submission.values.get("emails") or ()]
    lead = next(filter(None, (inbox.lead_of_address(store, address) for address in addresses)), None)
    outcome = "logged" if lead else "new"
    if lead is None:
        values = {**submission.values, "description": submission.message or None}
        values.setdefault("source", store.type("lead").fields["source"].parse(SOURCE, store.context))
        try:
            create.complete_lead(store, values)
        except LeadError as error:
            raise ValueError(f"names nobody: {error.message.rstrip('.')}") from error
        lead = record_values.insert_record(operation, "lead", values)
    text = "\n\n".join(filter(None, ["Web form", submission.message]))
    values = {"kind": "email", "direction": "in", "outcome": "web form", "text": text, "message_id": id}
    activities.add_activity(operation, ("lead", lead), values)
    return outcome, lead


def _sentence(store: Store, outcome: str, rows: Sequence[Record]) -> str:
    if not rows:
        return "The form is known already; nothing was changed."
    who = f"lead {rows[0]['id']} ({rows[0]['name']})"
    if outcome == "new":
        return f"{store.desk.choose_verb('Added', 'add')} {who} from the form.{store.desk.undo_hint}"
    return f"{store.desk.choose_verb('Logged', 'log')} the form on {who}.{store.desk.undo_hint}"


def _form_json(outcome: str, lead: int | None = None) -> Record:
    return {**dict.fromkeys(("new", "logged", "known", "rejected"), 0), outcome: 1, "leads": [lead] if lead else []}
