"""Guards the house rules that are figures: no circles, names of the field, files easy to find, settings that act."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house.__main__ import House

from leadcli.config.settings import SETTINGS

HOUSE = House(Path(__file__).resolve().parents[1])
# How many names of the private dialect there may be. It may only fall.
FORBIDDEN_NAMES = 2966
ENTRIES = 16


def test_no_module_imports_itself_by_a_circle() -> None:
    """Lazy imports and those for types only count too."""
    assert HOUSE.circles() == []


def test_names_of_the_private_dialect_only_fall() -> None:
    words = HOUSE.forbidden_names()
    assert sum(words.values()) <= FORBIDDEN_NAMES, words


@pytest.mark.parametrize(("command", "file"), HOUSE.commands().items())
def test_a_commands_file_carries_its_name(command: str, file: str) -> None:
    assert file in (command, f"{command}_")  # import_: `import` is a word of Python


def test_a_folder_can_be_overlooked() -> None:
    folder, entries = HOUSE.fullest_folder()
    assert entries <= ENTRIES, folder


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_read_by_somebody(name: str) -> None:
    """Outside the table that declares it: as ["name"], .get("name"), or through its family such as mail.*."""
    texts = [path.read_text("utf-8") for path in HOUSE.files if path.name != "settings.py"]
    word = re.compile(rf'["\']{re.escape(name)}["\']')
    assert any(word.search(text) for text in texts)
