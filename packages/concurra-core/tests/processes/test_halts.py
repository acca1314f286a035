"""A failure that stops the run stops it in the middle of a batch too."""

from __future__ import annotations

import os
from pathlib import Path

import concurra
import pytest
from concurra import Halt, TaskState


def mark(folder: str, label: int) -> None:
    Path(folder, str(label)).touch()
    if label == 60:
        raise ValueError("no")


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
