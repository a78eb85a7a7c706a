"""Consent: rules and sequences run commands and send mail only after this user allowed it here, as in direnv.

They are stored in the desk, so a desk from elsewhere could run any command of its author. Consent is a file (0600 in a
folder 0700) in the state folder. Its name is a SHA-256 digest of the desk's identity, path and inode, and of the name
and the content of what is allowed. After a change of any of these, consent is needed again. What is deleted and
restored by undo is still allowed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from leadcli.config.settings import Config, user_folder
from leadcli.errors import Failed, LeadError
from leadcli.store import safety_copy, schema
from leadcli.store.store import Store
from leadcli.system.file_writer import write_text


class Subject(NamedTuple):
    """What consent is about: a rule or a sequence. `verbs` say what it does that needs consent, none for nothing."""

    kind: str
    name: str
    verbs: tuple[str, ...]
    content: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.kind} {' '.join(self.name.split())}"  # a line break could fake a message of leadcli


def is_allowed(store: Store, subject: Subject) -> bool:
    """Whether this user allowed exactly this on this desk and machine. False without a state folder."""
    from leadcli.system import trust

    try:
        path = _consent_path(store, subject)
        if path is None or not path.is_file() or path.is_symlink():
            return False
    except OSError:  # a home that may not be entered
        return False
    return not trust.first_flaw([path], trust.owners_trusted(_environ(store)))


def allow(store: Store, subject: Subject) -> None:
    """Store the consent of this user. It is not in the journal, because consent is not part of the desk.

    Raises Distrusted when others can write the desk, Failed when there is no home or it cannot be written.
    """

    require_trusted_desk(store, subject)
    schema.ensure_desk_uid(store.connection)
    path = _consent_path(store, subject)
    if path is None:
        raise Failed(
            f"there is no home directory to remember in that a {subject.kind} is allowed.",
            hint="set HOME or XDG_STATE_HOME",
        )
    try:
        write_text(path, json.dumps({subject.kind: subject.name, "desk": str(store.path)}) + "\n")
    except Failed as error:
        raise Failed(error.message, hint="name another folder: XDG_STATE_HOME") from error


def allow_new(store: Store, subject: Subject) -> list[str]:
    """Record consent for what the user adds. Returns a warning when that cannot be stored."""
    if not subject.verbs or not store.desk.keep:
        return []
    try:
        allow(store, subject)
    except LeadError as error:
        return [f"{refusal(subject)}: {error.message}"]
    return []


def may_act(store: Store, subject: Subject) -> bool:
    """Whether its command and mail may run here. Warns once a run for each subject without consent.

    Raises Distrusted when others can write the desk.
    """
    if not subject.verbs or not store.desk.hooks:
        return False
    if is_allowed(store, subject):
        require_trusted_desk(store, subject)
        return True
    if subject.title not in store.warned:
        store.warned.add(subject.title)
        store.desk.warn(refusal(subject))
    return False


def require_trusted_desk(store: Store, subject: Subject) -> None:
    """Raises Distrusted when others can write the file of the desk."""
    if store.path and isinstance(store.config, Config):
        store.config.require_trusted(f"{subject.kind} {subject.name}", [store.path])


def refusal(subject: Subject) -> str:
    """The warning about what is not allowed, without a full stop."""
    return f"{subject.title} is not allowed to {' and '.join(subject.verbs)} here; {remedy(subject)}"


def remedy(subject: Subject) -> str:
    """The two commands that help. The name is quoted for the shell, because it may come from elsewhere."""
    import shlex

    name = shlex.quote(subject.name)
    return f"look at it: leadcli {subject.kind} show {name}, then allow it: leadcli {subject.kind} allow {name}"


def _consent_path(store: Store, subject: Subject) -> Path | None:
    """The file that holds the consent. None without a state folder, and for a desk without file or identity."""
    import hashlib

    home = user_folder("state", _environ(store))
    uid = store.setting(safety_copy.DESK_UID)
    if home is None or not uid or store.path is None:
        return None
    file = store.path.resolve()
    text = json.dumps([uid, str(file), file.stat().st_ino, subject.name, *subject.content])
    return home / "allowed" / hashlib.sha256(text.encode()).hexdigest()


def _environ(store: Store) -> Mapping[str, str]:
    return store.config.environ if isinstance(store.config, Config) else {}
