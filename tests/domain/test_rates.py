"""Money in one currency: rates of the desk, which of them counts for a lead, and sums that mean the same everywhere."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# As published: a space behind each comma, and a comma at the end of the line.
ECB = "Date, USD, JPY, GBP, BGN, \n20 November 2026, 1.25, 160.00, 0.8, N/A, \n"
ECB_HISTORY = """Date,USD,JPY,CYP,
2026-11-20,1.25,160,N/A,
2026-11-19,1.6,N/A,N/A,
1999-01-04,1.1789,133.73,0.58231,
"""


@pytest.fixture
def desk_of_three(desk: Desk) -> Desk:
    """€100.00 new, $200.00 new, £50.00 lost on 2026-11-10."""
    desk.ok("add", "Euro", "--value", "100 EUR")
    desk.ok("add", "Dollar", "--value", "200 USD")
    desk.ok("add", "Pound", "--value", "50 GBP", LEADCLI_TODAY="2026-11-10")
    desk.ok("lost", "3", "--reason", "No budget", LEADCLI_TODAY="2026-11-10")
    return desk


def on_terminal(desk: Desk, *words: str) -> str:
    line = " ".join(["stty cols 200;", "leadcli", *words])
    return desk.command(["script", "-qec", line, "/dev/null"]).stdout


def report(desk: Desk, *words: str, **env: str) -> dict[str, Any]:
    return dict(json.loads(desk.ok("report", *words, "--json", **env)))


def values(shown: dict[str, Any]) -> dict[str, float]:
    first = shown["columns"][0]
    return {row[first]: row["value"] for row in shown["rows"] if row["value"]}


def test_without_rates_each_currency_stands_by_itself_and_the_missing_are_named(desk_of_three: Desk) -> None:
    shown = report(desk_of_three, "pipeline")
    assert shown["currency"] is None
    assert "converted" not in shown
    assert {row["currency"] for row in shown["rows"]} == {"EUR", "USD", "GBP"}
    shown_text = on_terminal(desk_of_three, "report", "pipeline")
    assert "€100 + $200" in shown_text
    assert "no rate for GBP, USD: leadcli rates set GBP RATE" in shown_text
    assert "no rate for USD" in on_terminal(desk_of_three, "list")
    assert "no rate" not in on_terminal(desk_of_three, "list", "--currencies")


def test_every_sum_is_in_the_base_currency_once_all_have_a_rate(desk_of_three: Desk) -> None:
    desk_of_three.ok("rates", "set", "usd", "0.9")
    assert "converted" not in report(desk_of_three, "pipeline")
    desk_of_three.ok("rates", "set", "GBP", "1.2")
    shown = report(desk_of_three, "pipeline")
    assert (shown["currency"], shown["converted"], shown["rates"]) == ("EUR", True, {"GBP": 1.2, "USD": 0.9})
    assert values(shown) == {"New": 280.0, "Lost": 60.0}
    assert shown["totals"]["value"] == 340.0
    assert values(report(desk_of_three, "sources"))
    lanes = json.loads(desk_of_three.ok("board", "--json"))
    assert (lanes["currency"], lanes["converted"]) == ("EUR", True)
    assert {lane["name"]: lane["value"] for lane in lanes["columns"] if lane["value"]} == {"New": 280.0, "Lost": 60.0}
    rows = json.loads(desk_of_three.ok("status", "--json"))
    assert {row["status"]: row["value"] for row in rows if row["value"]} == {"New": 280.0, "Lost": 60.0}
    assert "€280.00; at the desk's rates" in on_terminal(desk_of_three, "list")
    assert "$200.00" in on_terminal(desk_of_three, "list", "--currencies")
    by = {
        row["currency"]: row["value"] for row in report(desk_of_three, "--by", "currency", "--measure", "value")["rows"]
    }
    assert by == {"EUR": 100.0, "USD": 200.0, "GBP": 50.0}


@pytest.mark.parametrize(
    ("rates", "lost", "day"),
    [
        # The pound was lost on the 10th: the newest rate not after that day counts, whatever came later.
        (["1.1 --on 2026-11-01", "2 --on 2026-11-11"], 55.0, "2026-11-11"),
        (["1.1 --on 2026-11-10", "2 --on 2026-11-11"], 55.0, "2026-11-11"),
        # A rate without a day is for days that have no older one.
        (["1.5", "2 --on 2026-11-11"], 75.0, "2026-11-11"),
        (["1.5", "2 --on 2026-11-09"], 100.0, "2026-11-09"),
        # None for that day: nothing is converted.
        (["2 --on 2026-11-11"], None, ""),
    ],
)
def test_a_closed_lead_is_converted_by_the_rate_of_its_closing_day(
    desk_of_three: Desk, rates: list[str], lost: float | None, day: str
) -> None:
    desk_of_three.ok("rates", "set", "USD", "1")
    for rate in rates:
        desk_of_three.ok("rates", "set", "GBP", *rate.split())
    shown = report(desk_of_three, "pipeline")
    if lost is None:
        assert shown["currency"] is None
        assert "no rate for GBP" in on_terminal(desk_of_three, "report", "pipeline")
        return
    assert values(shown)["Lost"] == lost
    assert f"rates of {day}" in on_terminal(desk_of_three, "report", "pipeline")
    assert {lane["name"]: lane["value"] for lane in json.loads(desk_of_three.ok("board", "--json"))["columns"]}[
        "Lost"
    ] == lost


def test_the_closing_day_is_that_of_the_local_calendar(desk: Desk) -> None:
    desk.ok("add", "Pound", "--value", "100 GBP", TZ="Pacific/Auckland", LEADCLI_TODAY="2026-11-11T09:00")
    desk.ok("lost", "1", "--reason", "No budget", TZ="Pacific/Auckland", LEADCLI_TODAY="2026-11-11T09:00")
    desk.ok("rates", "set", "GBP", "1")
    desk.ok("rates", "set", "GBP", "2", "--on", "2026-11-11")
    assert values(report(desk, "pipeline", TZ="Pacific/Auckland")) == {"Lost": 200.0}
    assert values(report(desk, "pipeline", TZ="UTC")) == {"Lost": 100.0}  # there it was the 10th


def test_a_rate_of_tomorrow_does_not_count_today(desk_of_three: Desk) -> None:
    for code in ("USD", "GBP"):
        desk_of_three.ok("rates", "set", code, "1")
    desk_of_three.ok("rates", "set", "USD", "3", "--on", "2026-12-24")
    assert values(report(desk_of_three, "pipeline", LEADCLI_TODAY="2026-12-23"))["New"] == 300.0
    assert values(report(desk_of_three, "pipeline", LEADCLI_TODAY="2026-12-24"))["New"] == 700.0


def test_files_of_the_central_bank_are_read_as_published(desk: Desk) -> None:
    said = desk.run("rates", "import", desk.file("eurofxref.csv", ECB)).both
    assert "Read 3 rates of 2026-11-20, in EUR." in said
    assert dict(line.split("\t")[:2] for line in desk.ok("rates").splitlines()) == {
        "GBP": "1.25", "JPY": "0.00625", "USD": "0.8",
    }  # fmt: skip
    assert (
        "Read 6 rates of 3 days up to 2026-11-20, in EUR, 2 were there already."
        in desk.run("rates", "import", desk.file("eurofxref-hist.csv", ECB_HISTORY)).both
    )
    assert len(desk.ok("rates", "--all").splitlines()) == 7
    desk.ok("undo")
    assert len(desk.ok("rates", "--all").splitlines()) == 3


def test_a_file_in_euros_is_turned_to_another_base(desk: Desk) -> None:
    desk.ok("rates", "base", "USD")
    desk.ok("rates", "import", desk.file("eurofxref.csv", ECB))
    rates = dict(line.split("\t")[:2] for line in desk.ok("rates").splitlines())
    assert rates == {"EUR": "1.25", "GBP": "1.5625", "JPY": "0.0078125"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,currency,rate\n2026-11-30,USD,much\n", "line 2: 'much' is no rate"),
        ("date,currency,rate\n2026-11-30,USD,0\n", "line 2: '0' is no rate"),
        ("date,currency,rate\n2026-11-30,USD,0.9\n30.11.2026,GBP,1\n", "line 3: '30.11.2026' is no day"),
        ("date,currency,rate\n2026-11-30,Dollar,0.9\n", "'Dollar' is no currency"),
        ("date,currency,rate\n2026-11-30,USD\n", "line 2: it has no date, currency and rate"),
        ("name,email\nAda,a@x.example\n", "is no file of rates"),
        ("", "is no file of rates"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(desk: Desk, text: str, says: str) -> None:
    desk.ok("rates", "set", "GBP", "1.1")
    desk.fails(2, "rates", "import", desk.file("rates.csv", text), says=says)
    assert desk.ok("rates").splitlines() == ["GBP\t1.1\t\tEUR"]


def test_a_listed_file_may_have_its_columns_in_any_order(desk: Desk) -> None:
    desk.ok("rates", "import", "-", stdin="Rate,Date,Currency\n0.91,2026-11-01,usd\n\n0.92,2026-11-02,USD\n")
    assert desk.ok("rates", "--all").splitlines() == ["USD\t0.92\t2026-11-02\tEUR", "USD\t0.91\t2026-11-01\tEUR"]


def test_the_base_currency_belongs_to_the_desk(desk: Desk) -> None:
    desk.ok("rates", "set", "USD", "0.9")
    desk.ok("add", "Ada", "--value", "100 USD")
    desk.ok("config", "currency", "GBP")  # what amounts typed without a currency are; the desk's base stays
    assert report(desk, "pipeline")["currency"] == "EUR"
    desk.fails(5, "rates", "base", "GBP", says="1 rate is in EUR, and would be wrong in GBP")
    desk.fails(2, "rates", "set", "EUR", "2", says="EUR is the base currency")
    desk.ok("rates", "rm", "--all")
    desk.ok("rates", "base", "GBP")
    desk.ok("undo")
    desk.ok("undo")
    assert desk.ok("rates").splitlines() == ["USD\t0.9\t\tEUR"]


def test_a_rate_typed_as_a_setting_is_kept_in_the_desk(desk: Desk) -> None:
    desk.ok("config", "rates.USD", "0.92")
    assert desk.ok("rates").splitlines() == ["USD\t0.92\t\tEUR"]
    desk.fails(2, "config", "rates.USD", says="leadcli rates set USD RATE")
    desk.ok("undo")
    assert desk.ok("rates") == ""


def test_rates_that_are_not_there_cannot_go(desk: Desk) -> None:
    desk.ok("rates", "set", "USD", "1", "--on", "2026-11-01")
    desk.fails(3, "rates", "rm", "GBP", says="GBP has no rate")
    desk.fails(3, "rates", "rm", "USD", "--on", "2026-11-02", says="USD has no rate of 2026-11-02")
    desk.fails(2, "rates", "rm", says="which rates?")
    desk.ok("rates", "rm", "USD", "--on", "2026-11-01", "--dry-run")
    assert desk.ok("rates")
    desk.ok("rates", "rm", "usd")
    assert desk.ok("rates") == ""


def test_a_comparison_is_converted_as_a_whole_or_not_at_all(desk_of_three: Desk) -> None:
    desk_of_three.ok("rates", "set", "USD", "1")
    desk_of_three.ok("rates", "set", "GBP", "2", "--on", "2026-11-20")
    desk_of_three.ok("add", "Second pound", "--value", "10 GBP")
    desk_of_three.ok("add", "Third euro", "--value", "1 EUR")
    desk_of_three.ok("lost", "4", "5", "--reason", "No budget")
    words = ("lost", "--since", "2026-11-12", "--until", "2026-11-22", "--compare", "--measure", "value")
    shown = report(desk_of_three, *words)
    assert "converted" not in shown
    desk_of_three.ok("rates", "set", "GBP", "2")
    shown = report(desk_of_three, *words)
    assert [(row["value"], row["value_before"]) for row in shown["rows"]] == [(21.0, 100.0)]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["EUR", "USD", "JPY", "KWD"]), st.integers(-(10**9), 10**9), st.integers(1, 28)),
        min_size=1, max_size=12,
    ),
    st.dictionaries(st.integers(1, 28), st.decimals("0.0001", "500", places=4), min_size=1, max_size=4),
)  # fmt: skip
def test_a_converted_sum_is_that_of_exact_decimals(
    tmp_path_factory: pytest.TempPathFactory, leads: list[tuple[str, int, int]], rates: dict[int, Decimal]
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    places = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
    rows = [f"L{at},{Decimal(units).scaleb(-places[code])},{code},Lost,No budget,2026-11-{day:02}"
            for at, (code, units, day) in enumerate(leads)]  # fmt: skip
    text = "name,value,currency,status,lost reason,closed_at\n" + "\n".join(rows) + "\n"
    desk.ok("import", desk.file("leads.csv", text), "--on-duplicate", "create", "--decimal", ".")
    for code in ("USD", "JPY", "KWD"):
        desk.ok("rates", "set", code, "1")
        for day, rate in rates.items():
            desk.ok("rates", "set", code, str(rate), "--on", f"2026-11-{day:02}")

    def worth(code: str, units: int, day: int) -> Decimal:
        days = [each for each in rates if each <= day]
        rate = Decimal(1) if code == "EUR" or not days else rates[max(days)]
        return Decimal(units).scaleb(-places[code]) * rate

    exact = sum((worth(*lead) for lead in leads), Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    shown = report(desk, "pipeline", LEADCLI_TODAY="2026-12-01")
    assert shown["totals"]["value"] == pytest.approx(float(exact), abs=0.001)
