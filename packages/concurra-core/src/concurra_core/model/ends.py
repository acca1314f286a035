"""The words for each way a task can end without a value, and the exception that stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from concurra_core.model.errors import TaskCancelled, TaskSkipped, TaskTimeout, WorkerCrashed, message_of
from concurra_core.model.outcome import (
    Aborted,
    Crashed,
    Declined,
    Fault,
    Halted,
    Raised,
    Skipped,
    TimedOut,
    describe,
)
from concurra_core.model.quoting import quoted

if TYPE_CHECKING:
    from concurra_core.model.task import Task


def error_for(fault: Fault, task: Task, tasks: Sequence[Task]) -> BaseException:
    """Return what *task*, of the records *tasks*, raised, or the error that says why it has no value."""
    match fault:
        case Raised(error=error):
            return error
        case Crashed():
            return WorkerCrashed(words_for(fault, task, tasks))
        case TimedOut():
            return TaskTimeout(words_for(fault, task, tasks))
        case Aborted() | Halted():
            return TaskCancelled(words_for(fault, task, tasks))
        case Skipped() | Declined():
            return TaskSkipped(words_for(fault, task, tasks))
        case _:
            assert_never(fault)


def reason_for(fault: Fault, task: Task, tasks: Sequence[Task]) -> str:
    """Return ``Type: message`` of that error: the reason in a `TaskResult` and in events."""
    return describe(error_for(fault, task, tasks))


def words_for(  # noqa: PLR0911 - one for each way to end
    fault: Fault, task: Task, tasks: Sequence[Task]
) -> str:
    """Return in words why *task*, of the records *tasks*, has no value: the same ones wherever that is told."""
    match fault:
        case Raised(error=error):
            return message_of(error)
        case Crashed(cause=cause):
            return f"worker died: {cause}"
        case TimedOut(limit=limit):
            return _overdue(limit)
        case Aborted(why=why):
            return f"aborted {why}{_moment(fault, task)}"
        case Halted(because=because, fast=fast):
            return f"{stopped(fast)}{_moment(fault, task)}: task {quoted(tasks[because].label)} failed"
        case Skipped(because=because, root=root):
            origin = "" if because == root else f"; the first that did not was {quoted(tasks[root].label)}"
            return f"dependency {quoted(tasks[because].label)} did not succeed{origin}"
        case Declined(why=why):
            return f"it skipped itself: {why}" if why else "it skipped itself"
        case _:
            assert_never(fault)


def stopped(fast: bool) -> str:
    """Return what becomes of tasks when a failure stops the run; *fast*: it was ``fast_fail`` that asked for it."""
    return "terminated by fast_fail" if fast else "halted"


def _overdue(limit: float) -> str:
    if not limit:
        return "task was not started: its time limit is 0 seconds"
    return f"task exceeded its time limit of {limit:g} seconds"


def _moment(fault: Aborted | Halted, task: Task) -> str:
    """Return when the run's end struck *task*, as the continuation of a sentence."""
    if fault.running:
        return " while it ran"
    if task.retried:
        return " before its next attempt"
    # A map that has made its items has begun, and runs no more itself.
    return " before all its items had ended" if task.attempt else " before it started"
