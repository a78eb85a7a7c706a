"""Prints how fast and how small leadcli is, as ratios measured in one run: `python tests/bench [--quick] [ROW...]`.

Each row runs whole processes, ours and the yardstick's taking turns, and shows the median ratio beside its bound.
A row over its bound is marked, a program that fails ends the benchmark with exit 1.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from labelled import print_labelled
from rows import MILLION, ROWS, Row
from world import ProgramError, World

SMALL, QUICK_LARGE = 1_000, 20_000
QUICK_RUNS = 5


def main() -> int:
    options = _options()
    rows = [row for row in ROWS if _wanted(row, options)]
    if options.list:
        print("\n".join(row.name for row in rows))
        return 0
    large = QUICK_LARGE if options.quick else MILLION
    print(f"{'':68}{'ours':>11}{'against':>11}{'ratio':>8}   bound")
    with tempfile.TemporaryDirectory(prefix="leadcli-bench-") as scratch:
        world = World(Path(scratch), small=SMALL, large=large)
        failures = [row.name for row in rows if not _printed(row, world, options)]
        if options.dedupe_data:
            print_labelled(options.dedupe_data, world)
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("row", nargs="*", help="only rows whose name contains one of these words")
    parser.add_argument("--quick", action="store_true", help="starts and flat rows only, 1,000 against 20,000 leads")
    parser.add_argument("--runs", type=int, help="pairs per row, instead of the row's own number")
    parser.add_argument("--dedupe-data", type=Path, metavar="DIR", help="also NAME.csv with NAME.truth.csv of DIR")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    return parser.parse_args()


def _wanted(row: Row, options: argparse.Namespace) -> bool:
    named = not options.row or any(word in row.name for word in options.row)
    return named and (row.quick or not options.quick)


def _printed(row: Row, world: World, options: argparse.Namespace) -> bool:
    """Measure and print a row; False when a program failed."""
    runs = options.runs or (min(row.runs, QUICK_RUNS) if options.quick else row.runs)
    try:
        pairs = _pairs(row, world, runs)
    except ProgramError as failure:
        print(f"{row.name:68}FAILED  {failure}", flush=True)
        return False
    ratio = statistics.median(ours / base for ours, base in pairs)
    ours, base = (_shown(statistics.median(side), row.unit) for side in zip(*pairs, strict=True))
    verdict = "ok" if ratio <= row.bound else "OVER"
    print(f"{row.name:68}{ours:>11}{base:>11}{ratio:7.2f}x   {row.bound:g}x {verdict}", flush=True)
    return True


def _pairs(row: Row, world: World, runs: int) -> list[tuple[float, float]]:
    """Samples of ours and base, in turns and with the order changing; the first pair only warms up."""
    pairs = []
    first = 0 if runs == 1 else -1
    for number in range(first, runs):
        sides = (row.ours, row.base) if number % 2 else (row.base, row.ours)
        samples = {side: side(world, number + 1) for side in sides}
        world.clean()
        if number >= 0:
            pairs.append((samples[row.ours], samples[row.base]))
    return pairs


def _shown(value: float, unit: str) -> str:
    if unit == "B":
        return f"{value / 1e6:.1f} MB"
    if unit == "MiB":
        return f"{value:.0f} MiB"
    return f"{value * 1000:.0f} ms" if value < 10 else f"{value:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
