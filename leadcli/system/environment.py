"""What a run takes from its surroundings beside settings: secrets that no child may inherit, and the login name."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SMTP_PASSWORD = "LEADCLI_SMTP_PASSWORD"


def take_secrets(environ: MutableMapping[str, str]) -> dict[str, str]:
    """A copy of the environment for this run; the mail password goes out of `environ`, which children inherit."""
    copied = dict(environ)
    environ.pop(SMTP_PASSWORD, None)
    return copied


def login() -> str:
    """The login name; '' where there is none."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        import getpass

        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
