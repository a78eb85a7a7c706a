"""Trouble nobody foresaw: what a failing file means to the user, and the log that keeps the story of a fault."""

from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

from leadcli.errors import Failed, LeadError, NotFound
from leadcli.system.file_writer import PRIVATE_FILE, make_folder, resolve_target


def file_error(error: OSError) -> LeadError:
    """What trouble with a file means to the user."""
    if error.errno == errno.ENOMEM:
        return memory_error()
    if not error.filename and isinstance(error, FileNotFoundError):
        return _missing_folder(error)
    where = f"'{error.filename}'" if error.filename else "a file"
    if isinstance(error, FileNotFoundError):
        return NotFound(f"there is no {where}.", hint="check the name, and the folder you are in")
    return Failed(f"{where} cannot be used: {error.strerror or error}.")


def _missing_folder(error: OSError) -> LeadError:
    """What Python itself looks for without naming it: a folder for temporary files, or the one it was started in."""
    try:
        os.getcwd()
    except OSError:
        return Failed("the present folder does not exist any more.", hint="cd to another one")
    if "temporary directory" in str(error):
        return Failed("there is no folder for temporary files that can be written to.", hint="name one: TMPDIR=FOLDER")
    return Failed(f"a file is missing: {error.strerror or error}.")


def is_short_of_memory(error: BaseException) -> bool:
    """Python without memory fails in several ways, also while it loads a module or calls a function."""
    texts = ("cannot allocate", "failed to map", "no memory", "error return without exception", "returned NULL")
    while error:
        if isinstance(error, MemoryError) or (
            isinstance(error, (ImportError, SystemError, OSError)) and any(each in str(error).lower() for each in texts)
        ):
            return True
        error = error.__cause__  # type: ignore[assignment]
    return False


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
