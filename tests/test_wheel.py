"""What is built installs from nothing: program, page templates, help topics and man page, under its licence."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
MAN_PAGE = "share/man/man1/leadcli.1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, made of the source archive, as `python -m build` does it."""
    folder = tmp_path_factory.mktemp("built")
    checkout = Path(__file__).resolve().parents[1]
    subprocess.run([sys.executable, "-m", "build", "-o", folder, checkout], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with nothing but the wheel and what it needs."""
    venv = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, next(built.glob("*.whl"))], check=True, capture_output=True)
    return venv


def run_installed(venv: Path, home: Path, *argv: str) -> str:
    env = {"PATH": os.defpath, "HOME": str(home), "LEADCLI_TODAY": "2026-11-22", "LEADCLI_ME": "ann", "LANG": "C.UTF-8"}
    done = subprocess.run([venv / "bin" / "leadcli", *argv], cwd=home, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("argv", "shows"),
    [("--version", "leadcli "), ("add Ada --email ada@acme.com", "1\n"), ("list --count", "1\n"),
     ("help filter", "value:"), ("report dashboard --format html", "</svg>"),
     ("import people.csv --json", '"field":"first_name"')],
)  # fmt: skip
def test_a_fresh_installation_works(
    installed: Path, tmp_path_factory: pytest.TempPathFactory, argv: str, shows: str
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "people.csv").write_text("Vorname,Nachname\nAda,Lovelace\n")
    if argv.startswith(("list", "report")):
        run_installed(installed, home, "add", "Bob", "--value", "5k")
    assert shows in run_installed(installed, home, *argv.split())


def test_the_man_page_is_that_of_the_program(installed: Path, tmp_path: Path) -> None:
    assert (installed / MAN_PAGE).read_text("utf-8") == run_installed(installed, tmp_path, "help", "--man")


def test_the_licence_is_named_and_the_source_is_whole(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = Parser().parsestr(wheel.read(next(n for n in names if n.endswith("METADATA"))).decode())
    assert metadata["License-Expression"] == "MIT"
    assert {name.split("/")[0].split("-")[0] for name in names} == {"leadcli"}
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        folders = {name.split("/")[1] for name in source.getnames()}
    assert {".ci", "README.md", "examples", "leadcli", "pyproject.toml", "tests"} <= folders
