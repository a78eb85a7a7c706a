"""Guards the house: which layer may know which, who may write, and how large a room may be."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from leadcli import domain

PACKAGE = Path(__file__).resolve().parents[1] / "leadcli"
FILES = sorted(PACKAGE.rglob("*.py"))
FILE_LINES, FUNCTION_LINES = 500, 40

# Any module at the top level that is not named here belongs to the kernel.
LAYERS = {"__init__", "__main__", "cli", "run", "commands", "desk", "domain", "store", "screen"}
MAY_IMPORT = {
    "__init__": {"desk", "kernel"},
    "__main__": {"cli"},
    "cli": {"commands", "run", "kernel"},
    "run": {"store", "screen", "kernel"},
    "commands": {"commands", "run", "domain", "store", "kernel"},
    "desk": {"domain", "run", "store", "screen", "kernel"},
    "domain": {"domain", "store", "kernel"},
    "store": {"store", "kernel"},
    "screen": {"screen", "kernel"},
    "kernel": {"kernel"},
}
# What is reached only when it is needed.
LAZY = {("run", "store"), ("run", "screen"), ("desk", "screen"), ("__init__", "desk")}
NO_INPUT_OUTPUT = {"http", "pysqlite3", "shutil", "smtplib", "socket", "sqlite3", "subprocess", "tempfile", "urllib"}

OPENS = {"store/engine.py"}
# The schema and the journal, and what stages an import.
WRITES = re.compile(
    r"store/(engine|schema|safety_copy|outbox|migration\w+|(journal|bulk|search)/\w+|checks/health)\.py"
)
ASKS = re.compile(r"store/.*|query/.*|domain/insight/reports/.*")
WRITE_SQL = re.compile(
    r"\b(insert\s+(or\s+\w+\s+)?into|replace\s+into|update\s+\S+\s+set|delete\s+from)\b", re.IGNORECASE
)
ANY_SQL = re.compile(
    r"^\s*(select\s.*\sfrom\s|with\s.*\sas\s*\(\s*select\s|pragma\s+\w+|(create|drop|alter)\s+(temp\s+|virtual\s+)?"
    r"(table|index|trigger|view)\b|begin\s+immediate|attach\s+|vacuum\b)",
    re.IGNORECASE | re.DOTALL,
)


class Import(NamedTuple):
    """One import statement: where, what, and whether it runs when the module is loaded."""

    line: int
    module: str
    at_load: bool


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def layer(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return first if first in LAYERS else "kernel"


def layer_of(module: str) -> str:
    """The layer of an imported `leadcli...` module."""
    parts = module.split(".")
    if len(parts) == 1 or parts[1] == "__version__":
        return "__init__"
    return parts[1] if parts[1] in LAYERS else "kernel"


def imports(path: Path) -> list[Import]:
    return list(_imports(tree(path), at_load=True))


def _imports(node: ast.AST, *, at_load: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(child.lineno, alias.name, at_load) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = child.module or ""
            # `from leadcli import query` names a module, `from leadcli.query import parse` a thing in one.
            modules = [f"leadcli.{alias.name}" for alias in child.names] if module == "leadcli" else [module]
            yield from (Import(child.lineno, each, at_load) for each in modules)
        else:
            only_for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or only_for_types
            yield from _imports(child, at_load=at_load and not inside)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module but docstrings, an f-string's holes as {}."""
    skipped: set[int] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


each_file = pytest.mark.parametrize("path", FILES, ids=name)


@each_file
def test_imports_point_down(path: Path) -> None:
    here = layer(path)
    ours = [found for found in imports(path) if found.module.split(".")[0] == "leadcli"]
    wrong = [
        f"{name(path)}:{found.line} {here} imports {found.module}"
        for found in ours
        if layer_of(found.module) not in MAY_IMPORT[here] | {"__init__"}
        or ((here, layer_of(found.module)) in LAZY and found.at_load)
    ]
    assert not wrong


@pytest.mark.parametrize("path", [path for path in FILES if layer(path) == "kernel"], ids=name)
def test_the_kernel_loads_no_library_and_does_no_input_or_output(path: Path) -> None:
    at_load = {found.module.split(".")[0]: found.line for found in imports(path) if found.at_load}
    foreign = set(at_load) - set(sys.stdlib_module_names) - {"leadcli"}
    anywhere = {found.module.split(".")[0] for found in imports(path)}
    assert not foreign
    assert not anywhere & NO_INPUT_OUTPUT


@each_file
def test_only_the_screen_prints(path: Path) -> None:
    lines = [f"{name(path)}:{line}" for line, called in calls(path) if called in {"print", "typer.echo", "typer.secho"}]
    assert layer(path) == "screen" or not lines


@each_file
def test_only_the_engine_opens_the_database(path: Path) -> None:
    opened = re.compile(r"(.*\.)?(sqlite\w*|pysqlite3|dbapi2|sqlite3\.dbapi2)\.connect|connect")
    lines = [f"{name(path)}:{line}" for line, called in calls(path) if opened.fullmatch(called)]
    assert name(path) in OPENS or not lines


@each_file
def test_only_journal_and_schema_write(path: Path) -> None:
    lines = [f"{name(path)}:{line} {text!r}" for line, text in texts(path) if WRITE_SQL.search(text)]
    assert WRITES.fullmatch(name(path)) or not lines


@each_file
def test_only_store_query_and_reports_speak_sql(path: Path) -> None:
    lines = [f"{name(path)}:{line} {text!r}" for line, text in texts(path) if ANY_SQL.search(text)]
    assert ASKS.fullmatch(name(path)) or not lines


@each_file
def test_rooms_stay_small(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    functions = {
        f"{name(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert lines <= FILE_LINES, f"{name(path)} has {lines} lines: split it by idea"
    assert not {where: length for where, length in functions.items() if length > FUNCTION_LINES}


@each_file
def test_a_module_begins_with_its_job(path: Path) -> None:
    assert path.stat().st_size == 0 or (ast.get_docstring(tree(path)) or "").strip()


def test_the_table_of_verbs_is_what_mypy_sees() -> None:
    """domain/__init__.py: the names loaded on first use are the imports for types, and every one is there."""
    page = PACKAGE / "domain" / "__init__.py"
    for_types = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in ast.walk(tree(page))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("leadcli.domain")
        for alias in node.names
    }
    at_run_time = {
        verb: f"leadcli.domain.{module}:{original or verb}"
        for verb, (module, _, original) in ((verb, place.partition(":")) for verb, place in domain.NAMES.items())
    }
    assert at_run_time == for_types
    assert all(getattr(domain, verb) is not None for verb in domain.NAMES)


@pytest.mark.parametrize("path", [path for path in FILES if layer(path) in ("commands", "desk")], ids=name)
def test_doors_import_the_domain_by_its_page_only(path: Path) -> None:
    assert not [each for each in imports(path) if each.module.startswith("leadcli.domain.")]
