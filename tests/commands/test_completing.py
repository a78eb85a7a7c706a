"""Guards completion: what is offered step by step, in real shells; nothing a shell could take for more than text."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pexpect
import pytest
from desk import Desk
from outside_programs import require_program

BASH = """
eval "$(leadcli completion bash)"
COMP_LINE={line}
COMP_POINT=${{#COMP_LINE}}
_leadcli_completion
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def stocked(desk: Desk) -> Desk:
    """A desk with three leads and a view."""
    desk.ok("add", "Ada Lovelace", "--tag", "expo26", "--source", "Event", "--owner", "ann")
    desk.ok("add", "Grace Hopper", "--tag", "$(touch${IFS}hacked)", "--tag", "two words", "--owner", "bob")
    desk.ok("add", "Linus `T`", "--status", "contacted")
    desk.ok("filter", "--save", "hot", "is:open", "tag:expo26")
    desk.ok("rule", "add", "web-to-ann", "--on", "added", "--if", "source:web", "--tag", "web")
    desk.ok("rule", "add", "weekly", "--on", "stale", "--tag", "old")
    desk.ok("template", "add", "intro", "--subject", "Hello", "--body", desk.file("intro.txt", "Dear {{ name }}"))
    desk.ok("report", "pipeline", "owner:ann", "--save", "mine")
    desk.ok("field", "add", "segment", "--type", "choice", "--choice", "EMEA", "--choice", "APAC")
    desk.ok("task", "add", "1", "call")
    return desk


def offered(desk: Desk, line: str) -> list[str]:
    """What is offered at the end of this line."""
    result = desk.process(
        _LEADCLI_COMPLETE="complete_fish", _TYPER_COMPLETE_FISH_ACTION="get-args", _TYPER_COMPLETE_ARGS=line
    )
    assert result.stderr == ""
    return [word.partition("\t")[0] for word in result.stdout.splitlines() if word]


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("leadcli li", ["list"]),
        ("leadcli config mail.po", ["mail.port"]),
        ("leadcli help exit", ["exit-codes"]),
        ("leadcli list stat", ["status:"]),
        ("leadcli list status:n", ["status:new"]),
        ("leadcli list STATUS:N", ["STATUS:New"]),
        ("leadcli list status:new,co", ["status:new,contacted", "status:new,converted"]),
        ("leadcli list status!=n", ["status!=new"]),
        ("leadcli list owner:", ["owner:bob", "owner:ann"]),
        ("leadcli list tag:", ["tag:expo26"]),
        ("leadcli list is:ov", ["is:overdue"]),
        ("leadcli list has:next", ["has:next_task"]),
        ("leadcli list created:yes", ["created:yesterday"]),
        ("leadcli list @", ["@hot"]),
        ("leadcli list status:new @h", ["@hot"]),
        ("leadcli show ", ["3", "2", "1"]),
        ("leadcli show 2", ["2"]),
        ("leadcli edit 1 --status q", ["qualified"]),
        ("leadcli edit 1 --untag ex", ["expo26"]),
        ("leadcli list --fields id,na", ["id,name"]),
        ("leadcli list --sort val", ["value"]),
        ("leadcli list --format j", ["json", "jsonl"]),
        ("leadcli list --js", ["--json"]),
        ("leadcli completion z", ["zsh"]),
        ("leadcli rule show w", ["web-to-ann", "weekly"]),
        ("leadcli rule off web-to-ann wee", ["weekly"]),
        ("leadcli rule on we", ["web-to-ann", "weekly"]),
        ("leadcli rule rm we", ["web-to-ann", "weekly"]),
        ("leadcli rule test web", ["web-to-ann"]),
        ("leadcli rule test web-to-ann stat", ["status:"]),
        ("leadcli rule run wee", ["weekly"]),
        ("leadcli rule add x --on st", ["status", "stale"]),
        ("leadcli rule add x --on added --mail ", ["intro"]),
        ("leadcli template show ", ["intro"]),
        ("leadcli mail 1 --template in", ["intro"]),
        ("leadcli report pi", ["pipeline"]),
        ("leadcli report mi", ["mine"]),
        ("leadcli report pipeline stat", ["status:"]),
        ("leadcli report --period q", ["quarter"]),
        ("leadcli report --measure count,w", ["count,weighted"]),
        ("leadcli filter --delete ", ["hot"]),
        ("leadcli show Love", ["Lovelace"]),
        ("leadcli log hop", ["hopper"]),
        ("leadcli task add gra", ["grace"]),
        ("leadcli status 1 q", ["qualified"]),
        ("leadcli status lovel", ["lovelace"]),
        ("leadcli rm love", []),
        ("leadcli lost 1 --reason no", ["no-budget", "no-response", "not-a-fit"]),
        ("leadcli log 1 --kind m", ["meeting"]),
        ("leadcli list kind:m", ["kind:meeting"]),
        ("leadcli list reason:no-b", ["reason:no-budget"]),
        ("leadcli init --preset o", ["orocrm"]),
        ("leadcli task done T", ["T1"]),
        ("leadcli task move T", ["T1"]),
        ("leadcli task move T1 tom", ["tomorrow"]),
        ("leadcli snooze 1 of", ["off"]),
        ("leadcli undo 1", ["10", "1"]),
        ("leadcli edit 1 --set seg", ["segment="]),
        ("leadcli edit 1 --set segment=e", ["segment=emea"]),
        ("leadcli edit 1 --set status=q", ["status=qualified"]),
        ("leadcli edit 1 --unset seg", ["segment"]),
        ("leadcli task add 1 x --due to", ["today", "tomorrow"]),
        ("leadcli activities --since last", ["last-week", "last-month"]),
        ("leadcli list value:5k", []),
        ("leadcli nonsense ", []),
    ],
)
def test_the_next_step_is_offered(stocked: Desk, line: str, offers: list[str]) -> None:
    found = offered(stocked, line)
    assert found[: len(offers)] == offers if line.endswith("show 2") else found == offers


@pytest.mark.parametrize("line", ["leadcli list status:", "leadcli show ", "leadcli list @", "leadcli edit 1 --owner "])
def test_any_trouble_is_silent(desk: Desk, line: str) -> None:
    assert offered(desk, line) in ([], ["ann"])
    desk.file("t.db", "not a database")
    assert offered(desk, line) in ([], ["ann"])


def test_the_named_database_is_read(stocked: Desk) -> None:
    stocked.ok("add", "Elsewhere", "--db", "other.db", "--tag", "far")
    assert offered(stocked, "leadcli list --db other.db tag:") == ["tag:far"]
    assert offered(stocked, "leadcli --db other.db list tag:") == ["tag:far"]


def test_no_more_than_fifty(stocked: Desk) -> None:
    for number in range(60):
        stocked.ok("add", f"Lead {number}")
    assert len(offered(stocked, "leadcli show ")) == 50


def in_bash(desk: Desk, line: str) -> list[str]:
    return [word for word in desk.bash(BASH.format(line=shlex.quote(line))).stdout.splitlines() if word]


@pytest.mark.parametrize(
    ("line", "replies"),
    [
        ("leadcli list status:n", ["new"]),  # bash itself puts `status:` before it
        ("leadcli list status:new,con", ["new,contacted", "new,converted"]),
        ("leadcli list status=n", ["new"]),
        ("leadcli edit 1 --status=q", ["qualified"]),
        ("leadcli lis", ["list"]),
        ("leadcli list stat", ["status:"]),
        ("leadcli list @h", ["@hot"]),
    ],
)
def test_bash_survives_colons_and_equal_signs(stocked: Desk, line: str, replies: list[str]) -> None:
    assert in_bash(stocked, line) == replies


def test_fish_offers_the_same(stocked: Desk) -> None:
    result = stocked.command(["fish", "-c", 'leadcli completion fish | source; complete -C "leadcli list status:n"'])
    assert result.stdout.partition("\t")[0].strip() == "status:new"


def test_zsh_gets_its_own_form_and_no_hostile_tag(stocked: Desk) -> None:
    script = 'eval $(env _TYPER_COMPLETE_ARGS="leadcli list tag:" _LEADCLI_COMPLETE=complete_zsh leadcli)'
    result = stocked.command(["zsh", "-f", "-c", f"_arguments() {{ print -r -- $@ }}; {script}"])
    assert "expo26" in result.stdout
    assert not (stocked.home / "hacked").exists()
    assert "touch" not in result.stdout


# How each shell is started without anybody's own files, and what makes it ready.
SHELLS = {
    "bash": (
        ["--norc", "--noprofile", "-i"],
        'bind "set enable-bracketed-paste off"; eval "$(leadcli completion bash)"',
    ),
    "zsh": (
        ["-f", "-i"],
        'unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; eval "$(leadcli completion zsh)"',
    ),
    "fish": (["--no-config", "-i"], "leadcli completion fish | source"),
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, stocked: Desk) -> Iterator[pexpect.spawn[str]]:
    """A shell at a terminal, with completion."""
    require_program(request.param)
    words, prepare = SHELLS[request.param]
    environ = {**stocked.env, "TERM": "dumb" if request.param != "fish" else "xterm", "PS1": "$ "}
    run = pexpect.spawn(request.param, words, env=environ, cwd=str(stocked.home), encoding="utf-8",
                        timeout=30, dimensions=(50, 160))  # fmt: skip
    run.sendline(f"{prepare}; echo rea''dy")
    run.expect("ready")
    yield run
    run.close(force=True)


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("status:ne", "status:new"),
        ("@ho", "@hot"),
        ("tag:", "tag:expo26"),  # the other tags are no text a shell could be trusted with
    ],
)
def test_a_tab_at_a_real_terminal(shell: pexpect.spawn[str], stocked: Desk, typed: str, becomes: str) -> None:
    """The shell finishes the word; echo before the line says what it became."""
    shell.send(f"leadcli list {typed}\t")
    shell.send("\x01echo is: \r")
    shell.expect(rf"[\r\n]is: leadcli list {becomes} *[\r\n]")
    assert not (stocked.home / "hacked").exists()


def test_every_format_there_is_can_be_completed(stocked: Desk) -> None:
    from leadcli.screen import FORMATS

    assert offered(stocked, "leadcli list --format ") == [name for name in FORMATS if name != "line"]
