"""The events of a run, as sinks receive them. Schema version 1: names and meanings do not change within it.

Times: `monotonic` is seconds on the clock that durations are measured with, `wall` is seconds since the
epoch, taken from one offset a run, so that a jump of the wall clock bends no order and no duration.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, TypeAlias

import attrs

from concurra_core.model.state import TaskState

SCHEMA_VERSION: Final = 1


@attrs.frozen(kw_only=True)
class RunStarted:
    """A run began. *total* is the number of its tasks."""

    run_id: str
    name: str
    total: int
    monotonic: float
    wall: float


@attrs.frozen(kw_only=True)
class TaskStarted:
    """An attempt of a task began."""

    run_id: str
    label: Hashable
    attempt: int
    monotonic: float
    wall: float


@attrs.frozen(kw_only=True)
class TaskRetrying:
    """An attempt failed and another follows after *delay* seconds. *seconds* is how long it ran.

    *error* says why, *error_type* is the exception's class name, if it raised one, and *trace* the traceback.
    """

    run_id: str
    label: Hashable
    attempt: int
    error: str
    seconds: float
    delay: float
    error_type: str | None = None
    trace: str | None = None
    monotonic: float
    wall: float


@attrs.frozen(kw_only=True)
class TaskEnded:
    """A task reached its end. *seconds* is how long its last attempt ran, 0.0 if none began.

    *reason* says why it did not succeed, and is None if it did. *error_type* is the exception's class name. *worker* is
    the name of the thread or the id of the process that ran it, and *on* says where that was, as `TaskResult.on` does;
    both are None if no attempt began.
    """

    run_id: str
    label: Hashable
    attempt: int
    status: TaskState
    reason: str | None
    error_type: str | None
    trace: str | None
    seconds: float
    worker: str | int | None
    on: str | None
    monotonic: float
    wall: float


@attrs.frozen(kw_only=True)
class RunEnded:
    """A run is over: every task has ended. *seconds* counts from the run's start."""

    run_id: str
    name: str
    total: int
    succeeded: int
    failed: int
    seconds: float
    monotonic: float
    wall: float


Event: TypeAlias = RunStarted | TaskStarted | TaskRetrying | TaskEnded | RunEnded
