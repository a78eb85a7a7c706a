"""A document on paper: one page to print as HTML, and the same as PDF through WeasyPrint (extra `pdf`).

The page has its style inside, no script, no picture and no link; everything a record holds passes the sanitiser, then
Jinja2's autoescape. WeasyPrint is given nothing to fetch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadcli.errors import Failed
from leadcli.model.kinds import Look
from leadcli.model.results import Card
from leadcli.screen.formats.html import html_section, template_environment
from leadcli.screen.safe import make_safe


def document_page(card: Card, look: Look) -> str:
    """The HTML page of a card that has a `paper`."""
    paper = card.paper
    assert paper
    lines = html_section(card.sections[0], look)
    parts: dict[str, Any] = {
        "title": make_safe(paper.title),
        "paper": paper.size,
        "sender": _safe_lines(paper.sender),
        "receiver": _safe_lines(paper.receiver),
        "facts": [(make_safe(label), make_safe(text)) for label, text in paper.facts],
        "header": lines["header"],
        "rows": [cells for _, rows in lines["groups"] for cells in rows],
        "total": make_safe(paper.total),
        "below": _safe_lines(paper.below),
    }
    return template_environment().get_template("document.html").render(parts)


def _safe_lines(lines: Iterable[str]) -> list[str]:
    """Each line of each text by itself."""
    return [make_safe(line) for text in lines for line in text.splitlines() if line.strip()]


def document_pdf(card: Card, look: Look) -> bytes:
    """The same page as PDF; the same document gives the same bytes. Failed (1) without WeasyPrint or its libraries."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except ImportError:
        raise Failed(
            "writing PDF needs WeasyPrint.", hint="pip install 'leadcli[pdf]', or print the page: -o FILE.html"
        ) from None
    except OSError as error:
        raise Failed(
            f"WeasyPrint does not find its libraries ({str(error).splitlines()[0]}).",
            hint="install Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0), or print the page: -o FILE.html",
        ) from error
    fetcher = URLFetcher(allowed_protocols=())
    return bytes(HTML(string=document_page(card, look), url_fetcher=fetcher).write_pdf())
