"""Stop signals: TERM and HUP end an import as Ctrl-C does, so that it reports the end and leaves nothing behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = ("SIGTERM", "SIGHUP")  # HUP: the terminal was closed; not every system has it


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, those signals raise KeyboardInterrupt - but for one that is ignored or answered already (nohup)."""

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    ours = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():  # only there signals can be answered
        ours = []
    ours = [each for each in ours if signal.getsignal(each) is signal.SIG_DFL]
    for each in ours:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)


def unstoppable() -> None:
    """For a helper process: its end is the parent's to decide, even where a signal goes to the whole group."""
    for name in ("SIGINT", *_SIGNALS):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
