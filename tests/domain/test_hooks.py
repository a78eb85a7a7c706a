"""Hooks are told of leads, may refuse before anything is kept, and are ended when they take too long."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from desk import Desk

from leadcli.domain.work.automation import hooks


def hook(desk: Desk, name: str, script: str, *, mode: int = 0o755) -> Path:
    folder = desk.home / "config" / "leadcli" / "hooks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(mode)
    return path


def told(desk: Desk) -> list[dict[str, object]]:
    return [json.loads(line) for line in (desk.home / "told").read_text().splitlines()]


def test_a_hook_is_told_one_line_a_lead_and_called_once(desk: Desk) -> None:
    hook(desk, "on-change", f"echo called >> {desk.home}/calls; cat >> {desk.home}/told")
    desk.ok("add", "Ada", "--value", "5")
    desk.ok("add", "Bob")
    assert not (desk.home / "told").exists()
    desk.ok("edit", "is:open", "--owner", "eva", "--yes")
    assert (desk.home / "calls").read_text() == "called\n"
    first, second = told(desk)
    assert set(first) == {"event", "before", "after", "operation"}
    assert first["event"] == "changed"
    assert (first["before"]["owner"], first["after"]["owner"]) == ("ann", "eva")  # type: ignore[index]
    assert {lead["after"]["id"] for lead in (first, second)} == {1, 2}  # type: ignore[index]
    assert first["after"] == {key: first["after"][key] for key in desk.json("show", "1") if key in first["after"]}  # type: ignore[index, operator]


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("add", ("add", "New")),
        ("change", ("edit", "1", "--city", "Paris")),
        ("status", ("status", "1", "contacted")),
        ("lost", ("lost", "1", "--reason", "No budget")),
        ("convert", ("convert", "1", "--yes")),
    ],
)
def test_a_pre_hook_refuses_and_nothing_is_changed(desk: Desk, word: str, command: tuple[str, ...]) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--budget", "yes", "--need", "yes")
    before = desk.ok("export")
    hook(desk, f"pre-{word}", "echo not on sundays >&2; exit 1")
    hook(desk, f"on-{word}", f"touch {desk.home}/heard")
    desk.fails(5, *command, says=("hook pre-" + word, "not on sundays"))
    assert desk.ok("export") == before
    assert not (desk.home / "heard").exists()
    assert desk.run(*command, "--no-hooks").returncode == 0


def test_a_post_hook_only_warns(desk: Desk) -> None:
    hook(desk, "on-add", "echo oops >&2; exit 7")
    said = desk.run("add", "Ada")
    assert said.returncode == 0
    assert "hook on-add ended with code 7: oops" in said.stderr
    assert desk.ok("list", "--count") == "1"


def test_a_hook_hears_of_the_lead_as_rules_left_it(desk: Desk) -> None:
    desk.ok("rule", "add", "hot", "--on", "added", "--tag", "hot")
    hook(desk, "on-add", f"cat > {desk.home}/told")
    desk.ok("add", "Ada")
    assert told(desk)[0]["after"]["tags"] == ["hot"]  # type: ignore[index]
    assert told(desk)[0]["before"] is None


def test_a_dry_run_calls_no_hook(desk: Desk) -> None:
    desk.ok("init")
    hook(desk, "pre-add", f"touch {desk.home}/heard; exit 1")
    desk.ok("add", "Ada", "--dry-run")
    assert not (desk.home / "heard").exists()


def test_a_hook_that_hangs_is_ended_with_its_children() -> None:
    started = time.monotonic()
    outcome = hooks.call_program(["/bin/sh", "-c", "sleep 60 & sleep 60"], iter(["{}\n"]), patience=0.3)
    assert time.monotonic() - started < 10
    assert outcome == (None, "did not end within 0.3 seconds")


def test_a_pre_hook_that_cannot_be_run_fails(desk: Desk) -> None:
    hook(desk, "pre-add", "").write_text("#!/no/such/interpreter\n")
    desk.fails(1, "add", "Ada", says=("pre-add", "cannot be run", "nothing was changed"))


def test_the_doctor_finds_hooks_that_are_never_called(desk: Desk) -> None:
    desk.ok("init")
    hook(desk, "on-add", "", mode=0o644)
    hook(desk, "on-changed", "")
    hook(desk, "on-lost.sample", "")
    found = json.loads(desk.run("doctor", "--json").stdout)["findings"]
    messages = [each["message"] for each in found if each["check"] == "hooks"]
    assert len(messages) == 2
    assert "chmod +x" in messages[0]
    assert "on-change" in messages[1]
