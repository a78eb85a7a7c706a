"""README tells a newcomer about everything there is: every command, every field of a lead, every exit code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadcli.cli import ALIASES, COMMANDS
from leadcli.errors import LeadError
from leadcli.model.fields import LEAD

TABLE = re.compile(r"(?<=<!-- fields -->\n).*?(?=<!-- /fields -->)", re.DOTALL)


def field_table() -> str:
    """The README's table of fields, from the registry."""
    rows = ["| field | also called | kind | what it is |", "|---|---|---|---|"]
    for field in LEAD.fields.values():
        name = f"`{field.name}`" if field.writable else f"`{field.name}` (kept by leadcli)"
        also = " ".join(f"`{alias}`" for alias in field.aliases)
        rows.append(f"| {name} | {also} | {field.kind.name} | {field.help} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_fields_is_the_registry(repository: Path) -> None:
    text = (repository / "README.md").read_text("utf-8")
    found = TABLE.search(text)
    assert found
    assert found[0] == field_table(), "put this between the marks in README.md:\n" + field_table()


@pytest.mark.parametrize("name", [*COMMANDS, *ALIASES])
def test_every_command_is_in_the_readme(name: str, repository: Path) -> None:
    table = (repository / "README.md").read_text("utf-8").partition("## Commands")[2].partition("## Fields")[0]
    assert re.search(rf"[`(]{name}[`)]", table)


def test_every_exit_code_is_in_the_readme(repository: Path) -> None:
    text = (repository / "README.md").read_text("utf-8").partition("## Exit codes")[2].partition("\n## ")[0]
    for error in [LeadError, *LeadError.__subclasses__()]:
        assert re.search(rf"\b{error.code} ", text), error


def test_documents_speak_of_the_project_only(repository: Path) -> None:
    for path in [
        *repository.glob("*.md"),
        *(repository / "leadcli").rglob("*.py"),
        *(repository / "leadcli").rglob("*.txt"),
    ]:
        assert not re.search(r"/(home|root|Users|work)/\w", path.read_text("utf-8")), path
