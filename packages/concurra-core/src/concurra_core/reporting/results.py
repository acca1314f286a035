"""The results dict of part A: one plain dict a task, seventeen keys each, in the order of adding."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container, Hashable, Sequence
from typing import Any, TypeAlias

from concurra_core.model.options import Lane
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task
from concurra_core.reporting.wording import STATUS, error_of, task_name, trace_of, warning_of

# Any: a result holds whatever the user's task returned, and users index it without asking.
Result: TypeAlias = dict[str, Any]
Results: TypeAlias = dict[Hashable, Result]

_MINUTE = 60.0
_NOTHING = 0.005  # seconds; what is below rounds to 0.0


def results_of(tasks: Sequence[Task], wall: float, soft: Container[Lane] = ()) -> Results:
    """Return the results of *tasks*, all of which have ended.

    Args:
        tasks: the records of the run.
        wall: what turns seconds on the run's clock into seconds since the epoch.
        soft: the lanes whose backend gives tasks up instead of ending them.
    """
    stamp = stamper(wall)
    succeeded = TaskState.SUCCEEDED
    results: Results = {}
    # The garbage collector is left alone. It is a tenth of a task's cost at 10,000 tasks and a third at 1,000,000,
    # but its switch belongs to the whole process, and a library that turns it is felt by every other thread.
    #
    # Half the cost of a task that went well is its result. Neighbours have most of it in common, and copying a
    # dict costs half of writing one out: a template is kept for as long as nothing but the value differs.
    template: Result = {}
    call: object = results
    options: object = results
    attempt = 0
    spelt = -1.0
    since = until = -math.inf  # the second that both stamps of the template stand for; none if they differ
    for task in tasks:
        if task.state is not succeeded:
            results[task.label] = _result(task, tasks, stamp, soft)
            continue
        started, ended = task.started, task.ended
        seconds = ended - started
        # Rounding to two places costs as much as five keys; below half a hundredth the answer is known.
        seconds = 0.0 if seconds < _NOTHING else round(seconds, 2)
        if not (
            task.call is call
            and task.options is options
            and task.attempt == attempt
            and seconds == spelt
            and since <= started
            and ended < until
        ):
            call, options, attempt, spelt = task.call, task.options, task.attempt, seconds
            since = (started + wall) // 1 - wall
            until = since + 1 if ended < since + 1 else since
            template = _result(task, tasks, stamp, soft)
        results[task.label] = result = template.copy()
        result["result"] = result["output"] = task.value
        result["retry_errors"] = _retry_errors(task, tasks) if attempt > 1 else []
    return results


def _result(
    task: Task, tasks: Sequence[Task], stamp: Callable[[float], str], soft: Container[Lane] = ()
) -> Result:
    """Return the result of one task, however it ended."""
    fault = task.fault
    began = task.attempt > 0
    seconds = round(task.ended - task.started, 2) if began else 0.0
    return {
        "task_name": task_name(task.call),
        "start_time": stamp(task.started) if began else None,
        "end_time": stamp(task.ended) if began else None,
        "duration": duration_text(seconds),
        "duration_seconds": seconds,
        "result": task.value,
        "error": None if fault is None else error_of(fault, task, tasks),
        "trace": None if fault is None else trace_of(fault),
        "status": STATUS[task.state],
        "has_failed": fault is not None,
        "output": task.value,
        "execution_mode": task.options.lane.value if began else None,
        "warning": warning_of(fault, task, soft),
        "attempts": task.attempt,
        "task_retries": task.options.retry.attempts - 1,
        "retried": task.attempt > 1,
        "retry_errors": _retry_errors(task, tasks),
    }


def _retry_errors(task: Task, tasks: Sequence[Task]) -> list[str]:
    return [error_of(fault, task, tasks) for fault in task.retried]


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
