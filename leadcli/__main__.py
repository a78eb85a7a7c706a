"""Runs leadcli as a program: `leadcli`, `python -m leadcli`."""

from __future__ import annotations

import gc
import os
import sys


def script() -> None:
    """One run, from start to exit code.

    A run is short: collecting garbage while modules are loaded, and taking the interpreter apart at the end, would cost
    a sixth of it. `Store` switches collection on again; everything is closed and flushed before the process ends.
    """
    gc.disable()
    os.umask(0o077)  # whatever a run or a program it starts makes is its owner's alone
    from leadcli.cli import main

    code = main()
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None: whoever started this closed the descriptor
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    script()
