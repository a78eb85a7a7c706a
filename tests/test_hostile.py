"""Text that wants to be more than text: in every field, through every command, it stays text."""

from __future__ import annotations

import json

import pytest
from desk import Desk

from leadcli.model.fields import LEAD
from leadcli.model.kinds import Choice

HOSTILE = {
    "rich markup": "[/x] [bold]x[/] [link=http://evil.example]y[/link]",
    "emoji code": ":smile: :warning:",
    "escape": "\x1b[31mred\x1b[0m",
    "osc 52": "\x1b]52;c;ZXZpbA==\x07",
    "c1": "\x9b31m\x85",
    "bidi": "\u202eevil\u202c\u2066x\u2069",
    "zero width": "a\u200bb\ufeffc\u2060d",
    "formula": "=cmd|'/c calc'!A1",
    "html": "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "template": "{{7*7}} {% for x in y %}",
    "header": "x\r\nBcc: evil@example.org",
    "encoded word": "=?utf-8?q?hi=0ABcc=3A_evil=40x.org?=",
    "quotes": "O'Brien \"; drop table leads;--",
    "shell": "$(touch pwned) `id` ; rm -rf /",
    "long": "long " * 20_000,
    "scripts": "张伟 محمد 👩‍👩‍👧 Ωμέγα ｱｲｳ",
}
TEXTS = [
    f for f in LEAD.writable() if f.kind.filter == "text" and not isinstance(f.kind, Choice) and f.name != "website"
]
READS = [
    ["list"], ["list", "--format", "table"], ["list", "--format", "md"], ["list", "--line", "{{ name }} {{ company }}"],
    ["filter", "is:any", "--sort", "name"], ["show", "1"], ["show", "1", "--history"], ["history"], ["history", "1"],
    ["activities"], ["task", "list"], ["next"], ["board"], ["board", "--width", "60"], ["report", "pipeline"],
    ["report", "quality"], ["report", "owners", "--format", "md"], ["history", "--operation", "1"], ["field", "list"],
]  # fmt: skip
ALIVE = ("\x1b", "\x9b", "\x07", "\u202e", "\u2066", "\u200b", "\ufeff")


@pytest.fixture(params=HOSTILE)
def evil(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param]


def seeded(desk: Desk, evil: str) -> None:
    options = [word for field in TEXTS for word in (field.flag, evil)]
    desk.ok(
        "add",
        *options,
        "--owner",
        evil,
        "--source",
        evil,
        "--tag",
        evil,
        "--note",
        evil,
        "--task",
        evil,
        "--due",
        "today",
    )


@pytest.mark.parametrize("color", ["", "1"])
def test_the_screen_shows_it_and_nothing_more(evil: str, color: str, desk: Desk) -> None:
    seeded(desk, evil)
    for argv in READS:
        done = desk.run(*argv, **({"FORCE_COLOR": "1"} if color else {}))
        assert done.returncode == 0, (argv, done.stderr[-300:])
        assert "Traceback" not in done.both
        text = done.stdout + done.stderr
        assert not [letter for letter in ALIVE[1:] if letter in text], argv
        assert "\x1b[31mred" not in text, argv


def test_data_formats_keep_it_exactly(evil: str, desk: Desk) -> None:
    seeded(desk, evil)
    lead = json.loads(desk.ok("show", "1", "--json"))
    assert lead["name"] == evil.replace("\r\n", " ").strip()
    assert json.loads(desk.ok("list", "--json"))[0]["company"] == lead["company"]


def test_filters_take_it_as_a_value(evil: str, desk: Desk) -> None:
    seeded(desk, evil)
    short = evil[:300]
    quoted = short.replace("\\", "\\\\").replace('"', '\\"')
    found = desk.run("filter", f'name:"{quoted}"', "--count")
    assert found.returncode in (0, 2), found.both
    assert "Traceback" not in found.both
    assert desk.json("filter", "is:any", "--fields", "id") == [{"id": 1}]
    assert not (desk.home / "pwned").exists()


@pytest.mark.parametrize("bad", ["a\0b", "a\udcffb"])
def test_what_no_file_can_hold_is_refused(bad: str, desk: Desk) -> None:
    desk.ok("add", "Ada")
    refused = desk.run("edit", "1", "--company", bad)
    assert refused.returncode == 2
    assert "--company" in refused.stderr
    assert desk.json("show", "1")["company"] is None
