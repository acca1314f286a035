"""How runs of a workflow end: retries by kind of fault, the deadline, a soft halt."""

from __future__ import annotations

import threading

import concurra
import pytest
from concurra import Halt, Retry, TaskState, Workflow
from small_tasks import boom, value


def test_a_timeout_is_tried_again_when_it_is_named() -> None:
    release = threading.Event()
    tries: list[int] = []

    def second_time() -> str:
        tries.append(1)
        if len(tries) == 1:
            release.wait(20)
        return "done"

    flow = Workflow()
    ref = flow.add(second_time, timeout=0.05, retry=Retry(2, on=concurra.TaskTimeout))
    result = flow.run()[ref]
    release.set()
    assert (result.value, result.attempts) == ("done", 2)
    assert result.retry_errors == ("TaskTimeout: task exceeded its time limit of 0.05 seconds",)


def test_a_crash_is_tried_again_when_it_is_named() -> None:
    flow = Workflow()
    crash = flow.add(crashes, on="process", retry=Retry(2, on=(concurra.WorkerCrashed,)))
    plain = flow.add(crashes, on="process", retry=Retry(2), label="plain")
    report = flow.run()
    assert (report[crash].attempts, report[plain].attempts) == (2, 1)
    assert report[crash].status is TaskState.CRASHED
    assert isinstance(report[crash].error, concurra.WorkerCrashed)


def crashes() -> None:
    import os

    os._exit(7)


def test_the_deadline_of_a_run_ends_it() -> None:
    hang = threading.Event()
    flow = Workflow()
    stuck = flow.add(lambda: hang.wait(20), label="stuck")
    never = flow.add(value, after=[stuck])
    report = flow.run(deadline=0.1)
    hang.set()
    assert report.status is concurra.RunStatus.TIMED_OUT
    assert "at the run's deadline of 0.1 seconds while it ran" in str(report[stuck].reason)
    assert report[never].attempts == 0
    with pytest.raises(concurra.RunFailedError) as caught:
        report.raise_for_failures()
    assert [type(error) for error in caught.value.exceptions] == [concurra.TaskCancelled] * 2


def test_a_soft_halt_lets_what_runs_finish() -> None:
    failed = threading.Event()

    def slow() -> str:
        assert failed.wait(20)
        return "finished"

    def hear(event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskEnded) and event.label == "boom":
            failed.set()

    flow = Workflow()
    running = flow.add(slow)
    flow.add(boom)
    never = [flow.add(value, label=number) for number in range(5)]
    report = flow.run(max_concurrency=2, halt=Halt.soon(), sinks=[hear])
    assert report[running].value == "finished"
    assert {report[ref].status for ref in never} == {TaskState.CANCELLED}
    assert report[never[0]].because == "boom"
