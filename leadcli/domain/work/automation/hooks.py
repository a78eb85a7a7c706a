"""Hooks: programs of the user that run when leads change, as in git.

`pre-add` ... in the folder of hooks run before the commit and may refuse the operation, `on-add` ... run after it.
A hook runs once for each operation. It reads one JSON object for each lead: {"event", "before", "after", "operation"}.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leadcli.config.settings import Config
from leadcli.errors import Failed, Refused, nearest_name
from leadcli.model.kinds import Record
from leadcli.query import EVERYTHING
from leadcli.store.journal import events
from leadcli.store.journal.operation import Operation
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.domain.work.automation.actions import Rule

PATIENCE = 10.0  # seconds
# End of a hook's name -> event of its leads.
EVENTS: Mapping[str, str] = {
    "add": "added", "change": "changed", "status": "status", "convert": "converted", "lost": "lost",
}  # fmt: skip
_NAMES = [f"{when}-{word}" for word in EVENTS for when in ("pre", "on")]
_PAGE = 500


class ProgramOutcome(NamedTuple):
    """The exit code of a program (None when it did not start or took too long) and its standard error."""

    code: int | None
    message: str


def call_hooks(operation: Operation, folder: Path) -> None:
    """Run the pre- hooks now, and register the on- hooks to run after the commit. A dry run calls none.

    Raises Refused with the standard error of a pre- hook whose exit code is not 0, Failed when it cannot be run or
    takes too long, Distrusted when others could have written one.
    """
    store = operation.store
    if not operation.keep:
        return
    here = usable_hooks(folder)
    upto = events.last_change_of(store)
    for word, event in EVENTS.items():
        programs = {when: here[f"{when}-{word}"] for when in ("pre", "on") if f"{when}-{word}" in here}
        ids = events.leads_of_event(store, event, EVERYTHING, operation=operation.id, upto=upto) if programs else []
        if ids and programs:
            _require_trusted(store, programs.values(), folder)
        if ids and "pre" in programs:
            _run_pre_hook(programs["pre"], store, event, ids, operation.id)
        if ids and "on" in programs:
            operation.afterwards.append(partial(_run_on_hook, programs["on"], store, event, ids, operation.id))


def _require_trusted(store: Store, programs: Iterable[Path], folder: Path) -> None:
    """Raises Distrusted when others can write one of these hooks or its folder."""
    if isinstance(store.config, Config):
        for path in programs:
            store.config.require_trusted(f"hook {path.name}", [path, folder])


def usable_hooks(folder: Path) -> dict[str, Path]:
    """Name -> path of each executable hook."""
    hooks = {}
    for name in _NAMES:
        path = folder / name
        if path.is_file() and os.access(path, os.X_OK):
            hooks[name] = path
    return hooks


def unusable_hooks(folder: Path | None) -> list[str]:
    """A sentence for each hook that is never called, for the doctor."""
    problems = []
    for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
        if path.name in _NAMES and not (path.is_file() and os.access(path, os.X_OK)):
            problems.append(f"hook {path} is not executable: chmod +x {path}")
        elif path.name not in _NAMES and path.name.startswith(("on-", "pre-")) and "." not in path.name:
            close = nearest_name(path.name, _NAMES)
            problems.append(f"hook {path} is never called." + (f" Did you mean {close}?" if close else ""))
    return problems


def _run_pre_hook(path: Path, store: Store, event: str, ids: Sequence[int], operation: int) -> None:
    outcome = call_program([str(path)], _hook_lines(store, event, ids, operation))
    if outcome.code is None:
        raise Failed(f"hook {path.name} {outcome.message}; nothing was changed.", hint="leave hooks out: --no-hooks")
    if outcome.code:
        reason = outcome.message or f"it ended with code {outcome.code}"
        raise Refused(f"hook {path.name} refused: {reason}", hint="leave hooks out: --no-hooks")


def _run_on_hook(path: Path, store: Store, event: str, ids: Sequence[int], operation: int) -> None:
    outcome = call_program([str(path)], _hook_lines(store, event, ids, operation))
    if outcome.code != 0:
        store.desk.warn(f"hook {path.name} {_failure_reason(outcome)}.")


def run_command(store: Store, rule: Rule, ids: Sequence[int], operation: int) -> None:
    """Run the command of a rule in the shell, with the same input as a hook. A failure is a warning."""
    outcome = call_program(["/bin/sh", "-c", rule.actions.run], _hook_lines(store, rule.event, ids, operation))
    if outcome.code != 0:
        store.desk.warn(f"{rule.reason}: the command {_failure_reason(outcome)}.")


def _failure_reason(outcome: ProgramOutcome) -> str:
    if outcome.code is None:
        return outcome.message
    return f"ended with code {outcome.code}" + (f": {outcome.message}" if outcome.message else "")


def _hook_lines(store: Store, event: str, ids: Sequence[int], operation: int) -> Iterator[str]:
    """One line of JSON for each lead. `before` is null for a new lead."""
    for start in range(0, len(ids), _PAGE):
        page = list(ids[start : start + _PAGE])
        old = dict(events.values_before(store, operation, page)) if event != "added" else {}
        for after in store.fetch("lead", page):
            before = {**after, **old.get(after["id"], {})} if event != "added" else None
            change = {
                "event": event,
                "before": before and _plain_record(store, before),
                "after": _plain_record(store, after),
            }
            yield json.dumps({**change, "operation": operation}, ensure_ascii=False) + "\n"


def _plain_record(store: Store, lead: Record) -> Record:
    return {field.name: field.kind.json(lead.get(field.name), lead) for field in store.type("lead").fields.values()}


def call_program(command: Sequence[str], lines: Iterator[str], *, patience: float = PATIENCE) -> ProgramOutcome:
    """Run a program with these lines as input. It and its children are killed after `patience` seconds."""
    with tempfile.TemporaryFile() as standard_input, tempfile.TemporaryFile() as standard_error:
        standard_input.writelines(line.encode("utf-8", "replace") for line in lines)
        standard_input.seek(0)
        try:
            running = subprocess.Popen(
                command, stdin=standard_input, stdout=subprocess.DEVNULL, stderr=standard_error, start_new_session=True
            )
        except OSError as error:
            return ProgramOutcome(None, f"cannot be run: {error.strerror}")
        try:
            code: int | None = running.wait(patience)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with contextlib.suppress(OSError):
                os.killpg(running.pid, signal.SIGKILL)  # its children too
            running.wait()
        standard_error.seek(0)
        message = standard_error.read(2000).decode("utf-8", "replace").strip()
    return ProgramOutcome(code, message if code is not None else f"did not end within {patience:g} seconds")
