"""The pytest fixture: it is there without a word, shows what happened where a test fails, and takes a seed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from concurra import Workflow
from concurra.testing import Fake, Simulate

SUITE = """
import concurra
from concurra.testing import Fake

def test_fails(simulate):
    flow = concurra.Workflow()
    flow.add(dict, label="load")
    run = simulate(flow, {"load": Fake(takes=3600)})
    print("seed", run.seed)
    assert run.seconds == 0
"""

PROCESSES = """
import pytest
pytest.register_assert_rewrite("concurra_core")

def test_a_task_of_a_process():
    import concurra
    from concurra_core.backends.worker import serve
    assert not hasattr(serve.__loader__, "get_code")  # it is the loader that rewrites assertions
    flow = concurra.Workflow()
    size = flow.add(len, "abc", on="process")
    assert flow.run()[size].value == 3
"""


def run_pytest(folder: Path, suite: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_flow.py").write_text(suite)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *words, "test_flow.py"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


def test_the_fixture_simulates(simulate: Simulate) -> None:
    flow = Workflow()
    flow.add(dict, label="load")
    run = simulate(flow, {"load": Fake(takes=3600)}, seed=5)
    assert (run.seconds, run.seed) == (3600.0, 5)


def test_a_failing_test_shows_its_runs_and_takes_the_seed_of_the_command_line(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, SUITE, "--simulation-seed=7")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "seed 7" in done.stdout
    assert "Captured simulated run call" in done.stdout
    assert "3600.000 s  succeeded  load" in done.stdout


def test_loading_the_fixture_loads_no_engine() -> None:
    script = (
        "import sys, concurra_core.testing.plugin;"
        "print([name for name in sys.modules if name.startswith('concurra') and name.count('.') > 1])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['concurra_core.testing.plugin']"


def test_worker_processes_start_where_pytest_rewrites_assertions_of_the_library(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, PROCESSES)
    assert done.returncode == 0, done.stdout + done.stderr
