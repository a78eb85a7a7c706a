"""Programs that tests drive beside leadcli: shells, a browser, spreadsheets, address books. A bare machine has none.

Those that are Python packages live in an environment of their own, made once a session of pinned versions, so that they
never become dependencies of leadcli.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PINNED = ("datasette==0.65.5", "khal==0.14.1", "khard==0.22.0", "todoman==4.7.0", "vdirsyncer==0.21.0")
_READY = "installed"


def require_program(name: str, *, path: str | None = None) -> str:
    """The path of a program. Without it the test is skipped, saying why; under CI, which installs them, it fails."""
    program = shutil.which(name, path=path)
    return program or _miss(f"this machine has no {name}", "; .ci/run installs it")


def install_pinned(folder: Path) -> Path:
    """The `bin` folder of an environment with the programs of PINNED, made in `folder` by the first who asks."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _READY).exists():
            (folder / _READY).write_text(_install(folder / "venv"))
    if reason := (folder / _READY).read_text():
        _miss(reason, "; .ci/run needs a way to PyPI")
    return folder / "venv" / "bin"


def _install(environment: Path) -> str:
    """Why it could not be done, '' when it could."""
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    for step in ([sys.executable, "-m", "venv", str(environment)], [*pip, *PINNED]):
        done = subprocess.run(step, capture_output=True, text=True, check=False, timeout=500)
        if done.returncode:
            return f"{' '.join(PINNED)} cannot be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}"
    return ""


def _miss(reason: str, remedy: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(reason + remedy, pytrace=False)
    pytest.skip(reason)
