"""Guards the start: which libraries a plain command never loads."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest
from desk import Desk

LOADED = """
import sys
from leadcli.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
finally:
    sys.stderr.write("\\n" + " ".join(sorted(sys.modules)))
"""
NEVER_PIPED = (
    "rich sqlite_utils pydantic click jinja2 phonenumbers textual dateutil email_validator "
    "rapidfuzz numpy babel vobject tomlkit selectolax"
)
NEVER_IN_HELP = "textual sqlite_utils jinja2 phonenumbers pydantic numpy rapidfuzz vobject selectolax"


def loaded(desk: Desk, *argv: str, whole: bool = False) -> set[str]:
    """The top-level modules, `whole` all modules, that a fresh interpreter holds after `leadcli ARGV`."""
    result = desk.command([sys.executable, "-c", LOADED, *argv])
    assert result.returncode == 0, result.stderr
    return {name if whole else name.partition(".")[0] for name in result.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize(
    "argv",
    [
        "list",
        "list --json",
        "list name:ada --count",
        "filter ada",
        "show 1",
        "status",
        "next",
        "board",
        "report pipeline",
        "report sources --json",
    ],
)
def test_a_piped_reading_command_loads_no_library_it_does_not_need(desk: Desk, argv: str) -> None:
    desk.ok("add", "Ada Lovelace", "--company", "Analytical Engines", "--value", "12500")
    assert not loaded(desk, *argv.split()) & set(NEVER_PIPED.split())


@pytest.mark.parametrize("argv", ["help --man", "--help", "list --help", "--version"])
def test_help_loads_no_heavy_library(desk: Desk, argv: str) -> None:
    assert not loaded(desk, *argv.split()) & set(NEVER_IN_HELP.split())


def test_a_plain_list_reads_and_writes_nothing_but_text(desk: Desk) -> None:
    desk.ok("add", "Zoë Müller", "--company", "Analytical Engines", "--value", "12500")
    assert not loaded(desk, "list") & {"json", "shlex", "unicodedata"}


@pytest.mark.parametrize("argv", ["doctor", "list", "export is:open -o out.db"])
def test_sqlite_utils_reads_schemas_and_keeps_the_steps_of_an_upgrade(desk: Desk, argv: str) -> None:
    """The doctor compares schemas by it, a file of an earlier format goes through its Migrations, exports are made."""
    if argv == "list":
        old = Path(__file__).parent / "store" / "formats" / "1.db.gz"
        desk.file("t.db", gzip.decompress(old.read_bytes()))
    else:
        desk.ok("add", "Ada", "--email", "ada@example.com", "--owner", "ann", "--close", "2026-12-01")
    assert "sqlite_utils" in loaded(desk, *argv.split())


@pytest.mark.parametrize(
    ("argv", "module"),
    [
        (["list", "created:this-month"], "dateutil.relativedelta"),
        (["list", "close:..3m"], "dateutil.relativedelta"),
        (["log", "1", "Met", "--at", "2026-11-21T09:00"], "dateutil.parser"),
    ],
)
def test_dateutil_counts_months_and_reads_moments(desk: Desk, argv: list[str], module: str) -> None:
    desk.ok("add", "Ada")
    assert module in loaded(desk, *argv, whole=True)
    assert "dateutil" not in loaded(desk, "list", "created:2026-11-01..", "due:7d")
