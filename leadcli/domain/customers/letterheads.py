"""What a document says on paper beside its lines: who sends it, to whom, its numbers, and what stands below."""

from __future__ import annotations

from leadcli.model.kinds import Record
from leadcli.model.results import Paper
from leadcli.store.store import Store

_SIZES = {"a4": "A4", "letter": "letter"}


def compose_paper(store: Store, document: Record, *, total: str) -> Paper:
    """The paper of a document: the sender from the settings `sender.*`, the receiver from whom it belongs to."""
    config = store.config
    address = [line.strip() for line in config["sender.address"].split(";")]
    head = (config["sender.name"], *address, config["sender.email"], config["sender.phone"])
    facts = [("Number", document["number"]), ("Date", document["date"]), ("Status", document["status"])]
    tax, bank = config["sender.tax"], config["sender.bank"]
    below = [config["sender.note"], f"Tax number: {tax}" if tax else "", f"Payable to: {bank}" if bank else ""]
    return Paper(
        f"{str(document['kind']).capitalize()} {document['number']}",
        sender=[line for line in head if line],
        receiver=_receiver_lines(store, document),
        facts=[(label, str(text)) for label, text in facts if text],
        total=total,
        below=[line for line in below if line],
        size=_SIZES[config["sender.paper"]],
    )


def _receiver_lines(store: Store, document: Record) -> list[str]:
    """Company, person and address of the record a document belongs to; its account's where it has none itself."""
    owner = store.get(document["record"], document["record_id"])
    linked = owner.get("account")
    account = store.get("account", linked) if linked else {}
    people = owner["name"]
    if document["record"] == "opportunity":
        people = store.get("contact", owner["contact"])["name"] if owner.get("contact") else None
        people = people or (None if account else owner["name"])
    placed = next((each for each in (owner, account) if each.get("street") or each.get("city")), {})
    town = " ".join(str(placed[part]) for part in ("postcode", "city") if placed.get(part))
    company = owner.get("company") or account.get("name")
    lines = (company, people, placed.get("street"), town, placed.get("region"), placed.get("country"))
    return list(dict.fromkeys(str(line) for line in lines if line))
