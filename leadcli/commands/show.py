"""The command show: records in full."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import (
    CARDS,
    DETAIL,
    SHARE,
    NamedText,
    OptionSpec,
    find_target,
    require_receiver,
    show_note,
    with_options,
)
from leadcli.run import Run


@with_options(OptionSpec("--history", "Every change of every field too.", type=bool), DETAIL, SHARE)
def show(run: Run, target: NamedText, history: bool, email: list[str]) -> None:
    """Show leads and customers in full: fields, tasks, timeline, files.

    Examples:
    leadcli show 12
    leadcli show ada@acme.com --history
    leadcli show A4 C9 --json
    leadcli show 12 --email bob@example.com
    """
    require_receiver(run, email)
    store = run.store()
    selection = find_target(run, store, target, records=CARDS)
    show_note(run, selection)
    run.fields = domain.resolve_column_names(store.type(selection.record), run.fields)
    shown = domain.record_cards(store, selection, history=history)
    if email:
        from leadcli.commands.mail import send_cards

        send_cards(run, shown, email)
        return
    run.show(shown[0] if len(shown) == 1 and selection.explicit else shown)  # type: ignore[arg-type]
