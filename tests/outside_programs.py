"""Programs that tests drive beside leadcli: other shells, a browser, a tracer. A bare machine has none of them."""

from __future__ import annotations

import os
import shutil

import pytest


def require_program(name: str, *, path: str | None = None) -> str:
    """The path of a program. Without it the test is skipped, saying why; under CI, which installs them, it fails."""
    program = shutil.which(name, path=path)
    if program:
        return program
    reason = f"this machine has no {name}"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; .ci/run installs it", pytrace=False)
    pytest.skip(reason)
