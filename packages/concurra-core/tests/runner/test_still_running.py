"""What was given up and may be still running is told as data, not in words alone."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator

import pytest
from concurra import Retry, TaskState, TaskTimeout, Workflow
from runners import quiet


def pause() -> None:
    signal.pause()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_thread_that_was_given_up_may_be_still_running(gate: threading.Event) -> None:
    flow = Workflow()
    flow.add(gate.wait, label="held", timeout=0.05)
    flow.add(len, "abc", label="ended", timeout=60)
    flow.add(len, "abc", label="not begun", timeout=0)
    flow.add(len, "abc", label="behind", after=["held"])
    report = flow.run()
    told = {label: (result.status, result.still_running) for label, result in report.items()}
    assert told == {
        "held": (TaskState.TIMED_OUT, True),
        "ended": (TaskState.SUCCEEDED, False),
        "not begun": (TaskState.TIMED_OUT, False),
        "behind": (TaskState.SKIPPED, False),
    }
    assert report.still_running == ("held",)
    assert "may be still running" in str(report["held"].warning)


def test_so_may_the_thread_of_an_attempt_before(gate: threading.Event) -> None:
    first = threading.Event()

    def hangs_once() -> str:
        if not first.is_set():
            first.set()
            gate.wait()
        return "done"

    flow = Workflow()
    flow.add(hangs_once, label="again", timeout=0.1, retry=Retry(2, on=TaskTimeout))
    result = flow.run()["again"]
    assert (result.value, result.attempts, result.still_running) == ("done", 2, True)


def test_what_was_ended_is_not() -> None:
    flow = Workflow()
    flow.command([sys.executable, "-c", "import signal; signal.pause()"], label="command", timeout=0.2)
    late = Workflow()
    late.add(pause, label="process", timeout=0.2, on="process")
    for report in (flow.run(), late.run()):
        (result,) = report.values()
        assert (result.status, result.still_running) == (TaskState.TIMED_OUT, False)
        assert report.still_running == ()


def test_the_report_of_a_runner_has_it_too(gate: threading.Event) -> None:
    runner = quiet(timeout=0.05)
    runner.add_task(gate.wait, label="held")
    runner.run(verify=False)
    assert runner.report.still_running == ("held",)
