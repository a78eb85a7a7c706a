"""Converts a lead to an account, a contact and an opportunity, in one operation that one undo reverts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from leadcli.domain.customers import references
from leadcli.domain.leads import lists as lead_lists
from leadcli.domain.leads import record_values
from leadcli.domain.leads.targets import Target
from leadcli.domain.pipeline import rules
from leadcli.errors import Refused, Usage
from leadcli.model.fields import BANT, RecordType
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import records as record_reads
from leadcli.store.store import Store

_MIN_ANSWERS = 2  # fewer BANT answers than this give a warning


class ConvertRequest(NamedTuple):
    """How to convert: which account, what the contact and the opportunity are called; `customer_only` stops there."""

    account: str = ""
    contact_name: str = ""
    opportunity: str = ""
    no_opportunity: bool = False
    amount: str = ""
    close: str = ""
    customer_only: bool = False
    reach: str = ""  # an e-mail or phone to add to a lead that has neither
    force: bool = False


class Conversion(NamedTuple):
    """The records one lead was converted to; `old` names those (account, contact) that existed before."""

    lead: int
    account: int
    contact: int | None
    opportunity: int | None
    old: frozenset[str]
    warnings: Sequence[str]

    def records(self) -> dict[str, int | None]:
        """The ids by record, in the order they are shown."""
        return {"lead": self.lead, "account": self.account, "contact": self.contact, "opportunity": self.opportunity}


HandOver = Callable[[Sequence[Conversion]], None]


def convert_leads(
    store: Store,
    target: Target,
    request: ConvertRequest,
    *,
    keep: bool | None = None,
    hand_over: HandOver | None = None,
) -> ResultNote:
    """Convert leads, all or none. With `keep` False nothing is saved: the note is the review to confirm.

    `hand_over` gets the conversions before they are committed. When it fails, nothing is converted.

    Refused (exit 5) for leads that were converted or are lost, and where a type does not allow a won status.
    """
    _check_request(request, target)
    keep = store.desk.keep if keep is None else keep
    with begin_operation(store, keep=keep) as operation:
        leads = store.fetch("lead", target.ids)
        _refuse_blocked(store, leads, request)
        conversions = [_convert_lead(operation, lead, request) for lead in leads]
        lines = [line for each in conversions for line in _conversion_lines(store, each, request, done=keep)]
        operation.react()
        changed = lead_lists.record_table(store, store.fetch("lead", target.ids))
        if hand_over and keep:
            hand_over(conversions)
    if not keep:
        store.forget()  # new choices were rolled back: drop the cached lists
    json = [_conversion_json(each) for each in conversions]
    warnings = [warning for each in conversions for warning in each.warnings]
    return ResultNote(
        "\n".join(lines), [each.lead for each in conversions], changed, json[0] if len(json) == 1 else json, warnings
    )


def _check_request(request: ConvertRequest, target: Target) -> None:
    both = request.no_opportunity or request.customer_only
    if both and (request.opportunity or request.amount or request.close):
        raise Usage(
            "--opportunity, --amount and --close are about an opportunity, which is not to be made.",
            hint="leave out --no-opportunity or --customer-only",
        )
    named = {"--contact-name": request.contact_name, "--opportunity": request.opportunity}
    if len(target.ids) > 1 and any(named.values()):
        option = next(flag for flag, value in named.items() if value)
        raise Usage(
            f"{option} names one record, but {len(target.ids)} leads are meant.", hint="convert them one by one"
        )


def _refuse_blocked(store: Store, leads: Sequence[Record], request: ConvertRequest) -> None:
    """Refused with one error that names every lead that cannot be converted, and the remedy."""
    reasons = [reason for lead in leads if (reason := _block_reason(store, lead, request))]
    if reasons:
        raise Refused(" ".join(reasons))


def _block_reason(store: Store, lead: Record, request: ConvertRequest) -> str:
    if lead["converted_at"]:
        number = record_reads.operation_that_set(store, "lead", lead["id"], "converted_at")
        undo = f" Undo: leadcli undo {number}" if number else ""
        return f"lead {lead['id']} was converted on {lead['converted_at'][:10]} ({_customer_words(lead)}).{undo}"
    if rules.status_state(store, lead["status"]) == "lost":
        reason = f" ({lead['lost_reason']})" if lead["lost_reason"] else ""
        first = rules.first_open_status(store, lead["type"])
        remedy = f"leadcli status {lead['id']} {_quote_for_shell(first)}"
        return f"lead {lead['id']} is lost{reason}. Reopen it first: {remedy}"
    if request.customer_only and lead["account"] and (lead["contact"] or not _needs_contact(lead, request)):
        return f"lead {lead['id']} has its customer already ({_customer_words(lead)})."
    return ""


def _quote_for_shell(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _customer_words(lead: Record) -> str:
    letters = {"account": "A", "contact": "C", "opportunity": "O"}
    return ", ".join(f"{letter}{lead[name]}" for name, letter in letters.items() if lead[name])


def _needs_contact(lead: Record, request: ConvertRequest) -> bool:
    return not request.customer_only or bool(request.contact_name) or has_person(lead)


def _convert_lead(operation: Operation, lead: Record, request: ConvertRequest) -> Conversion:
    """One lead inside the operation: its account, contact and opportunity, then the lead itself."""
    store = operation.store
    if request.reach:
        lead = _add_contact_data(operation, lead, request.reach)
    account, account_exists = _ensure_account(operation, lead, request.account)
    contact, contact_exists, warnings = (
        _ensure_contact(operation, lead, account, request.contact_name)
        if _needs_contact(lead, request)
        else (None, False, [])
    )
    customer = {"account": account, "contact": contact or lead["contact"]}
    if request.customer_only:
        opportunity = None
        record_values.update_record(operation, "lead", lead["id"], customer)
    else:
        opportunity = None if request.no_opportunity else _create_opportunity(operation, lead, customer, request)
        values = {
            "status": _won_status(store, lead),
            **customer,
            "opportunity": opportunity,
            "converted_at": operation.at,
        }
        rules.move_values(operation, [lead], values, force=request.force, next_rule=False)
    old = frozenset(name for name, exists in (("account", account_exists), ("contact", contact_exists)) if exists)
    return Conversion(lead["id"], account, contact, opportunity, old, [*_missing_answers(lead, request), *warnings])


def _add_contact_data(operation: Operation, lead: Record, text: str) -> Record:
    """Add an e-mail or phone to the lead, so that the conversion copies it. Returns the lead."""
    field = "emails" if "@" in text else "phones"
    values = record_values.parse_values(operation.store, "lead", {field: [text]}, old=lead).values
    record_values.update_record(operation, "lead", lead["id"], values)
    return operation.store.get("lead", lead["id"])


def _ensure_account(operation: Operation, lead: Record, named: str) -> tuple[int, bool]:
    """(account, whether it existed): the one named, the one linked to the lead, one of the same name, or a new one."""
    store = operation.store
    existing = references.record_by_name(store, "account", named) if named else lead["account"]
    if existing is None and not named:
        existing = next(iter(record_reads.records_named(store, "account", lead["company"] or lead["name"])), None)
    values = account_values(store, lead, named)
    if existing is None:
        return record_values.insert_record(operation, "account", values), False
    old = store.get("account", existing)
    lists = {field.name for field in store.type("account").many() if old[field.name]}
    # The addresses of one more person are not the company's: only what the account lacks is filled in.
    additions = {name: value for name, value in values.items() if name not in lists or name == "tags"}
    gained = record_values.fill_empty(store.type("account"), old, additions)
    if gained:
        record_values.update_record(operation, "account", existing, gained)
    return existing, True


def _ensure_contact(operation: Operation, lead: Record, account: int, name: str) -> tuple[int, bool, list[str]]:
    """(contact, whether it existed, warnings). A contact is reused on an equal e-mail only, never on a phone alone."""
    store = operation.store
    existing = lead["contact"] or _find_contact_by_email(store, lead, account)
    values = {**contact_values(store, lead, name), "account": account}
    if existing is None:
        return record_values.insert_record(operation, "contact", values), False, []
    old = store.get("contact", existing)
    gained = record_values.fill_empty(store.type("contact"), old, values)
    if gained:
        record_values.update_record(operation, "contact", existing, gained)
    elsewhere = old["account"] not in (None, account)
    warnings = (
        [f"contact C{existing} ({old['name']}) belongs to account A{old['account']}, not A{account}"]
        if elsewhere
        else []
    )
    if name and name != old["name"]:
        warnings.append(f"contact C{existing} has this e-mail already and keeps its name, {old['name']}")
    return existing, True, warnings


def _find_contact_by_email(store: Store, lead: Record, account: int) -> int | None:
    contacts = [id for item in lead["emails"] for id in sorted(store.holders("emails", item, record="contact"))]
    rows = store.fetch("contact", list(dict.fromkeys(contacts)), fields=("id", "account"))
    account_contacts = [row["id"] for row in rows if row["account"] == account]
    return int((account_contacts or contacts)[0]) if contacts else None


def _create_opportunity(operation: Operation, lead: Record, customer: Record, request: ConvertRequest) -> int:
    """Create an opportunity in the first open stage. Amount and close of the request replace those of the lead."""
    store = operation.store
    values = mapped_fields(store, lead, "opportunity")
    typed = {name: text for name, text in (("value", request.amount), ("expected_close", request.close)) if text}
    try:
        parsed = record_values.parse_values(store, "opportunity", typed, old=lead)
    except Usage as error:  # this command calls the option --amount
        raise Usage(error.message.replace("--value", "--amount", 1), hint=error.hint) from error
    stage = next(option.label for option in store.options("stage") if option.active and option.state == "open")
    values |= {**parsed.values, **customer, "name": request.opportunity or lead["name"], "stage": stage}
    return record_values.insert_record(operation, "opportunity", values)


def _won_status(store: Store, lead: Record) -> str:
    """The lead's own status when it is won already, else the first won one, of those its type allows."""
    if rules.status_state(store, lead["status"]) == "won":
        return str(lead["status"])
    won = [option.label for option in rules.statuses_of(store) if option.state == "won"]
    allowed = rules.allowed_for_type(store, lead["type"])
    return next((label for label in won if label in allowed), won[0])


def _missing_answers(lead: Record, request: ConvertRequest) -> list[str]:
    """Warnings about what a customer should have: an e-mail or phone, and enough BANT answers."""
    warnings = []
    if not lead["emails"] and not lead["phones"]:
        warnings.append(f"lead {lead['id']} has no e-mail and no phone")
    if not request.customer_only and lead["bant"] < _MIN_ANSWERS:
        missing = [name for name in BANT if not lead[name] or str(lead[name]).casefold().startswith("unknown")]
        which = f" (missing: {', '.join(missing)})" if missing else ""
        warnings.append(f"lead {lead['id']} has {lead['bant']} of 4 BANT answers{which}")
    return warnings


def _conversion_json(conversion: Conversion) -> Record:
    """{"lead": 12, "account": "A4", "contact": "C9", "opportunity": "O6"}; null for a record that was not created."""
    contact, opportunity = (
        conversion.contact and f"C{conversion.contact}",
        conversion.opportunity and f"O{conversion.opportunity}",
    )
    return {
        "lead": conversion.lead,
        "account": f"A{conversion.account}",
        "contact": contact,
        "opportunity": opportunity,
    }


def _conversion_lines(store: Store, conversion: Conversion, request: ConvertRequest, *, done: bool) -> list[str]:
    """ "Converted lead 12:" and a line for each record, aligned."""
    verbs = ("Made a customer of", "make a customer of") if request.customer_only else ("Converted", "convert")
    verb = store.desk._replace(keep=done).choose_verb(*verbs)
    lines = [f"{verb} lead {conversion.lead}:"]
    for record, id in conversion.records().items():
        if id is not None and record != "lead":
            row = store.get(record, id)
            mark = "   (existing)" if record in conversion.old else "   (new)" if record == "account" else ""
            lines.append(f"  {record:12} {store.type(record).letter}{id}  {_record_line(store, record, row)}{mark}")
    return lines


def _record_line(store: Store, record: str, row: Record) -> str:
    if record == "contact":
        return ", ".join(part for part in (row["name"], row["email"], row["phone"]) if part)
    if record != "opportunity":
        return str(row["name"])
    worth = lead_lists.money(store, [(row["currency"] or "", row["value"])]) if row["value"] is not None else []
    amount = "".join(f" – {each}" for each in worth)
    return f"{row['name']}{amount}" + (f", close {row['expected_close']}" if row["expected_close"] else "")


def has_no_contact_data(store: Store, target: Target) -> bool:
    """Whether the target is one lead that has neither e-mail nor phone and was not converted."""
    rows = store.fetch("lead", target.ids[:2], fields=("emails", "phones", "converted_at"))
    return len(rows) == 1 and not (rows[0]["emails"] or rows[0]["phones"] or rows[0]["converted_at"])


NAMES = ("first_name", "middle_name", "last_name")


def mapped_fields(store: Store, lead: Record, record: str) -> Record:
    """The filled fields of a lead that conversion copies to a record, by the names of that record.

    A custom amount goes only where its currency is known: to an opportunity, or in the desk's own currency.
    """
    type_ = store.type(record)
    target_values: Record = {}
    for field in store.type("lead").fields.values():
        for place in field.to.split():
            to, _, name = place.partition(".")
            if (
                to == record
                and lead.get(field.name) not in (None, [])
                and _is_transferable(store, type_, field.kind.filter, lead)
            ):
                target_values[name or field.name] = lead[field.name]
    return target_values


def _is_transferable(store: Store, type_: RecordType, family: str, lead: Record) -> bool:
    """Whether a value may be copied: an amount needs its currency, or that of the desk."""
    if family != "money" or "currency" in type_.fields:
        return True
    return bool((lead.get("currency") or store.context.currency) == store.context.currency)


def account_values(store: Store, lead: Record, name: str = "") -> Record:
    """A new account: the company, else the lead's name, with all that belongs to a company."""
    values = mapped_fields(store, lead, "account")
    return {**values, "name": name or values.get("name") or lead["name"]}


def contact_values(store: Store, lead: Record, name: str = "") -> Record:
    """A new contact: the person, else the lead's name; a `name` replaces its parts."""
    values = mapped_fields(store, lead, "contact")
    if name:
        return {**{key: value for key, value in values.items() if key not in NAMES}, "name": name}
    parts = [str(lead[part]) for part in NAMES if lead.get(part)]
    if len(parts) == 1 and lead.get("salutation"):
        parts.insert(0, str(lead["salutation"]))
    return {**values, "name": " ".join(parts) or lead["name"]}


def has_person(lead: Record) -> bool:
    """The lead names a person."""
    return any(lead.get(part) for part in NAMES)
