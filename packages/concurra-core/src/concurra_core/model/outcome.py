"""How an attempt ends other than by returning a value: a closed set of small frozen classes.

A returned value is stored on the task itself, without a wrapper: successes are the hot path.
"""

from __future__ import annotations

import traceback
from typing import Final, TypeAlias

import attrs

from concurra_core.model.errors import message_of
from concurra_core.model.state import TaskState

_HEAD = "Traceback (most recent call last):"
_GROUP = f"  + Exception Group {_HEAD}\n"


@attrs.frozen
class Raised:
    """The callable raised. *trace* is the whole traceback text; *value* what is kept all the same.

    *wanted*: a predicate of the task's `Retry` asked for another attempt; *doubt* tells of those that raised.
    """

    error: BaseException
    trace: str
    value: object = None
    wanted: bool = False
    doubt: str = ""


@attrs.frozen
class Crashed:
    """The worker died under the task; *cause* names the signal or the exit status, *stack* says where it was."""

    cause: str
    stack: str = ""


@attrs.frozen
class TimedOut:
    """The task ran longer than its limit of *limit* seconds; *stack* says where it was, if that is known.

    *still*: it could not be ended, and was given up.
    """

    limit: float
    stack: str = ""
    still: bool = False


@attrs.frozen
class Aborted:
    """Somebody stopped the run; *why* continues the sentence "aborted ..."; *running*: the task was on.

    *still*: it could not be ended, and was given up.
    """

    why: str
    running: bool = False
    still: bool = False


@attrs.frozen
class Halted:
    """The failure of the task with index *because* stopped the whole run; *running*: the task was on.

    *still*: it could not be ended, and was given up. *fast*: it was ``fast_fail`` that asked for it.
    """

    because: int
    running: bool = False
    still: bool = False
    fast: bool = False


@attrs.frozen
class Skipped:
    """The direct dependency *because* did not succeed; *root* is the failure at the head of the chain.

    *fast*: that failure stopped the whole run as well, and whether it was ``fast_fail`` that asked for it; None if not.
    """

    because: int
    root: int
    fast: bool | None = None


@attrs.frozen
class Declined:
    """The task skipped itself, by raising `Skip`; *why* is what it said."""

    why: str


Fault: TypeAlias = Raised | Crashed | TimedOut | Aborted | Halted | Skipped | Declined

# What a task fails of by itself. The rest is done to it.
OWN_FAILURES: Final = (Raised, Crashed, TimedOut)

END_STATE = {
    Raised: TaskState.FAILED,
    Crashed: TaskState.CRASHED,
    TimedOut: TaskState.TIMED_OUT,
    Aborted: TaskState.CANCELLED,
    Halted: TaskState.CANCELLED,
    Skipped: TaskState.SKIPPED,
    Declined: TaskState.SKIPPED,
}


def capture(error: BaseException, *, frames: int = 1, value: object = None) -> Raised:
    """Return *error* with its traceback as text, without the *frames* outermost frames (our own).

    The exception keeps the user's frames only, so a stored failure does not hold a worker's frame alive.

    >>> try:
    ...     1 / 0
    ... except ZeroDivisionError as error:
    ...     raised = capture(error, frames=0)
    >>> raised.trace.splitlines()[0], raised.trace.splitlines()[-1]
    ('Traceback (most recent call last):', 'ZeroDivisionError: division by zero')
    """
    trace = error.__traceback__
    for _ in range(frames):
        if trace is not None:
            trace = trace.tb_next
    try:
        error.__traceback__ = trace
        text = "".join(traceback.format_exception(error))
    except BaseException as broken:  # noqa: BLE001 - the exception's own class may raise anything
        text = f"{type(error).__qualname__}: (its traceback cannot be shown: {type(broken).__qualname__})\n"
    return Raised(error, _headed(text), value)


def _headed(text: str) -> str:
    r"""Return the traceback *text* with the usual first line.

    One of an exception group has that line behind a mark; one raised by a builtin that was called directly, or
    never, has none as there is no frame to show.

    >>> print(_headed("  + Exception Group Traceback (most recent call last):\n  |   File ..."))
    Traceback (most recent call last):
      |   File ...
    """
    if text.startswith(_HEAD):
        return text
    return f"{_HEAD}\n{text.removeprefix(_GROUP)}"


def describe(error: BaseException) -> str:
    """Return ``Type: message`` of an exception, or its type alone where it has no message.

    >>> describe(ValueError("no")), describe(ValueError())
    ('ValueError: no', 'ValueError')
    """
    name = type(error).__name__
    text = message_of(error)
    return f"{name}: {text}" if text else name
