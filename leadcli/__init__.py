"""leadcli: the lead desk of a one-person sales team, in one SQLite file. For Python: open_desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadcli.system import __version__

if TYPE_CHECKING:
    from leadcli.desk import open_desk

__all__ = ["__version__", "open_desk"]


def __getattr__(name: str) -> Any:
    """`open_desk`, loaded when it is asked for: the program itself starts without it."""
    if name != "open_desk":
        raise AttributeError(f"module 'leadcli' has no attribute {name!r}")
    from leadcli.desk import open_desk

    return open_desk
