"""The command edit: changes one lead or many."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import CHANGE, FieldOptionSet, FieldValues, OptionSpec, TargetText, with_options
from leadcli.commands.shared import CARDS, confirm_bulk, show_note, target_words
from leadcli.run import Run


@with_options(
    OptionSpec("--stage", "Stage of an opportunity."),
    OptionSpec("--lost-reason", "With a lost --status: why.", offers="value:lost_reason"),
    OptionSpec("--lost-note", "With a lost --status: more."),
    FieldOptionSet("lead", edit=True),
    CHANGE,
)
def edit(run: Run, target: TargetText, values: FieldValues, stage: str, lost_reason: str, lost_note: str) -> None:
    """Change one record or many.

    Without a field option one lead opens as a form in $EDITOR. More than one lead by a filter asks first, or needs
    --yes.

    Examples:
    leadcli edit 12 --priority urgent --close 2026-12-20
    leadcli edit source:Event no:owner --owner bob --yes
    leadcli list @hot --ids | leadcli edit - --tag call-today --yes
    """
    store = run.store(write=True)
    selection = domain.resolve_target(store, target_words(run, target), records=CARDS)
    show_note(run, selection)
    change = domain.EditRequest(values.replaced, values.added, values.removed, values.first, values.cleared)
    status_values = {"stage": stage, "lost_reason": lost_reason, "lost_note": lost_note}
    change = change._replace(
        replaced={**change.replaced, **{name: text for name, text in status_values.items() if text}}
    )
    if not any(change):
        from leadcli.commands import editor

        run.show(editor.edit_record_form(run, store, selection))
        return
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection):
        run.show(domain.edit_records(store, selection, change, force=run.force))
