"""The exception that stands for each way a task can end without a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from concurra_core.model.errors import TaskCancelled, TaskSkipped, TaskTimeout, WorkerCrashed
from concurra_core.model.outcome import (
    Aborted,
    Crashed,
    Declined,
    Fault,
    Halted,
    Raised,
    Skipped,
    TimedOut,
)

if TYPE_CHECKING:
    from concurra_core.model.task import Task


def error_for(  # noqa: PLR0911 - one for each way to end
    fault: Fault, task: Task, tasks: Sequence[Task]
) -> BaseException:
    """Return what *task*, of the records *tasks*, raised, or the error that says why it has no value."""
    match fault:
        case Raised(error=error):
            return error
        case Crashed(cause=cause):
            return WorkerCrashed(f"worker died: {cause}")
        case TimedOut(limit=limit):
            return TaskTimeout(f"task exceeded its time limit of {limit:g} seconds")
        case Aborted(why=why):
            return TaskCancelled(f"aborted {why}{moment(fault, task)}")
        case Halted(because=because):
            return TaskCancelled(f"halted{moment(fault, task)}: task {quoted(tasks[because].label)} failed")
        case Skipped(because=because, root=root):
            origin = "" if because == root else f"; the first that did not was {quoted(tasks[root].label)}"
            return TaskSkipped(f"dependency {quoted(tasks[because].label)} did not succeed{origin}")
        case Declined(why=why):
            return TaskSkipped(f"it skipped itself: {why}" if why else "it skipped itself")
        case _:
            assert_never(fault)


def moment(fault: Aborted | Halted, task: Task) -> str:
    """Return when the run's end struck *task*, as the continuation of a sentence."""
    if fault.running:
        return " while it ran"
    return " before its next attempt" if task.attempt else " before it started"


def quoted(value: object) -> str:
    """Return ``repr(value)``; a value whose own ``__repr__`` raises is shown as a plain object."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a label's own __repr__ may raise anything
        return object.__repr__(value)
