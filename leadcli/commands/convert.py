"""The command convert: makes customers of leads."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import CHANGE, OUTPUT, NamedText, OptionSpec, find_target, show_note, with_options
from leadcli.run import Run


@with_options(
    OptionSpec("--account", "This account: its id, or a name.", "NAME|A4"),
    OptionSpec("--contact-name", "Name of the contact."),
    OptionSpec("--opportunity", "Name of the opportunity."),
    OptionSpec("--no-opportunity", "Make no opportunity.", type=bool),
    OptionSpec("--amount", "Its amount, instead of the value."),
    OptionSpec("--close", "When it should close.", "DATE"),
    OptionSpec("--customer-only", "Account and contact only; the lead stays open, linked to them.", type=bool),
    OUTPUT.but("Hand over as FILE.json or FILE.vcf.", panel=None, of_run=False),
    CHANGE,
)
def convert(
    run: Run, target: NamedText, account: str, contact_name: str, opportunity: str, no_opportunity: bool,
    amount: str, close: str, customer_only: bool, output: str,
) -> None:  # fmt: skip
    """Make customers of leads: an account, a contact and an opportunity. The history goes along; undo takes all back.

    An account of the same name and a contact with the same e-mail are reused. On a terminal the result is shown first
    and confirmed once; elsewhere --yes is needed.

    Examples:
    leadcli convert 12 --yes
    leadcli convert 12 --account A4 --opportunity "Pumps for Q3" --amount 12k --close 2026-12-20
    leadcli convert 12 --no-opportunity --yes -o ada.vcf
    """
    store = run.store(write=True)
    selection = find_target(run, store, target)
    show_note(run, selection)
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
        return
    form = domain.check_suffix(output) if output else ""
    request: domain.ConvertRequest | None = domain.ConvertRequest(
        account, contact_name, opportunity, no_opportunity, amount, close, customer_only, force=run.force
    )
    if request and not run.yes and not run.dry_run:
        request = _review_conversion(run, selection, request)
    if request:
        save = (lambda result: run.save(output, domain.customer_file(store, result, form))) if output else None
        run.show(domain.convert_leads(store, selection, request, hand_over=save))


def _review_conversion(
    run: Run, selection: domain.Target, request: domain.ConvertRequest
) -> domain.ConvertRequest | None:
    """The request after the result was looked at: None when the answer is no. Usage where nobody can be asked."""
    store = run.store(write=True)
    review = domain.convert_leads(store, selection, request, keep=False)
    if domain.has_no_contact_data(store, selection) and (reach := run.answer("E-mail or phone (empty for none): ")):
        request = request._replace(reach=reach)
        review = domain.convert_leads(store, selection, request, keep=False)
    if run.may_ask:
        for warning in review.warnings:
            run.warn(warning)
        run.say(review.sentence)
    count = len(selection.ids)
    what = f"lead {selection.ids[0]}" if count == 1 else f"{count} leads"
    return request if run.ask(f"Convert {what}?", would=f"this would convert {what}") else None
