"""Runs leadcli as `python -m leadcli`."""

from __future__ import annotations

import sys

from leadcli.cli import main

if __name__ == "__main__":
    sys.exit(main())
