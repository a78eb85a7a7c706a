"""Commands that move leads: status, lost, convert, board, next."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.leads import careful, tell, words_of
from leadcli.commands.options import TargetText, Writing
from leadcli.domain import convert as conversions
from leadcli.domain import edits, handover, moves, pipeline, targets
from leadcli.errors import Usage
from leadcli.run import Run


def status(
    run: Run,
    words: TargetText,
    writing: Writing,
    note: Annotated[str, typer.Option("--note", help="Why, kept on the timeline.", show_default=False)] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Lost reason, for a move to a lost status.", show_default=False)
    ] = "",
) -> None:
    """Move leads to another status; alone, show the pipeline.

    Examples:
    leadcli status
    leadcli status 12 14-16 contacted
    leadcli status source:Event status:new contacted --yes
    """
    if not words:
        run.show(moves.pipeline_table(run.store()))
        return
    if len(words) == 1:
        raise Usage(
            f"which lead, or which status? '{words[0]}' is only one of the two.", hint="leadcli status 12 contacted"
        )
    store = run.store(write=True)
    wanted = moves.status_named(store, words[-1])
    found = targets.resolve(store, words_of(run, words[:-1]))
    tell(run, found)
    move = moves.Move(wanted.label, note, reason, writing.force)
    if not found.ids:
        run.show(edits.nothing(store, found))
    elif careful(run, found, moves.move, move):
        run.show(moves.move(store, found, move))


def lost(
    run: Run,
    target: TargetText,
    writing: Writing,
    reason: Annotated[
        str, typer.Option("--reason", help="Why, one of the desk's lost reasons.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option("--note", help="More about it; reason Other needs it.", show_default=False)] = "",
    status: Annotated[
        str, typer.Option("--status", help="Which lost status, if there are several.", show_default=False)
    ] = "",
) -> None:
    """Close leads as lost. On a terminal the reason is asked for; a lost lead gets another reason or note.

    Reopen with: leadcli status 12 new (the reason stays in the history).

    Examples:
    leadcli lost 7 --reason "chose a competitor" --note "went with Univac"
    leadcli lost status:contacted touched:..90d --reason "no response" --yes
    """
    store = run.store(write=True)
    found = targets.resolve(store, words_of(run, target))
    tell(run, found)
    move = moves.Move(moves.lost_status(store, status) if status else "", note, reason, writing.force)
    if not found.ids:
        run.show(edits.nothing(store, found))
        return
    if not reason and pipeline.reason_required(store) and run.may_ask:
        reason = run.choose("Why was it lost?", pipeline.lost_reasons(store), option="--reason")
        note = note or (run.answer("What happened? ") if reason.casefold() == "other" else "")
        move = move._replace(reason=reason, note=note)
    if careful(run, found, moves.lose, move):
        run.show(moves.lose(store, found, move))


Account = Annotated[
    str, typer.Option("--account", help="This account: its id, or a name.", metavar="NAME|A4", show_default=False)
]
ContactName = Annotated[str, typer.Option("--contact-name", help="Name of the contact.", show_default=False)]
OpportunityName = Annotated[str, typer.Option("--opportunity", help="Name of the opportunity.", show_default=False)]
Amount = Annotated[str, typer.Option("--amount", help="Its amount, instead of the value.", show_default=False)]
Close = Annotated[str, typer.Option("--close", help="When it should close.", metavar="DATE", show_default=False)]
CustomerOnly = Annotated[
    bool, typer.Option("--customer-only", help="Account and contact only; the lead stays open, linked to them.")
]
HandOver = Annotated[
    str, typer.Option("--output", "-o", help="Hand over as FILE.json or FILE.vcf.", metavar="FILE", show_default=False)
]


def convert(
    run: Run,
    target: TargetText,
    writing: Writing,
    account: Account = "",
    contact_name: ContactName = "",
    opportunity: OpportunityName = "",
    no_opportunity: Annotated[bool, typer.Option("--no-opportunity", help="Make no opportunity.")] = False,
    amount: Amount = "",
    close: Close = "",
    customer_only: CustomerOnly = False,
    output: HandOver = "",
) -> None:
    """Make customers of leads: an account, a contact and an opportunity. The history goes along; undo takes all back.

    An account of the same name and a contact with the same e-mail are reused. On a terminal the result is shown first
    and confirmed once; elsewhere --yes is needed.

    Examples:
    leadcli convert 12 --yes
    leadcli convert 12 --account A4 --opportunity "Pumps for Q3" --amount 12k --close 2026-12-20
    leadcli convert 12 --no-opportunity --yes -o ada.vcf
    """
    store = run.store(write=True)
    found = targets.resolve(store, words_of(run, target))
    tell(run, found)
    if not found.ids:
        run.show(edits.nothing(store, found))
        return
    suffix = handover.suffix_of(output) if output else ""
    wish: conversions.Wish | None = conversions.Wish(
        account, contact_name, opportunity, no_opportunity, amount, close, customer_only, force=writing.force
    )
    if wish and not run.yes and not run.dry_run:
        wish = _reviewed(run, found, wish)
    if wish:
        keep = (lambda made: run.save(output, handover.text(store, made, suffix))) if output else None
        run.show(conversions.convert(store, found, wish, hand_over=keep))


def _reviewed(run: Run, found: targets.Target, wish: conversions.Wish) -> conversions.Wish | None:
    """The wish after the result was looked at: None when the answer is no. Usage where nobody can be asked."""
    store = run.store(write=True)
    review = conversions.convert(store, found, wish, keep=False)
    if conversions.lacks_contact(store, found) and (reach := run.answer("E-mail or phone (empty for none): ")):
        wish = wish._replace(reach=reach)
        review = conversions.convert(store, found, wish, keep=False)
    if run.may_ask:
        for warning in review.warnings:
            run.warn(warning)
        run.say(review.sentence)
    count = len(found.ids)
    what = f"lead {found.ids[0]}" if count == 1 else f"{count} leads"
    return wish if run.ask(f"Convert {what}?", would=f"this would convert {what}") else None
