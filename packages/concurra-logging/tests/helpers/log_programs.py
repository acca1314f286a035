"""Programs of their own: under pytest logging is configured, and most of what is shown here is where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from log_events import Line, loaded

HELPERS: Final = str(Path(__file__).parent)
HEAD: Final = """
import io, json, logging, sys
import concurra, structlog
from concurra_logging import JsonRenderer, JsonSink, TaskFilter, configure, formatter, task_context
import log_tasks
"""


def wrote(script: str) -> str:
    """Return what a program wrote to standard output; it must write nothing to standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", HEAD + script],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env={**os.environ, "PYTHONPATH": HELPERS},
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def lines_written(script: str) -> list[Line]:
    return loaded(wrote(script))


def of_tasks(lines: list[Line], logger: str) -> dict[str, Line]:
    return {line["label"]: line for line in lines if line["logger"] == logger and "label" in line}
