"""The command convert: makes customers of leads."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import ChangeOptions, TargetText
from leadcli.commands.shared import show_note, target_words
from leadcli.domain.leads import edit, targets
from leadcli.domain.pipeline import convert as conversions
from leadcli.domain.pipeline import customer_file
from leadcli.run import Run

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
    writing: ChangeOptions,
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
    selection = targets.resolve_target(store, target_words(run, target))
    show_note(run, selection)
    if not selection.ids:
        run.show(edit.no_match_note(store, selection))
        return
    form = customer_file.check_suffix(output) if output else ""
    request: conversions.ConvertRequest | None = conversions.ConvertRequest(
        account, contact_name, opportunity, no_opportunity, amount, close, customer_only, force=writing.force
    )
    if request and not run.yes and not run.dry_run:
        request = _review_conversion(run, selection, request)
    if request:
        save = (lambda result: run.save(output, customer_file.customer_file(store, result, form))) if output else None
        run.show(conversions.convert_leads(store, selection, request, hand_over=save))


def _review_conversion(
    run: Run, selection: targets.Target, request: conversions.ConvertRequest
) -> conversions.ConvertRequest | None:
    """The request after the result was looked at: None when the answer is no. Usage where nobody can be asked."""
    store = run.store(write=True)
    review = conversions.convert_leads(store, selection, request, keep=False)
    if conversions.has_no_contact_data(store, selection) and (
        reach := run.answer("E-mail or phone (empty for none): ")
    ):
        request = request._replace(reach=reach)
        review = conversions.convert_leads(store, selection, request, keep=False)
    if run.may_ask:
        for warning in review.warnings:
            run.warn(warning)
        run.say(review.sentence)
    count = len(selection.ids)
    what = f"lead {selection.ids[0]}" if count == 1 else f"{count} leads"
    return request if run.ask(f"Convert {what}?", would=f"this would convert {what}") else None
