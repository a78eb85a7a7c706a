"""Trouble nobody foresaw: what a failing file means to the user, and the log that keeps the story of a fault."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from leadcli.errors import Failed, LeadError, NotFound
from leadcli.system.file_writer import PRIVATE_FILE, make_folder, resolve_target


def file_error(error: OSError) -> LeadError:
    """What trouble with a file means to the user."""
    where = f"'{error.filename}'" if error.filename else "a file"
    if isinstance(error, FileNotFoundError):
        return NotFound(f"there is no {where}.", hint="check the name, and the folder you are in")
    return Failed(f"{where} cannot be used: {error.strerror or error}.")


def memory_error() -> LeadError:
    """What it means when there is no memory left."""
    return Failed("there is not enough memory; nothing was changed.", hint="close other programs and try again")


def write_error_log(home: Path | None, command: str, story: str) -> Path | None:
    """Append a fault's traceback to the log in the folder `home`, for its owner only; None where it cannot be kept."""
    if home is None:
        return None
    path = home / "errors.log"
    try:
        make_folder(home)
        place = resolve_target(path)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
        with open(descriptor, "a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z} leadcli {command}\n{story}\n")
    except (OSError, Failed):
        return None
    return path
