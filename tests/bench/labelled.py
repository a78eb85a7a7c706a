"""How good `leadcli dedupe` is on labelled leads: NAME.csv scored against NAME.truth.csv (id, cluster)."""

from __future__ import annotations

import csv
import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from world import ProgramError, World, last_line

# The best pairwise F1 known of general tools without training on the same records; a set not named here has no bound.
BEST_KNOWN = {
    "gen_10k": 0.915,
    "gen_1m": 0.861,
    "febrl1": 0.998,
    "febrl3": 0.998,
    "restaurants": 0.923,
    "splink_fake_1000": 0.840,
    "senzing_truthset": 0.153,
}
REGION = ("--phone-region", "US")


def print_labelled(folder: Path, world: World) -> None:
    """Print precision, recall and F1 of every labelled set of a folder, and the seconds of the scan."""
    for truth in sorted(folder.glob("*.truth.csv")):
        name = truth.name.removesuffix(".truth.csv")
        try:
            clusters, took = _found(world, folder / f"{name}.csv")
        except ProgramError as failure:
            print(f"dedupe: {name:60}FAILED  {failure}", flush=True)
            continue
        precision, recall, f1 = pairwise(clusters, _truth(truth))
        bound = BEST_KNOWN.get(name)
        verdict = "" if bound is None else f">= {bound:.3f} {'ok' if f1 >= bound else 'UNDER'}"
        scores = f"P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}"
        print(f"dedupe: {name:24} {scores}  {took:7.2f} s   {verdict}", flush=True)


def pairwise(found: dict[str, str], true: dict[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 over all pairs of records that share a cluster; records not found stand alone."""
    found = {record: found.get(record, f"alone {record}") for record in true}
    both = _pairs(Counter((found[record], true[record]) for record in true).values())
    said, real = _pairs(Counter(found.values()).values()), _pairs(Counter(true.values()).values())
    precision, recall = both / said if said else 1.0, both / real if real else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _truth(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["cluster"] for row in csv.DictReader(file)}


def _found(world: World, leads: Path) -> tuple[dict[str, str], float]:
    """The cluster of each external id that `dedupe` put into one, and the seconds of the scan."""
    database = str(world["new"])
    _run(world, database, "import", str(leads), "--on-duplicate", "create", "--create-options", *REGION)
    start = time.perf_counter()
    groups = json.loads(_run(world, database, "dedupe", "--json"))
    took = time.perf_counter() - start
    listing = csv.reader(_run(world, database, "export", "--fields", "id,external_id").splitlines()[1:])
    external = {int(number): record for number, record in listing}
    world.clean()
    return {external[lead]: str(place) for place, group in enumerate(groups) for lead in group["leads"]}, took


def _run(world: World, database: str, *words: str) -> str:
    argv = world.words(("leadcli", "--db", database, *words), 0)
    done = subprocess.run(argv, env=world.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 4):
        raise ProgramError(f"{words[0]}: exit {done.returncode}: {last_line(done.stderr)}")
    return done.stdout
