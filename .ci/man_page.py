"""Makes the man page of a wheel while it is built, of the same declarations as `leadcli help --man`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPageHook(BuildHookInterface):
    """Puts share/man/man1/leadcli.1 into the wheel; an editable install has none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory()
        page = Path(self.folder.name, "leadcli.1")
        # A home of its own: the page is that of every reader, whatever is set where it is built.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": self.folder.name, "PYTHONUTF8": "1",
                       "PYTHONPATH": os.pathsep.join([self.root, *filter(None, sys.path)])}  # fmt: skip
        argv = [sys.executable, "-m", "leadcli", "help", "--man"]
        page.write_bytes(subprocess.run(argv, env=environment, cwd=self.root, check=True, capture_output=True).stdout)
        build_data["shared_data"][str(page)] = "share/man/man1/leadcli.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self.folder.cleanup()
