"""Mail templates: stored in the desk under a name, checked when they are stored, filled in with the fields of a lead.

A template is Jinja2 in its sandbox: `Dear {{ first_name or name }}`. Its variables are the fields of --json (custom
ones too), `me` and `today`. A missing value is empty. An unknown variable is an error with template, line and name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from leadcli.errors import LeadError, Refused, Usage, unknown_name
from leadcli.model.kinds import LONG, MOMENT, TEXT, Money, Record
from leadcli.model.results import Card, Column, ResultNote, Table
from leadcli.store.journal.operation import begin_operation
from leadcli.store.store import Store
from leadcli.text import money

NAME, SUBJECT = Column("name", "template", TEXT, 0), Column("subject", "subject", TEXT, 0)
BODY, ADDED = Column("body", "text", LONG, 1), Column("created_at", "added", MOMENT, 5)


class Template(NamedTuple):
    """Subject and text in Jinja2. `name` is '' for a template typed on the command line."""

    name: str
    subject: str
    body: str


class FilledTemplate(NamedTuple):
    """The subject and text for one lead; `template` is the name of the template, '' for a typed one."""

    subject: str
    text: str
    template: str = ""


# Stored in the desk


def add_template(store: Store, template: Template) -> ResultNote:
    """Add a template. Raises Usage when it cannot be filled in, Refused when its name is in use."""
    template = template._replace(name=_check_template_name(template.name))
    template_filler(store, template)
    if store.find_named("template", template.name):
        raise Refused(
            f"template '{template.name}' exists already.", hint=f"change it: leadcli template edit {template.name}"
        )
    with begin_operation(store) as operation:
        operation.insert("template", {**template._asdict(), "created_at": operation.at})
    trial = f"leadcli mail ID --template {template.name} --dry-run"
    return _note(f"Added template {template.name}. Try it: {trial}", template)


def edit_template(store: Store, name: str, *, subject: str | None, body: str | None) -> ResultNote:
    """Change subject or text. Raises Usage for an unknown name, and when the result cannot be filled in."""
    row = _existing_template(store, name)
    if subject is None and body is None:
        raise Usage("nothing to change.", hint=f"leadcli template edit {row['name']} --subject TEXT --body FILE")
    changed = Template(
        row["name"], row["subject"] if subject is None else subject, row["body"] if body is None else body
    )
    template_filler(store, changed)
    with begin_operation(store) as operation:
        operation.update("template", row["id"], {"subject": changed.subject, "body": changed.body})
    return _note(f"Changed template {changed.name}.", changed)


def remove_template(store: Store, name: str) -> ResultNote:
    """Delete a template. Undo restores it."""
    row = _existing_template(store, name)
    with begin_operation(store) as operation:
        operation.delete("template", row["id"])
    return ResultNote(f"Deleted template {row['name']}. Undo: leadcli undo", json={"name": row["name"]})


def template_table(store: Store) -> Table:
    """All templates."""
    return Table(
        (NAME, SUBJECT, ADDED), store.every("template"), title="Templates", key="name",
        empty='No templates yet. Add one: leadcli template add intro --subject "Hello {{ name }}" --body FILE',
    )  # fmt: skip


def template_card(store: Store, name: str) -> Card:
    """The card of one template."""
    row = _existing_template(store, name)
    columns = (NAME, SUBJECT, BODY, ADDED)
    return Card(f"Template {row['name']}", "", [("", (SUBJECT, BODY, ADDED))], row, columns)


def template_text(store: Store, name: str) -> str:
    """A template for an editor: its subject, a blank line, its text."""
    template = find_template(store, name)
    return f"Subject: {template.subject}\n\n{template.body}"


def find_template(store: Store, name: str) -> Template:
    """The template called `name`, in any case. Raises Usage with a suggestion when there is none."""
    row = _existing_template(store, name)
    return Template(row["name"], row["subject"] or "", row["body"] or "")


def _existing_template(store: Store, name: str) -> Record:
    row = store.find_named("template", name)
    if row is None:
        raise unknown_name("template", name, [each["name"] for each in store.every("template")], title="Templates")
    return row


def _check_template_name(name: str) -> str:
    """The name, if it can be typed without quotes. Raises Usage otherwise."""
    if not re.fullmatch(r"[^\W\d][\w-]{0,39}", name):
        raise Usage(
            f"'{name}' cannot be the name of a template.", hint="use letters, digits and hyphens, such as intro"
        )
    return name


def _note(sentence: str, template: Template) -> ResultNote:
    return ResultNote(sentence, json=template._asdict())


# Fill in


def template_filler(store: Store, template: Template) -> Callable[[Record], FilledTemplate]:
    """A function from a lead to its subject and text.

    It and this function raise Usage with template, line and field when the template cannot be filled in.
    """
    if not template.subject.strip():
        raise Usage("a letter needs a subject.", hint="--subject TEXT")
    if not template.body.strip():
        raise Usage("a letter needs a text.", hint="--body FILE, or --body - to read it from standard input")
    fields = store.type("lead").fields
    known = [*fields, "me", "today"]
    subject = _part(template, "subject", template.subject, known)
    body = _part(template, "", template.body, known)

    def fill(lead: Record) -> FilledTemplate:
        values = {name: _word(field.kind, name, lead) for name, field in fields.items()}
        words = {"me": store.actor, "today": store.today, **values}
        try:
            return FilledTemplate(subject(words), body(words), template.name)
        except LeadError as error:
            raise Usage(error.message, hint=f"it was to be filled in for lead {lead['id']} ({lead['name']})") from error

    return fill


def _word(kind: Any, name: str, lead: Record) -> Any:
    """The value of a field in a template, money in major units."""
    value = lead.get(name)
    if isinstance(kind, Money):
        return None if value is None else money.major_units(value, lead.get("currency"))
    return kind.json(value, lead)


def _part(template: Template, part: str, source: str, known: Iterable[str]) -> Callable[[Mapping[str, Any]], str]:
    """A function that renders subject or text. Raises Usage for a syntax error or an unknown variable."""
    from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        undefined=StrictUndefined, finalize=_finalize, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    where = _where(template, part)
    try:
        tree = environment.parse(source)
        ready = environment.from_string(source)
        unknown = meta.find_undeclared_variables(tree) - set(known) - set(environment.globals)
    except TemplateSyntaxError as error:
        raise Usage(f"{where(error.lineno)}: {_sentence(error)}", hint=_HOW) from error
    for stranger in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        raise Usage(f"{where(stranger.lineno)}: include, import and extends find nothing here.", hint=_HOW)
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            raise _unknown(where(node.lineno), node.name, known)

    def render(words: Mapping[str, Any]) -> str:
        try:
            return ready.render(words)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, MemoryError) as error:
            raise Usage(f"{where(_line(error))}: {_sentence(error)}", hint=_HOW) from error

    return render


_HOW = "write it like: Dear {{ first_name or name }}"


def _where(template: Template, part: str) -> Callable[[int], str]:
    called = f"template '{template.name}'" if template.name else "--subject" if part else "--body"
    if part:
        return lambda line: f"{called}, {part}" if template.name else called
    return lambda line: f"{called}, line {line}" if line else called


def _unknown(where: str, word: str, known: Iterable[str]) -> Usage:
    error = unknown_name("field", word, known, hint="all fields: leadcli list --fields help")
    return Usage(f"{where}: {error.message}", hint=error.hint)


def _sentence(error: BaseException) -> str:
    return (getattr(error, "message", "") or str(error)).rstrip(".") + "."


def _line(error: BaseException) -> int:
    """The line of the template that raised an error. Jinja2 puts template lines into the traceback."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _finalize(value: Any) -> Any:
    return "" if value is None else value
