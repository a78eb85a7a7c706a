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
    try:
        from leadcli.cli import main

        code = main()
    except (MemoryError, ImportError, SystemError, OSError) as error:  # without memory Python fails in all these ways
        code = _cannot_run(error)
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None: whoever started this closed the descriptor
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 1
    os._exit(code)


def _cannot_run(error: BaseException) -> int:
    """One sentence on why the program cannot even be loaded, written without loading anything. Exit code 1."""
    text = str(error)
    is_missing = isinstance(error, ModuleNotFoundError) and text
    sentence = f"leadcli is not whole: {text}." if is_missing else "there is not enough memory to run leadcli."
    hint = "install it again" if is_missing else "close other programs and try again"
    os.write(2, f"Error: {sentence}\nHint:  {hint}\n".encode(errors="replace"))
    return 1


if __name__ == "__main__":
    script()
