"""Plays sessions written as text: `$ command` lines, each with the output it must give.

A transcript is a .txt file in tests/transcripts, or every ```console block of a Markdown file (one desk for the whole
file, in reading order). After a `$ ` line (a final backslash joins the next one) follow stdout, then stderr, as a pipe
gets them, and `[exit N]` when the code is not 0. A remark is a bash comment: `$ # The customer calls.`

    python tests/transcripts.py --write FILE...    # play and write what happened into the file
"""

from __future__ import annotations

import difflib
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from desk import REPOSITORY, Desk, Result

MOMENT = "2026-11-22T09:00"
FOLDER = Path(__file__).with_name("transcripts")
CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
# What bash would not hand on as it stands, once harmless quotes are out of the way.
QUOTED = re.compile(r"""'[^']*'|"[^"$`\\!]*\"""")
SPECIAL = re.compile(r"""[|&;<>(){}$`\\!*?\[\]#~"'\n]""")


def play(path: Path, home: Path) -> str:
    """The text of the file with every command's output as it is now, played on a fresh desk in `home`."""
    desk = Desk(home, today=MOMENT)
    shutil.copytree(REPOSITORY / "examples", home / "examples")
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        return CONSOLE.sub(lambda block: _played(block[0], desk.home, _runner(desk)), text)
    return _played(text, desk.home, _runner(desk))


def difference(path: Path, home: Path) -> str:
    """A unified diff from what the file says to what happens; empty when they agree."""
    said, happened = path.read_text("utf-8").splitlines(), play(path, home).splitlines()
    return "\n".join(difflib.unified_diff(said, happened, f"{path.name} (written)", f"{path.name} (now)", lineterm=""))


def words(line: str) -> list[str] | None:
    """The argv after `leadcli` when bash would pass the line on unchanged, else None (bash must run it)."""
    if not line.startswith("leadcli ") or SPECIAL.search(QUOTED.sub("", line)):
        return None
    return shlex.split(line)[1:]


def _played(text: str, home: Path, run: Callable[[str], Result]) -> str:
    first = re.search(r"^\$ ", text, re.MULTILINE)
    if not first:
        return text
    written = [text[: first.start()]]
    for step in re.split(r"^(?=\$ )", text[first.start() :], flags=re.MULTILINE)[1:]:
        command = re.match(r"\$ ((?:.*\\\n)*.*)\n?", step)
        assert command
        trailing = len(step) - len(step.rstrip("\n")) - 1
        written.append(f"$ {command[1]}\n{_output(run(command[1]), home)}" + "\n" * max(trailing, 0))
    return "".join(written)


def _output(result: Result, home: Path) -> str:
    code = f"[exit {result.returncode}]\n" if result.returncode else ""
    parts = [part if part.endswith("\n") else part + "\n" for part in (result.stdout, result.stderr) if part]
    return "".join(parts).replace(str(home), "~") + code


def _runner(desk: Desk) -> Callable[[str], Result]:
    def run(line: str) -> Result:
        argv = words(line)
        return desk.bash(line) if argv is None else desk.run(*argv)

    return run


def _write(names: list[str]) -> None:
    for name in names:
        with tempfile.TemporaryDirectory() as home:
            path = Path(name)
            path.write_text(play(path, Path(home)), "utf-8")
            print(f"wrote {path}")


if __name__ == "__main__":
    if sys.argv[1:2] != ["--write"] or len(sys.argv) < 3:
        sys.exit(__doc__)
    _write(sys.argv[2:])
