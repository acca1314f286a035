"""What a task costs in calls to the system: reads and writes as Linux counts them, and waits of the supervisor."""

from __future__ import annotations

from pathlib import Path
from selectors import DefaultSelector
from typing import Any

import pytest
from concurra_core import TaskRunner
from concurra_core.backends import loop

TASKS = 2000
IO = Path("/proc/self/io")  # all threads of this process; children are added when they are reaped


def readable() -> bool:
    try:
        return b"syscr" in IO.read_bytes()
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not readable(), reason="the system does not count reads and writes")
shapes = pytest.mark.parametrize("deps", [False, True], ids=["independent", "chain"])


def reads_and_writes() -> int:
    facts = dict(line.split(": ") for line in IO.read_text(encoding="ascii").splitlines())
    return int(facts["syscr"]) + int(facts["syscw"])


def runner_of(count: int, *, processes: bool, deps: bool) -> TaskRunner:
    runner = TaskRunner(max_concurrency=1, use_multiprocessing=processes, progress_stats=False)
    for number in range(count):
        runner.add_task(abs, number, label=number, depends_on=[number - 1] if deps and number else None)
    return runner


def calls_of(count: int, *, processes: bool, deps: bool) -> int:
    """Return how often a run of *count* tasks reads and writes; the count itself reads a little."""
    runner = runner_of(count, processes=processes, deps=deps)
    before = reads_and_writes()
    results = runner.run(verify=False)
    calls = reads_and_writes() - before
    assert [result["result"] for result in results.values()] == list(range(count))
    return calls


@shapes
def test_thread_tasks_neither_read_nor_write(deps: bool) -> None:
    calls_of(1, processes=False, deps=deps)  # imports, and what else is done once
    # Those of the count itself, and of waking whoever waits for the run.
    assert calls_of(TASKS, processes=False, deps=deps) < 30


@shapes
def test_process_tasks_share_their_reads_and_writes(deps: bool) -> None:
    calls_of(1, processes=True, deps=deps)
    start = calls_of(1, processes=True, deps=deps)
    # A sixth of what one message a task there and one back would take, for both sides; measured: a twentieth.
    assert calls_of(TASKS, processes=True, deps=deps) - start < TASKS / 4


@shapes
def test_the_supervisor_of_processes_wakes_once_for_many_tasks(
    monkeypatch: pytest.MonkeyPatch, deps: bool
) -> None:
    waits: list[float | None] = []

    class Counting(DefaultSelector):
        def select(self, timeout: float | None = None) -> Any:
            waits.append(timeout)
            return super().select(timeout)

    monkeypatch.setattr(loop, "DefaultSelector", Counting)
    runner_of(TASKS, processes=True, deps=deps).run(verify=False)
    assert 0 < len(waits) < TASKS / 10
