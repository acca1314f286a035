"""A run full of tasks that do their worst, in a process of its own with a hard limit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from platforms import needs_proc

pytestmark = needs_proc


def test_two_hundred_nasty_tasks_each_get_their_own_result_and_leave_nothing(tmp_path: Path) -> None:
    environ = {**os.environ, "CONCURRA_TEST_FAMILY": os.urandom(8).hex(), "TMPDIR": str(tmp_path)}
    program = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("nasty.py"))],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (program.stdout, program.returncode) == ("", 0), program.stderr
