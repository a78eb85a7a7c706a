"""Reports by mail on a telephone: a real browser finds nothing wider than the screen."""

from __future__ import annotations

import email
import html
import re
from email import policy
from pathlib import Path

import pytest
from desk import Desk

TELEPHONE = 390
MEASURE = """<title>?</title>
<iframe id="mail" style="border:0;width:{width}px" srcdoc="{mail}"></iframe>
<script>
  onload = () => {{ document.title = document.getElementById("mail").contentDocument.documentElement.scrollWidth }}
</script>"""


def width(desk: Desk, mail: str, folder: Path) -> int:
    """How wide the mail is on a telephone, in pixels."""
    page = folder / "page.html"
    page.write_text(MEASURE.format(width=TELEPHONE, mail=html.escape(mail)), "utf-8")
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    done = desk.command([*browser, f"--user-data-dir={folder}/browser", "--dump-dom", page.as_uri()])
    found = re.search(r"<title>(\d+)</title>", done.stdout)
    assert found, done.stderr[-300:]
    return int(found[1])


@pytest.mark.parametrize("report", ["daily", "sources", "created"])
def test_a_report_fits_a_telephone(report: str, desk: Desk, repository: Path, tmp_path: Path) -> None:
    desk.ok("import", repository / "examples" / "leads.csv")
    desk.ok("edit", "200", "--company", "Rhabarberbarbarabarbarenbartbarbier GmbH & Co. KG")
    raw = desk.ok("report", report, "--email", "ann@example.com", "--dry-run")
    body = email.message_from_string(raw, policy=policy.default).get_body(("html",))
    assert body is not None
    assert width(desk, body.get_content(), tmp_path) <= TELEPHONE
