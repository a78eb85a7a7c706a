"""What leadcli takes from the machine and gives to it: files written safely, trust in them, the log of faults; and
which version of it this is.
"""

from __future__ import annotations

__version__ = "0.1.0"
