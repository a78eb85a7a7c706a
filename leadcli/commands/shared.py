"""What several commands do alike: a target's words, the question before a bulk change, the desk of a first command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from leadcli import domain
from leadcli.errors import NotFound, Usage
from leadcli.model.fields import BY_LETTER
from leadcli.run import Run
from leadcli.store.store import Store


def writing_store(run: Run) -> Store:
    """The desk for a command that may be the first one: a missing file is made with the default preset."""
    run.fill = _create_desk
    return run.store(write=True)


def _create_desk(store: Store) -> None:

    domain.vocabulary_filler("default")(store)


def read_text(path: str, *, option: str) -> str:
    """The text of a file, or of standard input for -. NotFound for a missing file, Usage for one that is no text."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFound(f"there is no file '{path}'.", hint=f"{option} takes a file, or - for standard input") from error
    except UnicodeDecodeError as error:
        raise Usage(f"{option}: '{path}' is not UTF-8 text.", hint="save it as UTF-8") from error


def require_receiver(run: Run, email: Sequence[str]) -> None:
    """Usage for a --dry-run of a mail that goes to nobody."""
    if run.dry_run and not email:
        raise Usage("--dry-run shows a mail, and there is none.", hint="add --email ADDRESS")


CARDS = ("lead", "account", "contact", "opportunity")


def target_words(run: Run, words: Sequence[str]) -> list[str]:
    """TARGET words; a lone - stands for ids on standard input, one a line."""
    if list(words) != ["-"]:
        return list(words)
    if sys.stdin is None or sys.stdin.isatty():
        raise Usage(
            "- reads ids from standard input, and that is a terminal.",
            hint="leadcli list --ids | leadcli edit - --owner bob",
        )
    lines = [line.strip() for line in sys.stdin if line.strip()]
    if lines and not domain.ids_in_words(lines):
        wrong = next(line for line in lines if not domain.ids_in_words([line]))
        raise Usage(f"standard input has '{wrong[:40]}', which is no id.", hint="one id a line: leadcli list --ids")
    return lines or ["id:0"]


def show_note(run: Run, target: domain.Target) -> None:
    """What was followed or is worth knowing, on standard error."""
    for note in target.notes:
        run.say(note)


def confirm_bulk(run: Run, target: domain.Target, *, always: bool = False) -> bool:
    """True to go ahead. A filter that hits several leads shows what would happen and asks; --dry-run only shows.

    "Several" is the setting `confirm_from`; two with `always`, for what takes records away.
    """
    if target.explicit or run.yes or run.dry_run or len(target.ids) < (2 if always else run.config["confirm_from"]):
        return True
    store = run.store(write=True)
    type_ = BY_LETTER.get(target.record, store.type(target.record))
    would = f"this would change {len(target.ids)} {type_.table}"
    if run.may_ask:
        run.say(domain.preview_edit(store, target))
    return run.ask(f"Change {len(target.ids)} {type_.table}?", would=would)
