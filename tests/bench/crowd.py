"""Two imports at once beside a loop of `add`: how long an add had to wait, and how long an import held the desk."""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from measure import Sample
from world import ProgramError, World, last_line

EVERY, LOOK = 0.1, 0.005  # seconds between two adds, and between two looks at the lock
WRITER = "120"  # the byte of a -shm file that is locked by whoever writes (SQLite, "WAL-mode file format")


class Met(NamedTuple):
    """Seconds: the slowest add beyond what an add usually takes here, and the longer of the imports' transactions."""

    wait: float
    transaction: float


def slowest_add(rows: int, *, same: bool) -> Sample:
    """Seconds the slowest add waited while two files of `rows` rows, or twice the same file, were imported."""
    return lambda world, number: _met(world, (rows, same, number)).wait


def last_transaction(rows: int, *, same: bool) -> Sample:
    """Seconds the longer of the two imports' transactions took in the very run of `slowest_add`."""
    return lambda world, number: _met(world, (rows, same, number)).transaction


_RUNS: dict[tuple[int, bool, int], Met] = {}  # both sides of a row are taken from one run


def _met(world: World, asked: tuple[int, bool, int]) -> Met:
    if asked not in _RUNS:
        rows, same, _ = asked
        _RUNS[asked] = _crowd(world, _files(world, rows, same=same))
    return _RUNS[asked]


def _files(world: World, rows: int, *, same: bool) -> tuple[Path, Path]:
    """Two files of so many rows each: two halves of one twice as long, or one and the same."""
    halves = world.scratch / f"{rows}.a.csv", world.scratch / f"{rows}.b.csv"
    with Path(str(world[f"csv_{2 * rows}"])).open(encoding="utf-8", newline="") as file:
        header = file.readline()
        for half in halves:
            with half.open("w", encoding="utf-8", newline="") as part:
                part.writelines([header, *itertools.islice(file, rows)])
    return (halves[0], halves[0]) if same else halves


def _crowd(world: World, files: tuple[Path, Path]) -> Met:
    """Run it; ProgramError when a command fails, or the leads are not those the imports and the adds told of."""
    db = str(world["new"])
    _leadcli(world, db, "init")
    done, adds = threading.Event(), list[float]()
    held: dict[int, float] = {}
    watch = threading.Thread(target=_watch, args=(db, done, held))
    watch.start()
    try:
        imports = [_started(world, db, "import", str(file), "--json") for file in files]
        while any(each.poll() is None for each in imports):
            start = time.perf_counter()
            _leadcli(world, db, "add", f"By hand {len(adds)}", "--email", f"hand{len(adds)}@hand.example.com")
            adds.append(time.perf_counter() - start)
            time.sleep(max(0.0, EVERY - adds[-1]))
    finally:
        done.set()
        watch.join()
    new = [_new(*each.communicate(), each.returncode) for each in imports]
    count = int(_leadcli(world, db, "list", "--all", "--count"))
    if count != sum(new) + len(adds):
        raise ProgramError(f"{count} leads instead of {new} imported and {len(adds)} added ones")
    if files[0] == files[1] and min(new):
        raise ProgramError(f"the same rows became new leads twice: {new}")
    return Met(max(adds) - statistics.median(adds), max(held.get(each.pid, 0.0) for each in imports))


def _new(out: str, said: str, code: int) -> int:
    if code:
        raise ProgramError(f"import: exit {code}: {last_line(said)}")
    return int(json.loads(out)["files"][0]["new"])


def _watch(db: str, done: threading.Event, held: dict[int, float]) -> None:
    """Look again and again who may write, by the locks Linux tells of, and add up how long each process might."""
    shared, last = Path(f"{db}-shm"), time.perf_counter()
    while not done.wait(LOOK):
        now = time.perf_counter()
        node = f":{shared.stat().st_ino}" if shared.exists() else "none"
        for line in Path("/proc/locks").read_text("ascii").splitlines():
            words = line.split()  # 1: POSIX ADVISORY WRITE 4711 fe:00:131 120 120
            if words[1:4] == ["POSIX", "ADVISORY", "WRITE"] and words[5].endswith(node) and words[6] == WRITER:
                held[int(words[4])] = held.get(int(words[4]), 0.0) + now - last
        last = now


def _started(world: World, db: str, *words: str) -> subprocess.Popen[str]:
    argv = world.words(("leadcli", "--db", db, *words), 0)
    return subprocess.Popen(
        argv, env=world.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _leadcli(world: World, db: str, *words: str) -> Any:
    process = _started(world, db, *words)
    out, said = process.communicate()
    if process.returncode:
        raise ProgramError(f"{words[0]}: exit {process.returncode}: {last_line(said)}")
    return out.strip()
