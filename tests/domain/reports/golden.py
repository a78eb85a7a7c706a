"""Every report of the small desk in every format, one file a report, for people to read and tests to compare.

PYTHONPATH=tests python tests/domain/reports/golden.py    # write what happens now into golden/
"""

from __future__ import annotations

import email
import sys
import tempfile
from email import policy
from pathlib import Path

FOLDER = Path(__file__).with_name("golden")
FORMATS = ("tsv", "csv", "json", "jsonl", "md", "table", "chart", "html")


def played(desk: object, name: str) -> str:
    """What a report is in every format and as a mail, each below its name."""
    texts = [f"== {each}\n{desk.ok('report', name, '--format', each)}\n" for each in FORMATS]  # type: ignore[attr-defined]
    return "\n".join([*texts, *_mailed(desk, name)])


def _mailed(desk: object, name: str) -> list[str]:
    """Subject and both bodies; what differs from run to run is left out."""
    raw = desk.ok("report", name, "--email", "ann@example.com", "--dry-run")  # type: ignore[attr-defined]
    message = email.message_from_string(raw, policy=policy.default)
    bodies = [(each, message.get_body((each,))) for each in ("plain", "html")]
    return [
        f"== mail\n{message['Subject']}\n",
        *(f"== mail {each}\n{body.get_content()}" for each, body in bodies if body),
    ]


def write() -> None:
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]
    from desk import Desk
    from small_desk import fill

    from leadcli.domain.insight.reports.declared import REPORTS

    with tempfile.TemporaryDirectory() as home:
        desk = Desk(Path(home))
        fill(desk)
        FOLDER.mkdir(exist_ok=True)
        for name in REPORTS:
            (FOLDER / f"{name}.txt").write_text(played(desk, name), "utf-8")


if __name__ == "__main__":
    write()
