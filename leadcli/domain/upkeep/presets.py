"""Presets: the choice lists of five CRM systems and of leadcli: statuses with states, sources, reasons, priorities.

Sources: the products' documentation: Bitrix24 lead statuses and sources, OroCRM's lead workflow, EspoCRM's Lead
entity, lsFusion MyCompany's CRM module, Perfex-like staff CRMs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Status(NamedTuple):
    """One status or stage. `next` are the labels that may follow it, all when it is empty."""

    label: str
    state: str
    next: Sequence[str] = ()
    colour: str = ""


class Preset(NamedTuple):
    """The choice lists of a new desk. `needs_channel`: every new lead has a channel."""

    statuses: Sequence[Status]
    sources: Sequence[str]
    lost_reasons: Sequence[str] = ()
    mediums: Sequence[str] = ()
    # Spelling in imported files -> label.
    also: Mapping[str, str] = {}
    needs_channel: bool = False


def _open_statuses(*labels: str) -> list[Status]:
    return [Status(label, "open") for label in labels]


LOST_REASONS = (
    "Too expensive",
    "Chose a competitor",
    "No budget",
    "No response",
    "Bad timing",
    "Not a fit",
    "Duplicate",
    "Junk",
    "Other",
)
PRIORITIES = (("Low", "grey"), ("Normal", ""), ("High", "yellow"), ("Urgent", "red"))
STAGES = (Status("Open", "open"), Status("Won", "won", (), "green"), Status("Lost", "lost", (), "red"))

PRESETS: Mapping[str, Preset] = {
    "default": Preset(
        [
            *_open_statuses("New", "Contacted", "Qualified"),
            Status("Converted", "won", (), "green"),
            Status("Lost", "lost", (), "red"),
        ],
        ["Referral", "Website", "Event", "Call", "Email", "Campaign", "Other"],
    ),
    "bitrix24": Preset(
        [
            *_open_statuses("Unprocessed", "In progress", "Processed"),
            Status("High-quality", "won", (), "green"),
            Status("Junk", "lost", (), "red"),
        ],
        [
            "Call",
            "Email",
            "Website",
            "Advertising",
            "Existing client",
            "Recommendation",
            "Trade show",
            "CRM form",
            "Callback",
            "Sales boost",
            "Online store",
            "Other",
        ],
    ),
    "orocrm": Preset(
        [
            Status("New", "open", ("Qualified", "Disqualified")),
            Status("Qualified", "won", ("New",), "green"),
            Status("Disqualified", "lost", ("New",), "red"),
        ],
        ["Demand generation"],
        needs_channel=True,
    ),
    "espocrm": Preset(
        [
            Status("New", "open", ("Assigned",)),
            Status("Assigned", "open", ("In Process",)),
            Status("In Process", "open", ("Converted", "Recycled", "Dead")),
            Status("Converted", "won", (), "green"),
            Status("Recycled", "recycled", ("Assigned",)),
            Status("Dead", "lost", (), "red"),
        ],
        ["Call", "Email", "Existing Customer", "Partner", "Public Relations", "Web Site", "Campaign", "Other"],
        also={"PR": "Public Relations", "Web": "Web Site"},
    ),
    "mycompany": Preset(
        [
            *_open_statuses("New", "Qualified", "Proposition"),
            Status("Won", "won", (), "green"),
            Status("Lost", "lost", (), "red"),
        ],
        ["Google", "Facebook", "LinkedIn", "Organic", "Referral"],
        ["Too expensive", "Chose a competitor", "No budget", "Could not reach", "Not relevant"],
        ["Email", "Phone", "Web", "Social media"],
    ),
    "persisca": Preset(
        [
            *_open_statuses("New", "Contacted", "Qualified"),
            Status("Customer", "won", (), "green"),
            Status("Lost", "lost", (), "red"),
            Status("Junk", "lost", (), "grey"),
        ],
        ["Referral", "Website", "Event", "Facebook", "Google"],
    ),
}
