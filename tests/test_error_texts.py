"""Every sentence of an error stands in a test: those below are shown here, one command each."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk

# (commands before, the command, its exit code, words of its sentence); a desk has the leads 1 Ada and 2 Bob.
Case = tuple[list[str], str, int, str]
LEADS: list[Case] = [
    ([], "add Ada --name Bob", 2, "two names: 'Ada' and 'Bob'"),
    ([], "edit 1 --set id=3", 2, "cannot be set by hand"),
    ([], "add Eva --set id=3", 2, "cannot be set by hand"),
    ([], "edit 1 --primary-email z@example.com", 2, "'z@example.com' is none of its"),
    ([], "edit", 2, "which ones? A target is needed: ids, a filter, @view or -"),
    ([], "edit 1 A1 --city Bonn", 2, "ids of different kinds cannot be mixed"),
    ([], "show nobody@example.com", 3, "no lead has the e-mail nobody@example.com"),
    ([], "history is:open", 2, "one lead is meant, but 2 match"),
    ([], "filter --save hot", 2, "a view needs a filter"),
    ([], "filter --rename hot", 2, "--rename takes two names: the old and the new one"),
    ([], "list --limit -1", 2, "--limit -1 is less than nothing"),
    ([], "board --width 3", 2, "--width 3 is too narrow for anything"),
    ([], "lost 1 --reason Other", 2, "the reason Other needs a note that says more: --note TEXT"),
    (["convert 1 --yes"], "lost 1 --reason Budget", 5, "a customer cannot be lost"),
    ([], "convert is:open --contact-name Eva --yes", 2, "names one record, but 2 leads are meant"),
    ([], "help frobnicate", 2, "unknown command or topic 'frobnicate'"),
    ([], "list 'a or (b c'", 2, "expected ) further on"),
]
DUPLICATES: list[Case] = [
    ([], "merge", 2, "which ones? Name the one to keep, then the others"),
    ([], "merge 1", 2, "which leads is 1 to be merged with?"),
    ([], "merge 1 1", 2, "lead 1 cannot be merged with itself"),
    (["convert 1 --yes"], "merge 2 A1", 2, "records of different kinds cannot be merged"),
    (["convert 1 --yes", "convert 2 --yes"], "merge 1 2 --yes", 5, "are both converted"),
    ([], "dedupe --keep fattest --merge --yes", 2, "--keep 'fattest' is none of oldest, newest, fullest or an id"),
    ([], "dedupe --by shoe", 2, "unknown value to compare 'shoe'"),
    ([], "dedupe --of deals", 2, "unknown kind of record 'deals'"),
]
IMPORTS: list[Case] = [
    ([], "import a.csv --map name", 2, "has no ="),
    ([], "import a.csv --set id=1", 2, "'id' cannot be set by an import"),
    ([], "import a.csv --phone-region Mars", 2, "--phone-region 'Mars' is no country"),
    ([], "import a.csv --decimal ;", 2, "--decimal ';' is no point and no comma"),
    ([], "import a.csv --blank-clears", 2, "--blank-clears only means something with --on-duplicate update"),
    ([], "import a.csv --with-skips", 2, "--with-skips only means something with --rejects FILE"),
    ([], "import a.csv --match shoe", 2, "unknown --match key 'shoe'"),
    ([], "import a.csv --encoding klingon", 2, "unknown encoding 'klingon'"),
    ([], "import a.csv --profile bad", 2, "is not TOML"),
    ([], "import a.csv --profile key", 2, "unknown key 'colour'"),
    ([], "import a.csv --profile type", 2, "'decimal' must be a"),
    ([], "import a.csv --profile table", 2, "[values.status] must be a table"),
    ([], "import a.csv/x", 1, "cannot open"),
]
UPKEEP: list[Case] = [
    (["edit 1 --city Bonn", "edit 1 --city Ulm"], "undo 3", 5, "operation 3 cannot be undone"),
    ([], "field edit status --colour red", 2, "acts on one choice"),
    ([], "field edit status --replace-with Lost", 2, "--replace-with needs --remove-choice: which one goes?"),
    ([], "field edit status --choice New --rot-days -1", 2, "--rot-days -1 is less than nothing"),
    ([], "field edit status --choice ','", 2, "cannot be a choice"),
    ([], "field edit status --choice New --after New", 2, "New cannot come after itself"),
    (["edit 1 --source Website"], "field edit source --remove-choice Website", 5, "is used by"),
    ([], "field edit source --remove-choice Website --replace-with Website", 2, "Website cannot take its own place"),
    ([], "field edit source --choice Website --rot-days 3", 2, "is for the choices of"),
    ([], "field add x --type shoe", 2, "unknown type of field 'shoe'"),
    ([], "field add x --type choice", 2, "a choice field needs its choices"),
    ([], "field add x --type text --choice a", 2, "--choice is for choice fields, not text"),
    ([], "field add status --type text", 5, "'status' is a name leadcli has already"),
    ([], "attach save 1", 3, "there are no files to save"),
    ([], "attach rm 1", 2, "which file? Name it by its number, such as F5"),
    ([], "report created --compare", 2, "--compare needs to know which days"),
    ([], "report created --since 2030-01-01 --compare", 2, "has not come yet"),
    ([], "report --by owner --save daily", 5, "daily is a ready-made report"),
]
WORK: list[Case] = [
    (["config attach_max 10"], "attach add 1 a.csv", 2, "is larger than 10 bytes, the most that attach takes"),
    (
        ["document add 1 --line 'Pump;1;5' --number 7"],
        "document add 1 --line 'Pump;1;5' --number 7",
        5,
        "exists already (D1)",
    ),
    (["filter --save v is:open"], "filter --save v @v", 2, "view @v would contain itself"),
    (
        [
            "config mail.from ann@example.com",
            "config mail.transport smtp",
            "config mail.host 127.0.0.1",
            "config mail.port 9",
        ],
        "mail 1 --subject Hi --body body.txt --yes",
        75,
        "127.0.0.1:9 cannot be reached",
    ),
    (
        [
            "config mail.from jürgen@example.com",
            "config mail.transport smtp",
            "config mail.host 127.0.0.1",
            "config mail.port 9",
        ],
        "mail 1 --subject Hi --body body.txt --yes",
        2,
        "has letters before the @ that not every mail server can take",
    ),
    ([], "mail 1 --limit -1", 2, "--limit -1 is less than nothing"),
    ([], "mail 1", 2, "which letter? --template NAME is needed, or --subject TEXT and --body FILE"),
    ([], "mail 1 --template t --subject x", 2, "--template brings its own subject and text"),
    ([], "template add t", 2, "a template needs --subject TEXT and --body FILE"),
    ([], "template add t --subject '' --body body.txt", 2, "a letter needs a subject"),
    ([], "template add t --subject x --body include.txt", 2, "include, import and extends find nothing here"),
    ([], "report daily --email ann@example.com --attach pdf", 2, "--attach 'pdf' is not csv"),
    ([], "rule add r --on added --set status=lost", 2, "a rule cannot close leads as lost"),
    ([], "rule add r --on added --assign turnwise:a,b", 2, "unknown way to assign 'turnwise'"),
    ([], "rule add r --on added --assign round-robin:", 2, "names nobody"),
    ([], "document add 1 --kind poem", 2, "unknown kind of document 'poem'"),
]

FILES = {"a.csv": "name,email\nEva,eva@example.com\n", "body.txt": "Hello", "include.txt": "{% include 'other' %}"}
PROFILES = {"bad": "map = [", "key": "colour = 1", "type": "decimal = 1", "table": "[values]\nstatus = 'new'"}


@pytest.mark.parametrize(("before", "command", "code", "sentence"), [*LEADS, *DUPLICATES, *IMPORTS, *UPKEEP, *WORK])
def test_the_sentence_of_an_error(desk: Desk, before: list[str], command: str, code: int, sentence: str) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    desk.ok("add", "Bob")
    for name, text in FILES.items():
        desk.file(name, text)
    (desk.home / "config/leadcli/imports").mkdir(parents=True)
    for name, text in PROFILES.items():
        desk.file(f"config/leadcli/imports/{name}.toml", text)
    for line in before:
        desk.run(*shlex.split(line))
    r = desk.run(*shlex.split(command))
    assert (r.returncode, sentence in r.stderr) == (code, True), r.stderr


def test_a_file_of_a_newer_program_is_left_alone(desk: Desk) -> None:
    desk.ok("add", "Ada")
    head = bytearray(desk.db.read_bytes())
    head[60:64] = (999).to_bytes(4, "big")
    desk.db.write_bytes(head)
    desk.fails(6, "list", says="was written by a newer leadcli (format 999, this one knows")
    assert desk.db.read_bytes() == head


def test_an_object_has_no_more_keys_than_a_desk_can_use(desk: Desk) -> None:
    file = desk.file("keys.json", json.dumps([{f"key{number}": 1 for number in range(20_001)}]))
    desk.fails(2, "import", file, says="has more than 20,000 different keys")


def test_words_that_are_no_ids_are_named(desk: Desk) -> None:
    desk.ok("add", "Ada")
    r = desk.run("edit", "-", "--city", "Bonn", stdin="1\nx y\n")
    assert (r.returncode, "standard input has 'x y', which is no id" in r.stderr) == (2, True), r.stderr


# Every text of an error or a warning: words of it stand in some test.

ERROR = re.compile(
    "LeadError|Failed|Usage|NotFound|Partial|Refused|BadDatabase|Damaged|Unforeseen|Busy|Interrupted|RecipientRejected|"
    "OutcomeUnknown|TryLater|StrangeSchema|Distrusted|unknown_name|grammar_error|warn|say_warning|_reply_error"
)
RUN = 3  # words that stand in a row, or all words of a shorter text
SERVER = "played by the mail server of tests/domain/mail, judged there by code and by what was sent"
MOMENT = "another program, a broken disk or a broken engine at one moment only"
LIBRARY = "a workbook or an installation that the library for Excel files cannot do with"
PERSON = "a terminal, or records made so that nothing else objects first"
PART = "the end of a sentence whose beginning is shown"
# Words of the texts that no test shows -> why. It may only get shorter.
UNSHOWN = {
    "and TLS do not get on": SERVER,
    "did not take the message to": SERVER,
    "does not talk to us": SERVER,
    "refused to secure the connection": SERVER,
    "takes no mail now": SERVER,
    "does not number its messages": SERVER,
    "the connection to … broke": SERVER,
    "took the message to … and hung up without an answer whether it arrived is unknown": SERVER,
    "would get the password of … unprotected": SERVER,
    "whether … reached … today is unknown not sent again": SERVER,
    "cannot read": MOMENT,
    "leads were deleted while they were compared": MOMENT,
    "the copy lacks records": MOMENT,
    "the database file may not be used": MOMENT,
    "standard input is closed": MOMENT,
    "has no sheet with cells": LIBRARY,
    "holds more than … MiB of text": LIBRARY,
    "is a damaged Excel workbook": LIBRARY,
    "reading Excel files needs openpyxl": LIBRARY,
    "writing Excel files needs openpyxl": LIBRARY,
    "cannot be one form": PERSON,
    "is no text for a terminal": PERSON,
    "allows nothing but": PERSON,
    "rule … cannot act": PERSON,
    "say it more simply": PART,
}


def _words(text: str) -> list[str]:
    return re.sub(r"""[.,:;()?!"'`{}\\]+""", " ", text).split()


def _texts(node: ast.expr) -> Iterator[list[str]]:
    """The fixed parts of each text an expression may become."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield [node.value]
    elif isinstance(node, ast.JoinedStr):
        yield [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))


def _error_texts(source: str) -> Iterator[list[str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and ERROR.fullmatch(ast.unparse(node.func).split(".")[-1]):
            yield from (text for argument in node.args for text in _texts(argument))


def _runs(parts: list[str]) -> list[str]:
    """What to look for: three words of a part in a row; of a text of shorter parts all of a part, if they are two.

    The last word may go on: `(D{id})`.
    """
    runs = []
    for words in map(_words, parts):
        size = min(RUN, len(words))
        runs += [" ".join(words[at : at + size]) for at in range(len(words) - size + 1) if size > 1]
    return runs


def _unshown(texts: list[list[str]], shown: str) -> set[str]:
    return {
        " … ".join(" ".join(_words(part)) for part in text if _words(part))
        for text in texts
        if (runs := _runs(text)) and not any(f" {run}" in shown for run in runs)
    }


def _shown(tests: Path) -> str:
    """All words of texts in tests, of transcripts and of the README, whose blocks are run."""
    texts = [file.read_text("utf-8") for file in (*tests.rglob("*.txt"), tests.parent / "README.md")]
    for file in tests.rglob("*.py"):
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        texts += [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    # One's own list of what is not shown shows nothing.
    words = " | ".join(" ".join(_words(text)) for text in texts if text not in UNSHOWN)
    return f" {words} "


@pytest.mark.parametrize(
    ("source", "shown", "unshown"),
    [("raise Usage(f'{x} is no day at all')", "'a' is no day", set()),
     ("raise Usage(f'{x} is no day at all')", "no day", {"is no day at all"}),
     ("raise Busy('try later' if x else 'is in use by another')", "try later", {"is in use by another"}),
     ("raise ValueError('three words here')", "", set())],
)  # fmt: skip
def test_the_checker_sees_each_text(source: str, shown: str, unshown: set[str]) -> None:
    words = f" {' '.join(_words(shown))} "
    assert _unshown(list(_error_texts(source)), words) == unshown


def test_every_text_of_an_error_stands_in_a_test(repository: Path) -> None:
    texts = [text for file in (repository / "leadcli").rglob("*.py") for text in _error_texts(file.read_text("utf-8"))]
    assert _unshown(texts, _shown(repository / "tests")) == set(UNSHOWN)
