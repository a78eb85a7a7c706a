"""The ways leadcli says no: one small tree, one exit code each.

Every error names the thing, the reason and the remedy. `message` is one sentence; `hint` is what to do about it.
Raised anywhere, caught once (in `cli.py`), printed as `Error: ...` and `Hint:  ...` on standard error.
"""

from __future__ import annotations

from collections.abc import Iterable


class LeadError(Exception):
    """An expected error. Subclasses differ in nothing but their exit code and kind (the word used with --json)."""

    code = 1
    kind = "failed"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadValue(ValueError):
    """A text that a field cannot hold: the reason without its subject ("is not a date."), and the remedy."""

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


class Failed(LeadError):
    """The outside world failed: disk, network, mail, a hook. Nothing was changed."""


class Usage(LeadError):
    """What was typed cannot be understood: option, field, closed value, filter, date, number, name of a report."""

    code = 2
    kind = "usage"


class NotFound(LeadError):
    """A record or a file that was named does not exist."""

    code = 3
    kind = "not_found"


class Partial(LeadError):
    """Done in part: rows rejected, mails not sent; the message says how many of each."""

    code = 4
    kind = "partial"


class Refused(LeadError):
    """A business rule forbids it: duplicate, status not allowed, already converted, undo overtaken."""

    code = 5
    kind = "refused"


class BadDatabase(LeadError):
    """The file is not ours, newer than this program, or damaged. It was left untouched."""

    code = 6
    kind = "bad_database"


class Damaged(BadDatabase):
    """SQLite met bytes in the file that it did not write so. The handler looks how far the damage goes."""


class Unforeseen(LeadError):
    """SQLite refused a statement of ours: the file lacks something or is damaged, else it is a fault of this program.

    The handler looks which, and logs the last.
    """


class Busy(LeadError):
    """Try again later: the database is locked, the mail server says 4xx."""

    code = 75
    kind = "busy"


class Interrupted(LeadError):
    """Ctrl-C. Nothing was changed."""

    code = 130
    kind = "interrupted"


def nearest_name(word: str, names: Iterable[str]) -> str:
    """The one of `names` that `word` was probably meant to be, or ''."""
    from difflib import get_close_matches  # costs a few milliseconds, and only errors need it

    by_fold = {name.casefold(): name for name in names}
    typed = word.casefold()
    matches = get_close_matches(typed, by_fold, n=3, cutoff=0.6)
    # Letters in the wrong order are the commonest slip: `lsit` is list, though lost is as near.
    matches.sort(key=lambda name: sorted(name) != sorted(typed))
    return by_fold[matches[0]] if matches else ""


def unknown_name(thing: str, word: str, names: Iterable[str], *, title: str = "", hint: str = "") -> Usage:
    """A Usage error for a word that is not one of `names`, with the nearest one suggested.

    `title` names the whole list in the message ("Statuses"); without it the list is left out.
    """
    known = list(names)
    close = nearest_name(word, known)
    text = f"unknown {thing} '{word}'."
    if close:
        text += f" Did you mean '{close}'?"
    if title:
        text += f"{'  ' if close else ' '}{title}: {', '.join(known) or 'none yet'}."
    return Usage(text, hint=hint)
