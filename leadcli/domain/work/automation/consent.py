"""Consent: a rule runs commands and sends mail only after this user allowed it on this machine, as in direnv.

A rule is stored in the desk, so a desk from elsewhere could run any command of its author. Consent is a file (0600 in a
folder 0700) in the state folder. Its name is a SHA-256 digest of the desk's identity, path and inode, and of the rule's
name, event, condition and actions. After a change of any of these, consent is needed again. A rule that is deleted and
restored by undo is still allowed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from leadcli.config.settings import Config, user_folder
from leadcli.errors import Failed
from leadcli.store import safety_copy, schema
from leadcli.store.store import Store
from leadcli.system.file_writer import write_text

if TYPE_CHECKING:
    from leadcli.domain.work.automation.actions import Rule


def is_needed(rule: Rule) -> bool:
    """Whether the rule runs a command or sends mail."""
    return bool(rule.actions.run or rule.actions.mail)


def is_allowed(store: Store, rule: Rule) -> bool:
    """Whether this user allowed exactly this rule of this desk on this machine. False without a state folder."""
    from leadcli.system import trust

    try:
        path = _consent_path(store, rule)
        if path is None or not path.is_file() or path.is_symlink():
            return False
    except OSError:  # a home that may not be entered
        return False
    return not trust.first_flaw([path], trust.owners_trusted(_environ(store)))


def allow_rule(store: Store, rule: Rule) -> None:
    """Store the consent of this user. It is not in the journal, because consent is not part of the desk.

    Raises Distrusted when others can write the desk, Failed when there is no home or it cannot be written.
    """

    require_trusted_desk(store, rule)
    schema.ensure_desk_uid(store.connection)
    path = _consent_path(store, rule)
    if path is None:
        raise Failed(
            "there is no home directory to remember in that a rule is allowed.", hint="set HOME or XDG_STATE_HOME"
        )
    try:
        write_text(path, json.dumps({"rule": rule.name, "desk": str(store.path)}) + "\n")
    except Failed as error:
        raise Failed(error.message, hint="name another folder: XDG_STATE_HOME") from error


def require_trusted_desk(store: Store, rule: Rule) -> None:
    """Raises Distrusted when others can write the file of the desk."""
    if store.path and isinstance(store.config, Config):
        store.config.require_trusted(rule.reason, [store.path])


def refusal(rule: Rule) -> str:
    """The warning about a rule that is not allowed, without a full stop."""
    verbs = [*(["run its command"] if rule.actions.run else []), *(["send its mail"] if rule.actions.mail else [])]
    shown = " ".join(rule.name.split())  # a line break could fake a message of leadcli
    return f"rule {shown} is not allowed to {' and '.join(verbs)} here; {remedy(rule)}"


def remedy(rule: Rule) -> str:
    """The two commands that help. The name is quoted for the shell, because it may come from elsewhere."""
    import shlex

    name = shlex.quote(rule.name)
    return f"look at it: leadcli rule show {name}, then allow it: leadcli rule allow {name}"


def _consent_path(store: Store, rule: Rule) -> Path | None:
    """The file that holds the consent. None without a state folder, and for a desk without file or identity."""
    import hashlib

    home = user_folder("state", _environ(store))
    uid = store.setting(safety_copy.DESK_UID)
    if home is None or not uid or store.path is None:
        return None
    file = store.path.resolve()
    text = json.dumps([uid, str(file), file.stat().st_ino, rule.name, rule.event, rule.condition, rule.actions.text()])
    return home / "allowed" / hashlib.sha256(text.encode()).hexdigest()


def _environ(store: Store) -> Mapping[str, str]:
    return store.config.environ if isinstance(store.config, Config) else {}
