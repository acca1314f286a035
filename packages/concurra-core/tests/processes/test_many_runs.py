"""A program that runs many flows is after the last one what it was after the first ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from platforms import needs_proc

pytestmark = needs_proc


def test_sixty_runs_leave_nothing() -> None:
    program = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("many_runs.py")), "60"],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    held = {}
    for line in program.stdout.splitlines():
        kind, _, counts = line.partition(": ")
        before, after = map(int, counts.split())
        held[kind] = before, after
    for kind in ("descriptors", "threads", "children", "shared mappings"):
        assert held[kind][0] == held[kind][1], held
    assert held["objects"][1] <= held["objects"][0] + 200, held
    assert held["memory"][1] <= held["memory"][0] + 4096, held
