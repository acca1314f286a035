"""The states of a task and the legal moves between them. What each state means to a user is told elsewhere."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final


class TaskState(Enum):
    """Where a task stands. The last six are terminal: a task reaches exactly one of them, once."""

    WAITING = "waiting"  # for its dependencies, for a slot, or for its next attempt
    RUNNING = "running"  # handed to a worker
    STOPPING = "stopping"  # its end is decided; the worker has yet to let go
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CRASHED = "crashed"  # the worker died under it
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"  # by an abort or because another task's failure stopped the run
    SKIPPED = "skipped"  # a dependency did not succeed


_END: Final[frozenset[TaskState]] = frozenset()

MOVES: Final = MappingProxyType(
    {
        TaskState.WAITING: frozenset(
            {
                TaskState.RUNNING,
                TaskState.SUCCEEDED,  # it only brings the results of others together, and all are there
                TaskState.CANCELLED,
                TaskState.SKIPPED,
                TaskState.FAILED,  # its backend was lost before it could start
            }
        ),
        TaskState.RUNNING: frozenset(
            {
                TaskState.WAITING,  # the attempt failed and another is left, or it was never begun
                TaskState.STOPPING,
                TaskState.SUCCEEDED,
                TaskState.FAILED,
                TaskState.CRASHED,
                TaskState.SKIPPED,  # it skipped itself, or was handed out with a dependency that did not succeed
                TaskState.CANCELLED,  # it was handed out and not begun when the run was stopped
            }
        ),
        TaskState.STOPPING: frozenset(
            {
                TaskState.WAITING,  # it ran over its limit, and is tried again
                TaskState.RUNNING,  # it had ended within its limit, and only the report was late
                TaskState.TIMED_OUT,
                TaskState.CANCELLED,
                TaskState.FAILED,  # the backend of another lane was lost, and the run with it
            }
        ),
        TaskState.SUCCEEDED: _END,
        TaskState.FAILED: _END,
        TaskState.CRASHED: _END,
        TaskState.TIMED_OUT: _END,
        TaskState.CANCELLED: _END,
        TaskState.SKIPPED: _END,
    }
)

TERMINAL: Final = frozenset(state for state, moves in MOVES.items() if not moves)


class RunStatus(Enum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"  # a task that counts did not succeed
    CANCELLED = "cancelled"  # somebody aborted it
    TIMED_OUT = "timed_out"  # it came to its deadline
