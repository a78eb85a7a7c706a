"""Guards the house rules that are figures: no circles, names of the field, files easy to find, settings that act."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from house.__main__ import House

from leadcli.config.settings import SETTINGS

HOUSE = House(Path(__file__).resolve().parents[1])
IMPORTS_OF_FOLDERS = HOUSE.arrows()  # a walk through every module: once, not for each folder
# How many names of the private dialect there may be: none is left, and none may come back.
FORBIDDEN_NAMES = 0
ENTRIES = 16
# Sub-package (or file at the top) -> those it may import. An arrow that is not here is one too many.
ARROWS = {
    "system": "errors",
    "config": "errors model/kinds system",
    "text/dates": "errors model text",
    "model/kinds": "errors text text/dates",
    "model": "errors model/kinds",
    "query": "errors model model/kinds text text/dates",
    "store": "errors model model/kinds query store/checks store/reads system text text/dates",
    "store/reads": "errors model model/kinds query store store/bulk store/journal text text/dates",
    "store/search": "store store/checks text",
    "store/checks": "errors model model/kinds store store/reads store/search",
    "store/journal": "errors model model/kinds query store store/bulk store/reads store/search text text/dates",
    "store/bulk": "store store/reads store/search",
    ".": "cli desk system",
    "cli": "commands config errors model run system",
    "commands": "config domain errors model model/kinds query run store store/checks store/journal system",
    "domain/customers": "domain/leads domain/work errors model model/kinds store store/journal store/reads text",
    "domain/data": (
        "domain/data/import_ domain/data/import_/columns domain/data/import_/readers domain/insight domain/leads "
        "domain/pipeline domain/upkeep domain/work domain/work/mail errors model model/kinds query store store/journal "
        "store/reads text/dates"
    ),
    "domain/data/duplicates": (
        "domain/data/duplicates/linkage domain/leads domain/pipeline domain/work errors model model/kinds "
        "store store/bulk store/journal store/reads"
    ),
    "domain/data/duplicates/linkage": "domain/data/duplicates errors system text",
    "domain/data/import_": (
        "domain/data/import_/columns domain/data/import_/readers domain/data/import_/rows domain/leads "
        "domain/pipeline domain/upkeep domain/work/automation errors model model/kinds store store/bulk "
        "store/journal store/reads system text text/dates"
    ),
    "domain/data/import_/columns": "errors model model/kinds text text/dates",
    "domain/data/import_/readers": "domain/data/import_/columns errors model model/kinds text",
    "domain/data/import_/rows": (
        "domain/data/import_ domain/data/import_/columns domain/leads domain/pipeline errors model "
        "model/kinds store text text/dates"
    ),
    "domain/insight": "errors model model/kinds store store/journal store/reads text/dates",
    "domain/insight/reports": (
        "domain/insight domain/leads errors model model/kinds query store store/journal store/reads text text/dates"
    ),
    "domain/leads": (
        "domain/customers domain/insight domain/pipeline domain/work errors model model/kinds query store "
        "store/journal store/reads text"
    ),
    "domain/pipeline": (
        "domain/customers domain/leads domain/work errors model model/kinds query store store/journal "
        "store/reads text text/dates"
    ),
    "domain/upkeep": (
        "config domain/leads domain/pipeline domain/work/automation domain/work/mail errors model model/kinds "
        "query store store/checks store/journal store/reads store/search system text text/dates"
    ),
    "domain/work": "domain/leads errors model model/kinds query store store/journal store/reads system text/dates",
    "domain/work/automation": (
        "config domain/leads domain/pipeline domain/work domain/work/mail errors model model/kinds query store "
        "store/journal store/reads system text/dates"
    ),
    "domain/work/mail": "config domain/leads domain/work errors model model/kinds store store/journal system text",
    "desk": "domain errors model run screen/formats store store/journal",
    "domain": (
        "domain/customers domain/data domain/data/duplicates domain/data/import_ domain/insight "
        "domain/insight/reports domain/leads domain/pipeline domain/upkeep domain/work domain/work/automation "
        "domain/work/mail"
    ),
    "run": (
        "config errors model model/kinds screen screen/formats screen/terminal store store/checks "
        "store/journal system text/dates"
    ),
    "screen": "errors model model/kinds screen/formats screen/terminal system",
    "screen/formats": "errors model model/kinds screen screen/terminal text",
    "screen/terminal": "errors model model/kinds screen screen/formats text text/dates",
}


def test_no_module_imports_itself_by_a_circle() -> None:
    """Lazy imports and those for types only count too."""
    assert HOUSE.circles() == []


@pytest.mark.parametrize("room", IMPORTS_OF_FOLDERS)
def test_a_folder_imports_what_the_table_says(room: str) -> None:
    assert IMPORTS_OF_FOLDERS[room] - set(ARROWS.get(room, "").split()) == set()


def test_names_of_the_private_dialect_only_fall() -> None:
    words = HOUSE.forbidden_names()
    assert sum(words.values()) <= FORBIDDEN_NAMES, words


@pytest.mark.parametrize(("command", "file"), HOUSE.commands().items())
def test_a_commands_file_carries_its_name(command: str, file: str) -> None:
    assert file in (command, f"{command}_")  # import_: `import` is a word of Python


def test_a_folder_can_be_overlooked() -> None:
    folder, entries = HOUSE.fullest_folder()
    assert entries <= ENTRIES, folder


def test_one_folder_writes_the_tables_of_records() -> None:
    assert HOUSE.writers() == {"store/journal"}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_read_by_somebody(name: str) -> None:
    """Outside the table that declares it: as ["name"], .get("name"), or through its family such as mail.*."""
    texts = [path.read_text("utf-8") for path in HOUSE.files if path.name != "settings.py"]
    word = re.compile(rf'["\']{re.escape(name)}["\']')
    assert any(word.search(text) for text in texts)


def _private_names(source: str) -> Iterator[str]:
    """`_name`s of something imported that a module uses; `_replace`, `os._exit` and the like are public."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = [each.name for each in node.names] + (node.module or "").split(".")
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) not in ("self", "cls"):
            names = [node.attr]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setattr"):
            names = [each.value for each in node.args[1:2] if isinstance(each, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "from leadcli" in node.value:
            names = re.findall(r"\.(_[a-z]\w*)", node.value)  # a program that a test writes
        else:
            continue
        for name in names:
            if re.fullmatch(r"_[a-z]\w*", name) and name not in {"_replace", "_asdict", "_fields", "_make", "_exit"}:
                yield name


@pytest.mark.parametrize(
    ("source", "names"),
    [("from leadcli.store.engine import _open", ["_open"]), ("engine._open(path)", ["_open"]),
     ("monkeypatch.setattr(engine, '_open', None)", ["_open"]), ("'from leadcli import run; run._open()'", ["_open"]),
     ("settings._replace(limit=1)", []), ("self._work()", []), ("type(x).__name__", [])],
)  # fmt: skip
def test_the_guard_of_private_names_sees_each_way_in(source: str, names: list[str]) -> None:
    assert list(_private_names(source)) == names


def test_no_test_reaches_into_private_names(repository: Path) -> None:
    files = [file for file in repository.glob("tests/**/*.py") if file.name != Path(__file__).name]
    assert {str(file): names for file in files if (names := list(_private_names(file.read_text("utf-8"))))} == {}
