"""Reports in a real browser: mails and pages fit their screen, and no word of a picture stands on another."""

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


def title(desk: Desk, page: Path) -> str:
    """What a page calls itself once its script has run."""
    folder = page.parent
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    done = desk.command([*browser, f"--user-data-dir={folder}/browser", "--dump-dom", page.as_uri()])
    found = re.search(r"<title>(\d.*?)</title>", done.stdout)
    assert found, done.stderr[-300:]
    return html.unescape(found[1])


# The words of a picture: none outside the page, none on top of another; says how many there are, and which are wrong.
OVERLAPS = """<title>?</title>
<iframe id="page" style="border:0;width:{width}px;height:4000px" srcdoc="{page}"></iframe>
<script>
  onload = () => {{
    const inner = document.getElementById("page").contentDocument;
    const seen = [...inner.querySelectorAll("svg")].map(svg => [...svg.querySelectorAll("text")]
      .map(text => [text.textContent.trim(), text.getBoundingClientRect()]).filter(([, box]) => box.width > 0));
    const wrong = [];
    if (inner.documentElement.scrollWidth > {width}) wrong.push("too wide");
    for (const texts of seen) texts.forEach(([one, a], at) => {{
      if (a.left < 0 || a.right > {width}) wrong.push(one + " is cut");
      texts.slice(at + 1).forEach(([other, b]) => {{
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2)
          wrong.push(one + " on " + other);
      }});
    }});
    document.title = seen.flat().length + ": " + wrong.join(", ");
  }}
</script>"""


@pytest.mark.parametrize("report", ["daily", "sources", "created", "pipeline", "dashboard"])
def test_a_report_fits_a_telephone(report: str, desk: Desk, repository: Path, tmp_path: Path) -> None:
    desk.ok("import", repository / "examples" / "leads.csv")
    desk.ok("edit", "200", "--company", "Rhabarberbarbarabarbarenbartbarbier GmbH & Co. KG")
    raw = desk.ok("report", report, "--email", "ann@example.com", "--dry-run")
    body = email.message_from_string(raw, policy=policy.default).get_body(("html",))
    assert body is not None
    page = tmp_path / "page.html"
    page.write_text(MEASURE.format(width=TELEPHONE, mail=html.escape(body.get_content())), "utf-8")
    assert int(title(desk, page)) <= TELEPHONE


@pytest.mark.parametrize("width", [TELEPHONE, 820, 1280])
def test_no_word_of_a_dashboard_stands_on_another(width: int, desk: Desk, repository: Path, tmp_path: Path) -> None:
    desk.ok("import", repository / "examples" / "leads.csv")
    desk.ok("add", "Large", "--value", "123456789012", "--close", "2026-12-30", "--probability", "40")
    page = tmp_path / "page.html"
    shown = desk.ok("report", "dashboard", "--format", "html")
    page.write_text(OVERLAPS.format(width=width, page=html.escape(shown)), "utf-8")
    count, _, wrong = title(desk, page).partition(":")
    assert int(count) > 50
    assert wrong.strip() == ""
