"""HTML pages and mail bodies: well formed, self-contained, readable in light and dark, and harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from screen.shown import CARD, HOSTILE, HOSTILE_SHOWN, LEADS, LOOK, report, seen

from leadcli.model.kinds import INTEGER, MONEY, TEXT
from leadcli.model.results import Chart, Column, Figure, Page, Table
from leadcli.screen.formats.html import mail_page, plain_text
from leadcli.screen.formats.svg_charts import chart_pictures, period_label

EVIL = f"<img src=x onerror=alert(1)> & \"'{{{{7*7}}}} {HOSTILE}"
VOID = {"meta", "br", "hr", "img", "link", "input"}
SHAPES = ("bars", "funnel", "months", "trend")


def months(count: int) -> Table:
    names = [f"{2020 + at // 12}-{at % 12 + 1:02}" for at in range(count)]
    columns = [Column("period", "month", TEXT), Column("value", "value", MONEY), Column("weighted", "weighted", MONEY)]
    rows = [
        {"period": name, "value": 1000 * at, "weighted": 300 * at, "currency": "EUR"} for at, name in enumerate(names)
    ]
    return Table(columns, rows, title="Forecast", chart=Chart("months", "period", "value", "weighted"))


def evil() -> Table:
    columns = [Column("name", EVIL, TEXT, 0), Column("count", "count", INTEGER)]
    return Table(columns, [{"name": EVIL, "count": 3}], title=EVIL, footer=EVIL, chart=Chart("bars", "name", "count"))


PAGE = Page("Desk", "Sunday", report(), [report("funnel"), months(14), months(90), evil()], [Figure("Open", "4", EVIL)])
VALUES = {
    "list": LEADS, "card": CARD, "page": PAGE, "evil": evil(), "empty": Table([Column("name", "name", TEXT)], []),
    **{shape: report(shape) for shape in SHAPES}, "months 2": months(2), "months 30": months(30), "trend": months(100),
}  # fmt: skip


class Checked(HTMLParser):
    """Every element closed in order; tags, attributes and visible text kept."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", VALUES)
def test_a_page_is_well_formed_and_needs_nothing_else(name: str) -> None:
    html = seen(VALUES[name], format="html").out
    assert html.startswith("<!doctype html>")
    found = Checked(html)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(found.tags)
    assert not [each for each in found.attributes if each[0].startswith("on") or each[0] in ("src", "href", "style")]
    assert not re.search(r"https?:|url\(|@import|javascript:", html)
    assert found.tags.count("h1") == 1
    assert found.tags.count("title") >= 1


def test_what_a_record_holds_stays_text() -> None:
    for value in (evil(), PAGE):
        html = seen(value, format="html").out
        assert "<img" not in html
        assert not {"\x1b", "\u202e", "\x9b"} & set(html)
        assert EVIL.replace(HOSTILE, HOSTILE_SHOWN) in Checked(html).text


def test_every_mark_of_a_picture_has_a_tip_and_a_picture_a_name() -> None:
    html = seen(report("funnel"), format="html").out
    assert html.count("<g><title>") == 3
    assert 'aria-label="Pipeline by status"' in html
    assert "<title>new: count 42, value €86,300.00</title>" in html


def test_pictures_fit_their_frame() -> None:
    for shape in SHAPES:
        for picture in chart_pictures(report(shape), LOOK):
            assert all(0 <= mark.share <= 1 and 0 <= mark.other <= 1 for mark in picture.marks)
    upright = chart_pictures(months(30), LOOK)[0]
    assert upright.shape == "months"
    assert all(mark.at + upright.step <= 100.001 for mark in upright.marks)
    assert sum(bool(mark.label) for mark in upright.marks) <= 6
    assert chart_pictures(months(100), LOOK)[0].shape == "trend"
    assert [mark.share for mark in chart_pictures(report(), LOOK, most=2)[0].marks] == [1.0, 0.5]
    assert chart_pictures(report(), LOOK, most=2)[0].hidden == 1


def test_amounts_of_two_currencies_never_share_a_picture() -> None:
    columns = [Column("owner", "owner", TEXT, 0), Column("count", "leads", INTEGER), Column("value", "value", MONEY)]
    rows = [{"owner": "ann", "count": 3, "value": 100, "currency": "EUR"},
            {"owner": "ann", "count": 1, "value": 90, "currency": "JPY"}]  # fmt: skip
    by_value = Table(columns, rows, chart=Chart("bars", "owner", "value"))
    assert [(picture.title, len(picture.marks)) for picture in chart_pictures(by_value, LOOK)] == [
        ("EUR", 1),
        ("JPY", 1),
    ]
    by_count = chart_pictures(by_value._replace(chart=Chart("bars", "owner", "count")), LOOK)
    assert [(mark.label, mark.text, mark.note) for picture in by_count for mark in picture.marks] == [("ann", "4", "")]


def test_currencies_beside_each_other_have_the_same_months() -> None:
    columns = [Column("period", "month", TEXT, 0), Column("count", "leads", INTEGER), Column("value", "value", MONEY)]
    cells = [("2026-11", 5, "USD"), ("2026-12", 1, "EUR"), ("2027-01", 2, "USD"), ("(none)", 3, "SEK")]
    rows = [{"period": name, "count": count, "value": 100, "currency": code} for name, count, code in cells]
    found = chart_pictures(Table(columns, rows, chart=Chart("months", "period", "value")), LOOK)
    assert [picture.title for picture in found] == ["EUR", "USD", "SEK"]  # the desk's own, then by leads
    assert [[mark.label for mark in picture.marks] for picture in found] == [["Nov", "Dec", "Jan 27"]] * 3
    assert [[mark.share for mark in picture.marks] for picture in found[:2]] == [[0, 1, 0], [1, 0, 1]]
    assert found[2].apart == "no date: leads 3, value 1.00 SEK"


@pytest.mark.parametrize(
    ("name", "label"),
    [("2026-11-22", "22 Nov"), ("2026-W47", "W47"), ("2026-11", "Nov"), ("2027-01", "Jan 27"), ("2026-Q4", "Q4 26"),
     ("2026", "2026"), ("2026-13", "2026-13")],
)  # fmt: skip
def test_short_names_of_periods(name: str, label: str) -> None:
    assert period_label(name) == label


def palettes() -> Iterator[dict[str, str]]:
    """The colours of light, dark and print."""
    style = seen(LEADS, format="html").out
    for block in re.findall(r":root \{([^}]*)\}", style):
        yield dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_in_light_dark_and_print() -> None:
    found = list(palettes())
    assert len(found) == 3
    for colours in found:
        for text in ("text", "muted"):
            for ground in ("ground", "card"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground, colours)
        assert contrast(colours["full"], colours["card"]) >= 3
        assert contrast(colours["full"], colours["soft"]) >= 2


def test_a_mail_has_inline_styles_tables_and_bars() -> None:
    html = mail_page(
        [report(), evil(), LEADS._replace(group="status")], LOOK, title="Pipeline", figures=[("Open", "4", "")]
    )
    found = Checked(html)
    assert not {"script", "svg", "img", "style", "link"} & set(found.tags)
    assert found.tags.count("table") == 4
    assert 'style="width:50%;' in html
    assert "&lt;img src=x" in html
    assert ("scope", "col") in found.attributes
    assert not re.search(r"https?:|url\(", html)


def test_the_plain_part_of_a_mail_lines_up() -> None:
    lines = plain_text([report()], LOOK, title="Pipeline", figures=[("Open", "4", "of 9")]).splitlines()
    assert lines == [
        "Pipeline", "", "Open: 4 (of 9)", "", "Pipeline by status", "  new           42   €86,300.00",
        "  contacted     21   €90,100.00", "  lost           0        €0.00", "  total         63  €176,400.00",
    ]  # fmt: skip
    assert "\x1b" not in plain_text([evil()], LOOK)
