"""leadcli: the lead desk of a one-person sales team, in one SQLite file."""

from __future__ import annotations

__version__ = "0.1.0"
