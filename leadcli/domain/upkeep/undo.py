"""Undo and redo, with a sentence about what changed."""

from __future__ import annotations

from leadcli.model.results import ResultNote
from leadcli.store.journal import undo as journal
from leadcli.store.journal.undo import UndoResult
from leadcli.store.store import Store


def undo_operation(store: Store, number: int | None = None) -> ResultNote:
    """Undo an operation, the last one by default. store/journal/undo.py lists what is refused."""
    return _undo_note(store, journal.undo_operation(store, number), "Undid", "Would undo", "Redo: leadcli redo")


def redo_operation(store: Store) -> ResultNote:
    """Repeat the operation that the last undo reverted."""
    return _undo_note(store, journal.redo_operation(store), "Redid", "Would redo", "Undo: leadcli undo")


def _undo_note(store: Store, done: UndoResult, did: str, would: str, back: str) -> ResultNote:
    leads = f", {done.leads:,} lead{'' if done.leads == 1 else 's'}" if done.leads else ""
    fields = [name.replace("_", " ") for name in done.fields if name != "turn"]
    changes = (
        f": {', '.join(fields[:4])}{' and more' if len(fields) > 4 else ''} "
        f"back to what {'it was' if len(fields) == 1 else 'they were'}"
        if fields
        else ""
    )
    verb, hint = (did, f" {back}") if store.desk.keep else (would, "")
    return ResultNote(
        f"{verb} operation {done.undid} ({done.command}{leads}){changes}.{hint}",
        json={"operation": done.operation if store.desk.keep else None, "undid": done.undid, "leads": done.leads},
    )
