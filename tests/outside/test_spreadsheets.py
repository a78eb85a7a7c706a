"""A desk through LibreOffice and Gnumeric and back, as CSV, Excel and OpenDocument: every value stays what it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk
from outside_programs import require_program

pytestmark = pytest.mark.slow
Convert = Callable[[str, str], Path]


def add_fields(desk: Desk, *db: str) -> None:
    desk.ok(*db, "field", "add", "code", "--type", "text")
    desk.ok(*db, "field", "add", "seen", "--type", "datetime")


@pytest.fixture
def tricky(desk: Desk) -> Desk:
    """Leads with what spreadsheets like to take for numbers, days and formulas."""
    add_fields(desk)
    desk.ok("add", "=1+1 Ltd", "--phone", "+442079460000", "--phone", "030 123456", "--postcode", "01067", "--value",
            "12500.50", "--close", "2026-12-20", "--description", 'two\nlines, "quoted"', "--tag", "a", "--tag", "007",
            "--email", "ada@x.example", "--external-id", "000123", "--country", "Germany", "--set",
            "seen=2026-11-02 14:30")  # fmt: skip
    desk.ok("add", "N/A", "--company", "1-2", "--city", "N/A", "--description", "so", "--job-title", "A/B",
            "--value", "1000", "--website", "https://x.example/a,b", "--probability", "12.5", "--birthday",
            "1985-04-01", "--external-id", "12345678901234567890", "--set", "code=0x1F",
            "--phone", "+4930999456")  # fmt: skip
    desk.ok("add", "Ünïcode 公司 🙂", "--first-name", "Zoë", "--description", "=x", "--region", "1E5", "--postcode",
            "00123", "--value", "0.10", "--do-not-contact", "--set", "code=-12.5",
            "--phone", "+1 202 555 0101 ext 12")  # fmt: skip
    desk.ok("add", "Nobody", "--set", "code=  1 000", "--external-id", "0.15", "--postcode", "1.5")
    return desk


@pytest.fixture(params=["libreoffice", "gnumeric"])
def convert(request: pytest.FixtureRequest, desk: Desk) -> Convert:
    """Opens a file in a spreadsheet program and saves it, unchanged, in a format."""

    def by_libreoffice(name: str, form: str) -> Path:
        program = require_program("soffice")
        utf8 = "44,34,76,1"  # what its dialog calls comma, quotes, UTF-8, from the first line
        reading = [f"--infilter=Text - txt - csv (StarCalc):{utf8}"] if name.endswith(".csv") else []
        target = f"csv:Text - txt - csv (StarCalc):{utf8}" if form == "csv" else form
        done = desk.command([program, f"-env:UserInstallation=file://{desk.home}/office", "--headless", *reading,
                             "--convert-to", target, "--outdir", "saved", name])  # fmt: skip
        assert (desk.home / "saved" / name).with_suffix(f".{form}").exists(), done.both
        return (desk.home / "saved" / name).with_suffix(f".{form}")

    def by_gnumeric(name: str, form: str) -> Path:
        (desk.home / "saved").mkdir(exist_ok=True)
        target = (desk.home / "saved" / name).with_suffix(f".{form}")
        done = desk.command([require_program("ssconvert"), name, str(target)], LANG="C.UTF-8")
        assert target.exists(), done.both
        return target

    return by_libreoffice if request.param == "libreoffice" else by_gnumeric


@pytest.mark.parametrize(("written", "saved"), [("csv", "csv"), ("csv", "xlsx"), ("xlsx", "xlsx"), ("xlsx", "csv")])
def test_a_desk_comes_back_from_a_spreadsheet(written: str, saved: str, tricky: Desk, convert: Convert) -> None:
    tricky.ok("export", "-o", f"leads.{written}")
    file = convert(f"leads.{written}", saved)
    tricky.ok("--db", "new.db", "init")
    add_fields(tricky, "--db", "new.db")
    done = tricky.run("--db", "new.db", "import", file, "--match", "uid", "--create-options")
    assert done.returncode == 0, done.both
    assert tricky.ok("--db", "new.db", "export", "--format", "csv") == tricky.ok("export", "--format", "csv")
    assert "UserWarning" not in done.both


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_moment_stays_that_moment_in_every_zone(zone: str, tricky: Desk, convert: Convert) -> None:
    tricky.ok("export", "-o", "leads.xlsx")
    file = convert("leads.xlsx", "xlsx")
    tricky.ok("--db", "new.db", "init")
    add_fields(tricky, "--db", "new.db")
    tricky.ok("--db", "new.db", "import", file, "--match", "uid", TZ=zone)
    fields = ("export", "--format", "csv", "--fields", "created_at,seen")
    assert tricky.ok("--db", "new.db", *fields) == tricky.ok(*fields)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_saving_it_unchanged_changes_no_lead_that_is_there(form: str, tricky: Desk, convert: Convert) -> None:
    tricky.ok("export", "-o", f"leads.{form}")
    before = tricky.ok("export", "--format", "csv")
    file = convert(f"leads.{form}", form)
    assert "0 new, 0 updated" in tricky.run("import", file, "--match", "uid", "--on-duplicate", "update").both
    assert tricky.ok("export", "--format", "csv") == before
