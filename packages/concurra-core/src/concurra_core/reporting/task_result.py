"""`TaskResult`: how one task of a run ended, with all there is to know. Made from its record when asked for."""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import attrs

from concurra_core.model.ends import error_for, reason_for
from concurra_core.model.errors import LifecycleError
from concurra_core.model.options import Lane
from concurra_core.model.outcome import Fault, Halted, Skipped, describe
from concurra_core.model.quoting import quoted
from concurra_core.model.state import TaskState
from concurra_core.model.task import RELEASED, Task
from concurra_core.reporting.queueing import Queueing
from concurra_core.reporting.wording import is_still_running, place_of, stack_of, trace_of, warning_of

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class TaskResult(Generic[T_co]):
    """How a task ended.

    Args:
        label: what the task is called.
        status: its end state.
        reason: why it has no value, in words; None if it succeeded.
        error: what it raised, or a `TaskTimeout`, `WorkerCrashed`, `TaskCancelled` or `TaskSkipped`; None if it
            succeeded.
        trace: the whole traceback as text, also from another process; None if it raised nothing.
        stack: where it was when it was stopped or its worker died, as far as that is known; else "".
        because: the label of the task because of which it was skipped or stopped, None if there is none.
        attempts: how often it was begun.
        retry_errors: why the attempts before the last one failed.
        queued: when its last dependency had settled and it could start, None if that never came.
        started: when its last attempt began, None if it never did.
        ended: when it ended.
        seconds: how long its last attempt ran.
        waited: seconds between `queued` and `started`; None if it never started, or more than once.
        worker: the name of the thread or the id of the process that ran it, None if none did.
        on: where it ran: thread, process, thread_fallback, subprocess, async, inline; None if it never started.
        tags: its tags.
        allow_failure: the verdict on the run does not count it.
        warning: what else is to know, None if there is nothing.
        still_running: an attempt of it was given up, since nothing can end a thread, and may be still running.
    """

    label: Hashable
    status: TaskState
    reason: str | None
    error: BaseException | None
    trace: str | None
    stack: str
    because: Hashable
    attempts: int
    retry_errors: tuple[str, ...]
    queued: datetime | None
    started: datetime | None
    ended: datetime
    seconds: float
    waited: float | None
    worker: str | int | None
    on: str | None
    tags: tuple[str, ...]
    allow_failure: bool
    warning: str | None
    still_running: bool
    _value: object = attrs.field(repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the task returned a value."""
        return self.status is TaskState.SUCCEEDED

    @property
    def value(self) -> T_co:
        """What the task returned. Of a command that failed, what there is of its result; else None without success.

        Raises:
            LifecycleError: the result was dropped when no task needed it any more.
        """
        if self._value is RELEASED:
            raise LifecycleError(
                f"the result of {quoted(self.label)} was dropped when no task needed it any more; add it with keep=True"
            )
        return self._value  # type: ignore[return-value] # Invariant: it is what the task returned

    def __str__(self) -> str:
        words = [f"{self.status.value:9}", str(self.label)]
        if self.attempts:
            words.append(f"({self.seconds:.2f} s)" if self.attempts == 1 else f"({self.attempts} attempts)")
        return " ".join(words if self.reason is None else [*words, self.reason])


def task_result(
    task: Task,
    tasks: Sequence[Task],
    queueing: Queueing,
    *,
    start: float,
    wall: float,
    soft: Container[Lane] = (),
) -> TaskResult[Any]:
    """Return the result of *task*, one of the records *tasks* of a run that is over.

    Args:
        task: its record.
        tasks: all records, by index.
        queueing: knows when each could start.
        start: seconds on the run's clock when the run began.
        wall: what turns seconds on the run's clock into seconds since the epoch.
        soft: the lanes whose backend gives tasks up instead of ending them.
    """
    fault = task.fault
    error = None if fault is None else error_for(fault, task, tasks)
    began = task.attempt > 0
    queued = queueing.queued(task)
    return TaskResult(
        label=task.label,
        status=task.state,
        reason=None if error is None else describe(error),
        error=error,
        trace=None if fault is None else trace_of(fault),
        stack=stack_of(fault),
        because=cause_of(fault, tasks),
        attempts=task.attempt,
        retry_errors=tuple(reason_for(failed, task, tasks) for failed in task.retried),
        queued=None if queued is None else _moment(queued, wall),
        started=_moment(task.started, wall) if began else None,
        ended=_moment(task.ended or start, wall),
        seconds=task.ended - task.started if began else 0.0,
        waited=queueing.waited(task),
        worker=task.worker if task.attempt else None,
        on=place_of(task),
        tags=task.options.tags,
        allow_failure=task.options.allow_failure,
        warning=warning_of(fault, task, soft),
        still_running=is_still_running(task, soft),
        value=task.value,
    )


def cause_of(fault: Fault | None, tasks: Sequence[Task]) -> Hashable:
    """Return the label of the task that *fault* comes from, None if it comes from none."""
    return tasks[fault.because].label if isinstance(fault, Skipped | Halted) else None


def _moment(seconds: float, wall: float) -> datetime:
    return datetime.fromtimestamp(seconds + wall, UTC)
