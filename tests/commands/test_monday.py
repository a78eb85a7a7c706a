"""A seller's Monday in keystrokes: what is typed for seven common things, against what the first version needed.

Every line counts with its Enter. The seller knows people by their names: the first version wanted their numbers, which
`list` says, knew no `task move`, and took days as 2026-12-04 only. `python tests/commands/test_monday.py` prints it.
"""

from __future__ import annotations

import shlex
from typing import NamedTuple

from desk import REPOSITORY, Desk


class Step(NamedTuple):
    """What is done, and the lines typed for it in the first version and now."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


MONDAY = (
    Step("import", ("leadcli import examples/leads.csv",), ("leadcli import examples/leads.csv",)),
    Step("next", ("leadcli next",), ("leadcli next",)),
    Step(
        "log with the next step",
        (
            "leadcli list deshpande",
            "leadcli log 190 'left voicemail' --kind call --next 'send offer' --due 2026-12-04",
        ),
        ("leadcli log deshpande 'left voicemail' -k call --next 'send offer' --due 4-dec",),
    ),
    Step(
        "move a task",
        (
            "leadcli task",
            "leadcli task done T2",
            "leadcli task add 190 'send offer' --due '2026-12-07 14:00'",
        ),
        ("leadcli task move T2 '7 dec 2pm'",),
    ),
    Step(
        "lost",
        ("leadcli list geneviève", "leadcli lost 141 --reason no-budget"),
        ("leadcli lost geneviève -r no-budget",),
    ),
    Step("convert", ("leadcli list gareth", "leadcli convert 71 -y"), ("leadcli convert gareth -y",)),
    Step("report", ("leadcli report pipeline",), ("leadcli report pipeline",)),
)


def keystrokes(lines: tuple[str, ...]) -> int:
    return sum(len(line) + 1 for line in lines)


def table() -> str:
    rows = [(step.name, keystrokes(step.before), keystrokes(step.after)) for step in MONDAY]
    rows.append(("together", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    lines = [f"{name:24}{before:>8}{after:>8}{after / before:>8.0%}" for name, before, after in rows]
    return "\n".join([f"{'':24}{'before':>8}{'after':>8}", *lines])


def test_no_step_grows_and_the_sum_falls_by_a_third() -> None:
    assert [step.name for step in MONDAY if keystrokes(step.after) > keystrokes(step.before)] == [], table()
    total = sum(keystrokes(step.after) for step in MONDAY) / sum(keystrokes(step.before) for step in MONDAY)
    assert total <= 2 / 3, table()


def test_the_monday_does_what_it_says(desk: Desk) -> None:
    (desk.home / "examples").symlink_to(REPOSITORY / "examples")
    for step in MONDAY:
        for line in step.after:
            desk.ok(*shlex.split(line)[1:])
    assert desk.json("show", "190")["next_task"] == "send offer"
    assert desk.json("task", "list", "name:deshpande")[0]["due"] == "2026-12-07T14:00:00Z"
    assert desk.json("show", "141")["lost_reason"] == "No budget"
    assert desk.json("show", "71")["account"] == "A1"


if __name__ == "__main__":
    print(table())  # noqa: T201 - that is its job
