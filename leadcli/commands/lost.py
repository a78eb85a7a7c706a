"""The command lost: closes leads as lost, with a reason."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import (
    CHANGE,
    NOTE,
    REASON,
    NamedText,
    OptionSpec,
    confirm_bulk,
    find_target,
    show_note,
    with_options,
)
from leadcli.run import Run


@with_options(
    REASON.but("Why, one of the desk's lost reasons."),
    NOTE.but("More about it; reason Other needs it."),
    OptionSpec("--status", "Which lost status, if there are several.", offers="value:status"),
    CHANGE,
)
def lost(run: Run, target: NamedText, reason: str, note: str, status: str) -> None:
    """Close leads as lost. On a terminal the reason is asked for; a lost lead gets another reason or note.

    Reopen with: leadcli status 12 new (the reason stays in the history).

    Examples:
    leadcli lost 7 --reason "chose a competitor" --note "went with Univac"
    leadcli lost status:contacted touched:..90d --reason "no response" --yes
    """
    store = run.store(write=True)
    selection = find_target(run, store, target)
    show_note(run, selection)
    move = domain.MoveRequest(domain.lost_status(store, status) if status else "", note, reason, run.force)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
        return
    if not reason and domain.is_reason_required(store) and run.may_ask:
        reason = run.choose("Why was it lost?", domain.lost_reasons(store), option="--reason")
        note = note or (
            run.answer("What happened? ", needed="The reason Other needs a few words.")
            if reason.casefold() == "other"
            else ""
        )
        move = move._replace(reason=reason, note=note)
    because = f": {reason}" if reason else ""
    if confirm_bulk(run, selection, lambda what: f"Close {what} as lost{because}"):
        run.show(domain.lose_leads(store, selection, move))
