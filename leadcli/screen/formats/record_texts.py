"""Formats that write a text a record: vCards, and --line, a template such as '{{ name }} <{{ email }}>'.

A template is Jinja2 in its sandbox, with the keys of --json; money is an exact decimal, a missing value is empty, a
key nobody knows is an error. What a record holds is sanitised; the template's own tabs and newlines stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from leadcli.errors import Usage, unknown_name
from leadcli.model.kinds import Money, Record
from leadcli.model.results import Column, Table
from leadcli.screen.formats.plain import json_object
from leadcli.screen.output import Output
from leadcli.screen.safe import make_safe
from leadcli.text import money as money_text
from leadcli.text.vcards import write_vcard


def vcard_text(table: Table, output: Output) -> Iterator[str]:
    """One card a row. Usage (2) for a table without names."""
    names = [column.name for column in table.columns]
    if "name" not in names:
        raise Usage("a vCard needs a name, and here is none.", hint="add name to --fields, or choose another format")
    for row in table.rows:
        text = write_vcard({name: row.get(name) for name in names})
        yield make_safe(text, lines=True) if output.on_terminal else text


def line_text(table: Table, output: Output) -> Iterator[str]:
    """The template filled in for each row. Usage for a template that cannot be read or names an unknown field."""
    from jinja2 import StrictUndefined, TemplateError, UndefinedError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_finalize)
    names = [column.name for column in table.columns]
    build, exact = json_object(table.columns), [column for column in table.columns if isinstance(column.kind, Money)]
    try:
        template = environment.from_string(output.line)
        for row in table.rows:
            yield template.render(_exact_value(build(row), exact, row)) + "\n"
    except UndefinedError as error:
        word = str(error).split("'")[1] if "'" in str(error) else ""
        if word and word not in names and "is undefined" in str(error):
            raise unknown_name("field", word, names, hint="all fields: leadcli list --fields help") from error
        raise _template_error(output.line, error) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, MemoryError) as error:
        raise _template_error(output.line, error) from error


def _exact_value(values: dict[str, Any], money: Sequence[Column], row: Record) -> dict[str, Any]:
    for column in money:
        units = row.get(column.name)
        values[column.name] = None if units is None else money_text.major_units(units, row.get("currency"))
    return values


def _finalize(value: Any) -> str:
    return "" if value is None else make_safe(str(value))


def _template_error(template: str, error: BaseException) -> Usage:
    reason = (getattr(error, "message", "") or str(error)).rstrip(".")
    return Usage(f"--line '{template}': {reason}.", hint="write it like '{{ name }} <{{ email }}>'.")
