"""Python programs of a test's own, and what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT = 30  # seconds


def run(*words: str, stdin: str = "", cwd: Path | None = None) -> str:
    """Return what a Python program says on stdout, and on stderr if it fails."""
    program = subprocess.run(
        [sys.executable, *words],
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return program.stdout if not program.returncode else program.stderr
