"""What tests of trust share: somebody else at work in a desk, hooks and settings, and whether a program ran."""

from __future__ import annotations

from pathlib import Path

from desk import Desk

CONFIG = "config/leadcli"


def as_stranger(desk: Desk, *words: object) -> None:
    """Somebody else's program, with their own state folder, writes into this desk."""
    desk.ok(*words, XDG_STATE_HOME=str(desk.home / "stranger"))


def program_ran(desk: Desk) -> bool:
    """Whether the rule's command left its mark since this was last asked."""
    mark = desk.home / "mark"
    ran = mark.exists()
    mark.unlink(missing_ok=True)
    return ran


def settings_file(desk: Desk, text: str) -> Path:
    """A file of settings, its owner's alone."""
    path = desk.home / CONFIG / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def hook(desk: Desk, name: str = "on-add") -> Path:
    """A hook that leaves the mark `program_ran` looks for."""
    path = desk.home / CONFIG / "hooks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ntouch {desk.home}/mark\n")
    path.chmod(0o755)
    return path
