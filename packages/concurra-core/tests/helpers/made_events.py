"""Events made by hand."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypedDict

from concurra_core import RunEnded, RunStarted, TaskEnded, TaskRetrying, TaskStarted, TaskState

WALL = 1_700_000_000.25  # 2023-11-14T22:13:20.250000Z


class _When(TypedDict):
    run_id: str
    monotonic: float
    wall: float


def _at(seconds: float) -> _When:
    return {"run_id": "f00d", "monotonic": 12.5 + seconds, "wall": WALL + seconds}


def run_started(total: int = 3, *, at: float = 0.0) -> RunStarted:
    return RunStarted(name="etl", total=total, **_at(at))


def started(label: Hashable = "a", *, at: float = 0.0) -> TaskStarted:
    return TaskStarted(label=label, attempt=1, **_at(at))


def retrying(label: Hashable = "a", *, at: float = 0.0) -> TaskRetrying:
    return TaskRetrying(
        label=label,
        attempt=1,
        error="ValueError: no",
        error_type="ValueError",
        trace="Traceback ...",
        seconds=0.25,
        delay=0.5,
        **_at(at),
    )


def ended(
    label: Hashable = "a",
    status: TaskState = TaskState.SUCCEEDED,
    *,
    reason: str | None = None,
    error_type: str | None = None,
    trace: str | None = None,
    worker: str | int | None = "etl-0",
    on: str | None = "thread",
    at: float = 0.0,
) -> TaskEnded:
    return TaskEnded(
        label=label,
        attempt=2,
        status=status,
        reason=reason,
        error_type=error_type,
        trace=trace,
        seconds=0.000012,
        worker=worker,
        on=on,
        **_at(at),
    )


def failed(label: Hashable = "a", *, at: float = 0.0) -> TaskEnded:
    return ended(
        label,
        TaskState.FAILED,
        reason="ValueError: no",
        error_type="ValueError",
        trace="Traceback ...",
        at=at,
    )


def run_ended(failures: int = 1, *, at: float = 0.0) -> RunEnded:
    return RunEnded(name="etl", total=3, succeeded=3 - failures, failed=failures, seconds=1.5, **_at(at))
