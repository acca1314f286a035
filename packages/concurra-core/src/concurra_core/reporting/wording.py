"""The words for how a task ended: statuses, reasons, names. Derived here and nowhere else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from types import MappingProxyType
from typing import Final, TypeGuard, assert_never

from concurra_core.model.ends import stopped, words_for
from concurra_core.model.options import Lane
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
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

# Control characters, but for those that text is laid out with, and those that turn the direction of writing.
_OBEYED: Final = {
    code: chr(code).encode("unicode_escape").decode()
    for codes in (range(9), range(11, 32), range(127, 160), range(0x202A, 0x202F), range(0x2066, 0x206A))
    for code in codes
}

SUCCESSFUL: Final = "Successful"
FAILED: Final = "Failed"
TERMINATED: Final = "Terminated"

STATUS: Final = MappingProxyType(
    {
        TaskState.SUCCEEDED: SUCCESSFUL,
        TaskState.FAILED: FAILED,
        TaskState.CRASHED: FAILED,
        TaskState.TIMED_OUT: TERMINATED,
        TaskState.CANCELLED: TERMINATED,
        TaskState.SKIPPED: TERMINATED,
    }
)


def error_of(fault: Fault, task: Task, tasks: Sequence[Task]) -> str:
    """Return ``Type: message`` of how *task* ended or an attempt of it did, for the results dict.

    The words are those of `words_for`; the types before them are the results dict's own.
    """
    match fault:
        case Raised(error=error):
            return describe(error)
        case Declined(why=why):
            return f"Skip: {why}" if why else "Skip"
        case Crashed() | Aborted():
            kind = "RuntimeError"
        case TimedOut() | Halted():
            kind = "TimeoutError"
        case Skipped(fast=fast):
            # Under a halt a descendant of the failure is one more task that it stopped.
            kind = "RuntimeError: skipped" if fast is None else f"TimeoutError: {stopped(fast)}"
        case _:
            assert_never(fault)
    return f"{kind}: {words_for(fault, task, tasks)}"


def warning_of(fault: Fault | None, task: Task, soft: Container[Lane]) -> str | None:
    """Return what else a user should know of *task*, None if there is nothing.

    *soft* holds the lanes whose backend gives tasks up instead of ending them.
    """
    notes = []
    if task.options.moved is not None and task.attempt:
        notes.append(f"it ran on a thread: {task.options.moved}")
    if _was_stopped(fault):
        notes += _still_running(fault, task.options.lane, soft)
    if isinstance(fault, Raised) and fault.doubt:
        notes.append(fault.doubt)
    return "; ".join(notes) or None


def is_still_running(task: Task, soft: Container[Lane]) -> bool:
    """Return whether an attempt of *task* was given up, the last one or one before, and may be still running."""
    lane = task.options.lane
    if lane is Lane.INLINE:  # the run waited for it
        return False
    faults = (*task.retried, task.fault)
    return any(_was_stopped(fault) and (fault.still or lane in soft) for fault in faults)


def _was_stopped(fault: Fault | None) -> TypeGuard[TimedOut | Aborted | Halted]:
    """Return whether a task that ended with *fault* was stopped while it ran."""
    if isinstance(fault, TimedOut):
        return fault.limit > 0  # with no time at all it never began
    return isinstance(fault, Aborted | Halted) and fault.running


def _still_running(fault: TimedOut | Aborted | Halted, lane: Lane, soft: Container[Lane]) -> Iterator[str]:
    """Yield what is to be said of a task that was stopped while it ran, where its worker could not let go of it."""
    if lane is Lane.INLINE:
        yield "the thread that waits for the run was in it until it returned; what it returned is ignored"
    elif fault.still:
        yield "it did not let itself be cancelled and may be still running; what it returns is ignored"
    elif lane in soft:
        yield "its thread cannot be stopped and may be still running; what it returns is ignored"


def error_type(fault: Fault) -> str | None:
    """Return the class name of the exception behind *fault*, None if there is none."""
    return type(fault.error).__name__ if isinstance(fault, Raised) else None


def place_of(task: Task) -> str | None:
    """Return where the last attempt of *task* ran, None if none began, or it ran nowhere, as a join does."""
    lane = task.options.lane
    # Not `value`, a property that costs ten times as much: this is asked once a task.
    return lane._value_ if task.attempt and lane is not Lane.NONE else None


def trace_of(fault: Fault) -> str | None:
    """Return the traceback text behind *fault*, None if there is none."""
    return fault.trace or None if isinstance(fault, Raised) else None


def stack_of(fault: Fault | None) -> str:
    """Return where the task was when its worker was ended or died, "" if that is not known."""
    return fault.stack if isinstance(fault, TimedOut | Crashed) else ""


def paragraph(label: Hashable, error: str, trace: str | None, stack: str = "") -> str:
    """Return what is said of one failed task; *stack* is where it hung or died, in another process."""
    text = f"Task '{shown(label)}' failed with error: {error}"
    if stack:
        text = f"{text}\nWhere it was:\n{stack.rstrip()}"
    return harmless(f"{text} \n {trace}" if trace else text)


def shown(value: object) -> str:
    r"""Return *value* as text on one line; a value whose own ``__str__`` raises is shown as a plain object.

    >>> print(shown("two" + chr(10) + "lines"))
    two\nlines
    """
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - a label's own __str__ may raise anything
        text = object.__repr__(value)
    return harmless(text).replace("\n", "\\n")


def harmless(text: str) -> str:
    r"""Return *text* with what a terminal would obey as escapes of Python's; ends of lines and tabs stay.

    >>> print(harmless("red" + chr(27) + "[31m" + chr(10) + "next"))
    red\x1b[31m
    next
    """
    return text if text.isprintable() else text.translate(_OBEYED)


def task_name(call: Callable[..., object]) -> str:
    """Return what *call* is named: of a partial, the function it wraps; of an object, its class.

    >>> task_name(len), task_name(functools.partial(print, "x"))
    ('len', 'print')
    """
    while isinstance(call, functools.partial):
        call = call.func
    try:
        name = call.__name__
    except Exception:  # noqa: BLE001 - a callable's own attribute may raise anything
        name = None
    return name if isinstance(name, str) else type(call).__name__
