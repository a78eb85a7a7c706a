"""Every report of the small desk in every format, one file a report, for people to read and tests to compare.

PYTHONPATH=tests python tests/domain/reports/golden.py    # write what happens now into golden/
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).with_name("golden")
FORMATS = ("tsv", "csv", "json", "jsonl", "md", "table", "chart", "html")


def played(desk: object, name: str) -> str:
    """What a report is in every format, each below its name."""
    texts = [f"== {each}\n{desk.ok('report', name, '--format', each)}\n" for each in FORMATS]  # type: ignore[attr-defined]
    return "\n".join(texts)


def write() -> None:
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]
    from desk import Desk
    from small_desk import fill

    from leadcli.domain.reports.declared import REPORTS

    with tempfile.TemporaryDirectory() as home:
        desk = Desk(Path(home))
        fill(desk)
        FOLDER.mkdir(exist_ok=True)
        for name in REPORTS:
            (FOLDER / f"{name}.txt").write_text(played(desk, name), "utf-8")


if __name__ == "__main__":
    write()
