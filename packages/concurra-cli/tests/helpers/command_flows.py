"""The command in a folder that holds runners, right and wrong ones."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from command_line import COMMAND

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


FLOWS = """\
import sys
from concurra_core import TaskRunner

print("talk at import")

def half(number):
    print("talk in a task")
    return number / 2

def fail():
    raise ValueError("no such thing")

def good():
    runner = TaskRunner(max_concurrency=2)
    runner.add_task(half, 42, label="half")
    runner.add_command(["echo", "talk of a command"], label="echo", capture_output=False)
    return runner

def failing():
    runner = good()
    runner.add_task(fail, label="bad")
    runner.add_task(half, 1, label="after", depends_on=["bad"])
    return runner

def ring():
    runner = TaskRunner()
    runner.add_task(fail, label="a", depends_on=["b"])
    runner.add_task(fail, label="b", depends_on=["a"])
    return runner

def unknown():
    runner = good()
    runner.add_task(fail, depends_on=["hafl"])
    return runner

def twice():
    runner = good()
    runner.add_task(fail, label="half")
    return runner

def broken():
    return good() + 1

def leaving():
    sys.exit(0)

started = TaskRunner(progress_stats=False)
started.run(verify=False)
flow = good
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in a folder that holds the flows above, as `flows.py`."""
    (tmp_path / "flows.py").write_text(FLOWS)

    def run(*words: str, command: tuple[str, ...] = COMMAND) -> subprocess.CompletedProcess[str]:
        return subprocess.run((*command, *words), cwd=tmp_path, capture_output=True, text=True, check=False)

    return run
