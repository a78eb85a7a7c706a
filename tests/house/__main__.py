"""How the house stands, in figures: `python tests/house` prints a line each, for today's tree or for `--root DIR`."""

from __future__ import annotations

import argparse
import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

FORBIDDEN = frozenset(
    ["found", "said", "told", "asked", "wanted", "made", "given", "those", "more", "own", "kept", "wish"]
)
WRITES = re.compile(
    r"\b(insert\s+(or\s+\w+\s+)?into|replace\s+into|update\s+\S+\s+set|delete\s+from)\s+\"?"
    r"(leads|accounts|contacts|opportunities|activities|attachments|documents|products)\b",
    re.IGNORECASE,
)


class House:
    """The package under `root`: its modules, what each imports, and what stands in it."""

    def __init__(self, root: Path) -> None:
        self.package = root / "leadcli"
        self.files = sorted(self.package.rglob("*.py"))
        self.trees = {path: ast.parse(path.read_text("utf-8")) for path in self.files}
        self.modules = {self._module(path): path for path in self.files}

    def _module(self, path: Path) -> str:
        parts = path.relative_to(self.package.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def imports(self) -> Mapping[str, set[str]]:
        """Module -> the modules of the package it imports, lazily and for types only included."""
        return {
            name: {each for node in ast.walk(self.trees[path]) for each in self._named(node)} - {name}
            for name, path in self.modules.items()
        }

    def _named(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in self.modules)
        elif isinstance(node, ast.ImportFrom) and (node.module or "") in self.modules:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in self.modules else str(node.module)

    def circles(self) -> list[list[str]]:
        """The strongly connected components of more than one module (Tarjan's algorithm)."""
        return list(_components(self.imports()))

    def arrows(self) -> Mapping[str, set[str]]:
        """Folder (or file at the top of the package) -> the others it imports from."""
        arrows: dict[str, set[str]] = {}
        for module, targets in self.imports().items():
            room = self._room(module)
            arrows.setdefault(room, set()).update({self._room(target) for target in targets} - {room, "."})
        return {room: rooms for room, rooms in arrows.items() if rooms}

    def _room(self, module: str) -> str:
        path = self.modules[module]
        folder = path.parent.relative_to(self.package).as_posix()
        return folder if folder != "." or path.stem.startswith("__") else path.stem

    def forbidden_names(self) -> Counter[str]:
        """How often each forbidden word stands as a name: (variable, parameter, function, class, attribute)."""
        words: Counter[str] = Counter()
        for path in self.files:
            with path.open("rb") as file:
                tokens = tokenize.tokenize(file.readline)
                names = (token.string.casefold() for token in tokens if token.type == tokenize.NAME)
                words.update(name for name in names if name in FORBIDDEN)
        return words

    def code_lines(self, path: Path) -> int:
        """Lines with code on them: no blank line, comment or docstring."""
        lines: set[int] = set()
        for node in ast.walk(self.trees[path]):
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if isinstance(node, ast.stmt) and not is_text:
                compound = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                last = node.body[0].lineno - 1 if compound else node.end_lineno or node.lineno
                lines.update(range(node.lineno, max(last, node.lineno) + 1))
        return len(lines)

    def fullest_folder(self) -> tuple[str, int]:
        """The folder (commands excepted) with most entries, and how many."""
        folders = [self.package, *(path for path in self.package.rglob("*") if path.is_dir())]
        counts = {
            folder.relative_to(self.package.parent).as_posix(): sum(1 for each in folder.iterdir() if _counts(each))
            for folder in folders
            if folder.name not in ("commands", "__pycache__")
        }
        name = max(counts, key=lambda each: counts[each])
        return name, counts[name]

    def writers(self) -> set[str]:
        """The folders whose SQL writes a table of records."""
        return {
            path.parent.relative_to(self.package).as_posix()
            for path in self.files
            for node in ast.walk(self.trees[path])
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES.search(node.value)
        }

    def commands(self) -> Mapping[str, str]:
        """Command -> its file, as the table of cli.py has it."""
        text = (self.package / "cli.py").read_text("utf-8")
        return dict(re.findall(r'^    "([a-z]+)": \(.*"leadcli\.commands\.([a-z_]+):', text, re.MULTILINE))


def _counts(path: Path) -> bool:
    """Not what Python leaves: its caches, and folders that hold nothing else."""
    files = [path] if path.is_file() else path.rglob("*")
    return any(file.is_file() and file.suffix != ".pyc" for file in files)


def _components(arrows: Mapping[str, set[str]]) -> Iterator[list[str]]:
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(node: str) -> Iterator[list[str]]:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(arrows[node]):
            if target not in index:
                yield from visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                yield sorted(component)

    for node in sorted(arrows):
        if node not in index:
            yield from visit(node)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    house = House(parser.parse_args(argv).root)
    circles, words, commands = house.circles(), house.forbidden_names(), house.commands()
    named = sum(file.rstrip("_") == command for command, file in commands.items())
    sizes = [house.code_lines(path) for path in house.files if path.stat().st_size]
    longest = max(len(path.read_text("utf-8").splitlines()) for path in house.files)
    folder, entries = house.fullest_folder()
    print(f"circles of imports                   {len(circles)}")
    print(f"commands whose file has their name   {named} of {len(commands)}")
    print(f"forbidden names                      {sum(words.values())}")
    print(f"code lines, a file, longest file     {sum(sizes)}, {sum(sizes) / len(sizes):.0f}, {longest} lines")
    print(f"fullest folder                       {entries} ({folder})")
    print(f"folders that write record tables     {len(house.writers())}")
    for circle in circles:
        print(f"  circle: {', '.join(circle)}")


if __name__ == "__main__":
    main()
