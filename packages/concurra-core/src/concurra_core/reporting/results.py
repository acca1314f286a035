"""The results dict of part A: one plain dict a task, seventeen keys each, in the order of adding."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

from concurra_core.model.state import TaskState
from concurra_core.model.task import Task
from concurra_core.reporting.wording import STATUS, SUCCESSFUL, error_of, task_name, trace_of, warning_of

# Any: a result holds whatever the user's task returned, and users index it without asking.
Result: TypeAlias = dict[str, Any]
Results: TypeAlias = dict[Hashable, Result]

_MINUTE = 60.0
NEVER = -2.0  # no time on a run's clock
NOTHING = 0.005  # seconds; what is below rounds to 0.0


def results_of(  # noqa: PLR0915 - a call less a task: this is on the hot path
    tasks: Sequence[Task], wall: float, *, fail_fast: bool = False
) -> Results:
    """Return the results of *tasks*, all of which have ended.

    Args:
        tasks: the records of the run.
        wall: what turns seconds on the run's clock into seconds since the epoch.
        fail_fast: the run was to stop at its first failure.
    """
    stamp = stamper(wall)
    succeeded = TaskState.SUCCEEDED
    results: Results = {}
    # Half the cost of a task that went well is its result. Neighbours have most of it in common: what is
    # worked out for one task is kept for the next.
    call: object = results
    options: object = results
    name = start = end = duration = ""
    first = last = NEVER
    spelt = -1.0
    mode, retries = "", 0
    for task in tasks:
        if task.state is not succeeded:
            results[task.label] = _unsuccessful(task, tasks, stamp, fail_fast=fail_fast)
            continue
        if task.call is not call:
            call = task.call
            name = task_name(task.call)
        if task.options is not options:
            options = task.options
            mode, retries = task.options.lane.value, task.options.retry.attempts
        started, ended = task.started, task.ended
        if not first <= started < first + 1:
            first = (started + wall) // 1 - wall
            start = stamp(started)
        if not last <= ended < last + 1:
            last = (ended + wall) // 1 - wall
            end = stamp(ended)
        seconds = ended - started
        # Rounding to two places costs as much as five keys; below half a hundredth the answer is known.
        seconds = 0.0 if seconds < NOTHING else round(seconds, 2)
        if seconds != spelt:
            spelt = seconds
            duration = duration_text(seconds)
        value = task.value
        results[task.label] = {
            "task_name": name,
            "start_time": start,
            "end_time": end,
            "duration": duration,
            "duration_seconds": seconds,
            "result": value,
            "error": None,
            "trace": None,
            "status": SUCCESSFUL,
            "has_failed": False,
            "output": value,
            "execution_mode": mode,
            "warning": None,
            "attempts": task.attempt,
            "task_retries": retries,
            "retried": task.attempt > 1,
            "retry_errors": [error_of(fault, task, tasks) for fault in task.retried] if task.retried else [],
        }
    return results


def _unsuccessful(
    task: Task, tasks: Sequence[Task], stamp: Callable[[float], str], *, fail_fast: bool
) -> Result:
    """Return the result of a task that did not succeed."""
    fault = task.fault
    assert fault is not None  # noqa: S101 - Invariant: what has ended without success knows why
    began = task.attempt > 0
    seconds = round(task.ended - task.started, 2) if began else 0.0
    return {
        "task_name": task_name(task.call),
        "start_time": stamp(task.started) if began else None,
        "end_time": stamp(task.ended) if began else None,
        "duration": duration_text(seconds),
        "duration_seconds": seconds,
        "result": task.value,
        "error": error_of(fault, task, tasks, fail_fast=fail_fast),
        "trace": trace_of(fault),
        "status": STATUS[task.state],
        "has_failed": True,
        "output": task.value,
        "execution_mode": task.options.lane.value if began else None,
        "warning": warning_of(fault, task),
        "attempts": task.attempt,
        "task_retries": task.options.retry.attempts,
        "retried": task.attempt > 1,
        "retry_errors": [error_of(earlier, task, tasks) for earlier in task.retried],
    }


def duration_text(seconds: float) -> str:
    """Return a duration for people; over a minute it is told in minutes.

    >>> duration_text(1.01), duration_text(61.2)
    ('1.01 sec', '1.02 min')
    """
    if seconds > _MINUTE:
        return f"{round(seconds / _MINUTE, 2)} min"
    return f"{seconds} sec"


def stamper(wall: float) -> Callable[[float], str]:
    """Return a function from seconds on the run's clock to local time, formatted once a second.

    A naive strftime a task doubles what a task costs.
    """
    known: dict[int, str] = {}

    def stamp(moment: float) -> str:
        second = int(moment + wall)
        text = known.get(second)
        if text is None:
            text = known[second] = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        return text

    return stamp
