"""The benchmark measures what it says: its data, its scores and its way of taking samples."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import generate
import pytest
from labelled import pairwise
from measure import figure, peak, seconds, times, total
from rows import ROWS
from world import ProgramError, World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("LEADCLI_BENCH_CACHE", str(tmp_path / "cache"))
    return World(tmp_path, small=10, large=20)


def test_fewer_leads_are_the_beginning_of_more() -> None:
    assert list(generate.rows(40)) == list(islice(generate.rows(400), 40))


def test_a_lead_takes_about_140_bytes(tmp_path: Path) -> None:
    generate.write(2000, tmp_path / "leads.csv")
    assert 120 < (tmp_path / "leads.csv").stat().st_size / 2000 < 160


def test_pairs_are_scored() -> None:
    true = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "2"}
    assert pairwise(true, true) == (1.0, 1.0, 1.0)
    precision, recall, f1 = pairwise({"a": "x", "b": "x", "d": "y", "c": "y"}, true)
    assert (precision, recall) == (0.5, 0.25)
    assert f1 == pytest.approx(1 / 3)


def test_words_are_filled_in(world: World) -> None:
    argv = world.words(("python", "{csv_{small}}", "{number}{turn}", "{new}"), 3)
    assert argv[0] == sys.executable
    assert Path(argv[1]).read_text("utf-8").count("\n") == 11
    assert argv[2] == "3qualified"
    assert not Path(argv[3]).exists()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_failing_program_is_told(world: World, terminal: bool) -> None:
    program = f"import sys; sys.exit(sys.stdout.isatty() == {terminal} and 'no such command')"
    with pytest.raises(ProgramError, match="no such command"):
        seconds("python", "-c", program, terminal=terminal)(world, 0)


def test_samples_add_up(world: World) -> None:
    assert total(figure(2), times(3, figure(4)))(world, 0) == 14
    assert peak("python", "-c", "kept = bytearray(60_000_000); import time; time.sleep(0.2)")(world, 0) > 55


def test_every_row_has_its_own_name() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
