"""Whether a file may be obeyed: only what this person or root owns, and nobody else can write, as with ssh and git.

It is asked before anything is run that a file names: hooks, aliases, programs of the settings, rules that run commands
or send mail. Reading a file needs no such trust.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from leadcli.errors import Failed


class Distrusted(Failed):
    """A file that says what to run belongs to somebody else, or others can write it. Nothing was run or changed."""


class Flaw(NamedTuple):
    """Why a path cannot be trusted: "can be written by others (mode 0777)", and the shell command that mends it."""

    path: Path
    reason: str
    remedy: str

    @property
    def sentence(self) -> str:
        """For people, without a full stop."""
        return f"{self.path} {self.reason}"


def owners_trusted(environ: Mapping[str, str]) -> frozenset[int]:
    """The users whose files are obeyed: this one, root, and under sudo the one who called it (as git does)."""
    if os.name == "nt":
        return frozenset()
    this_user = os.geteuid()
    caller = environ.get("SUDO_UID", "")
    by_sudo = {int(caller)} if this_user == 0 and caller.isascii() and caller.isdigit() else set()
    return frozenset({this_user, 0} | by_sudo)


def first_flaw(
    paths: Iterable[Path], owners: Collection[int], *, trusted_folders: Collection[Path] = ()
) -> Flaw | None:
    """What is wrong with these files, or the folders that hold them; None when they may be obeyed.

    `owners` are user ids. What lies below a trusted folder is not looked at, nor what does not exist. Where a file is a
    link, the link, its folder, the file and the folder of that are looked at.
    """
    if os.name == "nt":  # access lists there are not told by a mode
        return None
    for path in paths:
        real = path.resolve()
        if not any(real.is_relative_to(folder) for folder in trusted_folders):
            for place in _places(path, real):
                flaw = _flaw(place, owners)
                if flaw:
                    return flaw
    return None


def _places(path: Path, real: Path) -> Iterator[Path]:
    yield real
    yield real.parent
    if path.is_symlink():
        yield path
        yield path.absolute().parent


def _flaw(path: Path, owners: Collection[int]) -> Flaw | None:
    try:
        state = path.lstat()
    except OSError:
        return None
    shown = shlex.quote(str(path))
    if state.st_uid not in owners:
        remedy = f"chown {os.geteuid()} {shown} && chmod go-w {shown}"
        return Flaw(path, f"belongs to {_user_name(state.st_uid)}", remedy)
    if stat.S_ISLNK(state.st_mode) or not _is_writable_by_others(state):
        return None
    return Flaw(path, f"can be written by others (mode {stat.S_IMODE(state.st_mode):04o})", f"chmod go-w {shown}")


def _is_writable_by_others(state: os.stat_result) -> bool:
    if stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX:
        return False  # as in /tmp: others may add files there, and replace none
    if state.st_mode & stat.S_IWOTH:
        return True
    return bool(state.st_mode & stat.S_IWGRP) and not _is_private_group(state)


def _is_private_group(state: os.stat_result) -> bool:
    """The group is its owner's alone, as Debian and Fedora give each user one: same name, nobody else in it."""
    import grp
    import pwd

    try:
        owner = pwd.getpwuid(state.st_uid)
        group = grp.getgrgid(state.st_gid)
    except KeyError:
        return False
    return owner.pw_gid == state.st_gid and owner.pw_name == group.gr_name and set(group.gr_mem) <= {owner.pw_name}


def _user_name(uid: int) -> str:
    import pwd

    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"


def distrust(what: str, flaw: Flaw, *, may_trust: bool) -> Distrusted:
    """The error: "alias hot is not obeyed: FILE can be written by others (mode 0666)." with what to do about it.

    `may_trust` is false where the file of settings is not trusted itself, whose setting trust counts for nothing then.
    """
    folder = flaw.path if flaw.path.is_dir() else flaw.path.parent
    way_out = f"; or trust the folder: leadcli config trust {shlex.quote(str(folder))}" if may_trust else ""
    return Distrusted(f"{what} is not obeyed: {flaw.sentence}.", hint=f"{flaw.remedy}{way_out}")
