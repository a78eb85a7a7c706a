"""The command edit: changes one lead or many."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, FieldOptionSet, FieldValues, TargetText
from leadcli.commands.shared import CARDS, confirm_bulk, show_note, target_words
from leadcli.domain.leads import edit as editing
from leadcli.domain.leads import targets
from leadcli.run import Run

Stage = Annotated[str, typer.Option("--stage", help="Stage of an opportunity.", show_default=False)]
LostReason = Annotated[str, typer.Option("--lost-reason", help="With a lost --status: why.", show_default=False)]
LostNote = Annotated[str, typer.Option("--lost-note", help="With a lost --status: more.", show_default=False)]


def edit(
    run: Run,
    target: TargetText,
    values: Annotated[FieldValues, FieldOptionSet("lead", edit=True)],
    writing: ChangeOptions,
    stage: Stage = "",
    lost_reason: LostReason = "",
    lost_note: LostNote = "",
) -> None:
    """Change one record or many.

    Without a field option one lead opens as a form in $EDITOR. More than one lead by a filter asks first, or needs
    --yes.

    Examples:
    leadcli edit 12 --priority urgent --close 2026-12-20
    leadcli edit source:Event no:owner --owner bob --yes
    leadcli list @hot --ids | leadcli edit - --tag call-today --yes
    """
    store = run.store(write=True)
    selection = targets.resolve_target(store, target_words(run, target), records=CARDS)
    show_note(run, selection)
    change = editing.EditRequest(values.replaced, values.added, values.removed, values.first, values.cleared)
    status_values = {"stage": stage, "lost_reason": lost_reason, "lost_note": lost_note}
    change = change._replace(
        replaced={**change.replaced, **{name: text for name, text in status_values.items() if text}}
    )
    if not any(change):
        from leadcli.commands import editor

        run.show(editor.edit_record_form(run, store, selection))
        return
    if not selection.ids:
        run.show(editing.no_match_note(store, selection))
    elif confirm_bulk(run, selection):
        run.show(editing.edit_records(store, selection, change, force=writing.force))
