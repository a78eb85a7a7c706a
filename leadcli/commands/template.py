"""The command template: mail templates."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import (
    BODY,
    CHANGE,
    DETAIL,
    LIST,
    SUBJECT,
    read_text,
    with_completion,
    with_options,
    writing_store,
)
from leadcli.commands.typer_commands import Subcommands
from leadcli.errors import Usage
from leadcli.model.results import PlainText
from leadcli.run import Run

_NAME = {"metavar": "NAME", "help": "Name of a template, such as intro.", "show_default": False}
Name = Annotated[str, typer.Argument(**_NAME, autocompletion=with_completion("template"))]
TEXTS = (
    SUBJECT.but("Its subject; may have fields too.", default=None),
    BODY.but("Its text, from FILE or -.", default=None),
)


@with_options(TEXTS, CHANGE)
def template_add(run: Run, name: Name, subject: str | None, body: str | None) -> None:
    """Keep a mail template: Jinja2 with a lead's fields, checked now.

    Examples:
    leadcli template add intro --subject "Hello {{ first_name or name }}" --body intro.txt
    echo "Dear {{ name }}, ..." | leadcli template add short --subject "Hello" --body -
    """
    if subject is None or body is None:
        example = f"leadcli template add {name} --subject Hello --body FILE"
        raise Usage("a template needs --subject TEXT and --body FILE.", hint=example)
    run.show(domain.add_template(writing_store(run), domain.Template(name, subject, read_text(body, option="--body"))))


@with_options(LIST)
def template_list(run: Run) -> None:
    """List the mail templates.

    Examples:
    leadcli template
    leadcli template list --json
    """
    show_rows(run, domain.template_table(run.store()), all_of="all templates")


@with_options(DETAIL)
def template_show(run: Run, name: Name) -> None:
    """Show a mail template as it was written.

    Examples:
    leadcli template show intro
    leadcli template show intro --json
    """
    if run.format or run.fields or run.header or run.output.chosen not in ("screen", "tsv", "table"):
        run.show(domain.template_card(run.store(), name))
    else:
        run.show(PlainText(domain.template_text(run.store(), name)))


@with_options(TEXTS, CHANGE)
def template_edit(run: Run, name: Name, subject: str | None, body: str | None) -> None:
    """Change the subject or the text of a mail template.

    Examples:
    leadcli template edit intro --subject "Good morning {{ name }}"
    leadcli template edit intro --body intro.txt
    """
    text = None if body is None else read_text(body, option="--body")
    run.show(domain.edit_template(run.store(write=True), name, subject=subject, body=text))


@with_options(CHANGE)
def template_rm(run: Run, name: Name) -> None:
    """Delete a mail template; undo brings it back.

    Examples:
    leadcli template rm intro
    """
    run.show(domain.remove_template(run.store(write=True), name))


TEMPLATE = Subcommands(
    {"add": template_add, "list": template_list, "show": template_show, "edit": template_edit, "rm": template_rm},
    alone="list",
)
