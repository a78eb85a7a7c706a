"""Writes files: whole or not at all, for their owner's eyes, and never through what another user laid in the way.

`replace_file` is the one way to write a file: a temporary file beside the target, made exclusively under a name nobody
can foresee, synced, then renamed into place. A symbolic link on the way is followed only if it belongs to this user or
to root, as in a folder others can write (/tmp, a share) anybody may have laid it.

A temporary file is locked (flock) for as long as it is written, so that one without a lock is what a killed program
left. The next file written in the same folder sweeps it, `leadcli doctor` names it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from leadcli.errors import Busy, Failed, Refused

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_CREATE = os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_MOST_LINKS = 40  # as many as Linux follows
# A temporary file; a database is built beside it in NAME-db, as SQLite has locks of its own.
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.part", re.DOTALL)
_RESTS = ("-db", "-db-journal", "-db-wal", "-db-shm")
_LOCK_PATIENCE, _LOCK_PAUSE = 10.0, 0.01  # seconds


@contextmanager
def replace_file(
    path: str | os.PathLike[str], *, keep_mode: bool = False, exclusive: bool = False
) -> Iterator[IO[bytes]]:
    """A file to write; when the block ends well it takes the place of `path`, else nothing has happened.

    The file has mode 0600; with `keep_mode` it has the mode of the file it replaces, if that is this user's own. With
    `exclusive` nothing is replaced: FileExistsError when there is a file or a link. Raises OSError, and Failed for a
    link of another user; Refused for a database, which text would destroy.
    """
    if not exclusive:
        refuse_database(path)
    target = resolve_new(path) if exclusive else resolve_target(path)
    descriptor, temporary = create_temporary(target)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if keep_mode:
                _copy_mode(target, file.fileno())
            yield file
            file.flush()
            os.fsync(file.fileno())
            if exclusive:
                _link_into_place(temporary, target)
            else:
                os.replace(temporary, target)  # still locked
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(os.path.dirname(target))


def write_text(path: str | os.PathLike[str], text: str, *, exclusive: bool = False) -> None:
    """A whole file of UTF-8 text, 0600, its folder made if missing. Failed names the file and the reason."""
    try:
        make_folder(os.path.dirname(os.path.abspath(path)))
        with replace_file(path, exclusive=exclusive) as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise Failed(f"{os.fspath(path)} cannot be written: {error.strerror or error}.") from error


def create_file(path: str | os.PathLike[str]) -> int:
    """The descriptor of a new file, 0600. FileExistsError when there is a file or a link of that name."""
    return os.open(path, os.O_WRONLY | _CREATE, PRIVATE_FILE)


def create_temporary(target: str) -> tuple[int, str]:
    """(descriptor, path) of a new file beside `target`, 0600, locked, under a name that cannot be foreseen.

    What killed programs left in that folder is swept.
    """
    folder, name = os.path.split(target)
    sweep_leftovers(folder)
    while True:
        path = os.path.join(folder, f".{name[:60]}.{os.urandom(8).hex()}.part")
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_RDWR | _CREATE, PRIVATE_FILE)
            if _take_lock(descriptor) is not False and os.path.exists(path):
                return descriptor, path
            os.close(descriptor)  # another process took it for a leftover before it was locked


@contextmanager
def temporary_database(target: str | os.PathLike[str]) -> Iterator[str]:
    """The path of a new empty file beside `target` for SQLite to fill, 0600; whatever is left of it goes in the end.

    Its folder is reached through no other user's link.
    """
    descriptor, path = create_temporary(resolve_new(target))
    try:
        os.close(create_file(f"{path}-db"))
        yield f"{path}-db"
    finally:
        _remove_temporary(path)
        os.close(descriptor)


def leftovers(folder: str | os.PathLike[str]) -> list[str]:
    """The temporary files in a folder that killed programs of this user left."""
    return [path for path in _temporary_files(folder) if _is_left(path)]


def sweep_leftovers(folder: str | os.PathLike[str]) -> None:
    """Remove them."""
    for path in _temporary_files(folder):
        _is_left(path, remove=True)


def _temporary_files(folder: str | os.PathLike[str]) -> list[str]:
    try:
        with os.scandir(folder or os.curdir) as entries:
            return sorted(os.path.join(folder, entry.name) for entry in entries if _TEMPORARY.fullmatch(entry.name))
    except OSError:
        return []


@contextmanager
def folder_lock(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Nobody else who asks for this lock changes files in the folder meanwhile. Raises Busy after ten seconds.

    File systems without such locks (some network shares, Windows) go without.
    """
    if os.name == "nt":
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # writing there will say why
        yield
        return
    until = time.monotonic() + _LOCK_PATIENCE
    try:
        while _take_lock(descriptor) is False:
            if time.monotonic() > until:
                raise Busy(f"{os.fspath(folder)} is being written to by another leadcli.", hint="try again")
            time.sleep(_LOCK_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _take_lock(descriptor: int) -> bool | None:
    """True with the lock, False when another process has it, None where there are no locks."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True


def _is_left(path: str, *, remove: bool = False) -> bool:
    """True for a temporary file of this user that nobody has locked; with `remove` it goes while it is locked here."""
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        is_mine = stat.S_ISREG(status.st_mode) and hasattr(os, "geteuid") and status.st_uid == os.geteuid()
        is_left = is_mine and _take_lock(descriptor) is True
        if is_left and remove:
            _remove_temporary(path)
        return is_left
    finally:
        os.close(descriptor)


def _remove_temporary(path: str) -> None:
    """What belongs to it goes first, so that a killed sweep is taken up again."""
    for end in (*_RESTS, ""):
        with suppress(OSError):
            os.unlink(f"{path}{end}")


def make_folder(path: str | os.PathLike[str]) -> None:
    """The folder and all above it that are missing, each 0700: os.makedirs leaves those above to the umask."""
    folder = os.fspath(path) or os.curdir
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder.rstrip(os.sep))
    if above:
        make_folder(above)
    try:
        os.mkdir(folder, PRIVATE_FOLDER)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def resolve_target(path: str | os.PathLike[str]) -> str:
    """The absolute path with every link followed. Failed for a link that is neither this user's nor root's."""
    if not hasattr(os, "getuid"):  # Windows: links need a privilege there
        return os.path.realpath(path)
    current, links = os.sep, 0
    pending = os.path.join(os.getcwd(), os.fspath(path)).split(os.sep)[::-1]
    while pending:
        part = pending.pop()
        if part in ("", os.curdir, os.pardir):
            current = os.path.dirname(current) if part == os.pardir else current
            continue
        place = os.path.join(current, part)
        link = _link_text(place)
        if link is None:
            current = place
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))
        current = os.sep if link.startswith(os.sep) else current
        pending += link.split(os.sep)[::-1]
    return current


def resolve_new(path: str | os.PathLike[str]) -> str:
    """The absolute path of a file to be made: its folder resolved, its own name as it is."""
    folder, name = os.path.split(os.fspath(path))
    return os.path.join(resolve_target(folder), name)


def open_stream(path: str) -> IO[bytes] | None:
    """A pipe or a device, opened for writing as it is; None for a file or a name that is free.

    Failed for a pipe in a folder that another user laid there.
    """
    if not os.path.exists(path) or os.path.isfile(path):
        return None
    target = resolve_target(path)
    status = os.lstat(target) if os.path.lexists(target) else None  # /dev/stdout may lead to a nameless pipe
    if status and stat.S_ISFIFO(status.st_mode) and not is_trusted_owner(status.st_uid):
        raise Failed(f"{path} is a pipe of another user.", hint="write to another place")
    return open(path, "wb")


def is_trusted_owner(uid: int) -> bool:
    """This user or root."""
    return uid in (0, os.geteuid())


def sync_folder(folder: str) -> None:
    """fsync of a folder, so that a rename in it outlives a power cut; not every file system can."""
    with suppress(OSError):
        sync_file(folder or os.curdir)


def sync_file(path: str | os.PathLike[str]) -> None:
    """fsync of a file that was written under its name."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link_text(place: str) -> str | None:
    """Where a link leads; None for anything else."""
    try:
        status = os.lstat(place)
    except OSError:  # nothing there, or nobody may look: opening it will say so
        return None
    if not stat.S_ISLNK(status.st_mode):
        return None
    if not is_trusted_owner(status.st_uid):
        raise Failed(
            f"{place} is a link of another user, which is not followed.", hint="remove the link, or name another place"
        )
    return os.readlink(place)


def _copy_mode(target: str, descriptor: int) -> None:
    try:
        status = os.stat(target)
    except OSError:
        return
    if stat.S_ISREG(status.st_mode) and hasattr(os, "fchmod") and status.st_uid == os.geteuid():
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & 0o777)


def _link_into_place(temporary: str, target: str) -> None:
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.rename(temporary, target)
        return
    os.unlink(temporary)


# Text is never written over a database, which would be lost.

_HEADER = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal", "-txid")  # what belongs to a database, by the end of its name


def refuse_database(path: str | os.PathLike[str]) -> None:
    """Refused when `path` is a database, or one of the files beside one: text written there would destroy it."""
    text = os.fspath(path)
    if _is_database(text):
        raise Refused(f"{text} is a database, and would be lost.", hint="choose another name for the file to write")
    for end in _BESIDE:
        if text.endswith(end) and os.path.exists(text) and _is_database(text.removesuffix(end)):
            database = text.removesuffix(end)
            raise Refused(f"{text} belongs to the database {database}, which would be lost.",
                          hint="choose another name for the file to write")  # fmt: skip


def _is_database(path: str) -> bool:
    """The file is one of SQLite's. It then stays open: to close it would drop the locks this process has on it."""
    if not os.path.isfile(path):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    if os.read(descriptor, len(_HEADER)) == _HEADER:
        return True
    os.close(descriptor)
    return False
