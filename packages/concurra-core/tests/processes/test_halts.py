"""A failure that stops the run stops it in the middle of a batch too."""

from __future__ import annotations

import os
from pathlib import Path

import concurra
import pytest
from concurra import Halt, TaskState
from platforms import needs_processes
from runners import quiet

pytestmark = needs_processes


def mark(folder: str, label: int) -> None:
    Path(folder, str(label)).touch()
    if label == 60:
        raise ValueError("no")


def reach(folder: str, number: int) -> None:
    """Leave a file, and say so when there are many."""
    Path(folder, str(number)).touch()
    if number == 1000:
        Path(folder, "reached").write_text("many")


@pytest.mark.parametrize("halt", [Halt.now(), Halt.soon()])
def test_nothing_begins_behind_the_failure_that_stops_the_run(tmp_path: Path, halt: Halt) -> None:
    flow = concurra.Workflow()
    for label in range(200):
        flow.add(mark, str(tmp_path), label, label=label, on="process")
    report = flow.run(max_concurrency=1, halt=halt)
    assert sorted(int(name) for name in os.listdir(tmp_path)) == list(range(61))
    assert report[60].status is TaskState.FAILED
    assert {report[label].status for label in range(61, 200)} == {TaskState.CANCELLED}
    assert {report[label].attempts for label in range(61, 200)} == {0}


def test_where_it_does_not_stop_the_run_the_rest_of_the_batch_runs(tmp_path: Path) -> None:
    flow = concurra.Workflow()
    for label in range(200):
        flow.add(mark, str(tmp_path), label, label=label, on="process")
    report = flow.run(max_concurrency=2, halt=Halt.now(failures=2))
    assert report.counts == {TaskState.SUCCEEDED: 199, TaskState.FAILED: 1}


def test_nothing_that_is_held_begins_once_the_run_is_stopped(tmp_path: Path) -> None:
    runner = quiet(use_multiprocessing=True, max_concurrency=1)
    for number in range(3000):
        runner.add_task(reach, str(tmp_path), number)
    os.mkfifo(tmp_path / "reached")
    runner.execute_in_background()
    (tmp_path / "reached").read_text()
    results = runner.abort()
    begun = {int(name) for name in os.listdir(tmp_path) if name != "reached"}
    ended = {number for number, result in results.items() if not result["has_failed"]}
    assert ended <= begun
    assert len(begun - ended) <= 1
