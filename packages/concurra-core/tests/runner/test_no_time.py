"""0 is zero: with no time at all nothing begins, wherever it would have run."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest
from concurra import Event, RunStatus, TaskEnded, TaskState, TaskTimeout, Workflow
from concurra.testing import simulate

TIMED_OUT, CANCELLED = TaskState.TIMED_OUT, TaskState.CANCELLED
REASON = "TaskTimeout: task was not started: its time limit is 0 seconds"


async def wait_for_nothing() -> int:
    return 3


def flow_of(kind: str, **options: Any) -> Workflow:
    flow = Workflow()
    if kind == "command":
        flow.command(["true"], label="first", **options)
        flow.command(["true"], label="second", **options, after=["other"])
        flow.command(["true"], label="other")
    else:
        call = wait_for_nothing if kind == "async" else int
        add: Callable[..., object] = flow.add
        add(call, on=kind, label="first", **options)
        add(call, on=kind, label="second", **options, after=["other"])
        add(call, on=kind, label="other")
    return flow


KINDS = ["thread", "process", "async", "inline", "command"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_with_no_time_times_out_and_never_begins(kind: str) -> None:
    events: list[Event] = []
    report = flow_of(kind, timeout=0).run(sinks=[events.append])
    assert report["other"].succeeded
    for label in ("first", "second"):
        result = report[label]
        assert (result.status, result.attempts, result.started, result.seconds) == (TIMED_OUT, 0, None, 0.0)
        assert (result.reason, result.warning) == (REASON, None)
        assert isinstance(result.error, TaskTimeout)
    told = {event.label: event.status for event in events if isinstance(event, TaskEnded)}
    assert told == {"first": TIMED_OUT, "second": TIMED_OUT, "other": TaskState.SUCCEEDED}


@pytest.mark.parametrize("kind", KINDS)
def test_so_it_is_when_the_run_says_it_and_a_task_may_say_otherwise(kind: str) -> None:
    report = flow_of(kind).run(timeout=0)
    assert [report[label].status for label in ("first", "other")] == [TIMED_OUT] * 2
    assert report["second"].because == "other"
    assert flow_of(kind, timeout=60).run(timeout=0)["first"].succeeded


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_with_no_time_starts_nothing(kind: str) -> None:
    flow = flow_of(kind)
    flow.gather([], label="none")
    report = flow.run(deadline=0)
    assert report.status is RunStatus.TIMED_OUT
    for result in report.values():
        assert (result.status, result.attempts) == (CANCELLED, 0)
        assert result.reason == "TaskCancelled: aborted at the run's deadline of 0 seconds before it started"


def test_the_items_of_maps_time_out_and_of_nothing_there_are_none() -> None:
    flow = Workflow()
    source = flow.add(list[int], [1, 2], label="source")
    flow.map(str, source, label="late", timeout=0)
    flow.map(str, [1], label="known", timeout=0)
    flow.map(str, flow.add(list[int], label="empty"), label="none", timeout=0)
    report = flow.run()
    assert [report[label].status for label in ("late[0]", "late[1]", "known[0]")] == [TIMED_OUT] * 3
    assert report["late"].status is TaskState.SKIPPED
    assert report["none"].value == []


def test_a_simulation_tells_the_same() -> None:
    flow = flow_of("async", timeout=0)
    assert [str(result) for result in simulate(flow).report.values()] == [
        f"timed_out first {REASON}",
        f"timed_out second {REASON}",
        "succeeded other (0.00 s)",
    ]
    assert simulate(flow, deadline=0).report.status is RunStatus.TIMED_OUT


def test_a_grace_of_zero_ends_a_command_without_asking_it() -> None:
    flow = Workflow()
    deaf = f"import signal; signal.signal({signal.SIGTERM}, signal.SIG_IGN); signal.pause()"
    flow.command([sys.executable, "-c", deaf], timeout=0.2, grace=0, label="deaf")
    assert flow.run()["deaf"].status is TIMED_OUT
