"""Ways back: undo and redo with a sentence about what changed, and backups, checked copies in a file of their own."""

from __future__ import annotations

from pathlib import Path

from leadcli.errors import BadDatabase, Failed, NotFound, Refused, Usage
from leadcli.model.results import ResultNote
from leadcli.store import replacement
from leadcli.store.checks import health
from leadcli.store.journal import undo as journal
from leadcli.store.journal.undo import UndoResult
from leadcli.store.store import Store
from leadcli.system.database_files import refuse_follower


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


def backup_desk(store: Store, path: Path, *, force: bool = False) -> ResultNote:
    """Copy the desk to `path`. The copy is consistent, checked and 0600, or it is not there at all.

    An older backup of this desk is replaced. Any other file is replaced only with `force`. Raises Refused for the
    database itself and for one in use, BadDatabase for a Litestream follower.
    """
    check_place(store, path)
    _refuse_other_files(store, path, force=force)
    counts = health.copy_database(store, path)
    size = path.stat().st_size
    sentence = (
        f"Backed up {counts['leads']:,} lead{'' if counts['leads'] == 1 else 's'} to {path} ({size:,} bytes, checked)."
    )
    return ResultNote(sentence, json={"file": str(path), "leads": counts["leads"], "bytes": size})


def check_place(store: Store, path: Path) -> None:
    """Raises Usage, NotFound, Refused or BadDatabase where no database can be put, whatever is in it."""
    if path.is_dir():
        raise Usage(f"{path} is a directory.", hint=f"name a file: leadcli backup {path / 'leads.db'}")
    if not path.absolute().parent.is_dir():
        raise NotFound(f"there is no directory {path.parent}.")
    refuse_follower(path)
    if not path.exists():
        return
    if store.path and path.samefile(store.path):
        raise Refused(f"{path} is the database itself.", hint="name another file")
    if replacement.is_in_use(path):
        raise Refused(f"{path} is in use by another program.", hint="name another file")


def _refuse_other_files(store: Store, path: Path, *, force: bool) -> None:
    """Raises Refused when the file at `path` holds something that a backup must not replace."""
    if not path.exists():
        return
    if force or not path.stat().st_size:
        return
    way_out = f"choose another name, or: leadcli backup {path} --force"
    try:
        if replacement.is_backup_of(store, path):
            return
    except (BadDatabase, Failed) as error:
        raise Refused(f"{path} exists and is no backup of leadcli.", hint=way_out) from error
    raise Refused(f"{path} is another desk, or holds changes this one does not have; they would be lost.", hint=way_out)
