"""leadcli: the lead desk of a one-person sales team, in one SQLite file."""

from __future__ import annotations

from leadcli.system import __version__

__all__ = ["__version__"]
