"""The command edit: changes one lead or many.

The user's own editor: opens a text or a form, takes back what was saved, and comes again while it is wrong.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from leadcli import domain
from leadcli.commands.options import (
    CARDS,
    CHANGE,
    FieldOptionSet,
    FieldValues,
    NamedText,
    OptionSpec,
    confirm_bulk,
    find_target,
    show_note,
    with_options,
)
from leadcli.config.settings import user_folder
from leadcli.errors import Failed, LeadError, Usage
from leadcli.model.fields import RecordType
from leadcli.model.results import ResultNote
from leadcli.run import Run
from leadcli.store.store import Store
from leadcli.system.file_writer import write_text


@with_options(
    OptionSpec("--stage", "Stage of an opportunity."),
    OptionSpec("--lost-reason", "With a lost --status: why.", offers="value:lost_reason"),
    OptionSpec("--lost-note", "With a lost --status: more."),
    FieldOptionSet("lead", edit=True),
    CHANGE,
)
def edit(run: Run, target: NamedText, values: FieldValues, stage: str, lost_reason: str, lost_note: str) -> None:
    """Change one record or many.

    Without a field option one lead opens as a form in $EDITOR. More than one lead by a filter asks first, or needs
    --yes.

    Examples:
    leadcli edit 12 --priority urgent --close 2026-12-20
    leadcli edit source:Event no:owner --owner bob --yes
    leadcli list @hot --ids | leadcli edit - --tag call-today --yes
    """
    store = run.store(write=True)
    selection = find_target(run, store, target, records=CARDS)
    show_note(run, selection)
    change = domain.EditRequest(values.replaced, values.added, values.removed, values.first, values.cleared)
    status_values = {"stage": stage, "lost_reason": lost_reason, "lost_note": lost_note}
    change = change._replace(
        replaced={**change.replaced, **{name: text for name, text in status_values.items() if text}}
    )
    if not any(change):
        run.show(edit_record_form(run, store, selection))
        return
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection, lambda what: f"{domain.describe_edit(store, selection, change)} on {what}"):
        run.show(domain.edit_records(store, selection, change, force=run.force))


T = TypeVar("T")
_ERROR = "# Error: "


def open_editor(run: Run, path: Path) -> str:
    """Open a file in the editor ($VISUAL, $EDITOR, else vi); what it leaves there. Failed when it fails."""
    editor = run.environ.get("VISUAL") or run.environ.get("EDITOR") or ("notepad" if os.name == "nt" else "vi")
    # In id=$(leadcli add --edit) standard output is a pipe; the editor draws where the questions go.
    screen = None if sys.stdout.isatty() else sys.stderr
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=True, stdout=screen)
        return path.read_text("utf-8")
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise Failed(f"the editor '{editor}' did not work: {error}.", hint="name another: EDITOR=nano") from error


def edit_text(run: Run, initial: str) -> str:
    """What the editor ($VISUAL, $EDITOR, else vi) leaves of a text. Usage without a terminal, Failed when it fails."""
    if not run.may_ask:
        raise Usage("an editor needs a terminal.", hint="say what to change by options: leadcli edit --help")
    descriptor, name = tempfile.mkstemp(prefix="leadcli-", suffix=".txt")  # readable by its owner only
    path = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(initial)
        return open_editor(run, path)
    finally:
        path.unlink(missing_ok=True)


def type_text(run: Run, heading: str) -> str:
    """A text typed into the editor, without the remarks. Usage when nothing was."""
    lines = edit_text(run, f"\n# {heading}\n").split("\n")
    text = "\n".join(line for line in lines if not line.startswith("#")).strip()
    if not text:
        raise Usage("nothing was typed; nothing was changed.")
    return text


def edit_record_form(run: Run, store: Store, target: domain.Target) -> ResultNote:
    """One record as a form, saved if it was changed and is valid. Usage for several records."""
    if len(target.ids) != 1:
        raise Usage(
            f"{len(target.ids)} {store.type(target.record).table} cannot be one form.",
            hint="say what to change by options, such as --owner bob",
        )
    type_ = store.type(target.record)
    row = store.get(target.record, target.ids[0])
    before = domain.form_texts(type_, row)
    named = f"{target.record.capitalize()} {type_.letter}{row['id']}: {row.get('name')}"
    heading = f"{named}. Save to change it; leave it as it is to change nothing."

    def save(texts: dict[str, str]) -> ResultNote:
        changes = domain.changed_values(before, texts)
        values = domain.typed_values(type_, {name: text for name, text in changes.items() if text})
        change = domain.EditRequest(replaced=values, cleared=[name for name, text in changes.items() if not text])
        return domain.edit_records(store, target, change) if changes else ResultNote("Nothing was changed.")

    return _edit_until_valid(run, type_, domain.write_form(store, target.record, before, heading=heading), save)


def new_lead_form(run: Run, store: Store, typed: domain.Typed) -> domain.Typed:
    """A new lead as a form, with what was typed already; comes again until it can be added."""
    type_ = store.type("lead")
    before = {
        name: text if isinstance(text, str) else ";".join(text)
        for name, text in domain.resolve_field_names(store, typed).items()
    }

    def check(texts: dict[str, str]) -> domain.Typed:
        typed_texts = domain.typed_values(type_, {name: text for name, text in texts.items() if text})
        domain.complete_lead(store, domain.parse_values(store, "lead", typed_texts).values)
        return typed_texts

    heading = "A new lead: a name, a person, a company, an e-mail or a phone is enough."
    return _edit_until_valid(run, type_, domain.write_form(store, "lead", before, heading=heading), check)


def _edit_until_valid(run: Run, type_: RecordType, form: str, use: Callable[[dict[str, str]], T]) -> T:
    """Edit a form and use it; what is wrong is said in one line above it, by line and field.

    Left as it is the second time, or with an editor that fails, the error stands and names the file that keeps what
    was typed.
    """
    problem: LeadError | None = None
    while True:
        shown = f"{_ERROR}{problem.message}\n{form}" if problem else form
        try:
            answer = edit_text(run, shown)
        except Failed as error:
            if problem:
                error.hint = _keep_form(run, form) or error.hint
            raise
        if problem and answer == shown:
            problem.hint = _keep_form(run, form) or problem.hint
            raise problem
        form = "\n".join(line for line in answer.split("\n") if not line.startswith(_ERROR))
        try:
            return use(domain.read_form(type_, form, above=1))
        except LeadError as error:
            problem = error
            problem.message = domain.place_error(type_, form, error, above=1)


def _keep_form(run: Run, form: str) -> str:
    """Where a form is kept that could not be saved, as a hint; '' where no file can be written."""
    folder = user_folder("state", run.environ)
    if folder is None:
        return ""
    try:
        write_text(folder / "unsaved-form.txt", form)
    except Failed:
        return ""
    return f"nothing was changed; what you typed is kept in {folder / 'unsaved-form.txt'}"
