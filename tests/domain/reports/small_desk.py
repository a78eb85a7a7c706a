"""A small desk with a history, made by commands on pinned days: what the golden reports are made of."""

from __future__ import annotations

from desk import Desk

NOW = "2026-11-22T09:00"


def fill(desk: Desk) -> None:
    """Eight leads: two won, two lost, four open; one has a name that would like to be HTML."""
    for day, *argv in STEPS:
        desk.ok(*argv, LEADCLI_TODAY=f"{day}T10:00")
    desk.env["LEADCLI_TODAY"] = NOW


STEPS = (
    ("2026-08-03", "add", "Ada Lovelace", "--company", "Analytical Engines", "--value", "12500", "--source", "Event",
     "--owner", "ann", "--email", "ada@acme.com", "--tag", "expo", "--tag", "vip"),
    ("2026-08-20", "add", "Linus T.", "--company", "Transmeta", "--value", "22000", "--source", "Website", "--owner",
     "bob", "--campaign", "Spring", "--probability", "40", "--close", "2026-12-15"),
    ("2026-09-02", "status", "1", "contacted"),
    ("2026-09-10", "add", "<b>Grace</b> & Hopper", "--value", "4000.50", "--owner", "ann", "--phone", "+442079460000"),
    ("2026-09-12", "status", "1", "qualified"),
    ("2026-10-05", "add", "Margaret Hamilton", "--value", "800", "--source", "Event", "--owner", "bob", "--probability",
     "90", "--close", "2027-02-01"),
    ("2026-10-06", "status", "1", "converted"),
    ("2026-10-07", "status", "2", "contacted"),
    ("2026-10-20", "lost", "3", "--reason", "No budget"),
    ("2026-11-02", "add", "Edsger Dijkstra", "--owner", "ann", "--source", "Referral", "--tag", "vip"),
    ("2026-11-03", "log", "2", "left voicemail", "--kind", "call"),
    ("2026-11-04", "status", "4", "converted"),
    ("2026-11-05", "add", "Barbara Liskov", "--value", "9000", "--source", "Event", "--campaign", "Spring", "--owner",
     "bob", "--close", "2026-12-01"),
    ("2026-11-10", "lost", "5", "--reason", "No response"),
    ("2026-11-12", "status", "6", "qualified"),
    ("2026-11-13", "undo"),
    ("2026-11-20", "log", "6", "sent the offer", "--kind", "email", "--next", "call back", "--due", "2026-11-21"),
    ("2026-11-21", "add", "Radia Perlman", "--value", "1500", "--probability", "10", "--source", "Website"),
    ("2026-11-22", "status", "7", "contacted"),
    ("2026-11-22", "add", "Frances Allen", "--source", "Event"),
)  # fmt: skip
