"""Which rules may run commands and send mail: those whose text this person allowed on this machine, as direnv does it.

A rule travels inside the desk, so a desk from elsewhere would otherwise run what its author liked. Consent is a file
named by a digest in the state folder (0600 in 0700): of the desk's identity, its path and file, and of the rule's name,
event, condition and actions. Whatever of these changes, consent is needed again; what is deleted and comes back by undo
as it was is still allowed.
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
    from leadcli.domain.work.automation.rule import Rule


def is_needed(rule: Rule) -> bool:
    """The rule runs a command or sends mail."""
    return bool(rule.actions.run or rule.actions.mail)


def is_allowed(store: Store, rule: Rule) -> bool:
    """This person allowed exactly this rule, of this desk, on this machine. False where nothing can be remembered."""
    from leadcli.system import trust

    try:
        path = _consent_path(store, rule)
        if path is None or not path.is_file() or path.is_symlink():
            return False
    except OSError:  # a home that may not be entered
        return False
    return not trust.first_flaw([path], trust.owners_trusted(_environ(store)))


def allow_rule(store: Store, rule: Rule) -> None:
    """Remember that this person allows the rule. It is not journaled: consent is not part of the desk.

    Raises Distrusted when others can write the desk, Failed where there is no home, or it cannot be written.
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
    """Raises Distrusted when the file of the desk could be somebody else's work."""
    if store.path and isinstance(store.config, Config):
        store.config.require_trusted(rule.reason, [store.path])


def refusal(rule: Rule) -> str:
    """What is said of a rule that is not allowed, without a full stop."""
    verbs = [*(["run its command"] if rule.actions.run else []), *(["send its mail"] if rule.actions.mail else [])]
    shown = " ".join(rule.name.split())  # a stranger's name must not look like a line of ours
    return f"rule {shown} is not allowed to {' and '.join(verbs)} here; {remedy(rule)}"


def remedy(rule: Rule) -> str:
    """The two commands that help; a name from a stranger's desk is quoted for the shell."""
    import shlex

    name = shlex.quote(rule.name)
    return f"look at it: leadcli rule show {name}, then allow it: leadcli rule allow {name}"


def _consent_path(store: Store, rule: Rule) -> Path | None:
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
