"""What tests need of the system they run on."""

from __future__ import annotations

import os
import sys

import pytest

needs_processes = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="worker processes need os.pidfd_open, which Linux has"
)
needs_proc = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks into /proc, which Linux has"
)
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and commands are POSIX")
