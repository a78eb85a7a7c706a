"""Commands about records that are there: show, edit, rm."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from leadcli.commands.options import FieldOptions, FieldValues, Reading, Sharing, TargetText, Writing
from leadcli.domain import cards, edits, listing, removal, targets
from leadcli.domain.targets import Target
from leadcli.errors import Usage
from leadcli.fields import BY_LETTER
from leadcli.run import Run

CARDS = ("lead", "account", "contact", "opportunity")


def show(
    run: Run,
    target: TargetText,
    reading: Reading,
    sharing: Sharing,
    history: Annotated[
        bool, typer.Option("--history", help="Every change of every field too.", show_default=False)
    ] = False,
) -> None:
    """Show leads and customers in full: fields, tasks, timeline, files.

    Examples:
    leadcli show 12
    leadcli show ada@acme.com --history
    leadcli show A4 C9 --json
    leadcli show 12 --email bob@example.com
    """
    store = run.store()
    found = targets.resolve(store, words_of(run, target), records=CARDS)
    tell(run, found)
    run.fields = listing.own_names(store.type(found.record), reading.columns)
    shown = cards.cards(store, found, history=history)
    if sharing.email:
        from leadcli.commands.mailing import send_cards

        send_cards(run, shown, sharing)
        return
    run.show(shown[0] if len(shown) == 1 and found.explicit else shown)  # type: ignore[arg-type]


Stage = Annotated[str, typer.Option("--stage", help="Stage of an opportunity.", show_default=False)]
LostReason = Annotated[str, typer.Option("--lost-reason", help="With a lost --status: why.", show_default=False)]
LostNote = Annotated[str, typer.Option("--lost-note", help="With a lost --status: more.", show_default=False)]


def edit(
    run: Run,
    target: TargetText,
    values: Annotated[FieldValues, FieldOptions("lead", edit=True)],
    writing: Writing,
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
    found = targets.resolve(store, words_of(run, target), records=CARDS)
    tell(run, found)
    change = edits.Edit(values.given, values.added, values.removed, values.first, values.cleared)
    more = {"stage": stage, "lost_reason": lost_reason, "lost_note": lost_note}
    change = change._replace(given={**change.given, **{name: text for name, text in more.items() if text}})
    if not any(change):
        from leadcli.commands import editor

        run.show(editor.edited(run, store, found))
        return
    if not found.ids:
        run.show(edits.nothing(store, found))
    elif careful(run, found, edits.edit, change, force=writing.force):
        run.show(edits.edit(store, found, change, force=writing.force))


def rm(run: Run, target: TargetText, writing: Writing) -> None:
    """Delete leads, customers or tasks; the history keeps them and undo brings them back.

    Examples:
    leadcli rm 13
    leadcli rm status:lost closed:..2024 --yes
    """
    store = run.store(write=True)
    found = targets.resolve(store, words_of(run, target), records=(*CARDS, "activity", "attachment", "document"))
    tell(run, found)
    if not found.ids:
        run.show(edits.nothing(store, found))
    elif careful(run, found, removal.remove):
        run.show(removal.remove(store, found))


def words_of(run: Run, words: Sequence[str]) -> list[str]:
    """TARGET words; a lone - stands for ids on standard input, one a line."""
    if list(words) != ["-"]:
        return list(words)
    if sys.stdin is None or sys.stdin.isatty():
        raise Usage(
            "- reads ids from standard input, and that is a terminal.",
            hint="leadcli list --ids | leadcli edit - --owner bob",
        )
    lines = [line.strip() for line in sys.stdin if line.strip()]
    if lines and not targets.named_ids(lines):
        wrong = next(line for line in lines if not targets.named_ids([line]))
        raise Usage(f"standard input has '{wrong[:40]}', which is no id.", hint="one id a line: leadcli list --ids")
    return lines or ["id:0"]


def tell(run: Run, found: Target) -> None:
    """What was followed or is worth knowing, on standard error."""
    for note in found.notes:
        run.say(note)


def careful(run: Run, found: Target, act, *args, **options) -> bool:  # type: ignore[no-untyped-def]
    """True to go ahead. A filter that hits several leads shows what would happen and asks; --dry-run only shows."""
    if found.explicit or len(found.ids) < 2 or run.yes or run.dry_run:
        return True
    store = run.store(write=True)
    type_ = BY_LETTER.get(found.record, store.type(found.record))
    would = f"this would change {len(found.ids)} {type_.table}"
    if run.may_ask:
        run.say(edits.preview(store, found))
    return run.ask(f"Change {len(found.ids)} {type_.table}?", would=would)
