"""Ways back: undo and redo with a sentence about what changed, and backups, checked copies in a file of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from leadcli.errors import BadDatabase, Failed, LeadError, NotFound, Refused, Usage
from leadcli.model.results import ResultNote, format_count
from leadcli.store import engine, replacement
from leadcli.store.checks import health
from leadcli.store.engine import refuse_follower
from leadcli.store.journal import undo as journal
from leadcli.store.journal.undo import UndoResult
from leadcli.store.store import Store

_STAMP = "%Y-%m-%dT%H%M%SZ"
# The period that holds a day, by the unit of `--keep`.
_PERIODS: Mapping[str, Callable[[date], str]] = {
    "d": lambda day: day.isoformat(),
    "w": lambda day: "{}-W{}".format(*day.isocalendar()),
    "m": lambda day: f"{day:%Y-%m}",
    "y": lambda day: f"{day:%Y}",
}


def undo_operation(store: Store, number: int | None = None) -> ResultNote:
    """Undo an operation, the last one by default. store/journal/undo.py lists what is refused."""
    return _undo_note(store, journal.undo_operation(store, number), ("Undid", "undo"), " Redo: leadcli redo")


def redo_operation(store: Store) -> ResultNote:
    """Repeat the operation that the last undo reverted."""
    return _undo_note(store, journal.redo_operation(store), ("Redid", "redo"), " Undo: leadcli undo")


def _undo_note(store: Store, done: UndoResult, verbs: tuple[str, str], back: str) -> ResultNote:
    leads = f", {format_count(done.leads, 'lead')}" if done.leads else ""
    fields = [name.replace("_", " ") for name in done.fields if name != "turn"]
    changes = (
        f": {', '.join(fields[:4])}{' and more' if len(fields) > 4 else ''} "
        f"back to what {'it was' if len(fields) == 1 else 'they were'}"
        if fields
        else ""
    )
    verb, hint = store.desk.choose_verb(*verbs), back if store.desk.keep else ""
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
    sentence = f"Backed up {format_count(counts['leads'], 'lead')} to {path} ({size:,} bytes, checked)."
    return ResultNote(sentence, json={"file": str(path), "leads": counts["leads"], "bytes": size})


def backup_series(store: Store, folder: Path, keep: str, *, dry_run: bool = False) -> ResultNote:
    """Copy the desk to a dated file in `folder`, then remove the older backups of it that `keep` does not hold.

    "7d,4w,12m" holds the newest backup of each of the last 7 days, 4 weeks and 12 months that have one; the newest of
    all always stays. Only files named as this function names them, which are backups of this desk, are removed. With
    a dry run nothing is written. Raises Usage for a rule that cannot be read, NotFound where there is no folder.
    """
    rules = _read_rules(keep)
    if not folder.is_dir():
        raise NotFound(
            f"there is no folder {folder}.", hint="make it first: it may be a disk that is not there at the moment"
        )
    stem = store.path.stem if store.path else "leads"
    path = folder / f"{stem}-{store.desk.now.astimezone(UTC).strftime(_STAMP)}.db"
    backups = {**_dated_backups(folder, stem), path: store.desk.now.astimezone(UTC)}
    held = {path, *_held(backups, rules, store.desk.now)}
    surplus = [each for each in backups if each not in held]
    ours = [each for each in surplus if _is_backup(store, each)]
    left = f" {len(surplus) - len(ours)} left that are no backups of this desk." if len(ours) < len(surplus) else ""
    removed = {"removed": [str(each) for each in sorted(ours)]}
    counted = f"{len(backups) - len(ours)} kept, {len(ours)} removed.{left}"
    if dry_run:
        return ResultNote(f"Would back up {store.path} to {path}; {counted}", json={"file": str(path), **removed})
    note = backup_desk(store, path)
    for each in ours:
        try:
            each.unlink(missing_ok=True)
        except OSError as error:  # the new copy is there all the same
            store.desk.warn(f"{each} could not be removed: {error.strerror or error}.")
            removed["removed"].remove(str(each))
    counted = f"{len(backups) - len(removed['removed'])} kept, {len(removed['removed'])} removed.{left}"
    return ResultNote(f"{note.sentence.removesuffix('.')}; {counted}", json={**note.json, **removed})


def _read_rules(text: str) -> Sequence[tuple[int, str]]:
    """ "7d,4w" -> ((7, "d"), (4, "w"))."""
    words = [word.strip() for word in text.split(",")]
    matches = [re.fullmatch(r"([1-9][0-9]{0,3})([dwmy])", word) for word in words]
    for word, match in zip(words, matches, strict=True):
        if match is None:
            raise Usage(
                f"--keep {text}: '{word}' is no number of days, weeks, months or years.", hint="write it as 7d,4w,12m"
            )
    return [(int(match[1]), match[2]) for match in matches if match]


def _dated_backups(folder: Path, stem: str) -> Mapping[Path, datetime]:
    """The files of the series: path -> when it was made (UTC)."""
    dates: dict[Path, datetime] = {}
    for path in folder.glob("*.db"):
        stamp = path.name.removeprefix(f"{stem}-").removesuffix(".db")
        if path.name.startswith(f"{stem}-") and re.fullmatch(r"\d{4}-\d\d-\d\dT\d{6}Z", stamp) and path.is_file():
            dates[path] = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    return dates


def _held(backups: Mapping[Path, datetime], rules: Iterable[tuple[int, str]], now: datetime) -> set[Path]:
    """The newest backup of each of the last `number` periods that have one, for every rule, by the local calendar."""
    held: set[Path] = set()
    newest_first = sorted(backups, key=lambda path: backups[path], reverse=True)
    for number, unit in rules:
        periods: dict[str, Path] = {}
        for path in newest_first:
            periods.setdefault(_PERIODS[unit](backups[path].astimezone(now.tzinfo).date()), path)
        held.update(list(periods.values())[:number])
    return held


def _is_backup(store: Store, path: Path) -> bool:
    """Whether the file may go: nothing that this desk does not have is in it, and nobody has it open."""
    try:
        return not replacement.is_in_use(path) and replacement.is_backup_of(store, path)
    except LeadError:
        return False


def check_place(store: Store, path: Path) -> None:
    """Raises Usage, NotFound, Refused or BadDatabase where no database can be put, whatever is in it."""
    if path.is_dir():
        raise Usage(
            f"{path} is a directory.",
            hint=f"name a file, or say which to keep there: leadcli backup {path} --keep 7d,4w,12m",
        )
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


def adopt_file(path: Path) -> ResultNote:
    """Mark a file as a desk, such as one made from a dump of the SQLite shell, which loses the mark.

    Only where it is whole and has all that a desk of this version has. Raises NotFound for a missing file, BadDatabase
    with what is wrong for any other, which stays untouched, and Refused for a file that is a desk already.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}.", hint="check the name, and the folder you are in")
    refuse_follower(path)
    mark = engine.read_application_id(path)
    if mark == engine.APPLICATION_ID:
        raise Refused(f"{path} is a leadcli database already.", hint=f"check it: leadcli --db {path} doctor")
    if mark:
        raise BadDatabase(f"{path} is marked as the file of another program.", hint="it was not touched")
    leads = health.mark_unmarked(path)
    sentence = f"{path} is a leadcli database now: {leads:,} lead{'' if leads == 1 else 's'}. Use it: --db {path}"
    return ResultNote(sentence, json={"file": str(path), "leads": leads})
