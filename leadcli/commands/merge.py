"""The command merge: leads that are the same one become one."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import CHANGE, TargetText, show_note, target_words, with_options
from leadcli.errors import Refused, Usage
from leadcli.run import Run


@with_options(CHANGE)
def merge(run: Run, target: TargetText) -> None:
    """Merge records that are the same one into the first of them.

    Nothing is lost: what is missing is filled in, lists are united, activities, files and orders move, and the other
    ids keep answering. One undo takes all of it back. Accounts and contacts are merged like leads.

    Examples:
    leadcli merge 12 47
    leadcli merge 12 47 --dry-run
    leadcli merge A4 A9
    """
    store = run.store(write=True)
    selected = _record_to_merge(run, target_words(run, target))
    if not run.dry_run:
        note = domain.merge_records(store, selected)
        run.show(domain.survivor_of(store, selected) if run.output.json else note)
    elif run.output.json:
        run.show(domain.merge_card(store, selected))
    else:
        run.show(domain.merge_preview(store, selected))


def _record_to_merge(run: Run, words: list[str]) -> domain.Target:
    """The records named, in order, each named once; a filter is no name."""
    store = run.store(write=True)
    parts = [domain.resolve_target(store, [word], records=domain.MERGEABLE) for word in words if word.strip()]
    if not parts:
        raise Usage("which ones? Name the one to keep, then the others.", hint="leadcli merge KEEP OTHER")
    for part, word in zip(parts, words, strict=False):
        if not part.explicit:
            raise Usage(f"'{word}' is a filter; merge takes ids.", hint="find duplicates with: leadcli dedupe")
    ids = [id for part in parts for id in part.ids]
    notes = [note for part in parts for note in part.notes]
    record = parts[0].record
    if any(part.record != record for part in parts):
        raise Usage("records of different kinds cannot be merged.", hint="name leads, or accounts, or contacts")
    if notes and len(set(ids)) < len(ids):
        raise Refused(f"{'; '.join(notes)} already.", hint=f"see: leadcli show {ids[0]}")
    selected = domain.Target(record, ids, True, tuple(notes))
    show_note(run, selected)
    return selected
