"""The command log (note): adds to the timeline of a lead."""

from __future__ import annotations

import sys

from leadcli import domain
from leadcli.commands.options import (
    AT,
    CARDS,
    CHANGE,
    DIRECTION,
    DUE,
    DURATION,
    KIND,
    OUTCOME,
    REPEAT,
    OneNamed,
    OptionSpec,
    confirm_bulk,
    find_target,
    show_note,
    with_options,
)
from leadcli.commands.task import Words
from leadcli.errors import Usage
from leadcli.model.results import with_article
from leadcli.run import Run


@with_options(
    OptionSpec("--file", "Keep this file with it, repeatable.", "PATH", many=True),
    KIND.but(offers=f"words:{' '.join(domain.ACTIVITY_KINDS)}"),
    DIRECTION,
    OUTCOME,
    AT,
    DURATION,
    OptionSpec("--next", "The next step, as a task.", "TEXT", name="next_"),
    DUE.but("When that task is due."),
    REPEAT.but("How that task repeats: weekly, 'every fri', 'monthly after done'."),
    CHANGE,
)
def log(
    run: Run, target: OneNamed, text: Words, file: list[str], kind: str, direction: str, outcome: str, at: str,
    duration: str, next_: str, due: str, repeat: str,
) -> None:  # fmt: skip
    """Log what happened with a lead or a customer; `note` is the same for notes.

    Without TEXT it is read from standard input, on a terminal from your editor.

    Examples:
    leadcli log 12 "left voicemail" --kind call --next "call back" --due +2d
    leadcli note 12 "prefers e-mail"
    leadcli log C9 "met at the fair" --kind meeting --at "yesterday 15:00" --duration 45m
    """
    store = run.store(write=True)
    selection = find_target(run, store, [target], records=CARDS)
    show_note(run, selection)
    entry = domain.LogEntry(" ".join(text), kind, direction, outcome, at, duration, next_, due, file, repeat)
    if not any((entry.text, outcome, file, next_)):
        domain.parse_entry(store, entry._replace(text="..."))  # what is wrong is said before an editor opens
        entry = entry._replace(text=_entry_text(run, target))
    if not selection.ids:
        run.show(domain.no_match_note(store, selection))
    elif confirm_bulk(run, selection, lambda what: f"Log {with_article(kind)} on {what}"):
        run.show(domain.log_activity(store, selection, entry))


def _entry_text(run: Run, target: str) -> str:
    """The text of an entry from the editor, or from what is piped in."""
    if run.may_ask:
        from leadcli.commands import edit

        return edit.type_text(run, f"What happened with {target}? Lines that begin with # are left out.")
    if target == "-" or sys.stdin is None or sys.stdin.isatty():
        raise Usage("there is nothing to log.", hint='say what happened: leadcli log 12 "left voicemail"')
    return sys.stdin.read()
